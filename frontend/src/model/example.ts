import { type Json, printJson, scalarText } from "../base/json";

/**
 * Returns an input as name=value, one a line: objects with dots, lists of plain
 * values with their name repeated, everything else as name:=JSON. It is the same as
 * what the Studio makes of it; here it is for examples only, which need no types.
 * An input that is no object cannot be written so: "".
 */
export function pairsOf(value: Json | undefined): string {
  if (value?.kind !== "object") return "";
  const out: string[] = [];
  add("", value, out);
  return out.join("\n");
}

function add(name: string, value: Json, out: string[]): void {
  switch (value.kind) {
    case "object":
      if (value.members.length === 0 && name !== "") out.push(`${name}:={}`);
      for (const m of value.members) add(name === "" ? m.name : `${name}.${m.name}`, m.value, out);
      return;
    case "array":
      if (value.items.length > 0 && value.items.every((i) => i.kind === "string" || i.kind === "number")) {
        for (const item of value.items) add(name, item, out);
      } else out.push(`${name}:=${printJson(value, "")}`);
      return;
    case "string":
      out.push(`${name}=${/^$|[\s"'\\]/.test(value.text) ? JSON.stringify(value.text) : value.text}`);
      return;
    default:
      out.push(`${name}=${scalarText(value)}`);
  }
}

/** Returns where the value of a path stands in name=value lines, or undefined. */
export function pairSpan(text: string, path: string): { from: number; to: number } | undefined {
  for (const m of text.matchAll(/(^|\s)([^\s=]+?)(:?)=("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s]*)/g)) {
    const name = m[2] ?? "";
    if (name !== path && !path.startsWith(`${name}.`)) continue;
    const from = m.index + (m[1]?.length ?? 0);
    return { from, to: m.index + m[0].length };
  }
  return undefined;
}
