package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/spec"
)

// maxInput bounds an input that is typed or pasted, in bytes.
const maxInput = 4 << 20

// isJSON reports whether the text of an input is JSON and not name=value pairs.
func isJSON(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" {
		return false
	}
	if strings.IndexByte(`{["-0123456789`, text[0]) >= 0 {
		return true
	}
	return slices.Contains([]string{"true", "false", "null"}, text)
}

// words splits name=value pairs, which stand on one line or on several. A pair
// that holds spaces stands in quotes, in part or as a whole: '…' is literal, in
// "…" a backslash stands in front of a quote or a backslash that is meant.
// Elsewhere a backslash is meant, unless a space, quote or backslash follows.
func words(text string) ([]string, error) {
	var out []string
	var word strings.Builder
	started, quote, opened := false, byte(0), 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		next := byte(0)
		if i+1 < len(text) {
			next = text[i+1]
		}
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			if started {
				out = append(out, word.String())
			}
			word.Reset()
			started = false
		case quote == 0 && (c == '\'' || c == '"'):
			quote, started, opened = c, true, i
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote == '"' && (next == '"' || next == '\\'), c == '\\' && quote == 0 && strings.IndexByte(" '\"\\", next) >= 0 && next != 0:
			word.WriteByte(next)
			started = true
			i++
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, fault.New(fault.Invalid, "input.quote", "the input has a %c that is not closed", quote).
			WithAt(placeIn(text, opened)).WithHint("close it, or write \\%c where the quote itself is meant", quote)
	}
	if started {
		out = append(out, word.String())
	}
	return out, nil
}

// placeIn returns where an offset of a text is.
func placeIn(text string, offset int) fault.Position {
	before := text[:offset]
	return fault.Position{Line: 1 + strings.Count(before, "\n"), Column: offset - strings.LastIndexByte(before, '\n')}
}

// inputJSON returns the text of an input as JSON; nil where there is none. In is
// the type of what the service takes; nil is not known.
func inputJSON(text string, in *shape.Type) (json.RawMessage, error) {
	if len(text) > maxInput {
		return nil, fault.New(fault.Invalid, "input.large", "the input has %s, and may have %s here",
			spec.FormatSize(int64(len(text))), spec.FormatSize(maxInput))
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if isJSON(text) {
		if err := syntax([]byte(text)); err != nil {
			return nil, err
		}
		return json.RawMessage(text), nil
	}
	pairs, err := words(text)
	if err != nil {
		return nil, err
	}
	raw, err := in.FromPairs(pairs)
	if err != nil {
		return nil, withPairHints(err)
	}
	return raw, nil
}

// withPairHints says what helps most where a word has no value: quotes.
func withPairHints(err error) error {
	f := *fault.As(err)
	f.Details = slices.Clone(f.Details)
	for i, d := range f.Details {
		if d.What == "has no value" {
			f.Details[i].Hint = `write name=value; a value with spaces stands in quotes: name="Mike Smith"`
		}
	}
	return &f
}

// syntax returns what is wrong with a text that should be JSON, with its place.
func syntax(text []byte) error {
	if json.Valid(text) {
		return nil
	}
	// A type that takes anything finds the same mistake and says it in words.
	c, err := shape.Compile(&shape.Type{Kind: shape.Any})
	if err == nil {
		_, err = c.Check(text)
	}
	var v any
	wrong := json.Unmarshal(text, &v)
	if err == nil {
		err = fault.Wrap(fault.Invalid, "input.json", wrong, "the input is not JSON")
	}
	f := *fault.As(err)
	if at, ok := errors.AsType[*json.SyntaxError](wrong); ok {
		f.At = placeIn(string(text), int(min(max(at.Offset-1, 0), int64(len(text)))))
	}
	return &f
}

// checkInput returns all that is wrong with an input for a type.
func checkInput(raw json.RawMessage, in *shape.Type) error {
	if in == nil {
		return nil
	}
	c, err := shape.Compile(in)
	if err != nil {
		return err
	}
	_, err = c.Check(raw)
	return err
}

// member is one field of a JSON object, in the order of the text.
type member struct {
	name string
	raw  json.RawMessage
}

// members returns the fields of a JSON object; false where it is none.
func members(raw json.RawMessage) ([]member, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var out []member
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, false
		}
		out = append(out, member{name, value})
	}
	return out, true
}

