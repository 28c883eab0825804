import type { Client } from "../api/client";
import type { Draft, Hello } from "../api/generated";
import { Disposables } from "../base/dispose";
import { onMac } from "../base/keys";
import { Store } from "../base/store";
import { words } from "../base/words/editor";
import { words as history } from "../base/words/localhistory";
import { Actions } from "./actions";
import { Dialogs } from "./dialogs";
import type { Document } from "./document";
import { Documents } from "./documents";
import { Files } from "./files";
import { Invoke, type InvokeKept } from "./invoke";
import { Layout } from "./layout";
import { Live } from "./live";
import { LocalHistory } from "./localhistory";
import { Log } from "./log";
import { Notes } from "./notes";
import { Objects } from "./objects";
import { Outline } from "./outline";
import { ProjectModel } from "./project";
import { Requests } from "./requests";
import { Search } from "./search";
import { Selection } from "./selection";
import { Settings } from "./settings";
import { type TabContent, Tabs, tabId } from "./tabs";
import { TutorialModel } from "./tutorial";
import { Welcome } from "./welcome";

/** What the palette shows: null is closed, otherwise the text that it begins with. */
export type PaletteState = string | null;

/** Everything that a page knows and does. Views reach it by useApp. */
export class App {
  readonly mac = onMac();
  readonly notes = new Notes();
  readonly dialogs = new Dialogs();
  readonly actions = new Actions(this.mac, this.notes.fail);
  readonly palette = new Store<PaletteState>(null);
  readonly selection = new Selection();
  readonly outline = new Outline();
  readonly tabs = new Tabs();
  readonly project: ProjectModel;
  readonly files: Files;
  readonly documents: Documents;
  readonly live: Live;
  readonly layout: Layout;
  readonly settings: Settings;
  readonly search: Search;
  readonly invoke: Invoke;
  readonly log: Log;
  readonly requests: Requests;
  readonly objects: Objects;
  readonly welcome: Welcome;
  readonly tutorial: TutorialModel;
  readonly localHistory: LocalHistory;
  /** Cursor lines by file, to begin where the person was. */
  readonly cursors = new Map<string, number>();
  private readonly ends = new Disposables();
  private dir: string | undefined; // of the project that the page shows
  private away = true; // no project is open at present

  constructor(readonly client: Client) {
    this.project = new ProjectModel(client);
    this.files = new Files(client);
    this.documents = new Documents(client, this.notes);
    this.documents.closed = (name) => this.tabs.drop([tabId({ kind: "file", name }), ...this.objects.tabsOf(name)]);
    this.live = new Live(client);
    this.layout = new Layout(client);
    this.settings = new Settings(client);
    this.search = new Search(client, this.notes);
    this.invoke = new Invoke({ client, live: this.live.now, saveAll: () => this.saveAll() });
    this.log = new Log(client);
    this.requests = new Requests(client);
    const { project, documents, tabs, notes } = this;
    this.objects = new Objects({ client, project, documents, tabs, notes });
    this.welcome = new Welcome(client, this.project);
    this.tutorial = new TutorialModel(client, this.project);
    this.localHistory = new LocalHistory(client, this.documents, this.files);
    this.ends.add(this.project.hello.subscribe(() => this.hello()));
    for (const store of [this.layout.now, this.tabs.state]) {
      this.ends.add(store.subscribe(() => this.keepLayout()));
    }
    this.ends.add(this.invoke.touched.subscribe(() => this.keepLayout()));
    this.ends.add(this.selection.service.subscribe(() => this.invoke.follow(this.selection.service.value)));
  }

  /** Opens a file at a place; what is only looked at gives its tab to the next one. */
  openFile(name: string, options: { line?: number; column?: number; length?: number; preview?: boolean } = {}): void {
    const { line, column, length, preview } = options;
    this.tabs.open({ kind: "file", name }, preview ? { preview } : {});
    if (line === undefined) {
      this.documents.get(name)?.handle?.focus();
      return;
    }
    this.documents
      .load(name)
      .then((doc) => {
        const goal = { line, column: column ?? 1, ...(length === undefined ? {} : { length }) };
        if (doc.handle) doc.handle.reveal(goal.line, goal.column, goal.length);
        else doc.goal = goal;
      })
      .catch(this.notes.fail);
  }

  /** The document that a tab edits; undefined where it edits none, or none that is open. */
  documentOf(content: TabContent | undefined): Document | undefined {
    const name =
      content?.kind === "object" ? this.objects.fileOf(content) : content?.kind === "file" ? content.name : "";
    return name ? this.documents.get(name) : undefined;
  }

