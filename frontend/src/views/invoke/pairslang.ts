import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { StreamLanguage } from "@codemirror/language";
import { type Json, scalarText } from "../../base/json";
import { type Field, type Shape, shapeOf } from "../../model/inputschema";

type State = { value: boolean; raw: boolean };

/** Colours name=value lines: the name, the sign, and the value by what it looks like. */
export const pairsLanguage = StreamLanguage.define<State>({
  name: "pairs",
  startState: () => ({ value: false, raw: false }),
  token(stream, state) {
    if (stream.sol()) Object.assign(state, { value: false, raw: false });
    if (!state.value) {
      if (stream.match(/^:?=/)) {
        state.value = true;
        state.raw = stream.current() === ":=";
        return "operator";
      }
      if (stream.match(/^[^\s=:]+/)) return "propertyName";
      stream.next();
      return null;
    }
    if (stream.match(/^-?\d+(\.\d+)?(?=\s|$)/)) return "number";
    if (stream.match(/^(true|false|null)(?=\s|$)/)) return "bool";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'[^']*'?/)) return "string";
    if (stream.match(/^\s+(?=[^\s=]+:?=)/)) {
      state.value = false;
      return null;
    }
    stream.match(/^\s*\S?[^\s"']*/);
    return "string";
  },
});

/** Offers the names of fields, and the values of those that have a few only. */
export function pairsCompletion(schema: () => { root: Json; sample: Json | undefined } | undefined) {
  return (context: CompletionContext): CompletionResult | null => {
    const known = schema();
    const line = context.state.doc.lineAt(context.pos);
    const word = /(?:^|\s)([^\s=]*)(=?)([^\s=]*)$/.exec(line.text.slice(0, context.pos - line.from));
    if (!known || !word) return null;
    const [, name = "", sign = "", value = ""] = word;
    if (sign === "=") {
      const shape = shapeAt(known.root, name.split("."));
      const options = shape ? valuesOf(shape) : [];
      return options.length > 0 ? { from: context.pos - value.length, options } : null;
    }
    if (name === "" && !context.explicit) return null;
    const steps = name.split(".");
    const last = steps.pop() ?? "";
    const around = steps.length === 0 ? shapeOf(known.root, known.root, known.sample) : shapeAt(known.root, steps);
    if (around?.kind !== "object") return null;
    return {
      from: context.pos - last.length,
      options: around.fields.map((f) => fieldOption(f, known.root)),
      validFor: /^[\w-]*$/,
    };
  };
}

function fieldOption(field: Field, root: Json): Completion {
  const shape = shapeOf(field.schema, root);
  const inner = shape.kind === "object" || shape.kind === "map";
  return {
    label: field.name,
    apply: `${field.name}${inner ? "." : "="}`,
    detail: `${shape.kind}${field.required ? " *" : ""}`,
    info: shape.about,
    type: "property",
    boost: field.required ? 1 : 0,
  };
}

function valuesOf(shape: Shape): Completion[] {
  if (shape.kind === "boolean") return ["true", "false"].map((label) => ({ label, type: "constant" }));
  if (shape.kind !== "choice") return [];
  return shape.choices.map((c) => ({ label: c.kind === "string" ? c.text : scalarText(c), type: "constant" }));
}

/** Returns what stands at a dotted path; indexes lead into lists. */
function shapeAt(root: Json, steps: readonly string[]): Shape | undefined {
  let shape: Shape | undefined = shapeOf(root, root);
  for (const step of steps) {
    let inner: Json | undefined;
    if (shape.kind === "object") inner = shape.fields.find((f) => f.name === step)?.schema;
    else if (shape.kind === "list") inner = shape.item;
    else if (shape.kind === "map") inner = shape.value;
    if (!inner) return undefined;
    shape = shapeOf(inner, root);
  }
  if (shape.kind === "list") return shapeOf(shape.item, root);
  return shape;
}

/** Returns the fields that a JSON text may have at its top, for the completion of names. */
export function jsonCompletion(schema: () => { root: Json; sample: Json | undefined } | undefined) {
  return (context: CompletionContext): CompletionResult | null => {
    const known = schema();
    const word = context.matchBefore(/"[\w-]*$/);
    if (!known || !word || !/[{,]\s*$/.test(context.state.sliceDoc(Math.max(0, word.from - 200), word.from)))
      return null;
    const around = shapeAt(known.root, pathBefore(context.state.sliceDoc(0, word.from)));
    if (around?.kind !== "object") return null;
    const closed = context.state.sliceDoc(context.pos, context.pos + 1) === '"';
    const options = around.fields.map((f) => ({
      ...fieldOption(f, known.root),
      label: `"${f.name}"`,
      apply: closed ? `"${f.name}` : `"${f.name}": `,
    }));
    return { from: word.from, options, validFor: /^"[\w-]*$/ };
  };
}

/** Returns the names around the end of an unfinished JSON text; items of lists count as the first. */
function pathBefore(text: string): string[] {
  const frames: { list: boolean; step: string }[] = [];
  let name = "";
  for (const token of text.matchAll(/"((?:[^"\\]|\\.)*)"\s*(:?)|[{}[\]]/g)) {
    const [sign, quoted = "", colon = ""] = token;
    if (colon) name = quoted;
    else if (sign === "{" || sign === "[") frames.push({ list: sign === "[", step: frames.at(-1)?.list ? "0" : name });
    else if (sign === "}" || sign === "]") frames.pop();
  }
  return frames.slice(1).map((f) => f.step);
}
