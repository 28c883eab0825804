import type { ReactNode } from "react";
import type { FieldInfo } from "../../api/generated";
import { formatDateTime } from "../../base/format";
import { words } from "../../base/words/form";
import { checkField } from "../../model/fieldcheck";
import { defaultText, isEmpty, isRecord } from "../../model/formvalues";
import { CodeEditor } from "../code/codeeditor";
import { Select, Switch, TextField } from "../field";
import { problemsAt, useForm } from "./context";
import { Help } from "./help";
import { MapField, TextsField } from "./lists";
import { RefField } from "./reffield";
import { SecretField } from "./secretfield";

/** What every kind of field is drawn with. */
export interface KindProps {
  field: FieldInfo;
  path: string;
  value: unknown;
  /** What is wrong; "" where nothing is, or where the person has not been there yet. */
  problem: string;
  help: ReactNode;
  disabled: boolean;
  onChange: (value: unknown) => void;
  onBlur: () => void;
}

/** One field of a form, of any kind. */
export function Field({ field: f, path, value }: { field: FieldInfo; path: string; value: unknown }) {
  const form = useForm();
  const seen = form.strict || form.touched.has(path);
  const own = seen ? checkField(f, value) : "";
  // What the Studio says of a value that is wrong by itself says the same once more.
  const problem = own || (seen ? problemsAt(form.problems, path) : "");
  const props: KindProps = {
    field: f,
    path,
    value,
    problem,
    help: f.help ? <Help text={f.help} /> : undefined,
    disabled: form.disabled,
    onChange: (v) => form.onChange(path, v),
    onBlur: () => form.onTouch(path),
  };
  switch (f.kind) {
    case "bool":
      return <BoolField {...props} />;
    case "choice":
      return <ChoiceField {...props} />;
    case "secret":
      return <SecretField {...props} />;
    case "ref":
      return <RefField {...props} />;
    case "texts":
      return <TextsField {...props} />;
    case "map":
      return <MapField {...props} />;
    case "json":
      return <JsonField {...props} />;
    default:
      return <PlainField {...props} />;
  }
}

/** Texts, numbers, spans, sizes and moments: all are typed. Numbers become numbers once they are some. */
function PlainField({ field: f, path, value, problem, help, disabled, onChange, onBlur }: KindProps) {
  const text =
    value === undefined || value === null
      ? ""
      : isRecord(value) || Array.isArray(value)
        ? JSON.stringify(value)
        : String(value);
  const rows = f.kind === "text" && Number(f.max ?? 0) > 5_000 ? Math.min(10, text.split("\n").length + 1) : 0;
  const local = f.kind === "time" && problem === "" && text !== "" ? words.localTime(formatDateTime(text)) : "";
  return (
    <TextField
      label={f.title}
      className={f.kind === "text" ? "" : "form-short"}
      mono={f.kind !== "text" || rows > 0}
      value={text}
      onChange={(v) => onChange(typed(f, v))}
      onBlur={onBlur}
      placeholder={defaultText(f)}
      required={f.need ?? false}
      disabled={disabled}
      problem={problem}
      help={local ? <Help text={f.help} before={local} /> : help}
      data-testid={`field-${path}`}
      {...(rows > 0 ? { rows } : {})}
    />
  );
}

function typed(f: FieldInfo, text: string): unknown {
  const trimmed = text.trim();
  if (text === "") return undefined;
  switch (f.kind) {
    case "int":
      return /^[-+]?(0|[1-9]\d{0,14})$/.test(trimmed) ? Number(trimmed) : text;
    case "float":
      return /^[-+]?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
    case "text":
      return text;
    default:
      return trimmed;
  }
}

function BoolField({ field: f, path, value, problem, help, disabled, onChange }: KindProps) {
  const on = typeof value === "boolean" ? value : f.default === true;
  return (
    <div className="form-row form-switch">
      <Switch
        label={f.title}
        value={on}
        onChange={(v) => onChange(v === (f.default === true) ? undefined : v)}
        help={help}
        disabled={disabled}
        data-testid={`field-${path}`}
      />
      {problem ? <p className="field-problem">{problem}</p> : null}
    </div>
  );
}

function ChoiceField({ field: f, path, value, problem, help, disabled, onChange }: KindProps) {
  const choices = f.choices ?? [];
  const now = isEmpty(value) ? f.default : value;
  const usual = (v: string, title: string) => (v === f.default ? words.usual(title) : title);
  return (
    <Select
      label={f.title}
      className="form-short"
      value={typeof now === "string" ? now : ""}
      onChange={(v) => onChange(v === f.default || v === none ? undefined : v)}
      options={[
        ...(f.need || f.default !== undefined ? [] : [{ id: none, title: words.none }]),
        ...choices.map((c) => ({ id: c.value, title: usual(c.value, c.title || c.value) })),
      ]}
      required={f.need ?? false}
      disabled={disabled}
      problem={problem}
      help={help}
      data-testid={`field-${path}`}
    />
  );
}

const none = " none";

function JsonField({ field: f, path, value, problem, help, disabled, onChange }: KindProps) {
  const text = typeof value === "string" ? value : "";
  return (
    <div className="field form-row">
      <span className="field-label">{f.title}</span>
      <CodeEditor
        label={f.title}
        className="form-code"
        text={text}
        language="json"
        plain
        wrap
        readOnly={disabled}
        placeholder="{}"
        onChange={(v) => onChange(v.trim() === "" ? undefined : v)}
        data-testid={`field-${path}`}
      />
      {problem ? <p className="field-problem">{problem}</p> : help ? <p className="field-help">{help}</p> : null}
    </div>
  );
}
