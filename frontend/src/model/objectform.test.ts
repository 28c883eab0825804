import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../api/client";
import type { FieldInfo, ObjectEdit } from "../api/generated";
import { Document } from "./document";
import { applies, countSet, defaultText, splitHelp, toSend, valueAt, withValue } from "./formvalues";
import { ObjectForm, wrongFields } from "./objectform";

const fields: FieldInfo[] = [
  { key: "address", kind: "text", title: "Address", need: true },
  { key: "mode", kind: "choice", title: "Mode", default: "plain", choices: [{ value: "plain" }, { value: "tls" }] },
  { key: "ca", kind: "text", title: "CA", need: true, when: { key: "mode", values: ["tls"] } },
  { key: "input", kind: "json", title: "Input" },
  { key: "ping", kind: "group", title: "Ping", fields: [{ key: "status", kind: "int", title: "Status", max: "599" }] },
];

test("values are read, set and taken away by dotted paths", () => {
  const set = withValue(withValue({ address: "a" }, "ping.status", 200), "address", "b");
  assert.deepEqual(set, { address: "b", ping: { status: 200 } });
  assert.equal(valueAt(set, "ping.status"), 200);
  assert.equal(valueAt(set, "ping.path"), undefined);
  assert.deepEqual(withValue(set, "ping.status", undefined), { address: "b" });
  assert.equal(countSet(fields, set), 2);
});

test("a field applies by another one's value or default", () => {
  const ca = fields[2] as FieldInfo;
  assert.equal(applies(ca, fields, {}), false);
  assert.equal(applies(ca, fields, { mode: "tls" }), true);
  assert.deepEqual(wrongFields(fields, { address: "a" }), []);
  assert.deepEqual(wrongFields(fields, { mode: "tls", ping: { status: 900 } }), ["address", "ca", "ping.status"]);
});

test("what does not apply is not sent, and JSON goes as text", () => {
  const sent = toSend(fields, { address: "a", ca: "x", input: '{"id":12345678901234567890}', other: 1 });
  assert.deepEqual(sent, { config: { address: "a", other: 1 }, texts: { input: '{"id":12345678901234567890}' } });
});

test("defaults and help are said in words", () => {
  assert.equal(defaultText(fields[1] as FieldInfo), "plain");
  assert.deepEqual(splitHelp("One.\nTwo."), ["One.", "Two."]);
});

/** A form over a document, and what it asked of the Studio. */
function makeForm(text: string) {
  const asked: [string, unknown][] = [];
  const call = (method: string, input: unknown) => {
    asked.push([method, input]);
    const edit = input as ObjectEdit;
    if (method === "objects.check")
      return Promise.resolve({ fields: [], file: "connections/crm.yaml", yaml: `address: ${addressOf(edit)}\n` });
    return Promise.resolve({
      edit: { kind: "connection", type: "rest", name: "crm", config: { address: "a" }, texts: { input: "1" } },
      readable: true,
      fields: [],
    });
  };
  const doc = new Document("connections/crm.yaml", { name: "connections/crm.yaml", text, hash: "1" });
  const edited: string[] = [];
  const form = new ObjectForm(
    {
      client: { call } as unknown as Pick<Client, "call">,
      edited: (d) => edited.push(d.text),
      fail: (err) => assert.fail(String(err)),
      fields: () => fields,
      savedName: () => "crm",
    },
    doc,
    "connection",
  );
  return { form, doc, asked, edited };
}

const addressOf = (e: ObjectEdit) => (e.config as Record<string, unknown>).address;

test("a form reads its text once and writes into it", async () => {
  const { form, doc, asked, edited } = makeForm("address: a\n");
  await form.read();
  await form.read();
  assert.equal(asked.length, 1, "read asks once for the same text");
  assert.deepEqual(form.state.value.values, { address: "a", input: "1" });
  form.set("address", "b");
  form.set("address", "c");
  await form.settle();
  assert.deepEqual(edited, ["address: c\n"]);
  assert.equal(doc.text, "address: c\n");
  assert.ok(doc.state.value.dirty, "the document is to be saved");
  const sent = asked.find(([m]) => m === "objects.check")?.[1] as ObjectEdit;
  assert.deepEqual([sent.was, sent.text, sent.texts], ["crm", "address: a\n", { input: "1" }]);
  assert.equal(asked.length, 2, "the form's own text is not read again");
});

test("what is typed while the text is read stays", async () => {
  const { form } = makeForm("address: a\n");
  await form.read();
  const reading = form.doc.reload("address: other\n", "2");
  form.set("address", "typed");
  await reading;
  await form.settle();
  assert.equal(valueAt(form.state.value.values, "address"), "typed");
});

test("insisting counts fields, not messages", async () => {
  const { form } = makeForm("address: a\n");
  await form.read();
  form.set("address", undefined);
  await form.settle();
  assert.equal(form.insist(), 1);
  assert.ok(form.state.value.strict);
});
