import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../api/client";
import type { FileEdit, FileSaved } from "../api/generated";
import { Store } from "../base/store";
import { Documents } from "./documents";
import { Notes } from "./notes";

/** One file behind a pipe, as the Studio keeps it: saves are checked against the hash they began from. */
function studio(text: string) {
  let disk = { text, hash: "1" };
  const drafts: string[] = [];
  let missing = false;
  let receive: (frame: string) => void = () => {};
  const methods: Record<string, (p: never) => unknown> = {
    "files.read": () => {
      if (missing && drafts.at(-1) === "dropped") throw { kind: "not found", what: "no file" };
      return missing ? { name: "a.go", text: "", hash: "" } : { name: "a.go", ...disk };
    },
    "files.write": (p: FileEdit): FileSaved => {
      if (!p.force && p.base !== disk.hash) {
        return { conflict: { ...disk, ...(disk.text === "both" ? { merged: "merged", clean: true } : {}) } };
      }
      disk = { text: p.text.replace("raw", "formatted"), hash: `${Number(disk.hash) + 1}` };
      return disk.text === p.text ? { hash: disk.hash } : { ...disk };
    },
    "files.compare": (p: FileEdit) => {
      if (p.base === disk.hash || p.text === disk.text) return {};
      return { conflict: { ...disk, ...(disk.text === "both" ? { merged: "merged", clean: true } : {}) } };
    },
    "drafts.write": (p: { text: string }) => {
      drafts.push(p.text);
      return {};
    },
    "drafts.drop": () => {
      drafts.push("dropped");
      return {};
    },
  };
  const answer = (method: string, p: never) => {
    try {
      return { r: methods[method]?.(p) };
    } catch (fault) {
      return { e: { faults: [fault] } };
    }
  };
  const client = new Client({
    state: new Store("open" as const),
    send: (frame) => {
      const f = JSON.parse(frame) as { t: string; id: number; m: string; p: never };
      if (f.t === "call") queueMicrotask(() => receive(JSON.stringify({ t: "result", id: f.id, ...answer(f.m, f.p) })));
    },
    onFrame: (f) => {
      receive = f;
      return () => {};
    },
    close: () => {},
  });
  const notes = new Notes();
  const documents = new Documents(client, notes);
  return {
    documents,
    notes,
    drafts,
    get disk() {
      return disk;
    },
    gone: () => {
      missing = true;
      return documents.changed({ names: ["a.go"] });
    },
    back: () => {
      missing = false;
    },
    outside: (t: string) => {
      disk = { text: t, hash: `${Number(disk.hash) + 100}` };
      return documents.changed({ names: ["a.go"] });
    },
  };
}

test("a save writes what was typed and takes over what formatting made of it", async () => {
  const s = studio("one\r\ntwo\r\n");
  const doc = await s.documents.load("a.go");
  assert.equal(doc.text, "one\ntwo\n", "line breaks are of one kind inside");
  doc.edit("raw\ntwo\n");
  assert.equal(doc.state.value.dirty, true);
  assert.equal(await s.documents.save(doc), true);
  assert.equal(s.disk.text, "formatted\r\ntwo\r\n", "and as they were outside");
  assert.equal(doc.text, "formatted\ntwo\n");
  assert.equal(doc.state.value.dirty, false);
});

test("typing while a save is under way is kept", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  doc.edit("raw");
  const saving = s.documents.save(doc);
  doc.edit("raw and more");
  await saving;
  assert.deepEqual([doc.text, doc.state.value.dirty, s.disk.text], ["raw and more", true, "formatted"]);
  await s.documents.save(doc);
  assert.equal(s.disk.text, "formatted and more");
});

test("unsaved text goes to the journal at once when flushed, and is dropped when it is as saved", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  doc.edit("y");
  s.documents.edited(doc);
  s.documents.flush();
  doc.edit("x");
  s.documents.edited(doc);
  s.documents.flush();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(s.drafts, ["y", "dropped"]);
});

test("a change by another program: clean documents follow, dirty ones are asked about", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  await s.outside("theirs");
  assert.equal(doc.text, "theirs");
  doc.edit("mine");
  await s.outside("theirs 2");
  assert.equal(doc.text, "mine");
  assert.equal(doc.state.value.outside?.text, "theirs 2");
  s.documents.resolve = () => Promise.resolve(null);
  assert.equal(await s.documents.save(doc), false, "nothing is overwritten without an answer");
  assert.equal(s.disk.text, "theirs 2");
  s.documents.resolve = (d) => Promise.resolve({ kind: "text", text: `${d.text} and theirs` });
  assert.equal(await s.documents.save(doc), true);
  assert.equal(s.disk.text, "mine and theirs");
});

test("a file that is deleted: its text stays, and giving it up closes it", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  doc.edit("mine");
  await s.gone();
  assert.deepEqual([doc.state.value.gone, doc.state.value.dirty, doc.text], [true, true, "mine"]);
  const closed: string[] = [];
  s.documents.closed = (name) => closed.push(name);
  await s.documents.revert(doc);
  assert.deepEqual(closed, ["a.go"]);
  assert.equal(s.documents.get("a.go"), undefined);
});

test("changes that do not meet are merged and saved", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  doc.edit("mine");
  await s.outside("both");
  assert.equal(await s.documents.save(doc), true);
  assert.deepEqual([s.disk.text, doc.text, doc.state.value.dirty], ["merged", "merged", false]);
});

test("a change on disk that does not meet unsaved text is taken over at once, and can be taken back", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  doc.edit("mine");
  await s.outside("both");
  assert.deepEqual([doc.text, doc.state.value.dirty, doc.state.value.outside], ["merged", true, null]);
  assert.equal(s.disk.text, "both", "nothing is written before it is saved");
  s.notes.list.value[0]?.action?.run();
  assert.deepEqual([doc.text, doc.state.value.dirty], ["mine", true]);
});

test("a file that goes and comes back is followed where nothing was typed", async () => {
  const s = studio("x");
  const doc = await s.documents.load("a.go");
  await s.gone();
  assert.equal(doc.state.value.gone, true);
  s.back();
  await s.outside("theirs");
  assert.deepEqual([doc.text, doc.state.value.dirty, doc.state.value.gone], ["theirs", false, false]);
});
