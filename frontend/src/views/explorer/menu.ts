import { words } from "../../base/words/explorer";
import { words as history } from "../../base/words/localhistory";
import type { App } from "../../model/app";
import type { MenuEntry, MenuGroup } from "../../parts/menu";
import { objectMenu } from "../objects/menu";
import { deleteFile, openService, renameFile } from "../workbench/fileops";

/** What can be done with a line of the explorer. */
export function menuOf(app: App, id: string): MenuGroup[] {
  const at = id.indexOf(":");
  const kind = at < 0 ? id : id.slice(0, at);
  const name = at < 0 ? "" : id.slice(at + 1);
  switch (kind) {
    case "services":
    case "package":
      return [{ entries: [action(app, "service.new", words.newService)] }];
    case "service":
      return serviceMenu(app, name);
    case "kind":
      return [
        {
          entries: app.actions.can(`object.new:${name}`)
            ? [action(app, `object.new:${name}`, newTitle(app, name))]
            : [],
        },
        {
          entries: app.tabs.shows.has("objects")
            ? [{ id: "list", title: words.list, run: () => app.tabs.open({ kind: "objects", object: name }) }]
            : [],
        },
      ];
    case "object":
      return openAndMenu(app, name);
    case "files":
      return [
        { entries: [action(app, "file.new", words.newFile), action(app, "folder.new", words.newFolder)] },
        { entries: [action(app, "history.deleted", history.deletedMenu)] },
      ];
    case "folder":
      return [
        {
          entries: [action(app, `file.new:${name}`, words.newFile), action(app, `folder.new:${name}`, words.newFolder)],
        },
        { entries: [rename(app, name), copyPath(app, name)] },
        { entries: [remove(app, name, true)] },
      ];
    case "file":
      return [
        { entries: [{ id: "open", title: words.open, run: () => app.openFile(name) }] },
        { entries: [action(app, `history.of:${name}`, history.menu)] },
        { entries: [rename(app, name), copyPath(app, name)] },
        { entries: [remove(app, name, false)] },
      ];
    case "request":
      return requestMenu(app, name);
    default:
      return [];
  }
}

function action(app: App, id: string, title: string): MenuEntry {
  return { id, title, keys: app.actions.keysOf(id)[0], run: () => app.actions.run(id) };
}

function newTitle(app: App, kind: string): string {
  return words.newObject(app.project.kinds.value.find((k) => k.kind === kind)?.title ?? kind);
}

const rename = (app: App, name: string): MenuEntry => ({
  id: "rename",
  title: words.rename,
  keys: "F2",
  run: () => void renameFile(app, name).catch(app.notes.fail),
});

const remove = (app: App, name: string, folder: boolean): MenuEntry => ({
  id: "delete",
  title: words.delete,
  keys: "Delete",
  danger: true,
  run: () => void deleteFile(app, name, folder).catch(app.notes.fail),
});

const copyPath = (app: App, name: string): MenuEntry => ({
  id: "copy",
  title: words.copyPath,
  run: () => copy(app, name),
});

function copy(app: App, text: string): void {
  void navigator.clipboard.writeText(text).catch(app.notes.fail);
}

function serviceMenu(app: App, name: string): MenuGroup[] {
  const file = app.live.service(name)?.at?.file;
  return [
    { entries: [{ id: "invoke", title: words.invoke, run: () => app.actions.run(`invoke.run:${name}`) }] },
    {
      entries: [
        { id: "open", title: words.open, run: () => openService(app, name) },
        { id: "copy", title: words.copyName, run: () => copy(app, name) },
      ],
    },
    { entries: file ? [rename(app, file), remove(app, file, false)] : [] },
  ];
}

function openAndMenu(app: App, id: string): MenuGroup[] {
  const at = id.indexOf(":");
  const open = () => app.openObject(id.slice(0, at), id.slice(at + 1));
  return [{ entries: [{ id: "open", title: words.open, run: open }] }, ...objectMenu(app, id)];
}

function requestMenu(app: App, name: string): MenuGroup[] {
  const file = app.requests.named(name)?.file;
  return file
    ? [
        { entries: [{ id: "file", title: words.openFile, run: () => app.openFile(file) }] },
        { entries: [rename(app, file), remove(app, file, false)] },
      ]
    : [];
}
