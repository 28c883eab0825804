import { type Client, faultsOf, isAborted } from "../api/client";
import type { FaultError } from "../api/faults";
import type { Channel, Invoked, Live, Request, ServiceDetail } from "../api/generated";
import { Disposables } from "../base/dispose";
import { type Readable, Store } from "../base/store";
import { type ChannelInput, missing, startInput, toCall } from "./channelcall";
import { Input, type InputKept } from "./input";
import { Recall } from "./recall";

/** What is to be invoked. */
export interface Choice {
  /** "" until one is chosen. */
  service: string;
  /** The choice stays, whatever the editor or the explorer shows. */
  pinned: boolean;
  /** The channel through which it is reached; "" calls the service itself. */
  channel: string;
  /** How long it may take, in nanoseconds; 0 is as the project says. */
  timeout: number;
}

/** What came of an invocation. */
export type Answer =
  | { kind: "answer"; invoked: Invoked /** the channel it went through, or "" */; channel: string }
  | { kind: "failed"; faults: readonly FaultError[] }
  | { kind: "cancelled" };

/** An invocation that is under way. */
export interface Running {
  service: string;
  channel: string;
  /** In milliseconds since the epoch. */
  since: number;
  /** What it waits for. */
  stage: "saving" | "running";
  stop: AbortController;
}

/** What the panel needs of the rest of the page. */
export interface InvokeDeps {
  client: Pick<Client, "call">;
  live: Readable<Live | undefined>;
  /** Saves what was typed in the editor; false where something could not be saved. */
  saveAll(): Promise<boolean>;
}

/** What is kept of the panel for the next time. */
export interface InvokeKept {
  choice?: Choice;
  inputs?: Readonly<Record<string, InputKept>>;
  channels?: Readonly<Record<string, ChannelInput>>;
}

const noChoice: Choice = { service: "", pinned: false, channel: "", timeout: 0 };

/** How many inputs are kept for the next time. */
const maxKept = 50;

/** How large an input may be that is kept, in characters. */
const maxKeptText = 20_000;

/** The invoke panel: which service, with what, and what it answered last. */
export class Invoke {
  readonly choice = new Store<Choice>(noChoice);
  /** The running invocation of the page; there is one at a time. */
  readonly running = new Store<Running | undefined>(undefined);
  /** The last answers, by service, or by "channel:" and the channel's name. */
  readonly answers = new Store<ReadonlyMap<string, Answer>>(new Map());
  /** What is known of services, by name. */
  readonly details = new Store<ReadonlyMap<string, ServiceDetail>>(new Map());
  /** Requests through channels, by channel. */
  readonly calls = new Store<ReadonlyMap<string, ChannelInput>>(new Map());
  /** Counts invocations that ended, so that lists of the history know when to read again. */
  readonly ended = new Store(0);
  /** The list that is open above the page. */
  readonly overlay = new Store<"" | "history" | "requests" | "services">("");
  /** Counts changes of what keep returns. */
  readonly touched = new Store(0);
  private readonly inputs = new Map<string, Input>();
  private readonly recalls = new Map<string, Recall>();
  private readonly ends = new Disposables();
  private detailsOf = "";

  constructor(private readonly deps: InvokeDeps) {
    this.ends.add(deps.live.subscribe(() => this.liveChanged()));
    this.ends.add(this.choice.subscribe(() => this.touch()));
    this.liveChanged();
  }

  /** Ends the subscriptions and what is under way. */
  readonly dispose = (): void => {
    this.cancel();
    this.ends.dispose();
  };

  /** Chooses a service because the person asked for it. */
  choose(service: string): void {
    const { choice } = this;
    const keeps = this.channelsOf(service).some((c) => c.name === choice.value.channel);
    choice.patch({ service, channel: keeps ? choice.value.channel : "" });
    void this.readDetail(service);
  }

  /** Chooses the service that the editor or the explorer shows, unless the choice is pinned. */
  follow(service: string): void {
    if (this.choice.value.pinned || service === this.choice.value.service) return;
    if (this.deps.live.value?.state.services?.some((s) => s.name === service)) this.choose(service);
  }

  /** Pins the choice, or lets it follow again. */
  setPinned(pinned: boolean): void {
    this.choice.patch({ pinned });
  }

