import type { Client } from "../api/client";
import type { FaultError } from "../api/faults";
import type { Live as LiveState, Problem, Service } from "../api/generated";
import { derived, type Readable, Store } from "../base/store";

const nothing: LiveState = {
  status: "stopped",
  took: 0,
  state: {
    project: "",
    address: "",
    ready: false,
    services: [],
    connections: [],
    channels: [],
    security: [],
    jobs: [],
  },
  problems: [],
};

/** How the runtime is doing, in the words of the screen. */
export type RuntimeState = "stopped" | "starting" | "deploying" | "live" | "compiling" | "failed" | "stale" | "down";

/** The services of one package. */
export interface Package {
  name: string;
  services: Service[];
}

/** What runs, and what is wrong with what was saved last. */
export class Live {
  readonly now = new Store<LiveState>(nothing);
  readonly packages: Readable<readonly Package[]>;
  /** Problems by file; "" has those of no file. */
  readonly problemsByFile: Readable<ReadonlyMap<string, readonly Problem[]>>;
  readonly state: Readable<RuntimeState>;

  constructor(client: Client) {
    client.on("live", (live) => this.now.set(live));
    this.packages = derived([this.now], () => groupByPackage(this.now.value.state.services));
    this.problemsByFile = derived([this.now], () => groupByFile(this.now.value.problems));
    this.state = derived([this.now], () => stateOf(this.now.value));
  }

  service(name: string): Service | undefined {
    return this.now.value.state.services.find((s) => s.name === name);
  }

  /** The services that stand in a file, in its order. */
  servicesIn(file: string): Service[] {
    return this.now.value.state.services
      .filter((s) => s.at?.file === file)
      .sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0));
  }

  count(): { errors: number; warnings: number } {
    const errors = this.now.value.problems.filter((p) => p.severity === "error").length;
    return { errors, warnings: this.now.value.problems.length - errors };
  }

  /** The runtime's own trouble, such as a port that is taken. */
  get down(): FaultError | undefined {
    return this.now.value.down;
  }
}

function stateOf(live: LiveState): RuntimeState {
  if (live.down) return "down";
  switch (live.status) {
    case "live":
      return live.state.services.some((s) => s.compiling) ? "compiling" : "live";
    case "failed":
      return live.state.ready ? "stale" : "failed";
    case "starting":
    case "deploying":
      return live.status;
    default:
      return "stopped";
  }
}

export function groupByPackage(services: readonly Service[]): Package[] {
  const packages = new Map<string, Service[]>();
  for (const s of services) {
    const name = s.name.slice(0, Math.max(0, s.name.lastIndexOf(".")));
    packages.set(name, [...(packages.get(name) ?? []), s]);
  }
  return [...packages]
    .map(([name, all]) => ({ name, services: all }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function groupByFile(problems: readonly Problem[]): Map<string, Problem[]> {
  const files = new Map<string, Problem[]>();
  for (const p of problems) {
    const file = p.fault?.at?.file ?? "";
    files.set(file, [...(files.get(file) ?? []), p]);
  }
  return files;
}
