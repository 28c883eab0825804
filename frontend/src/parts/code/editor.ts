import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, redo, toggleComment, undo } from "@codemirror/commands";
import { bracketMatching, foldAll, foldGutter, foldKeymap, indentOnInput, unfoldAll } from "@codemirror/language";
import { highlightSelectionMatches, openSearchPanel, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState, type Extension, Transaction } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  rectangularSelection,
  scrollPastEnd,
} from "@codemirror/view";
import { words } from "../../base/words/editor";
import type { EditorCommand, TextSource } from "../../model/document";
import { findPanel, showReplace } from "./find";
import { indentGuides } from "./guides";
import { type Language, languageNow, loadLanguage } from "./languages";
import { type EditorProblem, problemMarks, showProblems } from "./problems";
import { codeTheme } from "./theme";
import "./code.css";

/** What an editor is made with. */
export interface EditorOptions {
  label: string;
  language: Language;
  text: string;
  readOnly?: boolean;
  wrap?: boolean;
  /** A field of a form or a panel: no line numbers, no gutters, nothing behind the end. */
  plain?: boolean;
  placeholder?: string;
  /** More of CodeMirror's own, such as what speaks LSP. */
  extensions?: Extension;
  onChange?: (text: TextSource) => void;
  onCursor?: (line: number, column: number, selected: number) => void;
  "data-testid"?: string;
}

/** What an editor has been given to call, which outlives one view of it. */
interface Host {
  onChange: ((text: TextSource) => void) | undefined;
  onCursor: ((line: number, column: number, selected: number) => void) | undefined;
  quiet: boolean; // the text is being replaced from outside
  wrap: Compartment;
  readOnly: Compartment;
  language: Compartment;
}

/** What an editor leaves behind for the next one of the same text: cursor, undo, folds. */
interface Left {
  state: EditorState;
  host: Host;
  top: number;
}

/** One editor of code on the page. The rest of the Studio knows it by this and not by what it is made of. */
export class Editor {
  readonly view: EditorView;
  private readonly host: Host;

