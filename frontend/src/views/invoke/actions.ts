import { fromPlain } from "../../base/json";
import { words as groups } from "../../base/words/actions";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/invoke";
import type { Action } from "../../model/actions";
import type { App } from "../../model/app";
import { pairsOf } from "../../model/example";

/** What can be done with the invoke panel, by button, menu, key and palette. */
export function invokeActions(app: App): Action[] {
  const { invoke } = app;
  const group = groups.groups.service;
  const chosen = () => invoke.choice.value.service !== "";
  const show = () => app.layout.show("right", true);
  return [
    {
      id: "invoke.run",
      title: words.run,
      group,
      keys: ["Mod+Enter"],
      when: () => chosen() && !invoke.running.value,
      run: async (service) => {
        show();
        if (service !== "") invoke.choose(service);
        await invoke.run();
      },
    },
    {
      id: "invoke.cancel",
      title: words.cancelRun,
      group,
      keys: ["Mod+Shift+Enter"],
      when: () => invoke.running.value !== undefined,
      run: () => invoke.cancel(),
    },
    {
      id: "invoke.input",
      title: words.views.label,
      group,
      hidden: true,
      when: chosen,
      run: () => {
        show();
        // What was chosen just before is drawn by then.
        requestAnimationFrame(() =>
          document.querySelector<HTMLElement>(".invoke-body :is([contenteditable=true], input)")?.focus(),
        );
      },
    },
    {
      id: "invoke.pick",
      title: words.pickTitle,
      group,
      run: () => {
        show();
        invoke.overlay.set("services");
      },
    },
    {
      id: "invoke.history",
      title: words.earlier,
      group,
      keys: ["Mod+K"],
      when: chosen,
      run: () => invoke.overlay.set("history"),
    },
    { id: "invoke.requests", title: words.requests.open, group, run: () => invoke.overlay.set("requests") },
    {
      id: "invoke.save",
      title: words.requests.saveAs,
      group,
      when: () => chosen() && invoke.choice.value.channel === "",
      run: () => saveRequest(app),
    },
    { id: "invoke.timeout", title: words.timeoutTitle, group, when: chosen, run: () => askTimeout(app) },
    {
      id: "invoke.pin",
      title: words.pin,
      group,
      when: chosen,
      run: () => invoke.setPinned(!invoke.choice.value.pinned),
    },
    { id: "invoke.fill", title: words.fill, group, when: () => exampleOf(app) !== "", run: () => fill(app) },
    {
      id: "invoke.clear",
      title: words.clear,
      group,
      when: chosen,
      run: () => invoke.input(invoke.choice.value.service).setText(""),
    },
    ...(["curl", "pairs", "json", "command"] as const).map((as) => ({
      id: `invoke.copy.${as}`,
      title: words.copy[as],
      group,
      when: chosen,
      run: () => copyAs(app, as),
    })),
  ];
}

async function copyAs(app: App, as: "curl" | "pairs" | "json" | "command"): Promise<void> {
  const { text, note } = await app.invoke.copyAs(as);
  await navigator.clipboard.writeText(text);
  app.notes.show({ kind: "good", text: words.copy.done, ...(note ? { hint: note } : {}) });
}

function exampleOf(app: App): string {
  const { service, channel } = app.invoke.choice.value;
  const example = app.invoke.details.value.get(service)?.example;
  return channel !== "" || example === undefined || example === null ? "" : pairsOf(fromPlain(example));
}

function fill(app: App): void {
  app.invoke.input(app.invoke.choice.value.service).setText(exampleOf(app));
}

async function askTimeout(app: App): Promise<void> {
  const { timeout } = app.invoke.choice.value;
  const seconds = (value: string) => Number(value.trim().replace(",", "."));
  await app.dialogs.prompt({
    title: words.timeoutTitle,
    label: words.timeoutLabel,
    help: words.timeoutHelp,
    value: timeout > 0 ? String(timeout / 1e9) : "",
    confirm: common.save,
    check: (value) => (value.trim() === "" || (seconds(value) > 0 && seconds(value) <= 86_400) ? "" : words.timeoutBad),
    done: async (value) => app.invoke.setTimeout(value.trim() === "" ? 0 : Math.round(seconds(value) * 1e9)),
  });
}

/** Asks for a name and saves the input under it; one of the same name is replaced when the person agrees. */
async function saveRequest(app: App): Promise<void> {
  const { service } = app.invoke.choice.value;
  const input = app.invoke.input(service);
  let name = "";
  const asked = await app.dialogs.prompt({
    title: words.requests.saveTitle,
    label: words.requests.saveLabel,
    help: words.requests.saveHelp,
    value: "",
    confirm: words.requests.save,
    check: checkName,
    done: async (value) => {
      name = value.trim();
      if (!app.requests.named(name)) await app.requests.save({ name, service, text: input.text });
    },
  });
  if (!asked) return;
  // A second question waits until the first one is closed.
  const taken = app.requests.named(name);
  if (taken && (taken.service !== service || taken.text !== input.text)) {
    if (!(await mayReplace(app, name))) return;
    await app.requests.save({ ...taken, service, text: input.text });
  }
  app.notes.good(words.requests.saved(name));
}

/** What is wrong with the name of a request; "" where nothing is. */
export function checkName(value: string): string {
  if (value.trim() === "") return words.requests.empty;
  return /[/\\]/.test(value) || value.trim().startsWith(".") ? words.requests.bad : "";
}

async function mayReplace(app: App, name: string): Promise<boolean> {
  const answer = await app.dialogs.ask({
    title: words.requests.replaceTitle(name),
    choices: [
      { id: "cancel", title: common.cancel },
      { id: "replace", title: words.requests.replace, danger: true },
    ],
  });
  return answer === "replace";
}
