import type { Dispose } from "../../base/dispose";
import type { App } from "../../model/app";

/** Gives every press of keys to the registry of actions before anything else sees it. */
export function listenToKeys(app: App): Dispose {
  const press = (e: KeyboardEvent) => {
    if (e.isComposing || e.defaultPrevented) return;
    // What is asked in a dialog is answered there; its own keys are those of fields.
    const own =
      e.target instanceof Element && e.target.closest("[role=dialog], [role=alertdialog], [data-keys-field]") !== null;
    if (own || !app.actions.press(e, isField(e.target))) return;
    e.preventDefault();
    e.stopPropagation();
  };
  window.addEventListener("keydown", press, true);
  return () => window.removeEventListener("keydown", press, true);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** Writes at once what waits when the page is left, hidden or no longer has the focus. */
export function flushOnLeave(app: App): Dispose {
  const flush = () => app.flush();
  const hidden = () => {
    if (document.visibilityState === "hidden") flush();
  };
  window.addEventListener("blur", flush);
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", hidden);
  return () => {
    window.removeEventListener("blur", flush);
    window.removeEventListener("pagehide", flush);
    document.removeEventListener("visibilitychange", hidden);
  };
}
