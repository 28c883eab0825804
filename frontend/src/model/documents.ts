import { type Client, faultsOf, isAborted } from "../api/client";
import type { Conflict, FileChanged, FileSaved } from "../api/generated";
import { type Debounced, debounce } from "../base/debounce";
import { Store } from "../base/store";
import { words as conflicts } from "../base/words/conflict";
import { words } from "../base/words/editor";
import { Document } from "./document";
import type { Note, Notes } from "./notes";

/** What a person decided about a file that two have changed. */
export type Resolution = { kind: "theirs" } | { kind: "text"; text: string } | null;

/** How long after the last key unsaved text is written to the journal, in milliseconds. */
const draftAfter = 300;

/** The open documents: reading, saving, the journal of unsaved text, and changes by others. */
export class Documents {
  /** Grows when a document is opened, closed, renamed, or becomes dirty or clean. */
  readonly version = new Store(0);
  /** Asks the person what is to become of a file that two have changed; null leaves it as it is. */
  resolve: (doc: Document, conflict: Conflict) => Promise<Resolution> = () => Promise.resolve(null);
  /** Told of a document that closed because there is nothing to show any more. */
  closed: (name: string) => void = () => {};
  private readonly open = new Map<string, Document>();
  private readonly opening = new Map<string, Promise<Document>>();
  private readonly drafts = new Map<string, Debounced<[]>>();
  private readonly saving = new Map<string, Promise<boolean>>();

  constructor(
    private readonly client: Client,
    private readonly notes: Notes,
  ) {
    client.on("changed", (change) => void this.changed(change));
  }

  get(name: string): Document | undefined {
    return this.open.get(name);
  }

  /** Every open document. */
  list(): Document[] {
    return [...this.open.values()];
  }

  dirty(): Document[] {
    return this.list().filter((d) => d.state.value.dirty);
  }

  /** Reads a file, or returns the document that is open. That unsaved text was brought back is said unless it is quiet. */
  load(name: string, quiet = false): Promise<Document> {
    const known = this.open.get(name);
    if (known) return Promise.resolve(known);
    const under = this.opening.get(name);
    if (under) return under;
    const reading = this.read(name, quiet).finally(() => this.opening.delete(name));
    this.opening.set(name, reading);
    return reading;
  }

  private async read(name: string, quiet: boolean): Promise<Document> {
    const file = await this.client.call("files.read", { name });
    const doc = this.add(new Document(name, file));
    if (file.draft && file.hash !== "" && file.draft.base !== file.hash) await this.compare(doc);
    if (file.draft && !quiet) {
      this.note(doc, {
        kind: "info",
        text: words.draftBack(name),
        action: { title: words.discardDraft, run: () => void this.revert(doc).catch(this.notes.fail) },
      });
    }
    return doc;
  }

  /** Begins a file that is not there yet with text that is not saved. */
  begin(name: string, text: string): Document {
    const draft = { name, text, base: "", at: new Date().toISOString() };
    const doc = this.add(new Document(name, { name, text: "", hash: "", draft }));
    this.edited(doc);
    return doc;
  }

  private add(doc: Document): Document {
    this.open.set(doc.name, doc);
    let dirty = doc.state.value.dirty;
    doc.state.subscribe(() => {
      if (doc.state.value.dirty === dirty) return;
      dirty = doc.state.value.dirty;
      this.bump();
    });
    this.bump();
    return doc;
  }

  /** Tells that a document was edited: its text is in the journal a moment later. */
  edited(doc: Document): void {
    let draft = this.drafts.get(doc.name);
    if (!draft) {
      draft = debounce(draftAfter, () => void this.writeDraft(doc));
      this.drafts.set(doc.name, draft);
    }
    draft();
  }

  /** Writes at once whatever waits for the journal. */
  flush(): void {
    for (const draft of this.drafts.values()) draft.flush();
  }

  /** Writes the unsaved text of one document to the journal and waits until it is there. */
  async journal(doc: Document): Promise<void> {
    this.drafts.get(doc.name)?.cancel();
    await this.writeDraft(doc);
  }

