import { type Client, isAborted } from "../api/client";
import type { Fault, FieldInfo, FieldProblem } from "../api/generated";
import { debounce } from "../base/debounce";
import { printJson, tryJson } from "../base/json";
import { Store } from "../base/store";
import type { Document } from "./document";
import { checkField } from "./fieldcheck";
import { applies, isRecord, toSend, type Values, valueAt, withValue } from "./formvalues";

/** What a form of an object shows. */
export interface FormState {
  /** The text was read once. */
  ready: boolean;
  /** False where the text is no YAML, so that only its text can be edited. */
  readable: boolean;
  name: string;
  type: string;
  description: string;
  disabled: boolean;
  values: Values;
  /** What the Studio found wrong, by field. */
  problems: readonly FieldProblem[];
  /** What is wrong with the text, with places in it. */
  faults: readonly Fault[];
  /** Problems of fields that were not touched are shown, too. */
  strict: boolean;
  touched: ReadonlySet<string>;
}

/** What a form needs of the rest of the page. */
export interface FormDeps {
  client: Pick<Client, "call">;
  /** The text of the document is another one: it goes to the journal. */
  edited(doc: Document): void;
  fail(err: unknown): void;
  /** The fields of a type. */
  fields(kind: string, type: string): readonly FieldInfo[];
  /** The name that the saved object of a file has; "" where there is none. */
  savedName(doc: Document): string;
}

/** How long after the last change the text follows the form, in milliseconds. */
const followAfter = 120;

/** How long after the last key in the text the form reads it, in milliseconds. */
const readAfter = 250;

/** A form over the text of an object's file. The text is what counts: it is journalled, saved and compared as any other; the form reads it and writes into it. */
export class ObjectForm {
  readonly state: Store<FormState>;
  /** Grows when the person is to be led to the first problem. */
  readonly insisted = new Store(0);
  private seen: string | null = null; // the text that the state says
  private was = ""; // the name of the saved object when it was read
  private round = 0;
  private stop: AbortController | undefined;
  private working: Promise<void> = Promise.resolve();
  private readonly follow = debounce(followAfter, () => this.begin());

  constructor(
    private readonly deps: FormDeps,
    readonly doc: Document,
    readonly kind: string,
  ) {
    this.state = new Store<FormState>({
      ready: false,
      readable: true,
      name: "",
      type: "",
      description: "",
      disabled: false,
      values: {},
      problems: [],
      faults: [],
      strict: deps.savedName(doc) !== "",
      touched: new Set(),
    });
    doc.replaced.subscribe(() => void this.read().catch(deps.fail));
    const read = debounce(readAfter, () => void this.read().catch(deps.fail));
    doc.edits.subscribe(() => read());
  }

  /** Reads the text where it is not what the form shows. */
  async read(): Promise<void> {
    const { doc } = this;
    const text = doc.text;
    if (text === this.seen) return;
    this.seen = text;
    const round = this.next();
    const was = this.deps.savedName(doc);
    this.was = was;
    const form = await this.deps.client.call("objects.parse", { kind: this.kind, was, file: doc.name, text });
    if (round !== this.round) return;
    const faults = form.faults ?? [];
    if (!form.readable) {
      this.state.patch({ ready: true, readable: false, faults });
      return;
    }
    const { edit } = form;
    this.state.patch({
      ready: true,
      readable: true,
      name: edit.name,
      type: edit.type ?? "",
      description: edit.description ?? "",
      disabled: edit.disabled ?? false,
      values: { ...(isRecord(edit.config) ? edit.config : {}), ...this.asTyped(edit.texts ?? {}) },
      problems: form.fields,
      faults,
    });
  }

  /** Keeps JSON texts in the form in which they were typed where they say the same. */
  private asTyped(texts: Readonly<Record<string, string>>): Values {
    return Object.fromEntries(
      Object.entries(texts).map(([key, text]) => {
        const old = this.state.value.values[key];
        return [key, typeof old === "string" && sameJson(old, text) ? old : text];
      }),
    );
  }

  /** Looks again at what depends on other objects: names that are missing, or taken. */
  async recheck(): Promise<void> {
    const { ready, problems } = this.state.value;
    if (!ready || (problems.length === 0 && this.was === this.deps.savedName(this.doc))) return;
    await this.settle();
    this.seen = null;
    await this.read();
  }

  /** Changes the value of a field; undefined takes it away. */
  set(path: string, value: unknown): void {
    this.change({ values: withValue(this.state.value.values, path, value) }, path);
  }

  /** Changes what all objects have. */
  setCommon(part: Partial<Pick<FormState, "description" | "disabled" | "type">>): void {
    this.change(part, Object.keys(part)[0] ?? "");
  }

  /** Remembers that a field was left, so that its problem is shown. */
  touch(path: string): void {
    const { touched } = this.state.value;
    if (!touched.has(path)) this.state.patch({ touched: new Set([...touched, path]) });
  }

  /** Waits until the text says what the form shows. */
  async settle(): Promise<void> {
    this.follow.flush();
    await this.working;
  }

  /** Shows every problem, and returns how many there are. */
  insist(): number {
    this.state.patch({ strict: true });
    const { problems, values, type } = this.state.value;
    const own = wrongFields(this.deps.fields(this.kind, type), values);
    const wrong = new Set([...problems.map((p) => p.path), ...own]).size;
    if (wrong > 0) this.insisted.update((n) => n + 1);
    return wrong;
  }

  private change(part: Partial<FormState>, path: string): void {
    this.next(); // what is under way knows nothing of this
    this.state.patch({ ...part, touched: new Set([...this.state.value.touched, path]) });
    this.follow();
  }

  private next(): number {
    this.stop?.abort();
    return ++this.round;
  }

  private begin(): void {
    const round = this.next();
    this.stop = new AbortController();
    this.working = this.write(round, this.stop.signal).catch((err: unknown) => {
      if (!isAborted(err)) this.deps.fail(err);
    });
  }

  /** Lets the text follow the form. Comments and what else people wrote around the values stay. */
  private async write(round: number, signal: AbortSignal): Promise<void> {
    const { doc, kind } = this;
    const s = this.state.value;
    const { config, texts } = toSend(this.deps.fields(kind, s.type), s.values);
    const checked = await this.deps.client.call(
      "objects.check",
      {
        kind,
        type: s.type,
        name: s.name,
        was: this.deps.savedName(doc),
        description: s.description,
        disabled: s.disabled,
        config,
        texts,
        text: doc.text,
      },
      signal,
    );
    if (round !== this.round) return;
    this.state.patch({ problems: checked.fields, faults: [] });
    if (!checked.file) return;
    this.seen = checked.yaml.replaceAll("\r\n", "\n");
    doc.replace(checked.yaml);
    this.deps.edited(doc);
  }
}

function sameJson(a: string, b: string): boolean {
  const [x, y] = [tryJson(a), tryJson(b)];
  return x !== undefined && y !== undefined && printJson(x) === printJson(y);
}

/** The paths of fields that are wrong by themselves. */
export function wrongFields(fields: readonly FieldInfo[], values: Values, prefix = ""): string[] {
  return fields.flatMap((f) => {
    if (!applies(f, fields, values)) return [];
    const path = prefix + f.key;
    const value = valueAt(values, f.key);
    if (f.kind === "group") return wrongFields(f.fields ?? [], isRecord(value) ? value : {}, `${path}.`);
    return f.need || value !== undefined ? (checkField(f, value) === "" ? [] : [path]) : [];
  });
}
