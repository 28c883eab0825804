import type { Dispose } from "../base/dispose";
import { type KeyPress, matchesChord, parseChord } from "../base/keys";
import { Store } from "../base/store";

/** One thing that a person can do, however they reach it: menu, palette, button or key. */
export interface Action {
  /** Stable: "file.save". What stands behind a colon is given to run: "object.new:connection". */
  id: string;
  title: string;
  /** Under which it stands in the palette: "File". */
  group: string;
  /** Chords such as "Mod+S"; the first is shown. */
  keys?: readonly string[];
  /** Whether it can be done. It is not shown otherwise. */
  when?: () => boolean;
  /** Keeps it out of the palette, because it needs an argument. */
  hidden?: boolean;
  /** Leaves its keys to whoever has the focus where that is a field of text. */
  yieldsToFields?: boolean;
  run: (argument: string) => void | Promise<void>;
}

/** The one registry of actions. */
export class Actions {
  /** Grows when one is added or goes, or when its keys change. */
  readonly version = new Store(0);
  private readonly all = new Map<string, Action>();
  private bindings: Readonly<Record<string, string>> = {};

  constructor(
    private readonly mac: boolean,
    private readonly fail: (err: unknown) => void,
  ) {}

  /** Adds actions until they are disposed. A second one of the same id is our mistake. */
  add(...actions: Action[]): Dispose {
    for (const a of actions) {
      if (this.all.has(a.id)) throw new Error(`action ${a.id} exists`);
      this.all.set(a.id, a);
    }
    this.version.update((n) => n + 1);
    return () => {
      for (const a of actions) if (this.all.get(a.id) === a) this.all.delete(a.id);
      this.version.update((n) => n + 1);
    };
  }

  /** The action of an id, with or without an argument behind a colon. */
  find(id: string): Action | undefined {
    return this.all.get(id) ?? this.all.get(id.slice(0, Math.max(0, id.indexOf(":"))));
  }

  /** Whether the action is there and can be done. */
  can(id: string): boolean {
    const action = this.find(id);
    return action !== undefined && (action.when?.() ?? true);
  }

  /** Does it; nothing happens where it cannot be done. What goes wrong is shown to the person. */
  run(id: string): void {
    const action = this.find(id);
    if (!action || !(action.when?.() ?? true)) return;
    const argument = this.all.has(id) ? "" : id.slice(id.indexOf(":") + 1);
    try {
      Promise.resolve(action.run(argument)).catch(this.fail);
    } catch (err) {
      this.fail(err);
    }
  }

  /** Those that can be done, for the palette. */
  list(): Action[] {
    return [...this.all.values()].filter((a) => !a.hidden && (a.when?.() ?? true));
  }

  /** Every action that may have keys, for the settings. */
  bindable(): Action[] {
    return [...this.all.values()].filter((a) => !a.hidden || a.keys);
  }

  /** Replaces the keys of some actions, by id; "" takes them away. */
  bind(bindings: Readonly<Record<string, string>>): void {
    this.bindings = bindings;
    this.version.update((n) => n + 1);
  }

  /** The chords of an action; the first is shown. */
  keysOf(id: string): readonly string[] {
    const own = this.bindings[id];
    if (own !== undefined) return own === "" ? [] : [own];
    return this.find(id)?.keys ?? [];
  }

  /** Does what a press of keys stands for. It says whether there was something. */
  press(press: KeyPress, inField: boolean): boolean {
    for (const a of this.all.values()) {
      if (inField && a.yieldsToFields) continue;
      const hit = this.keysOf(a.id).some((k) => {
        const chord = parseChord(k);
        return chord !== null && matchesChord(chord, press, this.mac);
      });
      if (hit && (a.when?.() ?? true)) {
        this.run(a.id);
        return true;
      }
    }
    return false;
  }
}
