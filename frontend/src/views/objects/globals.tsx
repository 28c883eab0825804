import { useEffect } from "react";
import { useApp } from "../../parts/useapp";
import { PasteDialog } from "../paste/paste";
import { GeneratedDialog, SecretDialog } from "../secrets/dialogs";
import { objectActions } from "./actions";
import { NewObjectDialog } from "./new";

/** What of objects is there whatever tab is seen: their actions, and their questions. */
export function ObjectGlobals() {
  const app = useApp();
  useEffect(() => app.actions.add(...objectActions(app)), [app]);
  return (
    <>
      <NewObjectDialog />
      <PasteDialog />
      <SecretDialog />
      <GeneratedDialog />
    </>
  );
}
