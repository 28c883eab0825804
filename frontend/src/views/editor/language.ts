import type { EditorView } from "@codemirror/view";
import { Store } from "../../base/store";
import { words as groups } from "../../base/words/actions";
import { words } from "../../base/words/language";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";
import type { OutlineItem } from "../../model/outline";
import { Language, type SymbolInfo } from "../../parts/code/language";
import type { EditorProblem } from "../../parts/code/problems";

/** The language features of one page. */
export interface LanguageFeatures {
  language: Language;
  /** What the server says of texts as they are typed, by file. */
  problems: Store<ReadonlyMap<string, readonly EditorProblem[]>>;
  /** The editor that has the focus, or had it last. */
  active: EditorView | null;
}

const features = new WeakMap<App, LanguageFeatures>();

/** The language features of a page; they begin when they are first asked for. */
export function languageOfApp(app: App): LanguageFeatures {
  const known = features.get(app);
  if (known) return known;
  const problems = new Store<ReadonlyMap<string, readonly EditorProblem[]>>(new Map());
  const language = new Language({
    channel: app.client.channel("lsp"),
    show: (name) => app.openFile(name),
    read: async (name) => (await app.documents.load(name, true)).text,
    unsaved: (name) => app.documents.get(name)?.state.value.dirty ?? false,
    write: (name, edit) => write(app, name, edit),
    problems: (name, list) => problems.set(new Map(problems.value).set(name, list)),
    command: (name, [kind, object]) => {
      if (name === "object.new" && kind) app.objects.asking.set(object ? { kind, name: object } : { kind });
    },
    fail: app.notes.fail,
  });
  const made: LanguageFeatures = { language, problems, active: null };
  features.set(app, made);
  let lost = false;
  app.client.state.subscribe(() => {
    const open = app.client.state.value === "open";
    if (open && lost) language.reconnect();
    lost = !open;
  });
  const changed = () => language.changed();
  app.project.objects.subscribe(changed);
  app.documents.version.subscribe(changed);
  app.client.on("changed", changed);
  return made;
}

/** Changes the text of a file that no editor shows. What nobody has open is saved at once: it would be forgotten. */
async function write(app: App, name: string, edit: (text: string) => string): Promise<void> {
  const open = app.documents.get(name) !== undefined;
  const doc = await app.documents.load(name, true);
  doc.replace(edit(doc.text));
  app.documents.edited(doc);
  if (!open && (await app.documents.save(doc))) await app.documents.close(name, false);
}

/** Actions on names in source. */
export function languageActions(app: App): Action[] {
  const group = groups.groups.go;
  const view = () => {
    const { active } = languageOfApp(app);
    return active?.dom.isConnected ? active : null;
  };
  const when = () => view() !== null;
  const on = (run: (v: EditorView, l: Language) => void | Promise<void>) => () => {
    const v = view();
    return v ? run(v, languageOfApp(app).language) : undefined;
  };
  return [
    { id: "go.definition", title: words.definition, group, keys: ["F12"], when, run: on((v, l) => l.definition(v)) },
    {
      id: "go.references",
      title: words.references,
      group,
      keys: ["Shift+F12"],
      when,
      run: on((v, l) => l.references(v)),
    },
    { id: "edit.rename", title: words.rename, group, keys: ["F2"], when, run: on((v, l) => rename(app, v, l)) },
    { id: "edit.fix", title: words.fix, group, when, run: on((v, l) => void l.fixes(v)) },
    {
      id: "go.symbol",
      title: words.symbols,
      group,
      keys: ["Mod+Shift+O"],
      when,
      run: on(async (v, l) => {
        app.outline.items.set(flat(await l.symbols(v), ""));
        app.palette.set("@");
      }),
    },
  ];
}

async function rename(app: App, view: EditorView, language: Language): Promise<void> {
  const word = language.word(view);
  if (word === "") return;
  await app.dialogs.prompt({
    title: words.renameTitle(word),
    label: words.renameLabel,
    value: word,
    confirm: words.renameConfirm,
    done: (name) => language.rename(view, name.trim()),
  });
}

function flat(symbols: readonly SymbolInfo[], above: string): OutlineItem[] {
  return symbols.flatMap((s) => [
    {
      name: above + s.name,
      detail: s.detail ?? "",
      line: s.selectionRange.start.line + 1,
      column: s.selectionRange.start.character + 1,
    },
    ...flat(s.children ?? [], `${above}${s.name}.`),
  ]);
}
