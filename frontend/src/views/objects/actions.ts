import type { Object as ApiObject, ObjectUse } from "../../api/generated";
import { words as groups } from "../../base/words/actions";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/objects";
import { words as secrets } from "../../base/words/secrets";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";
import { isRecord } from "../../model/formvalues";

/** What can be done with objects and secrets, by button, menu, key and palette. Those that need an object take "kind:name" or the name behind their colon. */
export function objectActions(app: App): Action[] {
  const { objects } = app;
  const w = words.actions;
  const group = words.group;
  const when = () => app.project.open !== undefined;
  const one = (id: string, title: string, run: (o: ApiObject) => Promise<void>): Action => ({
    id,
    title,
    group,
    hidden: true,
    when,
    run: async (arg) => {
      const o = objects.find(...split(arg));
      if (o) await run(o);
    },
  });
  return [
    { id: "object.new", title: w.new, group, when, run: (kind) => objects.asking.set({ kind }) },
    { id: "object.paste", title: w.paste, group, when, run: () => objects.pasting.set(true) },
    one("object.duplicate", w.duplicate, (o) => duplicate(app, o)),
    one("object.rename", w.rename, (o) => rename(app, o)),
    one("object.delete", w.delete, (o) => remove(app, o)),
    { id: "object.ping", title: w.ping, group, hidden: true, when, run: (name) => ping(app, name) },
    {
      id: "object.pingAll",
      title: w.pingAll,
      group,
      when: () => when() && app.live.now.value.state.connections.length > 0,
      run: () => pingAll(app),
    },
    { id: "object.call", title: w.call, group, hidden: true, when, run: (name) => call(app, name) },
    { id: "object.run", title: w.run, group, hidden: true, when, run: (name) => runJob(app, name) },
    {
      id: "object.project",
      title: w.project,
      group: groups.groups.project,
      when,
      run: () => {
        const o = app.project.objects.value.objects.find((x) => x.kind === "project");
        if (o) app.openObject(o.kind, o.name);
      },
    },
    {
      id: "view.secrets",
      title: w.secrets,
      group: groups.groups.view,
      when,
      run: () => app.tabs.open({ kind: "secrets" }),
    },
    { id: "secret.set", title: w.setSecret, group, when, run: (name) => objects.secret.set({ name }) },
    { id: "secret.generate", title: secrets.generateOk, group, hidden: true, when, run: (name) => generate(app, name) },
  ];
}

function split(id: string): [string, string] {
  const at = id.indexOf(":");
  return [id.slice(0, at), id.slice(at + 1)];
}

/** Saves what is not saved of an object, and says whether it is on disk. */
async function saved(app: App, o: ApiObject | undefined): Promise<boolean> {
  const doc = o ? app.documents.get(o.file) : undefined;
  if (!doc) return true;
  await app.objects.settle();
  return !doc.state.value.dirty || app.objects.save(doc);
}

async function ping(app: App, name: string): Promise<void> {
  if (await saved(app, app.objects.find("connection", name))) await app.objects.ping(name);
}

async function pingAll(app: App): Promise<void> {
  const names = app.live.now.value.state.connections.map((c) => c.name);
  app.tabs.open({ kind: "objects", object: "connection" });
  const answers = await Promise.all(names.map((n) => app.objects.ping(n)));
  const good = answers.filter(Boolean).length;
  app.notes.show({ kind: good === names.length ? "good" : "warn", text: words.ping.summary(good, names.length) });
}

async function call(app: App, name: string): Promise<void> {
  if (!(await saved(app, app.objects.find("channel", name)))) return;
  app.layout.show("right", true);
  app.invoke.through(name);
}

async function runJob(app: App, name: string): Promise<void> {
  if (!(await saved(app, app.objects.find("job", name)))) return;
  await app.client.call("jobs.run", { name });
  app.notes.good(words.jobStarted(name));
}

async function generate(app: App, name: string): Promise<void> {
  const now = app.project.objects.value.secrets.find((s) => s.name === name);
  if (now?.set) {
    const choice = await app.dialogs.ask({
      title: secrets.generateAsk(name),
      text: secrets.generateText,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "generate", title: secrets.generateOk, danger: true },
      ],
    });
    if (choice !== "generate") return;
  }
  await app.objects.generate(name);
}

async function duplicate(app: App, o: ApiObject): Promise<void> {
  const w = words.ask;
  const doc = await app.documents.load(o.file);
  await app.objects.settle();
  const { client } = app;
  const { edit } = await client.call("objects.parse", { kind: o.kind, was: o.name, file: o.file, text: doc.text });
  const value = freeName(app, o);
  await app.dialogs.prompt({
    title: w.duplicateTitle(o.name),
    label: w.name,
    value,
    confirm: w.duplicate,
    check: (v) => (v.trim() === "" ? w.empty : ""),
    done: (name) =>
      app.objects.begin({
        kind: o.kind,
        type: edit.type ?? "",
        name: name.trim(),
        description: edit.description ?? "",
        disabled: edit.disabled ?? false,
        values: { ...(isRecord(edit.config) ? edit.config : {}), ...edit.texts },
      }),
  });
}

function freeName(app: App, o: ApiObject): string {
  let name = words.ask.copyOf(o.name);
  for (let n = 2; app.objects.find(o.kind, name); n++) name = `${words.ask.copyOf(o.name)} ${n}`;
  return name;
}

async function rename(app: App, o: ApiObject): Promise<void> {
  const w = words.ask;
  if (!(await saved(app, o))) return;
  const uses = await app.objects.uses(o.kind, o.name);
  const files = [...new Set(uses.map((u) => u.file))];
  await app.dialogs.prompt({
    title: w.renameTitle(o.name),
    label: w.name,
    help: files.length === 0 ? w.renameNone : w.renameFollow(someOf(files)),
    value: o.name,
    confirm: w.rename,
    check: (v) => (v.trim() === "" ? w.empty : v.trim() === o.name ? w.same : ""),
    done: async (v) => {
      // What follows is written on disk: unsaved text there would be lost sight of.
      if (!(await app.saveAll())) return;
      const done = await app.objects.rename(o, v.trim());
      const wrong = done.fields?.[0];
      if (wrong) throw new Error([wrong.what, wrong.hint].filter(Boolean).join(": "));
      if (done.conflict) throw new Error(w.conflict);
      app.notes.good(w.renamed(v.trim(), done.changed?.length ?? 0));
    },
  });
}

function someOf(all: readonly string[]): string {
  const shown = all.slice(0, 6);
  return [...shown, ...(all.length > shown.length ? [words.ask.andMore(all.length - shown.length)] : [])].join(", ");
}

async function remove(app: App, o: ApiObject): Promise<void> {
  const w = words.ask;
  const uses = await app.objects.uses(o.kind, o.name);
  if (uses.length > 0 || app.settings.now.value.confirmDeletes) {
    const choice = await app.dialogs.ask({
      title: w.deleteTitle(o.name),
      text: uses.length === 0 ? w.deleteUnused : w.deleteUsed(someOf([...new Set(uses.map((u: ObjectUse) => u.what))])),
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "delete", title: common.delete, danger: true },
      ],
    });
    if (choice !== "delete") return;
  }
  const restore = await app.objects.delete(o);
  app.notes.show({
    kind: "info",
    text: w.deleted(o.name),
    action: { title: w.restore, run: () => void restore().catch(app.notes.fail) },
  });
}
