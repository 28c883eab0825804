import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import "./pick.css";

interface PickProps<T> {
  /** The name of the list. */
  label: string;
  placeholder: string;
  query: string;
  onQuery: (query: string) => void;
  items: readonly T[];
  idOf: (item: T) => string;
  row: (item: T) => ReactNode;
  /** Enter and click. */
  onPick: (item: T) => void;
  /** Tab, where it means something else. */
  onTab?: (item: T) => void;
  onClose: () => void;
  /** What to say where nothing is listed. */
  empty: ReactNode;
  /** What the keys do. */
  foot?: ReactNode;
  "data-testid": string;
}

/** A list above the page that is narrowed by typing: the keys stay in the field, the arrows move the choice. */
export function Pick<T>(props: PickProps<T>) {
  return (
    <ModalOverlay
      className="pick-overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Modal className="pick-modal">
        <Dialog className="pick" aria-label={props.label} data-testid={props["data-testid"]}>
          <PickBody {...props} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function PickBody<T>(props: PickProps<T>) {
  const { items, onPick, onTab } = props;
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const current = Math.min(at, items.length - 1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins at its first match
  useEffect(() => setAt(0), [props.query]);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const onKeyDown = (e: KeyboardEvent) => {
    const item = items[current];
    const last = items.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: current >= last ? 0 : current + 1,
      ArrowUp: current <= 0 ? last : current - 1,
      PageDown: Math.min(last, current + 10),
      PageUp: Math.max(0, current - 10),
    };
    const step = steps[e.key];
    if (step !== undefined) setAt(Math.max(0, step));
    else if (e.key === "Enter" && item) onPick(item);
    else if (e.key === "Tab" && item && onTab && !e.shiftKey) onTab(item);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <>
      <input
        className="pick-input"
        // biome-ignore lint/a11y/noAutofocus: the overlay was asked for to type into it
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        aria-label={props.placeholder}
        placeholder={props.placeholder}
        spellCheck={false}
        value={props.query}
        onChange={(e) => props.onQuery(e.target.value)}
        onKeyDown={onKeyDown}
        data-testid={`${props["data-testid"]}-input`}
      />
      <div className="pick-list" id={id} role="listbox" aria-label={props.label} ref={list} tabIndex={-1}>
        {items.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
          <div
            key={props.idOf(item)}
            id={`${id}-${i}`}
            className="pick-row"
            role="option"
            aria-selected={i === current}
            tabIndex={-1}
            data-at={i}
            data-testid={`${props["data-testid"]}-row`}
            onMouseMove={() => setAt(i)}
            onClick={() => onPick(item)}
          >
            {props.row(item)}
          </div>
        ))}
        {items.length === 0 && <p className="pick-empty">{props.empty}</p>}
      </div>
      {props.foot && <p className="pick-foot">{props.foot}</p>}
    </>
  );
}
