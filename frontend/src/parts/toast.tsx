import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "../base/store";
import { words } from "../base/words/common";
import type { Note } from "../model/notes";
import { Button, IconButton } from "./button";
import { useApp } from "./useapp";
import "./toast.css";

const icons = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

/** How long a message stays, in milliseconds; those that say what went wrong stay until they are dismissed. */
const stays = { info: 8_000, good: 3_500, warn: 12_000, bad: 0 };

/** The messages in the corner. */
export function Toasts() {
  const { notes } = useApp();
  const list = useStore(notes.list);
  return (
    <section className="toasts" aria-live="polite" data-testid="notes">
      {list.map((n) => (
        <Toast key={n.id} note={n} onDone={() => notes.dismiss(n.id)} />
      ))}
    </section>
  );
}

function Toast({ note, onDone }: { note: Note; onDone: () => void }) {
  const [held, hold] = useState(false); // while it is pointed at it stays
  const Icon = icons[note.kind];
  const wait = note.action && note.kind === "info" ? 15_000 : stays[note.kind];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time begins anew only when it is let go
  useEffect(() => {
    if (held || wait === 0) return;
    const timer = setTimeout(onDone, wait);
    return () => clearTimeout(timer);
  }, [held, wait]);
  return (
    <div
      className={`toast toast-${note.kind}`}
      role={note.kind === "bad" ? "alert" : undefined}
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
    >
      <Icon className="toast-icon" aria-hidden />
      <div className="toast-words">
        <p>{note.text}</p>
        {note.hint ? <p className="toast-hint">{note.hint}</p> : null}
        {note.action ? (
          <Button
            small
            onPress={() => {
              note.action?.run();
              onDone();
            }}
          >
            {note.action.title}
          </Button>
        ) : null}
      </div>
      <IconButton icon={X} label={words.dismiss} onPress={onDone} />
    </div>
  );
}
