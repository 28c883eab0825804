import assert from "node:assert/strict";
import { test } from "node:test";
import { toLine } from "../../model/loglines";
import { LogRows, wrapped } from "./rows";

const lines = [2, 5, 9].map((id) =>
  toLine({ time: "2026-11-22T16:45:54Z", level: "INFO", msg: `m${id}`, attrs: { error: "a\nb" } }, id),
);

test("open lines are followed by their parts", () => {
  const rows = new LogRows(lines, new Set([2, 9, 77]), 40);
  const all = Array.from({ length: rows.count }, (_, i) => rows.at(i));
  assert.deepEqual(
    all.map((r) => `${r?.key} ${r?.part ? `${r.part.name}=${r.part.text}` : r?.line.msg}`),
    [
      "2 m2",
      "2.0 time=2026-11-22T16:45:54Z",
      "2.1 message=m2",
      "2.2 error=a",
      "2.3 =b",
      "5 m5",
      "9 m9",
      "9.0 time=2026-11-22T16:45:54Z",
      "9.1 message=m9",
      "9.2 error=a",
      "9.3 =b",
    ],
  );
  for (const [i, row] of all.entries()) assert.equal(rows.placeOf(row?.key ?? ""), i, `placeOf(${row?.key})`);
  assert.equal(rows.at(rows.count), undefined);
  assert.equal(rows.placeOf("3"), -1);
  assert.equal(rows.placeOf(""), -1);
});

test("long texts go on in the next row", () => {
  assert.deepEqual(wrapped("abcdefg\n\n\tx", 3), ["abc", "def", "g", "", "   ", " x"]);
});
