import { ArrowDownToLine, Copy, FileCode, Filter } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode } from "react";
import { baseName } from "../../base/format";
import { words } from "../../base/words/log";
import { type Line, lineText, type Place, placeText } from "../../model/loglines";
import { IconButton } from "../../parts/button";
import { ContextMenu, useContextMenu } from "../../parts/menu";
import { useApp } from "../../parts/useapp";
import { useLines } from "./uselines";
import "./log.css";

interface LogListProps {
  label: string;
  lines: readonly Line[];
  /** Keeps the newest line in view until the person scrolls away from it. */
  follow?: boolean;
  /** Shows the columns of what a line is about and of its correlation id. */
  wide?: boolean;
  onCid?: (cid: string) => void;
  onSource?: (source: string) => void;
  empty: ReactNode;
  "data-testid": string;
}

/** Lines of a log. Only what is seen is drawn, so there may be very many. */
export function LogList(props: LogListProps) {
  return props.lines.length === 0 ? props.empty : <Lines {...props} />;
}

function Lines(props: LogListProps) {
  const list = useLines(props.lines, props.follow ?? false);
  const { rows, id, at, toggle } = list;
  const { ref, ...win } = list.win;
  const menu = useContextMenu<Line>();
  const { copyLine, openPlace } = useLineActions();

  const onKeyDown = (e: KeyboardEvent) => {
    const mod = e.ctrlKey || e.metaKey;
    const row = rows.at(at);
    if (mod && e.key.toLowerCase() === "c" && row && nothingSelected()) copyLine(row.line);
    else if (mod || e.altKey || !list.key(e.key)) return;
    e.preventDefault();
    e.stopPropagation();
  };
  const rowOf = (target: EventTarget) => {
    const el = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
    return el ? rows.at(Number(el.dataset.at)) : undefined;
  };
  const onClick = (e: MouseEvent) => {
    const row = rowOf(e.target);
    if (!row || !nothingSelected()) return;
    list.setFocus(row.key);
    const link = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-go]")?.dataset.go : undefined;
    const { line } = row;
    if (link === "place" && line.place) openPlace(line.place);
    else if (link === "cid" && props.onCid) props.onCid(line.cid);
    else if (link === "source" && props.onSource && line.source) props.onSource(line.source);
    else toggle(line);
  };
  const onContextMenu = (e: MouseEvent) => {
    const row = rowOf(e.target);
    if (!row) return;
    e.preventDefault();
    list.setFocus(row.key);
    menu.openAt(row.line, e.clientX, e.clientY);
  };
  const drawn = Array.from({ length: win.to - win.from }, (_, i) => rows.at(win.from + i));

  return (
    <div className="log-frame">
      <div
        ref={ref}
        className="log-rows"
        data-wide={props.wide || undefined}
        role="listbox"
        aria-label={props.label}
        aria-activedescendant={at >= 0 ? `${id}${list.focus}` : undefined}
        tabIndex={0}
        data-testid={props["data-testid"]}
        data-count={props.lines.length}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onContextMenu={onContextMenu}
        onScroll={() => list.setTail(isAtEnd(ref.current))}
      >
        <div className="log-all" style={{ height: win.height }}>
          {drawn.map(
            (row, i) =>
              row && (
                <RowView
                  key={row.key}
                  id={`${id}${row.key}`}
                  line={row.line}
                  name={row.part?.name}
                  text={row.part?.text}
                  at={win.from + i}
                  height={win.row}
                  focused={row.key === list.focus}
                  wide={props.wide ?? false}
                />
              ),
          )}
        </div>
      </div>
      {props.follow && !list.tail && (
        <div className="log-follow">
          <IconButton
            icon={ArrowDownToLine}
            label={words.follow}
            onPress={() => list.setTail(true)}
            placement="left"
            data-testid="log-follow"
          />
        </div>
      )}
      <ContextMenu
        label={props.label}
        target={menu.target}
        onClose={menu.close}
        groups={(line) => menuOf(line, props, { copyLine, openPlace })}
      />
    </div>
  );
}

/** What is being selected with the mouse must not move under it. */
const nothingSelected = () => getSelection()?.isCollapsed !== false;

interface LineActions {
  copyLine: (line: Line) => void;
  openPlace: (place: Place) => void;
}

function useLineActions(): LineActions {
  const app = useApp();
  return {
    copyLine: (line) => {
      void navigator.clipboard.writeText(lineText(line)).then(() => app.notes.good(words.copied), app.notes.fail);
    },
    openPlace: ({ file, line, column }) =>
      app.openFile(file, { ...(line ? { line } : {}), ...(column ? { column } : {}) }),
  };
}

function menuOf(line: Line, { onCid, onSource }: LogListProps, actions: LineActions) {
  const { place, cid, source } = line;
  return [
    {
      entries: [
        { id: "copy", title: words.copyLine, icon: Copy, keys: "Mod+C", run: () => actions.copyLine(line) },
        ...(place
          ? [{ id: "place", title: words.open(placeText(place)), icon: FileCode, run: () => actions.openPlace(place) }]
          : []),
      ],
    },
    {
      entries: [
        ...(cid && onCid
          ? [{ id: "cid", title: words.onlyThis(cid.slice(0, 8)), icon: Filter, run: () => onCid(cid) }]
          : []),
        ...(source && onSource
          ? [{ id: "source", title: words.onlyService(source), icon: Filter, run: () => onSource(source) }]
          : []),
      ],
    },
  ];
}

/** A little above the end still counts: rows have fractions of pixels at some zooms. */
function isAtEnd(el: HTMLElement | null): boolean {
  return el === null || el.scrollTop + el.clientHeight >= el.scrollHeight - 4;
}

interface RowViewProps {
  id: string;
  line: Line;
  /** Of a part of an open line. */
  name: string | undefined;
  text: string | undefined;
  at: number;
  height: number;
  focused: boolean;
  wide: boolean;
}

/** One row. It is drawn again only when something of it changed: scrolling adds and takes away, and no more. */
const RowView = memo(function RowView({ id, line, name, text, at, height, focused, wide }: RowViewProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list keeps the focus for its rows
    <div
      id={id}
      role="option"
      aria-selected={focused}
      className={`log-row log-${line.level.toLowerCase()}`}
      data-at={at}
      data-part={text !== undefined || undefined}
      data-testid={text === undefined ? "log-line" : undefined}
      style={{ top: at * height, height }}
    >
      {text === undefined ? (
        <LineView line={line} wide={wide} />
      ) : (
        <>
          <span className="log-part-name">{name}</span>
          <span className="log-part-text">{text}</span>
        </>
      )}
    </div>
  );
});

/** The columns of a line. What leads somewhere by a click is in the menu of the line for those who use keys. */
function LineView({ line, wide }: { line: Line; wide: boolean }) {
  const { place, source, cid } = line;
  return (
    <>
      <span className="log-time">{line.clock}</span>
      <span className="log-level">{line.level}</span>
      {wide && (
        <span className="log-source" data-go="source" title={source ? words.onlyService(source) : undefined}>
          {source}
        </span>
      )}
      <span className="log-text">
        <span className="log-msg">{line.msg}</span>
        {line.rest && <span className="log-rest"> {line.rest}</span>}
      </span>
      {place && (
        <span className="log-place" data-go="place" title={words.open(placeText(place))}>
          {placeText({ file: baseName(place.file), line: place.line, column: 0 })}
        </span>
      )}
      {wide && cid && (
        <span className="log-cid" data-go="cid" title={words.onlyThis(cid)}>
          {cid.slice(0, 8)}
        </span>
      )}
    </>
  );
}
