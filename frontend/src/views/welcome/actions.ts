import { words as groups } from "../../base/words/actions";
import { words } from "../../base/words/welcome";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";

/** Opening and making projects, on every screen. */
export function welcomeActions(app: App): Action[] {
  const group = groups.groups.project;
  return [
    { id: "tutorial.open", title: words.tutorial, group, run: () => app.welcome.openTutorial() },
    { id: "project.new", title: words.newProject, group, run: () => app.welcome.making.set(true) },
    {
      id: "project.open",
      title: words.openFolder,
      group,
      keys: ["Mod+O"],
      run: () => app.welcome.openFolder(words.folders.openTitle, words.folders.open),
    },
  ];
}
