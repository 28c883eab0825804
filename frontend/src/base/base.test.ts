import assert from "node:assert/strict";
import { test } from "node:test";
import { Disposables } from "./dispose";
import { baseName, dirName, formatCount, formatDuration, formatRelative, formatSize } from "./format";
import { fuzzy, fuzzySort } from "./fuzzy";
import { type KeyPress, matchesChord, parseChord, showChord } from "./keys";
import { derived, Store, shallowEqual } from "./store";

const press = (key: string, on: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...on,
});

test("chords: what is read, shown and matched", () => {
  const cases: [string, KeyPress, boolean, boolean][] = [
    ["Mod+S", press("s", { ctrlKey: true }), false, true],
    ["Mod+S", press("s", { metaKey: true }), true, true],
    ["Mod+S", press("s", { ctrlKey: true, shiftKey: true }), false, false],
    ["Mod+Shift+P", press("P", { ctrlKey: true, shiftKey: true }), false, true],
    ["Mod+,", press(",", { ctrlKey: true }), false, true],
    ["Mod+/", press("/", { ctrlKey: true, shiftKey: true }), false, true], // Shift is needed for it on some keyboards
    ["Mod+P", press("з", { ctrlKey: true, code: "KeyP" }), false, true], // a Cyrillic layout
    ["Mod+P", press("l", { ctrlKey: true, code: "KeyP" }), false, false], // Dvorak: the letter counts
    ["F1", press("F1"), false, true],
    ["Mod+Up", press("ArrowUp", { ctrlKey: true }), false, true],
  ];
  for (const [text, keys, mac, want] of cases) {
    const chord = parseChord(text);
    assert.ok(chord, `parseChord(${text}) is null`);
    assert.equal(matchesChord(chord, keys, mac), want, `matchesChord(${text}, ${JSON.stringify(keys)}, mac ${mac})`);
  }
  for (const bad of ["", "Mod+", "Foo+A", "Mod+Mod+A"]) assert.equal(parseChord(bad), null, `parseChord(${bad})`);
  assert.equal(showChord("Mod+Shift+P", false), "Ctrl+Shift+P");
  assert.equal(showChord("Mod+Shift+P", true), "⇧⌘P");
});

test("fuzzy: order, beginnings of words, and nothing where a character is missing", () => {
  assert.equal(fuzzy("xyz", "users.GetDetails"), null);
  assert.deepEqual(fuzzy("gd", "users.GetDetails")?.positions, [6, 9]);
  assert.deepEqual(fuzzy("det", "users.GetDetails")?.positions, [9, 10, 11]);
  const names = ["services/billing/balance.go", "go.mod", "services/users/users.go"];
  assert.equal(fuzzySort("users", names, (n) => n)[0]?.item, "services/users/users.go");
  assert.deepEqual(
    fuzzySort("", names, (n) => n).map((f) => f.item),
    names,
    "an empty query keeps the order",
  );
});

test("formats", () => {
  const durations: [number, string][] = [
    [0, "0 ns"],
    [850_000, "850 µs"],
    [12_400_000, "12.4 ms"],
    [1_250_000_000, "1.25 s"],
    [185_000_000_000, "3 min 5 s"],
    [3_720_000_000_000, "1 h 2 min"],
  ];
  for (const [ns, want] of durations) assert.equal(formatDuration(ns), want, `formatDuration(${ns})`);
  assert.equal(formatSize(412), "412 B");
  assert.equal(formatSize(1_440), "1.44 KB");
  assert.equal(formatCount(1, "problem", "problems"), "1 problem");
  assert.equal(formatCount(1200, "problem", "problems"), "1,200 problems");
  const now = new Date("2026-11-22T12:00:00Z");
  assert.equal(formatRelative("2026-11-22T11:55:00Z", now), "5 min ago");
  assert.equal(formatRelative("2026-11-22T12:00:20Z", now), "in 20 s");
  assert.equal(formatRelative("2026-11-20T12:00:00Z", now), "2 days ago");
  assert.equal(formatRelative("nonsense", now), "");
  assert.equal(baseName("a/b/c.go"), "c.go");
  assert.equal(dirName("a/b/c.go"), "a/b");
  assert.equal(dirName("c.go"), "");
});

test("stores: followers hear of changes, and of nothing else", () => {
  const store = new Store({ a: 1, b: 2 });
  let heard = 0;
  const end = store.subscribe(() => heard++);
  store.set(store.value);
  assert.equal(heard, 0, "the same value is no change");
  store.patch({ a: 2 });
  assert.deepEqual([heard, store.value], [1, { a: 2, b: 2 }]);
  end();
  store.patch({ a: 3 });
  assert.equal(heard, 1, "an ended subscription is quiet");
});

test("derived values are computed once a change, and stay the same object while equal", () => {
  const source = new Store({ list: [3, 1, 2], other: 0 });
  let computed = 0;
  const sorted = derived([source], () => {
    computed++;
    return [...source.value.list].sort();
  });
  const first = sorted.value;
  assert.deepEqual([first, computed], [[1, 2, 3], 1]);
  assert.equal(sorted.value, first);
  assert.equal(computed, 1, "it is not computed again while nothing changes");
  source.patch({ other: 1 });
  assert.equal(sorted.value, first, "an equal list is the same object");
  assert.ok(
    shallowEqual({ a: 1 }, { a: 1 }) && !shallowEqual({ a: 1 }, { a: 1, b: 2 }) && !shallowEqual([1], { 0: 1 }),
  );
});

test("disposables end once, last first", () => {
  const order: number[] = [];
  const all = new Disposables();
  all.add(() => order.push(1));
  all.add(() => order.push(2));
  all.dispose();
  all.dispose();
  assert.deepEqual(order, [2, 1]);
});
