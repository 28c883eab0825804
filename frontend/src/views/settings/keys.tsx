import { RotateCcw } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { parseChord, showChord } from "../../base/keys";
import { useStore } from "../../base/store";
import { words } from "../../base/words/settings";
import type { Action } from "../../model/actions";
import { IconButton } from "../../parts/button";
import { useApp } from "../../parts/useapp";

/** Every action with its keys, which are changed by pressing others. */
export function KeysTable({ search }: { search: string }) {
  const app = useApp();
  useStore(app.actions.version);
  const own = useStore(app.settings.now, (s) => s.keys);
  const list = app.actions
    .bindable()
    .filter((a) => `${a.group} ${a.title} ${app.actions.keysOf(a.id).join(" ")}`.toLowerCase().includes(search))
    .sort((a, b) => a.group.localeCompare(b.group, "en") || a.title.localeCompare(b.title, "en"));
  if (list.length === 0) return null;
  const bind = (id: string, keys: string | null) => {
    const { [id]: _, ...rest } = own;
    const next = keys === null ? rest : { ...rest, [id]: keys };
    app.actions.bind(next);
    app.settings.write({ keys: next }).catch(app.notes.fail);
  };
  return (
    <section className="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">{words.keys}</h2>
      <p className="muted">{words.keysAbout}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.action}</th>
            <th scope="col">{words.key}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((a) => (
            <tr key={a.id}>
              <td>
                <span className="muted">{a.group}: </span>
                {a.title}
              </td>
              <td>
                <div className="keys-cell">
                  <KeyField
                    action={a}
                    twin={twinOf(a, list, (id) => app.actions.keysOf(id))}
                    onBind={(k) => bind(a.id, k)}
                  />
                  {own[a.id] === undefined ? null : (
                    <IconButton icon={RotateCcw} label={words.reset} onPress={() => bind(a.id, null)} />
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Another action that has the same first keys. */
function twinOf(a: Action, all: readonly Action[], keysOf: (id: string) => readonly string[]): Action | undefined {
  const [first] = keysOf(a.id);
  return first === undefined ? undefined : all.find((b) => b.id !== a.id && keysOf(b.id).includes(first));
}

function KeyField({
  action,
  twin,
  onBind,
}: {
  action: Action;
  twin: Action | undefined;
  onBind: (keys: string) => void;
}) {
  const app = useApp();
  const [waiting, wait] = useState(false);
  const [first] = app.actions.keysOf(action.id);
  const press = (e: KeyboardEvent) => {
    if (!waiting) return;
    e.preventDefault();
    e.stopPropagation();
    if (e.key === "Escape" || e.key === "Tab") wait(false);
    else if (e.key === "Backspace" || e.key === "Delete") {
      wait(false);
      onBind("");
    } else {
      const chord = chordOf(e, app.mac);
      if (chord === null) return;
      wait(false);
      onBind(chord);
    }
  };
  return (
    <>
      <button
        type="button"
        className={`keys-field ${waiting ? "keys-waiting" : ""}`}
        aria-label={words.keyOf(action.title)}
        onClick={() => wait(true)}
        onBlur={() => wait(false)}
        onKeyDown={press}
        data-keys-field
      >
        {waiting ? (
          words.press
        ) : first === undefined ? (
          <span className="muted">{words.none}</span>
        ) : (
          showChord(first, app.mac)
        )}
      </button>
      {twin ? <span className="keys-twin">{words.usedBy(twin.title)}</span> : null}
    </>
  );
}

/** The chord of a press; null for one of modifiers alone, or of a letter without any. */
function chordOf(e: KeyboardEvent, mac: boolean): string | null {
  if (["Control", "Shift", "Alt", "Meta"].includes(e.key)) return null;
  const parts = [
    (mac ? e.metaKey : e.ctrlKey) ? "Mod" : "",
    mac && e.ctrlKey ? "Ctrl" : "",
    e.altKey ? "Alt" : "",
    e.shiftKey ? "Shift" : "",
  ].filter(Boolean);
  const key = e.key === " " ? "Space" : e.key === "+" ? "Plus" : e.key.length === 1 ? e.key.toUpperCase() : e.key;
  const bare = parts.length === 0 || (parts.length === 1 && parts[0] === "Shift");
  if (bare && !/^F\d+$/.test(key)) return null;
  const text = [...parts, key].join("+");
  return parseChord(text) ? text : null;
}
