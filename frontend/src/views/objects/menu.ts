import { words } from "../../base/words/objects";
import type { App } from "../../model/app";
import type { Document } from "../../model/document";
import type { MenuEntry, MenuGroup } from "../../parts/menu";

/** What can be done with an object, by "kind:name"; its document where it is open. */
export function objectMenu(app: App, id: string, doc?: Document): MenuGroup[] {
  const at = id.indexOf(":");
  const kind = id.slice(0, at);
  const name = id.slice(at + 1);
  const saved = app.objects.find(kind, name);
  const file = saved?.file ?? doc?.name;
  const act = (action: string, title: string, danger = false): MenuEntry[] =>
    app.actions.can(`${action}:${id}`)
      ? [
          {
            id: action,
            title,
            danger,
            run: () => app.actions.run(`${action}:${id}`),
            "data-testid": action.replace(".", "-"),
          },
        ]
      : [];
  const project = kind === "project";
  return [
    {
      entries:
        saved && !project
          ? [...act("object.duplicate", words.actions.duplicate), ...act("object.rename", words.actions.rename)]
          : [],
    },
    {
      entries: [
        ...(file
          ? [
              {
                id: "file",
                title: words.actions.openFile,
                run: () => app.openFile(file),
                "data-testid": "object-open-file",
              },
            ]
          : []),
        {
          id: "copy",
          title: words.actions.copyName,
          run: () => void navigator.clipboard.writeText(name).catch(app.notes.fail),
        },
        ...(doc && saved && doc.state.value.dirty
          ? [
              {
                id: "discard",
                title: words.actions.discard,
                run: () => void app.documents.revert(doc).catch(app.notes.fail),
              },
            ]
          : []),
      ],
    },
    { entries: saved && !project ? act("object.delete", words.actions.delete, true) : [] },
  ];
}
