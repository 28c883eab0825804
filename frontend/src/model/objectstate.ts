import type { Object as ApiObject, Live } from "../api/generated";
import { words } from "../base/words/objects";

/** The state of an object, as a dot and in words. */
export interface ObjectState {
  tone: "good" | "warn" | "bad" | "info" | "idle";
  label: string;
  pulse?: boolean;
}

/** What is counted of an object that others use. */
export interface Usage {
  calls: number;
  errors: number;
  lastUse: string;
  lastError: string;
}

/** What an object looks like in a list. */
export interface ObjectRow extends Usage {
  object: ApiObject;
  state: ObjectState;
  /** Where it goes, what it answers to, or when it runs. */
  target: string;
  /** The next run of a job, RFC 3339; "" is none. */
  next: string;
  /** How the last run of a job ended; "" is none. */
  outcome: string;
}

const w = words.states;
const unused: Usage = { calls: 0, errors: 0, lastUse: "", lastError: "" };

/** The state of an object in what runs. */
export function objectState(live: Live, o: ApiObject): ObjectState {
  if (o.problems) return { tone: "bad", label: w.problems(o.problems) };
  if (o.disabled) return { tone: "idle", label: w.off };
  const { state } = live;
  if (!known(live, o)) {
    const pending = live.status === "deploying" || live.status === "starting";
    return pending ? { tone: "info", label: w.waiting, pulse: true } : { tone: "idle", label: w.notLive };
  }
  if (o.kind !== "connection") return { tone: "good", label: w.live };
  const c = state.connections.find((x) => x.name === o.name);
  if (!c || c.calls === 0) return { tone: "idle", label: w.idle };
  return c.last_error && c.errors > 0 ? { tone: "warn", label: w.failing } : { tone: "good", label: w.live };
}

/** Whether what runs has the object. */
function known(live: Live, o: ApiObject): boolean {
  const { connections, channels, security, jobs } = live.state;
  const among = { connection: connections, channel: channels, security, job: jobs }[o.kind];
  return among ? among.some((x) => x.name === o.name) : live.state.ready;
}

/** What an object did so far. */
export function usageOf(live: Live, o: ApiObject): Usage {
  const list =
    o.kind === "connection" ? live.state.connections : o.kind === "channel" ? live.state.channels : undefined;
  const x = list?.find((c) => c.name === o.name);
  if (!x) return unused;
  return { calls: x.calls, errors: x.errors, lastUse: x.last_use ?? "", lastError: x.last_error ?? "" };
}

/** The lines of a list of objects of one kind. */
export function objectRows(kind: string, objects: readonly ApiObject[], live: Live): ObjectRow[] {
  return objects
    .filter((o) => o.kind === kind)
    .map((object) => {
      const job = kind === "job" ? live.state.jobs.find((j) => j.name === object.name) : undefined;
      return {
        object,
        state: objectState(live, object),
        target: targetOf(live, object),
        next: job?.next ?? "",
        outcome: job?.last?.outcome ?? "",
        ...usageOf(live, object),
        ...(job?.last?.started ? { lastUse: job.last.started } : {}),
      };
    });
}

/** Where a connection goes, what a channel answers to, when a job runs; "" where that is not known. */
export function targetOf(live: Live, o: ApiObject): string {
  const { connections, channels, jobs } = live.state;
  switch (o.kind) {
    case "connection":
      return connections.find((c) => c.name === o.name)?.target ?? "";
    case "channel": {
      const c = channels.find((x) => x.name === o.name);
      return c ? [c.methods?.join(", "), c.path].filter(Boolean).join(" ") : "";
    }
    case "job":
      return jobs.find((j) => j.name === o.name)?.when ?? "";
    default:
      return "";
  }
}
