package check

import (
	"fmt"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"

	"mortise/runtime/fault"
)

// syntaxRule is one kind of syntax error: the parser's message and the line it
// stands on, and what to do.
type syntaxRule struct {
	message string // what the parser's message holds
	line    string // regular expression of the line's text, or ""
	hint    string
}

// syntaxRules are tried in their order; those with a line come before those that
// take any.
var syntaxRules = compileRules([]syntaxRule{
	{"expected 'package'", "", "every file begins with the package's name, as in `package users`"},
	{"expected declaration, found", `^\s*\w+(\s*,\s*\w+)*\s*:=`, "outside of functions write var instead of :=, as in `var x = 1`"},
	{"non-declaration statement", `:=`, "outside of functions write var instead of :=, as in `var x = 1`"},
	{"imports must appear before", "", "imports stand right behind the package line"},
	{"expected declaration, found", `^\s*(def|function|fn|public|private|async)\b`, "a function reads `func Name(in Input) (Output, error) { … }`"},
	{"expected declaration, found '}'", "", "this } closes nothing: a { above it is missing, or it is one too many"},
	{"expected declaration", `^\s*(class|struct|interface)\b`, "a type reads `type Name struct { … }`"},
	{"expected declaration", "", "outside of functions stand only import, const, var, type and func"},
	{"", `^\s*(type|func|range|map|chan|var|const|import|package|default|select|case|struct|interface|go|defer)\s*:?=`, "this word belongs to the language: choose another name"},
	{"", `^\s*(while|until)\b`, "Go has only one loop: `for condition { … }`"},
	{"", `^\s*}?\s*(try|catch|except|finally)\b`, "Go has no exceptions: a function returns an error, and `if err != nil { … }` looks at it"},
	{"", `^\s*}?\s*(elif|elsif|elseif)\b`, "write `else if`"},
	{"", `^\s*for\s+\w+(\s*,\s*\w+)?\s+in\b`, "write `for i, v := range list { … }`"},
	{"", `^\s*(let|const|var)\s+\w+\s*:?=.*;?\s*$`, "a variable reads `name := value`"},
	{"", `^\s*(throw|raise)\b`, "return an error: `return out, service.Errorf(service.Invalid, \"…\")`"},
	{"found 'else'", "", "else stands on the same line as the } in front of it: `} else {`"},
	{"curly quotation mark", "", "this quote comes from a word processor: use plain quotes"},
	{"U+201C", "", "this quote comes from a word processor: use plain \" quotes"},
	{"U+201D", "", "this quote comes from a word processor: use plain \" quotes"},
	{"U+2018", "", "this quote comes from a word processor: use plain quotes"},
	{"U+2019", "", "this quote comes from a word processor: use plain quotes"},
	{"U+003F", "", "Go has no ? :, write if and else"},
	{"U+0023", "", "a comment begins with //"},
	{"U+0040", "", "Go has no decorators: remove the @"},
	{"illegal character", "", "remove this character"},
	{"raw string literal not terminated", "", "close the text with a backquote"},
	{"string literal not terminated", "", "close the text with \" on the same line; a text of several lines stands in `backquotes`"},
	{"rune literal", "", "text stands in \"double quotes\"; '…' holds one character"},
	{"comment not terminated", "", "close the comment with */"},
	{"unknown escape", "", "write \\\\ for a backslash, or put the text in `backquotes`"},
	{"missing ','", `\bfunc\b.*\(\s*\w+\s*:`, "write the type behind the name without a colon, as in `name string`"},
	{"missing ',' before newline", "", "end the line with a comma"},
	{"missing ','", "", "a comma is missing here"},
	{"missing condition", "", "write the condition behind the word"},
	{"missing return", "", "write return and the values at the end"},
	{"cannot use", `\bif\b[^=]*[^=!<>:]=[^=]`, "to compare write == instead of ="},
	{"expected boolean or range expression, found assignment", "", "to compare write == instead of ="},
	{"expected boolean expression, found assignment", "", "to compare write == instead of ="},
	{"found simple statement", "", "to compare write == instead of ="},
	{"unexpected newline, expecting {", "", "the { stands at the end of this line"},
	{"expected '{'", "", "the { stands at the end of the line, and conditions have no ( ) round them"},
	{"unexpected semicolon or newline before {", "", "the { stands at the end of the line above"},
	{"expected ';', found ','", "", "fields stand one on a line, without commas"},
	{"expected ';', found '-'", `->`, "the results stand behind the parameters, without ->"},
	{"found '++'", "", "++ and -- are lines of their own, not values"},
	{"found '--'", "", "++ and -- are lines of their own, not values"},
	{"expected ';'", `^\s*(if|for)\s*\(.*\)\s*\w`, "the body stands in { }, and the condition needs no ( )"},
	{"expected ';', found '{'", "", "the { stands at the end of the line, not at the beginning of the next"},
	{"expected 1 expression", "", "write one value here"},
	{"expected operand", "", "a value is missing here"},
	{"expected ')'", "", "a ) is missing, or there is a comma too few"},
	{"expected ']'", "", "a ] is missing"},
	{"expected ';'", "", "one statement stands on one line; a comma, an operator or a bracket may be missing here"},
	{"expected type", "", "write the type behind the name, as in `name string`"},
	{"missing parameter name", "", "write a name in front of the type, as in `name string`"},
	{"missing parameter type", "", "write the type behind the name, as in `name string`"},
	{"mixed named and unnamed", "", "every parameter has a name and a type, as in `a string, b int`"},
	{"exceeded max nesting depth", "", "split it into several statements or functions"},
	{"label", "", "name a label that stands in front of a loop"},
	{"expected statement", "", "this is no statement; a } may be missing above"},
	{"must be function call", "", "write the brackets of a call: f()"},
	{"invalid digit", "", "this is no number"},
	{"has no digits", "", "this is no number"},
	{"invalid BOM", "", "save the file as UTF-8 without a byte order mark"},
	{"illegal UTF-8", "", "save the file as UTF-8"},
	{"illegal character NUL", "", "the file holds bytes that are no text"},
})

