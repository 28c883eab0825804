import { type Client, faultsOf } from "../api/client";
import type { FaultError } from "../api/faults";
import type { Object as ApiObject, FieldInfo, ObjectSaved, ObjectType, ObjectUse, PingReport } from "../api/generated";
import { Disposables } from "../base/dispose";
import { Store } from "../base/store";
import { words } from "../base/words/objects";
import type { Document } from "./document";
import type { Documents } from "./documents";
import { toSend, type Values } from "./formvalues";
import type { Notes } from "./notes";
import { ObjectForm } from "./objectform";
import type { ProjectModel } from "./project";
import type { TabContent, Tabs } from "./tabs";

/** What a new object begins as. */
export interface NewObject {
  kind: string;
  type: string;
  name: string;
  description?: string;
  disabled?: boolean;
  values?: Values;
}

/** The question for a new object. */
export interface AskNew {
  /** "" is any kind. */
  kind: string;
  /** The name to begin with. */
  name?: string;
  /** Told of the name that was chosen. */
  done?: (name: string) => void;
}

/** The question for the value of a secret; the name "" is asked for, too. */
export interface AskSecret {
  name: string;
  /** Told of the name once it is set. */
  done?: (name: string) => void;
}

/** What came of a ping. */
export type Ping =
  | { kind: "running" }
  | { kind: "done"; report: PingReport }
  | { kind: "failed"; faults: readonly FaultError[] };

interface Deps {
  client: Client;
  project: ProjectModel;
  documents: Documents;
  tabs: Tabs;
  notes: Notes;
}

type ObjectTab = Extract<TabContent, { kind: "object" }>;

/** The objects of the project as they are edited, made, renamed, deleted and tried. */
export class Objects {
  readonly asking = new Store<AskNew | null>(null);
  readonly secret = new Store<AskSecret | null>(null);
  /** A secret that was generated and is shown once. */
  readonly generated = new Store<{ name: string; value: string } | null>(null);
  readonly pasting = new Store(false);
  /** The last pings, by connection. */
  readonly pings = new Store<ReadonlyMap<string, Ping>>(new Map());
  private readonly forms = new Map<Document, ObjectForm>();
  private refused = 0; // the note that says why something was not saved
  private readonly ends = new Disposables();

  constructor(private readonly deps: Deps) {
    this.ends.add(deps.documents.version.subscribe(() => this.forget()));
    this.ends.add(deps.project.objects.subscribe(() => this.followNames()));
  }

  readonly dispose = (): void => this.ends.dispose();

  find(kind: string, name: string): ApiObject | undefined {
    return this.deps.project.objects.value.objects.find((o) => o.kind === kind && o.name === name);
  }

  /** The object of a file. */
  inFile(file: string): ApiObject | undefined {
    return this.deps.project.objects.value.objects.find((o) => o.file === file);
  }

  /** The file of what a tab shows; undefined where there is no such object. */
  fileOf(c: ObjectTab): string | undefined {
    return this.find(c.object, c.name)?.file ?? c.file;
  }

  /** The tabs that show the object of a file. */
  tabsOf(file: string): string[] {
    const { list } = this.deps.tabs.state.value;
    return list.filter(({ content: c }) => c.kind === "object" && this.fileOf(c) === file).map((t) => t.id);
  }

  type(kind: string, type: string): ObjectType | undefined {
    return this.deps.project.kinds.value.find((k) => k.kind === kind)?.types.find((t) => t.type === type);
  }

  fields(kind: string, type: string): readonly FieldInfo[] {
    return this.type(kind, type)?.fields ?? [];
  }

  /** The form over an open document. */
  form(doc: Document, kind: string): ObjectForm {
    const known = this.forms.get(doc);
    if (known) return known;
    const { client, documents, notes } = this.deps;
    const form = new ObjectForm(
      {
        client,
        edited: (d) => {
          documents.edited(d);
          this.pin(d);
        },
        fail: notes.fail,
        fields: (k, t) => this.fields(k, t),
        savedName: (d) => this.inFile(d.name)?.name ?? "",
      },
      doc,
      kind,
    );
    doc.edits.subscribe(() => this.pin(doc));
    this.forms.set(doc, form);
    return form;
  }

  /** What was edited is not only looked at any more. */
  private pin(doc: Document): void {
    for (const id of this.tabsOf(doc.name)) this.deps.tabs.pin(id);
  }

  /** Waits until the text of every form says what the form shows. */
  async settle(): Promise<void> {
    await Promise.all([...this.forms.values()].map((f) => f.settle()));
  }

  /** Saves an object and says whether it is on disk. A form with problems is not saved: they are shown. */
  async save(doc: Document): Promise<boolean> {
    const form = this.forms.get(doc);
    await form?.settle();
    const { documents, notes } = this.deps;
    // What was typed as text is saved as any text is: its author may not be done yet.
    if (form && !doc.handle) {
      await form.read();
      const wrong = form.state.value.readable ? form.insist() : 0;
      if (wrong > 0) {
        notes.dismiss(this.refused);
        this.refused = notes.show({ kind: "warn", text: words.saveProblems(wrong) });
        return false;
      }
    }
    notes.dismiss(this.refused);
    const saved = await documents.save(doc);
    const object = this.inFile(doc.name);
    // What was asked of the connection as it was says nothing about how it is.
    if (saved && object?.kind === "connection" && this.pings.value.has(object.name)) this.dropPing(object.name);
    return saved;
  }