  private async writeDraft(doc: Document): Promise<void> {
    if (this.open.get(doc.name) !== doc || doc.readOnly) return;
    try {
      if (doc.state.value.dirty) {
        const at = new Date().toISOString();
        await this.client.call("drafts.write", { name: doc.name, text: doc.textToSave, base: doc.base, at });
      } else {
        await this.client.call("drafts.drop", { name: doc.name });
      }
    } catch (err) {
      if (this.client.state.value === "open") this.notes.fail(err);
      else this.edited(doc); // it is tried until the Studio is there again
    }
  }

  /** Saves a document and says whether its text is on disk. Saves of one file happen one after the other. */
  async save(doc: Document): Promise<boolean> {
    for (let before = this.saving.get(doc.name); before; before = this.saving.get(doc.name)) await before;
    if (!doc.state.value.dirty) return true;
    const saving = this.write(doc, false).finally(() => this.saving.delete(doc.name));
    this.saving.set(doc.name, saving);
    return saving;
  }

  /** Saves all that is dirty, and says whether it could. */
  async saveAll(): Promise<boolean> {
    const saved = await Promise.all(this.dirty().map((d) => this.save(d)));
    return saved.every(Boolean);
  }

  private async write(doc: Document, force: boolean): Promise<boolean> {
    this.drafts.get(doc.name)?.cancel();
    doc.state.patch({ saving: true });
    const before = doc.text;
    try {
      const edit = { name: doc.name, text: doc.textToSave, base: doc.base };
      const saved = await this.client.call("files.write", force ? { ...edit, force } : edit);
      if (saved.conflict) return await this.conflict(doc, saved.conflict);
      this.took(doc, before, saved);
      return true;
    } catch (err) {
      doc.state.patch({ saving: false });
      this.edited(doc);
      if (!isAborted(err)) this.notes.fail(err);
      return false;
    }
  }

  /** Takes over what was saved. Formatting changed the text only as far as nothing was typed meanwhile. */
  private took(doc: Document, before: string, saved: FileSaved): void {
    const typed = doc.text !== before;
    doc.wasSaved(saved.text ?? before, saved.hash ?? "");
    if (saved.text !== undefined && !typed) doc.replace(saved.text);
    if (doc.note) this.notes.dismiss(doc.note);
    if (doc.state.value.dirty) this.edited(doc);
  }

  /** Saves what both changed where they do not meet; asks otherwise. */
  private async conflict(doc: Document, conflict: Conflict): Promise<boolean> {
    if (conflict.clean && conflict.merged !== undefined) {
      const mine = doc.text;
      doc.merge(conflict.merged, conflict.text, conflict.hash);
      const saved = await this.write(doc, false);
      this.tell(doc, words.merged(doc.name), mine);
      return saved;
    }
    doc.state.patch({ saving: false, outside: conflict });
    return this.settle(doc);
  }

  /** Says what became of a document, and offers to put the text back that was there before. */
  private tell(doc: Document, text: string, before: string): void {
    const run = () => {
      if (this.open.get(doc.name) !== doc) return;
      doc.replace(before);
      this.edited(doc);
    };
    this.note(doc, { kind: "info", text, action: { title: conflicts.undo, run } });
  }

  /** Shows what happened to a document in the place of what was said of it before. */
  private note(doc: Document, note: Omit<Note, "id">): void {
    if (doc.note) this.notes.dismiss(doc.note);
    doc.note = this.notes.show(note);
  }

  /** Asks what is to become of a document whose file somebody else changed, and does it. */
  async settle(doc: Document): Promise<boolean> {
    const conflict = doc.state.value.outside;
    if (!conflict) return true;
    const choice = await this.resolve(doc, conflict);
    if (!choice) return false;
    if (choice.kind === "theirs") return this.takeTheirs(doc).then(() => true);
    return this.keepMine(doc, choice.text);
  }

  /** Overwrites what is on disk, which goes to the local history. */
  async keepMine(doc: Document, text: string = doc.text): Promise<boolean> {
    const conflict = doc.state.value.outside;
    if (conflict) doc.base = conflict.gone ? "" : conflict.hash;
    if (text !== doc.text) doc.replace(text);
    const saved = await this.write(doc, true);
    if (saved && conflict && !conflict.gone) this.note(doc, { kind: "info", text: conflicts.keptMine(doc.name) });
    return saved;
  }

