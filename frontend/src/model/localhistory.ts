import { type Client, faultsOf } from "../api/client";
import type { Draft, File, Version } from "../api/generated";
import { Store } from "../base/store";
import type { Documents } from "./documents";
import type { Files } from "./files";

/** What a file holds at present. */
export interface Present {
  text: string;
  hash: string;
  /** It was typed and is not saved. */
  unsaved: boolean;
}

/** What a restore changed, so that it can be taken back. */
export interface Restored {
  file: File;
  before: Present | null; // null where there was no file
}

/** Earlier states of files, which are kept on this machine. */
export class LocalHistory {
  /** Grows when files were written, by whomever: lists are read again then. */
  readonly version = new Store(0);
  /** Unsaved text that was brought back at the start, where it is to be shown. */
  readonly brought = new Store<readonly Draft[] | null>(null);

  constructor(
    private readonly client: Client,
    private readonly documents: Documents,
    private readonly files: Files,
  ) {
    const grow = () => this.version.update((n) => n + 1);
    client.on("files", grow);
    client.on("changed", grow);
  }

  /** The earlier states of a file, newest first. */
  async list(name: string, signal?: AbortSignal): Promise<Version[]> {
    return (await this.client.call("history.list", { name }, signal)).versions;
  }

  /** Files that were deleted and are not there again, those deleted last first. */
  async deleted(signal?: AbortSignal): Promise<Version[]> {
    const { versions } = await this.client.call("history.list", { name: "" }, signal);
    return versions.filter((v) => !this.files.exists(v.name));
  }

  read(id: string, signal?: AbortSignal): Promise<File> {
    return this.client.call("history.read", { id }, signal);
  }

  /** What the file holds: what is edited where it is open, otherwise what stands on disk; null where there is none. */
  async present(name: string, signal?: AbortSignal): Promise<Present | null> {
    const doc = this.documents.get(name);
    if (doc && !doc.state.value.gone) return { text: doc.text, hash: doc.base, unsaved: doc.state.value.dirty };
    try {
      const file = await this.client.call("files.read", { name }, signal);
      if (file.hash === "" && file.draft) return null; // typed, and never saved
      return { text: file.text, hash: file.hash, unsaved: false };
    } catch (err) {
      if (faultsOf(err)[0]?.kind === "not found") return null;
      throw err;
    }
  }

  /** Whether a restore of this file would replace what was typed and not saved. */
  unsaved(name: string): boolean {
    return this.documents.get(name)?.state.value.dirty ?? false;
  }

  /** Makes an earlier state the file again. What was typed and not saved goes to the local history first, as does what was there. */
  async restore(version: Version): Promise<Restored> {
    const { name } = version;
    const doc = this.documents.get(name);
    if (doc?.state.value.dirty && !doc.state.value.gone) {
      await this.documents.journal(doc);
      await this.documents.revert(doc);
    }
    const before = await this.present(name);
    const file = await this.client.call("history.restore", { id: version.id });
    this.documents.get(name)?.reload(file.text, file.hash);
    return { file, before };
  }

  /** Takes a restore back. Where somebody changed the file since, it stays as it is. */
  async undo({ file, before }: Restored): Promise<boolean> {
    const { name } = file;
    if (!before) {
      await this.client.call("files.delete", { name });
      await this.documents.close(name, true);
      this.documents.closed(name);
      return true;
    }
    const saved = await this.client.call("files.write", { name, text: before.text, base: file.hash });
    if (saved.conflict) return false;
    const text = saved.text ?? before.text;
    const doc = this.documents.get(name);
    if (doc && !doc.state.value.dirty) doc.reload(text, saved.hash ?? "");
    this.version.update((n) => n + 1);
    return true;
  }
}

/** Days with what happened on them, newest first. */
export function byDay(versions: readonly Version[]): { day: string; versions: Version[] }[] {
  const days: { day: string; versions: Version[] }[] = [];
  for (const v of versions) {
    const day = new Date(v.at).toDateString();
    const last = days[days.length - 1];
    if (last?.day === day) last.versions.push(v);
    else days.push({ day, versions: [v] });
  }
  return days;
}
