import { ChevronDown, X } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { baseName, dirName } from "../../base/format";
import { useStore } from "../../base/store";
import { words as history } from "../../base/words/localhistory";
import { words } from "../../base/words/workbench";
import type { App } from "../../model/app";
import { type Tab, tabTitle } from "../../model/tabs";
import { IconButton } from "../../parts/button";
import { ContextMenu, Menu, type MenuGroup, useContextMenu } from "../../parts/menu";
import { useApp } from "../../parts/useapp";
import { tabView } from "./tabviews";
import "./editortabs.css";

/** The id of the element that shows a tab. */
export const tabPanelId = "editor-panel";

/** The tabs of the open editors: click, middle click, drag, arrow keys, and a menu. */
export function EditorTabs() {
  const app = useApp();
  const { list, active } = useStore(app.tabs.state);
  useStore(app.documents.version);
  useStore(app.project.kinds);
  const menu = useContextMenu<Tab>();
  const [over, setOver] = useState<string | null>(null); // the tab before which a dragged one would land
  const strip = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the active tab is made seen when it changes
  useEffect(() => {
    strip.current
      ?.querySelector("[aria-selected=true]")
      ?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);

  const drop = (e: DragEvent, before: string) => {
    e.preventDefault();
    setOver(null);
    app.tabs.move(e.dataTransfer.getData("text/mortise-tab"), before);
  };
  const drag = {
    over: (e: DragEvent, before: string) => {
      if (!e.dataTransfer.types.includes("text/mortise-tab")) return;
      e.preventDefault();
      setOver(before);
    },
    drop,
  };
  if (list.length === 0) return null;
  return (
    <div className="editor-tabs">
      <div
        ref={strip}
        className="editor-tabs-strip"
        role="tablist"
        aria-label={words.tabs.list}
        tabIndex={-1}
        onKeyDown={(e) => moveFocus(e, app)}
        onWheel={(e) => {
          if (strip.current && e.deltaX === 0) strip.current.scrollLeft += e.deltaY;
        }}
        onDragOver={(e) => drag.over(e, "")}
        onDrop={(e) => drag.drop(e, "")}
        onDragLeave={() => setOver(null)}
      >
        {list.map((tab) => (
          <OneTab
            key={tab.id}
            tab={tab}
            active={tab.id === active}
            over={over === tab.id}
            folder={folderOf(tab, list)}
            onMenu={(x, y) => menu.openAt(tab, x, y)}
            onDragOver={(e) => {
              e.stopPropagation();
              drag.over(e, tab.id);
            }}
            onDrop={(e) => {
              e.stopPropagation();
              drag.drop(e, tab.id);
            }}
          />
        ))}
      </div>
      <Menu
        label={words.tabs.more}
        placement="bottom end"
        groups={[{ entries: list.map((t) => lineOf(app, t, active)) }]}
      >
        <IconButton icon={ChevronDown} label={words.tabs.more} />
      </Menu>
      <ContextMenu label={words.tabs.list} target={menu.target} groups={(t) => tabMenu(app, t)} onClose={menu.close} />
    </div>
  );
}

function OneTab(props: {
  tab: Tab;
  active: boolean;
  over: boolean;
  /** Tells it from others of the same name. */
  folder: string;
  onMenu: (x: number, y: number) => void;
  onDragOver: (e: DragEvent) => void;
  onDrop: (e: DragEvent) => void;
}) {
  const app = useApp();
  const { tab, active } = props;
  const view = tabView(app, tab.content);
  const Icon = view.icon;
  const doc = app.documentOf(tab.content);
  const dirty = doc?.state.value.dirty ?? false;
  const gone = doc?.state.value.gone ?? false;
  const look = [
    "editor-tab",
    active ? "editor-tab-active" : "",
    tab.preview ? "editor-tab-preview" : "",
    dirty ? "editor-tab-dirty" : "",
    gone ? "editor-tab-gone" : "",
    props.over ? "editor-tab-over" : "",
  ];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is moved, closed and asked for its menu by keys as well
    <div
      className={look.join(" ")}
      role="presentation"
      draggable
      title={tab.content.kind === "file" ? tab.content.name : undefined}
      onDragStart={(e) => e.dataTransfer.setData("text/mortise-tab", tab.id)}
      onDragOver={props.onDragOver}
      onDrop={props.onDrop}
      onMouseDown={(e) => {
        if (e.button === 1) e.preventDefault(); // no scrolling by the middle button
      }}
      onAuxClick={(e) => {
        if (e.button === 1) void app.tabs.close(tab.id);
      }}
      onContextMenu={(e) => {
        e.preventDefault();
        props.onMenu(e.clientX, e.clientY);
      }}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the strip takes the keys of all tabs */}
      <div
        className="editor-tab-name"
        role="tab"
        id={`tab-${tab.id}`}
        aria-selected={active}
        aria-controls={active ? tabPanelId : undefined}
        aria-label={dirty ? `${view.title}, ${words.tabs.unsaved}` : view.title}
        tabIndex={active ? 0 : -1}
        data-testid={`tab-${tab.content.kind === "file" ? tab.content.name : view.title}`}
        onClick={() => {
          app.tabs.show(tab.id);
          doc?.handle?.focus();
        }}
        onDoubleClick={() => app.tabs.pin(tab.id)}
      >
        <Icon className={`editor-tab-icon ${view.iconClass ?? ""}`} aria-hidden />
        <span>{view.title}</span>
        {props.folder === "" ? null : <span className="editor-tab-folder">{props.folder}</span>}
      </div>
      {/* Keys close a tab as well: those that cannot see it are not told of a second button in each. */}
      <button
        type="button"
        className="editor-tab-close"
        aria-hidden="true"
        tabIndex={-1}
        title={words.tabs.close}
        data-testid={`tab-close-${tab.content.kind === "file" ? tab.content.name : view.title}`}
        onClick={() => void app.tabs.close(tab.id)}
      >
        <span className="editor-tab-dot" />
        <X aria-hidden />
      </button>
    </div>
  );
}

