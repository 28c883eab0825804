import { type Json, scalarText } from "../../base/json";

/** Names and indexes that lead from the top to a value. */
export type Path = readonly (string | number)[];

/** One row of the tree. */
export interface Row {
  /** The path as one text. */
  key: string;
  path: Path;
  depth: number;
  value: Json;
  /** Whether there are rows inside it, and whether they are shown. */
  state: "leaf" | "open" | "closed";
  /** Its place among its brothers, from 1, and how many they are. */
  place: number;
  brothers: number;
}

/** What a person opened and closed, by key; the rest is as openAtFirst says. */
export type Toggled = ReadonlyMap<string, boolean>;

const fewRows = 300;
const fewItems = 50;

/** Returns the path as one text, different for different paths. */
export function keyOf(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `/${step}` : `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`))
    .join("");
}

/** Returns how many values stand in a value, itself included; it stops counting at a limit. */
export function countOf(value: Json, limit: number): number {
  let count = 1;
  const inner = insideOf(value);
  for (let i = 0; i < inner.length && count < limit; i++) {
    const item = inner[i];
    count += item ? countOf(item[1], limit - count) : 0;
  }
  return count;
}

/**
 * Returns the rows of a value that are shown. A small value is open all through, a
 * large one in its first two levels as long as they are short.
 */
export function rowsOf(root: Json, toggled: Toggled): Row[] {
  const small = countOf(root, fewRows) < fewRows;
  const out: Row[] = [];
  const walk = (value: Json, path: Path, key: string, depth: number, place: number, brothers: number) => {
    const inner = insideOf(value);
    const atFirst = small || depth === 0 || (depth < 2 && inner.length <= fewItems);
    const open = inner.length > 0 && (toggled.get(key) ?? atFirst);
    out.push({
      key,
      path,
      depth,
      value,
      state: inner.length === 0 ? "leaf" : open ? "open" : "closed",
      place,
      brothers,
    });
    if (open) {
      for (const [i, [step, item]] of inner.entries()) {
        walk(item, [...path, step], key + keyOf([step]), depth + 1, i + 1, inner.length);
      }
    }
  };
  walk(root, [], "", 0, 1, 1);
  return out;
}

/** Returns the named values of an object or the numbered ones of a list. */
export function insideOf(value: Json): [string | number, Json][] {
  switch (value.kind) {
    case "object":
      return value.members.map((m) => [m.name, m.value]);
    case "array":
      return value.items.map((item, i) => [i, item]);
    default:
      return [];
  }
}

/** Returns the paths of what has a text in its name or value, in order; at most 1,000. */
export function findIn(root: Json, query: string): Path[] {
  const needle = query.toLowerCase();
  const found: Path[] = [];
  const walk = (value: Json, path: Path) => {
    if (found.length >= 1000) return;
    const name = path.at(-1);
    const named = typeof name === "string" && name.toLowerCase().includes(needle);
    const inner = insideOf(value);
    const valued = value.kind !== "object" && value.kind !== "array" && valueText(value).toLowerCase().includes(needle);
    if (named || valued) found.push(path);
    for (const [step, item] of inner) walk(item, [...path, step]);
  };
  if (needle !== "") walk(root, []);
  return found;
}

/** Returns what was toggled, with everything around a path open. */
export function openedTo(path: Path, toggled: Toggled): Toggled {
  const next = new Map(toggled);
  for (let i = 0; i < path.length; i++) next.set(keyOf(path.slice(0, i)), true);
  return next;
}

/** Returns a value as a tree shows it on its row: cut where it is long. */
export function valueText(value: Json): string {
  return value.kind === "string" ? value.text : scalarText(value);
}

const previewLength = 80;

/** Returns the beginning of what is in an object or a list, for where it is closed. */
export function preview(value: Json): string {
  const parts: string[] = [];
  let length = 0;
  for (const [step, item] of insideOf(value)) {
    const text =
      item.kind === "object"
        ? item.members.length
          ? "{…}"
          : "{}"
        : item.kind === "array"
          ? `[${item.items.length || ""}]`
          : short(scalarText(item));
    const part = typeof step === "string" ? `${step}: ${text}` : text;
    length += part.length + 2;
    if (length > previewLength) {
      parts.push("…");
      break;
    }
    parts.push(part);
  }
  return value.kind === "array" ? `[${parts.join(", ")}]` : `{${parts.join(", ")}}`;
}

function short(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}
