import type { Dispose } from "../../base/dispose";
import { Disposables } from "../../base/dispose";
import type { App } from "../../model/app";

/** Makes the page look as the settings say, and follows the system where they say so. */
export function applyLook(app: App): Dispose {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    const s = app.settings.now.value;
    root.dataset.theme = s.theme === "system" ? (system.matches ? "light" : "dark") : s.theme;
    root.dataset.motion = s.reducedMotion ? "reduced" : "full";
    root.style.setProperty("--font-size", `${s.fontSize}px`);
    root.style.setProperty("--editor-font-size", `${s.editorFontSize}px`);
  };
  const ends = new Disposables();
  ends.add(app.settings.now.subscribe(apply));
  system.addEventListener("change", apply);
  ends.add(() => system.removeEventListener("change", apply));
  apply();
  return ends.dispose;
}

/** Whether the page is dark at present. */
export function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}
