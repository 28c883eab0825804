import { goLanguage } from "@codemirror/lang-go";
import {
  findReferences,
  hoverTooltips,
  jumpToDefinition,
  LSPClient,
  LSPPlugin,
  serverCompletion,
  signatureHelp,
  Workspace,
  type WorkspaceFile,
} from "@codemirror/lsp-client";
import { type ChangeSet, type Extension, Text } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import type { TextChannel } from "../../api/client";
import { debounce } from "../../base/debounce";
import { words } from "../../base/words/language";
import { type FixChoice, fixList, showFixes } from "./fixes";
import type { EditorProblem } from "./problems";

/** What the language features need of the rest of the screen. Files are known by their names in the project. */
export interface LanguageHost {
  channel: TextChannel;
  /** Shows a file in a tab. */
  show(name: string): void;
  /** The text of a file as it is edited. */
  read(name: string): Promise<string>;
  /** Whether a file that no editor shows has text that is not saved. */
  unsaved(name: string): boolean;
  /** Changes the text of a file that no editor shows. */
  write(name: string, edit: (text: string) => string): Promise<void>;
  problems(name: string, problems: readonly EditorProblem[]): void;
  /** Does something that is no edit of text, such as "object.new". */
  command(name: string, args: readonly string[]): void;
  fail(err: unknown): void;
}

interface Position {
  line: number;
  character: number;
}

interface Range {
  start: Position;
  end: Position;
}

interface TextEdit {
  range: Range;
  newText: string;
}

interface Changes {
  changes?: Record<string, TextEdit[]>;
}

interface CodeAction {
  title: string;
  edit?: Changes;
  command?: { command: string; arguments?: string[] };
}

interface Published {
  uri: string;
  diagnostics: { range: Range; severity?: number; message: string; data?: { hint?: string } }[];
}

/** A declaration as the server tells it. */
export interface SymbolInfo {
  name: string;
  detail?: string;
  selectionRange: Range;
  children?: SymbolInfo[];
}

const scheme = "file:///";
const uriOf = (name: string) => scheme + name.split("/").map(encodeURIComponent).join("/");
const nameOf = (uri: string) => decodeURIComponent(uri.slice(scheme.length));

/** How long an editor may take to appear, in milliseconds. */
const patience = 5000;

/** How long after the last key the server gets the text, in milliseconds. */
const syncAfter = 30;

/** A file that the server knows. */
class OpenFile implements WorkspaceFile {
  constructor(
    readonly uri: string,
    readonly languageId: string,
    public version: number,
    public doc: Text,
    public view: EditorView | null,
  ) {}

  getView(): EditorView | null {
    return this.view;
  }
}

/** The files that the server knows: those of editors, and those whose text is not saved. */
class Files extends Workspace {
  override files: OpenFile[] = [];
  private readonly versions = new Map<string, number>();
  private readonly waiting = new Map<string, ((view: EditorView | null) => void)[]>();

  constructor(
    client: LSPClient,
    private readonly host: LanguageHost,
  ) {
    super(client);
  }

  private next(uri: string): number {
    const version = (this.versions.get(uri) ?? 0) + 1;
    this.versions.set(uri, version);
    return version;
  }

  private find(uri: string): OpenFile | undefined {
    return this.files.find((f) => f.uri === uri);
  }

  override syncFiles(): { file: OpenFile; prevDoc: Text; changes: ChangeSet }[] {
    const out: { file: OpenFile; prevDoc: Text; changes: ChangeSet }[] = [];
    for (const file of this.files) {
      const plugin = file.view ? LSPPlugin.get(file.view) : null;
      if (!file.view || !plugin || plugin.unsyncedChanges.empty) continue;
      out.push({ file, prevDoc: file.doc, changes: plugin.unsyncedChanges });
      file.doc = file.view.state.doc;
      file.version = this.next(file.uri);
      plugin.clear();
    }
    return out;
  }

  override openFile(uri: string, languageId: string, view: EditorView): void {
    const known = this.find(uri);
    if (known && !known.doc.eq(view.state.doc)) this.forget(known);
    if (known && this.files.includes(known)) known.view = view;
    else {
      const file = new OpenFile(uri, languageId, this.next(uri), view.state.doc, view);
      this.files.push(file);
      this.client.didOpen(file);
    }
    for (const tell of this.waiting.get(uri) ?? []) tell(view);
    this.waiting.delete(uri);
  }

