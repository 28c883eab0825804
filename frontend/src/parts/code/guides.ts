import { indentUnit } from "@codemirror/language";
import type { EditorState, Range } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** How deep a line is indented, in columns; -1 for an empty one. */
function depth(text: string, tab: number): number {
  let columns = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 9) columns += tab - (columns % tab);
    else if (c === 32) columns++;
    else return columns;
  }
  return -1;
}

function stepOf(state: EditorState): number {
  const unit = state.facet(indentUnit);
  return unit.startsWith("\t") ? state.tabSize : Math.max(1, unit.length);
}

/** The decorations of the lines that are seen. An empty line is as deep as the shallower of its neighbours. */
function build(view: EditorView): DecorationSet {
  const { state } = view;
  const step = stepOf(state);
  const out: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges) {
    let before = 0;
    let empty: number[] = [];
    for (let pos = from; pos <= to; ) {
      const line = state.doc.lineAt(pos);
      const here = depth(line.text, state.tabSize);
      if (here < 0) empty.push(line.from);
      else {
        for (const at of empty) add(out, at, Math.min(before, here), step);
        empty = [];
        add(out, line.from, here, step);
        before = here;
      }
      pos = line.to + 1;
    }
  }
  return Decoration.set(out, true);
}

function add(out: Range<Decoration>[], at: number, columns: number, step: number): void {
  if (columns < step) return;
  const style = `--guides:${columns}ch;--guide-step:${step}ch`;
  out.push(Decoration.line({ attributes: { style }, class: "cm-guides" }).range(at));
}

/** Thin lines that show how deep code is indented. */
export const indentGuides = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = build(view);
    }
    update(u: ViewUpdate) {
      if (u.docChanged || u.viewportChanged) this.decorations = build(u.view);
    }
  },
  { decorations: (v) => v.decorations },
);
