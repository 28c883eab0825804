import { CornerDownRight, SquareTerminal, Zap } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useStore } from "../../base/store";
import { words } from "../../base/words/palette";
import { type PaletteItem, paletteItems } from "../../model/palette";
import { Kbd } from "../../parts/kbd";
import { useApp } from "../../parts/useapp";
import { fileIcon, kindIcon } from "../workbench/icons";
import "./palette.css";

/** Commands, files, services, objects and lines, by typing a part of their name. */
export function Palette() {
  const app = useApp();
  const start = useStore(app.palette);
  return (
    <ModalOverlay
      className="palette-overlay"
      isOpen={start !== null}
      isDismissable
      onOpenChange={(open) => {
        if (!open) app.palette.set(null);
      }}
    >
      <Modal className="palette-modal">
        <Dialog className="palette" aria-label={words.label} data-testid="palette">
          <PaletteBody key={start} start={start ?? ""} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function PaletteBody({ start }: { start: string }) {
  const app = useApp();
  const [text, setText] = useState(start);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const items = useMemo(() => paletteItems(app, text), [app, text]);
  const current = items[Math.min(at, items.length - 1)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen line is made seen when it changes
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, items]);

  const run = (item: PaletteItem | undefined) => {
    if (!item) return;
    app.palette.set(null);
    // The dialog gives the focus back first; what runs may then take it.
    requestAnimationFrame(() => item.run());
  };
  const key = (e: KeyboardEvent) => {
    const last = items.length - 1;
    switch (e.key) {
      case "ArrowDown":
        setAt(at >= last ? 0 : at + 1);
        break;
      case "ArrowUp":
        setAt(at <= 0 ? last : at - 1);
        break;
      case "PageDown":
        setAt(Math.min(last, at + 10));
        break;
      case "PageUp":
        setAt(Math.max(0, at - 10));
        break;
      case "Enter":
        run(current);
        break;
      default:
        return;
    }
    e.preventDefault();
  };
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: whoever opens the palette wants to type
        autoFocus
        className="palette-input"
        role="combobox"
        aria-label={words.label}
        aria-expanded={items.length > 0}
        aria-controls="palette-list"
        aria-activedescendant={current ? `palette-${items.indexOf(current)}` : undefined}
        aria-autocomplete="list"
        placeholder={words.placeholder}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setAt(0);
        }}
        onKeyDown={key}
        data-testid="palette-input"
      />
      <div ref={list} className="palette-list" id="palette-list" role="listbox" aria-label={words.label}>
        {items.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
          <div
            key={item.id}
            id={`palette-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={item === current}
            className="palette-item"
            onPointerMove={() => i !== at && setAt(i)}
            onClick={() => run(item)}
            data-testid={`palette-item-${item.title}`}
          >
            <Line item={item} />
          </div>
        ))}
      </div>
      {items.length === 0 ? <p className="palette-none">{text.startsWith(":") ? words.typeLine : words.none}</p> : null}
    </>
  );
}

function Line({ item }: { item: PaletteItem }) {
  const { icon: Icon, iconClass } = iconOf(item);
  return (
    <>
      <Icon className={`tree-icon ${iconClass ?? ""}`} aria-hidden />
      <span className="palette-title">
        {item.kind === "line" ? words.line(item.title) : <Marked text={item.title} marks={item.marks} />}
      </span>
      <span className="palette-about">{item.about}</span>
      {item.keys ? <Kbd keys={item.keys} /> : null}
    </>
  );
}

function iconOf(item: PaletteItem): { icon: typeof Zap; iconClass?: string } {
  switch (item.kind) {
    case "action":
      return { icon: SquareTerminal };
    case "service":
      return { icon: Zap, iconClass: "icon-go" };
    case "object":
      return { icon: kindIcon(item.about.toLowerCase()) };
    case "line":
    case "symbol":
      return { icon: CornerDownRight };
    default:
      return fileIcon(item.title);
  }
}

/** A text with some of its characters standing out. */
function Marked({ text, marks }: { text: string; marks: readonly number[] }) {
  const on = new Set(marks);
  const parts: { text: string; mark: boolean; at: number }[] = [];
  for (let i = 0; i < text.length; i++) {
    const mark = on.has(i);
    const last = parts[parts.length - 1];
    if (last && last.mark === mark) last.text += text[i];
    else parts.push({ text: text[i] ?? "", mark, at: i });
  }
  return parts.map((p) => (p.mark ? <mark key={p.at}>{p.text}</mark> : <span key={p.at}>{p.text}</span>));
}