  override closeFile(uri: string, view: EditorView): void {
    const file = this.find(uri);
    if (!file || file.view !== view) return;
    file.view = null;
    file.doc = view.state.doc;
    if (!this.host.unsaved(nameOf(uri))) this.forget(file);
  }

  /** Closes the files that no editor shows and that are saved. */
  prune(): void {
    for (const file of [...this.files]) if (!file.view && !this.host.unsaved(nameOf(file.uri))) this.forget(file);
  }

  private forget(file: OpenFile): void {
    this.files = this.files.filter((f) => f !== file);
    this.client.didClose(file.uri);
  }

  override async requestFile(uri: string): Promise<WorkspaceFile | null> {
    const known = this.find(uri);
    if (known) return known;
    try {
      const text = await this.host.read(nameOf(uri));
      return new OpenFile(uri, "go", 0, Text.of(text.split("\n")), null);
    } catch {
      return null; // it is left out of the list
    }
  }

  override displayFile(uri: string): Promise<EditorView | null> {
    const view = this.find(uri)?.view ?? null;
    this.host.show(nameOf(uri));
    if (view) return Promise.resolve(view);
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => resolve(null), patience);
      const tell = (v: EditorView | null) => {
        window.clearTimeout(timer);
        resolve(v);
      };
      this.waiting.set(uri, [...(this.waiting.get(uri) ?? []), tell]);
    });
  }
}

/** Speaks with the language server for all editors of the page. */
export class Language {
  private readonly client: LSPClient;
  private readonly files: Files;
  private readonly listeners = new Set<(text: string) => void>();

  constructor(private readonly host: LanguageHost) {
    let files: Files | undefined;
    this.client = new LSPClient({
      rootUri: scheme,
      timeout: patience,
      sanitizeHTML: plainHTML,
      highlightLanguage: (name) => (name === "go" ? goLanguage : null),
      workspace: (client) => {
        files = new Files(client, host);
        return files;
      },
      notificationHandlers: {
        "textDocument/publishDiagnostics": (_, params: Published) => {
          host.problems(nameOf(params.uri), params.diagnostics.map(toProblem));
          return true;
        },
      },
    });
    this.files = files ?? new Files(this.client, host);
    host.channel.onText((text) => {
      for (const tell of [...this.listeners]) tell(text);
    });
    this.connect();
  }

  /** Begins anew, because the server that was there is gone. */
  reconnect(): void {
    this.client.disconnect();
    this.connect();
  }

  private connect(): void {
    this.client.connect({
      send: (text) => this.host.channel.send(text),
      subscribe: (f) => void this.listeners.add(f),
      unsubscribe: (f) => void this.listeners.delete(f),
    });
    this.client.initializing.catch(() => {}); // the pipe was lost: there is another try when it is back
  }

  /** Tells the server that files changed that it does not see in editors. */
  changed(): void {
    this.files.prune();
    if (this.client.connected) this.client.notification("workspace/didChangeWatchedFiles", { changes: [] });
  }

  /** What an editor of a file needs. */
  extension(name: string, languageId: "go" | "yaml"): Extension {
    return [
      this.client.plugin(uriOf(name), languageId),
      serverCompletion({ validFor: /^\w*$/ }),
      hoverTooltips(),
      signatureHelp(),
      fixList,
      EditorView.updateListener.of((u) => {
        if (u.docChanged) this.typed();
      }),
      keymap.of([{ key: "Ctrl-.", mac: "Cmd-.", run: (view) => this.fixes(view) }]),
      EditorView.domEventHandlers({
        click: (e, view) => {
          if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return false;
          return jumpToDefinition(view);
        },
      }),
    ];
  }

  /** Hands what is typed to the server, which says what is wrong with it. */
  private readonly typed = debounce(syncAfter, () => {
    if (this.client.connected) this.client.sync();
  });

  definition(view: EditorView): void {
    jumpToDefinition(view);
  }

  references(view: EditorView): void {
    findReferences(view);
  }

  /** The name at the cursor; "" where there is none. */
  word(view: EditorView): string {
    const range = view.state.wordAt(view.state.selection.main.head);
    return range ? view.state.sliceDoc(range.from, range.to) : "";
  }

