import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  replaceAll,
  replaceNext,
  SearchQuery,
  search,
  selectMatches,
  setSearchQuery,
} from "@codemirror/search";
import type { Extension } from "@codemirror/state";
import { type Command, EditorView, type Panel, runScopeHandlers, type ViewUpdate } from "@codemirror/view";
import { words } from "../../base/words/editor";

const most = 999; // matches are counted up to here

/** Find and replace above the text. */
export const findPanel: Extension = search({ top: true, createPanel: (view) => new FindPanel(view) });

/** Opens the second row, for replacing. */
export function showReplace(view: EditorView): void {
  view.dom.querySelector<HTMLElement>(".find")?.classList.add("find-replacing");
  view.dom.querySelector<HTMLInputElement>(".find-replace-input")?.focus();
}

class FindPanel implements Panel {
  readonly dom: HTMLElement;
  readonly top = true;
  private readonly query: HTMLInputElement;
  private readonly replacement: HTMLInputElement;
  private readonly count: HTMLElement;
  private readonly toggles: Record<"caseSensitive" | "wholeWord" | "regexp", HTMLButtonElement>;

  constructor(private readonly view: EditorView) {
    this.query = input(words.find.find, "find-input");
    this.query.setAttribute("main-field", "true");
    this.replacement = input(words.find.replace, "find-replace-input");
    this.count = element("span", "find-count");
    this.count.setAttribute("aria-live", "polite");
    this.toggles = {
      caseSensitive: this.toggle("Aa", words.find.case),
      wholeWord: this.toggle("W", words.find.word),
      regexp: this.toggle(".*", words.find.regexp),
    };
    this.dom = element("div", "find");
    this.dom.setAttribute("role", "search");
    this.dom.append(this.firstRow(), this.secondRow());
    this.dom.addEventListener("keydown", (e) => this.key(e));
    this.show(getSearchQuery(view.state));
  }

  mount(): void {
    this.query.select();
  }

  update(u: ViewUpdate): void {
    for (const tr of u.transactions)
      for (const e of tr.effects) if (e.is(setSearchQuery) && !e.value.eq(this.current())) this.show(e.value);
    if (u.docChanged || u.selectionSet || u.transactions.some((tr) => tr.effects.some((e) => e.is(setSearchQuery))))
      this.tally();
  }

  private firstRow(): HTMLElement {
    const row = element("div", "find-row");
    const more = button("›", words.find.toggleReplace, () => this.dom.classList.toggle("find-replacing"));
    more.classList.add("find-more");
    const field = element("div", "find-field");
    field.append(this.query, ...Object.values(this.toggles));
    this.query.addEventListener("input", () => this.commit());
    row.append(
      more,
      field,
      this.count,
      this.act("↑", words.find.previous, findPrevious),
      this.act("↓", words.find.next, findNext),
      this.act("≡", words.find.all, selectMatches),
      this.act("✕", words.find.close, closeSearchPanel),
    );
    return row;
  }

  private secondRow(): HTMLElement {
    const row = element("div", "find-row find-second");
    const field = element("div", "find-field");
    field.append(this.replacement);
    this.replacement.addEventListener("input", () => this.commit());
    const one = this.act(words.find.replaceOne, words.find.replaceOne, replaceNext);
    const all = this.act(words.find.replaceAll, words.find.replaceAll, replaceAll);
    for (const b of [one, all]) b.classList.add("find-word");
    row.append(field, one, all);
    return row;
  }

  private act(text: string, label: string, command: Command): HTMLButtonElement {
    return button(text, label, () => {
      command(this.view);
    });
  }

  private toggle(text: string, label: string): HTMLButtonElement {
    const b = button(text, label, () => {
      b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true"));
      this.commit();
    });
    b.setAttribute("aria-pressed", "false");
    b.classList.add("find-toggle");
    return b;
  }

  private current(): SearchQuery {
    const on = (b: HTMLButtonElement) => b.getAttribute("aria-pressed") === "true";
    return new SearchQuery({
      search: this.query.value,
      replace: this.replacement.value,
      caseSensitive: on(this.toggles.caseSensitive),
      wholeWord: on(this.toggles.wholeWord),
      regexp: on(this.toggles.regexp),
      literal: true,
    });
  }

  private show(q: SearchQuery): void {
    this.query.value = q.search;
    this.replacement.value = q.replace;
    this.toggles.caseSensitive.setAttribute("aria-pressed", String(q.caseSensitive));
    this.toggles.wholeWord.setAttribute("aria-pressed", String(q.wholeWord));
    this.toggles.regexp.setAttribute("aria-pressed", String(q.regexp));
    this.tally();
  }

  private commit(): void {
    const query = this.current();
    this.view.dispatch({ effects: setSearchQuery.of(query) });
    if (query.valid && query.search !== "") this.seek(query);
  }

  /** Selects the first match at or behind where the search began, as one types. */
  private seek(query: SearchQuery): void {
    const { state } = this.view;
    const from = state.selection.main.from;
    let hit = query.getCursor(state, from).next();
    if (hit.done) hit = query.getCursor(state).next();
    if (hit.done) return;
    this.view.dispatch({
      selection: { anchor: hit.value.from, head: hit.value.to },
      effects: EditorView.scrollIntoView(hit.value.from, { y: "center" }),
      userEvent: "select.search",
    });
  }

  /** Says which of how many matches is selected. */
  private tally(): void {
    const q = getSearchQuery(this.view.state);
    this.dom.classList.toggle("find-wrong", q.search !== "" && !q.valid);
    if (q.search === "" || !q.valid) {
      this.count.textContent = "";
      return;
    }
    const { from, to } = this.view.state.selection.main;
    let n = 0;
    let at = 0;
    const cursor = q.getCursor(this.view.state);
    for (let m = cursor.next(); !m.done && n < most; m = cursor.next()) {
      n++;
      if (m.value.from === from && m.value.to === to) at = n;
    }
    this.count.textContent =
      n === 0 ? words.find.none : at === 0 ? words.find.some(n, n === most) : words.find.of(at, n, n === most);
  }

  private key(e: KeyboardEvent): void {
    if (runScopeHandlers(this.view, e, "search-panel")) {
      e.preventDefault();
    } else if (e.key === "Enter" && e.target === this.query) {
      e.preventDefault();
      (e.shiftKey ? findPrevious : findNext)(this.view);
    } else if (e.key === "Enter" && e.target === this.replacement) {
      e.preventDefault();
      replaceNext(this.view);
    }
  }
}

function element(tag: string, className: string): HTMLElement {
  const e = document.createElement(tag);
  e.className = className;
  return e;
}

function input(label: string, className: string): HTMLInputElement {
  const i = document.createElement("input");
  i.className = className;
  i.placeholder = label;
  i.spellcheck = false;
  i.autocomplete = "off";
  i.setAttribute("aria-label", label);
  return i;
}

function button(text: string, label: string, run: () => void): HTMLButtonElement {
  const b = document.createElement("button");
  b.type = "button";
  b.className = "find-button";
  b.textContent = text;
  b.title = label;
  b.setAttribute("aria-label", label);
  b.addEventListener("click", run);
  return b;
}
