import assert from "node:assert/strict";
import { test } from "node:test";
import { rowStarts } from "./rawtext";

test("rows of a text", () => {
  const table: [string, number, string[]][] = [
    ["", 3, []],
    ["abc", 3, ["abc"]],
    ["abcd", 3, ["abc", "d"]],
    ["ab\ncdefg\n\nh", 3, ["ab\n", "cde", "fg\n", "\n", "h"]],
    ["ab\u{1f600}c", 3, ["ab", "\u{1f600}c"]],
  ];
  for (const [text, columns, want] of table) {
    const starts = rowStarts(text, columns);
    const got = starts.map((s, i) => text.slice(s, starts[i + 1]));
    assert.deepEqual(got, want, `rowStarts(${JSON.stringify(text)}, ${columns})`);
  }
});
