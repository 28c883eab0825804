import type { LogLine } from "../api/generated";
import { type Attribute, attributesOf } from "./loglines";

/** One request that a service sent through a connection. */
export type Call = {
  connection: string;
  /** Such as POST. */
  method: string;
  /** Where it went, without secrets. */
  address: string;
  /** Undefined where there was no answer, or none yet. */
  status: number | undefined;
  /** In nanoseconds; undefined where it has not ended. */
  took: number | undefined;
  /** Bytes of the answer. */
  size: number | undefined;
  /** How often it was tried. */
  tries: number;
  /** Why it did not succeed; "" where it did. */
  error: string;
  /** When it began. */
  at: string;
};

/**
 * Returns the requests that the lines of one invocation tell of, in the order in
 * which they began. The runtime writes one line when a request begins and one when
 * it ends; an end belongs to the oldest open begin of the same connection.
 */
export function callsOf(lines: readonly LogLine[]): Call[] {
  const calls: Call[] = [];
  for (const line of lines) {
    const attributes = attributesOf(line.attrs);
    const text = (name: string) => textOf(attributes, name);
    if (line.msg === "connection request") {
      calls.push({
        connection: text("connection"),
        method: text("method"),
        address: text("address"),
        status: undefined,
        took: undefined,
        size: undefined,
        tries: 1,
        error: "",
        at: line.time,
      });
    } else if (line.msg === "connection response") {
      const open = calls.find(
        (c) => c.took === undefined && c.connection === text("connection") && c.method === text("method"),
      );
      if (open) {
        open.status = numberOf(text("status"));
        open.took = nanoseconds(text("took")) ?? 0;
        open.size = numberOf(text("length"));
        open.tries = numberOf(text("tries")) ?? 1;
        open.error = text("error");
      }
    }
  }
  return calls;
}

function textOf(attributes: Attribute[], name: string): string {
  return attributes.find((a) => a.name === name)?.text ?? "";
}

function numberOf(text: string): number | undefined {
  const n = Number(text);
  return text === "" || Number.isNaN(n) ? undefined : n;
}

const units: Record<string, number> = { ns: 1, µs: 1e3, μs: 1e3, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Returns a duration as Go writes it ("1m2.5s"), or a bare number of nanoseconds, in nanoseconds. */
export function nanoseconds(text: string): number | undefined {
  const bare = numberOf(text);
  if (bare !== undefined) {
    return bare;
  }
  let sum = 0;
  let length = 0;
  for (const part of text.matchAll(/([\d.]+)(ns|µs|μs|us|ms|s|m|h)/g)) {
    sum += Number(part[1]) * (units[part[2] ?? ""] ?? 0);
    length += part[0].length;
  }
  return length > 0 && length === text.length ? sum : undefined;
}
