import type { FieldInfo } from "../api/generated";
import { tryJson } from "../base/json";
import { words } from "../base/words/form";
import { isEmpty, isRecord } from "./formvalues";

const w = words.check;

/** What is wrong with the value of one field by itself, in words; "" where nothing is. The Studio checks everything once more. */
export function checkField(f: FieldInfo, value: unknown): string {
  if (isEmpty(value)) return f.need ? w.required : "";
  switch (f.kind) {
    case "int":
      return /^[-+]?\d+$/.test(String(value)) ? range(f, Number(value), Number, w.from) : w.int;
    case "float":
      return Number.isFinite(Number(value)) ? range(f, Number(value), Number, w.from) : w.float;
    case "duration":
      return measure(f, value, parseDuration, w.duration);
    case "size":
      return measure(f, value, parseSize, w.size);
    case "time":
      return isMoment(String(value)) ? "" : w.time;
    case "json":
      return tryJson(String(value)) === undefined ? w.json : "";
    case "secret":
      return secretProblem(isRecord(value) ? String(value.secret ?? "") : "");
    case "text":
    case "ref":
      return checkText(f, String(value));
    case "texts":
      return checkEntries(f, Array.isArray(value) ? value.map(String) : []);
    case "map":
      return checkEntries(f, isRecord(value) ? Object.values(value).map(String) : []);
    default:
      return "";
  }
}

/** Whether a text is the name of a secret. */
export function isSecretName(name: string): boolean {
  const part = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
  return name.length <= 200 && name.split("/").every((p) => part.test(p));
}

function secretProblem(name: string): string {
  return name === "" || isSecretName(name) ? "" : w.secret;
}

function checkText(f: FieldInfo, text: string): string {
  if (text.includes("${")) return ""; // what is filled in is looked at later
  return range(f, [...text].length, Number, w.letters) || (matches(f, text) ? "" : w.pattern(formOf(f)));
}

function checkEntries(f: FieldInfo, entries: readonly string[]): string {
  const bad = entries.find((e) => e !== "" && !e.includes("${") && !matches(f, e));
  if (bad !== undefined) return w.entryPattern(bad, formOf(f));
  return range(f, entries.length, Number, w.entries);
}

/** The form without what only a machine reads. */
function formOf(f: FieldInfo): string {
  return (f.pattern ?? "").replace(/^\^\(\?:/, "").replace(/\)\$$/, "");
}

function matches(f: FieldInfo, text: string): boolean {
  if (!f.pattern) return true;
  try {
    return new RegExp(f.pattern, "u").test(text);
  } catch {
    return true; // a form that only Go reads is left to the Studio
  }
}

function measure(f: FieldInfo, value: unknown, parse: (s: string) => number | null, wrong: string): string {
  const n = parse(String(value));
  return n === null ? wrong : range(f, n, parse, w.from);
}

function range(f: FieldInfo, n: number, parse: (s: string) => number | null, what: string): string {
  const min = f.min ? parse(f.min) : null;
  const max = f.max ? parse(f.max) : null;
  if ((min === null || n >= min) && (max === null || n <= max)) return "";
  if (min !== null && max !== null) return w.between(what, f.min ?? "", f.max ?? "");
  return min !== null ? w.least(what, f.min ?? "") : w.most(what, f.max ?? "");
}

const units: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
  d: 8.64e13,
};

/** A time span such as "1d12h" in nanoseconds; null where it is none. */
export function parseDuration(text: string): number | null {
  const s = text.trim();
  if (s === "0") return 0;
  const m = /^([-+]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/.exec(s);
  if (!m) return null;
  let total = 0;
  for (const [, n, unit] of s.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g)) {
    total += Number(n) * (units[unit ?? ""] ?? 0);
  }
  return m[1] === "-" ? -total : total;
}

const sizes: Record<string, number> = {
  tib: 2 ** 40,
  tb: 1e12,
  gib: 2 ** 30,
  gb: 1e9,
  mib: 2 ** 20,
  mb: 1e6,
  kib: 2 ** 10,
  kb: 1e3,
  b: 1,
  "": 1,
};

/** A number of bytes such as "64KiB"; null where it is none. */
export function parseSize(text: string): number | null {
  const m = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  const unit = sizes[(m?.[2] ?? "?").toLowerCase()];
  return m && unit !== undefined ? Number(m[1]) * unit : null;
}

function isMoment(text: string): boolean {
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text));
}
