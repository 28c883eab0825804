import { words as groups } from "../../base/words/actions";
import { words } from "../../base/words/tutorial";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";

/** Hiding the tutorial and showing it again. */
export function tutorialActions(app: App): Action[] {
  const group = groups.groups.help;
  return [
    {
      id: "tutorial.show",
      title: words.show,
      group,
      when: () => app.project.open?.tutorial === true,
      run: async () => {
        app.layout.fold("tutorial", false);
        app.layout.show("side", true);
        if (!app.tutorial.shown) await app.tutorial.hide(false);
      },
    },
    {
      id: "tutorial.hide",
      title: words.hide,
      group,
      when: () => app.tutorial.shown,
      run: async () => {
        await app.tutorial.hide(true);
        const action = { title: words.show, run: () => app.actions.run("tutorial.show") };
        app.notes.show({ kind: "info", text: words.hidden, action });
      },
    },
  ];
}
