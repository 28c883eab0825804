import type { Line } from "../../model/loglines";

/** One row of the log: a line, or a part of what belongs to a line that was opened. */
export interface LogRow {
  key: string;
  line: Line;
  /** Undefined for the line itself. */
  part: { name: string; text: string } | undefined;
}

/** How much of one line is shown when it is open, in rows. */
const mostRows = 400;

/**
 * The rows of lines. An open line is followed by its attributes, one a row; what is
 * longer than so many characters goes on in the next row, so that all rows have one
 * height. Rows are made when they are asked for: there may be very many lines, and
 * they change many times a second.
 */
export class LogRows {
  readonly count: number;
  /** The open lines with the rows that follow them, in the order of the lines. */
  private readonly opened: { index: number; parts: { name: string; text: string }[] }[] = [];

  constructor(
    private readonly lines: readonly Line[],
    open: ReadonlySet<number>,
    columns: number,
  ) {
    for (const id of [...open].sort((a, b) => a - b)) {
      const index = this.find(id);
      const line = lines[index];
      if (line) this.opened.push({ index, parts: partsOf(line, Math.max(20, columns)) });
    }
    this.count = lines.length + this.opened.reduce((n, o) => n + o.parts.length, 0);
  }

  /** Returns a row by its place, or undefined where there is none. */
  at(place: number): LogRow | undefined {
    let before = 0; // rows of open lines above
    for (const { index, parts } of this.opened) {
      const first = index + before + 1;
      if (place < first) break;
      const line = this.lines[index];
      if (place < first + parts.length && line) {
        return { key: `${line.id}.${place - first}`, line, part: parts[place - first] };
      }
      before += parts.length;
    }
    const line = this.lines[place - before];
    return line && { key: String(line.id), line, part: undefined };
  }

  /** Returns the place of the row with a key, or -1. */
  placeOf(key: string): number {
    const [id = "", part] = key.split(".");
    const index = key === "" ? -1 : this.find(Number(id));
    if (index < 0) return -1;
    const before = this.opened.filter((o) => o.index < index).reduce((n, o) => n + o.parts.length, 0);
    return index + before + (part === undefined ? 0 : Number(part) + 1);
  }

  /** Lines have ascending ids, with gaps where a filter left some out. */
  private find(id: number): number {
    let from = 0;
    let to = this.lines.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.lines[middle]?.id ?? 0) < id) from = middle + 1;
      else to = middle;
    }
    return this.lines[from]?.id === id ? from : -1;
  }
}

function partsOf(line: Line, columns: number): { name: string; text: string }[] {
  const out: { name: string; text: string }[] = [];
  const add = (name: string, text: string) => {
    for (const [i, part] of wrapped(text, columns).entries()) {
      if (out.length < mostRows) out.push({ name: i === 0 ? name : "", text: part });
    }
  };
  add("time", line.time);
  add("message", line.msg);
  for (const a of line.attributes) add(a.name, a.text);
  if (line.cid) add("cid", line.cid);
  return out;
}

/** Returns a text in pieces of at most so many characters; line breaks begin a new one. */
export function wrapped(text: string, columns: number): string[] {
  const out: string[] = [];
  for (const line of text.split("\n")) {
    const whole = line.replaceAll("\t", "    ");
    for (let i = 0; i === 0 || i < whole.length; i += columns) out.push(whole.slice(i, i + columns));
  }
  return out;
}
