import { CircleAlert, CircleCheck, X } from "lucide-react";
import { formatDuration } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/objects";
import { Button, IconButton } from "../../parts/button";
import { Spinner } from "../../parts/spinner";
import { useApp } from "../../parts/useapp";

const w = words.ping;

/** What came of asking the other side of a connection: each stage, and at the one that failed what to try. */
export function PingResult({ name }: { name: string }) {
  const app = useApp();
  const ping = useStore(app.objects.pings, (all) => all.get(name));
  if (!ping) return null;
  const report = ping.kind === "done" ? ping.report : undefined;
  const stages = report?.stages ?? [];
  const failure = ping.kind === "failed" ? ping.faults[0] : stages.some((s) => !s.ok) ? undefined : report?.error;
  const ok = report?.ok ?? false;
  return (
    <section className="ping" role="status" aria-label={words.actions.ping} data-testid="ping-result">
      <div className="ping-head">
        {ping.kind === "running" ? (
          <>
            <Spinner />
            <span>{w.running}</span>
          </>
        ) : (
          <>
            {ok ? <CircleCheck className="ping-good" aria-hidden /> : <CircleAlert className="ping-bad" aria-hidden />}
            <strong>{ok ? w.ok : w.failed}</strong>
            {report ? <span className="muted">{w.took(formatDuration(report.took))}</span> : null}
          </>
        )}
        <span className="object-space" />
        {ping.kind === "running" ? null : (
          <Button small look="quiet" onPress={() => app.actions.run(`object.ping:${name}`)}>
            {words.actions.ping}
          </Button>
        )}
        <IconButton icon={X} label={w.dismiss} onPress={() => app.objects.dropPing(name)} />
      </div>
      {stages.length > 0 ? (
        <ol className="ping-stages">
          {stages.map((s) => (
            <li key={s.name} className="ping-stage" data-testid={`ping-stage-${s.name}`}>
              {s.ok ? (
                <CircleCheck className="ping-good" aria-label={w.passed} />
              ) : (
                <CircleAlert className="ping-bad" aria-label={w.stopped} />
              )}
              <span className="ping-name">{w.stages[s.name] ?? s.name}</span>
              <span className="ping-time">{formatDuration(s.took)}</span>
              <span className="ping-what">
                {s.what}
                {s.ok ? null : <Hint text={s.hint ?? report?.error?.hint} />}
              </span>
            </li>
          ))}
        </ol>
      ) : null}
      {failure ? (
        <p className="ping-failure">
          {failure.what}
          <Hint text={failure.hint} />
        </p>
      ) : null}
    </section>
  );
}

function Hint({ text }: { text: string | undefined }) {
  return text ? <span className="ping-hint">{text}</span> : null;
}
