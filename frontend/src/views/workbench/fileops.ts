import { baseName, dirName } from "../../base/format";
import { words as common } from "../../base/words/common";
import { words as editing } from "../../base/words/editor";
import { words as explorer } from "../../base/words/explorer";
import type { App } from "../../model/app";
import { checkPath } from "../../model/files";
import { type Tab, tabId } from "../../model/tabs";

/** Asks about what is not saved; unsaved text that a person does not want to save is gone. */
export async function mayClose(app: App, closing: readonly Tab[]): Promise<boolean> {
  await app.objects.settle();
  const stay = app.tabs.state.value.list.filter((t) => !closing.includes(t)).map((t) => app.documentOf(t.content));
  // An object and its file are two tabs of one document.
  const docs = [...new Set(closing.map((t) => app.documentOf(t.content)))]
    .filter((d) => d !== undefined)
    .filter((d) => !stay.includes(d));
  const dirty = docs.filter((d) => d.state.value.dirty);
  if (dirty.length > 0) {
    const [first] = dirty;
    const title =
      dirty.length === 1 && first ? editing.closeTitle(baseName(first.name)) : editing.closeManyTitle(dirty.length);
    const choice = await app.dialogs.ask({
      title,
      text: editing.closeText,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "drop", title: editing.dontSave, danger: true },
        { id: "save", title: editing.save },
      ],
    });
    if (choice === "save") {
      const tabs = closing.filter((t) => dirty.some((d) => d === app.documentOf(t.content)));
      const saved = await Promise.all(tabs.map((t) => app.save(t.content)));
      if (!saved.every(Boolean)) return false;
    } else if (choice !== "drop") return false;
  }
  await Promise.all(docs.map((d) => app.documents.close(d.name, true)));
  return true;
}

/** Opens the function of a service and chooses it in the invoke panel. */
export function openService(app: App, name: string, preview = false): void {
  app.selection.select(name);
  const at = app.live.service(name)?.at;
  if (at?.file) app.openFile(at.file, { ...(at.line ? { line: at.line } : {}), preview });
}

/** Asks for a name, makes the service, and goes into its function. */
export async function newService(app: App): Promise<void> {
  const w = explorer.ask;
  await app.dialogs.prompt({
    title: w.newServiceTitle,
    label: w.newServiceLabel,
    help: w.newServiceHelp,
    placeholder: w.newServicePlaceholder,
    value: "",
    confirm: w.create,
    check: (v) => (v.trim() === "" ? w.empty : ""),
    done: async (v) => {
      const made = await app.client.call("services.create", { name: v.trim() });
      // Below the head of the function, where one goes on writing.
      app.openFile(made.file, { line: made.line + 1, column: 2 });
      app.selection.select(made.name);
      app.invoke.choose(made.name);
    },
  });
}

function pathProblem(path: string): string {
  const bad = checkPath(path);
  return bad === "" ? "" : explorer.ask[bad];
}

/** Asks for a path below a folder, makes the file and opens it. */
export function newFile(app: App, folder: string): Promise<void> {
  return askPath(app, folder, explorer.ask.newFileTitle, async (path) => {
    await app.files.createFile(path);
    app.openFile(path);
  });
}

/** Asks for a path below a folder and makes it. */
export function newFolder(app: App, folder: string): Promise<void> {
  return askPath(app, folder, explorer.ask.newFolderTitle, (path) => app.files.createFolder(path));
}

async function askPath(app: App, folder: string, title: string, make: (path: string) => Promise<void>): Promise<void> {
  const value = folder === "" ? "" : `${folder}/`;
  await app.dialogs.prompt({
    title,
    label: explorer.ask.newFileLabel,
    value,
    select: [value.length, value.length],
    confirm: explorer.ask.create,
    check: (v) => pathProblem(v) || (app.files.exists(v.trim()) ? explorer.ask.exists : ""),
    done: (v) => make(v.trim()),
  });
}

/** Asks for another path and renames; open tabs follow. */
export async function renameFile(app: App, name: string): Promise<void> {
  const dot = name.lastIndexOf(".");
  const start = dirName(name) === "" ? 0 : dirName(name).length + 1;
  await app.dialogs.prompt({
    title: explorer.ask.renameTitle(baseName(name)),
    label: explorer.ask.renameLabel,
    value: name,
    select: [start, dot > start ? dot : name.length],
    confirm: explorer.ask.rename,
    check: (v) => pathProblem(v) || (v.trim() !== name && app.files.exists(v.trim()) ? explorer.ask.exists : ""),
    done: async (v) => {
      const to = v.trim();
      if (to === name) return;
      app.documents.flush();
      await app.files.rename(name, to);
      app.documents.renamed(name, to);
      for (const t of app.tabs.state.value.list) {
        if (t.content.kind !== "file") continue;
        const c = t.content.name;
        if (c === name || c.startsWith(`${name}/`))
          app.tabs.replace(t.id, { kind: "file", name: to + c.slice(name.length) });
      }
    },
  });
}

/** Asks, unless the settings say not to, and deletes; its tabs close. */
export async function deleteFile(app: App, name: string, folder: boolean): Promise<void> {
  if (app.settings.now.value.confirmDeletes) {
    const choice = await app.dialogs.ask({
      title: explorer.ask.deleteTitle(baseName(name)),
      text: folder ? explorer.ask.deleteFolder : explorer.ask.deleteFile,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "delete", title: common.delete, danger: true },
      ],
    });
    if (choice !== "delete") return;
  }
  await app.files.delete(name);
  const gone = app.documents.list().filter((d) => d.name === name || d.name.startsWith(`${name}/`));
  await Promise.all(gone.map((d) => app.documents.close(d.name, true)));
  app.tabs.drop(gone.map((d) => tabId({ kind: "file", name: d.name })));
}
