import { type EditorState, type Extension, type Range, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";

/** A small button above a line. */
export interface Lens {
  line: number; // from 1
  /** What it stands for, given back when it is pressed. */
  key: string;
  title: string;
  label: string;
}

class LensWidget extends WidgetType {
  constructor(
    readonly lens: Lens,
    readonly run: (key: string) => void,
  ) {
    super();
  }
  override eq(other: LensWidget): boolean {
    return other.lens.key === this.lens.key && other.run === this.run;
  }
  override get estimatedHeight(): number {
    return 20;
  }
  override toDOM(): HTMLElement {
    const row = document.createElement("div");
    row.className = "cm-lens";
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1; // a key and the palette do the same
    button.textContent = `▶ ${this.lens.label}`;
    button.setAttribute("aria-label", this.lens.title);
    button.title = this.lens.title;
    button.dataset.testid = `lens-${this.lens.key}`;
    button.addEventListener("mousedown", (e) => e.preventDefault());
    button.addEventListener("click", () => this.run(this.lens.key));
    row.append(button);
    return row;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** Shows what find returns above the lines of a text, and calls run with the key of the one that is pressed. */
export function lenses(find: (state: EditorState) => readonly Lens[], run: (key: string) => void): Extension {
  const build = (state: EditorState): DecorationSet => {
    const out: Range<Decoration>[] = [];
    for (const lens of find(state)) {
      if (lens.line < 1 || lens.line > state.doc.lines) continue;
      const widget = new LensWidget(lens, run);
      out.push(Decoration.widget({ widget, block: true, side: -1 }).range(state.doc.line(lens.line).from));
    }
    return Decoration.set(out, true);
  };
  return StateField.define<DecorationSet>({
    create: build,
    update: (value, tr) => (tr.docChanged ? build(tr.state) : value),
    provide: (f) => EditorView.decorations.from(f),
  });
}
