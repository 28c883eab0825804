import type { LogLine } from "../api/generated";
import { formatClock } from "../base/format";
import { fromPlain, type Json, scalarText } from "../base/json";

/** How much a line matters; the higher the more. */
export const levels = ["DEBUG", "INFO", "WARN", "ERROR"] as const;

/** One of the levels. */
export type Level = (typeof levels)[number];

/** A place in a file of the project; lines and columns count from 1, 0 is unknown. */
export type Place = { file: string; line: number; column: number };

/** An attribute of a line as it is shown: texts without quotes where they need none. */
export type Attribute = { name: string; text: string };

/** A line of the log, ready to be shown and searched. */
export type Line = {
  /** Counts up, so that a line keeps its identity while others go. */
  id: number;
  time: string;
  /** "16:45:54.061" in the time zone of the person. */
  clock: string;
  level: Level;
  /** What the line is about: a service, else a job, a channel or a connection; "" where it has none. */
  source: string;
  msg: string;
  cid: string;
  attributes: Attribute[];
  /** Everything on one line behind the message, without what has its own column. */
  rest: string;
  place: Place | undefined;
  /** All of it in lower case. */
  haystack: string;
};

const sources = ["service", "job", "channel", "connection"];

/** Returns a line as it is shown. */
export function toLine(line: LogLine, id: number): Line {
  const attributes = attributesOf(line.attrs);
  const source = sources.map((s) => attributes.find((a) => a.name === s)?.text).find((s) => s) ?? "";
  const rest = attributes
    .filter((a) => !(sources.includes(a.name) && a.text === source))
    .map((a) => `${a.name}=${quotedIfNeeded(a.text)}`)
    .join(" ");
  return {
    id,
    time: line.time,
    clock: formatClock(line.time) || line.time,
    level: levelOf(line.level),
    source,
    msg: line.msg,
    cid: line.cid ?? "",
    attributes,
    rest,
    place: placeOf(attributes, line.msg),
    haystack: `${line.msg} ${source} ${rest} ${line.cid ?? ""}`.toLowerCase(),
  };
}

/** Returns a level of ours; levels between ours count as the lower one. */
export function levelOf(text: string): Level {
  const name = text.toUpperCase();
  return levels.findLast((l) => name.startsWith(l)) ?? "INFO";
}

/** Returns the attributes of a line in their order; groups become dotted names. */
export function attributesOf(attrs: unknown): Attribute[] {
  const out: Attribute[] = [];
  if (attrs !== undefined && attrs !== null) {
    flatten("", fromPlain(attrs), out);
  }
  return out;
}

function flatten(name: string, value: Json, out: Attribute[]): void {
  if (value.kind === "object" && (name === "" || value.members.length > 0)) {
    for (const m of value.members) {
      flatten(name === "" ? m.name : `${name}.${m.name}`, m.value, out);
    }
    return;
  }
  out.push({ name, text: value.kind === "string" ? value.text : scalarText(value) });
}

function quotedIfNeeded(text: string): string {
  return text === "" || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

const placePattern = /(?:^|[\s("'])((?:[\w.-]+\/)*[\w.-]+\.(?:go|ya?ml|json|feature|md))(?::(\d+))(?::(\d+))?/;

/** Returns the first place that a text names as file:line:column, or undefined. */
export function placeIn(text: string): Place | undefined {
  const found = placePattern.exec(text);
  if (!found?.[1] || found[1].startsWith("/")) {
    return undefined;
  }
  return { file: found[1], line: Number(found[2] ?? 0), column: Number(found[3] ?? 0) };
}

function placeOf(attributes: Attribute[], msg: string): Place | undefined {
  const at = attributes.find((a) => a.name === "at" || a.name === "source");
  const texts = [at?.text ?? "", ...attributes.map((a) => a.text), msg];
  for (const text of texts) {
    const place = placeIn(text);
    if (place) {
      return place;
    }
  }
  return undefined;
}

/** Returns a place as people write it: users.go:12:5. */
export function placeText(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== 0).join(":");
}

/** Returns a line as the log file on disk shows it to people. */
export function lineText(line: Line): string {
  return [
    line.time,
    line.level,
    line.msg,
    line.source && `service=${line.source}`,
    line.rest,
    line.cid && `cid=${line.cid}`,
  ]
    .filter((p) => p !== "")
    .join(" ");
}
