import { useLayoutEffect, useRef, useState } from "react";
import { Radio, RadioGroup } from "react-aria-components";
import { faultsOf } from "../../api/client";
import { faultText } from "../../api/faults";
import type { ObjectKind } from "../../api/generated";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/objects";
import { isRecord } from "../../model/formvalues";
import type { AskNew } from "../../model/objects";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";
import { kindIcon } from "../workbench/icons";

const w = words.ask;

/** Asks for the type and the name of a new object and opens its form. */
export function NewObjectDialog() {
  const app = useApp();
  const ask = useStore(app.objects.asking);
  const kinds = useStore(app.project.kinds);
  if (!ask || kinds.length === 0) return null;
  const offered = kinds.filter((k) => k.kind !== "project" && (ask.kind === "" || k.kind === ask.kind));
  return offered.length > 0 ? <Ask key={ask.kind} ask={ask} kinds={offered} /> : null;
}

function Ask({ ask, kinds }: { ask: AskNew; kinds: readonly ObjectKind[] }) {
  const app = useApp();
  const types = kinds.flatMap((kind) => kind.types.map((type) => ({ id: `${kind.kind}:${type.type}`, kind, type })));
  const [chosen, setChosen] = useState(types[0]?.id ?? "");
  const [name, setName] = useState(ask.name ?? "");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const one = types.find((t) => t.id === chosen);
  const close = () => app.objects.asking.set(null);

  useLayoutEffect(() => input.current?.focus(), []);

  const submit = async () => {
    if (!one || busy) return;
    if (name.trim() === "") {
      setProblem(w.empty);
      return;
    }
    setBusy(true);
    try {
      const { start } = one.type;
      await app.objects.begin({
        kind: one.kind.kind,
        type: one.type.type,
        name: name.trim(),
        ...(isRecord(start) ? { values: start } : {}),
      });
      close();
      ask.done?.(name.trim());
    } catch (err) {
      setProblem(faultText(faultsOf(err)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      size={types.length > 2 ? "medium" : "small"}
      title={ask.kind === "" ? w.newTitle : w.newOf(kinds[0]?.title ?? ask.kind)}
      onClose={close}
      data-testid="new-object"
      actions={
        <>
          <Button onPress={close}>{common.cancel}</Button>
          <Button look="primary" busy={busy} onPress={() => void submit()} data-testid="new-object-create">
            {w.create}
          </Button>
        </>
      }
    >
      <div className="new-object">
        <TextField
          label={w.name}
          value={name}
          onChange={(v) => {
            setName(v);
            setProblem("");
          }}
          placeholder={w.namePlaceholder[one?.kind.kind ?? ""] ?? ""}
          help={w.nameHelp}
          problem={problem}
          inputRef={input}
          onSubmit={() => void submit()}
          data-testid="new-object-name"
        />
        {types.length > 1 ? (
          <RadioGroup className="new-object-types" aria-label={w.type} value={chosen} onChange={setChosen}>
            <span className="field-label">{w.type}</span>
            {types.map((t) => {
              const Icon = kindIcon(t.kind.kind);
              return (
                <Radio
                  key={t.id}
                  value={t.id}
                  className="new-object-type"
                  data-testid={`new-object-type-${t.type.type || t.kind.kind}`}
                >
                  <Icon className="new-object-icon" aria-hidden />
                  <span className="new-object-words">
                    <span className="new-object-title">
                      {kinds.length > 1 && t.type.type !== "" ? `${t.kind.title}: ${t.type.title}` : t.type.title}
                    </span>
                    <span className="muted">
                      {kinds.length > 1 && t.kind.types.length === 1 ? t.kind.summary : t.type.summary}
                    </span>
                  </span>
                </Radio>
              );
            })}
          </RadioGroup>
        ) : (
          <p className="muted">{kinds[0]?.summary}</p>
        )}
      </div>
    </Dialog>
  );
}
