import { Check } from "lucide-react";
import { useState } from "react";
import { Checkbox } from "react-aria-components";
import { faultsOf } from "../../api/client";
import type { ObjectEdit, Pasted } from "../../api/generated";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/paste";
import { isRecord } from "../../model/formvalues";
import { Badge } from "../../parts/badge";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";
import { kindIcon } from "../workbench/icons";
import "./paste.css";

/** The size of the largest text that is read, in characters. */
const most = 4 << 20;

/** Makes objects of a pasted text: it is read, looked at, and saved. */
export function PasteDialog() {
  const app = useApp();
  const open = useStore(app.objects.pasting);
  return open ? <Wizard /> : null;
}

function Wizard() {
  const app = useApp();
  const [text, setText] = useState("");
  const [pasted, setPasted] = useState<Pasted>();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const close = () => app.objects.pasting.set(false);
  const read = async () => {
    if (busy) return;
    const wrong = text.trim() === "" ? words.empty : text.length > most ? words.tooLarge : "";
    setProblem(wrong);
    if (wrong !== "") return;
    setBusy(true);
    try {
      setPasted(await app.client.call("objects.paste", { text }));
    } catch (err) {
      setProblem(say(err));
    }
    setBusy(false);
  };
  if (pasted) return <Review pasted={pasted} onBack={() => setPasted(undefined)} onClose={close} />;
  return (
    <Dialog
      open
      size="large"
      title={words.title}
      onClose={close}
      data-testid="paste"
      actions={
        <>
          <Button onPress={close}>{common.cancel}</Button>
          <Button look="primary" busy={busy} onPress={() => void read()} data-testid="paste-read">
            {words.read}
          </Button>
        </>
      }
    >
      <TextField
        label={words.label}
        mono
        autoFocus
        rows={10}
        value={text}
        onChange={(v) => {
          setText(v);
          setProblem("");
        }}
        placeholder={words.placeholder}
        help={words.help}
        problem={problem}
        data-testid="paste-text"
      />
    </Dialog>
  );
}

function say(err: unknown): string {
  return faultsOf(err)
    .map((f) => [f.what, f.hint].filter(Boolean).join(": "))
    .join("\n");
}

/** One of the objects as it is looked at. */
interface Item {
  edit: ObjectEdit;
  take: boolean;
  name: string;
  problem: string;
  saved: boolean;
}