  constructor(parent: HTMLElement, options: EditorOptions, left?: unknown) {
    const before = isLeft(left) ? left : undefined;
    this.host = before?.host ?? {
      onChange: undefined,
      onCursor: undefined,
      quiet: false,
      wrap: new Compartment(),
      readOnly: new Compartment(),
      language: new Compartment(),
    };
    this.host.onChange = options.onChange;
    this.host.onCursor = options.onCursor;
    const state =
      before?.state ?? EditorState.create({ doc: options.text, extensions: everything(options, this.host) });
    this.view = new EditorView({ parent, state, ...(before ? { scrollTo: EditorView.scrollIntoView(0) } : {}) });
    if (before) {
      this.setText(options.text);
      const top = before.top;
      this.view.requestMeasure({ read: () => null, write: () => this.view.scrollDOM.scrollTo({ top }) });
    }
    if (!languageNow(options.language)) void this.load(options.language);
    this.setReadOnly(options.readOnly ?? false);
    this.setWrap(options.wrap ?? false);
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Replaces the text where it differs; cursor and undo stay. onChange is not called. */
  setText(text: string): void {
    const { doc } = this.view.state;
    if (doc.length === text.length && doc.toString() === text) return;
    const now = doc.toString();
    let from = 0;
    const most = Math.min(now.length, text.length);
    while (from < most && now.charCodeAt(from) === text.charCodeAt(from)) from++;
    let end = 0;
    while (end < most - from && now.charCodeAt(now.length - 1 - end) === text.charCodeAt(text.length - 1 - end)) end++;
    this.host.quiet = true;
    try {
      const insert = text.slice(from, text.length - end);
      this.view.dispatch({
        changes: { from, to: now.length - end, insert },
        annotations: Transaction.userEvent.of("input.outside"),
      });
    } finally {
      this.host.quiet = false;
    }
  }

  setReadOnly(readOnly: boolean): void {
    this.view.dispatch({
      effects: this.host.readOnly.reconfigure([
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of(readOnly ? { "aria-readonly": "true" } : {}),
      ]),
    });
  }

  setWrap(wrap: boolean): void {
    this.view.dispatch({ effects: this.host.wrap.reconfigure(wrap ? EditorView.lineWrapping : []) });
  }

  setProblems(problems: readonly EditorProblem[]): void {
    showProblems(this.view, problems);
  }

  /** Shows a place and puts the cursor there; line and column count from 1. */
  reveal(line: number, column = 1, length = 0): void {
    const { doc } = this.view.state;
    const at = doc.line(Math.min(Math.max(1, line), doc.lines));
    const from = Math.min(at.to, at.from + Math.max(0, column - 1));
    const to = Math.min(at.to, from + length);
    this.view.dispatch({
      selection: EditorSelection.single(from, to),
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.view.focus();
  }

  command(name: EditorCommand): void {
    switch (name) {
      case "undo":
        undo(this.view);
        break;
      case "redo":
        redo(this.view);
        break;
      case "find":
        openSearchPanel(this.view);
        return;
      case "replace":
        openSearchPanel(this.view);
        showReplace(this.view);
        return;
      case "foldAll":
        foldAll(this.view);
        break;
      case "unfoldAll":
        unfoldAll(this.view);
        break;
      case "comment":
        toggleComment(this.view);
    }
    this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }

  lines(): number {
    return this.view.state.doc.lines;
  }

  /** Ends the editor and returns what the next one of this text goes on with. */
  leave(): unknown {
    const left: Left = { state: this.view.state, host: this.host, top: this.view.scrollDOM.scrollTop };
    this.host.onChange = undefined;
    this.host.onCursor = undefined;
    this.view.destroy();
    return left;
  }

  private async load(language: Language): Promise<void> {
    const extension = await loadLanguage(language);
    this.view.dispatch({ effects: this.host.language.reconfigure(extension) });
  }
}

function isLeft(left: unknown): left is Left {
  return typeof left === "object" && left !== null && "state" in left && "host" in left;
}

function everything(o: EditorOptions, host: Host): Extension {
  const attributes: Record<string, string> = { "aria-label": o.label };
  if (o["data-testid"]) attributes["data-testid"] = o["data-testid"];
  return [
    highlightSpecialChars(),
    history(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    rectangularSelection(),
    crosshairCursor(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    o.plain ? [] : gutters(),
    o.placeholder ? placeholder(o.placeholder) : [],
    keymap.of([
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      ...defaultKeymap,
    ]),
    // A field of a form gives Tab to the next field.
    o.plain ? [] : keymap.of([indentWithTab]),
    findPanel,
    EditorState.phrases.of({ "Fold line": words.fold, "Unfold line": words.unfold, "folded code": words.folded }),
    host.language.of(languageNow(o.language) ?? []),
    host.wrap.of([]),
    host.readOnly.of([]),
    codeTheme,
    EditorView.contentAttributes.of(attributes),
    EditorView.updateListener.of((u) => {
      if (u.docChanged && !host.quiet) host.onChange?.(u.state.doc);
      if ((u.selectionSet || u.docChanged || u.focusChanged) && host.onCursor) {
        const { main, ranges } = u.state.selection;
        const line = u.state.doc.lineAt(main.head);
        host.onCursor(
          line.number,
          main.head - line.from + 1,
          ranges.reduce((n, r) => n + r.to - r.from, 0),
        );
      }
    }),
    o.extensions ?? [],
  ];
}

function gutters(): Extension {
  return [
    problemMarks,
    lineNumbers(),
    foldGutter({
      markerDOM: (open) => {
        const mark = document.createElement("span");
        mark.className = `cm-fold ${open ? "cm-fold-open" : ""}`;
        mark.title = open ? words.fold : words.unfold;
        mark.textContent = "›";
        return mark;
      },
    }),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    indentGuides,
    scrollPastEnd(),
  ];
}
