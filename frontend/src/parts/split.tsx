import { type ReactNode, useRef } from "react";
import { Group, Panel, Separator } from "react-resizable-panels";
import "./split.css";

/** One part of a split. Parts with a size in pixels keep it; the one without takes what is left. */
export interface SplitPart {
  id: string;
  content: ReactNode;
  /** In pixels, or "48%". Undefined takes what is left. */
  size?: number | string;
  min?: number;
  /** The name of the splitter before it (or behind it, for the first part). */
  splitter?: string;
}

/** Parts beside or above each other with splitters between them that mouse and keys move. */
export function Split(props: {
  direction: "row" | "column";
  parts: readonly SplitPart[];
  /** Called when a person has moved a splitter, with the size of each part in pixels and percent. */
  onResize?: (id: string, pixels: number, percent: number) => void;
  className?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const horizontal = props.direction === "row";
  const splitter = (i: number) => props.parts[i]?.splitter ?? props.parts[i - 1]?.splitter ?? "";
  return (
    <Group
      className={`split ${props.className ?? ""}`}
      orientation={horizontal ? "horizontal" : "vertical"}
      elementRef={box}
      onLayoutChanged={(layout, { isUserInteraction }) => {
        if (!isUserInteraction || !box.current) return;
        const whole = horizontal ? box.current.clientWidth : box.current.clientHeight;
        for (const [id, percent] of Object.entries(layout)) props.onResize?.(id, (whole * percent) / 100, percent);
      }}
      // Parts that come and go begin with the sizes that they had.
      key={props.parts.map((p) => p.id).join(" ")}
    >
      {props.parts.flatMap((p, i) => [
        ...(i > 0
          ? [
              <Separator
                key={`before-${p.id}`}
                className={`splitter splitter-${props.direction}`}
                aria-label={splitter(i)}
              />,
            ]
          : []),
        <Panel
          key={p.id}
          id={p.id}
          className="split-part"
          {...(p.size === undefined ? {} : { defaultSize: p.size })}
          minSize={p.min ?? 80}
          groupResizeBehavior={typeof p.size === "number" ? "preserve-pixel-size" : "preserve-relative-size"}
        >
          {p.content}
        </Panel>,
      ])}
    </Group>
  );
}
