import { Braces, FormInput, Link2, ListChecks } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { faultsOf } from "../../api/client";
import type { FaultError } from "../../api/faults";
import type { ObjectUse } from "../../api/generated";
import { useStore } from "../../base/store";
import { words } from "../../base/words/objects";
import type { Document } from "../../model/document";
import type { ObjectForm } from "../../model/objectform";
import type { TabContent } from "../../model/tabs";
import { Button } from "../../parts/button";
import type { EditorProblem } from "../../parts/code/problems";
import { Empty } from "../../parts/empty";
import { TextField } from "../../parts/field";
import { Form } from "../../parts/form/form";
import { Spinner } from "../../parts/spinner";
import { type PanelTab, PanelTabs } from "../../parts/tabs";
import { useApp } from "../../parts/useapp";
import { Banners } from "../editor/banners";
import { DocumentEditor } from "../editor/fileeditor";
import { Runs } from "../jobs/runs";
import { ObjectHead } from "./head";
import { PingResult } from "./ping";
import "./objects.css";

type ObjectTab = Extract<TabContent, { kind: "object" }>;

/** The tab of an object: its form and its YAML, which are the same text, who names it, and what it does. */
export function ObjectView({ content }: { content: ObjectTab }) {
  const app = useApp();
  const file = useStore(app.project.objects, () => app.objects.fileOf(content));
  const kinds = useStore(app.project.kinds, (k) => k.length);
  const version = useStore(app.documents.version);
  const [failed, setFailed] = useState<FaultError>();
  const doc = file ? app.documents.get(file) : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a document that was closed elsewhere is opened again
  useEffect(() => {
    let current = true;
    if (file && !app.documents.get(file)) {
      app.documents.load(file).then(
        () => current && setFailed(undefined),
        (err: unknown) => current && setFailed(faultsOf(err)[0]),
      );
    }
    return () => {
      current = false;
    };
  }, [app, file, version]);

  if (doc && kinds > 0) return <Opened key={doc.name} content={content} doc={doc} />;
  if (failed || (!file && kinds > 0))
    return <Empty title={words.gone(content.name)} text={failed?.what ?? words.goneText} />;
  return (
    <div className="editor-loading">
      <Spinner />
    </div>
  );
}

function Opened({ content, doc }: { content: ObjectTab; doc: Document }) {
  const app = useApp();
  const form = app.objects.form(doc, content.object);
  const state = useStore(form.state);
  const [view, setView] = useState("form");
  const uses = useUses(content);
  const job = content.object === "job";

  useEffect(() => void form.read().catch(app.notes.fail), [app, form]);

  const show = (id: string) => {
    // The form reads what was typed as text; the text has what was typed into the form.
    void form
      .settle()
      .then(() => form.read())
      .catch(app.notes.fail);
    setView(id);
  };
  const tabs: PanelTab[] = [
    {
      id: "form",
      title: words.views.form,
      icon: FormInput,
      "data-testid": "object-view-form",
      content: state.ready ? <FormPage form={form} onText={() => show("yaml")} /> : <Spinner />,
    },
    {
      id: "yaml",
      title: words.views.yaml,
      icon: Braces,
      "data-testid": "object-view-yaml",
      content: <YamlPage doc={doc} form={form} />,
    },
    ...(job && content.name !== ""
      ? [
          {
            id: "runs",
            title: words.views.runs,
            icon: ListChecks,
            "data-testid": "object-view-runs",
            content: <Runs job={content.name} />,
          },
        ]
      : []),
    ...(content.object === "project"
      ? []
      : [
          {
            id: "uses",
            title: words.views.uses,
            icon: Link2,
            count: uses.length,
            "data-testid": "object-view-uses",
            content: <Uses uses={uses} />,
          },
        ]),
  ];
  return (
    <div className="object" data-testid="object">
      <ObjectHead content={content} doc={doc} form={form} />
      <Banners doc={doc} />
      {content.object === "connection" ? <PingResult name={content.name} /> : null}
      <PanelTabs label={content.name} tabs={tabs} selected={view} onSelect={show} className="object-tabs" />
    </div>
  );
}

