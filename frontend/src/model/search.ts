import { type Client, isAborted } from "../api/client";
import type { Find, Found, Match } from "../api/generated";
import { Store } from "../base/store";
import type { Notes } from "./notes";

/** The search in the files of the project, and what it found. */
export interface SearchState {
  query: Find;
  found: Found | null; // null before anything was searched
  searching: boolean;
}

/** Searches while a person types: only the answer to the last question counts. */
export class Search {
  readonly state = new Store<SearchState>({ query: { query: "" }, found: null, searching: false });
  private running: AbortController | undefined;

  constructor(
    private readonly client: Client,
    private readonly notes: Notes,
  ) {}

  /** Changes the question and asks it. */
  async ask(part: Partial<Find>): Promise<void> {
    const query = { ...this.state.value.query, ...part };
    this.state.patch({ query });
    this.running?.abort();
    if (query.query === "") {
      this.state.patch({ found: null, searching: false });
      return;
    }
    const running = new AbortController();
    this.running = running;
    this.state.patch({ searching: true });
    try {
      const found = await this.client.call("files.find", without(query), running.signal);
      this.state.patch({ found, searching: false });
    } catch (err) {
      if (isAborted(err)) return;
      this.state.patch({ found: null, searching: false });
      this.notes.fail(err);
    }
  }

  /** Sets what is put in the place of matches, without searching. */
  setReplacement(replace: string): void {
    this.state.patch({ query: { ...this.state.value.query, replace } });
  }

  /** Replaces in these files, or in all where none is named, and searches again. It returns how many matches were replaced. */
  async replace(names: readonly string[] = []): Promise<number> {
    const { query } = this.state.value;
    const done = await this.client.call("files.replace", { ...query, replace: query.replace ?? "", names: [...names] });
    await this.ask({});
    return done.matches.length;
  }
}

/** The question of a search, which has nothing to replace. */
function without(query: Find): Find {
  const { replace: _, names: __, ...find } = query;
  return find;
}

/** Matches by file, in the order in which they came. */
export function matchesByFile(matches: readonly Match[]): { name: string; matches: Match[] }[] {
  const files = new Map<string, Match[]>();
  for (const m of matches) {
    const all = files.get(m.name);
    if (all) all.push(m);
    else files.set(m.name, [m]);
  }
  return [...files].map(([name, all]) => ({ name, matches: all }));
}
