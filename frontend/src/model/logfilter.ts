import { type Level, type Line, levelOf, levels } from "./loglines";

/** What lines are to be shown. */
export type LogFilter = {
  /** Lines of lesser levels are left out. */
  level: Level;
  /** What the person typed; filterOf explains its language. */
  text: string;
};

/** Says whether a line is to be shown. */
export type Matcher = (line: Line) => boolean;

/**
 * Returns what a filter lets through. Every word must be found, in any order and
 * whatever the case: a word anywhere in the line, "two words" in quotes together,
 * service:users in what the line is about, cid:4bf9 in the correlation id,
 * level:warn at least that level, any other name:value in that attribute. A minus
 * before a word turns it around.
 */
export function matcherOf(filter: LogFilter): Matcher {
  const least = levels.indexOf(filter.level);
  const terms = wordsOf(filter.text).map(termOf);
  return (line) => levels.indexOf(line.level) >= least && terms.every((term) => term(line));
}

/** Returns the words of a filter; quotes keep spaces together and may not be closed yet. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/-?(?:[\w.-]+:)?"[^"]*"?|\S+/g)]
    .map((m) => m[0].replaceAll('"', ""))
    .filter((w) => w !== "" && w !== "-");
}

function termOf(word: string): Matcher {
  if (word.startsWith("-")) {
    const inner = termOf(word.slice(1));
    return (line) => !inner(line);
  }
  const colon = word.indexOf(":");
  const name = word.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = word.slice(colon + 1).toLowerCase();
  if (!/^[a-z_][\w.-]*$/.test(name)) {
    const needle = word.toLowerCase();
    return (line) => line.haystack.includes(needle);
  }
  if (value === "") {
    return () => true;
  }
  switch (name) {
    case "cid":
      return (line) => line.cid.startsWith(value);
    case "level": {
      const least = levels.indexOf(levelOf(value));
      return (line) => levels.indexOf(line.level) >= least;
    }
  }
  return attributeTerm(word.toLowerCase(), name, value);
}

/** A place such as users.go:12 looks like a name and a value: both readings count. */
function attributeTerm(whole: string, name: string, value: string): Matcher {
  return (line) =>
    line.attributes.some((a) => a.name.toLowerCase() === name && a.text.toLowerCase().includes(value)) ||
    line.haystack.includes(whole);
}

/** Returns a filter text with a term such as cid:4bf9 in place of the one of that name, or without it. */
export function withTerm(text: string, name: string, value: string): string {
  const kept = text.replaceAll(new RegExp(`(^|\\s)${name}:(?:"[^"]*"?|\\S*)`, "g"), "").trim();
  const term = /\s/.test(value) ? `${name}:"${value}"` : `${name}:${value}`;
  return value === "" ? kept : `${kept} ${term}`.trim();
}
