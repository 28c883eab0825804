import { words } from "../../base/words/actions";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";
import type { Document } from "../../model/document";
import { deleteFile, newFile, newFolder, newService, openService, renameFile } from "./fileops";

/** The document of the tab that is seen. */
export function activeDocument(app: App): Document | undefined {
  return app.documentOf(app.tabs.active?.content);
}

/** The document of the tab that is seen, where that is a file's. */
function activeFile(app: App): Document | undefined {
  return app.tabs.active?.content.kind === "file" ? activeDocument(app) : undefined;
}

/** Whether a project is open. */
export const hasProject = (app: App) => () => app.project.open !== undefined;

/** Actions on services, files and tabs. */
export function fileActions(app: App): Action[] {
  const group = words.groups.file;
  const project = hasProject(app);
  return [
    {
      id: "service.new",
      title: words.newService,
      group: words.groups.service,
      keys: ["Mod+Alt+N"],
      when: project,
      run: () => newService(app),
    },
    {
      id: "service.select",
      title: words.selectService,
      group: words.groups.service,
      hidden: true,
      when: project,
      run: (name) => openService(app, name),
    },
    { id: "file.new", title: words.newFile, group, when: project, run: (folder) => newFile(app, folder) },
    { id: "folder.new", title: words.newFolder, group, when: project, run: (folder) => newFolder(app, folder) },
    {
      id: "file.save",
      title: words.save,
      group,
      keys: ["Mod+S"],
      when: () => activeDocument(app) !== undefined,
      run: async () => {
        await app.save(app.tabs.active?.content);
      },
    },
    {
      id: "file.saveAll",
      title: words.saveAll,
      group,
      keys: ["Mod+Alt+S"],
      when: () => app.documents.dirty().length > 0,
      run: async () => {
        await app.saveAll();
      },
    },
    {
      id: "file.rename",
      title: words.rename,
      group,
      when: () => activeFile(app) !== undefined,
      run: (name) => renameFile(app, name || (activeFile(app)?.name ?? "")),
    },
    {
      id: "file.delete",
      title: words.delete,
      group,
      when: () => activeFile(app) !== undefined,
      run: (name) => deleteFile(app, name || (activeFile(app)?.name ?? ""), false),
    },
    {
      id: "tab.close",
      title: words.closeTab,
      group,
      keys: ["Mod+W", "Mod+F4"],
      when: () => app.tabs.active !== undefined,
      run: () => void app.tabs.close(app.tabs.state.value.active),
    },
    {
      id: "tab.closeOthers",
      title: words.closeOthers,
      group,
      when: () => app.tabs.state.value.list.length > 1,
      run: () => void app.tabs.close(...app.tabs.others(app.tabs.state.value.active)),
    },
    {
      id: "tab.closeAll",
      title: words.closeAll,
      group,
      when: () => app.tabs.active !== undefined,
      run: () => void app.tabs.close(...app.tabs.state.value.list.map((t) => t.id)),
    },
    {
      id: "tab.reopen",
      title: words.reopen,
      group,
      keys: ["Mod+Shift+T"],
      when: project,
      run: () => app.tabs.reopen(),
    },
  ];
}
