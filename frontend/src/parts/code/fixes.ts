import { EditorSelection, type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { words } from "../../base/words/language";

/** One thing that could be done at a place. */
export interface FixChoice {
  title: string;
  run: () => void;
}

interface Shown {
  at: number;
  choices: readonly FixChoice[];
  chosen: number;
}

const setShown = StateEffect.define<Shown | null>();

const shown = StateField.define<Shown | null>({
  create: () => null,
  update(value, tr) {
    for (const e of tr.effects) if (e.is(setShown)) return e.value;
    return tr.docChanged || tr.selection ? null : value;
  },
  provide: (f) => showTooltip.from(f, (value) => (value ? tooltip(value) : null)),
});

/** Shows choices below a place; keys and mouse choose one. */
export function showFixes(view: EditorView, at: number, choices: readonly FixChoice[]): void {
  view.dispatch({ selection: EditorSelection.cursor(at) });
  view.dispatch({ effects: setShown.of({ at, choices, chosen: 0 }) });
  view.focus();
}

function tooltip(value: Shown): Tooltip {
  return {
    pos: value.at,
    above: false,
    create: (view) => {
      const dom = document.createElement("div");
      dom.className = "cm-fixes";
      dom.setAttribute("role", "listbox");
      dom.setAttribute("aria-label", words.fixes);
      dom.dataset.testid = "quick-fixes";
      value.choices.forEach((choice, i) => {
        const line = document.createElement("div");
        line.className = "cm-fix";
        line.setAttribute("role", "option");
        line.setAttribute("aria-selected", String(i === value.chosen));
        line.textContent = choice.title;
        line.addEventListener("mousedown", (e) => {
          e.preventDefault();
          choose(view, choice);
        });
        dom.append(line);
      });
      return { dom };
    },
  };
}

function choose(view: EditorView, choice: FixChoice | undefined): boolean {
  view.dispatch({ effects: setShown.of(null) });
  choice?.run();
  return true;
}

function step(by: number) {
  return (view: EditorView): boolean => {
    const value = view.state.field(shown, false);
    if (!value) return false;
    const chosen = (value.chosen + by + value.choices.length) % value.choices.length;
    view.dispatch({ effects: setShown.of({ ...value, chosen }) });
    view.dispatch({ effects: EditorView.announce.of(value.choices[chosen]?.title ?? "") });
    return true;
  };
}

/** What an editor needs to show fixes. */
export const fixList: Extension = [
  shown,
  Prec.highest(
    keymap.of([
      { key: "ArrowDown", run: step(1) },
      { key: "ArrowUp", run: step(-1) },
      {
        key: "Enter",
        run: (view) => {
          const value = view.state.field(shown, false);
          return value ? choose(view, value.choices[value.chosen]) : false;
        },
      },
      { key: "Escape", run: (view) => (view.state.field(shown, false) ? choose(view, undefined) : false) },
    ]),
  ),
];
