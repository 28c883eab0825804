import type { Extension } from "@codemirror/state";
import { useEffect, useLayoutEffect, useRef } from "react";
import { Editor } from "./editor";
import type { Language } from "./languages";
import type { EditorProblem } from "./problems";

/** A text in a panel or a form that is edited as code. What is typed comes back by onChange; another text replaces it. */
export function CodeEditor(props: {
  label: string;
  text: string;
  language: Language;
  onChange?: (text: string) => void;
  readOnly?: boolean;
  wrap?: boolean;
  /** No line numbers and no gutters. */
  plain?: boolean;
  placeholder?: string;
  problems?: readonly EditorProblem[];
  /** Read once, when the editor is made. */
  extensions?: Extension;
  autoFocus?: boolean;
  className?: string;
  "data-testid"?: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { language, label, plain, text, readOnly, wrap, problems } = props;

  // What else changes is handed to the living editor below.
  useLayoutEffect(() => {
    if (!place.current) return;
    const p = latest.current;
    const made = new Editor(place.current, {
      label,
      language,
      text: p.text,
      readOnly: p.readOnly ?? false,
      wrap: p.wrap ?? false,
      plain: plain ?? false,
      onChange: (source) => latest.current.onChange?.(source.toString()),
      ...(p.placeholder === undefined ? {} : { placeholder: p.placeholder }),
      ...(p.extensions === undefined ? {} : { extensions: p.extensions }),
      ...(p["data-testid"] === undefined ? {} : { "data-testid": p["data-testid"] }),
    });
    editor.current = made;
    if (p.autoFocus) made.focus();
    return () => {
      made.leave();
      editor.current = null;
    };
  }, [language, label, plain]);

  useEffect(() => editor.current?.setText(text), [text]);
  useEffect(() => editor.current?.setReadOnly(readOnly ?? false), [readOnly]);
  useEffect(() => editor.current?.setWrap(wrap ?? false), [wrap]);
  useEffect(() => editor.current?.setProblems(problems ?? []), [problems]);

  return <div ref={place} className={`code ${plain ? "code-plain" : ""} ${props.className ?? ""}`} />;
}
