import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../api/client";
import type { Live, LogLine, Methods } from "../api/generated";
import type { Pipe, PipeState } from "../api/pipe";
import { Store } from "../base/store";
import { Input } from "./input";
import { Invocations } from "./invocations";
import { Invoke } from "./invoke";
import { Log, maxLines } from "./log";
import { Requests } from "./requests";

type Answers = { [M in keyof Methods]?: (input: Methods[M][0]) => Methods[M][1] | Promise<Methods[M][1]> };

/** The page's end of a pipe whose other end is the test: it answers calls by a table. */
class TestPipe implements Pipe {
  readonly state = new Store<PipeState>("open");
  readonly cancelled: number[] = [];
  readonly calls: [string, unknown][] = [];
  private f: (frame: string) => void = () => {};

  constructor(readonly answers: Answers) {}

  send(text: string): void {
    const frame = JSON.parse(text) as { t: string; id: number; m: keyof Methods; p: never };
    if (frame.t === "cancel") this.cancelled.push(frame.id);
    if (frame.t !== "call") return;
    this.calls.push([frame.m, frame.p]);
    const answer = this.answers[frame.m] as ((p: never) => unknown) | undefined;
    void Promise.resolve()
      .then(() => answer?.(frame.p) ?? {})
      .then(
        (r) => this.arrive({ t: "result", id: frame.id, r }),
        (err: Error) =>
          this.arrive({ t: "result", id: frame.id, e: { faults: [{ kind: "invalid", what: err.message }] } }),
      );
  }

  onFrame(f: (frame: string) => void) {
    this.f = f;
    return () => {};
  }

  close(): void {}

  arrive(frame: object): void {
    this.f(JSON.stringify(frame));
  }

  asked(method: keyof Methods): unknown[] {
    return this.calls.filter(([m]) => m === method).map(([, p]) => p);
  }
}

function page(answers: Answers) {
  const pipe = new TestPipe(answers);
  return { pipe, client: new Client(pipe) };
}

/** Lets everything that waits for nothing else happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Conversions as the Studio does them, for inputs with at most one name. */
const convert: Answers["invoke.convert"] = ({ text = "" }) => {
  if (text.startsWith("[")) return { json: text, pairs: "" };
  if (text.startsWith("{")) {
    const [name, value] = Object.entries(JSON.parse(text) as Record<string, string>)[0] ?? [];
    return { json: text, pairs: name === undefined ? "" : `${name}=${value}` };
  }
  const [name, value] = text.split("=");
  if (value === undefined) return { json: "", pairs: text, faults: [{ kind: "invalid", what: "the input is wrong" }] };
  return { json: JSON.stringify({ [name ?? ""]: value }), pairs: text };
};

test("the views of an input show the same, and what was typed is never lost", async () => {
  const { client } = page({ "invoke.convert": convert });
  const input = new Input(client, "a.B");
  input.setPairs("  name=Mike ");
  await input.show("json");
  assert.deepEqual(
    [input.state.value.view, input.state.value.json, input.text],
    ["json", '{"name":"Mike"}', "name=Mike"],
  );
  await input.show("pairs");
  assert.equal(input.state.value.pairs, "  name=Mike ", "nothing was typed in between, so it is as it was");

  await input.show("json");
  input.setJson('{"name":"Sue"}');
  await input.show("pairs");
  assert.deepEqual([input.state.value.pairs, input.text], ["name=Sue", '{"name":"Sue"}']);

  input.setPairs("broken");
  await input.show("form");
  assert.deepEqual(
    [input.state.value.view, input.state.value.refused, input.state.value.pairs],
    ["pairs", "form", "broken"],
  );

  input.setText("[1]");
  await input.show("pairs");
  assert.deepEqual([input.state.value.view, input.state.value.refused, input.text], ["json", "pairs", "[1]"]);
  input.setJson("{}");
  await input.show("pairs");
  assert.deepEqual([input.state.value.view, input.state.value.pairs], ["pairs", ""]);
});