  /** Reaches the service through one of its channels; "" calls it directly. */
  through(channel: string): void {
    const service = this.channel(channel)?.service;
    this.choice.patch(service ? { channel, service } : { channel });
    if (service) void this.readDetail(service);
  }

  /** Sets how long an invocation may take, in nanoseconds; 0 is as the project says. */
  setTimeout(timeout: number): void {
    this.choice.patch({ timeout: Math.max(0, timeout) });
  }

  /** Opens a saved request. */
  openRequest(request: Request): void {
    this.choose(request.service);
    this.choice.patch({ channel: "" });
    this.input(request.service).setText(request.text ?? "");
  }

  /** Shows an earlier invocation: its input in the panel, its answer below. */
  async openEarlier(id: string): Promise<void> {
    const invoked = await this.deps.client.call("invoke.show", { id });
    this.choose(invoked.service);
    this.choice.patch({ channel: "" });
    this.input(invoked.service).setText(invoked.text);
    this.setAnswer(invoked.service, { kind: "answer", invoked, channel: "" });
  }

  /** Returns the input of a service. */
  input(service: string): Input {
    let input = this.inputs.get(service);
    if (!input) {
      input = this.add(new Input(this.deps.client, service));
    }
    return input;
  }

  /** Returns the walk through the earlier inputs of a service. */
  recall(service: string): Recall {
    let recall = this.recalls.get(service);
    if (!recall) {
      recall = new Recall(async () => {
        const list = await this.deps.client.call("invoke.history", { service, limit: 200 });
        return (list.invocations ?? []).map((i) => i.text);
      });
      this.recalls.set(service, recall);
    }
    return recall;
  }

  /** Returns the channels that reach a service. */
  channelsOf(service: string): Channel[] {
    return (this.deps.live.value?.state.channels ?? []).filter((c) => c.service === service);
  }

  /** Returns a channel by its name, or undefined. */
  channel(name: string): Channel | undefined {
    return this.deps.live.value?.state.channels?.find((c) => c.name === name);
  }

  /** Returns the request through a channel as it is filled in. */
  call(channel: Channel): ChannelInput {
    return this.calls.value.get(channel.name) ?? startInput(channel);
  }

  /** Changes the request through a channel. */
  setCall(channel: Channel, part: Partial<ChannelInput>): void {
    this.calls.set(new Map(this.calls.value).set(channel.name, { ...this.call(channel), ...part }));
    this.touch();
  }

  /** Returns under which name the answer of what is chosen stands. */
  answerKey(choice: Choice = this.choice.value): string {
    return choice.channel ? `channel:${choice.channel}` : choice.service;
  }

  /**
   * Saves what was typed, waits until it is live, and invokes what is chosen. It
   * returns false where there is nothing to invoke, or something runs already.
   */
  async run(): Promise<boolean> {
    const choice = this.choice.value;
    const channel = choice.channel ? this.channel(choice.channel) : undefined;
    if (choice.service === "" || this.running.value || (choice.channel !== "" && !this.ready(channel))) return false;
    const stop = new AbortController();
    const key = this.answerKey(choice);
    this.recalls.get(choice.service)?.reset();
    this.running.set({ service: choice.service, channel: choice.channel, since: Date.now(), stage: "saving", stop });
    try {
      await this.deps.saveAll();
      if (stop.signal.aborted) throw new DOMException("aborted", "AbortError");
      this.running.set({ service: choice.service, channel: choice.channel, since: Date.now(), stage: "running", stop });
      const invoked = channel
        ? await this.callChannel(channel, stop.signal)
        : await this.callService(choice, stop.signal);
      this.setAnswer(key, { kind: "answer", invoked, channel: choice.channel });
    } catch (err) {
      this.setAnswer(key, isAborted(err) ? { kind: "cancelled" } : { kind: "failed", faults: faultsOf(err) });
    } finally {
      this.running.set(undefined);
      this.ended.update((n) => n + 1);
    }
    return true;
  }

  /** Gives up what runs. */
  cancel(): void {
    this.running.value?.stop.abort();
  }

  /** Returns the chosen invocation as a text for another program, and what to know about it. */
  copyAs(as: "curl" | "pairs" | "json" | "command"): Promise<{ text: string; note?: string }> {
    const { service, channel } = this.choice.value;
    const input = { service, text: this.input(service).text, as };
    return this.deps.client.call("invoke.copy", channel && as === "curl" ? { ...input, channel } : input);
  }

