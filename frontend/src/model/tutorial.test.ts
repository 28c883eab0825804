import assert from "node:assert/strict";
import { test } from "node:test";
import { readSteps } from "./tutorial";

const cases: [string, string, unknown][] = [
  ["nothing", "", []],
  [
    "a paragraph",
    "Press `Ctrl`.",
    [
      {
        kind: "text",
        spans: [
          { text: "Press ", code: false },
          { text: "Ctrl", code: true },
          { text: ".", code: false },
        ],
      },
    ],
  ],
  [
    "lines of one paragraph",
    "a\nb\n\nc",
    [
      { kind: "text", spans: [{ text: "a b", code: false }] },
      { kind: "text", spans: [{ text: "c", code: false }] },
    ],
  ],
  ["a value", "Name: `CRM`", [{ kind: "value", label: "Name", value: "CRM" }]],
  [
    "a value with words before it stays text",
    "Key: the secret `a/b`",
    [
      {
        kind: "text",
        spans: [
          { text: "Key: the secret ", code: false },
          { text: "a/b", code: true },
        ],
      },
    ],
  ],
  [
    "fenced code",
    "do\n```go\nx := 1\n\ny\n```\nso",
    [
      { kind: "text", spans: [{ text: "do", code: false }] },
      { kind: "code", language: "go", text: "x := 1\n\ny" },
      { kind: "text", spans: [{ text: "so", code: false }] },
    ],
  ],
  ["a fence without an end", "```\nx", [{ kind: "code", language: "", text: "x" }]],
  ["an apostrophe that is left open", "a `b", [{ kind: "text", spans: [{ text: "a `b", code: false }] }]],
];

for (const [name, text, want] of cases) {
  test(`readSteps: ${name}`, () => assert.deepEqual(readSteps(text), want));
}
