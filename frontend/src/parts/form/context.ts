import { createContext, useContext } from "react";
import type { FieldProblem } from "../../api/generated";
import { splitHelp, type Values } from "../../model/formvalues";

/** What the fields of one form share. */
export interface FormContextValue {
  disabled: boolean;
  problems: readonly FieldProblem[];
  /** Problems are shown of fields that were not touched as well. */
  strict: boolean;
  touched: ReadonlySet<string>;
  /** What a new secret of a field would be called. */
  secretName: (key: string) => string;
  onChange: (path: string, value: unknown) => void;
  onTouch: (path: string) => void;
}

export const FormContext = createContext<FormContextValue | null>(null);

/** The form around a field. */
export function useForm(): FormContextValue {
  const form = useContext(FormContext);
  if (!form) throw new Error("useForm outside of a form");
  return form;
}

/** What the Studio says against a field and what is in it, as one text; "" where nothing. */
export function problemsAt(problems: readonly FieldProblem[], path: string): string {
  return problems
    .filter((p) => p.path === path || p.path.startsWith(`${path}.`))
    .map((p) => [p.what, p.hint].filter(Boolean).join(": "))
    .join("\n");
}

/** The help of a field as one text. */
export function helpText(help: string | undefined): string {
  return splitHelp(help).filter(Boolean).join(" ");
}

/** The values of a group; none where it is not set. */
export const noValues: Values = {};
