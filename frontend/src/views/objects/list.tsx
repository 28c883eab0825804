import { ClipboardPaste, KeyRound, Play, Plus, Radio, SendHorizontal } from "lucide-react";
import { useMemo, useState } from "react";
import { formatDuration, formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words as explorer } from "../../base/words/explorer";
import { words as jobs } from "../../base/words/jobs";
import { words } from "../../base/words/objects";
import { words as secrets } from "../../base/words/secrets";
import type { Ping } from "../../model/objects";
import { type ObjectRow, objectRows } from "../../model/objectstate";
import { Dot } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { SearchField } from "../../parts/field";
import { ContextMenu, useContextMenu } from "../../parts/menu";
import { Table, type TableColumn } from "../../parts/table";
import { PanelTabs } from "../../parts/tabs";
import { useApp } from "../../parts/useapp";
import { Letters } from "../jobs/letters";
import { OneTime } from "../jobs/onetime";
import { Outcome, Runs } from "../jobs/runs";
import { kindIcon } from "../workbench/icons";
import { objectMenu } from "./menu";
import "./objects.css";

const w = words.list;

/** The tab of all objects of a kind. That of jobs has what ran and what was given up beside it. */
export function ObjectsView({ kind }: { kind: string }) {
  const [tab, setTab] = useState("jobs");
  if (kind !== "job") return <List kind={kind} />;
  return (
    <PanelTabs
      label={jobs.tabs.jobs}
      selected={tab}
      onSelect={setTab}
      className="objects-tabs"
      tabs={[
        { id: "jobs", title: jobs.tabs.jobs, content: <List kind={kind} />, "data-testid": "jobs-list" },
        { id: "runs", title: jobs.tabs.runs, content: <Runs />, "data-testid": "jobs-runs" },
        { id: "onetime", title: jobs.tabs.onetime, content: <OneTime />, "data-testid": "jobs-onetime" },
        { id: "letters", title: jobs.tabs.letters, content: <Letters />, "data-testid": "jobs-letters" },
      ]}
    />
  );
}

function List({ kind: id }: { kind: string }) {
  const app = useApp();
  const kind = useStore(app.project.kinds, (all) => all.find((k) => k.kind === id));
  const objects = useStore(app.project.objects, (o) => o.objects);
  const live = useStore(app.live.now);
  const pings = useStore(app.objects.pings);
  const [filter, setFilter] = useState("");
  const menu = useContextMenu<string>();
  const all = useMemo(() => objectRows(id, objects, live), [id, objects, live]);
  const rows = useMemo(() => all.filter((r) => matches(r, filter)), [all, filter]);
  const types = kind?.types.length ?? 0;
  const columns = useMemo(() => columnsOf(id, types > 1, pings), [id, types, pings]);
  const plural = kind?.plural ?? id;
  return (
    <div className="objects" data-testid={`objects-${id}`}>
      <header className="objects-bar">
        <SearchField
          className="objects-filter"
          label={w.filter(plural)}
          value={filter}
          onChange={setFilter}
          data-testid="objects-filter"
        />
        <span className="muted">{w.count(rows.length, all.length)}</span>
        <span className="object-space" />
        {id === "connection" ? (
          <>
            <Bar action="object.pingAll" icon={Radio} title={words.actions.pingAll} testid="objects-ping-all" />
            <Bar action="object.paste" icon={ClipboardPaste} title={words.actions.pasteShort} testid="objects-paste" />
          </>
        ) : null}
        {id === "security" ? (
          <Bar action="view.secrets" icon={KeyRound} title={secrets.title} testid="objects-secrets" />
        ) : null}
        <Button
          small
          look="primary"
          icon={Plus}
          onPress={() => app.actions.run(`object.new:${id}`)}
          data-testid="objects-new"
        >
          {words.actions.newOf(kind?.title ?? id)}
        </Button>
      </header>
      {all.length === 0 ? (
        <Empty
          icon={kindIcon(id)}
          title={words.empty.title(plural)}
          text={(words.empty as Record<string, unknown>)[id] as string}
        >
          <Button look="primary" icon={Plus} onPress={() => app.actions.run(`object.new:${id}`)}>
            {words.actions.newOf(kind?.title ?? id)}
          </Button>
          {id === "connection" ? (
            <Button icon={ClipboardPaste} onPress={() => app.actions.run("object.paste")}>
              {words.actions.pasteShort}
            </Button>
          ) : null}
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: every line has its menu as a button too
        <div
          className="objects-table"
          onContextMenu={(e) => {
            const row = e.target instanceof Element ? e.target.closest("[data-testid^=object-row-]") : null;
            const name = row?.getAttribute("data-testid")?.slice("object-row-".length);
            if (name === undefined) return;
            e.preventDefault();
            menu.openAt(`${id}:${name}`, e.clientX, e.clientY);
          }}
        >
          <Table
            label={plural}
            columns={columns}
            rows={rows}
            id={(r) => r.object.name}
            testid={(r) => `object-row-${r.object.name}`}
            faint={(r) => r.object.disabled ?? false}
            onOpen={(r) => app.openObject(id, r.object.name)}
            empty={<Empty title={w.nothing} text={w.nothingText} />}
            data-testid="objects-table"
          />
        </div>
      )}
      <ContextMenu label={explorer.more} target={menu.target} groups={(m) => objectMenu(app, m)} onClose={menu.close} />
    </div>
  );
}