  /** Renames what is at the cursor in the whole project. It rejects where that cannot be. */
  async rename(view: EditorView, newName: string): Promise<void> {
    const plugin = LSPPlugin.get(view);
    if (!plugin) return;
    this.client.sync();
    const position = plugin.toPosition(view.state.selection.main.head);
    const params = { textDocument: { uri: plugin.uri }, position, newName };
    await this.apply(await this.client.request<typeof params, Changes | null>("textDocument/rename", params));
  }

  /** The declarations of the file of an editor. */
  async symbols(view: EditorView): Promise<readonly SymbolInfo[]> {
    const plugin = LSPPlugin.get(view);
    if (!plugin) return [];
    this.client.sync();
    const params = { textDocument: { uri: plugin.uri } };
    return (await this.client.request<typeof params, SymbolInfo[] | null>("textDocument/documentSymbol", params)) ?? [];
  }

  /** Offers what could be done at a place, that of the cursor where none is given. */
  readonly fixes = (view: EditorView, at = view.state.selection.main.head): boolean => {
    const plugin = LSPPlugin.get(view);
    if (!plugin) return false;
    this.client.sync();
    const position = plugin.toPosition(at);
    const params = {
      textDocument: { uri: plugin.uri },
      range: { start: position, end: position },
      context: { diagnostics: [] },
    };
    this.client
      .request<typeof params, CodeAction[] | null>("textDocument/codeAction", params)
      .then((actions) => {
        const choices = (actions ?? []).map((a): FixChoice => ({ title: a.title, run: () => this.run(a) }));
        showFixes(view, at, choices.length > 0 ? choices : [{ title: words.noFixes, run: () => {} }]);
      })
      .catch(this.host.fail);
    return true;
  };

  private run(action: CodeAction): void {
    this.apply(action.edit ?? null).catch(this.host.fail);
    if (action.command) this.host.command(action.command.command, action.command.arguments ?? []);
  }

  /** Carries edits out: in the editors that show the files, in the texts of the others. */
  private async apply(edit: Changes | null): Promise<void> {
    for (const [uri, edits] of Object.entries(edit?.changes ?? {})) {
      const view = this.files.files.find((f) => f.uri === uri)?.view;
      if (view) {
        const { doc } = view.state;
        view.dispatch({ changes: changesIn(doc, edits), userEvent: "input.edit" });
      } else {
        await this.host.write(nameOf(uri), (text) => {
          const doc = Text.of(text.split("\n"));
          let out = text;
          for (const c of changesIn(doc, edits).sort((a, b) => b.from - a.from))
            out = out.slice(0, c.from) + c.insert + out.slice(c.to);
          return out;
        });
      }
    }
  }
}

function changesIn(doc: Text, edits: readonly TextEdit[]): { from: number; to: number; insert: string }[] {
  return edits.map((e) => ({
    from: offsetIn(doc, e.range.start),
    to: offsetIn(doc, e.range.end),
    insert: e.newText,
  }));
}

function offsetIn(doc: Text, p: Position): number {
  if (p.line >= doc.lines) return doc.length;
  const line = doc.line(p.line + 1);
  return Math.min(line.to, line.from + p.character);
}

function toProblem(d: Published["diagnostics"][number]): EditorProblem {
  const { start, end } = d.range;
  const hint = d.data?.hint;
  const message = hint && d.message.endsWith(`\n${hint}`) ? d.message.slice(0, -hint.length - 1) : d.message;
  return {
    line: start.line + 1,
    column: start.character + 1,
    ...(start.line === end.line && end.character > start.character ? { length: end.character - start.character } : {}),
    severity: d.severity === 2 ? "warning" : "error",
    message,
    ...(hint ? { hint } : {}),
  };
}

/** Takes out of rendered documentation what could load or run something. */
function plainHTML(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const e of parsed.body.querySelectorAll("*")) {
    if (!/^(P|PRE|CODE|SPAN|EM|STRONG|UL|OL|LI|BR|H[1-6])$/.test(e.tagName)) e.replaceWith(e.textContent ?? "");
    else for (const a of [...e.attributes]) if (a.name !== "class") e.removeAttribute(a.name);
  }
  return parsed.body.innerHTML;
}
