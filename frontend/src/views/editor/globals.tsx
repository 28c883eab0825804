import { useEffect } from "react";
import { useApp } from "../../parts/useapp";
import { languageActions } from "./language";

/** Puts the actions on names in source into the registry. It shows nothing. */
export function LanguageGlobals() {
  const app = useApp();
  useEffect(() => app.actions.add(...languageActions(app)), [app]);
  return null;
}
