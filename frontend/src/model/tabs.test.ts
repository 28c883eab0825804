import assert from "node:assert/strict";
import { test } from "node:test";
import { type TabContent, Tabs } from "./tabs";

const file = (name: string): TabContent => ({ kind: "file", name });
const names = (t: Tabs) =>
  t.state.value.list.map((x) => (x.id === t.state.value.active ? `[${x.id.slice(5)}]` : x.id.slice(5))).join(" ");

test("tabs open behind the active one, and once", () => {
  const t = new Tabs();
  for (const n of ["a", "b", "c"]) t.open(file(n));
  t.show("file:a");
  t.open(file("d"));
  t.open(file("b"));
  assert.equal(names(t), "a d [b] c");
});

test("a preview gives its place to the next; editing keeps it", () => {
  const t = new Tabs();
  t.open(file("a"));
  t.open(file("b"), { preview: true });
  t.open(file("c"), { preview: true });
  assert.equal(names(t), "a [c]");
  t.pin("file:c");
  t.open(file("d"), { preview: true });
  assert.equal(names(t), "a c [d]");
  t.open(file("d"));
  assert.equal(t.find("file:d")?.preview, false, "opening it for good keeps it");
});

test("closing shows the tab that was used before, and asks the guard", async () => {
  const t = new Tabs();
  for (const n of ["a", "b", "c"]) t.open(file(n));
  t.show("file:a");
  t.show("file:c");
  await t.close("file:c");
  assert.equal(names(t), "[a] b");
  t.guard = () => Promise.resolve(false);
  assert.equal(await t.close("file:a"), false);
  assert.equal(names(t), "[a] b");
  t.guard = () => Promise.resolve(true);
  await t.close("file:a", "file:b");
  assert.equal(t.state.value.active, "");
  t.reopen();
  t.reopen();
  assert.equal(t.state.value.list.length, 2, "what was closed is opened again");
});

test("tabs move, are stepped through and replaced", () => {
  const t = new Tabs();
  for (const n of ["a", "b", "c"]) t.open(file(n));
  t.move("file:c", "file:a");
  assert.equal(names(t), "[c] a b");
  t.move("file:c", "");
  assert.equal(names(t), "a b [c]");
  t.step(1);
  assert.equal(names(t), "[a] b c");
  t.replace("file:a", file("x"));
  assert.equal(names(t), "[x] b c");
  t.replace("file:x", file("b"));
  assert.equal(names(t), "[b] c", "one that is open already is not doubled");
});
