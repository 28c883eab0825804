import { KeyRound, RefreshCw } from "lucide-react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/form";
import { isSecretName } from "../../model/fieldcheck";
import { isRecord } from "../../model/formvalues";
import { Badge } from "../badge";
import { Button } from "../button";
import { ComboBox } from "../field";
import { useApp } from "../useapp";
import { useForm } from "./context";
import type { KindProps } from "./fields";

const w = words.secret;

/** The name of a secret, and whether it is set. Its value is never shown; one that is generated is shown once. */
export function SecretField({ field: f, path, value, problem, help, disabled, onChange }: KindProps) {
  const app = useApp();
  const form = useForm();
  const secrets = useStore(app.project.objects, (o) => o.secrets);
  const name = isRecord(value) ? String(value.secret ?? "") : "";
  const proposed = form.secretName(f.key);
  const secret = secrets.find((s) => s.name === name);
  const put = (v: string) => onChange(v.trim() === "" ? undefined : { secret: v.trim() });
  // Without a name the proposed one is taken, so that a new definition is one press away.
  const target = name === "" ? proposed : name;
  const ready = isSecretName(target) && secret?.from === undefined;
  const use = () => {
    if (name === "") put(target);
  };
  return (
    <div className="form-row form-secret">
      <ComboBox
        label={f.title}
        mono
        value={name}
        onChange={(v) => {
          if (v !== name) put(v);
        }}
        options={secrets.map((s) => ({ id: s.name, title: s.name, about: s.set ? w.isSet : w.notSet }))}
        placeholder={proposed}
        required={f.need ?? false}
        disabled={disabled}
        problem={problem}
        help={help}
        data-testid={`field-${path}`}
      />
      <div className="form-secret-line">
        <span data-testid={`field-${path}-state`}>
          {secret?.from ? (
            <Badge tone="info">{w.environment}</Badge>
          ) : secret?.set ? (
            <Badge tone="good">{w.isSet}</Badge>
          ) : (
            <Badge tone="warn">{w.notSet}</Badge>
          )}
        </span>
        <Button
          small
          icon={KeyRound}
          isDisabled={disabled || !ready}
          onPress={() => {
            use();
            app.objects.secret.set({ name: target });
          }}
          data-testid={`field-${path}-set`}
        >
          {secret?.set ? w.change : w.setValue}
        </Button>
        <Button
          small
          look="quiet"
          icon={RefreshCw}
          isDisabled={disabled || !ready}
          onPress={() => {
            use();
            app.actions.run(`secret.generate:${target}`);
          }}
          data-testid={`field-${path}-generate`}
        >
          {w.generate}
        </Button>
      </div>
    </div>
  );
}