function FormPage({ form, onText }: { form: ObjectForm; onText: () => void }) {
  const app = useApp();
  const s = useStore(form.state);
  const { kind, doc } = form;
  const page = useRef<HTMLDivElement>(null);
  const insisted = useStore(form.insisted);
  const seen = useRef(insisted);
  useEffect(() => {
    if (seen.current === insisted) return;
    seen.current = insisted;
    page.current
      ?.querySelector(".field:has(.field-problem), .form-row:has(.field-problem)")
      ?.querySelector<HTMLElement>("input, textarea, button, [contenteditable]")
      ?.focus();
  }, [insisted]);
  const fresh = app.objects.inFile(doc.name) === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a form that was just opened takes the focus
  useEffect(() => {
    if (!fresh || document.activeElement?.closest(".editor-tabs")) return;
    const fields = page.current?.querySelectorAll<HTMLInputElement>(".form:not(.object-common) input") ?? [];
    const first = [...fields].find((f) => f.required || f.ariaRequired === "true") ?? fields[0];
    first?.focus({ preventScroll: true });
  }, []);
  if (!s.readable)
    return (
      <Empty title={words.unreadable} text={[s.faults[0]?.what, words.unreadableText].filter(Boolean).join(". ")}>
        <Button onPress={onText} data-testid="object-as-yaml">
          {words.asYaml}
        </Button>
      </Empty>
    );
  const type = app.objects.type(kind, s.type);
  const readOnly = doc.readOnly;
  return (
    <div className="object-page" ref={page}>
      <div className="form object-common">
        <TextField
          label={words.description}
          value={s.description}
          onChange={(description) => form.setCommon({ description })}
          disabled={readOnly}
          placeholder={words.descriptionHelp}
          data-testid="field-description"
        />
      </div>
      {type ? (
        <Form
          label={s.name}
          fields={type.fields}
          values={s.values}
          problems={s.problems}
          strict={s.strict}
          touched={s.touched}
          disabled={readOnly}
          secretName={(key) => secretName(s.name, key)}
          onChange={(path, value) => form.set(path, value)}
          onTouch={(path) => form.touch(path)}
        />
      ) : (
        <Empty title={words.unknownType(s.type)}>
          <Button onPress={onText}>{words.asYaml}</Button>
        </Empty>
      )}
    </div>
  );
}

/** "Partner API", "key" is partner-api/key. */
export function secretName(object: string, key: string): string {
  const part = object
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return part === "" ? key : `${part}/${key}`;
}

/** The text. What is wrong with it is known before it is saved. */
function YamlPage({ doc, form }: { doc: Document; form: ObjectForm }) {
  const { dirty } = useStore(doc.state);
  const faults = useStore(form.state, (s) => s.faults);
  const problems = useMemo(
    () =>
      faults.map<EditorProblem>((f) => ({
        line: f.at?.line ?? 1,
        column: f.at?.column,
        severity: "error",
        message: f.what,
        hint: f.hint,
      })),
    [faults],
  );
  return <DocumentEditor doc={doc} {...(dirty ? { problems } : {})} />;
}

/** Where the object is named; read again whenever objects change. */
function useUses(content: ObjectTab): readonly ObjectUse[] {
  const app = useApp();
  const objects = useStore(app.project.objects);
  const packages = useStore(app.live.packages);
  const [uses, setUses] = useState<readonly ObjectUse[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: services that name it change with the packages
  useEffect(() => {
    let current = true;
    if (app.objects.find(content.object, content.name)) {
      app.objects.uses(content.object, content.name).then(
        (u) => current && setUses(u),
        () => current && setUses([]), // it was deleted or renamed a moment ago
      );
    }
    return () => {
      current = false;
    };
  }, [app, content.object, content.name, objects, packages]);
  return uses;
}

function Uses({ uses }: { uses: readonly ObjectUse[] }) {
  const app = useApp();
  if (uses.length === 0) return <Empty icon={Link2} title={words.uses.none} text={words.uses.noneText} />;
  return (
    <ul className="object-uses" data-testid="object-uses">
      {uses.map((u) => (
        <li key={`${u.file}:${u.line}:${u.column}`}>
          <button
            type="button"
            className="object-use"
            onClick={() => app.openFile(u.file, { line: u.line, column: u.column })}
          >
            <span className="object-use-what">{u.what}</span>
            <span className="muted mono ellipsis">{words.uses.line(u.file, u.line)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
