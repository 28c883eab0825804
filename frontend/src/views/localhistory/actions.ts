import type { Version } from "../../api/generated";
import { formatDateTime } from "../../base/format";
import { words as groups } from "../../base/words/actions";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/localhistory";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";

/** What can be done with earlier states of files. */
export function localHistoryActions(app: App): Action[] {
  const open = () => app.project.open !== undefined;
  const file = () => {
    const c = app.tabs.active?.content;
    return c?.kind === "file" ? c.name : "";
  };
  return [
    {
      id: "history.file",
      title: words.ofFile,
      group: groups.groups.file,
      when: () => file() !== "",
      run: () => app.tabs.open({ kind: "localhistory", name: file() }),
    },
    {
      id: "history.of",
      title: words.menu,
      group: groups.groups.file,
      hidden: true,
      when: open,
      run: (name) => app.tabs.open({ kind: "localhistory", name }),
    },
    {
      id: "history.deleted",
      title: words.deletedAction,
      group: groups.groups.file,
      when: open,
      run: () => app.tabs.open({ kind: "localhistory", name: "" }),
    },
  ];
}

/** Restores a state of a file; it asks about what is not saved, and offers to take it back. */
export async function restoreVersion(app: App, version: Version): Promise<void> {
  const { name } = version;
  if (app.localHistory.unsaved(name)) {
    const choice = await app.dialogs.ask({
      title: words.dirtyTitle(name),
      text: words.dirtyText,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "restore", title: words.dirtyRestore },
      ],
    });
    if (choice !== "restore") return;
  }
  const restored = await app.localHistory.restore(version);
  if (!restored.before) app.openFile(name);
  app.notes.show({
    kind: "info",
    text: restored.before ? words.restored(name, formatDateTime(version.at)) : words.restoredFile(name),
    action: {
      title: words.undo,
      run: () => {
        app.localHistory.undo(restored).catch(app.notes.fail);
      },
    },
  });
}
