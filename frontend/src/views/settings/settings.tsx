import { RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { ApiError } from "../../api/client";
import type { FieldInfo, SettingsView as Fields } from "../../api/generated";
import { useStore } from "../../base/store";
import { words } from "../../base/words/settings";
import { IconButton } from "../../parts/button";
import { NumberField, SearchField, Select, Switch, TextField } from "../../parts/field";
import { Spinner } from "../../parts/spinner";
import { useApp } from "../../parts/useapp";
import { KeysTable } from "./keys";
import "./settings.css";

/** The settings of this user, drawn from what the Studio says of them. A change holds at once. */
export function SettingsView() {
  const app = useApp();
  const [fields, setFields] = useState<Fields["fields"]>();
  const [search, setSearch] = useState("");

  useEffect(() => {
    app.settings.read().then((v) => setFields(v.fields), app.notes.fail);
  }, [app]);

  const want = search.trim().toLowerCase();
  const shown = (fields ?? []).filter(
    (f) => f.key !== "keys" && `${f.title} ${f.help ?? ""}`.toLowerCase().includes(want),
  );
  return (
    <div className="settings" data-testid="settings">
      <div className="settings-page">
        <header className="settings-head">
          <div>
            <h2 className="settings-name">{words.title}</h2>
            <p className="muted">{words.about}</p>
          </div>
          <SearchField
            label={words.search}
            value={search}
            onChange={setSearch}
            className="settings-search"
            data-testid="settings-search"
          />
        </header>
        {fields ? (
          <section aria-label={words.title}>
            {shown.map((f) => (
              <Row key={f.key} field={f} />
            ))}
          </section>
        ) : (
          <Spinner />
        )}
        <KeysTable search={want} />
      </div>
    </div>
  );
}

/** One setting: its name and help on the left, its field on the right. */
function Row({ field: f }: { field: FieldInfo }) {
  const app = useApp();
  const value = useStore(app.settings.raw, (r) => r[f.key]);
  const [problem, setProblem] = useState("");
  const change = (v: unknown) => {
    setProblem("");
    app.settings.write({ [f.key]: v }).catch((err: unknown) => {
      if (err instanceof ApiError) setProblem(err.first.what);
      else app.notes.fail(err);
    });
  };
  const changed = f.default !== undefined && value !== undefined && value !== f.default;
  return (
    <div className="settings-row">
      <div className="settings-words">
        <p className="settings-title">
          {f.title}
          {changed ? <IconButton icon={RotateCcw} label={words.reset} onPress={() => change(f.default)} /> : null}
        </p>
        {f.help ? <p className="muted">{f.help}</p> : null}
      </div>
      <div className="settings-field">
        <Field field={f} value={value} problem={problem} onChange={change} />
      </div>
    </div>
  );
}

function Field({
  field: f,
  value,
  problem,
  onChange,
}: {
  field: FieldInfo;
  value: unknown;
  problem: string;
  onChange: (v: unknown) => void;
}) {
  const common = { label: f.title, hideLabel: true, problem, "data-testid": `setting-${f.key}` };
  const bound = (text: string | undefined) => (text === undefined || text === "" ? undefined : Number(text));
  switch (f.kind) {
    case "bool":
      return (
        <Switch
          label={f.title}
          hideLabel
          value={value === true}
          onChange={onChange}
          data-testid={common["data-testid"]}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          value={typeof value === "string" ? value : ""}
          onChange={onChange}
          options={(f.choices ?? []).map((c) => ({ id: c.value, title: c.title ?? c.value }))}
        />
      );
    case "int":
    case "float":
      return (
        <NumberField
          {...common}
          value={typeof value === "number" ? value : undefined}
          min={bound(f.min)}
          max={bound(f.max)}
          fraction={f.kind === "float"}
          onChange={(n) => onChange(n ?? f.default)}
        />
      );
    default:
      return <TextLine {...common} value={typeof value === "string" ? value : ""} onDone={onChange} />;
  }
}

/** A text that holds when Enter is pressed or the field is left. */
function TextLine(props: {
  label: string;
  problem: string;
  value: string;
  onDone: (v: string) => void;
  "data-testid": string;
}) {
  const [text, setText] = useState(props.value);
  const done = () => {
    if (text !== props.value) props.onDone(text);
  };
  return (
    <TextField
      label={props.label}
      hideLabel
      problem={props.problem}
      value={text}
      onChange={setText}
      onSubmit={done}
      onBlur={done}
      data-testid={props["data-testid"]}
    />
  );
}