  /** Returns what to keep for the next time. */
  keep(): InvokeKept {
    const inputs: Record<string, InputKept> = {};
    for (const [name, input] of [...this.inputs].slice(-maxKept)) {
      const { kept } = input;
      if (input.text !== "" && kept.pairs.length + kept.json.length <= maxKeptText) inputs[name] = kept;
    }
    return { choice: this.choice.value, inputs, channels: Object.fromEntries([...this.calls.value].slice(-maxKept)) };
  }

  /** Takes what was kept the last time; of another project nothing stays. */
  restore(kept: InvokeKept): void {
    this.cancel();
    this.inputs.clear();
    this.recalls.clear();
    this.answers.set(new Map());
    this.details.set(new Map());
    for (const [service, input] of Object.entries(record(kept.inputs))) {
      this.add(new Input(this.deps.client, service, readInput(input)));
    }
    const calls = Object.entries(record(kept.channels));
    this.calls.set(new Map(calls.map(([name, call]) => [name, readCall(call)])));
    this.choice.set(readChoice(kept.choice));
    this.liveChanged();
  }

  private add(input: Input): Input {
    this.inputs.set(input.service, input);
    let seen = input.state.value;
    input.state.subscribe(() => {
      const now = input.state.value;
      if (now.pairs !== seen.pairs || now.json !== seen.json || now.view !== seen.view) this.touch();
      seen = now;
    });
    return input;
  }

  private touch(): void {
    this.touched.update((n) => n + 1);
  }

  private ready(channel: Channel | undefined): boolean {
    if (!channel) return false;
    const { params, headers } = missing(channel, this.call(channel));
    return params.length === 0 && headers.length === 0;
  }

  private callService(choice: Choice, signal: AbortSignal): Promise<Invoked> {
    const { text } = this.input(choice.service);
    return this.deps.client.call("invoke.run", { service: choice.service, text, timeout: choice.timeout }, signal);
  }

  private callChannel(channel: Channel, signal: AbortSignal): Promise<Invoked> {
    return this.deps.client.call("channels.call", toCall(channel, this.call(channel)), signal);
  }

  private setAnswer(key: string, answer: Answer): void {
    this.answers.set(new Map(this.answers.value).set(key, answer));
  }

  /** What a service takes may be another thing after each deploy. */
  private liveChanged(): void {
    const live = this.deps.live.value;
    const services = live?.state.services ?? [];
    const { service, pinned } = this.choice.value;
    if (service === "" && services[0] && !pinned) this.choose(services[0].name);
    const version = `${live?.status} ${live?.since}`;
    if (live?.status !== "live" || version === this.detailsOf) return;
    this.detailsOf = version;
    this.details.set(new Map());
    if (this.choice.value.service !== "") void this.readDetail(this.choice.value.service);
  }

  private async readDetail(service: string): Promise<void> {
    if (this.details.value.has(service)) return;
    try {
      const detail = await this.deps.client.call("runtime.service", { name: service });
      this.details.set(new Map(this.details.value).set(service, detail));
      void this.input(service).convert();
    } catch {
      // A service that is not known (yet) has no schema: it can be typed for all the same.
    }
  }
}

/** What an earlier page kept may be of another version, so every member is looked at. */
function readChoice(raw: unknown): Choice {
  const r = record(raw);
  return {
    service: text(r.service),
    pinned: r.pinned === true,
    channel: text(r.channel),
    timeout: Number(r.timeout) || 0,
  };
}

function readInput(raw: unknown): InputKept {
  const r = record(raw);
  const view = r.view === "json" || r.view === "form" ? r.view : "pairs";
  return { view, source: r.source === "json" ? "json" : "pairs", pairs: text(r.pairs), json: text(r.json) };
}

function readCall(raw: unknown): ChannelInput {
  const r = record(raw);
  const params = Object.entries(record(r.params)).map(([name, value]) => [name, text(value)]);
  return {
    method: text(r.method) || "POST",
    params: Object.fromEntries(params),
    query: text(r.query),
    headers: text(r.headers),
    body: text(r.body),
    noKey: r.noKey === true,
  };
}

const record = (v: unknown): Record<string, unknown> =>
  typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : {};
const text = (v: unknown): string => (typeof v === "string" ? v : "");
