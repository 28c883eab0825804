import { type Client, faultsOf, isAborted } from "../api/client";
import type { FolderList, OpenFailure, Suggestion } from "../api/generated";
import { Store } from "../base/store";
import type { ProjectModel } from "./project";

/** The template of the tutorial. */
export const tutorialTemplate = "tutorial";

/** A question for a folder of this machine, which the page shows where there is no dialog of the system. */
export interface Browse {
  title: string;
  confirm: string;
  /** Where to begin; "" is the user's home. */
  start: string;
  /** Only projects may be chosen. */
  projects: boolean;
  /** Takes the folder, "" for none. */
  answer: (dir: string) => void;
}

/** How projects are opened and made, with or without one that is open. */
export class Welcome {
  /** Whether the form for a new project is shown. */
  readonly making = new Store(false);
  /** The question for a folder that is shown. */
  readonly browse = new Store<Browse | null>(null);
  /** What is being done at present: "tutorial", or the folder that is opened. */
  readonly busy = new Store("");
  /** What this page wanted to open last and could not. */
  readonly failed = new Store<OpenFailure | null>(null);

  constructor(
    private readonly client: Client,
    private readonly project: ProjectModel,
  ) {}

  /** Opens a project. Why it cannot be opened is in failed, and thrown where a project is open already. */
  async open(dir: string): Promise<void> {
    await this.while(dir, dir, () => this.project.openFolder(dir));
  }

  /** Opens the tutorial; it is made the first time. */
  async openTutorial(): Promise<void> {
    await this.while("tutorial", "", async () => {
      const place = await this.suggest({ template: tutorialTemplate });
      if (place.there) await this.project.openFolder(place.there);
      else await this.create(place.dir ?? "", tutorialTemplate, place.name ?? "");
    });
  }

  /** Asks for the folder of a project and opens it. */
  async openFolder(title: string, confirm: string): Promise<void> {
    const dir = await this.pick({ title, confirm, start: "", projects: true });
    if (dir !== "") await this.open(dir);
  }

  /** Makes a project and opens it. */
  async create(dir: string, template: string, name: string): Promise<void> {
    await this.client.call("project.create", { dir, template, name });
    this.failed.set(null);
  }

  /** Completes name and folder of a new project. */
  suggest(s: Suggestion, signal?: AbortSignal): Promise<Suggestion> {
    return this.client.call("project.suggest", s, signal);
  }

  async forget(dir: string): Promise<void> {
    await this.client.call("project.forget", { dir });
    if (this.failed.value?.dir === dir) this.failed.set(null);
  }

  list(dir: string, signal?: AbortSignal): Promise<FolderList> {
    return this.client.call("folders.list", { dir }, signal);
  }

  /** Asks for a folder, by the system's own dialog where there is one; "" is none. */
  async pick(ask: Omit<Browse, "answer">): Promise<string> {
    if (this.project.hello.value?.desktop) {
      return (await this.client.call("folders.pick", { title: ask.title, start: ask.start })).dir;
    }
    this.browse.value?.answer("");
    return new Promise((resolve) => {
      const answer = (dir: string) => {
        this.browse.set(null);
        resolve(dir);
      };
      this.browse.set({ ...ask, answer });
    });
  }

  private async while(what: string, dir: string, f: () => Promise<void>): Promise<void> {
    if (this.busy.value !== "") return;
    this.busy.set(what);
    this.failed.set(null);
    try {
      await f();
    } catch (err) {
      if (isAborted(err)) return;
      if (this.project.open) throw err;
      this.failed.set({ dir, faults: faultsOf(err) as OpenFailure["faults"] });
    } finally {
      this.busy.set("");
    }
  }
}

/** Puts a folder's name behind the folder that it is in, as the system writes it. */
export function joinPath(parent: string, name: string): string {
  const sign = parent.includes("\\") && !parent.includes("/") ? "\\" : "/";
  return parent.endsWith(sign) ? parent + name : parent + sign + name;
}

/** The last part of a path, whatever the system. */
export function folderName(dir: string): string {
  return dir.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "") || dir;
}
