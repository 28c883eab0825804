import { formatDuration, formatSize } from "../../base/format";
import { words } from "../../base/words/response";
import type { Call } from "../../model/calls";
import { Badge, type Tone } from "../../parts/badge";

/** The headers of an answer. */
export function HeadersView({ headers }: { headers: readonly (readonly [string, string])[] }) {
  if (headers.length === 0) return <p className="response-none">{words.noHeaders}</p>;
  return (
    <table className="response-table" aria-label={words.headersOf} data-testid="response-headers">
      <thead>
        <tr>
          <th>{words.headerName}</th>
          <th>{words.headerValue}</th>
        </tr>
      </thead>
      <tbody>
        {headers.map(([name, value], i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a header may stand there twice, and the list never changes
          <tr key={i}>
            <td>
              <code>{name}</code>
            </td>
            <td>
              <code>{value}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a call sent through connections, in the order in which it began. */
export function CallsView({ calls }: { calls: readonly Call[] }) {
  if (calls.length === 0) return <p className="response-none">{words.noCalls}</p>;
  const longest = Math.max(1, ...calls.map((c) => c.took ?? 0));
  return (
    <table className="response-table response-calls" aria-label={words.callsOf} data-testid="response-calls">
      <thead className="visually-hidden">
        <tr>
          <th>{words.calls.connection}</th>
          <th>{words.calls.what}</th>
          <th>{words.calls.status}</th>
          <th className="response-number">{words.calls.took}</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: calls may be equal, and the list never changes
          <CallRow key={i} call={call} share={(call.took ?? 0) / longest} />
        ))}
      </tbody>
    </table>
  );
}

function CallRow({ call, share }: { call: Call; share: number }) {
  const [host, path] = splitAddress(call.address);
  const size = call.size === undefined ? "" : formatSize(call.size);
  return (
    <tr>
      <td className="response-call-name">{call.connection}</td>
      <td className="response-call-to">
        <code className="response-call-what" title={call.address}>
          <b>{call.method}</b> {path}
        </code>
        {call.tries > 1 && <span className="response-muted"> {words.calls.tries(call.tries)}</span>}
        {host && <span className="response-call-host">{host}</span>}
        {call.error && <span className="response-call-error">{call.error}</span>}
      </td>
      <td className="response-call-status">
        <Badge tone={toneOf(call.status, call.error)}>{call.status ?? words.calls.open}</Badge>
      </td>
      <td className="response-number" title={size}>
        {call.took === undefined ? "" : formatDuration(call.took)}
        <span className="response-bar" style={{ inlineSize: `${Math.max(2, share * 100)}%` }} />
      </td>
    </tr>
  );
}

/** The colour of a status. */
export function toneOf(status: number | undefined, error = ""): Tone {
  if (status === undefined) return error ? "bad" : "neutral";
  if (status >= 500) return "bad";
  if (status >= 400) return "warn";
  return status >= 300 ? "info" : "good";
}

/** Returns the host and the path of an address; what is no URL is all path. */
function splitAddress(address: string): [string, string] {
  const [, host = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/i.exec(address) ?? [];
  return host === "" ? ["", address] : [host, path || "/"];
}
