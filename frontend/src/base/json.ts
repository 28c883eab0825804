/**
 * JSON as it was written. JSON.parse turns long numbers into others and moves
 * members whose names are numbers to the front; what people look at and send on
 * must do neither.
 */

/** One value. The members of an object stand in the order of the text. */
export type Json =
  | { kind: "object"; members: Member[] }
  | { kind: "array"; items: Json[] }
  | { kind: "string"; text: string }
  | { kind: "number"; text: string }
  | { kind: "boolean"; value: boolean }
  | { kind: "null" };

/** A named value of an object. */
export type Member = { name: string; value: Json };

/** How deep values may stand inside each other. */
const maxDepth = 400;

/** What is wrong with a text that should be JSON, and at which offset. */
export class JsonError extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(what);
    this.offset = offset;
  }
}

/** Returns the value that a text holds, or throws a JsonError. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) {
    throw new JsonError("there is more behind the end of the value", reader.at);
  }
  return value;
}

/** Returns the value that a text holds, or undefined where it is not JSON. */
export function tryJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const numbers = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside of texts (RFC 8259, section 7)
const letters = /[^"\\\u0000-\u001f]*/y;
const spaces = /[ \t\r\n]*/y;

class Reader {
  at = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  space(): void {
    spaces.lastIndex = this.at;
    spaces.test(this.text);
    this.at = spaces.lastIndex;
  }

  value(depth: number): Json {
    if (depth > maxDepth) {
      throw new JsonError("values stand too deep inside each other", this.at);
    }
    this.space();
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return { kind: "string", text: this.string() };
      case "t":
        return this.word("true", { kind: "boolean", value: true });
      case "f":
        return this.word("false", { kind: "boolean", value: false });
      case "n":
        return this.word("null", { kind: "null" });
      case undefined:
        throw new JsonError("the text ends where a value should stand", this.at);
    }
    return { kind: "number", text: this.number() };
  }

  /** Goes to the value at a dotted path without reading more than it must. */
  find(path: string, depth: number): Span {
    this.space();
    const from = this.at;
    const open = this.text[from];
    if (path !== "" && depth < maxDepth && (open === "{" || open === "[")) {
      const inner = open === "{" ? this.findMember(path, depth) : this.findItem(path, depth);
      if (inner) {
        return inner;
      }
    }
    this.at = from;
    this.value(depth);
    return { from, to: this.at };
  }

  private findMember(path: string, depth: number): Span | undefined {
    this.at++;
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') {
        return undefined;
      }
      const name = this.string();
      this.space();
      this.at++;
      if (path === name || path.startsWith(`${name}.`)) {
        return this.find(path.slice(name.length + 1), depth + 1);
      }
      this.value(depth + 1);
      this.space();
      if (!this.take(",")) {
        return undefined;
      }
    }
  }

  private findItem(path: string, depth: number): Span | undefined {
    const [index = "", ...rest] = path.split(".");
    this.at++;
    for (let i = 0; ; i++) {
      this.space();
      if (this.text[this.at] === "]") {
        return undefined;
      }
      if (String(i) === index) {
        return this.find(rest.join("."), depth + 1);
      }
      this.value(depth + 1);
      this.space();
      if (!this.take(",")) {
        return undefined;
      }
    }
  }

  private object(depth: number): Json {
    const members: Member[] = [];
    this.at++;
    this.space();
    if (this.take("}")) {
      return { kind: "object", members };
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') {
        throw new JsonError("a name in double quotes should stand here", this.at);
      }
      const name = this.string();
      this.space();
      if (!this.take(":")) {
        throw new JsonError("a colon should stand here", this.at);
      }
      members.push({ name, value: this.value(depth + 1) });
      this.space();
      if (this.take("}")) {
        return { kind: "object", members };
      }
      if (!this.take(",")) {
        throw new JsonError("a comma or } should stand here", this.at);
      }
    }
  }

  private array(depth: number): Json {
    const items: Json[] = [];
    this.at++;
    this.space();
    if (this.take("]")) {
      return { kind: "array", items };
    }
    for (;;) {
      items.push(this.value(depth + 1));
      this.space();
      if (this.take("]")) {
        return { kind: "array", items };
      }
      if (!this.take(",")) {
        throw new JsonError("a comma or ] should stand here", this.at);
      }
    }
  }

  private string(): string {
    const from = this.at;
    let escaped = false;
    this.at++;
    for (;;) {
      letters.lastIndex = this.at;
      letters.test(this.text);
      this.at = letters.lastIndex;
      if (this.text[this.at] === '"') {
        this.at++;
        return escaped ? unescaped(this.text.slice(from, this.at), from) : this.text.slice(from + 1, this.at - 1);
      }
      if (this.text[this.at] !== "\\") {
        throw new JsonError("this text has no end, or a line break in it", from);
      }
      escaped = true;
      this.at += 2;
    }
  }

  private number(): string {
    numbers.lastIndex = this.at;
    const from = this.at;
    if (!numbers.test(this.text)) {
      throw new JsonError("a value should stand here; texts stand in double quotes", from);
    }
    this.at = numbers.lastIndex;
    return this.text.slice(from, this.at);
  }

  private word(word: string, value: Json): Json {
    if (!this.text.startsWith(word, this.at)) {
      throw new JsonError("a value should stand here; texts stand in double quotes", this.at);
    }
    this.at += word.length;
    return value;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) {
      return false;
    }
    this.at++;
    return true;
  }
}

