import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { faultsOf } from "../../api/client";
import type { FaultError } from "../../api/faults";
import type { Problem } from "../../api/generated";
import { Disposables } from "../../base/dispose";
import { shallowEqual, useStore } from "../../base/store";
import { words } from "../../base/words/editor";
import type { App } from "../../model/app";
import type { Document } from "../../model/document";
import { findServices, type SourceService, serviceAt } from "../../model/servicesource";
import { tabId } from "../../model/tabs";
import { Editor } from "../../parts/code/editor";
import type { Language } from "../../parts/code/language";
import { languageOf } from "../../parts/code/languages";
import { lenses } from "../../parts/code/lens";
import type { EditorProblem } from "../../parts/code/problems";
import { Empty } from "../../parts/empty";
import { Spinner } from "../../parts/spinner";
import { useApp } from "../../parts/useapp";
import { Banners } from "./banners";
import { Breadcrumb } from "./breadcrumb";
import { languageOfApp } from "./language";
import "./editor.css";

/** The tab of a file: its text, what is wrong with it, and what happened to it. */
export function FileEditor({ name }: { name: string }) {
  const app = useApp();
  const [doc, setDoc] = useState<Document | undefined>(() => app.documents.get(name));
  const [failed, setFailed] = useState<FaultError>();

  useEffect(() => {
    let current = true;
    app.documents.load(name).then(
      (d) => current && setDoc(d),
      (err: unknown) => current && setFailed(faultsOf(err)[0]),
    );
    return () => {
      current = false;
    };
  }, [app, name]);

  if (failed)
    return <Empty title={words.openFailed(name)} text={[failed.what, failed.hint].filter(Boolean).join(". ")} />;
  if (!doc)
    return (
      <div className="editor-loading">
        <Spinner />
      </div>
    );
  return (
    <div className="editor">
      <Breadcrumb name={doc.name} readOnly={doc.readOnly} />
      <Banners doc={doc} />
      <DocumentEditor doc={doc} />
    </div>
  );
}

/** The editor of a document. It goes on where the last one of the same document was left. Without problems it shows those of what was saved last. */
export function DocumentEditor({ doc, problems: own }: { doc: Document; problems?: readonly EditorProblem[] }) {
  const app = useApp();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const wrap = useStore(app.settings.now, (s) => s.wrapLines);
  const problems = useStore(app.live.problemsByFile, (all) => all.get(doc.name));

  useLayoutEffect(() => {
    if (!place.current) return;
    const { made, end } = attach(app, doc, place.current);
    editor.current = made;
    return () => {
      end();
      editor.current = null;
    };
  }, [app, doc]);

  useEffect(() => editor.current?.setWrap(wrap), [wrap]);
  const dirty = useStore(doc.state, (s) => s.dirty);
  const { language, problems: now } = languageOfApp(app);
  const typed = useStore(now, (all) => all.get(doc.name));
  useEffect(() => {
    const saved = (problems ?? []).flatMap(toEditorProblem);
    editor.current?.setProblems(own ?? together(typed, dirty, saved, language));
  }, [problems, own, typed, dirty, language]);

  return <div ref={place} className="editor-text code" data-testid="editor" />;
}

/** Makes the editor and ties it to the document. */
function attach(app: App, doc: Document, parent: HTMLElement): { made: Editor; end: () => void } {
  const ends = new Disposables();
  const follow = new CursorFollower(app, doc);
  const made = new Editor(
    parent,
    {
      label: words.editorOf(doc.name),
      language: languageOf(doc.name),
      text: doc.text,
      readOnly: doc.readOnly,
      wrap: app.settings.now.value.wrapLines,
      extensions: extensionsOf(app, doc),
      onChange: (source) => {
        doc.edit(source);
        app.documents.edited(doc);
        app.tabs.pin(tabId({ kind: "file", name: doc.name }));
        follow.changed();
      },
      onCursor: (line, column, selected) => follow.moved(line, column, selected),
      "data-testid": "editor-text",
    },
    doc.editorState,
  );
  doc.handle = {
    focus: () => made.focus(),
    reveal: (line, column, length) => made.reveal(line, column, length),
    command: (name) => made.command(name),
    lines: () => made.lines(),
  };
  ends.add(doc.replaced.subscribe(() => made.setText(doc.text)));
  begin(app, doc, made);
  return {
    made,
    end: () => {
      ends.dispose();
      doc.editorState = made.leave();
      doc.handle = null;
    },
  };
}