// pairsOf writes JSON as name=value pairs; false where that cannot be said so.
func pairsOf(raw json.RawMessage, in *shape.Type) ([]string, bool) {
	all, ok := members(raw)
	if !ok {
		return nil, false
	}
	var out []string
	for _, m := range all {
		pairs, ok := pairsOfMember(m, in)
		if !ok {
			return nil, false
		}
		out = append(out, pairs...)
	}
	return out, true
}

// pairsOfMember writes one field: in the plainest way that is read back as the
// same JSON.
func pairsOfMember(m member, in *shape.Type) ([]string, bool) {
	if m.name == "" || strings.ContainsAny(m.name, "= \t\r\n.'\"\\") || strings.HasSuffix(m.name, ":") || isJSON(m.name) {
		return nil, false
	}
	name, err := json.Marshal(m.name)
	if err != nil {
		return nil, false
	}
	object := slices.Concat([]byte("{"), name, []byte(":"), m.raw, []byte("}"))
	for _, pairs := range [][]string{plainPairs(m.name, m.raw, 0), {m.name + ":=" + compact(m.raw)}} {
		if got, err := in.FromPairs(pairs); err == nil && pairs != nil && sameJSON(got, object) {
			return pairs, true
		}
	}
	return nil, false
}

// maxFlat bounds how deep objects are written as a.b.c=1.
const maxFlat = 8

// plainPairs writes a value without JSON in it: objects as a.b=1, lists as a name
// that is repeated; nil where there is no such way.
func plainPairs(name string, raw json.RawMessage, depth int) []string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || depth > maxFlat:
		return nil
	case raw[0] == '{':
		all, _ := members(raw)
		var out []string
		for _, m := range all {
			if m.name == "" || strings.ContainsAny(m.name, "=. \t\r\n'\"\\") {
				return nil
			}
			pairs := plainPairs(name+"."+m.name, m.raw, depth+1)
			if pairs == nil {
				return nil
			}
			out = append(out, pairs...)
		}
		return out
	case raw[0] == '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		var out []string
		for i, e := range list {
			at := name
			if e := bytes.TrimSpace(e); len(e) > 0 && e[0] == '{' {
				at = name + "." + strconv.Itoa(i)
			}
			pairs := plainPairs(at, e, depth+1)
			if pairs == nil {
				return nil
			}
			out = append(out, pairs...)
		}
		return out
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil
		}
		return []string{name + "=" + text}
	default:
		return []string{name + "=" + string(raw)}
	}
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// sameJSON compares two texts of JSON; numbers are the same where they are written
// the same way.
func sameJSON(a, b []byte) bool {
	var x, y any
	for _, p := range []struct {
		raw  []byte
		into *any
	}{{a, &x}, {b, &y}} {
		d := json.NewDecoder(bytes.NewReader(p.raw))
		d.UseNumber()
		if d.Decode(p.into) != nil {
			return false
		}
	}
	l, errL := json.Marshal(x)
	r, errR := json.Marshal(y)
	return errL == nil && errR == nil && bytes.Equal(l, r)
}

// quotePair writes a pair so that words reads it as one.
func quotePair(pair string) string {
	if pair != "" && !strings.ContainsAny(pair, " \t\r\n'\"\\") {
		return pair
	}
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	} else {
		name += "="
	}
	if !strings.Contains(value, "'") {
		return name + "'" + value + "'"
	}
	return name + `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// quotePairs writes pairs, one a line or all on one.
func quotePairs(pairs []string, between string) string {
	quoted := make([]string, len(pairs))
	for i, p := range pairs {
		quoted[i] = quotePair(p)
	}
	return strings.Join(quoted, between)
}

// quoteShell writes a word for a POSIX shell.
func quoteShell(s string) string {
	plain := func(r rune) bool {
		return r >= utf8.RuneSelf || strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) || r >= utf8.RuneSelf }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// pretty indents JSON.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
