import { baseName, dirName } from "../base/format";
import { type FuzzyMatch, fuzzySort } from "../base/fuzzy";
import type { App } from "./app";

/** One line of the palette. */
export interface PaletteItem {
  id: string;
  kind: "action" | "file" | "service" | "object" | "line" | "symbol";
  title: string;
  about: string; // stands quieter behind the title
  keys?: string | undefined;
  /** Which characters of the title answer the query. */
  marks: readonly number[];
  run: () => void;
}

/** How many lines are shown at most; nobody reads more. */
const most = 100;

/** What the palette offers for a text: "> save" is commands, ":12" a line, "@" declarations, anything else files, services and objects. */
export function paletteItems(app: App, text: string): PaletteItem[] {
  if (text.startsWith(">")) return commands(app, text.slice(1));
  if (text.startsWith(":")) return line(app, text.slice(1));
  if (text.startsWith("@")) return symbols(app, text.slice(1));
  return things(app, text);
}

function commands(app: App, query: string): PaletteItem[] {
  const all = app.actions
    .list()
    .sort((a, b) => a.group.localeCompare(b.group, "en") || a.title.localeCompare(b.title, "en"));
  return fuzzySort(query, all, (a) => `${a.group}: ${a.title}`)
    .slice(0, most)
    .map(({ item, match }) => ({
      id: `action:${item.id}`,
      kind: "action",
      title: `${item.group}: ${item.title}`,
      about: "",
      keys: app.actions.keysOf(item.id)[0],
      marks: match.positions,
      run: () => app.actions.run(item.id),
    }));
}

function line(app: App, query: string): PaletteItem[] {
  const m = /^\s*(\d+)(?:[:,](\d+))?\s*$/.exec(query);
  const content = app.tabs.active?.content;
  if (!m?.[1] || content?.kind !== "file") return [];
  const at = { line: Number(m[1]), column: Number(m[2] ?? 1) };
  return [
    {
      id: "line",
      kind: "line",
      title: query.trim(),
      about: content.name,
      marks: [],
      run: () => app.openFile(content.name, at),
    },
  ];
}

/** The declarations of the file that is edited, in its order until something is typed. */
function symbols(app: App, query: string): PaletteItem[] {
  const content = app.tabs.active?.content;
  if (content?.kind !== "file") return [];
  const all = app.outline.items.value;
  const sorted =
    query.trim() === "" ? all.map((item) => ({ item, match: none })) : fuzzySort(query, [...all], (o) => o.name);
  return sorted.slice(0, most).map(({ item, match }) => ({
    id: `symbol:${item.line}:${item.column}:${item.name}`,
    kind: "symbol",
    title: item.name,
    about: item.detail,
    marks: match.positions,
    run: () => app.openFile(content.name, { line: item.line, column: item.column }),
  }));
}

/** Something that can be gone to. */
interface Thing {
  kind: "file" | "service" | "object";
  title: string;
  about: string;
  text: string; // what is searched
  run: () => void;
}

function things(app: App, query: string): PaletteItem[] {
  const open = new Set(app.tabs.state.value.list.map((t) => t.id));
  const all: Thing[] = [...services(app), ...objects(app), ...files(app)];
  const sorted =
    query.trim() === ""
      ? all.filter((t) => t.kind !== "file" || open.has(`file:${t.text}`)).map((item) => ({ item, match: none }))
      : fuzzySort(query, all, (t) => t.text);
  return sorted.slice(0, most).map(({ item, match }) => ({
    id: `${item.kind}:${item.about}:${item.text}`,
    kind: item.kind,
    title: item.title,
    about: item.about,
    marks: marksIn(item, match),
    run: item.run,
  }));
}

const none: FuzzyMatch = { score: 0, positions: [] };

/** The places in the title, which is the last part of what was searched. */
function marksIn(t: Thing, match: FuzzyMatch): number[] {
  const offset = t.text.length - t.title.length;
  return match.positions.map((p) => p - offset).filter((p) => p >= 0);
}

function services(app: App): Thing[] {
  return app.live.now.value.state.services.map((s) => ({
    kind: "service",
    title: s.name,
    about: s.doc?.split("\n")[0] ?? "",
    text: s.name,
    run: () => app.actions.run(`service.select:${s.name}`),
  }));
}

function objects(app: App): Thing[] {
  return app.project.objects.value.objects.map((o) => ({
    kind: "object",
    title: o.name,
    about: app.project.kinds.value.find((k) => k.kind === o.kind)?.title ?? o.kind,
    text: o.name,
    run: () => app.openObject(o.kind, o.name),
  }));
}

function files(app: App): Thing[] {
  return app.files.tree.value.entries
    .filter((e) => !e.folder)
    .map((e) => ({
      kind: "file",
      title: baseName(e.name),
      about: dirName(e.name),
      text: e.name,
      run: () => app.openFile(e.name),
    }));
}
