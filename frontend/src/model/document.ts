import type { Conflict, File } from "../api/generated";
import { Store } from "../base/store";

/** A text that is long and only looked into when it must be. An editor's own text is one. */
export interface TextSource {
  readonly length: number;
  toString(): string;
}

/** How a document stands to its file. */
export interface DocumentState {
  dirty: boolean; // there is something to save
  saving: boolean;
  gone: boolean; // the file was deleted by somebody else
  /** What stands on disk, where somebody else changed it while this was edited. */
  outside: Conflict | null;
}

/** What an editor lends to the rest of the screen. */
export interface EditorHandle {
  focus(): void;
  /** Shows a place; line and column count from 1. */
  reveal(line: number, column: number, length?: number): void;
  /** Does one of the editor's own commands. */
  command(name: EditorCommand): void;
  lines(): number;
}

export type EditorCommand = "undo" | "redo" | "find" | "replace" | "foldAll" | "unfoldAll" | "comment";

/** The text of one file as it is edited, whether it is seen or not. Line breaks are "\n" inside and those of the file outside. */
export class Document {
  readonly state = new Store<DocumentState>({ dirty: false, saving: false, gone: false, outside: null });
  /** Grows when the text was replaced from outside of the editor, which then takes it over. */
  readonly replaced = new Store(0);
  /** Grows with every change that is typed into an editor. */
  readonly edits = new Store(0);
  readonly readOnly: boolean;
  /** Where the editor keeps its own state (cursor, undo, folds) while the tab is not seen. */
  editorState: unknown;
  /** The editor that shows it at present. */
  handle: EditorHandle | null = null;
  /** A place to show as soon as an editor shows it. */
  goal: { line: number; column: number; length?: number } | null = null;
  /** The message that says what happened to it last, such as that unsaved text was brought back; 0 is none. */
  note = 0;
  base: string; // hash of the saved text; "" where there is no file
  private saved: string;
  private source: TextSource;
  private readonly crlf: boolean;

  constructor(
    public name: string,
    file: File,
  ) {
    this.crlf = file.text.includes("\r\n");
    this.saved = inside(file.text);
    this.source = this.saved;
    this.base = file.hash;
    this.readOnly = file.read_only ?? false;
    if (file.draft) {
      this.source = inside(file.draft.text);
      this.base = file.draft.base;
      this.state.patch({ dirty: true });
    }
  }

  /** The text as it is edited. */
  get text(): string {
    return this.source.toString();
  }

  /** The text as the file is to have it. */
  get textToSave(): string {
    return this.outside(this.text);
  }

  /** Takes over what was typed. */
  edit(source: TextSource): void {
    this.source = source;
    this.state.patch({ dirty: this.differs() });
    this.edits.update((n) => n + 1);
  }

  /** Replaces the text as if it had been typed. */
  replace(text: string): void {
    this.source = inside(text);
    this.state.patch({ dirty: this.differs() });
    this.replaced.update((n) => n + 1);
  }

  /** Takes over what stands on disk; what was typed is gone. */
  reload(text: string, hash: string): void {
    this.saved = inside(text);
    this.base = hash;
    this.source = this.saved;
    this.state.set({ dirty: false, saving: false, gone: false, outside: null });
    this.replaced.update((n) => n + 1);
  }

  /** Takes over what both changed: text is what is edited from here on, theirs what stands on disk. */
  merge(text: string, theirs: string, hash: string): void {
    this.saved = inside(theirs);
    this.base = hash;
    this.source = inside(text);
    this.state.patch({ dirty: this.differs(), gone: false, outside: null });
    this.replaced.update((n) => n + 1);
  }

  /** Whether the text is another one than was saved, as opposed to a file that is gone. */
  get edited(): boolean {
    return this.source.length !== this.saved.length || this.source.toString() !== this.saved;
  }

  /** Remembers that this text was saved as the file; what was typed since stays. */
  wasSaved(text: string, hash: string): void {
    this.saved = inside(text);
    this.base = hash;
    this.state.set({ dirty: this.differs(), saving: false, gone: false, outside: null });
  }

  private differs(): boolean {
    return this.base === "" || this.edited;
  }

  private outside(text: string): string {
    return this.crlf ? text.replaceAll("\n", "\r\n") : text;
  }
}

const inside = (text: string) => text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
