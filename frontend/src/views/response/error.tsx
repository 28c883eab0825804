import { CircleAlert, FileCode, Lightbulb } from "lucide-react";
import type { FaultError } from "../../api/faults";
import { words } from "../../base/words/response";
import { placeText } from "../../model/loglines";
import { Button } from "../../parts/button";
import { useApp } from "../../parts/useapp";

/** What went wrong: what, by field, what to do, and where; a click opens the place. */
export function ErrorView({ faults }: { faults: readonly FaultError[] }) {
  return (
    <div className="response-error" role="alert" data-testid="response-error">
      {faults.map((fault, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the faults of one answer never change their order
        <FaultCard key={i} fault={fault} />
      ))}
    </div>
  );
}

function FaultCard({ fault }: { fault: FaultError }) {
  const app = useApp();
  const { file, line = 0, column = 0 } = fault.at ?? {};
  const details = fault.details ?? [];
  return (
    <section className="response-fault">
      <p className="response-fault-what">
        <CircleAlert className="response-fault-icon" aria-hidden />
        <span>{fault.what}</span>
      </p>
      {fault.hint && (
        <p className="response-fault-hint">
          <Lightbulb className="response-fault-icon" aria-hidden />
          <span>{fault.hint}</span>
        </p>
      )}
      {details.length > 0 && (
        <table className="response-table">
          <thead>
            <tr>
              <th>{words.field}</th>
              <th>{words.details}</th>
            </tr>
          </thead>
          <tbody>
            {details.map((d) => (
              <tr key={`${d.path} ${d.what}`}>
                <td>
                  <code>{d.path}</code>
                </td>
                <td>
                  {d.what}
                  {d.hint && <div className="response-muted">{d.hint}</div>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="response-fault-foot">
        {file && (
          <Button
            small
            icon={FileCode}
            aria-label={words.openAt(placeText({ file, line, column }))}
            onPress={() => app.openFile(file, { ...(line ? { line } : {}), ...(column ? { column } : {}) })}
            data-testid="response-error-place"
          >
            <code>{placeText({ file, line, column })}</code>
          </Button>
        )}
        {fault.code && <code className="response-muted">{fault.code}</code>}
      </p>
    </section>
  );
}
