import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../api/generated";
import { callsOf, nanoseconds } from "./calls";
import { matcherOf, withTerm } from "./logfilter";
import { levelOf, placeIn, toLine } from "./loglines";

const line = (msg: string, attrs?: object, level = "INFO", cid = ""): LogLine => ({
  time: "2026-11-22T16:45:54.061Z",
  level,
  msg,
  ...(attrs ? { attrs } : {}),
  ...(cid ? { cid } : {}),
});

test("a line in its columns", () => {
  const got = toLine(
    line("it was sent", { service: "users.Get", took: "2ms", who: { name: "A B" }, n: [1, 2] }, "INFO"),
    1,
  );
  assert.equal(got.source, "users.Get");
  assert.equal(got.rest, 'took=2ms who.name="A B" n=[1,2]');
  assert.equal(levelOf("ERROR+4"), "ERROR");
  assert.equal(levelOf("what"), "INFO");
});

test("places in lines", () => {
  const table: [string, string][] = [
    ["services/users/users.go:12:5: no such thing", "services/users/users.go 12 5"],
    ["at users.go:7", "users.go 7 0"],
    ["channels/orders-in.yaml:4:10", "channels/orders-in.yaml 4 10"],
    ["http://127.0.0.1:17010/a.go", ""],
    ["10:20:30", ""],
    ["/etc/go/users.go:1", ""],
  ];
  for (const [text, want] of table) {
    const place = placeIn(text);
    assert.equal(place ? `${place.file} ${place.line} ${place.column}` : "", want, `placeIn(${text})`);
  }
});

test("filters", () => {
  const one = toLine(
    line("Connection opened", { service: "users.Get", connection: "CRM", took: "2ms" }, "WARN", "abc123"),
    1,
  );
  const table: [string, boolean][] = [
    ["", true],
    ["opened CONN", true],
    ['"connection opened"', true],
    ['"opened connection"', false],
    ['"connection ope', true],
    ["service:users", true],
    ["service:orders", false],
    ["-service:orders", true],
    ["-opened", false],
    ["-", true],
    ["cid:abc", true],
    ["cid:bc", false],
    ["level:warn", true],
    ["level:error", false],
    ["connection:crm", true],
    ["took:", true],
    ["nothing:x", false],
  ];
  for (const [text, want] of table) {
    assert.equal(matcherOf({ level: "DEBUG", text })(one), want, `filter ${JSON.stringify(text)}`);
  }
  assert.equal(matcherOf({ level: "ERROR", text: "" })(one), false);
});

test("terms of a filter are replaced", () => {
  assert.equal(withTerm("a cid:1 b", "cid", "2"), "a b cid:2");
  assert.equal(withTerm("cid:1", "cid", ""), "");
  assert.equal(withTerm("", "service", "a b"), 'service:"a b"');
});

test("calls of an invocation", () => {
  const lines = [
    line("connection request", { connection: "CRM", method: "POST", address: "http://a", length: 3 }),
    line("connection request", { connection: "Billing", method: "GET", address: "http://b" }),
    line("connection request", { connection: "CRM", method: "POST", address: "http://a" }),
    line("connection response", { connection: "CRM", method: "POST", status: 200, took: "1.5ms", length: 10 }),
    line("connection response", { connection: "Billing", method: "GET", took: "2s", error: "refused", tries: 3 }),
  ];
  const got = callsOf(lines).map((c) => [c.connection, c.status, c.took, c.size, c.tries, c.error]);
  assert.deepEqual(got, [
    ["CRM", 200, 1.5e6, 10, 1, ""],
    ["Billing", undefined, 2e9, undefined, 3, "refused"],
    ["CRM", undefined, undefined, undefined, 1, ""],
  ]);
});

test("durations", () => {
  const table: [string, number | undefined][] = [
    ["1.5ms", 1.5e6],
    ["1m2s", 62e9],
    ["250µs", 250e3],
    ["17", 17],
    ["", undefined],
    ["soon", undefined],
    ["1ms later", undefined],
  ];
  for (const [text, want] of table) {
    assert.equal(nanoseconds(text), want, `nanoseconds(${JSON.stringify(text)})`);
  }
});
