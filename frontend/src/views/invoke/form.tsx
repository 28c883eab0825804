import { Plus, X } from "lucide-react";
import { createContext, type ReactNode, useContext, useState } from "react";
import type { FaultError } from "../../api/faults";
import { changed, type Json, member, pathText, printJson, scalarText, tryJson } from "../../base/json";
import { words } from "../../base/words/invoke";
import { type Field, type Shape, shapeOf, startOf } from "../../model/inputschema";
import { Select } from "../../parts/field";

const w = words.form;

type Path = readonly (string | number)[];

/** What every field of the form needs. */
interface FormContext {
  root: Json;
  value: Json | undefined;
  /** What is wrong, by dotted path. */
  problems: ReadonlyMap<string, string>;
  set: (path: Path, value: Json | undefined) => void;
}

const Context = createContext<FormContext | null>(null);

function useForm(): FormContext {
  const context = useContext(Context);
  if (!context) throw new Error("useForm outside of InputForm");
  return context;
}

interface InputFormProps {
  schema: Json;
  sample: Json | undefined;
  value: Json | undefined;
  faults: readonly FaultError[];
  onChange: (value: Json | undefined) => void;
}

/** An input as a form that follows its JSON Schema. Fields that are left empty are left out. */
export function InputForm({ schema, sample, value, faults, onChange }: InputFormProps) {
  const shape = shapeOf(schema, schema, sample);
  const problems = new Map<string, string>();
  for (const d of faults.flatMap((f) => f.details ?? [])) {
    problems.set(d.path ?? "", [problems.get(d.path ?? ""), d.what, d.hint].filter(Boolean).join("; "));
  }
  const context: FormContext = {
    root: schema,
    value,
    problems,
    set: (path, to) => onChange(changed(value, path, to)),
  };
  return (
    <Context value={context}>
      <fieldset className="invoke-form" aria-label={w.label} data-testid="invoke-form">
        {shape.kind === "object" ? <Fields shape={shape} path={[]} sample={sample} /> : <Lone shape={shape} />}
      </fieldset>
    </Context>
  );
}

/** An input that is no object, such as a list. */
function Lone({ shape }: { shape: Shape }) {
  const { value } = useForm();
  return (
    <Entry title={shape.kind} path={[]} shape={shape} required>
      <Control shape={shape} path={[]} value={value} label={shape.kind} sample={undefined} />
    </Entry>
  );
}

/** The fields of an object, and below them what it has beside. */
function Fields({ shape, path, sample }: { shape: Shape & { kind: "object" }; path: Path; sample: Json | undefined }) {
  const { root } = useForm();
  const object = useAt(path);
  const known = new Set(shape.fields.map((f) => f.name));
  const extra = object?.kind === "object" ? object.members.filter((m) => !known.has(m.name)) : [];
  return (
    <>
      {shape.fields.map((f) => (
        <FieldRow key={f.name} field={f} path={[...path, f.name]} sample={member(sample, f.name)} />
      ))}
      {extra.map((m) => (
        <Entry
          key={m.name}
          title={m.name}
          path={[...path, m.name]}
          shape={shapeOf({ kind: "object", members: [] }, root)}
        >
          <code className="invoke-form-json">{printJson(m.value, "")}</code>
          <Remove path={[...path, m.name]} title={m.name} />
        </Entry>
      ))}
    </>
  );
}

function FieldRow({ field, path, sample }: { field: Field; path: Path; sample: Json | undefined }) {
  const { root } = useForm();
  const value = useAt(path);
  const shape = shapeOf(field.schema, root, sample);
  return (
    <Entry title={field.name} path={path} shape={shape} required={field.required}>
      <Control shape={shape} path={path} value={value} label={pathText(path)} sample={sample} />
    </Entry>
  );
}

/** A label, the help of the author, the control, and what is wrong. */
function Entry(props: { title: string; path: Path; shape: Shape; required?: boolean; children: ReactNode }) {
  const { problems } = useForm();
  const { path, title } = props;
  const value = useAt(path);
  const problem = problems.get(path.join("."));
  const help = [props.shape.about, props.shape.limits].filter(Boolean).join(" · ");
  const nested = isNested(props.shape);
  const there = value?.kind === "object" || value?.kind === "array";
  return (
    <div
      className="invoke-field"
      data-nested={nested || undefined}
      data-wrong={problem !== undefined || undefined}
      data-testid={`invoke-field-${path.join(".")}`}
    >
      <span className="invoke-field-name" title={help || undefined}>
        {title}
        {props.required && (
          <span className="invoke-required" role="img" aria-label={w.required}>
            *
          </span>
        )}
        {nested && there && path.length > 0 && <Remove path={path} title={title} leave />}
      </span>
      <div className="invoke-field-value">{props.children}</div>
      {problem !== undefined && (
        <p className="invoke-field-problem" role="alert">
          {problem}
        </p>
      )}
      {problem === undefined && help !== "" && <p className="invoke-field-help">{help}</p>}
    </div>
  );
}

