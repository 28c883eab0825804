import type { FieldInfo } from "../api/generated";

/** The values of a form, groups as objects in it. A field that is not set is not there; values of the kind json are JSON texts. */
export type Values = Readonly<Record<string, unknown>>;

export function isRecord(v: unknown): v is Readonly<Record<string, unknown>> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** The value at a dotted path. */
export function valueAt(values: Values, path: string): unknown {
  let now: unknown = values;
  for (const key of path.split(".")) now = isRecord(now) && Object.hasOwn(now, key) ? now[key] : undefined;
  return now;
}

/** The values with another one at a dotted path; undefined takes it away, and groups that are empty with it. */
export function withValue(values: Values, path: string, value: unknown): Values {
  const dot = path.indexOf(".");
  const key = dot < 0 ? path : path.slice(0, dot);
  const { [key]: old, ...rest } = values;
  const next = dot < 0 ? value : withValue(isRecord(old) ? old : {}, path.slice(dot + 1), value);
  if (isEmpty(next)) return rest;
  return { ...values, [key]: next };
}

/** Whether a value says nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Whether a field applies among the values of its group. */
export function applies(field: FieldInfo, siblings: readonly FieldInfo[], values: Values): boolean {
  const { when } = field;
  if (!when) return true;
  const other = siblings.find((f) => f.key === when.key);
  const value = values[when.key] ?? other?.default;
  return when.values?.length ? when.values.includes(String(value)) : !isEmpty(value);
}

/** The values of those fields that apply, as they are sent: JSON texts stand apart. */
export function toSend(
  fields: readonly FieldInfo[],
  values: Values,
): { config: Values; texts: Record<string, string> } {
  const texts: Record<string, string> = {};
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const field = fields.find((f) => f.key === key);
    if (field && !applies(field, fields, values)) continue;
    if (field?.kind === "json") texts[key] = String(value);
    else if (field?.kind === "group" && isRecord(value)) config[key] = toSend(field.fields ?? [], value).config;
    else config[key] = value;
  }
  return { config, texts };
}

/** How many fields of a group are set. */
export function countSet(fields: readonly FieldInfo[], values: Values): number {
  return fields.reduce((n, f) => {
    const value = values[f.key];
    if (f.kind === "group") return n + (isRecord(value) ? countSet(f.fields ?? [], value) : 0);
    return n + (isEmpty(value) ? 0 : 1);
  }, 0);
}

/** The value that a field has without being set, in words; "" where there is none. */
export function defaultText(field: FieldInfo): string {
  const { default: value } = field;
  if (value === undefined || value === null) return "";
  if (field.kind === "choice") return field.choices?.find((c) => c.value === value)?.title || String(value);
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The first sentence of a help text, and the rest. */
export function splitHelp(help: string | undefined): [string, string] {
  const text = (help ?? "").trim();
  const line = text.indexOf("\n");
  return line < 0 ? [text, ""] : [text.slice(0, line), text.slice(line + 1).trim()];
}
