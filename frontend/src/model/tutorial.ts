import type { Client } from "../api/client";
import type { Tutorial as Checklist, TutorialStep } from "../api/generated";
import { Store } from "../base/store";
import type { ProjectModel } from "./project";

/** A piece of a line of text. */
export interface Span {
  text: string;
  code: boolean;
}

/** A piece of what a step says: a paragraph, a value to be typed somewhere, or a text to be copied. */
export type Block =
  | { kind: "text"; spans: Span[] }
  | { kind: "value"; label: string; value: string }
  | { kind: "code"; language: string; text: string };

/** The checklist of the tutorial and which of its steps is looked at. */
export class TutorialModel {
  /** The id of the step that is unfolded; "" is none. */
  readonly unfolded = new Store("");
  private next = "";

  constructor(
    private readonly client: Client,
    private readonly project: ProjectModel,
  ) {
    project.tutorial.subscribe(() => this.follow());
  }

  get steps(): readonly TutorialStep[] {
    return this.project.tutorial.value.steps;
  }

  /** Whether there is a checklist to be shown. */
  get shown(): boolean {
    return this.steps.length > 0;
  }

  toggle(id: string): void {
    this.unfolded.update((now) => (now === id ? "" : id));
  }

  async hide(hidden: boolean): Promise<void> {
    await this.client.call("tutorial.hide", { hidden });
  }

  /** Unfolds the step that comes next whenever another one does. */
  private follow(): void {
    const { next = "" } = this.project.tutorial.value;
    if (next === this.next) return;
    this.next = next;
    this.unfolded.set(next);
  }
}

/** How many steps are done. */
export function progressOf(list: Checklist): { done: number; all: number } {
  return { done: list.steps.filter((s) => s.done).length, all: list.steps.length };
}

/** Takes the plain Markdown of a step apart: paragraphs, `code` and fenced code. */
export function readSteps(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const fence = /^```(\w*)\s*$/.exec(line);
    if (fence) {
      const end = lines.findIndex((l, n) => n > i && /^```\s*$/.test(l));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: "code", language: fence[1] ?? "", text: lines.slice(i + 1, stop).join("\n") });
      i = stop;
    } else if (line.trim() !== "") {
      const start = i;
      while (i + 1 < lines.length && lines[i + 1]?.trim() !== "" && !lines[i + 1]?.startsWith("```")) i++;
      blocks.push(paragraph(lines.slice(start, i + 1).join(" ")));
    }
  }
  return blocks;
}

function paragraph(text: string): Block {
  const value = /^([^:`]{1,40}): `([^`]+)`$/.exec(text.trim());
  if (value) return { kind: "value", label: value[1] ?? "", value: value[2] ?? "" };
  const spans = text.split(/(`[^`]+`)/).filter((t) => t !== "");
  return {
    kind: "text",
    spans: spans.map((t) =>
      t.length > 2 && t.startsWith("`") ? { text: t.slice(1, -1), code: true } : { text: t, code: false },
    ),
  };
}