/** Shows the place that was asked for, or the one where the person was; takes the focus only from nobody. */
function begin(app: App, doc: Document, editor: Editor): void {
  const { goal } = doc;
  doc.goal = null;
  const idle = document.activeElement === document.body || document.activeElement?.closest(".editor-tabs") !== null;
  if (goal) editor.reveal(goal.line, goal.column, goal.length);
  else if (doc.editorState === undefined) {
    const line = app.cursors.get(doc.name);
    if (line !== undefined && line > 1 && idle) editor.reveal(line);
  }
  if (idle) editor.focus();
}

/** Tells the rest of the screen where the cursor is, and which service stands there. */
class CursorFollower {
  private services: SourceService[] | undefined;
  private last = { line: 0, column: 0, selected: 0 };

  constructor(
    private readonly app: App,
    private readonly doc: Document,
  ) {}

  changed(): void {
    this.services = undefined;
  }

  moved(line: number, column: number, selected: number): void {
    const now = { line, column, selected };
    const { app, doc } = this;
    const file = app.selection.cursor.value?.file;
    if (file === doc.name && shallowEqual(now, this.last)) return;
    const sameLine = file === doc.name && line === this.last.line;
    this.last = now;
    app.selection.cursor.set({ file: doc.name, ...now });
    app.cursors.delete(doc.name);
    app.cursors.set(doc.name, line);
    if (sameLine || !doc.name.endsWith(".go")) return;
    this.services ??= findServices(doc.text.split("\n"));
    const service = serviceAt(this.services, line);
    if (service !== "") app.selection.select(service);
  }
}

function extensionsOf(app: App, doc: Document): Extension {
  const id = languageOf(doc.name);
  if (id !== "go" && id !== "yaml") return [];
  const features = languageOfApp(app);
  return [
    features.language.extension(doc.name, id),
    EditorView.updateListener.of((u) => {
      if (u.view.hasFocus) features.active = u.view;
    }),
    doc.name.startsWith("services/") && id === "go" ? serviceLenses(app) : [],
  ];
}

/** What is wrong with the text as it is typed, and what only the deploy of the saved one found. */
function together(
  typed: readonly EditorProblem[] | undefined,
  dirty: boolean,
  saved: readonly EditorProblem[],
  language: Language,
): EditorProblem[] {
  const fix = (view: EditorView, at: number) => void language.fixes(view, at);
  const first = (p: EditorProblem) => `${p.line} ${p.message.split("\n")[0] ?? ""}`;
  const known = new Set((typed ?? []).map(first));
  const rest = typed && dirty ? [] : saved.filter((p) => !known.has(first(p)));
  return [...(typed ?? []), ...rest].map((p) => ({ ...p, fix }));
}

function serviceLenses(app: App) {
  return lenses(
    (state) =>
      findServices(state.doc.iterLines()).map((s) => ({
        line: s.line,
        key: s.name,
        title: words.invokeLensTitle(s.name),
        label: words.invokeLens,
      })),
    (key) => app.actions.run(`invoke.run:${key}`),
  );
}

function toEditorProblem(p: Problem): EditorProblem[] {
  const at = p.fault?.at;
  if (!p.fault || !at) return [];
  const details = (p.fault.details ?? []).map((d) => (d.path ? `${d.path}: ${d.what}` : d.what));
  return [
    {
      line: at.line ?? 1,
      column: at.column,
      severity: p.severity === "error" ? "error" : "warning",
      message: [p.fault.what, ...details].join("\n"),
      hint: p.fault.hint,
    },
  ];
}