function unescaped(text: string, from: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new JsonError("this text has a \\ that begins nothing known", from);
  }
}

/**
 * Returns a value as a text: on one line, or with an indent with every member and
 * item on its own line. Empty objects and lists stay on one line.
 */
export function printJson(value: Json, indent = "  "): string {
  const out: string[] = [];
  print(value, indent, indent === "" ? "" : "\n", out);
  return out.join("");
}

function print(value: Json, indent: string, line: string, out: string[]): void {
  switch (value.kind) {
    case "object":
      printAll(value.members.length, "{}", indent, line, out, (i, inner) => {
        const m = value.members[i];
        if (m) {
          out.push(JSON.stringify(m.name), indent === "" ? ":" : ": ");
          print(m.value, indent, inner, out);
        }
      });
      return;
    case "array":
      printAll(value.items.length, "[]", indent, line, out, (i, inner) => {
        const item = value.items[i];
        if (item) {
          print(item, indent, inner, out);
        }
      });
      return;
    default:
      out.push(scalarText(value));
  }
}

function printAll(
  count: number,
  brackets: string,
  indent: string,
  line: string,
  out: string[],
  one: (i: number, line: string) => void,
): void {
  if (count === 0) {
    out.push(brackets);
    return;
  }
  const inner = line === "" ? "" : line + indent;
  out.push(brackets.charAt(0));
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      out.push(",");
    }
    out.push(inner);
    one(i, inner);
  }
  out.push(line, brackets.charAt(1));
}

/** Returns a value that is no object and no list as JSON. */
export function scalarText(value: Json): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.text);
    case "number":
      return value.text;
    case "boolean":
      return value.value ? "true" : "false";
    case "null":
      return "null";
    case "object":
    case "array":
      return printJson(value, "");
  }
}

/** Returns what JSON.parse or an event gave as a value of ours. */
export function fromPlain(value: unknown): Json {
  return parseJson(JSON.stringify(value) ?? "null");
}

/** Returns a member of an object, or undefined. Of equal names the last one counts. */
export function member(value: Json | undefined, name: string): Json | undefined {
  if (value?.kind !== "object") {
    return undefined;
  }
  return value.members.findLast((m) => m.name === name)?.value;
}

/**
 * Returns a value with one thing in it changed. A path leads through names and
 * indexes; what is missing on the way becomes an object, or a list where the next
 * step is a number. Undefined takes the thing away.
 */
export function changed(
  value: Json | undefined,
  path: readonly (string | number)[],
  to: Json | undefined,
): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) {
    return to;
  }
  if (typeof step === "number") {
    const items = value?.kind === "array" ? [...value.items] : [];
    const next = changed(items[step], rest, to);
    if (next) {
      items[Math.min(step, items.length)] = next;
    } else {
      items.splice(step, 1);
    }
    return { kind: "array", items };
  }
  const members = value?.kind === "object" ? [...value.members] : [];
  const i = members.findIndex((m) => m.name === step);
  const next = changed(members[i]?.value, rest, to);
  if (!next) {
    return { kind: "object", members: members.filter((m) => m.name !== step) };
  }
  if (i < 0) {
    members.push({ name: step, value: next });
  } else {
    members[i] = { name: step, value: next };
  }
  return { kind: "object", members };
}

/**
 * Returns a path as people write it in programs: items[3].price, with quotes
 * around names that are no identifiers: ["a b"].
 */
export function pathText(path: readonly (string | number)[]): string {
  let out = "";
  for (const step of path) {
    if (typeof step === "number") {
      out += `[${step}]`;
    } else if (/^[A-Za-z_$][\w$]*$/.test(step)) {
      out += out === "" ? step : `.${step}`;
    } else {
      out += `[${JSON.stringify(step)}]`;
    }
  }
  return out;
}

/** A part of a text, in UTF-16 units. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Returns where the thing at a dotted path such as items.3.price stands in a JSON
 * text. Where it is not there, such as a member that is missing, it is the
 * innermost value around it; undefined where the text is not JSON.
 */
export function spanOf(text: string, path: string): Span | undefined {
  try {
    return new Reader(text).find(path, 0);
  } catch {
    return undefined;
  }
}