const live = (services: string[], status = "live"): Live => ({
  status,
  since: "2026-11-22T00:00:00Z",
  took: 1,
  problems: [],
  state: {
    project: "demo",
    address: "",
    ready: true,
    services: services.map((name) => ({ name, status: "live", calls: 0, errors: 0, running: 0 })),
    connections: [],
    security: [],
    jobs: [],
    channels: [
      { name: "C", type: "rest", service: "a.B", path: "/{id}", methods: ["GET"], calls: 0, errors: 0, running: 0 },
    ],
  },
});

const answer = (service: string, text: string) => ({
  id: "1",
  service,
  text,
  at: "",
  took: 1,
  ok: true,
  status: 200,
  size: 0,
});

test("an invocation saves first, and its answer stands under its service", async () => {
  const order: string[] = [];
  const { client, pipe } = page({
    "invoke.convert": convert,
    "invoke.run": ({ service, text = "" }) => {
      order.push("run");
      return answer(service, text);
    },
  });
  const invoke = new Invoke({
    client,
    live: new Store<Live | undefined>(live(["a.B", "a.C"])),
    saveAll: async () => {
      order.push("save");
      return true;
    },
  });
  assert.equal(invoke.choice.value.service, "a.B", "the first service is chosen at the start");
  invoke.input("a.B").setPairs("name=Mike");
  assert.equal(await invoke.run(), true);
  assert.deepEqual(order, ["save", "run"]);
  assert.deepEqual(pipe.asked("invoke.run"), [{ service: "a.B", text: "name=Mike", timeout: 0 }]);
  assert.equal(invoke.answers.value.get("a.B")?.kind, "answer");
  invoke.follow("a.C");
  assert.equal(invoke.answers.value.get(invoke.answerKey()), undefined);
  invoke.setPinned(true);
  invoke.follow("a.B");
  assert.equal(invoke.choice.value.service, "a.C", "a pinned choice stays");
  invoke.dispose();
});

test("a request through a channel waits for what it lacks", async () => {
  const { client, pipe } = page({ "channels.call": () => answer("a.B", "") });
  const invoke = new Invoke({ client, live: new Store<Live | undefined>(live(["a.B"])), saveAll: async () => true });
  invoke.through("C");
  assert.equal(await invoke.run(), false);
  const channel = invoke.channel("C");
  assert.ok(channel);
  invoke.setCall(channel, { params: { id: "7" }, noKey: true });
  assert.equal(await invoke.run(), true);
  assert.deepEqual(pipe.asked("channels.call"), [
    { channel: "C", method: "GET", path: "/7", query: "", headers: [], body: "", no_key: true },
  ]);
  assert.equal(invoke.answers.value.get("channel:C")?.kind, "answer");
  invoke.dispose();
});

test("what runs can be given up", async () => {
  const { client, pipe } = page({ "invoke.run": () => new Promise(() => {}) });
  const invoke = new Invoke({ client, live: new Store<Live | undefined>(live(["a.B"])), saveAll: async () => true });
  const run = invoke.run();
  await settled();
  assert.equal(invoke.running.value?.stage, "running");
  assert.equal(await invoke.run(), false, "there is one at a time");
  invoke.cancel();
  await run;
  assert.equal(invoke.answers.value.get("a.B")?.kind, "cancelled");
  assert.equal(pipe.cancelled.length, 1);
  assert.equal(invoke.running.value, undefined);
  invoke.dispose();
});

test("what is kept comes back, whatever an earlier page wrote", () => {
  const { client } = page({});
  const deps = { client, live: new Store<Live | undefined>(live(["a.B"])), saveAll: async () => true };
  const before = new Invoke(deps);
  before.input("a.B").setPairs("name=Mike");
  before.setPinned(true);
  const kept = JSON.parse(JSON.stringify(before.keep())) as ReturnType<Invoke["keep"]>;
  const after = new Invoke(deps);
  after.restore(kept);
  assert.deepEqual([after.choice.value.pinned, after.input("a.B").text], [true, "name=Mike"]);
  after.restore({ choice: 7, inputs: { "a.B": null }, channels: { C: { params: 3 } } } as never);
  assert.deepEqual([after.choice.value.pinned, after.input("a.B").text], [false, ""]);
  before.dispose();
  after.dispose();
});