/** Whether the values of a shape have fields of their own below them. */
const isNested = (shape: Shape) => shape.kind === "object" || shape.kind === "list" || shape.kind === "map";

interface ControlProps {
  shape: Shape;
  path: Path;
  value: Json | undefined;
  label: string;
  sample: Json | undefined;
  /** It is an item of a list or an entry of a map, which stays where its value is emptied. */
  held?: boolean;
}

/** The control that fits a shape. */
function Control(props: ControlProps) {
  const { shape, path, value } = props;
  if (value?.kind === "null" && shape.kind !== "any") return <NullControl {...props} />;
  switch (shape.kind) {
    case "object":
    case "map":
      return value?.kind === "object" ? <Nested {...props} /> : <Absent {...props} />;
    case "list":
      return value?.kind === "array" ? (
        <Items shape={shape} path={path} items={value.items} sample={props.sample} />
      ) : (
        <Absent {...props} />
      );
    case "boolean":
      return <Picker {...props} choices={[truth(true), truth(false)]} names={[w.yes, w.no]} />;
    case "choice":
      return <Picker {...props} choices={shape.choices} names={shape.choices.map(plain)} />;
    case "any":
      return <JsonControl {...props} />;
    default:
      return <TextControl {...props} />;
  }
}

const truth = (value: boolean): Json => ({ kind: "boolean", value });

function NullControl({ path, label }: ControlProps) {
  return (
    <span className="invoke-null">
      <code>{w.isNull}</code>
      <Remove path={path} title={label} />
    </span>
  );
}

/** An object, list or map that is not there: it may be added. */
function Absent({ shape, path, value, label }: ControlProps) {
  const { root, set } = useForm();
  const title = path.at(-1) ?? label;
  return (
    <>
      {value && <code className="invoke-form-json">{printJson(value, "")}</code>}
      <button type="button" className="invoke-add" onClick={() => set(path, startOf(shape, root))}>
        <Plus size={12} aria-hidden />
        {w.add(String(title))}
      </button>
    </>
  );
}

function Nested({ shape, path, value, label, sample }: ControlProps) {
  return (
    <fieldset className="invoke-nested" aria-label={label}>
      {shape.kind === "object" && <Fields shape={shape} path={path} sample={sample} />}
      {shape.kind === "map" && value?.kind === "object" && <Entries schema={shape.value} path={path} value={value} />}
    </fieldset>
  );
}

function Items(props: { shape: Shape & { kind: "list" }; path: Path; items: Json[]; sample: Json | undefined }) {
  const { root, set } = useForm();
  const { shape, path, items } = props;
  const item = shapeOf(shape.item, root);
  const sample = props.sample?.kind === "array" ? props.sample.items[0] : undefined;
  return (
    <div className="invoke-nested invoke-items">
      {items.map((value, i) => {
        const at = [...path, i];
        return (
          <Entry key={pathText(at)} title={String(i + 1)} path={at} shape={item}>
            <Control shape={item} path={at} value={value} label={pathText(at)} sample={sample} held />
            {shape.fixed === 0 && !isNested(item) && <Remove path={at} title={w.item(i + 1)} />}
          </Entry>
        );
      })}
      <div className="invoke-nested-actions">
        {shape.fixed === 0 && (
          <button
            type="button"
            className="invoke-add"
            onClick={() => set([...path, items.length], startOf(item, root))}
          >
            <Plus size={12} aria-hidden />
            {w.addItem}
          </button>
        )}
      </div>
    </div>
  );
}

/** The entries of a map, with names of the person's own. */
function Entries({ schema, path, value }: { schema: Json; path: Path; value: Json & { kind: "object" } }) {
  const { root, set } = useForm();
  const [name, setName] = useState("");
  const shape = shapeOf(schema, root);
  const add = () => {
    if (name === "" || member(value, name)) return;
    set([...path, name], startOf(shape, root));
    setName("");
  };
  return (
    <>
      {value.members.map((m) => (
        <Entry key={m.name} title={m.name} path={[...path, m.name]} shape={shape}>
          <Control shape={shape} path={[...path, m.name]} value={m.value} label={m.name} sample={undefined} held />
          {!isNested(shape) && <Remove path={[...path, m.name]} title={m.name} />}
        </Entry>
      ))}
      <div className="invoke-nested-actions">
        <input
          className="field-input invoke-input"
          value={name}
          placeholder={w.entryName}
          aria-label={w.entryName}
          onChange={(e) => setName(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) add();
          }}
        />
        <button
          type="button"
          className="invoke-add"
          onClick={add}
          disabled={name === "" || member(value, name) !== undefined}
        >
          <Plus size={12} aria-hidden />
          {w.addEntry}
        </button>
      </div>
    </>
  );
}