type compiledRule struct {
	syntaxRule
	re *regexp.Regexp
}

func compileRules(rules []syntaxRule) []compiledRule {
	out := make([]compiledRule, len(rules))
	for i, r := range rules {
		out[i].syntaxRule = r
		if r.line != "" {
			out[i].re = regexp.MustCompile(r.line)
		}
	}
	return out
}

var packageClause = regexp.MustCompile(`(?m)^\s*package\s+\w`)

var foundKeyword = regexp.MustCompile(`expected '?IDENT'?, found '(\w+)'`)

// syntaxHint returns a syntax error in plain words and what to do about it.
func syntaxHint(msg string, src []byte, at fault.Position) (what, hint string) {
	what = strings.NewReplacer("'IDENT'", "a name", "found 'EOF'", "found the end of the file", "expected declaration", "expected a declaration",
		"non-declaration", "expected a declaration, found a").Replace(msg)
	what = strings.Replace(what, "a statement outside function body", "statement outside of a function", 1)
	if strings.Contains(msg, "'EOF'") || strings.Contains(msg, "EOF") {
		if line := unclosed(src); line > 0 {
			return what, fmt.Sprintf("the bracket that line %d opens is never closed", line)
		}
		if !packageClause.Match(src) {
			return what, "every file begins with the package's name, as in `package users`"
		}
	}
	if m := foundKeyword.FindStringSubmatch(msg); m != nil && token.IsKeyword(m[1]) {
		return what, fmt.Sprintf("%q is a word of the language: choose another name", m[1])
	}
	line, above := lineAt(src, at.Line), lineAt(src, at.Line-1)
	for _, r := range syntaxRules {
		if strings.Contains(msg, r.message) && (r.re == nil || r.re.MatchString(line) || r.message == "" && r.re.MatchString(above)) {
			return what, r.hint
		}
	}
	return what, "look at this line and the one above: a bracket, a comma or a quote may be missing"
}

func lineAt(src []byte, line int) string {
	lines := strings.SplitN(string(src), "\n", line+1)
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}

// unclosed returns the line of the last bracket that is open at the end of a
// file, or 0.
func unclosed(src []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Position, string) {}, 0)
	var open []token.Pos
	for {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, pos)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			open = open[:max(len(open)-1, 0)]
		case token.EOF:
			if len(open) == 0 {
				return 0
			}
			return file.PositionFor(open[len(open)-1], false).Line
		}
	}
}
