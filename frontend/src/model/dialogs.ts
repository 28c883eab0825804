import { Store } from "../base/store";

/** A question with buttons. */
export interface Question {
  kind: "question";
  title: string;
  text?: string;
  /** Buttons from the safest to the one that Enter means, which is the last. */
  choices: readonly { id: string; title: string; danger?: boolean }[];
  answer: (id: string | null) => void;
}

/** A question for one line of text. */
export interface Prompt {
  kind: "prompt";
  title: string;
  label: string;
  help?: string;
  placeholder?: string;
  value: string;
  /** How much of the value is selected at first. */
  select?: [number, number];
  confirm: string;
  /** What is wrong with a value; "" where nothing is. */
  check?: (value: string) => string;
  /** Does what was asked for; what it throws is shown and the dialog stays. */
  done: (value: string) => Promise<void>;
  answer: (ok: boolean) => void;
}

export type Ask = Question | Prompt;

/** The questions that wait for the person, one after the other. */
export class Dialogs {
  readonly open = new Store<readonly Ask[]>([]);

  /** Asks, and returns the id of the choice; null where the person closed the dialog. */
  ask(question: Omit<Question, "kind" | "answer">): Promise<string | null> {
    return new Promise((resolve) => {
      const ask: Ask = {
        ...question,
        kind: "question",
        answer: (id) => {
          this.drop(ask);
          resolve(id);
        },
      };
      this.open.update((all) => [...all, ask]);
    });
  }

  /** Asks for a text until done took it, and returns whether it did. */
  prompt(prompt: Omit<Prompt, "kind" | "answer">): Promise<boolean> {
    return new Promise((resolve) => {
      const ask: Ask = {
        ...prompt,
        kind: "prompt",
        answer: (ok) => {
          this.drop(ask);
          resolve(ok);
        },
      };
      this.open.update((all) => [...all, ask]);
    });
  }

  private drop(ask: Ask): void {
    this.open.update((all) => all.filter((a) => a !== ask));
  }
}