/** Text, numbers, times and bytes. An empty field is left out. */
function TextControl({ shape, path, value, label, held }: ControlProps) {
  const { set, problems } = useForm();
  const shown = value === undefined ? "" : value.kind === "string" ? value.text : scalarText(value);
  const change = (text: string) => set(path, text === "" && !held ? undefined : typed(shape, text));
  const rest = {
    className: "field-input invoke-input",
    "aria-label": label,
    "aria-invalid": problems.has(path.join(".")) || undefined,
    placeholder: value?.kind === "string" ? '""' : placeholderOf(shape),
    value: shown,
    spellCheck: false,
    "data-mono": shape.kind === "text" ? undefined : true,
    inputMode: shape.kind === "number" ? ("decimal" as const) : undefined,
  };
  if (shape.kind === "text" && (shape.multiline || shown.includes("\n"))) {
    return (
      <textarea {...rest} rows={Math.min(8, shown.split("\n").length + 1)} onChange={(e) => change(e.target.value)} />
    );
  }
  return <input {...rest} onChange={(e) => change(e.target.value)} />;
}

/** What is no number stays as it was typed, and the check says so. */
function typed(shape: Shape, text: string): Json {
  const number = shape.kind === "number" ? tryJson(text.trim()) : undefined;
  return number?.kind === "number" ? number : { kind: "string", text };
}

function placeholderOf(shape: Shape): string {
  if (shape.standard) return w.standard(plain(shape.standard));
  if (shape.example) return w.example(plain(shape.example));
  switch (shape.kind) {
    case "time":
      return w.example("2026-01-31T12:00:00Z");
    case "bytes":
      return w.bytes;
    default:
      return "";
  }
}

const plain = (value: Json) => (value.kind === "string" ? value.text : printJson(value, ""));

/** One of a few values, or none. */
function Picker({
  shape,
  path,
  value,
  label,
  choices,
  names,
  held,
}: ControlProps & { choices: Json[]; names: string[] }) {
  const { set } = useForm();
  const text = value === undefined ? "" : scalarText(value);
  const known = choices.findIndex((c) => scalarText(c) === text);
  const none = shape.standard ? w.standard(plain(shape.standard)) : w.leftOut;
  const options = [
    ...(held ? [] : [{ id: "none", title: none }]),
    ...names.map((title, i) => ({ id: String(i), title })),
  ];
  if (value !== undefined && known < 0) options.push({ id: "other", title: plain(value) });
  return (
    <Select
      label={label}
      hideLabel
      className="invoke-select"
      value={value === undefined ? "none" : known < 0 ? "other" : String(known)}
      options={options}
      onChange={(id) => {
        if (id !== "other") set(path, choices[Number.parseInt(id, 10)]);
      }}
    />
  );
}

/** Anything, as JSON. What is not JSON yet stays in the field. */
function JsonControl({ path, value, label, held }: ControlProps) {
  const { set } = useForm();
  const [text, setText] = useState<string>();
  const shown = text ?? (value === undefined ? "" : printJson(value, ""));
  const change = (next: string) => {
    const read = tryJson(next);
    setText(next);
    if (next === "") set(path, held ? { kind: "null" } : undefined);
    else if (read) set(path, read);
  };
  return (
    <input
      className="field-input invoke-input"
      data-mono
      aria-label={label}
      aria-invalid={(text !== undefined && text !== "" && !tryJson(text)) || undefined}
      onBlur={() => setText((t) => (t && !tryJson(t) ? t : undefined))}
      placeholder={w.json}
      value={shown}
      spellCheck={false}
      onChange={(e) => change(e.target.value)}
    />
  );
}

function Remove({ path, title, leave }: { path: Path; title: string; leave?: boolean }) {
  const { set } = useForm();
  const name = leave ? w.leaveOut(title) : w.remove(title);
  return (
    <button type="button" className="invoke-remove" aria-label={name} title={name} onClick={() => set(path, undefined)}>
      <X size={12} aria-hidden />
    </button>
  );
}

function useAt(path: Path): Json | undefined {
  let value = useForm().value;
  for (const step of path) {
    value = typeof step === "number" ? (value?.kind === "array" ? value.items[step] : undefined) : member(value, step);
  }
  return value;
}