  /** Saves what a tab edits, and says whether it is on disk. */
  async save(content: TabContent | undefined): Promise<boolean> {
    const doc = this.documentOf(content);
    if (!doc) return true;
    return content?.kind === "object" ? this.objects.save(doc) : this.documents.save(doc);
  }

  /** Saves all that is not saved, and says whether it could. */
  async saveAll(): Promise<boolean> {
    await this.objects.settle();
    return this.documents.saveAll();
  }

  /** Opens an object, or its file as long as there is no view of objects. */
  openObject(kind: string, name: string, options: { preview?: boolean } = {}): void {
    if (this.tabs.shows.has("object")) {
      this.tabs.open({ kind: "object", object: kind, name }, options);
      return;
    }
    const object = this.project.objects.value.objects.find((o) => o.kind === kind && o.name === name);
    if (object) this.openFile(object.file, { ...(object.line ? { line: object.line } : {}), ...options });
  }

  /** Writes at once what waits to be written: unsaved text and the arrangement. */
  flush(): void {
    this.documents.flush();
    this.layout.flush();
  }

  readonly dispose = (): void => {
    this.flush();
    this.invoke.dispose();
    this.log.dispose();
    this.objects.dispose();
    this.ends.dispose();
  };

  private hello(): void {
    const hello = this.project.hello.value;
    if (!hello) return;
    this.settings.take(hello);
    this.actions.bind(this.settings.now.value.keys);
    // A Studio that was started anew opens the project again in a moment: what is here stays until it is another one.
    const away = this.away;
    this.away = !hello.project;
    if (!hello.project) return;
    if (hello.project.dir !== this.dir) this.switchTo(hello);
    else if (away) this.cameBack();
  }

  /** Goes on with the project that was away: what was typed goes to the journal, and files may have changed meanwhile. */
  private cameBack(): void {
    for (const doc of this.documents.dirty()) this.documents.edited(doc);
    this.documents.changed({ names: [], all: true }).catch(this.notes.fail);
  }

  /** Shows the project as it was left: tabs, arrangement, unsaved text. */
  private switchTo(hello: Hello): void {
    this.dir = undefined; // keeps the old arrangement from being written to the new project
    this.documents.clear();
    this.notes.withdraw();
    this.localHistory.brought.set(null);
    this.cursors.clear();
    this.selection.cursor.set(null);
    this.selection.service.set("");
    const { project } = hello;
    const saved = this.layout.restore(project?.layout);
    for (const [name, line] of Object.entries(saved?.cursors ?? {})) this.cursors.set(name, line);
    const drafts = (project?.drafts ?? []).map((d) => ({ kind: "file", name: d.name }) as const);
    const tabs = [...(saved?.tabs ?? [])];
    const shown = (t: TabContent, name: string) =>
      (t.kind === "object" ? t.file : t.kind === "file" && t.name) === name;
    for (const d of drafts) if (!tabs.some((t) => shown(t, d.name))) tabs.push(d);
    this.tabs.restore(tabs, saved?.active ?? "");
    this.invoke.restore(readKept(project?.layout));
    this.dir = project?.dir;
    if (!project) return;
    this.project.readKinds().catch(this.notes.fail);
    this.bringBack(project.drafts).catch(this.notes.fail);
  }

  /** Opens unsaved text that is not in the tab that is seen, so that it counts as unsaved at once. */
  private async bringBack(drafts: readonly Draft[]): Promise<void> {
    const many = drafts.length > 1;
    await Promise.all(drafts.map((d) => this.documents.load(d.name, many)));
    if (!many) return;
    const action = { title: history.drafts.show, run: () => this.localHistory.brought.set(drafts) };
    this.notes.show({ kind: "info", text: words.draftsBack(drafts.length), action });
  }

  private keepLayout(): void {
    if (this.dir === undefined) return;
    const { list, active } = this.tabs.state.value;
    const kept = list.map((t) => t.content).filter((c) => c.kind !== "welcome");
    this.layout.keep({
      tabs: kept,
      active,
      cursors: Object.fromEntries([...this.cursors].slice(-200)),
      invoke: this.invoke.keep(),
    });
  }
}

/** What the invoke panel kept with the layout. */
function readKept(layout: unknown): InvokeKept {
  if (typeof layout !== "object" || layout === null || !("invoke" in layout)) return {};
  const { invoke } = layout;
  return typeof invoke === "object" && invoke !== null ? (invoke as InvokeKept) : {};
}