function Review({ pasted, onBack, onClose }: { pasted: Pasted; onBack: () => void; onClose: () => void }) {
  const app = useApp();
  const [items, setItems] = useState<readonly Item[]>(() =>
    pasted.edits.map((edit) => ({ edit, take: true, name: edit.name, problem: "", saved: false })),
  );
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries((pasted.secrets ?? []).map((s) => [s.name, s.value])),
  );
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const change = (i: number, part: Partial<Item>) =>
    setItems((all) => all.map((x, n) => (n === i ? { ...x, ...part } : x)));
  const chosen = items.filter((x) => x.take && !x.saved);

  const save = async () => {
    if (busy) return;
    if (chosen.length === 0) {
      setProblem(words.nothing);
      return;
    }
    setBusy(true);
    setProblem("");
    try {
      const wanted = JSON.stringify(chosen.map((x) => x.edit.config));
      for (const s of pasted.secrets ?? []) {
        const value = values[s.name] ?? "";
        if (value !== "" && wanted.includes(JSON.stringify(s.name)))
          await app.client.call("secrets.write", { name: s.name, value });
      }
      const left = await saveItems();
      if (left === 0) {
        app.notes.good(words.saved(chosen.length));
        onClose();
        const first = items.find((x) => x.take && x.edit.kind === "connection") ?? chosen[0];
        if (first) app.openObject(first.edit.kind, first.name.trim());
        return;
      }
    } catch (err) {
      setProblem(say(err));
    }
    setBusy(false);
  };

  /** Saves one after the other, those that others name first, and returns how many could not be. */
  const saveItems = async (): Promise<number> => {
    let left = 0;
    for (const [i, x] of items.entries()) {
      if (!x.take || x.saved) continue;
      const edit = { ...x.edit, name: x.name.trim(), config: renamedRefs(x.edit.config, items) };
      const done = await app.client.call("objects.write", edit);
      if (done.object) {
        change(i, { saved: true, problem: "" });
        continue;
      }
      left++;
      const wrong = (done.fields ?? []).map((f) => [f.what, f.hint].filter(Boolean).join(": ")).join("\n");
      change(i, { problem: done.conflict ? words.conflict : wrong });
    }
    return left;
  };
  return (
    <Dialog
      open
      size="large"
      title={pasted.title || words.found[pasted.what] || words.title}
      onClose={onClose}
      data-testid="paste-review"
      actions={
        <>
          <Button onPress={onBack}>{words.back}</Button>
          <Button look="primary" busy={busy} onPress={() => void save()} data-testid="paste-save">
            {words.save(chosen.length)}
          </Button>
        </>
      }
    >
      <div className="paste">
        <div className="paste-head">
          <h3 className="paste-title">{words.objects}</h3>
          {items.length > 3 ? (
            <>
              <Button small look="quiet" onPress={() => setItems((all) => all.map((x) => ({ ...x, take: true })))}>
                {words.all}
              </Button>
              <Button small look="quiet" onPress={() => setItems((all) => all.map((x) => ({ ...x, take: x.saved })))}>
                {words.none}
              </Button>
            </>
          ) : null}
        </div>
        <ul className="paste-items">
          {items.map((x, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed, places do not
            <Line key={i} item={x} index={i} onChange={(part) => change(i, part)} />
          ))}
        </ul>
        {pasted.secrets?.length ? (
          <>
            <h3 className="paste-title">{words.secrets}</h3>
            <p className="muted">{words.secretsHelp}</p>
            {pasted.secrets.map((s) => (
              <TextField
                key={s.name}
                label={s.name}
                type="password"
                mono
                value={values[s.name] ?? ""}
                onChange={(v) => setValues((all) => ({ ...all, [s.name]: v }))}
                placeholder={words.secretLater}
                help={s.about}
                data-testid={`paste-secret-${s.name}`}
              />
            ))}
          </>
        ) : null}
        {pasted.notes?.length ? (
          <>
            <h3 className="paste-title">{words.notes}</h3>
            <ul className="paste-notes">
              {pasted.notes.map((n) => (
                <li key={n}>{n}</li>
              ))}
            </ul>
          </>
        ) : null}
        {problem ? (
          <p className="field-problem" role="alert">
            {problem}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

/** A security definition that got another name is named so by the connections, too. */
function renamedRefs(config: unknown, items: readonly Item[]): unknown {
  if (!isRecord(config)) return config;
  const other = items.find((x) => x.edit.kind === "security" && x.edit.name === config.security);
  return other ? { ...config, security: other.name.trim() } : config;
}

function Line({ item: x, index, onChange }: { item: Item; index: number; onChange: (part: Partial<Item>) => void }) {
  const Icon = kindIcon(x.edit.kind);
  return (
    <li className="paste-item" data-testid={`paste-item-${index}`}>
      <Checkbox
        className="paste-check"
        aria-label={words.take(x.name)}
        isSelected={x.take}
        isDisabled={x.saved}
        onChange={(take) => onChange({ take })}
      >
        <span className="paste-box" aria-hidden>
          <Check />
        </span>
      </Checkbox>
      <Icon className="paste-icon" aria-hidden />
      <TextField
        className="paste-name"
        label={words.name}
        hideLabel
        value={x.name}
        disabled={!x.take || x.saved}
        onChange={(name) => onChange({ name, problem: "" })}
        problem={x.problem}
        data-testid={`paste-name-${index}`}
      />
      <Badge>{x.edit.type || x.edit.kind}</Badge>
      <span className="muted mono ellipsis paste-about">{about(x.edit.config)}</span>
    </li>
  );
}

/** Where it goes, in short. */
function about(config: unknown): string {
  if (!isRecord(config)) return "";
  const text = (v: unknown) => (typeof v === "string" ? v : "");
  return text(config.address) + text(config.path) || text(config.header) || text(config.username);
}
