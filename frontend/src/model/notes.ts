import { faultsOf, isAborted } from "../api/client";
import { Store } from "../base/store";

/** A quiet message in the corner. */
export interface Note {
  id: number;
  kind: "info" | "good" | "warn" | "bad";
  text: string;
  hint?: string;
  action?: { title: string; run: () => void };
}

/** The messages that are shown at present, the oldest first. Views let them go when they were seen. */
export class Notes {
  readonly list = new Store<readonly Note[]>([]);
  private next = 1;

  /** Shows a message and returns its number. The same words twice are shown once. */
  show(note: Omit<Note, "id">): number {
    const id = this.next++;
    this.list.update((all) =>
      [...all.filter((n) => n.text !== note.text || n.kind !== note.kind), { ...note, id }].slice(-5),
    );
    return id;
  }

  info(text: string, hint?: string): number {
    return this.show(hint ? { kind: "info", text, hint } : { kind: "info", text });
  }

  good(text: string): number {
    return this.show({ kind: "good", text });
  }

  /** Shows what went wrong; nothing where the person gave it up, or closed the project that was asked about. */
  readonly fail = (err: unknown): void => {
    if (isAborted(err)) return;
    for (const f of faultsOf(err)) {
      if (f.code === "studio.closed") continue;
      const text = [f.what, ...(f.details ?? []).map((d) => (d.path ? `${d.path}: ${d.what}` : d.what))].join("\n");
      this.show(f.hint ? { kind: "bad", text, hint: f.hint } : { kind: "bad", text });
    }
  };

  /** Takes back what offers to do something, because what that was about is not there any more. */
  withdraw(): void {
    this.list.update((all) => all.filter((n) => !n.action));
  }

  dismiss(id: number): void {
    this.list.update((all) => all.filter((n) => n.id !== id));
  }
}
