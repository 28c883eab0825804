/**
 * Walks through what was typed before, as shells do. The text that stood there at
 * first is kept and comes back at the end of the walk.
 */
export class Recall {
  private texts: readonly string[] | undefined;
  private at = -1;
  private draft = "";

  /** Load returns the earlier texts, newest first. */
  constructor(private readonly load: () => Promise<readonly string[]>) {}

  /** Returns the text before, or undefined where there is none. */
  async older(present: string): Promise<string | undefined> {
    if (this.texts === undefined || this.at < 0) {
      this.texts = distinct(await this.load());
      this.draft = present;
    }
    let next = this.at + 1;
    // What stands there already is no step back.
    if (this.at < 0 && this.texts[next] === present) next++;
    if (next >= this.texts.length) return undefined;
    this.at = next;
    return this.texts[next];
  }

  /** Returns the text after, at last the one that was being typed; undefined where there is none. */
  newer(): string | undefined {
    if (this.at < 0) return undefined;
    this.at--;
    return this.at < 0 ? this.draft : this.texts?.[this.at];
  }

  /** Begins anew, because something was typed or invoked. */
  reset(): void {
    this.at = -1;
    this.texts = undefined;
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map((t) => t.trim()))].filter((t) => t !== "");
}
