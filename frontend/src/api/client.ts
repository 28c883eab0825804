import type { Dispose } from "../base/dispose";
import type { Readable } from "../base/store";
import { words } from "../base/words/common";
import type { FaultError } from "./faults";
import type { Events, Methods } from "./generated";
import type { Pipe, PipeState } from "./pipe";

/** What a call failed with: one or more faults for people. */
export class ApiError extends Error {
  constructor(readonly faults: FaultError[]) {
    super(faults.map((f) => f.what).join("; "));
    this.name = "ApiError";
  }

  get first(): FaultError {
    return this.faults[0] ?? { kind: "internal", what: this.message };
  }
}

/** The faults of whatever was thrown. */
export function faultsOf(err: unknown): FaultError[] {
  if (err instanceof ApiError) return err.faults;
  return [{ kind: "internal", what: err instanceof Error ? err.message : String(err) }];
}

/** Whether a call ended because its caller gave it up. */
export function isAborted(err: unknown): boolean {
  return err instanceof DOMException && err.name === "AbortError";
}

/** A stream of texts beside the calls, such as the one that speaks LSP. */
export interface TextChannel {
  send(text: string): void;
  onText(f: (text: string) => void): Dispose;
}

type Incoming =
  | { t: "result"; id: number; r?: unknown; e?: { faults: FaultError[] } }
  | { t: "event"; n: string; d: unknown }
  | { t: "channel"; c: string; d: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(err: unknown): void;
  end: Dispose;
}

/** Calls the Studio's methods and passes its events on. Calls that are made before the pipe is open wait for it. */
export class Client {
  readonly state: Readable<PipeState>;
  private readonly pipe: Pipe;
  private readonly calls = new Map<number, Waiting>();
  private readonly events = new Map<string, Set<(data: never) => void>>();
  private readonly channels = new Map<string, Set<(text: string) => void>>();
  private readonly watched = new Map<string, number>();
  private queue: string[] = [];
  private next = 1;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
    this.state = pipe.state;
    pipe.onFrame((frame) => this.receive(frame));
    pipe.state.subscribe(() => this.changed());
  }

  /** Calls a method. It rejects with an ApiError, or with an AbortError where the signal was given. */
  call<M extends keyof Methods>(method: M, input: Methods[M][0], signal?: AbortSignal): Promise<Methods[M][1]> {
    return new Promise<Methods[M][1]>((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortError());
        return;
      }
      const id = this.next++;
      const stop = () => {
        this.take(id)?.reject(abortError());
        this.send({ t: "cancel", id });
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.calls.set(id, {
        resolve: (value) => resolve(value as Methods[M][1]),
        reject,
        end: () => signal?.removeEventListener("abort", stop),
      });
      this.send({ t: "call", id, m: method, p: input });
    });
  }

  /** Takes each event of a name. */
  on<E extends keyof Events>(event: E, f: (data: Events[E]) => void): Dispose {
    return add(this.events, event, f as (data: never) => void);
  }

  /** Asks for events that are sent only to those who watch them, until it is disposed. */
  watch(event: keyof Events): Dispose {
    this.watched.set(event, (this.watched.get(event) ?? 0) + 1);
    this.sendWatched();
    return () => {
      const left = (this.watched.get(event) ?? 1) - 1;
      if (left > 0) this.watched.set(event, left);
      else this.watched.delete(event);
      this.sendWatched();
    };
  }

  channel(name: string): TextChannel {
    return {
      send: (text) => this.send({ t: "channel", c: name, d: text }),
      onText: (f) => add(this.channels, name, f),
    };
  }

  private sendWatched(): void {
    if (this.state.value === "open") this.pipe.send(JSON.stringify({ t: "watch", events: [...this.watched.keys()] }));
  }

  private send(frame: object): void {
    const text = JSON.stringify(frame);
    if (this.state.value === "open") this.pipe.send(text);
    else if (this.state.value === "refused") this.lose();
    else this.queue.push(text);
  }

  private changed(): void {
    switch (this.state.value) {
      case "open": {
        const waiting = this.queue;
        this.queue = [];
        this.sendWatched();
        for (const frame of waiting) this.pipe.send(frame);
        return;
      }
      case "lost":
      case "refused":
        this.lose();
    }
  }

  /** Ends all calls under way: nobody will answer them. */
  private lose(): void {
    this.queue = [];
    for (const id of [...this.calls.keys()]) {
      this.take(id)?.reject(
        new ApiError([{ kind: "unavailable", code: "pipe.lost", what: words.lost, hint: words.lostHint }]),
      );
    }
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.calls.get(id);
    this.calls.delete(id);
    waiting?.end();
    return waiting;
  }

  private receive(frame: string): void {
    const f = JSON.parse(frame) as Incoming;
    switch (f.t) {
      case "result": {
        const waiting = this.take(f.id);
        if (f.e) waiting?.reject(new ApiError(f.e.faults));
        else waiting?.resolve(f.r);
        return;
      }
      case "event":
        for (const tell of this.events.get(f.n) ?? []) tell(f.d as never);
        return;
      case "channel":
        for (const tell of this.channels.get(f.c) ?? []) tell(f.d);
    }
  }
}

function add<F>(map: Map<string, Set<F>>, name: string, f: F): Dispose {
  const set = map.get(name) ?? new Set<F>();
  map.set(name, set);
  set.add(f);
  return () => {
    set.delete(f);
  };
}

const abortError = () => new DOMException("aborted", "AbortError");
