import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

/** How code is coloured. The colours are tokens, so one style serves both themes. */
const colours = HighlightStyle.define([
  { tag: [t.comment, t.meta], color: "var(--syntax-comment)", fontStyle: "italic" },
  {
    tag: [t.keyword, t.modifier, t.controlKeyword, t.definitionKeyword, t.moduleKeyword, t.operatorKeyword],
    color: "var(--syntax-keyword)",
  },
  { tag: [t.string, t.special(t.string), t.character, t.regexp, t.attributeValue], color: "var(--syntax-string)" },
  { tag: [t.number, t.integer, t.float], color: "var(--syntax-number)" },
  { tag: [t.bool, t.null, t.atom, t.constant(t.variableName), t.escape, t.labelName], color: "var(--syntax-constant)" },
  { tag: [t.typeName, t.className, t.namespace, t.tagName, t.standard(t.typeName)], color: "var(--syntax-type)" },
  {
    tag: [
      t.function(t.variableName),
      t.function(t.propertyName),
      t.function(t.definition(t.variableName)),
      t.macroName,
    ],
    color: "var(--syntax-function)",
  },
  { tag: [t.propertyName, t.definition(t.propertyName), t.attributeName], color: "var(--syntax-property)" },
  { tag: [t.punctuation, t.separator, t.bracket, t.operator, t.derefOperator], color: "var(--syntax-punctuation)" },
  { tag: [t.brace, t.paren, t.squareBracket], color: "var(--syntax-bracket)" },
  { tag: t.heading, color: "var(--syntax-heading)", fontWeight: "600" },
  { tag: t.strong, fontWeight: "600" },
  { tag: t.emphasis, fontStyle: "italic" },
  { tag: [t.link, t.url], color: "var(--text-link)" },
  { tag: t.invalid, color: "var(--syntax-invalid)" },
]);

/** What the editor needs set from code; the rest of its look is in code.css. */
const frame = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--text)", fontSize: "var(--editor-font-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "4px 0" },
});

export const codeTheme = [frame, syntaxHighlighting(colours)];
