import type { Client } from "../api/client";
import type { LogBatch, LogLine } from "../api/generated";
import { Disposables } from "../base/dispose";
import { Store } from "../base/store";
import { type LogFilter, type Matcher, matcherOf, withTerm } from "./logfilter";
import { type Line, toLine } from "./loglines";

/** How many lines the page keeps. */
export const maxLines = 20_000;

/** How many lines beyond that may gather before the oldest go, so that they do not go one by one. */
const slack = 2_000;

/** What of the log is shown. */
export interface LogView {
  /** Those that pass the filter, oldest first. The array is replaced on each change. */
  shown: readonly Line[];
  /** All that are kept. */
  total: number;
  /** Lines that the page did not get because it was too slow. */
  lost: number;
  paused: boolean;
  /** How many lines wait for the end of the pause. */
  held: number;
  filter: LogFilter;
}

/** The log of the running project: what came before the page opened, and what comes. */
export class Log {
  readonly view = new Store<LogView>({
    shown: [],
    total: 0,
    lost: 0,
    paused: false,
    held: 0,
    filter: { level: "INFO", text: "" },
  });
  private lines: Line[] = [];
  private held: Line[] = [];
  private matcher: Matcher = matcherOf(this.view.value.filter);
  private next = 1;
  private reading: LogLine[] | undefined; // what comes while earlier lines are being read
  private dir: string | undefined;
  private readonly ends = new Disposables();

  constructor(private readonly client: Pick<Client, "call" | "on" | "watch" | "state">) {
    this.ends.add(client.on("log", (batch) => this.take(batch)));
    this.ends.add(client.watch("log"));
    this.ends.add(client.on("hello", (hello) => this.follow(hello.project?.dir ?? "")));
    this.ends.add(
      client.state.subscribe(() => {
        if (client.state.value === "open") void this.read();
      }),
    );
    void this.read();
  }

  /** Ends the subscription. */
  readonly dispose = (): void => this.ends.dispose();

  /** Shows other lines. */
  setFilter(part: Partial<LogFilter>): void {
    const filter = { ...this.view.value.filter, ...part };
    this.matcher = matcherOf(filter);
    this.view.patch({ filter, shown: this.lines.filter(this.matcher) });
  }

  /** Shows the lines of one correlation id only, of whatever level. */
  showCid(cid: string): void {
    this.setFilter({ level: "DEBUG", text: withTerm(this.view.value.filter.text, "cid", cid) });
  }

  /** Keeps lines back until it is called again, so that what is read stands still. */
  setPaused(paused: boolean): void {
    const { held } = this;
    this.view.patch({ paused, held: 0 });
    if (!paused) {
      this.held = [];
      this.append(held);
    }
  }

  /** Empties the page. The log on disk stays. */
  clear(): void {
    this.lines = [];
    this.held = [];
    this.view.patch({ shown: [], total: 0, lost: 0, held: 0 });
  }

  /** The log is that of the open project. */
  private follow(dir: string): void {
    if (dir === this.dir) return;
    const first = this.dir === undefined;
    this.dir = dir;
    if (first) return;
    this.clear();
    void this.read();
  }

  /** Reads what came before, at the start and after the connection was lost. */
  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = [];
    let past: LogLine[] = [];
    try {
      past = (await this.client.call("log.read", {})).lines ?? [];
    } catch {
      // Without a project there is no log yet; lines come by themselves when there is one.
    }
    const coming = this.reading;
    this.reading = undefined;
    // What came while the past was read may be in both.
    const read = new Set(past.map(keyOf));
    const known = new Set(this.lines.slice(-2 * slack).map(keyOf));
    this.add([...past.filter((l) => !known.has(keyOf(l))), ...coming.filter((l) => !read.has(keyOf(l)))]);
  }

  private take(batch: LogBatch): void {
    if (batch.lost) this.view.patch({ lost: this.view.value.lost + batch.lost });
    if (this.reading) this.reading.push(...(batch.lines ?? []));
    else this.add(batch.lines ?? []);
  }

  private add(lines: readonly LogLine[]): void {
    const fresh = lines.map((l) => toLine(l, this.next++));
    if (!this.view.value.paused) {
      this.append(fresh);
      return;
    }
    this.held.push(...fresh);
    this.held = this.held.slice(-maxLines);
    this.view.patch({ held: this.held.length });
  }

  private append(fresh: Line[]): void {
    if (fresh.length === 0) return;
    let shown = [...this.view.value.shown, ...fresh.filter(this.matcher)];
    this.lines.push(...fresh);
    if (this.lines.length > maxLines + slack) {
      this.lines = this.lines.slice(-maxLines);
      const first = this.lines[0]?.id ?? 0;
      shown = shown.filter((l) => l.id >= first);
    }
    this.view.patch({ shown, total: this.lines.length });
  }
}

/** Times have nanoseconds, so two lines of one time and text are the same line. */
function keyOf(line: { time: string; msg: string }): string {
  return `${line.time} ${line.msg}`;
}
