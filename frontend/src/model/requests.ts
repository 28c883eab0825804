import { ApiError, type Client, faultsOf } from "../api/client";
import type { FaultError } from "../api/faults";
import type { Request, Tree } from "../api/generated";
import { Disposables } from "../base/dispose";
import { Store } from "../base/store";

/** The saved requests, and what is wrong with files that cannot be read. */
export interface RequestState {
  requests: readonly Request[];
  faults: readonly FaultError[];
}

/** The saved requests of the project, the files in requests/. */
export class Requests {
  readonly state = new Store<RequestState>({ requests: [], faults: [] });
  private seen = "";
  private readonly ends = new Disposables();

  constructor(private readonly client: Pick<Client, "call" | "on">) {
    this.ends.add(client.on("files", (tree) => this.follow(tree)));
    this.ends.add(client.on("changed", (e) => this.changed(e.names ?? [], e.all ?? false)));
  }

  /** Ends the subscriptions. */
  readonly dispose = (): void => this.ends.dispose();

  /** Reads the list again. */
  async refresh(): Promise<void> {
    try {
      const list = await this.client.call("requests.list", {});
      this.state.set({ requests: list.requests ?? [], faults: list.faults ?? [] });
    } catch (err) {
      this.state.set({ requests: [], faults: faultsOf(err) });
    }
  }

  /** Returns a request by its name, or undefined. */
  named(name: string): Request | undefined {
    return this.state.value.requests.find((r) => r.name === name);
  }

  /** Saves a request under its name; one that has this name already is replaced. */
  async save(request: Request): Promise<Request> {
    const saved = await this.client.call("requests.write", request);
    await this.refresh();
    return saved;
  }

  /** Gives a request another name. It rejects where that one is taken. */
  async rename(from: string, to: string): Promise<void> {
    const request = this.named(from);
    if (!request || from === to) return;
    if (this.named(to)) {
      throw new ApiError([{ kind: "conflict", code: "request.taken", what: `there is a request "${to}" already` }]);
    }
    const { file: _, ...rest } = request;
    await this.client.call("requests.write", { ...rest, name: to });
    await this.client.call("requests.delete", { name: from });
    await this.refresh();
  }

  /** Deletes a request, to the local history. */
  async remove(name: string): Promise<void> {
    await this.client.call("requests.delete", { name });
    await this.refresh();
  }

  private follow(tree: Tree): void {
    const mine = (tree.entries ?? []).filter((e) => e.name.startsWith("requests/"));
    const seen = JSON.stringify(mine);
    if (seen === this.seen) return;
    this.seen = seen;
    if (mine.length === 0) this.state.set({ requests: [], faults: [] });
    else void this.refresh();
  }

  private changed(names: readonly string[], all: boolean): void {
    if (all || names.some((n) => n.startsWith("requests/"))) void this.refresh();
  }
}
