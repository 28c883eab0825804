import type { LucideIcon } from "lucide-react";
import type { ReactElement } from "react";
import { useRef, useState } from "react";
import {
  Menu as AriaMenu,
  Header,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";
import { Kbd } from "./kbd";
import "./menu.css";

/** One line of a menu. */
export interface MenuEntry {
  id: string;
  title: string;
  icon?: LucideIcon;
  /** A chord, shown at its right. */
  keys?: string | undefined;
  /** A second, quieter text. */
  about?: string;
  danger?: boolean;
  disabled?: boolean;
  /** It has a mark in front: true is set. */
  checked?: boolean;
  run: () => void;
  "data-testid"?: string;
}

/** Lines that belong together; a line is drawn between two groups. */
export interface MenuGroup {
  title?: string;
  entries: readonly MenuEntry[];
}

/** A menu that a button opens; the first child of it is the button. */
export function Menu(props: {
  label: string;
  groups: readonly MenuGroup[];
  children: ReactElement;
  placement?: "bottom start" | "bottom end" | "top start" | "top end" | "right top";
}) {
  return (
    <MenuTrigger>
      {props.children}
      <Popover className="menu-popover" placement={props.placement ?? "bottom start"} offset={4}>
        <MenuBody label={props.label} groups={props.groups} />
      </Popover>
    </MenuTrigger>
  );
}

/** Where a context menu is open, and for what. */
export interface ContextTarget<T> {
  item: T;
  x: number;
  y: number;
}

/** The state of a context menu: open shows it at a mouse event or below an element. */
export function useContextMenu<T>(): {
  target: ContextTarget<T> | null;
  openAt: (item: T, x: number, y: number) => void;
  close: () => void;
} {
  const [target, setTarget] = useState<ContextTarget<T> | null>(null);
  return {
    target,
    openAt: (item, x, y) => setTarget({ item, x, y }),
    close: () => setTarget(null),
  };
}

/** A menu at a place of the screen; it is there while target is. */
export function ContextMenu<T>(props: {
  label: string;
  target: ContextTarget<T> | null;
  groups: (item: T) => readonly MenuGroup[];
  onClose: () => void;
}) {
  const anchor = useRef<HTMLSpanElement>(null);
  const { target } = props;
  if (!target) return null;
  return (
    <>
      <span ref={anchor} className="menu-anchor" style={{ left: target.x, top: target.y }} />
      <Popover
        className="menu-popover"
        triggerRef={anchor}
        isOpen
        onOpenChange={(open) => {
          if (!open) props.onClose();
        }}
        placement="bottom start"
        offset={0}
      >
        <MenuBody label={props.label} groups={props.groups(target.item)} onDone={props.onClose} />
      </Popover>
    </>
  );
}

function MenuBody(props: { label: string; groups: readonly MenuGroup[]; onDone?: () => void }) {
  const groups = props.groups.filter((g) => g.entries.length > 0);
  const run = (key: string | number) => {
    props.onDone?.();
    groups
      .flatMap((g) => g.entries)
      .find((e) => e.id === key)
      ?.run();
  };
  return (
    <AriaMenu
      className="menu"
      aria-label={props.label}
      autoFocus="first"
      onAction={run}
      disabledKeys={groups.flatMap((g) => g.entries.filter((e) => e.disabled).map((e) => e.id))}
    >
      {groups.flatMap((g, i) => [
        ...(i > 0 ? [<Separator key={`line-${g.entries[0]?.id}`} className="menu-line" />] : []),
        <MenuSection key={g.entries[0]?.id} aria-label={g.title ?? props.label}>
          {g.title ? <Header className="menu-title">{g.title}</Header> : null}
          {g.entries.map((e) => (
            <MenuLine key={e.id} entry={e} />
          ))}
        </MenuSection>,
      ])}
    </AriaMenu>
  );
}

function MenuLine({ entry: e }: { entry: MenuEntry }) {
  const Icon = e.icon;
  return (
    <MenuItem
      id={e.id}
      className={`menu-item ${e.danger ? "menu-danger" : ""}`}
      textValue={e.title}
      data-testid={e["data-testid"]}
    >
      <span className="menu-mark" aria-hidden>
        {e.checked ? "✓" : Icon ? <Icon className="menu-icon" /> : null}
      </span>
      <span className="menu-text">
        {e.title}
        {e.checked ? <span className="visually-hidden"> ✓</span> : null}
        {e.about ? <span className="menu-about">{e.about}</span> : null}
      </span>
      {e.keys ? <Kbd keys={e.keys} /> : null}
    </MenuItem>
  );
}
