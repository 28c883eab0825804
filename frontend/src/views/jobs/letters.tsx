import { MailX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import type { DeadLetter } from "../../api/generated";
import { formatDateTime, formatRelative } from "../../base/format";
import { fromPlain, printJson } from "../../base/json";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/jobs";
import { Button } from "../../parts/button";
import { CodeEditor } from "../../parts/code/codeeditor";
import { Dialog } from "../../parts/dialog";
import { Empty } from "../../parts/empty";
import { Table, type TableColumn } from "../../parts/table";
import { useApp } from "../../parts/useapp";
import { Reading, useReading } from "./runs";

const w = words.letters;

/** The messages that were accepted and given up: they are looked at, tried again, or discarded. */
export function Letters() {
  const app = useApp();
  const live = useStore(app.live.now);
  const [shown, setShown] = useState<DeadLetter>();
  const { value, failed, again } = useReading(
    useCallback(() => app.client.call("letters.list", {}).then((r) => r.letters), [app]),
    live,
  );
  const retry = async (l: DeadLetter) => {
    await app.client.call("letters.retry", { queue: l.queue, id: l.id });
    setShown(undefined);
    app.notes.good(w.retried);
    again();
  };
  const discard = async (l: DeadLetter) => {
    const choice = await app.dialogs.ask({
      title: w.discardAsk,
      text: w.discardText,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "discard", title: common.discard, danger: true },
      ],
    });
    if (choice !== "discard") return;
    await app.client.call("letters.discard", { queue: l.queue, id: l.id });
    setShown(undefined);
    app.notes.good(w.discarded);
    again();
  };
  const columns = useMemo<TableColumn<DeadLetter>[]>(
    () => [
      { id: "about", title: w.about, width: "24%", sort: (l) => l.about, cell: (l) => l.about },
      { id: "reason", title: w.reason, cell: (l) => <span title={l.reason}>{l.reason}</span> },
      { id: "attempts", title: w.attempts, width: 60, number: true, sort: (l) => -l.attempts, cell: (l) => l.attempts },
      {
        id: "failed",
        title: w.failed,
        width: 104,
        sort: (l) => -Date.parse(l.failed),
        cell: (l) => <span title={formatDateTime(l.failed)}>{formatRelative(l.failed)}</span>,
      },
    ],
    [],
  );
  return (
    <div className="jobs-list" data-testid="letters">
      <Reading failed={failed} ready={value !== undefined}>
        <Table
          label={words.tabs.letters}
          columns={columns}
          rows={value ?? []}
          id={(l) => `${l.queue}/${l.id}`}
          testid={(l) => `letter-${l.id}`}
          onOpen={setShown}
          empty={<Empty icon={MailX} title={w.none} text={w.noneText} />}
        />
      </Reading>
      {shown ? (
        <Letter
          letter={shown}
          onClose={() => setShown(undefined)}
          onRetry={() => void retry(shown).catch(app.notes.fail)}
          onDiscard={() => void discard(shown).catch(app.notes.fail)}
        />
      ) : null}
    </div>
  );
}

function Letter(props: { letter: DeadLetter; onClose: () => void; onRetry: () => void; onDiscard: () => void }) {
  const l = props.letter;
  const body = l.body === undefined || l.body === null ? "" : printJson(fromPlain(l.body));
  const line = (name: string, text: string) => (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
  return (
    <Dialog
      open
      size="medium"
      title={w.title(l.about)}
      onClose={props.onClose}
      data-testid="letter"
      actions={
        <>
          <Button look="danger" onPress={props.onDiscard} data-testid="letter-discard">
            {w.discard}
          </Button>
          <Button look="primary" onPress={props.onRetry} data-testid="letter-retry">
            {w.retry}
          </Button>
        </>
      }
    >
      <dl className="letter-facts">
        {line(w.reason, l.reason)}
        {line(w.attempts, String(l.attempts))}
        {line(w.failed, formatDateTime(l.failed))}
        {line(w.queue, l.queue)}
        {line(words.runs.cid, l.cid)}
      </dl>
      <p className="field-label">{w.body}</p>
      {body === "" ? (
        <p className="muted">{w.noBody}</p>
      ) : (
        <CodeEditor label={w.body} className="letter-body" text={body} language="json" readOnly plain wrap />
      )}
    </Dialog>
  );
}
