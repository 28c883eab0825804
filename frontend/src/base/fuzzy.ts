/** How well a text answers a query, and which of its characters do. */
export interface FuzzyMatch {
  score: number; // more is better
  positions: number[]; // in the text, ascending
}

/**
 * Finds the characters of a query in a text, in order, ignoring case and the spaces of the query.
 * Beginnings of words and runs of characters count for more. Null where one is missing.
 */
export function fuzzy(query: string, text: string): FuzzyMatch | null {
  const want = query.toLowerCase().replace(/\s+/g, "");
  if (want === "") return { score: 0, positions: [] };
  const have = text.toLowerCase();
  const whole = have.indexOf(want);
  if (whole >= 0) return asRun(want, text, whole);
  const positions: number[] = [];
  let from = 0;
  for (const c of want) {
    const at = nextPlace(text, have, c, from);
    if (at < 0) return greedy(want, text, have);
    positions.push(at);
    from = at + 1;
  }
  return { score: scoreOf(text, positions), positions };
}

function asRun(want: string, text: string, first: number): FuzzyMatch {
  let at = first;
  const have = text.toLowerCase();
  for (let i = first; i >= 0; i = have.indexOf(want, i + 1)) {
    if (startsWord(text, i)) {
      at = i;
      break;
    }
  }
  const positions = Array.from({ length: want.length }, (_, i) => at + i);
  return { score: scoreOf(text, positions) + 20, positions };
}

/** The next place of a character, that at the beginning of a word first. */
function nextPlace(text: string, have: string, c: string, from: number): number {
  const first = have.indexOf(c, from);
  if (first < 0 || first === from) return first;
  for (let i = first; i >= 0; i = have.indexOf(c, i + 1)) {
    if (startsWord(text, i)) return i;
  }
  return first;
}

function greedy(want: string, text: string, have: string): FuzzyMatch | null {
  const positions: number[] = [];
  let from = 0;
  for (const c of want) {
    const at = have.indexOf(c, from);
    if (at < 0) return null;
    positions.push(at);
    from = at + 1;
  }
  return { score: scoreOf(text, positions), positions };
}

function startsWord(text: string, i: number): boolean {
  if (i === 0) return true;
  const before = text[i - 1] ?? "";
  const here = text[i] ?? "";
  if (/[^\p{L}\p{N}]/u.test(before)) return true;
  return /\p{Lu}/u.test(here) && /\p{Ll}|\p{N}/u.test(before);
}

function scoreOf(text: string, positions: number[]): number {
  let score = 0;
  let before = -2;
  for (const p of positions) {
    score += p === before + 1 ? 5 : 1;
    if (startsWord(text, p)) score += 4;
    before = p;
  }
  const last = text.lastIndexOf("/") + 1;
  if ((positions[0] ?? 0) >= last) score += 3;
  return score - text.length / 100;
}

/** Those of a list that answer a query, best first; in their own order where the query is empty. */
export function fuzzySort<T>(
  query: string,
  list: readonly T[],
  text: (item: T) => string,
): { item: T; match: FuzzyMatch }[] {
  const found: { item: T; match: FuzzyMatch }[] = [];
  for (const item of list) {
    const match = fuzzy(query, text(item));
    if (match) found.push({ item, match });
  }
  return query.trim() === "" ? found : found.sort((a, b) => b.match.score - a.match.score);
}
