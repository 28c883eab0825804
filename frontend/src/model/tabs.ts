import { baseName } from "../base/format";
import { Store } from "../base/store";

/** What a tab shows. Each kind has its view in views/workbench/tabviews.tsx. */
export type TabContent =
  | { kind: "file"; name: string }
  /** Its words are those of the API: object is the kind of object; file is where an unsaved one is to stand. */
  | { kind: "object"; object: string; name: string; type?: string; file?: string }
  | { kind: "objects"; object: string }
  | { kind: "secrets" }
  | { kind: "settings" }
  /** Earlier states of a file; the deleted files of the project where name is "". */
  | { kind: "localhistory"; name: string }
  | { kind: "welcome" };

/** A tab. */
export interface Tab {
  id: string;
  content: TabContent;
  /** It gives its place to the next one that is only looked at. */
  preview: boolean;
}

/** The open tabs, from left to right, and which of them is seen. */
export interface TabState {
  list: readonly Tab[];
  active: string; // the id; "" is none
}

/** The stable id of what a tab shows. */
export function tabId(c: TabContent): string {
  switch (c.kind) {
    case "file":
      return `file:${c.name}`;
    case "object":
      return `object:${c.object}:${c.name}`;
    case "objects":
      return `objects:${c.object}`;
    case "localhistory":
      return `localhistory:${c.name}`;
    default:
      return c.kind;
  }
}

/** The name of a tab as far as it is known from what it shows. */
export function tabTitle(c: TabContent): string {
  return c.kind === "file" ? baseName(c.name) : c.kind === "object" ? c.name : "";
}

/** The tabs of editors. Who may lose something is asked by the guard before a tab closes. */
export class Tabs {
  readonly state = new Store<TabState>({ list: [], active: "" });
  /** Whether these may close; views ask the person about what is not saved. */
  guard: (closing: readonly Tab[]) => Promise<boolean> = () => Promise.resolve(true);
  /** The kinds of which there is a view; what else was kept in a layout is not opened. */
  shows: ReadonlySet<string> = new Set<TabContent["kind"]>(["file"]);
  private readonly closed: TabContent[] = [];
  private used: string[] = []; // ids, the one used last at the end

  get active(): Tab | undefined {
    return this.find(this.state.value.active);
  }

  find(id: string): Tab | undefined {
    return this.state.value.list.find((t) => t.id === id);
  }

  /** Opens what is not open, and shows it. */
  open(content: TabContent, options: { preview?: boolean } = {}): void {
    const id = tabId(content);
    const { list } = this.state.value;
    const known = this.find(id);
    if (known) {
      if (known.preview && !options.preview) this.pin(id);
      this.show(id);
      return;
    }
    const tab: Tab = { id, content, preview: options.preview ?? false };
    const old = tab.preview ? list.findIndex((t) => t.preview) : -1;
    const at = this.activeIndex();
    const next =
      old >= 0 ? list.map((t, i) => (i === old ? tab : t)) : [...list.slice(0, at + 1), tab, ...list.slice(at + 1)];
    this.state.set({ list: next, active: id });
    this.touch(id);
  }

  show(id: string): void {
    if (!this.find(id)) return;
    this.state.patch({ active: id });
    this.touch(id);
  }

  /** Makes a tab that was only looked at one that stays. */
  pin(id: string): void {
    if (!this.find(id)?.preview) return;
    this.state.update((s) => ({ ...s, list: s.list.map((t) => (t.id === id ? { ...t, preview: false } : t)) }));
  }

  /** Replaces what a tab shows, such as after a rename. */
  replace(id: string, content: TabContent): void {
    const next = tabId(content);
    if (next !== id && this.find(next)) {
      const seen = this.state.value.active === id;
      this.drop([id]);
      if (seen) this.show(next);
      return;
    }
    this.used = this.used.map((u) => (u === id ? next : u));
    this.state.update((s) => ({
      list: s.list.map((t) => (t.id === id ? { ...t, id: next, content } : t)),
      active: s.active === id ? next : s.active,
    }));
  }

  /** Closes tabs where the guard allows it, and says whether it did. */
  async close(...ids: string[]): Promise<boolean> {
    const closing = this.state.value.list.filter((t) => ids.includes(t.id));
    if (closing.length === 0) return true;
    if (!(await this.guard(closing))) return false;
    this.closed.push(...closing.map((t) => t.content));
    this.drop(ids);
    return true;
  }

  /** Closes tabs without asking. */
  drop(ids: readonly string[]): void {
    this.used = this.used.filter((u) => !ids.includes(u));
    const { list, active } = this.state.value;
    const at = this.activeIndex();
    const left = list.filter((t) => !ids.includes(t.id));
    const neighbour = left[Math.min(at, left.length - 1)]?.id ?? "";
    const recent = this.used[this.used.length - 1] ?? neighbour;
    this.state.set({ list: left, active: ids.includes(active) ? recent : active });
  }

  others(id: string): string[] {
    return this.state.value.list.filter((t) => t.id !== id).map((t) => t.id);
  }

  right(id: string): string[] {
    const { list } = this.state.value;
    return list.slice(list.findIndex((t) => t.id === id) + 1).map((t) => t.id);
  }

  /** Puts a tab before another, or at the end where before is "". */
  move(id: string, before: string): void {
    const tab = this.find(id);
    if (!tab || id === before) return;
    const rest = this.state.value.list.filter((t) => t.id !== id);
    const at = before === "" ? rest.length : rest.findIndex((t) => t.id === before);
    if (at < 0) return;
    this.state.patch({ list: [...rest.slice(0, at), tab, ...rest.slice(at)] });
  }

  /** Shows the neighbour on the right (1) or on the left (-1). */
  step(by: 1 | -1): void {
    const { list } = this.state.value;
    if (list.length === 0) return;
    const next = list[(this.activeIndex() + by + list.length) % list.length];
    if (next) this.show(next.id);
  }

  /** Opens again what was closed last. */
  reopen(): void {
    for (let c = this.closed.pop(); c; c = this.closed.pop()) {
      if (this.find(tabId(c))) continue;
      this.open(c);
      return;
    }
  }

  /** Replaces all tabs, such as with those of a layout. */
  restore(list: readonly TabContent[], active: string): void {
    const shown = list.filter((c) => this.shows.has(c.kind));
    const tabs = shown.map((content) => ({ id: tabId(content), content, preview: false }));
    this.used = tabs.map((t) => t.id);
    this.closed.length = 0;
    this.state.set({ list: tabs, active: tabs.some((t) => t.id === active) ? active : (tabs[0]?.id ?? "") });
    if (this.state.value.active) this.touch(this.state.value.active);
  }

  private activeIndex(): number {
    return this.state.value.list.findIndex((t) => t.id === this.state.value.active);
  }

  private touch(id: string): void {
    this.used = [...this.used.filter((u) => u !== id), id];
  }
}