const line = (n: number): LogLine => ({
  time: `2026-11-22T00:00:00.${String(n).padStart(9, "0")}Z`,
  level: "INFO",
  msg: `m${n}`,
});
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i));

test("the log begins with what came before, once", async () => {
  const { client, pipe } = page({ "log.read": () => ({ lines: lines(0, 5) }) });
  const log = new Log(client);
  pipe.arrive({ t: "event", n: "log", d: { lines: lines(3, 8) } });
  await settled();
  pipe.arrive({ t: "event", n: "log", d: { lines: lines(8, 9), lost: 4 } });
  assert.deepEqual(
    log.view.value.shown.map((l) => l.msg),
    lines(0, 9).map((l) => l.msg),
  );
  assert.equal(log.view.value.lost, 4);
  log.dispose();
});

test("the log holds lines back while it is paused, and forgets the oldest", async () => {
  const { client, pipe } = page({});
  const log = new Log(client);
  await settled();
  log.setPaused(true);
  pipe.arrive({ t: "event", n: "log", d: { lines: lines(0, 3) } });
  assert.deepEqual([log.view.value.shown.length, log.view.value.held], [0, 3]);
  log.setPaused(false);
  assert.deepEqual([log.view.value.shown.length, log.view.value.held], [3, 0]);
  log.setFilter({ text: "m1" });
  assert.equal(log.view.value.shown.length, 1);
  log.setFilter({ text: "" });
  for (let i = 0; i < 6; i++)
    pipe.arrive({ t: "event", n: "log", d: { lines: lines(3 + i * 5000, 3 + (i + 1) * 5000) } });
  const { shown, total } = log.view.value;
  assert.ok(total >= maxLines && total < 30_003, `total is ${total}`);
  assert.deepEqual([shown.length, shown.at(-1)?.msg], [total, "m30002"]);
  log.dispose();
});

test("saved requests follow their files, and a taken name is refused", async () => {
  const requests = [
    { name: "a", service: "a.B", text: "x=1", file: "requests/a.yaml" },
    { name: "b", service: "a.B" },
  ];
  const { client, pipe } = page({ "requests.list": () => ({ requests }), "requests.write": (r) => r });
  const model = new Requests(client);
  pipe.arrive({ t: "event", n: "files", d: { entries: [{ name: "requests/a.yaml", size: 1 }] } });
  pipe.arrive({ t: "event", n: "files", d: { entries: [{ name: "requests/a.yaml", size: 1 }] } });
  await settled();
  assert.equal(pipe.asked("requests.list").length, 1, "the same files are not read twice");
  await assert.rejects(model.rename("a", "b"), /already/);
  await model.rename("a", "c");
  assert.deepEqual(pipe.asked("requests.write"), [{ name: "c", service: "a.B", text: "x=1" }]);
  assert.deepEqual(pipe.asked("requests.delete"), [{ name: "a" }]);
  model.dispose();
});

test("earlier invocations are read page by page and forgotten one by one", async () => {
  const one = (id: string) => ({ ...answer("a.B", id), id });
  const { client, pipe } = page({
    "invoke.history": ({ before }) =>
      before === "2" ? { invocations: [one("1")] } : { invocations: [one("3"), one("2")], more: true },
  });
  const history = new Invocations(client);
  await history.refresh();
  await history.loadMore();
  await history.loadMore();
  assert.deepEqual(
    history.state.value.items.map((i) => i.id),
    ["3", "2", "1"],
  );
  await history.forget(["2"]);
  assert.deepEqual(pipe.asked("invoke.forget"), [{ ids: ["2"] }]);
  assert.deepEqual(
    history.state.value.items.map((i) => i.id),
    ["3", "1"],
  );
  history.dispose();
});
