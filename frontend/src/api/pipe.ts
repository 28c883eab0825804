import type { Dispose } from "../base/dispose";
import { type Readable, Store } from "../base/store";

/** How a pipe is doing. "refused" is for good: the page needs a new address. */
export type PipeState = "connecting" | "open" | "lost" | "refused";

/** Carries text frames between the page and the Studio, in order, whatever is below. */
export interface Pipe {
  readonly state: Readable<PipeState>;
  /** Sends one frame; it is dropped where the pipe is not open. */
  send(frame: string): void;
  /** Takes each frame that arrives. */
  onFrame(f: (frame: string) => void): Dispose;
  /** Ends the pipe. */
  close(): void;
}

/** The pipe that fits where the page runs: the window's own, or a WebSocket. */
export function openPipe(): Pipe {
  const bridge = windowBridge();
  return bridge ? new WindowPipe(bridge) : new SocketPipe();
}

const listeners = () => {
  const all = new Set<(frame: string) => void>();
  return {
    emit: (frame: string) => {
      for (const f of all) f(frame);
    },
    add: (f: (frame: string) => void): Dispose => {
      all.add(f);
      return () => {
        all.delete(f);
      };
    },
  };
};

/** A WebSocket to the server that sent this page. It connects again by itself. */
class SocketPipe implements Pipe {
  readonly state = new Store<PipeState>("connecting");
  private readonly frames = listeners();
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;
  private closed = false;

  constructor() {
    window.addEventListener("hashchange", this.addressed);
    void this.begin();
  }

  /** A page that is still open is given the address of a Studio that was started anew: it goes on with that one. */
  private readonly addressed = (): void => {
    if (!location.hash.includes("token=")) return;
    clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = null;
    this.socket?.close();
    if (this.state.value !== "connecting") this.state.set("lost");
    void this.begin();
  };

  send(frame: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  onFrame(f: (frame: string) => void): Dispose {
    return this.frames.add(f);
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("hashchange", this.addressed);
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** Gives the token of the address away for a cookie, and takes it out of the address. */
  private async begin(): Promise<void> {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      history.replaceState(null, "", location.pathname);
      const answer = await ask("POST", token);
      if (answer === 401 && (await ask("GET")) === 401) {
        this.state.set("refused");
        return;
      }
    }
    this.connect();
  }

  private connect(): void {
    if (this.closed) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/pipe`);
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.state.set("open");
    };
    socket.onmessage = (e: MessageEvent<unknown>) => {
      if (typeof e.data === "string") this.frames.emit(e.data);
    };
    socket.onclose = () => void this.again();
  }

  private async again(): Promise<void> {
    if (this.closed) return;
    if (this.state.value === "open") this.state.set("lost");
    if ((await ask("GET")) === 401) {
      this.state.set("refused");
      return;
    }
    this.tries++;
    const wait = Math.min(4_000, 100 * 2 ** Math.min(this.tries, 6));
    this.timer = setTimeout(() => this.connect(), wait);
  }
}

/** The status of a request for the session; 0 where nobody answers. */
async function ask(method: "GET" | "POST", body?: string): Promise<number> {
  try {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
    return (await fetch("/session", body === undefined ? init : { ...init, body })).status;
  } catch {
    return 0;
  }
}

/** What the window puts into the page: a bound method, and events. */
interface WindowBridge {
  send(frame: string): unknown;
  on(event: string, f: (data: string) => void): () => void;
}

interface WailsWindow {
  go?: Record<string, Record<string, Record<string, (...args: string[]) => unknown> | undefined> | undefined>;
  runtime?: { EventsOn(event: string, f: (data: string) => void): () => void };
}

function windowBridge(): WindowBridge | undefined {
  const w = window as unknown as WailsWindow;
  const send = w.go?.desktop?.Bridge?.Send;
  const events = w.runtime;
  if (!send || !events) return undefined;
  return { send: (frame) => send(frame), on: (event, f) => events.EventsOn(event, f) };
}

/** The window's own pipe: one bound method in, one event out. It is there as long as the page is. */
class WindowPipe implements Pipe {
  readonly state = new Store<PipeState>("open");
  private readonly frames = listeners();
  private readonly end: () => void;
  private last: Promise<unknown>; // the window takes one frame after the other

  constructor(private readonly bridge: WindowBridge) {
    this.end = bridge.on("rx", (frame) => this.frames.emit(frame));
    // An empty frame says that the page is there, and asks for the present state.
    this.last = Promise.resolve().then(() => bridge.send(""));
  }

  send(frame: string): void {
    this.last = this.last.then(() => this.bridge.send(frame)).catch(() => this.state.set("lost"));
  }

  onFrame(f: (frame: string) => void): Dispose {
    return this.frames.add(f);
  }

  close(): void {
    this.end();
    this.state.set("lost");
  }
}
