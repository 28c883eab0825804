import { type CompletionSource, completionStatus } from "@codemirror/autocomplete";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import { type EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useMemo, useRef } from "react";
import { fromPlain, type Json, printJson, tryJson } from "../../base/json";
import { useStore } from "../../base/store";
import { words } from "../../base/words/invoke";
import { pairsOf } from "../../model/example";
import type { Input } from "../../model/input";
import type { InputProblem } from "../../model/inputproblems";
import { CodeEditor } from "../../parts/code/codeeditor";
import { useApp } from "../../parts/useapp";
import { InputForm } from "./form";
import { jsonCompletion, pairsCompletion, pairsLanguage } from "./pairslang";

/** What is known of what a service takes. */
interface Known {
  /** The service is live, so it is known whether it takes anything. */
  ready: boolean;
  schema: Json | undefined;
  example: Json | undefined;
}

function useKnown(service: string): Known {
  const app = useApp();
  const detail = useStore(app.invoke.details, (d) => d.get(service));
  return useMemo(
    () => ({
      ready: detail !== undefined,
      schema: detail?.input === undefined || detail.input === null ? undefined : fromPlain(detail.input),
      example: detail?.example === undefined || detail.example === null ? undefined : fromPlain(detail.example),
    }),
    [detail],
  );
}

/** A placeholder that may become another one while the editor lives. */
function useHint(text: string): Extension {
  const element = useRef<HTMLElement>(undefined);
  if (!element.current) {
    element.current = document.createElement("span");
    element.current.className = "invoke-hint";
  }
  const span = element.current;
  useEffect(() => {
    span.textContent = text;
  }, [span, text]);
  return useMemo(() => placeholder(() => span), [span]);
}

function useSchemaFor(known: Known) {
  const latest = useRef(known);
  latest.current = known;
  return useMemo(
    () => () => {
      const { schema, example } = latest.current;
      return schema ? { root: schema, sample: example } : undefined;
    },
    [],
  );
}

/** Adds a source of completions. They are told apart by identity, so it is made once. */
function completes(source: CompletionSource): Extension {
  const data = [{ autocomplete: source }];
  return EditorState.languageData.of(() => data);
}

const marks = (problems: readonly InputProblem[]) => problems.map((p) => ({ ...p, severity: "error" as const }));

interface TextViewProps {
  input: Input;
  problems: readonly InputProblem[];
}

/** The input as name=value lines. The up and down keys bring earlier inputs. */
export function PairsView({ input, problems }: TextViewProps) {
  const app = useApp();
  const text = useStore(input.state, (s) => s.pairs);
  const known = useKnown(input.service);
  const hint = useHint(hintOf(known));
  const schema = useSchemaFor(known);
  const recall = app.invoke.recall(input.service);
  const typed = useRef("");

  const extensions = useMemo(() => {
    const walk = (older: boolean) => (view: EditorView) => {
      if (completionStatus(view.state) === "active" || !atEdge(view, older)) return false;
      void (async () => {
        const next = older ? await recall.older(input.state.value.pairs) : recall.newer();
        if (next === undefined) return;
        typed.current = next;
        const whole = { from: 0, to: view.state.doc.length, insert: next };
        view.dispatch({ changes: whole, selection: { anchor: next.length }, scrollIntoView: true });
      })().catch(app.notes.fail);
      return true;
    };
    return [
      hint,
      pairsLanguage,
      completes(pairsCompletion(schema)),
      Prec.highest(
        keymap.of([
          { key: "ArrowUp", run: walk(true) },
          { key: "ArrowDown", run: walk(false) },
        ]),
      ),
    ];
  }, [app, hint, input, recall, schema]);

  return (
    <CodeEditor
      label={words.pairs.label}
      className="invoke-code"
      text={text}
      language="text"
      plain
      wrap
      problems={marks(problems)}
      extensions={extensions}
      onChange={(next) => {
        if (next !== typed.current) recall.reset();
        input.setPairs(next);
      }}
      data-testid="invoke-text"
    />
  );
}

/** Whether the cursor stands in the first or in the last line, so that there is nothing beyond it. */
function atEdge(view: EditorView, first: boolean): boolean {
  const { main, ranges } = view.state.selection;
  const line = view.state.doc.lineAt(main.head).number;
  return ranges.length === 1 && main.empty && line === (first ? 1 : view.state.doc.lines);
}

function hintOf({ ready, schema, example }: Known): string {
  if (ready && !schema) return words.pairs.none;
  const pairs = pairsOf(example);
  return pairs ? words.pairs.example(pairs) : words.pairs.noneYet;
}

/** The input as JSON, checked against what the service takes. */
export function JsonView({ input, problems }: TextViewProps) {
  const text = useStore(input.state, (s) => s.json);
  const known = useKnown(input.service);
  const hint = useHint(
    known.ready && !known.schema
      ? words.pairs.none
      : known.example
        ? words.json.example(printJson(known.example))
        : "{}",
  );
  const schema = useSchemaFor(known);
  const extensions = useMemo(() => [hint, completes(jsonCompletion(schema))], [hint, schema]);
  return (
    <CodeEditor
      label={words.json.label}
      className="invoke-code"
      text={text}
      language="json"
      plain
      wrap
      problems={marks(problems)}
      extensions={extensions}
      onChange={(next) => input.setJson(next)}
      data-testid="invoke-json"
    />
  );
}

/** The input as a form made of what the service takes. */
export function InputFormView({ input }: { input: Input }) {
  const { json, faults } = useStore(input.state);
  const known = useKnown(input.service);
  const value = useMemo(() => tryJson(json), [json]);
  if (!known.ready) return <p className="invoke-none">{words.form.unknown}</p>;
  if (!known.schema) return <p className="invoke-none">{words.form.none}</p>;
  return (
    <InputForm
      schema={known.schema}
      sample={known.example}
      value={value}
      faults={faults}
      onChange={(next) => input.setJson(next ? printJson(next) : "")}
    />
  );
}
