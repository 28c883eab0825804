/** One key with its modifiers, as it is written in settings and in the registry of actions: "Mod+Shift+P". Mod is Cmd on a Mac and Ctrl elsewhere. */
export interface Chord {
  mod: boolean;
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
  key: string; // as KeyboardEvent.key has it, letters in upper case
}

/** What of a keyboard event decides which chord it is. */
export interface KeyPress {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const modifiers = new Set(["mod", "ctrl", "alt", "shift"]);
const aliases: Record<string, string> = {
  esc: "Escape",
  space: " ",
  plus: "+",
  up: "ArrowUp",
  down: "ArrowDown",
  left: "ArrowLeft",
  right: "ArrowRight",
  del: "Delete",
};

/** Reads "Mod+Shift+P"; null where it is not one. */
export function parseChord(text: string): Chord | null {
  const parts = text.split("+").map((p) => p.trim());
  const last = parts.pop();
  if (!last) return null;
  const has = new Set(parts.map((p) => p.toLowerCase()));
  if (has.size !== parts.length || [...has].some((p) => !modifiers.has(p))) return null;
  const alias = aliases[last.toLowerCase()];
  const key = alias ?? (last.length === 1 ? last.toUpperCase() : last);
  return { mod: has.has("mod"), ctrl: has.has("ctrl"), alt: has.has("alt"), shift: has.has("shift"), key };
}

/** Whether a press of keys is this chord. */
export function matchesChord(chord: Chord, press: KeyPress, mac: boolean): boolean {
  const ctrl = chord.ctrl || (chord.mod && !mac);
  const meta = chord.mod && mac;
  if (press.ctrlKey !== ctrl || press.metaKey !== meta || press.altKey !== chord.alt) return false;
  const letter = /^[A-Z]$/.test(chord.key);
  // A sign such as "?" needs Shift on some keyboards and not on others.
  const shiftMatters = letter || chord.key.length > 1 || chord.shift;
  if (shiftMatters && press.shiftKey !== chord.shift) return false;
  if (press.key.toUpperCase() === chord.key.toUpperCase()) return true;
  // On layouts of other scripts the letter is known by the place of its key.
  return letter && press.code === `Key${chord.key}` && !/^[a-z]$/i.test(press.key);
}

const symbols: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Delete: "Del",
  " ": "Space",
};
const macSymbols: Record<string, string> = { Enter: "↩", Backspace: "⌫", Escape: "⎋", Tab: "⇥" };

/** How a chord is shown to people: "Ctrl+Shift+P", or "⇧⌘P" on a Mac. */
export function showChord(text: string, mac: boolean): string {
  const chord = parseChord(text);
  if (!chord) return text;
  const key = (mac ? macSymbols[chord.key] : undefined) ?? symbols[chord.key] ?? chord.key;
  if (mac) {
    return `${chord.ctrl ? "⌃" : ""}${chord.alt ? "⌥" : ""}${chord.shift ? "⇧" : ""}${chord.mod ? "⌘" : ""}${key}`;
  }
  const names = [chord.ctrl || chord.mod ? "Ctrl" : "", chord.alt ? "Alt" : "", chord.shift ? "Shift" : "", key];
  return names.filter(Boolean).join("+");
}

/** Whether the page runs on a Mac. */
export function onMac(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
}
