import { useEffect, useMemo, useState } from "react";
import { useWindow } from "./window";
import "./rawtext.css";

/** A text of any size as it is, broken where its lines do not fit. Only what is seen is drawn. */
export function RawText(props: { label: string; text: string; "data-testid"?: string }) {
  const { text } = props;
  const [columns, setColumns] = useState(80);
  const starts = useMemo(() => rowStarts(text, columns), [text, columns]);
  const { ref, ...win } = useWindow(starts.length);
  useEffect(() => setColumns(Math.max(20, win.columns - 4)), [win.columns]);
  const rows: string[] = [];
  for (let i = win.from; i < win.to; i++) rows.push(text.slice(starts[i], starts[i + 1]).replace(/\r?\n$/, ""));
  return (
    <section
      ref={ref}
      className="raw-text"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
      tabIndex={0}
      data-testid={props["data-testid"]}
    >
      <div className="raw-text-all" style={{ height: win.height }}>
        <pre className="raw-text-rows" style={{ top: win.from * win.row, lineHeight: `${win.row}px` }}>
          {rows.join("\n")}
        </pre>
      </div>
    </section>
  );
}

/** Returns where the rows of a text begin that has so many columns; pairs of surrogates stay together. */
export function rowStarts(text: string, columns: number): number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < text.length) {
    starts.push(at);
    const end = text.indexOf("\n", at);
    const stop = end < 0 ? text.length : end;
    if (stop - at <= columns) at = stop + 1;
    else {
      at += columns;
      if (/[\udc00-\udfff]/.test(text.charAt(at))) at--;
    }
  }
  return starts;
}