function Bar(props: { action: string; icon: typeof Plus; title: string; testid: string }) {
  const app = useApp();
  useStore(app.project.objects);
  if (!app.actions.can(props.action)) return null;
  return (
    <Button
      small
      look="quiet"
      icon={props.icon}
      onPress={() => app.actions.run(props.action)}
      data-testid={props.testid}
    >
      {props.title}
    </Button>
  );
}

function matches(r: ObjectRow, filter: string): boolean {
  const text =
    `${r.object.name} ${r.object.type ?? ""} ${r.state.label} ${r.target} ${r.object.description ?? ""}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function columnsOf(kind: string, typed: boolean, pings: ReadonlyMap<string, Ping>): TableColumn<ObjectRow>[] {
  const name: TableColumn<ObjectRow> = {
    id: "name",
    title: w.name,
    width: "25%",
    sort: (r) => r.object.name,
    cell: (r) => (
      <span className="objects-name" title={r.object.description}>
        <Dot {...r.state} />
        <span className="ellipsis">{r.object.name}</span>
      </span>
    ),
  };
  const state: TableColumn<ObjectRow> = {
    id: "state",
    title: w.state,
    width: 112,
    sort: (r) => r.state.label,
    cell: (r) => <StateText row={r} ping={pings.get(r.object.name)} />,
  };
  const type: TableColumn<ObjectRow>[] = typed
    ? [{ id: "type", title: w.type, width: 96, sort: (r) => r.object.type ?? "", cell: (r) => r.object.type }]
    : [];
  const target: TableColumn<ObjectRow> = {
    id: "target",
    title: kind === "channel" ? w.path : kind === "job" ? w.when : w.target,
    sort: (r) => r.target,
    cell: (r) => (
      <span className={kind === "job" ? "" : "mono"} title={r.target}>
        {r.target}
      </span>
    ),
  };
  const use: TableColumn<ObjectRow> = {
    id: "use",
    title: w.lastUse,
    width: 80,
    sort: (r) => (r.lastUse ? -Date.parse(r.lastUse) : 0),
    cell: (r) => (r.lastUse ? <span title={r.lastUse}>{formatRelative(r.lastUse)}</span> : ""),
  };
  const count = (id: "calls" | "errors", title: string): TableColumn<ObjectRow> => ({
    id,
    title,
    width: 56,
    number: true,
    sort: (r) => -r[id],
    cell: (r) => (
      <span
        className={id === "errors" && r.errors > 0 ? "object-errors" : ""}
        title={id === "errors" ? r.lastError : undefined}
      >
        {r[id] > 0 ? r[id].toLocaleString("en-US") : ""}
      </span>
    ),
  });
  const about: TableColumn<ObjectRow> = {
    id: "about",
    title: w.about,
    cell: (r) => <span className="muted">{r.object.description}</span>,
  };
  switch (kind) {
    case "job":
      return [
        name,
        target,
        { id: "next", title: w.next, width: 92, sort: (r) => r.next || "~", cell: (r) => <Next row={r} /> },
        {
          id: "last",
          title: w.lastRun,
          width: 110,
          sort: (r) => r.outcome,
          cell: (r) => <Outcome outcome={r.outcome} />,
        },
        use,
        act("run"),
      ];
    case "security":
      return [name, ...type, state, about];
    default:
      return [
        name,
        ...type,
        target,
        state,
        use,
        count("calls", w.calls),
        count("errors", w.errors),
        act(kind === "channel" ? "call" : "ping"),
      ];
  }
}

function Next({ row: r }: { row: ObjectRow }) {
  if (r.object.disabled) return <span className="muted">{jobs.off}</span>;
  return r.next ? <span title={r.next}>{formatRelative(r.next)}</span> : <span className="muted">{jobs.never}</span>;
}

const actIcons = { run: Play, call: SendHorizontal, ping: Radio };

/** What can be done with a line most of the time. */
function act(what: "run" | "call" | "ping"): TableColumn<ObjectRow> {
  const title = words.actions[what];
  return {
    id: "act",
    title,
    quiet: true,
    width: 44,
    cell: (r) => (
      <RowAction id={`object.${what}:${r.object.name}`} title={title} name={r.object.name} icon={actIcons[what]} />
    ),
  };
}

function RowAction({ id, title, name, icon }: { id: string; title: string; name: string; icon: typeof Plus }) {
  const app = useApp();
  return (
    <IconButton
      icon={icon}
      label={`${title}: ${name}`}
      isDisabled={!app.actions.can(id)}
      onPress={() => app.actions.run(id)}
      data-testid={`${id.slice(0, id.indexOf(":")).replace(".", "-")}-${name}`}
    />
  );
}

function StateText({ row, ping }: { row: ObjectRow; ping: Ping | undefined }) {
  switch (ping?.kind) {
    case "running":
      return <span>{words.ping.running}</span>;
    case "failed":
      return <span className="object-errors">{ping.faults[0]?.what}</span>;
    case "done": {
      const { ok, took, stages, error } = ping.report;
      const stage = stages?.find((s) => !s.ok);
      if (ok) return <span className="object-good">{words.ping.short(formatDuration(took))}</span>;
      return (
        <span
          className="object-errors"
          title={[stage?.what ?? error?.what, stage?.hint ?? error?.hint].filter(Boolean).join("\n")}
        >
          {stage ? words.ping.shortFailed(words.ping.stages[stage.name] ?? stage.name) : words.ping.failed}
        </span>
      );
    }
    default:
      return <span title={row.lastError}>{row.state.label}</span>;
  }
}
