import { ChevronRight } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { Group } from "react-aria-components";
import type { FieldInfo, FieldProblem } from "../../api/generated";
import { words } from "../../base/words/form";
import { applies, countSet, isRecord, type Values } from "../../model/formvalues";
import { wrongFields } from "../../model/objectform";
import { Badge } from "../badge";
import { FormContext, helpText, noValues, useForm } from "./context";
import { Field } from "./fields";
import "./form.css";

export interface FormProps {
  label: string;
  fields: readonly FieldInfo[];
  /** Those that are set, groups as objects; values of the kind json are texts. */
  values: Values;
  /** What was found wrong, by dotted path. */
  problems?: readonly FieldProblem[];
  disabled?: boolean;
  /** Shows problems of fields that were not touched, too. */
  strict?: boolean;
  touched?: ReadonlySet<string>;
  /** What a new secret of a field would be called. */
  secretName?: (key: string) => string;
  /** A value at a dotted path; undefined takes it away. */
  onChange: (path: string, value: unknown) => void;
  onTouch?: (path: string) => void;
}

const untouched: ReadonlySet<string> = new Set();

/** A form that is drawn from the description of its fields. What is seldom needed is folded away. */
export function Form(props: FormProps) {
  const { problems = [], disabled = false, strict = true, touched = untouched, onChange, onTouch, secretName } = props;
  const shared = useMemo(
    () => ({
      disabled,
      problems,
      strict,
      touched,
      onChange,
      onTouch: onTouch ?? (() => {}),
      secretName: secretName ?? ((key: string) => key),
    }),
    [disabled, problems, strict, touched, onChange, onTouch, secretName],
  );
  const basic = props.fields.filter((f) => !f.advanced);
  const advanced = props.fields.filter((f) => f.advanced);
  const rest = problems.filter((p) => !props.fields.some((f) => p.path === f.key || p.path.startsWith(`${f.key}.`)));
  return (
    <FormContext value={shared}>
      <Group className="form" aria-label={props.label}>
        {rest.map((p) => (
          <p key={p.path + p.what} className="form-problem" role="alert">
            {[p.what, p.hint].filter(Boolean).join(": ")}
          </p>
        ))}
        <Rows fields={basic} siblings={props.fields} values={props.values} prefix="" />
        {advanced.length > 0 ? (
          <Fold
            title={words.more}
            fields={advanced}
            siblings={props.fields}
            values={props.values}
            prefix=""
            id="more"
          />
        ) : null}
      </Group>
    </FormContext>
  );
}

interface RowsProps {
  fields: readonly FieldInfo[];
  /** All fields of the group, which conditions look at. */
  siblings: readonly FieldInfo[];
  values: Values;
  prefix: string;
}

function Rows({ fields, siblings, values, prefix }: RowsProps) {
  return fields
    .filter((f) => f.kind !== "any" && applies(f, siblings, values))
    .map((f) => {
      const value = values[f.key];
      if (f.kind !== "group") return <Field key={f.key} field={f} path={prefix + f.key} value={value} />;
      const inner = f.fields ?? [];
      return (
        <Fold
          key={f.key}
          id={prefix + f.key}
          title={f.title}
          about={helpText(f.help)}
          fields={inner}
          siblings={inner}
          values={isRecord(value) ? value : noValues}
          prefix={`${prefix}${f.key}.`}
        />
      );
    });
}

/** Fields that are folded away until they are wanted, set or wrong. */
function Fold(props: RowsProps & { id: string; title: string; about?: string }) {
  const { problems, strict } = useForm();
  const { fields, values, prefix } = props;
  const paths = fields.map((f) => prefix + f.key);
  const wrong =
    problems.filter((p) => paths.some((x) => p.path === x || p.path.startsWith(`${x}.`))).length ||
    wrongFields(fields, values, prefix).length;
  const set = countSet(fields, values);
  const [chosen, setChosen] = useState<boolean>();
  const open = chosen ?? ((strict && wrong > 0) || set > 0);
  const id = useId();
  return (
    <section className="form-fold">
      <button
        type="button"
        className="form-fold-head"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setChosen(!open)}
        data-testid={`form-fold-${props.id}`}
      >
        <ChevronRight className={`form-fold-sign ${open ? "form-fold-open" : ""}`} aria-hidden />
        <span className="form-fold-title">{props.title}</span>
        {set > 0 ? <Badge>{words.set(set)}</Badge> : null}
        {strict && wrong > 0 ? <Badge tone="bad">{wrong}</Badge> : null}
        {props.about ? <span className="form-fold-about ellipsis">{props.about}</span> : null}
      </button>
      {open ? (
        <Group className="form-fold-body" id={id} aria-label={props.title}>
          <Rows {...props} />
        </Group>
      ) : null}
    </section>
  );
}
