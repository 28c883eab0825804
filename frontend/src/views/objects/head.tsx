import { Ellipsis, Play, Radio, Save, SendHorizontal } from "lucide-react";
import { formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/objects";
import type { Document } from "../../model/document";
import type { ObjectForm } from "../../model/objectform";
import { objectState, targetOf, usageOf } from "../../model/objectstate";
import type { TabContent } from "../../model/tabs";
import { Badge, Dot } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Switch } from "../../parts/field";
import { Menu } from "../../parts/menu";
import { useApp } from "../../parts/useapp";
import { kindIcon } from "../workbench/icons";
import { objectMenu } from "./menu";

/** Above an object: what it is, how it does, and what can be done with it. */
export function ObjectHead({
  content,
  doc,
  form,
}: {
  content: Extract<TabContent, { kind: "object" }>;
  doc: Document;
  form: ObjectForm;
}) {
  const app = useApp();
  const { object: kind, name } = content;
  const live = useStore(app.live.now);
  useStore(app.project.objects);
  useStore(app.actions.version);
  const { dirty, saving } = useStore(doc.state);
  const disabled = useStore(form.state, (s) => s.disabled);
  const saved = app.objects.inFile(doc.name);
  const typeName = useStore(form.state, (s) => s.type) || content.type || saved?.type || "";
  const type = app.objects.type(kind, typeName);
  const kindTitle = app.project.kinds.value.find((k) => k.kind === kind)?.title ?? kind;
  const Icon = kindIcon(kind);
  const id = `${kind}:${name}`;
  return (
    <header className="object-head">
      <div className="object-head-line">
        <Icon className="object-icon" aria-hidden />
        <h2 className="object-name ellipsis" title={name}>
          {name}
        </h2>
        <Badge>{type?.type ? type.title : kindTitle}</Badge>
        <span className="object-space" />
        {kind === "project" ? null : (
          <Switch
            label={words.enabled}
            value={!disabled}
            disabled={doc.readOnly}
            onChange={(on) => void toggle(on).catch(app.notes.fail)}
            data-testid="object-enabled"
          />
        )}
      </div>
      <div className="object-head-line object-facts">
        {saved ? <Usage /> : <Badge tone="info">{words.notSaved}</Badge>}
      </div>
      <div className="object-head-line object-actions" role="toolbar" aria-label={words.actions.more}>
        <Button
          small
          look={dirty ? "primary" : "plain"}
          icon={Save}
          busy={saving}
          isDisabled={!dirty || saving}
          onPress={() => app.actions.run("file.save")}
          data-testid="object-save"
        >
          {words.actions.save}
        </Button>
        {kind === "connection" && saved ? (
          <Act id={`object.ping:${name}`} icon={Radio} title={words.actions.ping} testid="object-ping" />
        ) : null}
        {kind === "channel" && saved ? (
          <Act id={`object.call:${name}`} icon={SendHorizontal} title={words.actions.call} testid="object-call" />
        ) : null}
        {kind === "job" && saved ? (
          <Act id={`object.run:${name}`} icon={Play} title={words.actions.run} testid="object-run" />
        ) : null}
        <Menu label={words.actions.more} groups={objectMenu(app, id, doc)}>
          <IconButton icon={Ellipsis} label={words.actions.more} data-testid="object-more" />
        </Menu>
      </div>
    </header>
  );

  /** A switch holds at once, unless other changes wait to be saved. */
  async function toggle(on: boolean): Promise<void> {
    await form.read();
    const alone = !doc.state.value.dirty;
    form.setCommon({ disabled: !on });
    await form.settle();
    if (alone && saved) await app.objects.save(doc);
  }

  function Usage() {
    if (!saved) return null;
    const state = objectState(live, saved);
    const use = usageOf(live, saved);
    const target = targetOf(live, saved);
    const counted = kind === "connection" || kind === "channel";
    const job = kind === "job" ? live.state.jobs.find((j) => j.name === name) : undefined;
    return (
      <>
        <span className="object-state" data-testid="object-state">
          <Dot {...state} label="" />
          {state.label}
        </span>
        {target ? <code className="object-target ellipsis">{target}</code> : null}
        {counted && use.lastUse ? <span>{words.lastUse(formatRelative(use.lastUse))}</span> : null}
        {counted && use.calls > 0 ? <span>{words.calls(use.calls)}</span> : null}
        {counted && use.errors > 0 ? (
          <span className="object-errors" title={use.lastError}>
            {words.errors(use.errors)}
          </span>
        ) : null}
        {job?.next ? <span title={job.next}>{`${words.list.next}: ${formatRelative(job.next)}`}</span> : null}
      </>
    );
  }
}

function Act(props: { id: string; icon: typeof Play; title: string; testid: string }) {
  const app = useApp();
  return (
    <Button
      small
      icon={props.icon}
      isDisabled={!app.actions.can(props.id)}
      onPress={() => app.actions.run(props.id)}
      data-testid={props.testid}
    >
      {props.title}
    </Button>
  );
}
