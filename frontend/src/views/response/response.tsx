import { Ban, Check, CircleX, Copy, History, SendHorizontal, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import type { FaultError } from "../../api/faults";
import type { Invoked } from "../../api/generated";
import { formatClock, formatDateTime, formatDuration, formatSize } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/response";
import { callsOf } from "../../model/calls";
import type { Answer } from "../../model/invoke";
import { toLine } from "../../model/loglines";
import { Badge } from "../../parts/badge";
import { Tip } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { Kbd } from "../../parts/kbd";
import { Spinner } from "../../parts/spinner";
import { type PanelTab, PanelTabs } from "../../parts/tabs";
import { useApp } from "../../parts/useapp";
import { LogList } from "../log/list";
import { BodyView } from "./body";
import { ErrorView } from "./error";
import { CallsView, HeadersView, toneOf } from "./tables";
import "./response.css";

/** The answer of what was invoked last in the invoke panel. */
export function ResponseView() {
  const app = useApp();
  const choice = useStore(app.invoke.choice);
  const key = app.invoke.answerKey(choice);
  const answer = useStore(app.invoke.answers, (a) => a.get(key));
  const running = useStore(app.invoke.running);
  const mine = running && running.service === choice.service && running.channel === choice.channel;
  return (
    <section className="response" aria-label={words.title} data-testid="response">
      <header className="response-head">
        <h2 className="response-title">{words.title}</h2>
        {mine ? (
          <span className="response-running" role="status">
            <Spinner /> {running.stage === "saving" ? words.savingFirst : words.running}
          </span>
        ) : (
          answer?.kind === "answer" && <Facts invoked={answer.invoked} />
        )}
      </header>
      <div className="response-body" data-old={mine || undefined}>
        <Content key={key} answer={answer} />
      </div>
    </section>
  );
}

function Content({ answer }: { answer: Answer | undefined }) {
  const app = useApp();
  switch (answer?.kind) {
    case undefined:
      return (
        <Empty icon={SendHorizontal} title={words.emptyTitle} data-testid="response-empty">
          <span className="response-muted">
            {words.emptyText} <Kbd keys={app.actions.keysOf("invoke.run")[0] ?? "Mod+Enter"} />
          </span>
        </Empty>
      );
    case "cancelled":
      return <Empty icon={Ban} title={words.cancelled} text={words.cancelledText} data-testid="response-cancelled" />;
    case "failed":
      return (
        <div className="response-scroll">
          <p className="response-failed">
            <CircleX size={15} aria-hidden /> {words.notRun}
          </p>
          <ErrorView faults={answer.faults} />
        </div>
      );
    case "answer":
      return <Answered key={answer.invoked.id} invoked={answer.invoked} />;
  }
}

/** Status, time, size, correlation id, and what is special about the answer. */
function Facts({ invoked }: { invoked: Invoked }) {
  const app = useApp();
  const { status, took, size, cid, ok } = invoked;
  const [copied, setCopied] = useState("");
  const copy = () => {
    if (!cid) return;
    navigator.clipboard.writeText(cid).then(() => setCopied(cid), app.notes.fail);
  };
  const name = words.status(status) || (ok ? words.ok : words.failed);
  return (
    <div className="response-facts" role="status">
      {cid && (
        <Tip text={words.copyCid(cid)}>
          <AriaButton className="response-cid" onPress={copy} data-testid="response-cid">
            {cid.slice(0, 8)}
            {copied === cid ? <Check size={11} aria-label={words.cidCopied} /> : <Copy size={11} aria-hidden />}
          </AriaButton>
        </Tip>
      )}
      <span title={words.size} data-testid="response-size">
        {formatSize(size)}
      </span>
      <span title={words.took} data-testid="response-took">
        {formatDuration(took)}
      </span>
      <Badge tone={ok ? toneOf(status) : toneOf(Math.max(status, 400))} data-testid="response-status">
        {status > 0 ? `${status} ` : ""}
        {name}
      </Badge>
    </div>
  );
}

function Answered({ invoked }: { invoked: Invoked }) {
  const app = useApp();
  const lines = invoked.lines ?? [];
  const calls = callsOf(lines);
  const faults: readonly FaultError[] = invoked.faults ?? [];
  const [chosen, setChosen] = useState(faults.length > 0 && !invoked.body ? "error" : "body");
  const tabs: PanelTab[] = [
    { id: "body", title: words.tabs.body, content: <BodyView invoked={invoked} />, "data-testid": "response-tab-body" },
    {
      id: "headers",
      title: words.tabs.headers,
      count: invoked.headers?.length,
      content: (
        <div className="response-scroll">
          <HeadersView headers={invoked.headers ?? []} />
        </div>
      ),
      "data-testid": "response-tab-headers",
    },
    {
      id: "log",
      title: words.tabs.log,
      count: lines.length,
      content: <CallLog invoked={invoked} />,
      "data-testid": "response-tab-log",
    },
    {
      id: "calls",
      title: words.tabs.calls,
      count: calls.length,
      content: (
        <div className="response-scroll">
          <CallsView calls={calls} />
        </div>
      ),
      "data-testid": "response-tab-calls",
    },
  ];
  if (faults.length > 0) {
    tabs.unshift({
      id: "error",
      title: words.tabs.error,
      tone: "bad",
      count: faults.length > 1 ? faults.length : undefined,
      content: (
        <div className="response-scroll">
          <ErrorView faults={faults} />
        </div>
      ),
      "data-testid": "response-tab-error",
    });
  }
  const old = Date.now() - new Date(invoked.at).getTime() > 60_000;
  return (
    <>
      {invoked.stale && (
        <Tip text={words.staleHelp}>
          <AriaButton
            className="response-note response-stale"
            onPress={() => app.layout.showView("bottom", "problems")}
            data-testid="response-stale"
          >
            <TriangleAlert size={13} aria-hidden /> {words.stale}
          </AriaButton>
        </Tip>
      )}
      {(invoked.shown || old) && (
        <p className="response-note">
          <History size={13} aria-hidden />
          <span className="ellipsis">
            {words.at(old ? formatDateTime(invoked.at) : formatClock(invoked.at))}
            {invoked.shown && ` · ${words.cut}`}
          </span>
        </p>
      )}
      <PanelTabs label={words.title} className="response-tabs" tabs={tabs} selected={chosen} onSelect={setChosen} />
    </>
  );
}

/** The lines of just this call. */
function CallLog({ invoked }: { invoked: Invoked }) {
  const app = useApp();
  const { cid, lines = [] } = invoked;
  const [shown] = useState(() => lines.map((l, i) => toLine(l, i + 1)));
  return (
    <div className="response-log">
      <LogList
        label={words.logOf}
        lines={shown}
        data-testid="response-log"
        empty={<p className="response-none">{words.noLog}</p>}
        {...(cid
          ? {
              onCid: (id: string) => {
                app.log.showCid(id);
                app.layout.showView("bottom", "log");
              },
            }
          : {})}
      />
    </div>
  );
}
