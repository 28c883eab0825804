import { go, goLanguage } from "@codemirror/lang-go";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit, StreamLanguage } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";

/** The languages that the editor knows. */
export type Language = "go" | "json" | "yaml" | "markdown" | "feature" | "text";

const byEnding: Record<string, Language> = {
  go: "go",
  mod: "text",
  json: "json",
  yaml: "yaml",
  yml: "yaml",
  md: "markdown",
  feature: "feature",
};

/** The language of a file by its name. */
export function languageOf(name: string): Language {
  return byEnding[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "text";
}

/** How deep a step of indentation is, and of what. */
function indent(unit: string): Extension {
  return [indentUnit.of(unit), EditorState.tabSize.of(4)];
}

/** API tests in English: keywords, strings, numbers, tags, tables and comments. */
const feature = StreamLanguage.define<{ start: boolean }>({
  name: "feature",
  startState: () => ({ start: true }),
  token(stream, state) {
    if (stream.sol()) state.start = true;
    if (stream.eatSpace()) return null;
    const first = state.start;
    state.start = false;
    if (first && stream.match(/#.*/)) return "comment";
    if (first && stream.match(/(Feature|Background|Rule|Scenario Outline|Scenario|Examples|Example):/))
      return "heading";
    if (first && stream.match(/(Given|When|Then|And|But|\*)(?=\s)/)) return "keyword";
    if (stream.match(/"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/'(?:[^'\\]|\\.)*'/)) return "string";
    if (stream.match(/-?\d+(\.\d+)?\b/)) return "number";
    if (stream.match(/<[^>]+>/)) return "variableName";
    if (stream.match(/@[\w-]+/)) return "meta";
    if (stream.eat("|")) return "punctuation";
    stream.eatWhile(/[^\s"'|<@]/);
    return null;
  },
  languageData: { commentTokens: { line: "#" } },
});

/** What the editor needs for a language. Large grammars are loaded when they are first needed. */
export async function loadLanguage(language: Language): Promise<Extension> {
  const ready = languageNow(language);
  if (ready) return ready;
  const { markdown } = await import("@codemirror/lang-markdown");
  return [
    markdown({ completeHTMLTags: false, codeLanguages: (info) => (info === "go" ? goLanguage : null) }),
    indent("  "),
  ];
}

/** The same for languages that need no loading; undefined for the others. */
export function languageNow(language: Language): Extension | undefined {
  switch (language) {
    case "go":
      return [go(), indent("\t")];
    case "json":
      return [json(), indent("  ")];
    case "yaml":
      return [yaml(), indent("  ")];
    case "feature":
      return [feature, indent("  ")];
    case "text":
      return indent("\t");
    default:
      return undefined;
  }
}
