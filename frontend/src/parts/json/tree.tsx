import { ChevronDown, ChevronRight, ChevronsDownUp, ChevronsUpDown, ChevronUp, Copy } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode, type RefObject, useId, useRef } from "react";
import { type Json, pathText, printJson } from "../../base/json";
import { words as all } from "../../base/words/response";
import { IconButton } from "../button";
import { SearchField } from "../field";
import { ContextMenu, useContextMenu } from "../menu";
import { insideOf, preview, type Row, valueText } from "./rows";
import { type Tree, useTree } from "./usetree";
import "./tree.css";

const words = all.tree;

/** How much of a long text stands on its row. */
const longest = 600;

interface JsonTreeProps {
  value: Json;
  /** Puts a text on the clipboard. */
  copy: (text: string) => void;
  /** Stand in the bar of the tree, before and behind what is its own. */
  before?: ReactNode;
  behind?: ReactNode;
}

/**
 * A JSON value as a tree. The arrows move and open, Enter opens and closes, Mod+C
 * copies the value and Mod+Shift+C the path, Mod+F searches.
 */
export function JsonTree({ value, copy, before, behind }: JsonTreeProps) {
  const tree = useTree(value);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="json-tree" data-testid="json-tree">
      <div className="json-tree-bar">
        {before}
        <Search tree={tree} input={input} />
        {behind}
      </div>
      <Rows tree={tree} copy={copy} onSearch={() => input.current?.focus()} />
    </div>
  );
}

/** The field that searches; while it is empty, the buttons that open and close everything stand in its place. */
function Search({ tree, input }: { tree: Tree; input: RefObject<HTMLInputElement | null> }) {
  const { search } = tree;
  return (
    <>
      <SearchField
        label={words.search}
        placeholder={words.searchShort}
        value={search.query}
        onChange={search.set}
        inputRef={input}
        onKeyDown={(e) => {
          if (e.key !== "Enter") return;
          e.preventDefault();
          search.step(e.shiftKey ? -1 : 1);
        }}
        data-testid="json-tree-search"
      />
      {search.query.trim() === "" ? (
        <span className="json-tree-folds">
          <IconButton icon={ChevronsUpDown} label={words.expandAll} onPress={() => tree.toggleAll(true)} />
          <IconButton icon={ChevronsDownUp} label={words.collapseAll} onPress={() => tree.toggleAll(false)} />
        </span>
      ) : (
        <>
          <span className="json-tree-count" role="status">
            {words.of(search.at, search.count)}
          </span>
          <IconButton
            icon={ChevronUp}
            label={words.previous}
            isDisabled={search.count === 0}
            onPress={() => search.step(-1)}
          />
          <IconButton
            icon={ChevronDown}
            label={words.next}
            isDisabled={search.count === 0}
            onPress={() => search.step(1)}
          />
        </>
      )}
    </>
  );
}

function Rows({ tree, copy, onSearch }: { tree: Tree; copy: (text: string) => void; onSearch: () => void }) {
  const { rows, current } = tree;
  const { ref, ...win } = tree.win;
  const menu = useContextMenu<Row>();
  const id = useId();
  const rowOf = (target: EventTarget) => {
    const el = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
    return el ? rows[Number(el.dataset.at)] : undefined;
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const mod = e.ctrlKey || e.metaKey;
    const key = e.key.toLowerCase();
    if (mod && key === "c" && current) copy(e.shiftKey ? pathText(current.path) : copyText(current.value));
    else if (mod && key === "f") onSearch();
    else if (mod || e.altKey || !tree.key(e.key)) return;
    e.preventDefault();
    e.stopPropagation();
  };
  const onClick = (e: MouseEvent) => {
    const row = rowOf(e.target);
    // What is being selected with the mouse must not close under it.
    if (!row || getSelection()?.isCollapsed === false) return;
    tree.focus(row);
    tree.toggle(row);
  };
  const onContextMenu = (e: MouseEvent) => {
    const row = rowOf(e.target);
    if (!row) return;
    e.preventDefault();
    tree.focus(row);
    menu.openAt(row, e.clientX, e.clientY);
  };
  return (
    <>
      <div
        ref={ref}
        className="json-tree-rows"
        role="tree"
        aria-label={words.label}
        aria-activedescendant={current ? `${id}${current.key}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onContextMenu={onContextMenu}
      >
        <div style={{ height: win.height }} className="json-tree-all">
          {rows.slice(win.from, win.to).map((row, i) => (
            <TreeRow
              key={row.key}
              row={row}
              id={`${id}${row.key}`}
              at={win.from + i}
              height={win.row}
              focused={row.key === current?.key}
              found={tree.search.has(row)}
            />
          ))}
        </div>
      </div>
      <ContextMenu
        label={words.label}
        target={menu.target}
        onClose={menu.close}
        groups={(row) => menuOf(row, tree, copy)}
      />
    </>
  );
}

function menuOf(row: Row, tree: Tree, copy: (text: string) => void) {
  return [
    {
      entries: [
        { id: "value", title: words.copyValue, icon: Copy, keys: "Mod+C", run: () => copy(copyText(row.value)) },
        { id: "path", title: words.copyPath, keys: "Mod+Shift+C", run: () => copy(pathText(row.path)) },
      ],
    },
    {
      entries: [
        { id: "open", title: words.expandAll, run: () => tree.toggleAll(true) },
        { id: "close", title: words.collapseAll, run: () => tree.toggleAll(false) },
      ],
    },
  ];
}

/** Texts are copied without their quotes, everything else as JSON. */
const copyText = (value: Json) => (value.kind === "string" ? value.text : printJson(value));

interface TreeRowProps {
  row: Row;
  id: string;
  at: number;
  height: number;
  focused: boolean;
  found: boolean;
}

/** One row. It is drawn again only when something of it changed. */
const TreeRow = memo(function TreeRow({ row, id, at, height, focused, found }: TreeRowProps) {
  const name = row.path.at(-1);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree keeps the focus for its rows
    <div
      id={id}
      className="json-tree-row"
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={row.state === "leaf" ? undefined : row.state === "open"}
      aria-selected={focused}
      aria-posinset={row.place}
      aria-setsize={row.brothers}
      data-at={at}
      data-found={found || undefined}
      style={{ top: at * height, height, paddingInlineStart: 8 + row.depth * 16 }}
    >
      {Array.from({ length: row.depth }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a guide is its level
        <span key={i} className="json-tree-guide" style={{ insetInlineStart: 15 + i * 16 }} />
      ))}
      <span className="json-tree-arrow" aria-hidden>
        {row.state === "open" && <ChevronDown size={12} />}
        {row.state === "closed" && <ChevronRight size={12} />}
      </span>
      {name !== undefined && (
        <span className={typeof name === "number" ? "json-tree-index" : "json-tree-name"}>{name}</span>
      )}
      <Value row={row} />
    </div>
  );
});

function Value({ row }: { row: Row }) {
  const { value, state } = row;
  if (value.kind === "object" || value.kind === "array") {
    const count = insideOf(value).length;
    const [begin, end] = value.kind === "array" ? "[]" : "{}";
    return (
      <span className="json-tree-inside">
        {state === "closed" ? preview(value) : `${begin}${count > 0 ? count : ""}${end}`}
        {state === "closed" && value.kind === "array" && <span className="json-tree-items">{words.items(count)}</span>}
      </span>
    );
  }
  const text = valueText(value);
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return (
    <span className={`json-tree-value json-tree-${value.kind}`}>
      {value.kind === "string" ? JSON.stringify(cut) : cut}
    </span>
  );
}
