import { CalendarClock } from "lucide-react";
import { useCallback, useMemo } from "react";
import type { OneTime as Job } from "../../api/generated";
import { formatDateTime, formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/jobs";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { Table, type TableColumn } from "../../parts/table";
import { useApp } from "../../parts/useapp";
import { Reading, useReading } from "./runs";

const w = words.onetime;

/** The jobs that services made for one time and that are to come. */
export function OneTime() {
  const app = useApp();
  const live = useStore(app.live.now);
  const { value, failed, again } = useReading(
    useCallback(() => app.client.call("jobs.onetime", {}).then((r) => r.jobs), [app]),
    live,
  );
  const columns = useMemo<TableColumn<Job>[]>(() => {
    const cancel = async (job: Job) => {
      const choice = await app.dialogs.ask({
        title: w.cancelAsk(job.service),
        text: w.cancelText,
        choices: [
          { id: "keep", title: w.keep },
          { id: "cancel", title: w.cancel, danger: true },
        ],
      });
      if (choice !== "cancel") return;
      await app.client.call("jobs.cancel", { id: job.id });
      app.notes.good(w.cancelled);
      again();
    };
    return [
      { id: "service", title: w.service, sort: (j) => j.service, cell: (j) => j.service },
      {
        id: "at",
        title: w.at,
        width: "36%",
        sort: (j) => j.at,
        cell: (j) => `${formatDateTime(j.at)} (${formatRelative(j.at)})`,
      },
      { id: "cid", title: w.cid, width: 150, cell: (j) => <span className="mono">{j.cid}</span> },
      {
        id: "act",
        title: w.cancel,
        quiet: true,
        width: 80,
        cell: (j) => (
          <Button
            small
            look="quiet"
            aria-label={`${w.cancel}: ${j.service}`}
            onPress={() => void cancel(j).catch(app.notes.fail)}
            data-testid={`onetime-cancel-${j.id}`}
          >
            {w.cancel}
          </Button>
        ),
      },
    ];
  }, [app, again]);
  return (
    <div className="jobs-list" data-testid="onetime">
      <Reading failed={failed} ready={value !== undefined}>
        <Table
          label={words.tabs.onetime}
          columns={columns}
          rows={value ?? []}
          id={(j) => j.id}
          empty={<Empty icon={CalendarClock} title={w.none} text={w.noneText} />}
        />
      </Reading>
    </div>
  );
}
