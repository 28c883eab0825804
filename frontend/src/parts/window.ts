import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** The rows of a long list that are drawn, and where. All rows have one height: the line height of the list. */
export interface RowWindow {
  /** Goes on the element that scrolls. */
  ref: RefObject<HTMLDivElement | null>;
  /** The first row that is drawn and the one behind the last. */
  from: number;
  to: number;
  /** The height of one row and of all of them, in pixels. */
  row: number;
  height: number;
  /** How many rows are seen at once. */
  page: number;
  /** Characters of the list's font that fit beside each other; right for fonts of one width. */
  columns: number;
  /** Scrolls as little as needed to show a row. */
  reveal: (index: number) => void;
  /** Scrolls to the last row. */
  toEnd: () => void;
}

/** How many rows are drawn above and below what is seen, so that scrolling shows no gaps. */
const spare = 20;

/** After how many rows of scrolling others are drawn: less often is smoother. */
const step = 10;

/** Draws only what is seen of a list of so many rows. */
export function useWindow(count: number): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [row, setRow] = useState(20);
  const [charWidth, setCharWidth] = useState(8);
  const [view, setView] = useState({ top: 0, height: 0, width: 0 });

  const measure = useCallback(() => {
    const el = ref.current;
    if (!el) return;
    const style = getComputedStyle(el);
    setRow(Math.max(12, Math.round(Number.parseFloat(style.lineHeight)) || 20));
    setCharWidth((Number.parseFloat(style.fontSize) || 13) * 0.6);
    setView({ top: el.scrollTop, height: el.clientHeight, width: el.clientWidth });
  }, []);

  useLayoutEffect(measure, [measure]);
  useEffect(() => {
    const el = ref.current;
    if (!el) return;
    // Row heights follow the size of the font, which is set on the root.
    const root = new MutationObserver(measure);
    root.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "data-theme", "class"] });
    const size = new ResizeObserver(measure);
    size.observe(el);
    const scrolled = () => {
      const bucket = (top: number) => Math.floor(top / (row * step));
      setView((v) => (bucket(v.top) === bucket(el.scrollTop) ? v : { ...v, top: el.scrollTop }));
    };
    el.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      root.disconnect();
      size.disconnect();
      el.removeEventListener("scroll", scrolled);
    };
  }, [measure, row]);

  const height = count * row;
  const seen = Math.floor(view.top / (row * step)) * row * step;
  const top = Math.max(0, Math.min(seen, height - view.height));
  return {
    ref,
    from: Math.max(0, Math.floor(top / row) - spare),
    to: Math.min(count, Math.ceil((top + view.height) / row) + step + spare),
    row,
    height,
    page: Math.max(1, Math.floor(view.height / row) - 1),
    columns: Math.floor(view.width / charWidth),
    reveal: useCallback(
      (index) => {
        const el = ref.current;
        if (!el) return;
        const at = index * row;
        if (at < el.scrollTop) el.scrollTop = at;
        else if (at + row > el.scrollTop + el.clientHeight) el.scrollTop = at + row - el.clientHeight;
      },
      [row],
    ),
    toEnd: useCallback(() => {
      const el = ref.current;
      if (el) el.scrollTop = el.scrollHeight;
    }, []),
  };
}