/** The folder of a file of which another one with the same name is open; "" otherwise. */
function folderOf(tab: Tab, all: readonly Tab[]): string {
  const { content } = tab;
  if (content.kind !== "file") return "";
  const title = tabTitle(content);
  const twin = all.some((t) => t.id !== tab.id && t.content.kind === "file" && tabTitle(t.content) === title);
  return twin ? baseName(dirName(content.name)) : "";
}

function moveFocus(e: KeyboardEvent<HTMLDivElement>, app: App): void {
  if (!(e.target instanceof HTMLElement) || e.target.role !== "tab") return;
  const { active } = app.tabs.state.value;
  switch (e.key) {
    case "ArrowLeft":
      app.tabs.step(-1);
      break;
    case "ArrowRight":
      app.tabs.step(1);
      break;
    case "Delete":
      void app.tabs.close(active);
      break;
    case "Enter":
    case " ":
      app.tabs.pin(active);
      focusActive(app);
      break;
    default:
      return;
  }
  e.preventDefault();
  const strip = e.currentTarget;
  if (e.key.startsWith("Arrow"))
    requestAnimationFrame(() => strip.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
}

function focusActive(app: App): void {
  const c = app.tabs.active?.content;
  if (c?.kind === "file") app.documents.get(c.name)?.handle?.focus();
}

function lineOf(app: App, t: Tab, active: string) {
  const view = tabView(app, t.content);
  return { id: t.id, title: view.title, icon: view.icon, checked: t.id === active, run: () => app.tabs.show(t.id) };
}

function tabMenu(app: App, tab: Tab): MenuGroup[] {
  const { tabs } = app;
  const close = (ids: string[]) => void tabs.close(...ids);
  const all = tabs.state.value.list;
  const saved = all.filter((t) => !app.documentOf(t.content)?.state.value.dirty).map((t) => t.id);
  const name = tab.content.kind === "file" ? tab.content.name : undefined;
  return [
    {
      entries: [
        { id: "close", title: words.tabs.close, keys: app.actions.keysOf("tab.close")[0], run: () => close([tab.id]) },
        {
          id: "others",
          title: words.tabs.closeOthers,
          disabled: all.length < 2,
          run: () => close(tabs.others(tab.id)),
        },
        {
          id: "right",
          title: words.tabs.closeRight,
          disabled: tabs.right(tab.id).length === 0,
          run: () => close(tabs.right(tab.id)),
        },
        { id: "saved", title: words.tabs.closeSaved, disabled: saved.length === 0, run: () => close(saved) },
        { id: "all", title: words.tabs.closeAll, run: () => close(all.map((t) => t.id)) },
      ],
    },
    { entries: tab.preview ? [{ id: "keep", title: words.tabs.keepOpen, run: () => tabs.pin(tab.id) }] : [] },
    {
      entries:
        name === undefined
          ? []
          : [
              {
                id: "copy",
                title: words.tabs.copyPath,
                run: () => void navigator.clipboard.writeText(name).catch(app.notes.fail),
              },
              { id: "history", title: history.menu, run: () => app.actions.run(`history.of:${name}`) },
              { id: "reveal", title: words.tabs.reveal, run: () => app.actions.run(`explorer.reveal:${name}`) },
            ],
    },
  ];
}
