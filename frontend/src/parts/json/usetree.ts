import { useLayoutEffect, useMemo, useState } from "react";
import type { Json } from "../../base/json";
import { type RowWindow, useWindow } from "../window";
import { countOf, findIn, insideOf, keyOf, openedTo, type Path, type Row, rowsOf, type Toggled } from "./rows";

/** How many values are opened at once at most. */
const most = 50_000;

/** What a tree shows and what can be done with it. */
export interface Tree {
  rows: readonly Row[];
  win: RowWindow;
  /** The row that has the focus, and its place. */
  current: Row | undefined;
  focus: (row: Row) => void;
  /** Opens or closes a row; without a wish, the other way around. */
  toggle: (row: Row, open?: boolean) => void;
  /** Opens or closes everything, as far as it is not too much. */
  toggleAll: (open: boolean) => void;
  /** Does what a key without modifiers stands for, and says whether it is one of the tree's. */
  key: (key: string) => boolean;
  search: {
    query: string;
    set: (query: string) => void;
    /** How many values answer it. */
    count: number;
    /** Which of them has the focus, from 1; 0 is none. */
    at: number;
    has: (row: Row) => boolean;
    /** Goes to the next one (1) or to the one before (-1). */
    step: (by: 1 | -1) => void;
  };
}

/** The state of a tree of a JSON value. */
export function useTree(value: Json): Tree {
  const [toggled, setToggled] = useState<Toggled>(() => new Map());
  // An object of its own each time, so that the row is shown again even where it has the focus already.
  const [focus, setFocus] = useState({ key: "" });
  const [query, setQuery] = useState("");
  const rows = useMemo(() => rowsOf(value, toggled), [value, toggled]);
  const found = useMemo(() => findIn(value, query.trim()), [value, query]);
  const foundKeys = useMemo(() => new Set(found.map(keyOf)), [found]);
  const win = useWindow(rows.length);
  const at = Math.max(
    0,
    rows.findIndex((r) => r.key === focus.key),
  );
  const current = rows[at];
  const hit = found.findIndex((p) => keyOf(p) === focus.key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a row is scrolled to when it gets the focus, not when others come or go
  useLayoutEffect(() => win.reveal(at), [focus]);

  const toggle = (row: Row, open = row.state === "closed") => {
    if (row.state !== "leaf") setToggled(new Map(toggled).set(row.key, open));
  };
  const goTo = (path: Path | undefined) => {
    if (!path) return;
    setToggled(openedTo(path, toggled));
    setFocus({ key: keyOf(path) });
  };
  const step = (by: 1 | -1) => {
    const none = by > 0 ? 0 : found.length - 1;
    goTo(found[hit < 0 ? none : (hit + by + found.length) % found.length]);
  };
  const go = (place: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, place))];
    if (row) setFocus({ key: row.key });
  };
  const page = win.page;
  const key = (name: string): boolean => {
    if (!current) return false;
    const parent = rows.findIndex((r) => r.key === keyOf(current.path.slice(0, -1)));
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + page),
      PageUp: () => go(at - page),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (current.state === "open" ? go(at + 1) : toggle(current, true)),
      ArrowLeft: () => (current.state === "open" ? toggle(current, false) : go(parent)),
      Enter: () => toggle(current),
      " ": () => toggle(current),
    };
    moves[name]?.();
    return moves[name] !== undefined;
  };
  return {
    rows,
    win,
    current,
    focus: (row) => setFocus({ key: row.key }),
    toggle,
    toggleAll: (open) => setToggled(everything(value, open)),
    key,
    search: {
      query,
      set: setQuery,
      count: found.length,
      at: hit + 1,
      has: (row) => foundKeys.has(row.key),
      step,
    },
  };
}

function everything(value: Json, open: boolean): Toggled {
  const out = new Map<string, boolean>();
  const walk = (v: Json, key: string) => {
    const inner = insideOf(v);
    if (inner.length === 0 || out.size >= most) return;
    out.set(key, open || key === "");
    for (const [step, item] of inner) walk(item, key + keyOf([step]));
  };
  if (!open || countOf(value, most) < most) walk(value, "");
  return out;
}