  /** Begins an object: its unsaved file is opened. It rejects with what is wrong with the name. */
  async begin(o: NewObject): Promise<void> {
    const { client, documents, tabs } = this.deps;
    const { config, texts } = toSend(this.fields(o.kind, o.type), o.values ?? {});
    const { kind, type, name } = o;
    const checked = await client.call("objects.check", {
      kind,
      type,
      name,
      description: o.description ?? "",
      disabled: o.disabled ?? false,
      config,
      texts,
    });
    const wrong = checked.fields.find((f) => f.path === "name" || f.path === "type");
    if (wrong) throw new Error([wrong.what, wrong.hint].filter(Boolean).join(": "));
    const file = checked.file ?? "";
    if (documents.get(file)) throw new Error(words.ask.draftExists);
    documents.begin(file, checked.yaml);
    tabs.open({ kind: "object", object: kind, name, type, file });
  }

  /** Where an object is named. */
  async uses(kind: string, name: string): Promise<readonly ObjectUse[]> {
    if (kind === "project") return [];
    return (await this.deps.client.call("objects.read", { kind, name })).uses;
  }

  /** Gives an object another name; whatever names it follows. Its document is saved before. */
  async rename(o: ApiObject, name: string): Promise<ObjectSaved> {
    const { client, documents, tabs } = this.deps;
    const doc = await documents.load(o.file);
    const { edit } = await client.call("objects.parse", { kind: o.kind, was: o.name, file: o.file, text: doc.text });
    const saved = await client.call("objects.write", { ...edit, was: o.name, name, base: doc.base });
    if (!saved.object) return saved;
    documents.renamed(o.file, saved.object.file);
    doc.reload(saved.object.yaml, saved.object.hash);
    for (const t of tabs.state.value.list) {
      const c = t.content;
      if (c.kind === "object" && c.object === o.kind && c.name === o.name)
        tabs.replace(t.id, { ...c, name, file: saved.object.file });
      else if (c.kind === "file" && c.name === o.file) tabs.replace(t.id, { kind: "file", name: saved.object.file });
    }
    return saved;
  }

  /** Deletes an object to the local history, and returns what brings it back. */
  async delete(o: ApiObject): Promise<() => Promise<void>> {
    const { client, documents, tabs } = this.deps;
    await client.call("objects.delete", { kind: o.kind, name: o.name });
    tabs.drop(tabs.state.value.list.filter((t) => this.shows(t.content, o)).map((t) => t.id));
    await documents.close(o.file, true);
    return async () => {
      const { versions } = await client.call("history.list", { name: o.file });
      const last = versions.find((v) => v.why === "deleted") ?? versions[0];
      if (last) await client.call("history.restore", { id: last.id });
      tabs.open({ kind: "object", object: o.kind, name: o.name, file: o.file });
    };
  }

  private shows(c: TabContent, o: ApiObject): boolean {
    if (c.kind === "file") return c.name === o.file;
    return c.kind === "object" && c.object === o.kind && c.name === o.name;
  }

  /** Asks the other side of a connection whether it is there. */
  async ping(name: string): Promise<boolean> {
    this.setPing(name, { kind: "running" });
    try {
      const report = await this.deps.client.call("runtime.ping", { name });
      this.setPing(name, { kind: "done", report });
      return report.ok;
    } catch (err) {
      this.setPing(name, { kind: "failed", faults: faultsOf(err) });
      return false;
    }
  }

  /** Forgets the answer of a ping. */
  dropPing(name: string): void {
    this.pings.update((all) => new Map([...all].filter(([n]) => n !== name)));
  }

  /** Gives a secret a new random value, which is shown once. */
  async generate(name: string): Promise<void> {
    this.generated.set(await this.deps.client.call("secrets.generate", { name }));
  }

  private setPing(name: string, ping: Ping): void {
    this.pings.update((all) => new Map(all).set(name, ping));
  }

  /** Drops the forms of documents that were closed. */
  private forget(): void {
    for (const doc of this.forms.keys()) if (this.deps.documents.get(doc.name) !== doc) this.forms.delete(doc);
  }

  /** Lets tabs follow an object whose name was changed in its text. */
  private followNames(): void {
    const { tabs, notes } = this.deps;
    for (const form of this.forms.values()) void form.recheck().catch(notes.fail);
    for (const { id, content: c } of tabs.state.value.list) {
      if (c.kind !== "object") continue;
      const file = this.fileOf(c);
      const there = file ? this.inFile(file) : undefined;
      if (file && there && (there.name !== c.name || c.file !== file))
        tabs.replace(id, { ...c, name: there.name, file });
    }
  }
}
