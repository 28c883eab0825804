import { ListChecks, RefreshCw, ScrollText } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { faultsOf } from "../../api/client";
import type { FaultError } from "../../api/faults";
import type { Run } from "../../api/generated";
import { formatDateTime, formatDuration, formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/jobs";
import type { App } from "../../model/app";
import { Badge, type Tone } from "../../parts/badge";
import { IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { Spinner } from "../../parts/spinner";
import { Table, type TableColumn } from "../../parts/table";
import { useApp } from "../../parts/useapp";
import "./jobs.css";

const w = words.runs;

/** The last runs of a job, or of all: how they ended, and their lines in the log. */
export function Runs({ job }: { job?: string }) {
  const app = useApp();
  const last = useStore(app.live.now, (l) => l.state.jobs.map((j) => `${j.last?.id}${j.last?.outcome}`).join());
  const { value, failed, again } = useReading(
    useCallback(
      () => app.client.call("jobs.runs", { ...(job ? { job } : {}), limit: 200 }).then((r) => r.runs),
      [app, job],
    ),
    last,
  );
  const columns = useMemo(() => columnsOf(app, job === undefined), [app, job]);
  return (
    <div className="jobs-list" data-testid="runs">
      <div className="jobs-bar">
        <IconButton icon={RefreshCw} label={w.refresh} onPress={again} data-testid="runs-refresh" />
      </div>
      <Reading failed={failed} ready={value !== undefined}>
        <Table
          label={words.tabs.runs}
          columns={columns}
          rows={value ?? []}
          id={(r) => r.id}
          testid={(r) => `run-${r.id}`}
          onOpen={(r) => showLines(app, r.cid)}
          empty={<Empty icon={ListChecks} title={w.none} text={w.noneText} />}
        />
      </Reading>
    </div>
  );
}

/** Reads when it is first shown and whenever something changed. */
export function useReading<T>(
  read: () => Promise<T>,
  changed: unknown,
): { value: T | undefined; failed: FaultError | undefined; again: () => void } {
  const [value, setValue] = useState<T>();
  const [failed, setFailed] = useState<FaultError>();
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed and the round say when to read again
  useEffect(() => {
    let current = true;
    read().then(
      (v) => {
        if (!current) return;
        setValue(v);
        setFailed(undefined);
      },
      (err: unknown) => current && setFailed(faultsOf(err)[0]),
    );
    return () => {
      current = false;
    };
  }, [read, changed, round]);
  return { value, failed, again: () => setRound((n) => n + 1) };
}

/** What was read, or why it could not be. */
export function Reading(props: { failed: FaultError | undefined; ready: boolean; children: React.ReactNode }) {
  if (props.failed)
    return <Empty title={words.down} text={[props.failed.what, props.failed.hint].filter(Boolean).join(". ")} />;
  return props.ready ? props.children : <Spinner />;
}

function showLines(app: App, cid: string): void {
  app.layout.showView("bottom", "log");
  app.log.showCid(cid);
}

const tones: Record<string, Tone> = {
  ok: "good",
  error: "bad",
  timeout: "bad",
  lost: "bad",
  running: "info",
  skipped: "warn",
};

/** How a run ended, as a badge. */
export function Outcome({ outcome, error }: { outcome: string; error?: string | undefined }) {
  if (outcome === "") return null;
  return (
    <span title={error}>
      <Badge tone={tones[outcome] ?? "neutral"}>{w.outcomes[outcome] ?? outcome}</Badge>
    </span>
  );
}

function columnsOf(app: App, all: boolean): TableColumn<Run>[] {
  const job: TableColumn<Run> = {
    id: "job",
    title: w.job,
    sort: (r) => r.job ?? r.service,
    cell: (r) => (r.job ? r.job : <span title={w.noJob}>{w.service(r.service)}</span>),
  };
  return [
    {
      id: "started",
      title: w.started,
      width: 104,
      sort: (r) => -Date.parse(r.started ?? r.due ?? ""),
      cell: (r) => {
        const at = r.started ?? r.due ?? "";
        return <span title={formatDateTime(at)}>{formatRelative(at)}</span>;
      },
    },
    ...(all ? [job] : []),
    {
      id: "outcome",
      title: w.outcome,
      width: 116,
      sort: (r) => r.outcome,
      cell: (r) => <Outcome outcome={r.outcome} error={r.error} />,
    },
    {
      id: "took",
      title: w.took,
      width: 84,
      number: true,
      sort: (r) => -r.took,
      cell: (r) => (r.outcome === "running" ? "" : formatDuration(r.took)),
    },
    {
      id: "trigger",
      title: w.trigger,
      width: 108,
      cell: (r) =>
        [w.triggers[r.trigger] ?? r.trigger, (r.attempt ?? 0) > 1 ? w.attempt(r.attempt ?? 0) : ""]
          .filter(Boolean)
          .join(", "),
    },
    { id: "error", title: w.error, cell: (r) => <span title={r.error}>{r.error}</span> },
    {
      id: "cid",
      title: w.cid,
      quiet: true,
      width: 40,
      cell: (r) => <IconButton icon={ScrollText} label={`${w.log}: ${r.cid}`} onPress={() => showLines(app, r.cid)} />,
    },
  ];
}