  /** Gives up what was typed, which goes to the local history, for what is on disk. */
  async takeTheirs(doc: Document): Promise<void> {
    const mine = doc.text;
    await this.journal(doc);
    await this.revert(doc);
    if (this.open.get(doc.name) === doc) this.tell(doc, conflicts.tookTheirs(doc.name), mine);
  }

  /** Gives up what was typed. Where there is no file any more, the document closes. */
  async revert(doc: Document): Promise<void> {
    this.drafts.get(doc.name)?.cancel();
    await this.client.call("drafts.drop", { name: doc.name });
    try {
      const file = await this.client.call("files.read", { name: doc.name });
      doc.reload(file.text, file.hash);
    } catch (err) {
      if (faultsOf(err)[0]?.kind !== "not found") throw err;
      await this.close(doc.name, false);
      this.closed(doc.name);
    }
  }

  /** Forgets a document; what was typed and not saved is given up with drop. */
  async close(name: string, drop: boolean): Promise<void> {
    const doc = this.open.get(name);
    if (!doc) return;
    const draft = this.drafts.get(name);
    if (drop) draft?.cancel();
    else draft?.flush();
    this.drafts.delete(name);
    this.open.delete(name);
    this.bump();
    if (drop && doc.state.value.dirty) await this.client.call("drafts.drop", { name });
  }

  /** Follows a file or folder that was renamed. */
  renamed(from: string, to: string): void {
    for (const doc of this.list()) {
      const next = doc.name === from ? to : doc.name.startsWith(`${from}/`) ? to + doc.name.slice(from.length) : "";
      if (next === "") continue;
      this.open.delete(doc.name);
      this.drafts.get(doc.name)?.cancel();
      this.drafts.delete(doc.name);
      doc.name = next;
      this.open.set(next, doc);
      if (doc.state.value.dirty) this.edited(doc);
    }
    this.bump();
  }

  /** Forgets everything because another project is open, in whose journal the text of this one has no place. */
  clear(): void {
    for (const draft of this.drafts.values()) draft.cancel();
    this.open.clear();
    this.drafts.clear();
    this.bump();
  }

  /** Looks at open files again after somebody else changed files. */
  async changed(change: FileChanged): Promise<void> {
    const touched = this.list().filter((d) => change.all || change.names.includes(d.name));
    await Promise.all(touched.map((d) => this.compare(d)));
  }

  private async compare(doc: Document): Promise<void> {
    const { name } = doc; // it may be renamed meanwhile
    let there: { text: string; hash: string } | null;
    try {
      there = await this.client.call("files.read", { name });
    } catch {
      there = null; // deleted, or not readable: either way saving makes it again
    }
    if (this.open.get(name) !== doc || doc.state.value.saving) return;
    if (!there || there.hash === "") {
      if (doc.base === "") return; // it never was on disk, or that is known already
      doc.base = "";
      doc.state.patch({ gone: true, dirty: true });
    } else if (there.hash === doc.base) {
      doc.state.patch({ outside: null, gone: false });
    } else if (!doc.state.value.dirty || !doc.edited) {
      doc.reload(there.text, there.hash);
    } else {
      await this.meet(doc);
    }
  }

  /** Puts unsaved text and a change on disk together where they do not meet; the person is asked otherwise. */
  private async meet(doc: Document): Promise<void> {
    const mine = doc.text;
    const edit = { name: doc.name, text: doc.textToSave, base: doc.base };
    const { conflict } = await this.client.call("files.compare", edit);
    if (this.open.get(doc.name) !== doc || doc.state.value.saving) return;
    if (doc.text !== mine) return this.meet(doc); // typed meanwhile
    if (!conflict) return;
    if (conflict.clean && conflict.merged !== undefined) {
      doc.merge(conflict.merged, conflict.text, conflict.hash);
      this.tell(doc, words.merged(doc.name), mine);
      this.edited(doc);
    } else doc.state.patch({ outside: conflict, gone: conflict.gone ?? false });
  }

  private bump(): void {
    this.version.update((n) => n + 1);
  }
}
