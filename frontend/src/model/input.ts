import type { Client } from "../api/client";
import { faultsOf, isAborted } from "../api/client";
import type { FaultError } from "../api/faults";
import { debounce } from "../base/debounce";
import { Store } from "../base/store";

/** The views of an input: they show the same data. */
export type InputView = "pairs" | "json" | "form";

/** The input of one service as a person types it. */
export interface InputState {
  view: InputView;
  /** Which of the texts was typed last; the other one is made of it. */
  source: "pairs" | "json";
  pairs: string;
  json: string;
  /** Whether the text that was not typed says the same as the other one. */
  converted: boolean;
  /** What is wrong with the input. */
  faults: readonly FaultError[];
  /** The view that was asked for and cannot show what was typed; "" where there is none. */
  refused: InputView | "";
}

const empty: InputState = {
  view: "pairs",
  source: "pairs",
  pairs: "",
  json: "",
  converted: true,
  faults: [],
  refused: "",
};

/** What is kept of an input for the next time. */
export type InputKept = Pick<InputState, "view" | "source" | "pairs" | "json">;

/** How long a person must stop typing before the input is checked, in milliseconds. */
const pause = 200;

/** The input of one service, in its three views. */
export class Input {
  readonly state: Store<InputState>;
  private readonly check = debounce(pause, () => void this.convert());
  private asked: AbortController | undefined;

  constructor(
    private readonly client: Pick<Client, "call">,
    readonly service: string,
    kept?: InputKept,
  ) {
    this.state = new Store<InputState>(kept ? { ...empty, ...kept, converted: false } : empty);
  }

  /** What is sent: the text as it was typed, pairs or JSON. */
  get text(): string {
    const { source, pairs, json } = this.state.value;
    return (source === "pairs" ? pairs : json).trim();
  }

  /** What to keep of it. */
  get kept(): InputKept {
    const { view, source, pairs, json } = this.state.value;
    return { view, source, pairs, json };
  }

  /** Takes what was typed as pairs. */
  setPairs(pairs: string): void {
    if (pairs === this.state.value.pairs && this.state.value.source === "pairs") return;
    this.state.patch({ pairs, source: "pairs", converted: false, refused: "" });
    this.check();
  }

  /** Takes what was typed as JSON, or made by the form. */
  setJson(json: string): void {
    if (json === this.state.value.json && this.state.value.source === "json") return;
    this.state.patch({ json, source: "json", converted: false, refused: "" });
    this.check();
  }

  /** Takes a text of the history or of a saved request in place of what is there. */
  setText(text: string): void {
    const json = looksLikeJson(text);
    const { view } = this.state.value;
    this.state.patch({
      view: json ? (view === "form" ? "form" : "json") : "pairs",
      source: json ? "json" : "pairs",
      [json ? "json" : "pairs"]: text,
      converted: false,
      faults: [],
      refused: "",
    });
    this.check();
  }

  /**
   * Shows another view. What was typed is converted for it; where that is not
   * possible the view stays, and the state says why.
   */
  async show(view: InputView): Promise<void> {
    const state = this.state.value;
    if (view === state.view) return;
    const has = (view === "pairs" ? "pairs" : "json") === state.source;
    if (!has && !state.converted) await this.convert();
    const { converted, source, pairs, json } = this.state.value;
    const possible =
      has ||
      (converted &&
        (source === "pairs"
          ? pairs.trim() === "" || json !== ""
          : json.trim() === "" || pairs !== "" || isEmptyObject(json)));
    this.state.patch(possible ? { view, refused: "" } : { refused: view });
  }

  /** Asks for the other form of the text, and for all that is wrong with it. */
  async convert(): Promise<void> {
    this.check.cancel();
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    const { source } = this.state.value;
    const { text } = this;
    if (text === "") {
      this.state.patch({ [source === "pairs" ? "json" : "pairs"]: "", converted: true, faults: [] });
      return;
    }
    try {
      const made = await this.client.call("invoke.convert", { service: this.service, text }, asked.signal);
      if (asked.signal.aborted) return;
      const other = source === "pairs" ? { json: made.json } : { pairs: made.pairs };
      this.state.patch({ ...other, converted: true, faults: made.faults ?? [] });
    } catch (err) {
      if (!isAborted(err)) this.state.patch({ converted: false, faults: faultsOf(err) });
    }
  }
}

function isEmptyObject(json: string): boolean {
  return /^\s*\{\s*\}\s*$/.test(json);
}

/** Whether a text of an input is JSON and not pairs: its first character decides. */
export function looksLikeJson(text: string): boolean {
  return /^\s*(?:[{["]|-?\d+(?:[.eE\s]|$)|(?:true|false|null)\s*$)/.test(text);
}
