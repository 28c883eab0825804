import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, JsonError, parseJson, pathText, printJson, spanOf, tryJson } from "./json";

test("what is read and printed is the same", () => {
  const texts = [
    `null`,
    `12345678901234567890123`,
    `-0.10e+5`,
    `""`,
    `"a\\"b\\\\\\u00e9\\n"`,
    `[]`,
    `{}`,
    `[1,[2,[3]],{}]`,
    `{"2":1,"1":2,"a b":{"c":[true,false,null]}}`,
    `{"a":1,"a":2}`,
  ];
  for (const text of texts) {
    const want = text.replace("\\u00e9", "é");
    assert.equal(printJson(parseJson(text), ""), want, `printJson(parseJson(${text}))`);
  }
});

test("printed with an indent", () => {
  const got = printJson(parseJson(`{"a":[1,{"b":{}}],"c":[]}`));
  assert.equal(got, `{\n  "a": [\n    1,\n    {\n      "b": {}\n    }\n  ],\n  "c": []\n}`);
});

test("what is no JSON is refused at its place", () => {
  const table: [string, number][] = [
    ["", 0],
    ["{", 1],
    [`{"a" 1}`, 5],
    [`{"a":1,}`, 7],
    ["[1 2]", 3],
    ["[1,]", 3],
    ["01", 1],
    ["nul", 0],
    [`"a\nb"`, 0],
    [`"\\x"`, 0],
    [`"open`, 0],
    ["1 2", 2],
    ["abc", 0],
  ];
  for (const [text, offset] of table) {
    assert.throws(
      () => parseJson(text),
      (err) => err instanceof JsonError && err.offset === offset,
      `parseJson(${JSON.stringify(text)}) must throw at ${offset}`,
    );
  }
});

test("a stranger cannot make it run out of stack", () => {
  assert.equal(tryJson("[".repeat(100_000)), undefined);
  assert.equal(tryJson(`${"[".repeat(300)}${"]".repeat(300)}`)?.kind, "array");
  assert.equal(parseJson(`"${"\\n".repeat(500_000)}"`).kind, "string");
});

test("places of paths", () => {
  const text = `{"a": {"b.c": [10, {"d": "x"}]}, "e": 2}`;
  const table: [string, string][] = [
    ["", text],
    ["e", "2"],
    ["a.b.c.0", "10"],
    ["a.b.c.1.d", `"x"`],
    ["a.b.c.1.missing", `{"d": "x"}`],
    ["a.b.c.7", `[10, {"d": "x"}]`],
    ["nothing", text],
    ["e.deeper", "2"],
  ];
  for (const [path, want] of table) {
    const span = spanOf(text, path);
    assert.equal(span && text.slice(span.from, span.to), want, `spanOf(text, ${JSON.stringify(path)})`);
  }
  assert.equal(spanOf(`{"a"`, "a"), undefined);
});

test("changes along a path", () => {
  const one = { kind: "number", text: "1" } as const;
  const table: [string, (string | number)[], boolean, string | undefined][] = [
    [`{"a":0,"b":2}`, ["a"], true, `{"a":1,"b":2}`],
    [`{"a":0}`, ["b", 0, "c"], true, `{"a":0,"b":[{"c":1}]}`],
    [`{"a":0,"b":2}`, ["a"], false, `{"b":2}`],
    [`[0,2]`, [0], false, `[2]`],
    [`[0]`, [5], true, `[0,1]`],
    [`"text"`, ["a"], true, `{"a":1}`],
    [`{}`, [], false, undefined],
  ];
  for (const [text, path, set, want] of table) {
    const got = changed(parseJson(text), path, set ? one : undefined);
    assert.equal(
      got && printJson(got, ""),
      want,
      `changed(${text}, ${JSON.stringify(path)}, ${set ? "1" : "undefined"})`,
    );
  }
});

test("paths as text", () => {
  assert.equal(pathText(["items", 3, "a b", "$x"]), `items[3]["a b"].$x`);
  assert.equal(pathText([0, "a"]), "[0].a");
});
