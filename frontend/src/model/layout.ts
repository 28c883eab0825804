import type { Client } from "../api/client";
import { debounce } from "../base/debounce";
import { Store } from "../base/store";
import type { TabContent } from "./tabs";

/** How the screen is arranged. Sizes are in pixels. */
export interface Arrangement {
  side: { shown: boolean; size: number; view: string };
  right: { shown: boolean; size: number; split: number }; // split is the height of the upper part, in percent
  bottom: { shown: boolean; size: number; view: string };
  /** What in the explorer is folded, or unfolded, other than it begins. */
  folded: readonly string[];
}

/** What is kept with the project: the arrangement and the open tabs. */
export interface SavedLayout extends Arrangement {
  version: 1;
  tabs: readonly TabContent[];
  active: string;
  cursors: Readonly<Record<string, number>>; // the line at the top or the cursor, by file
  /** What the invoke panel keeps; it reads that itself. */
  invoke?: unknown;
}

export const defaultArrangement: Arrangement = {
  side: { shown: true, size: 240, view: "explorer" },
  right: { shown: true, size: 380, split: 48 },
  bottom: { shown: true, size: 220, view: "log" },
  folded: ["files"],
};

export type PanelName = "side" | "right" | "bottom";

/** The arrangement of the screen, which is kept with the project. */
export class Layout {
  readonly now = new Store<Arrangement>(defaultArrangement);
  /** The page is so narrow that the panels at the sides lie above the editors. */
  readonly tight = new Store(false);
  /** Which of them does at present. */
  readonly overlay = new Store<"" | "side" | "right">("");
  private readonly save: ReturnType<typeof debounce<[SavedLayout]>>;

  constructor(client: Client) {
    this.save = debounce(500, (layout) => {
      client.call("layout.write", { layout }).catch(() => {
        // The arrangement is a comfort: the next change is written anew.
      });
    });
  }

  /** Takes over what was kept, as far as it can be understood, and returns it. */
  restore(raw: unknown): SavedLayout | null {
    this.save.cancel(); // what waits belongs to the project before
    const saved = readLayout(raw);
    this.now.set(
      saved ? { side: saved.side, right: saved.right, bottom: saved.bottom, folded: saved.folded } : defaultArrangement,
    );
    return saved;
  }

  /** Keeps the arrangement with these tabs, soon. */
  keep(tabs: Omit<SavedLayout, keyof Arrangement | "version">): void {
    this.save({ version: 1, ...this.now.value, ...tabs });
  }

  flush(): void {
    this.save.flush();
  }

  toggle(panel: PanelName): void {
    const shown = this.tight.value && panel !== "bottom" ? this.overlay.value === panel : this.now.value[panel].shown;
    this.show(panel, !shown);
  }

  show(panel: PanelName, shown: boolean): void {
    if (this.tight.value && panel !== "bottom") {
      this.overlay.set(shown ? panel : "");
      return;
    }
    this.now.update((n) => ({ ...n, [panel]: { ...n[panel], shown } }));
  }

  resize(panel: PanelName, size: number): void {
    if (size > 0) this.now.update((n) => ({ ...n, [panel]: { ...n[panel], size: Math.round(size) } }));
  }

  splitRight(percent: number): void {
    this.now.update((n) => ({ ...n, right: { ...n.right, split: percent } }));
  }

  /** Shows a view of the side bar or the bottom panel. */
  showView(panel: "side" | "bottom", view: string): void {
    this.now.update((n) => ({ ...n, [panel]: { ...n[panel], view } }));
    this.show(panel, true);
  }

  /** Remembers that a line of the explorer is, or is not, other than it begins. */
  fold(key: string, folded: boolean): void {
    this.now.update((n) => ({
      ...n,
      folded: folded ? [...n.folded.filter((k) => k !== key), key] : n.folded.filter((k) => k !== key),
    }));
  }
}

/** Reads what an earlier page kept, perhaps one of another version. */
export function readLayout(raw: unknown): SavedLayout | null {
  if (!isRecord(raw) || raw.version !== 1) return null;
  const d = defaultArrangement;
  const side = isRecord(raw.side) ? raw.side : {};
  const right = isRecord(raw.right) ? raw.right : {};
  const bottom = isRecord(raw.bottom) ? raw.bottom : {};
  return {
    version: 1,
    side: { shown: bool(side.shown, true), size: number(side.size, d.side.size), view: text(side.view, d.side.view) },
    right: {
      shown: bool(right.shown, true),
      size: number(right.size, d.right.size),
      split: number(right.split, d.right.split),
    },
    bottom: {
      shown: bool(bottom.shown, true),
      size: number(bottom.size, d.bottom.size),
      view: text(bottom.view, d.bottom.view),
    },
    folded: Array.isArray(raw.folded) ? raw.folded.filter((f) => typeof f === "string") : d.folded,
    tabs: Array.isArray(raw.tabs) ? raw.tabs.filter(isTab) : [],
    active: text(raw.active, ""),
    cursors: isRecord(raw.cursors) ? Object.fromEntries(Object.entries(raw.cursors).filter(isCursor)) : {},
  };
}

const kinds = new Set<TabContent["kind"]>(["file", "object", "objects", "secrets", "settings", "localhistory"]);

function isTab(t: unknown): t is TabContent {
  if (!isRecord(t) || !kinds.has(t.kind as TabContent["kind"])) return false;
  if (t.kind === "file" || t.kind === "localhistory") return typeof t.name === "string";
  if (t.kind === "object") return typeof t.name === "string" && t.name !== "" && typeof t.object === "string";
  return t.kind !== "objects" || typeof t.object === "string";
}

const isCursor = (e: [string, unknown]): e is [string, number] => typeof e[1] === "number";
const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);
const bool = (v: unknown, or: boolean) => (typeof v === "boolean" ? v : or);
const number = (v: unknown, or: number) => (typeof v === "number" && Number.isFinite(v) && v > 0 ? v : or);
const text = (v: unknown, or: string) => (typeof v === "string" ? v : or);
