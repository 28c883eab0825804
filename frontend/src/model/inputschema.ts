import { type Json, member, scalarText } from "../base/json";

/**
 * What one value of an input may be, read from the JSON Schema of a service. The
 * inner ones are schemas still: types may contain themselves.
 */
export type Shape = Annotations &
  (
    | { kind: "text"; multiline: boolean }
    | { kind: "number"; whole: boolean }
    | { kind: "boolean" }
    | { kind: "time" }
    | { kind: "bytes" }
    | { kind: "choice"; choices: Json[] }
    | { kind: "object"; fields: Field[] }
    | { kind: "list"; item: Json; fixed: number }
    | { kind: "map"; value: Json }
    | { kind: "any" }
  );

/** What is said of any value. */
export type Annotations = {
  /** In the author's words; "" where there are none. */
  about: string;
  /** Whether it may be null. */
  nullable: boolean;
  /** What the service takes where it is left out. */
  standard: Json | undefined;
  example: Json | undefined;
  /** Its limits in words, such as "1 to 100"; "" where it has none. */
  limits: string;
};

/** A field of an object. */
export type Field = { name: string; required: boolean; schema: Json };

/**
 * Returns what a schema allows. Root is the schema of the whole input, in which
 * references are looked up; sample is an example of this value, whose members give
 * fields the order of the source where the schema has none.
 */
export function shapeOf(schema: Json, root: Json, sample?: Json): Shape {
  const own = resolved(schema, root);
  const types = typesOf(own);
  const nullable = types.includes("null") && types.length > 1;
  const kind = types.find((t) => t !== "null") ?? "";
  return { ...annotationsOf(own, nullable, kind), ...kindOf(own, kind, sample) };
}

type Kind = Shape extends infer S ? (S extends Annotations ? Omit<S, keyof Annotations> : never) : never;

function kindOf(own: Json, type: string, sample: Json | undefined): Kind {
  const choices = member(own, "enum");
  if (choices?.kind === "array") {
    return { kind: "choice", choices: choices.items };
  }
  const items = member(own, "items");
  const values = member(own, "additionalProperties");
  switch (type) {
    case "string":
      return stringKind(own);
    case "integer":
    case "number":
      return { kind: "number", whole: type === "integer" };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return { kind: "list", item: items ?? anything, fixed: fixedLength(own) };
    case "object":
      if (!member(own, "properties") && values?.kind === "object") {
        return { kind: "map", value: values };
      }
      return { kind: "object", fields: fieldsOf(own, sample) };
  }
  return { kind: "any" };
}

const anything: Json = { kind: "object", members: [] };

function stringKind(own: Json): Kind {
  if (textOf(member(own, "format")) === "date-time") {
    return { kind: "time" };
  }
  if (textOf(member(own, "contentEncoding")) === "base64") {
    return { kind: "bytes" };
  }
  const example = textOf(firstExample(own));
  return { kind: "text", multiline: example.includes("\n") || (numberOf(member(own, "maxLength")) ?? 0) > 400 };
}

/** Returns the fields of an object: those of the sample first, in its order. */
function fieldsOf(own: Json, sample: Json | undefined): Field[] {
  const properties = member(own, "properties");
  const required = member(own, "required");
  const needed = new Set(required?.kind === "array" ? required.items.map(textOf) : []);
  const fields =
    properties?.kind === "object"
      ? properties.members.map((m) => ({ name: m.name, required: needed.has(m.name), schema: m.value }))
      : [];
  const order = new Map(sample?.kind === "object" ? sample.members.map((m, i) => [m.name, i]) : []);
  const place = (f: Field) => order.get(f.name) ?? order.size;
  return fields.sort((a, b) => place(a) - place(b));
}

function fixedLength(own: Json): number {
  const least = numberOf(member(own, "minItems"));
  return least !== undefined && least === numberOf(member(own, "maxItems")) ? least : 0;
}

function annotationsOf(own: Json, nullable: boolean, kind: string): Annotations {
  return {
    about: textOf(member(own, "description")),
    nullable,
    standard: member(own, "default"),
    example: firstExample(own),
    limits: limitsOf(own, kind),
  };
}

function firstExample(own: Json): Json | undefined {
  const examples = member(own, "examples");
  return examples?.kind === "array" ? examples.items[0] : undefined;
}

function limitsOf(own: Json, kind: string): string {
  const [low, high, unit] =
    kind === "string"
      ? ["minLength", "maxLength", " characters"]
      : kind === "array"
        ? ["minItems", "maxItems", " items"]
        : ["minimum", "maximum", ""];
  const [from, to] = [low, high].map((name) => {
    const value = member(own, name ?? "");
    return value ? scalarText(value) : "";
  });
  if (from && to) {
    return from === to ? `${from}${unit}` : `${from} to ${to}${unit}`;
  }
  return from ? `at least ${from}${unit}` : to ? `at most ${to}${unit}` : "";
}

function resolved(schema: Json, root: Json): Json {
  const ref = textOf(member(schema, "$ref"));
  const prefix = "#/$defs/";
  if (!ref.startsWith(prefix)) {
    return schema;
  }
  const target = member(member(root, "$defs"), ref.slice(prefix.length));
  if (target?.kind !== "object" || schema.kind !== "object") {
    return schema;
  }
  // What stands beside a reference describes the field and goes before the type.
  const beside = schema.members.filter((m) => m.name !== "$ref");
  return { kind: "object", members: [...target.members, ...beside] };
}

function typesOf(own: Json): string[] {
  const type = member(own, "type");
  return type?.kind === "array" ? type.items.map(textOf) : [textOf(type)];
}

function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.text : "";
}

function numberOf(value: Json | undefined): number | undefined {
  return value?.kind === "number" ? Number(value.text) : undefined;
}

/** Returns the value with which something that was left out begins to exist. */
export function startOf(shape: Shape, root: Json): Json {
  if (shape.standard) {
    return shape.standard;
  }
  switch (shape.kind) {
    case "object":
      return { kind: "object", members: shape.fields.filter((f) => f.required).flatMap((f) => nestedStart(f, root)) };
    case "list":
      return {
        kind: "array",
        items: Array.from({ length: shape.fixed }, () => startOf(shapeOf(shape.item, root), root)),
      };
    case "map":
      return { kind: "object", members: [] };
    case "boolean":
      return { kind: "boolean", value: false };
    case "number":
      return { kind: "number", text: "0" };
    case "choice":
      return shape.choices[0] ?? { kind: "null" };
    case "any":
      return { kind: "null" };
    default:
      return { kind: "string", text: "" };
  }
}

/** Objects that must be there appear at once with what they need; plain fields wait for the person. */
function nestedStart(field: Field, root: Json): { name: string; value: Json }[] {
  const schema = resolved(field.schema, root);
  const isObject =
    typesOf(schema)[0] === "object" &&
    member(schema, "properties") !== undefined &&
    member(field.schema, "$ref") === undefined;
  return isObject ? [{ name: field.name, value: startOf(shapeOf(field.schema, root), root) }] : [];
}
