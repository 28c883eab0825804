import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { faultsOf } from "../../api/client";
import { faultText } from "../../api/faults";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/secrets";
import { isSecretName } from "../../model/fieldcheck";
import type { AskSecret } from "../../model/objects";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";
import "./secrets.css";

/** Asks for the value of a secret. */
export function SecretDialog() {
  const app = useApp();
  const ask = useStore(app.objects.secret);
  return ask ? <Ask key={ask.name} ask={ask} /> : null;
}

function Ask({ ask }: { ask: AskSecret }) {
  const app = useApp();
  const [name, setName] = useState(ask.name);
  const [value, setValue] = useState("");
  const [problem, setProblem] = useState<{ name?: string; value?: string }>({});
  const [busy, setBusy] = useState(false);
  const close = () => app.objects.secret.set(null);
  const submit = async () => {
    const wrong = {
      ...(name.trim() === "" ? { name: words.emptyName } : isSecretName(name.trim()) ? {} : { name: words.badName }),
      ...(value === "" ? { value: words.empty } : {}),
    };
    setProblem(wrong);
    if (busy || Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await app.client.call("secrets.write", { name: name.trim(), value });
      close();
      app.notes.good(words.saved(name.trim()));
      ask.done?.(name.trim());
    } catch (err) {
      setProblem({
        value: faultText(faultsOf(err)),
      });
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={ask.name === "" ? words.newTitle : words.setTitle(ask.name)}
      onClose={close}
      data-testid="secret-dialog"
      actions={
        <>
          <Button onPress={close}>{common.cancel}</Button>
          <Button look="primary" busy={busy} onPress={() => void submit()} data-testid="secret-save">
            {words.save}
          </Button>
        </>
      }
    >
      <div className="secret-fields">
        {ask.name === "" ? (
          <TextField
            label={words.name}
            mono
            autoFocus
            value={name}
            onChange={setName}
            help={words.nameHelp}
            problem={problem.name}
            data-testid="secret-name"
          />
        ) : null}
        <TextField
          label={words.value}
          type="password"
          mono
          autoFocus={ask.name !== ""}
          value={value}
          onChange={setValue}
          help={words.valueHelp}
          problem={problem.value}
          onSubmit={() => void submit()}
          data-testid="secret-value"
        />
      </div>
    </Dialog>
  );
}

/** Shows a value that was generated, once. */
export function GeneratedDialog() {
  const app = useApp();
  const made = useStore(app.objects.generated);
  return made ? <Generated key={made.value} name={made.name} value={made.value} /> : null;
}

function Generated({ name, value }: { name: string; value: string }) {
  const app = useApp();
  const [copied, setCopied] = useState(false);
  const close = () => app.objects.generated.set(null);
  const copy = () => {
    navigator.clipboard.writeText(value).then(() => setCopied(true), app.notes.fail);
  };
  return (
    <Dialog
      open
      title={words.generatedTitle(name)}
      onClose={close}
      data-testid="secret-generated"
      actions={
        <>
          <Button icon={copied ? Check : Copy} onPress={copy} data-testid="secret-copy">
            {copied ? words.copied : words.copy}
          </Button>
          <Button look="primary" autoFocus onPress={close} data-testid="secret-done">
            {words.done}
          </Button>
        </>
      }
    >
      <p>{words.generatedText}</p>
      <output className="secret-generated mono" data-testid="secret-generated-value">
        {value}
      </output>
    </Dialog>
  );
}
