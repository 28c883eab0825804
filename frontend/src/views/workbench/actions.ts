import type { Dispose } from "../../base/dispose";
import { words } from "../../base/words/actions";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";
import type { EditorCommand } from "../../model/document";
import { activeDocument, fileActions, hasProject } from "./fileactions";
import { mayClose } from "./fileops";
import { isDark } from "./look";
import { shownKinds } from "./tabviews";

/** Adds the actions of the workbench, the explorer and the editors to the registry. */
export function registerActions(app: App): Dispose {
  app.tabs.shows = shownKinds;
  app.tabs.guard = (closing) => mayClose(app, closing);
  return app.actions.add(
    ...fileActions(app),
    ...editActions(app),
    ...viewActions(app),
    ...goActions(app),
    ...projectActions(app),
  );
}

function editActions(app: App): Action[] {
  const group = words.groups.edit;
  const when = () => activeDocument(app)?.handle != null;
  const command = (id: string, title: string, name: EditorCommand, keys?: string): Action => ({
    id,
    title,
    group,
    ...(keys ? { keys: [keys] } : {}),
    yieldsToFields: true,
    when,
    run: () => activeDocument(app)?.handle?.command(name),
  });
  return [
    command("edit.undo", words.undo, "undo", "Mod+Z"),
    command("edit.redo", words.redo, "redo", "Mod+Shift+Z"),
    command("edit.find", words.find, "find", "Mod+F"),
    { ...command("edit.replace", words.replace, "replace", "Mod+H"), yieldsToFields: false },
    command("edit.comment", words.comment, "comment", "Mod+/"),
    command("edit.foldAll", words.foldAll, "foldAll"),
    command("edit.unfoldAll", words.unfoldAll, "unfoldAll"),
  ];
}

function viewActions(app: App): Action[] {
  const group = words.groups.view;
  const when = hasProject(app);
  return [
    { id: "view.side", title: words.toggleSide, group, keys: ["Mod+B"], when, run: () => app.layout.toggle("side") },
    {
      id: "view.bottom",
      title: words.toggleBottom,
      group,
      keys: ["Mod+J"],
      when,
      run: () => app.layout.toggle("bottom"),
    },
    {
      id: "view.right",
      title: words.toggleRight,
      group,
      keys: ["Mod+Alt+B"],
      when,
      run: () => app.layout.toggle("right"),
    },
    {
      id: "view.explorer",
      title: words.showExplorer,
      group,
      keys: ["Mod+Shift+E"],
      when,
      run: () => showSide(app, "explorer", ".tree"),
    },
    {
      id: "view.search",
      title: words.searchFiles,
      group,
      keys: ["Mod+Shift+F"],
      when,
      run: () => showSide(app, "search", "[data-testid=search-query]"),
    },
    {
      id: "view.problems",
      title: words.showProblems,
      group,
      keys: ["Mod+Shift+M"],
      when,
      run: () => app.layout.showView("bottom", "problems"),
    },
    {
      id: "view.log",
      title: words.showLog,
      group,
      keys: ["Mod+Shift+U"],
      when,
      run: () => app.layout.showView("bottom", "log"),
    },
    { id: "view.history", title: words.showHistory, group, when, run: () => app.layout.showView("bottom", "history") },
    {
      id: "view.editor",
      title: words.focusEditor,
      group,
      keys: ["Mod+1"],
      when,
      run: () => activeDocument(app)?.handle?.focus(),
    },
    {
      id: "view.theme",
      title: words.themeToggle,
      group,
      run: async () => void (await app.settings.write({ theme: isDark() ? "light" : "dark" })),
    },
    {
      id: "view.settings",
      title: words.settings,
      group,
      keys: ["Mod+,"],
      run: () => app.tabs.open({ kind: "settings" }),
    },
  ];
}

function goActions(app: App): Action[] {
  const group = words.groups.go;
  const when = hasProject(app);
  return [
    { id: "go.commands", title: words.palette, group, keys: ["Mod+Shift+P", "F1"], run: () => app.palette.set(">") },
    { id: "go.open", title: words.quickOpen, group, keys: ["Mod+P"], when, run: () => app.palette.set("") },
    {
      id: "go.line",
      title: words.goToLine,
      group,
      keys: ["Mod+G"],
      when: () => activeDocument(app) !== undefined,
      run: () => app.palette.set(":"),
    },
    {
      id: "tab.next",
      title: words.nextTab,
      group,
      keys: ["Ctrl+PageDown", "Mod+Alt+Right"],
      when,
      run: () => app.tabs.step(1),
    },
    {
      id: "tab.previous",
      title: words.previousTab,
      group,
      keys: ["Ctrl+PageUp", "Mod+Alt+Left"],
      when,
      run: () => app.tabs.step(-1),
    },
  ];
}

function projectActions(app: App): Action[] {
  const group = words.groups.project;
  const when = hasProject(app);
  return [
    {
      id: "runtime.deploy",
      title: words.deploy,
      group,
      when,
      run: async () => void (await app.client.call("runtime.deploy", {})),
    },
    { id: "project.close", title: words.closeProject, group, when, run: () => closeProject(app) },
  ];
}

function showSide(app: App, view: string, focus: string): void {
  app.layout.showView("side", view);
  // The view is drawn with the next frame.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`.side ${focus}`)?.focus()),
  );
}

async function closeProject(app: App): Promise<void> {
  app.flush();
  await app.project.close();
}
