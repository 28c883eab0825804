import type { FaultError } from "../api/faults";
import { JsonError, parseJson, type Span, spanOf } from "../base/json";
import { pairSpan } from "./example";

/** What is wrong with an input, and where in its text; lines and columns count from 1. */
export interface InputProblem {
  line: number;
  column: number;
  length: number;
  message: string;
  hint?: string | undefined;
}

/** What is wrong, put where it stands, and what has no place in the text. */
export interface Placed {
  problems: InputProblem[];
  rest: { what: string; hint?: string | undefined }[];
}

/** Puts what is wrong with an input at its places in the text. */
export function placeProblems(kind: "pairs" | "json", text: string, faults: readonly FaultError[]): Placed {
  const broken = kind === "json" && text.trim() !== "" ? syntaxProblem(text) : undefined;
  if (broken) return { problems: [broken], rest: [] };
  const problems: InputProblem[] = [];
  const rest: Placed["rest"] = [];
  for (const fault of faults) {
    for (const d of fault.details ?? []) {
      const path = d.path ?? "";
      const span = kind === "pairs" ? pairSpan(text, path) : spanOf(text, path);
      const message = path === "" ? d.what : `“${path}” ${d.what}`;
      // A member that is missing has no place of its own: the line below the text says it.
      const missing =
        kind === "json" && path !== "" && span !== undefined && !text.slice(0, span.from).includes(lastOf(path));
      if (span && !missing && text !== "") problems.push({ ...placeOf(text, span), message, hint: d.hint });
      else rest.push({ what: message, hint: d.hint });
    }
    if ((fault.details ?? []).length === 0) rest.push({ what: fault.what, hint: fault.hint });
  }
  return { problems, rest };
}

function syntaxProblem(text: string): InputProblem | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (err) {
    if (!(err instanceof JsonError)) throw err;
    return { ...placeOf(text, { from: err.offset, to: err.offset + 1 }), message: err.message };
  }
}

function lastOf(path: string): string {
  const last = path.slice(path.lastIndexOf(".") + 1);
  return /^\d+$/.test(last) ? "" : `"${last}"`;
}

function placeOf(text: string, span: Span): { line: number; column: number; length: number } {
  const before = text.slice(0, span.from);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const end = text.indexOf("\n", span.from);
  const to = Math.min(span.to, end < 0 ? text.length : end);
  return { line, column: span.from - start + 1, length: Math.max(1, to - span.from) };
}
