import assert from "node:assert/strict";
import { test } from "node:test";
import { Actions } from "./actions";
import { buildTree, checkPath } from "./files";
import { defaultArrangement, readLayout } from "./layout";
import { matchesByFile } from "./search";
import { findServices, serviceAt } from "./servicesource";
import { readSettings } from "./settings";

const key = (key: string) => ({ key, ctrlKey: true, metaKey: false, altKey: false, shiftKey: false });

test("actions: arguments, conditions, keys of one's own", () => {
  const done: string[] = [];
  const actions = new Actions(false, (err) => done.push(String(err)));
  let may = true;
  const end = actions.add(
    { id: "a.save", title: "Save", group: "A", keys: ["Mod+S"], when: () => may, run: () => void done.push("save") },
    { id: "a.new", title: "New", group: "A", run: (arg) => void done.push(`new ${arg}`) },
    { id: "a.bad", title: "Bad", group: "A", run: () => Promise.reject(new Error("broken")) },
  );
  assert.throws(() => actions.add({ id: "a.save", title: "", group: "", run: () => {} }), /exists/);
  actions.run("a.new:connection:x");
  assert.equal(actions.press(key("s"), false), true);
  may = false;
  assert.equal(actions.press(key("s"), false), false, "what cannot be done leaves the keys to others");
  assert.deepEqual(
    actions.list().map((a) => a.id),
    ["a.new", "a.bad"],
  );
  may = true;
  actions.bind({ "a.save": "Mod+Y" });
  assert.equal(actions.press(key("s"), false), false);
  assert.equal(actions.press(key("y"), false), true);
  assert.deepEqual(done, ["new connection:x", "save", "save"]);
  end();
  assert.equal(actions.find("a.save"), undefined);
});

test("services are found in text, even in text that does not compile", () => {
  const source = [
    "// Package users answers questions.",
    "package users",
    "",
    'import "mortise/runtime/service"',
    "",
    "func GetDetails(ctx *service.Context, in In) (Out, error) {",
    "\tbroken(",
    "}",
    "func helper(ctx *service.Context) {}",
    "func Plain(n int) {}",
    "func (t T) Method(ctx *service.Context) error { return nil }",
    "func Ping(ctx *service.Context) error {",
  ];
  const found = findServices(source);
  assert.deepEqual(found, [
    { name: "users.GetDetails", line: 6 },
    { name: "users.Ping", line: 12 },
  ]);
  assert.equal(serviceAt(found, 7), "users.GetDetails");
  assert.equal(serviceAt(found, 2), "");
});

test("the tree has folders first, and folders that nobody listed", () => {
  const roots = buildTree({ entries: [{ name: "b.go" }, { name: "z/deep/c.go" }, { name: "a", folder: true }] });
  assert.deepEqual(
    roots.map((n) => n.name),
    ["a", "z", "b.go"],
  );
  assert.equal(roots[1]?.children[0]?.children[0]?.name, "z/deep/c.go");
});

test("paths that people type", () => {
  const cases: [string, string][] = [
    ["a/b.go", ""],
    [" ", "empty"],
    ["/a", "bad"],
    ["a//b", "bad"],
    ["../a", "bad"],
    ["a\\b", "bad"],
  ];
  for (const [path, want] of cases) assert.equal(checkPath(path), want, `checkPath(${path})`);
});

test("a layout of another version or of a stranger is not believed", () => {
  assert.equal(readLayout(undefined), null);
  assert.equal(readLayout({ version: 2 }), null);
  const read = readLayout({
    version: 1,
    side: { size: -5, shown: "x" },
    tabs: [{ kind: "file", name: "a" }, { kind: "odd" }, 7],
    cursors: { a: 3, b: "x" },
  });
  assert.deepEqual(read?.side, defaultArrangement.side);
  assert.deepEqual(read?.tabs, [{ kind: "file", name: "a" }]);
  assert.deepEqual(read?.cursors, { a: 3 });
});

test("settings that are odd are as they are by default", () => {
  const s = readSettings({
    theme: "pink",
    font_size: 500,
    editor_font_size: "x",
    keys: { a: "Mod+A", b: 3 },
    wrap_lines: true,
  });
  assert.deepEqual(
    [s.theme, s.fontSize, s.editorFontSize, s.keys, s.wrapLines],
    ["system", 32, 13, { a: "Mod+A" }, true],
  );
});

test("matches are grouped by file", () => {
  const m = (name: string, line: number) => ({ name, line, column: 1, length: 1, text: "", offset: 0 });
  const files = matchesByFile([m("a", 1), m("b", 2), m("a", 3)]);
  assert.deepEqual(
    files.map((f) => [f.name, f.matches.length]),
    [
      ["a", 2],
      ["b", 1],
    ],
  );
});
