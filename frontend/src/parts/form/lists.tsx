import { Plus, X } from "lucide-react";
import { useId, useLayoutEffect, useRef, useState } from "react";
import { Group } from "react-aria-components";
import { shallowEqual } from "../../base/store";
import { words } from "../../base/words/form";
import { isRecord } from "../../model/formvalues";
import { Button, IconButton } from "../button";
import type { KindProps } from "./fields";

/** A list of texts, one in a row. Enter adds a row, Backspace in an empty one takes it away. */
export function TextsField(props: KindProps) {
  const { field: f, path, value, disabled } = props;
  const given = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
  const { rows, change, add, drop, place } = useRows<string>(
    given,
    (r) => r.filter((x) => x.trim() !== ""),
    (r) => props.onChange(r.length === 0 ? undefined : r),
    shallowEqual,
  );
  return (
    <ListFrame {...props} onAdd={() => add("")}>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity than their place
        <div key={i} className="form-list-row" ref={place(i)}>
          <input
            className="field-input mono"
            aria-label={words.entry(f.title, i + 1)}
            value={row}
            disabled={disabled}
            spellCheck={false}
            onChange={(e) => change(i, e.target.value)}
            onBlur={props.onBlur}
            onKeyDown={(e) => {
              if (e.key === "Enter") add("", i + 1);
              else if (e.key === "Backspace" && row === "") drop(i);
              else return;
              e.preventDefault();
            }}
            data-testid={`field-${path}-${i}`}
          />
          <IconButton
            icon={X}
            label={words.remove(row || words.entry(f.title, i + 1))}
            onPress={() => drop(i)}
            isDisabled={disabled}
          />
        </div>
      ))}
    </ListFrame>
  );
}

type Pair = readonly [string, string];

/** Names with texts, one pair in a row. */
export function MapField(props: KindProps) {
  const { field: f, path, value, disabled } = props;
  const given: Pair[] = isRecord(value) ? Object.entries(value).map(([k, v]) => [k, String(v ?? "")]) : [];
  const { rows, change, add, drop, place } = useRows<Pair>(
    given,
    (r) => Object.entries(Object.fromEntries(r.filter(([k]) => k.trim() !== ""))),
    (r) => props.onChange(r.length === 0 ? undefined : Object.fromEntries(r)),
    (a, b) => a.length === b.length && a.every((x, i) => shallowEqual(x, b[i])),
  );
  const twice = rows.find(([k], i) => k !== "" && rows.findIndex(([o]) => o === k) < i)?.[0];
  const nameless = rows.some(([k, v]) => k.trim() === "" && v !== "");
  const problem = props.problem || (twice ? words.twice(twice) : nameless ? words.noKey : "");
  const keys = (i: number, empty: boolean) => (e: React.KeyboardEvent) => {
    if (e.key === "Enter") add(["", ""], i + 1);
    else if (e.key === "Backspace" && empty) drop(i);
    else return;
    e.preventDefault();
  };
  return (
    <ListFrame {...props} problem={problem} onAdd={() => add(["", ""])}>
      {rows.map(([k, v], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity than their place
        <div key={i} className="form-list-row form-list-pair" ref={place(i)}>
          <input
            className="field-input mono"
            aria-label={words.keyOf(f.title, i + 1)}
            placeholder={words.key}
            value={k}
            disabled={disabled}
            spellCheck={false}
            onChange={(e) => change(i, [e.target.value, v])}
            onBlur={props.onBlur}
            onKeyDown={keys(i, k === "" && v === "")}
            data-testid={`field-${path}-${i}-key`}
          />
          <input
            className="field-input mono"
            aria-label={words.valueOf(f.title, i + 1)}
            placeholder={words.value}
            value={v}
            disabled={disabled}
            spellCheck={false}
            onChange={(e) => change(i, [k, e.target.value])}
            onBlur={props.onBlur}
            onKeyDown={keys(i, false)}
            data-testid={`field-${path}-${i}-value`}
          />
          <IconButton
            icon={X}
            label={words.remove(k || words.keyOf(f.title, i + 1))}
            onPress={() => drop(i)}
            isDisabled={disabled}
          />
        </div>
      ))}
    </ListFrame>
  );
}

/** The rows as they are typed, which may be more than what they say: an empty one says nothing. */
function useRows<T>(
  given: readonly T[],
  clean: (rows: readonly T[]) => T[],
  tell: (said: T[]) => void,
  same: (a: readonly T[], b: readonly T[]) => boolean,
) {
  const [rows, setRows] = useState<readonly T[]>(given);
  const places = useRef(new Map<number, HTMLElement>());
  const focus = useRef<number | null>(null);
  // Somebody else changed the value: the file, or the text beside the form.
  const shown = same(clean(rows), clean(given)) ? rows : given;
  const put = (next: readonly T[]) => {
    setRows(next);
    const said = clean(next);
    if (!same(said, clean(given))) tell(said);
  };
  useLayoutEffect(() => {
    if (focus.current === null) return;
    places.current.get(focus.current)?.querySelector("input")?.focus();
    focus.current = null;
  });
  return {
    rows: shown,
    change: (i: number, row: T) => put(shown.map((r, n) => (n === i ? row : r))),
    add: (row: T, at = shown.length) => {
      focus.current = at;
      put([...shown.slice(0, at), row, ...shown.slice(at)]);
    },
    drop: (i: number) => {
      focus.current = Math.max(0, i - 1);
      put(shown.filter((_, n) => n !== i));
    },
    place: (i: number) => (el: HTMLElement | null) => {
      if (el) places.current.set(i, el);
      else places.current.delete(i);
    },
  };
}

function ListFrame(props: KindProps & { onAdd: () => void; children: React.ReactNode }) {
  const { field: f } = props;
  const id = useId();
  return (
    <Group className="field form-row form-list" aria-labelledby={id}>
      <span className="field-label" id={id}>
        {f.title}
        {f.need ? <span className="field-required">*</span> : null}
      </span>
      <div className="form-list-rows">
        {props.children}
        <Button
          look="quiet"
          small
          icon={Plus}
          isDisabled={props.disabled}
          aria-label={words.addTo(f.title)}
          onPress={props.onAdd}
          data-testid={`field-${props.path}-add`}
        >
          {words.add}
        </Button>
      </div>
      {props.problem ? (
        <p className="field-problem">{props.problem}</p>
      ) : props.help ? (
        <p className="field-help">{props.help}</p>
      ) : null}
    </Group>
  );
}
