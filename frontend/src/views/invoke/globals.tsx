import { useEffect } from "react";
import { useStore } from "../../base/store";
import { useApp } from "../../parts/useapp";
import { invokeActions } from "./actions";
import { HistoryOverlay, RequestsOverlay, ServicesOverlay } from "./overlays";

/** What of the invoke panel is there even while the panel is hidden: its actions, and the lists above the page. */
export function InvokeGlobals() {
  const app = useApp();
  const overlay = useStore(app.invoke.overlay);
  useEffect(() => app.actions.add(...invokeActions(app)), [app]);
  switch (overlay) {
    case "history":
      return <HistoryOverlay />;
    case "requests":
      return <RequestsOverlay />;
    case "services":
      return <ServicesOverlay />;
    default:
      return null;
  }
}
