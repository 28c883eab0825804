import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../base/json";
import { findIn, keyOf, openedTo, preview, rowsOf } from "./rows";

test("a small value is open all through", () => {
  const rows = rowsOf(parseJson(`{"a":[1,{"b":2}],"c":{}}`), new Map());
  assert.deepEqual(
    rows.map((r) => `${r.depth} ${r.key} ${r.state} ${r.place}/${r.brothers}`),
    ["0  open 1/1", "1 /a open 1/2", "2 /a/0 leaf 1/2", "2 /a/1 open 2/2", "3 /a/1/b leaf 1/1", "1 /c leaf 2/2"],
  );
});

test("what was closed stays closed, and finding opens it", () => {
  const value = parseJson(`{"a":{"b":{"c":1}}}`);
  const closed = new Map([["/a", false]]);
  assert.deepEqual(
    rowsOf(value, closed).map((r) => r.key),
    ["", "/a"],
  );
  const [path] = findIn(value, "C");
  assert.deepEqual(path, ["a", "b", "c"]);
  assert.equal(rowsOf(value, openedTo(path ?? [], closed)).length, 4);
});

test("a large value is open in its first levels only", () => {
  const items = Array.from({ length: 5_000 }, (_, i) => `{"id":${i},"tags":["a","b"]}`);
  const rows = rowsOf(parseJson(`{"items":[${items.join(",")}],"next":{"page":{"size":1}}}`), new Map());
  assert.deepEqual(
    rows.map((r) => `${r.key} ${r.state}`),
    [" open", "/items closed", "/next open", "/next/page closed"],
  );
});

test("names with slashes keep their own keys", () => {
  assert.notEqual(keyOf(["a/b"]), keyOf(["a", "b"]));
  assert.notEqual(keyOf(["~1"]), keyOf(["/"]));
});

test("previews are short", () => {
  assert.equal(
    preview(parseJson(`{"a":1,"b":[1,2],"c":{"d":1},"e":[],"f":{}}`)),
    "{a: 1, b: [2], c: {…}, e: [], f: {}}",
  );
  assert.ok(preview(parseJson(`[${Array.from({ length: 100 }, (_, i) => i).join(",")}]`)).endsWith(", …]"));
});
