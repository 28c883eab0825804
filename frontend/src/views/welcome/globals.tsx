import { useEffect } from "react";
import { useStore } from "../../base/store";
import { useApp } from "../../parts/useapp";
import { tutorialActions } from "../tutorial/actions";
import { welcomeActions } from "./actions";
import { FolderBrowser } from "./browser";
import { NewProject } from "./newproject";

/** What of the first screen is there on every screen: its actions, the form for a new project, and the choice of a folder. */
export function WelcomeGlobals() {
  const app = useApp();
  const making = useStore(app.welcome.making);
  const browse = useStore(app.welcome.browse);
  useEffect(() => app.actions.add(...welcomeActions(app), ...tutorialActions(app)), [app]);
  return (
    <>
      {making ? <NewProject /> : null}
      {browse ? <FolderBrowser key={browse.title} browse={browse} /> : null}
    </>
  );
}
