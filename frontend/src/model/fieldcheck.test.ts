import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldInfo } from "../api/generated";
import { checkField, isSecretName, parseDuration, parseSize } from "./fieldcheck";

const field = (kind: FieldInfo["kind"], more: Partial<FieldInfo> = {}): FieldInfo => ({
  key: "x",
  kind,
  title: "X",
  ...more,
});

test("checkField tells right values from wrong ones", () => {
  const cases: [FieldInfo, unknown, boolean][] = [
    [field("text", { need: true }), undefined, false],
    [field("text", { need: true }), "a", true],
    [field("text"), undefined, true],
    [field("text", { max: "3" }), "abcd", false],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a placeholder of a file
    [field("text", { max: "3" }), "${crm.address}", true],
    [field("text", { pattern: "^(?:[a-z]+)$" }), "Abc", false],
    [field("int", { min: "1", max: "10" }), 10, true],
    [field("int", { min: "1", max: "10" }), 11, false],
    [field("int"), "ten", false],
    [field("float"), 1.5, true],
    [field("duration", { min: "10ms", max: "1h" }), "10s", true],
    [field("duration", { min: "10ms", max: "1h" }), "2h", false],
    [field("duration"), "soon", false],
    [field("size", { min: "1KiB" }), "1000B", false],
    [field("size", { min: "1KiB" }), "64KiB", true],
    [field("time"), "2026-11-30T08:00:00Z", true],
    [field("time"), "2026-11-30", true],
    [field("time"), "tomorrow", false],
    [field("json"), '{"a":1}', true],
    [field("json"), "{a:1}", false],
    [field("secret", { need: true }), { secret: "crm/key" }, true],
    [field("secret"), { secret: "crm key" }, false],
    [field("texts", { max: "1" }), ["a", "b"], false],
    [field("texts", { pattern: "^(?:[A-Z]+)$" }), ["GET", "post"], false],
    [field("map"), { Accept: "text/plain" }, true],
  ];
  for (const [f, value, right] of cases) {
    const said = checkField(f, value);
    assert.equal(said === "", right, `checkField(${f.kind}, ${JSON.stringify(value)}) = "${said}"`);
  }
});

test("parseDuration and parseSize read what files may say", () => {
  const spans: [string, number | null][] = [
    ["10s", 1e10],
    ["1m30s", 9e10],
    ["1d12h", 1.296e14],
    ["0", 0],
    ["10", null],
    ["s", null],
  ];
  for (const [text, want] of spans) assert.equal(parseDuration(text), want, `parseDuration("${text}")`);
  const sizes: [string, number | null][] = [
    ["100", 100],
    ["64KiB", 65_536],
    ["1.5 mb", 1.5e6],
    ["10XB", null],
    ["", null],
  ];
  for (const [text, want] of sizes) assert.equal(parseSize(text), want, `parseSize("${text}")`);
});

test("isSecretName takes parts with slashes between them", () => {
  for (const name of ["a", "crm/key", "a.b_c-d/9"]) assert.ok(isSecretName(name), name);
  for (const name of ["", "/a", "a/", "a b", "-a", "a".repeat(201)]) assert.ok(!isSecretName(name), name);
});
