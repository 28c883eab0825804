import { type Diagnostic, forEachDiagnostic, lintGutter, setDiagnostics, setDiagnosticsEffect } from "@codemirror/lint";
import { type EditorState, type Extension, type Range, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import { words as language } from "../../base/words/language";

/** Something that is wrong at a place. Line and column count from 1; without a column it is the whole line. */
export interface EditorProblem {
  line: number;
  column?: number | undefined;
  /** How many characters; the word at the place where it is left out. */
  length?: number | undefined;
  severity: "error" | "warning" | "info";
  message: string;
  hint?: string | undefined;
  /** Offers what could be done about it. */
  fix?: ((view: EditorView, at: number) => void) | undefined;
}

/** Marks problems in the text, in the gutter, and behind their line. */
export function showProblems(view: EditorView, problems: readonly EditorProblem[]): void {
  const diagnostics = problems.map((p) => toDiagnostic(view.state.doc, p));
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

function toDiagnostic(doc: Text, p: EditorProblem): Diagnostic {
  const line = doc.line(Math.min(Math.max(1, p.line), doc.lines));
  const [from, to] = rangeOf(line.text, p);
  return {
    from: line.from + from,
    to: line.from + to,
    severity: p.severity,
    message: p.message,
    renderMessage: () => render(p),
    ...(p.fix ? { actions: [{ name: language.fix, apply: p.fix }] } : {}),
  };
}

function rangeOf(text: string, p: EditorProblem): [number, number] {
  const start = text.length - text.trimStart().length;
  if (p.column === undefined || p.column < 1) return [start, text.length];
  const from = Math.min(p.column - 1, text.length);
  if (p.length !== undefined) return [from, Math.min(text.length, from + p.length)];
  const word = /^[\p{L}\p{N}_.]+|^"[^"]*"?/u.exec(text.slice(from));
  const to = from + (word?.[0].length ?? 1);
  return from >= text.length ? [Math.max(start, text.length - 1), text.length] : [from, Math.min(to, text.length)];
}

function render(p: EditorProblem): Node {
  const box = document.createElement("div");
  box.className = "cm-problem";
  box.append(p.message);
  if (p.hint) {
    const hint = document.createElement("div");
    hint.className = "cm-problem-hint";
    hint.textContent = p.hint;
    box.append(hint);
  }
  return box;
}

class Message extends WidgetType {
  constructor(
    readonly text: string,
    readonly severity: string,
  ) {
    super();
  }
  override eq(other: Message): boolean {
    return other.text === this.text && other.severity === this.severity;
  }
  override toDOM(): HTMLElement {
    const span = document.createElement("span");
    span.className = `cm-line-problem cm-line-problem-${this.severity}`;
    span.textContent = this.text;
    span.setAttribute("aria-hidden", "true"); // the problem itself is read where it is marked
    return span;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}

/** The first problem of each line, behind it. */
function messages(state: EditorState): DecorationSet {
  const byLine = new Map<number, { text: string; severity: string }>();
  forEachDiagnostic(state, (d, from) => {
    const end = state.doc.lineAt(Math.min(from, state.doc.length)).to;
    const known = byLine.get(end);
    const text = d.message.split("\n")[0] ?? "";
    if (!known || (known.severity !== "error" && d.severity === "error"))
      byLine.set(end, { text, severity: d.severity });
  });
  const out: Range<Decoration>[] = [];
  for (const [at, m] of byLine)
    out.push(Decoration.widget({ widget: new Message(m.text, m.severity), side: 1 }).range(at));
  return Decoration.set(out, true);
}

const behindLines = StateField.define<DecorationSet>({
  create: messages,
  update(value, tr) {
    if (tr.effects.some((e) => e.is(setDiagnosticsEffect))) return messages(tr.state);
    return tr.docChanged ? value.map(tr.changes) : value;
  },
  provide: (f) => EditorView.decorations.from(f),
});

/** What the editor needs to show problems. */
export const problemMarks: Extension = [lintGutter({ hoverTime: 200 }), behindLines];
