import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../base/store";
import { ApiError, Client, isAborted } from "./client";
import type { Pipe, PipeState } from "./pipe";

/** The page's end of a pipe whose other end is the test. */
class TestPipe implements Pipe {
  readonly state = new Store<PipeState>("connecting");
  readonly sent: Record<string, unknown>[] = [];
  private f: (frame: string) => void = () => {};
  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Record<string, unknown>);
  }
  onFrame(f: (frame: string) => void) {
    this.f = f;
    return () => {};
  }
  close(): void {}
  arrive(frame: object): void {
    this.f(JSON.stringify(frame));
  }
}

function opened() {
  const pipe = new TestPipe();
  const client = new Client(pipe);
  pipe.state.set("open");
  pipe.sent.length = 0;
  return { pipe, client };
}

test("calls that are made before the pipe is open wait for it, in order", async () => {
  const pipe = new TestPipe();
  const client = new Client(pipe);
  const a = client.call("files.read", { name: "a" });
  void client.call("files.read", { name: "b" }).catch(() => {});
  assert.equal(pipe.sent.length, 0);
  pipe.state.set("open");
  assert.deepEqual(
    pipe.sent.filter((f) => f.t === "call").map((f) => f.p),
    [{ name: "a" }, { name: "b" }],
  );
  pipe.arrive({ t: "result", id: 1, r: { name: "a", text: "x", hash: "h" } });
  assert.equal((await a).text, "x");
});

test("what fails rejects with its faults", async () => {
  const { pipe, client } = opened();
  const call = client.call("files.read", { name: "a" });
  pipe.arrive({ t: "result", id: 1, e: { faults: [{ kind: "not found", what: 'no file "a"', hint: "make it" }] } });
  await assert.rejects(call, (err: unknown) => err instanceof ApiError && err.first.hint === "make it");
});

test("a call that is given up tells the other side, once", async () => {
  const { pipe, client } = opened();
  const stop = new AbortController();
  const call = client.call("files.read", { name: "a" }, stop.signal);
  stop.abort();
  await assert.rejects(call, isAborted);
  assert.deepEqual(pipe.sent.at(-1), { t: "cancel", id: 1 });
  pipe.arrive({ t: "result", id: 1, r: {} }); // comes too late and is nobody's
});

test("a lost pipe ends what is under way; what is watched is watched again", async () => {
  const { pipe, client } = opened();
  const end = client.watch("log");
  const call = client.call("files.read", { name: "a" });
  pipe.state.set("lost");
  await assert.rejects(call, (err: unknown) => err instanceof ApiError && err.first.code === "pipe.lost");
  pipe.sent.length = 0;
  pipe.state.set("open");
  assert.deepEqual(pipe.sent, [{ t: "watch", events: ["log"] }]);
  end();
  assert.deepEqual(pipe.sent.at(-1), { t: "watch", events: [] });
});

test("events and channels reach those who asked", () => {
  const { pipe, client } = opened();
  const heard: unknown[] = [];
  const end = client.on("changed", (c) => heard.push(c.names));
  const lsp = client.channel("lsp");
  lsp.onText((t) => heard.push(t));
  pipe.arrive({ t: "event", n: "changed", d: { names: ["a"] } });
  pipe.arrive({ t: "channel", c: "lsp", d: "{}" });
  pipe.arrive({ t: "event", n: "unknown", d: {} });
  end();
  pipe.arrive({ t: "event", n: "changed", d: { names: ["b"] } });
  assert.deepEqual(heard, [["a"], "{}"]);
  lsp.send("x");
  assert.deepEqual(pipe.sent.at(-1), { t: "channel", c: "lsp", d: "x" });
});
