import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { getChunks, goToNextChunk, goToPreviousChunk, MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { type Language, loadLanguage } from "./languages";
import { codeTheme } from "./theme";
import "./diff.css";

/** What a view of two texts can be asked. */
export interface DiffHandle {
  /** The text on the right as it is edited. */
  text(): string;
  next(): void;
  previous(): void;
}

/** Two texts beside each other with what differs marked. The left one is only looked at. */
export function Diff(props: {
  left: string;
  right: string;
  leftLabel: string;
  rightLabel: string;
  language: Language;
  /** The right side can be edited; the title is that of the arrows that take a change over from the left. */
  edit?: { takeTitle: string };
  /** Told of how many places differ. */
  onChunks?: (n: number) => void;
  ref?: Ref<DiffHandle>;
  "data-testid"?: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<MergeView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { left, right, leftLabel, rightLabel, language } = props;
  const takeTitle = props.edit?.takeTitle;

  useLayoutEffect(() => {
    const parent = place.current;
    if (!parent) return;
    let made: MergeView | null = null;
    let gone = false;
    const begin = (grammar: Extension) => {
      if (gone) return;
      const tell = EditorView.updateListener.of(() => latest.current.onChunks?.(made?.chunks.length ?? 0));
      made = new MergeView({
        parent,
        a: { doc: left, extensions: [side(leftLabel, grammar), looked] },
        b: { doc: right, extensions: [side(rightLabel, grammar), takeTitle === undefined ? looked : edited, tell] },
        ...(takeTitle === undefined ? {} : { revertControls: "a-to-b", renderRevertControl: () => arrow(takeTitle) }),
        ...(left === right ? {} : { collapseUnchanged: { margin: 3, minSize: 6 } }),
        gutter: true,
      });
      view.current = made;
      latest.current.onChunks?.(made.chunks.length);
      if (made.chunks.length > 0 && takeTitle === undefined) goToNextChunk(made.b);
      if (takeTitle !== undefined) made.b.focus();
    };
    void loadLanguage(language).then(begin);
    return () => {
      gone = true;
      view.current = null;
      made?.destroy();
    };
  }, [left, right, leftLabel, rightLabel, language, takeTitle]);

  useImperativeHandle(
    props.ref,
    () => ({
      text: () => view.current?.b.state.doc.toString() ?? latest.current.right,
      next: () => view.current && step(view.current.b, true),
      previous: () => view.current && step(view.current.b, false),
    }),
    [],
  );
  useEffect(() => latest.current.onChunks?.(view.current?.chunks.length ?? 0), []);

  return <div ref={place} className="diff" data-testid={props["data-testid"]} />;
}

function step(view: EditorView, forward: boolean): void {
  if (!getChunks(view.state)?.chunks.length) return;
  (forward ? goToNextChunk : goToPreviousChunk)(view);
  view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main, { y: "center" }) });
  view.focus();
}

function side(label: string, grammar: Extension): Extension {
  return [
    lineNumbers(),
    drawSelection(),
    EditorView.lineWrapping,
    grammar,
    codeTheme,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
  ];
}

const looked: Extension = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
const edited: Extension = [history(), keymap.of([...historyKeymap, ...defaultKeymap])];

/** The button between the two sides that takes one change over. */
function arrow(title: string): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "diff-take";
  button.title = title;
  button.setAttribute("aria-label", title);
  button.textContent = "→";
  return button;
}
