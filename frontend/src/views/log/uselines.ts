import { useEffect, useId, useLayoutEffect, useMemo, useState } from "react";
import type { Line } from "../../model/loglines";
import { type RowWindow, useWindow } from "../../parts/window";
import { LogRows } from "./rows";

/** Where names of attributes end in an open line, in characters. */
const indent = 26;

/** What a list of lines shows and what can be done with it. */
export interface Lines {
  rows: LogRows;
  win: RowWindow;
  /** The beginning of the ids of its rows. */
  id: string;
  /** The key of the row that has the focus, and its place; -1 where none has it. */
  focus: string;
  at: number;
  setFocus: (key: string) => void;
  /** Whether the newest line is kept in view. */
  tail: boolean;
  setTail: (tail: boolean) => void;
  /** Shows or hides the attributes of a line. */
  toggle: (line: Line) => void;
  /** Does what a key without modifiers stands for, and says whether it is one of the list's. */
  key: (key: string) => boolean;
}

/** The state of a list of lines. */
export function useLines(lines: readonly Line[], follow: boolean): Lines {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set());
  const [focus, setFocus] = useState("");
  const [tail, setTail] = useState(true);
  const [columns, setColumns] = useState(80);
  const rows = useMemo(() => new LogRows(lines, open, columns - indent), [lines, open, columns]);
  const win = useWindow(rows.count);
  const at = rows.placeOf(focus);

  useEffect(() => setColumns(win.columns), [win.columns]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new row, and each new height, moves the end
  useLayoutEffect(() => {
    if (follow && tail) win.toEnd();
  }, [follow, tail, win.toEnd, rows, win.row]);

  const toggle = (line: Line) => {
    const next = new Set(open);
    if (!next.delete(line.id)) next.add(line.id);
    setOpen(next);
    setTail(false);
  };
  const go = (place: number) => {
    const to = Math.max(0, Math.min(rows.count - 1, place));
    setFocus(rows.at(to)?.key ?? "");
    setTail(false);
    win.reveal(to);
  };
  const key = (name: string): boolean => {
    const row = rows.at(at);
    const isOpen = row !== undefined && open.has(row.line.id);
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at < 0 ? rows.count - 1 : at - 1),
      PageDown: () => go(at + win.page),
      PageUp: () => go(at < 0 ? rows.count - win.page : at - win.page),
      Home: () => go(0),
      End: () => setTail(true),
      Enter: () => row && toggle(row.line),
      ArrowRight: () => row && !isOpen && toggle(row.line),
      ArrowLeft: () => row && isOpen && toggle(row.line),
    };
    moves[name]?.();
    return moves[name] !== undefined;
  };
  return { rows, win, id: useId(), focus, at, setFocus, tail, setTail, toggle, key };
}
