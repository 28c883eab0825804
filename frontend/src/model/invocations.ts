import { type Client, faultsOf, isAborted } from "../api/client";
import type { FaultError } from "../api/faults";
import type { Invoked } from "../api/generated";
import { debounce } from "../base/debounce";
import { Store } from "../base/store";

/** What of the history is shown. */
export interface InvocationsState {
  /** "" is all services. */
  service: string;
  search: string;
  /** Newest first, without their answers. */
  items: readonly Invoked[];
  more: boolean;
  loading: boolean;
  faults: readonly FaultError[];
}

/** How many are read at once. */
const page = 100;

/** Earlier invocations, as the history panel and the overlay list them. */
export class Invocations {
  readonly state: Store<InvocationsState>;
  private asked: AbortController | undefined;
  private readonly soon = debounce(120, () => void this.refresh());

  constructor(
    private readonly client: Pick<Client, "call">,
    service = "",
  ) {
    this.state = new Store<InvocationsState>({
      service,
      search: "",
      items: [],
      more: false,
      loading: true,
      faults: [],
    });
  }

  /** Shows those of another service, or with other words, a moment later. */
  query(part: { service?: string; search?: string }): void {
    this.state.patch({ ...part, loading: true });
    this.soon();
  }

  /** Reads the newest ones again. */
  async refresh(): Promise<void> {
    this.soon.cancel();
    await this.read("");
  }

  /** Reads those before the oldest one that is shown. */
  async loadMore(): Promise<void> {
    const last = this.state.value.items.at(-1);
    if (last && this.state.value.more && !this.state.value.loading) await this.read(last.id);
  }

  /** Deletes some of them. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.client.call("invoke.forget", { ids: [...ids] });
    this.state.update((s) => ({ ...s, items: s.items.filter((i) => !ids.includes(i.id)) }));
  }

  /** Deletes all of the service that is shown, or all of them. */
  async forgetAll(): Promise<void> {
    const { service } = this.state.value;
    await this.client.call("invoke.forget", service === "" ? {} : { service });
    await this.refresh();
  }

  /** Returns one of them with its answer. */
  show(id: string): Promise<Invoked> {
    return this.client.call("invoke.show", { id });
  }

  /** Gives up what is being read. */
  readonly dispose = (): void => {
    this.soon.cancel();
    this.asked?.abort();
  };

  private async read(before: string): Promise<void> {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    const { service, search } = this.state.value;
    this.state.patch({ loading: true });
    try {
      const query = { service, search: search.trim(), limit: page, ...(before === "" ? {} : { before }) };
      const list = await this.client.call("invoke.history", query, asked.signal);
      if (asked.signal.aborted) return;
      const items = list.invocations ?? [];
      this.state.update((s) => ({
        ...s,
        items: before === "" ? items : [...s.items, ...items],
        more: list.more ?? false,
        loading: false,
        faults: [],
      }));
    } catch (err) {
      if (!isAborted(err)) this.state.patch({ loading: false, faults: faultsOf(err) });
    }
  }
}
