package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// scanner reads JSON once, from left to right, without building anything.
type scanner struct {
	data    []byte
	pos     int
	bad     *fault.Error // the syntax error that ended the scan
	details []fault.Detail
	edits   []edit
	path    []segment
	pathBuf [8]segment
}

// segment is a step of the path to the value that is read.
type segment struct {
	key   []byte // of an object, nil in a list
	index int
}

// edit replaces data[from:to].
type edit struct {
	from, to int
	text     []byte
}

func (s *scanner) push(g segment) { s.path = append(s.path, g) }
func (s *scanner) pop()           { s.path = s.path[:len(s.path)-1] }

func (s *scanner) problem(what, hint string) {
	if len(s.details) >= maxProblems {
		return
	}
	var b strings.Builder
	for i, g := range s.path {
		if i > 0 {
			b.WriteByte('.')
		}
		if g.key != nil {
			b.Write(g.key)
		} else {
			b.WriteString(strconv.Itoa(g.index))
		}
	}
	if s.details == nil {
		s.details = make([]fault.Detail, 0, 4)
	}
	s.details = append(s.details, fault.Detail{Path: b.String(), What: what, Hint: hint})
}

func (s *scanner) fail(what string) {
	if s.bad == nil {
		s.bad = s.syntax(s.pos, what)
	}
}

func (s *scanner) syntax(pos int, what string) *fault.Error {
	before := s.data[:min(pos, len(s.data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fault.New(fault.Invalid, "input.json", "the input is not JSON at line %d, column %d: %s", line, column, what)
}

// ok reports whether there is a value to read.
func (s *scanner) ok() bool {
	if s.bad == nil && s.pos >= len(s.data) {
		s.fail("it ends too early")
	}
	return s.bad == nil
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) word(w string) {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(w)) {
		s.fail("expected a value, found " + s.found())
		return
	}
	s.pos += len(w)
}

func (s *scanner) found() string {
	if s.pos >= len(s.data) {
		return "the end"
	}
	word := s.data[s.pos:]
	if i := bytes.IndexAny(word, " \t\r\n,:{}[]\""); i > 0 {
		word = word[:i]
	} else {
		word = word[:1]
	}
	return strconv.Quote(short(string(word)))
}

// members reads an object, calling member with each key while standing at its
// value; it reports whether the object had no members.
func (s *scanner) members(member func(key []byte)) (empty bool) {
	s.pos++
	for empty = true; ; {
		s.space()
		if !s.ok() {
			return empty
		}
		switch c := s.data[s.pos]; {
		case c == '}' && empty:
			s.pos++
			return empty
		case c != '"':
			s.fail("expected a name in double quotes, found " + s.found())
			return empty
		}
		empty = false
		start := s.pos
		if s.text(); s.bad != nil {
			return empty
		}
		key := s.data[start+1 : s.pos-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(unquote(s.data[start:s.pos]))
		}
		if s.space(); !s.ok() {
			return empty
		}
		if s.data[s.pos] != ':' {
			s.fail("expected a colon, found " + s.found())
			return empty
		}
		s.pos++
		s.space()
		s.push(segment{key: key})
		member(key)
		s.pop()
		if s.after('}') {
			return empty
		}
	}
}

// elements reads a list, calling element while standing at each.
func (s *scanner) elements(element func()) {
	s.pos++
	if s.space(); s.ok() && s.data[s.pos] == ']' {
		s.pos++
		return
	}
	for s.bad == nil {
		s.space()
		element()
		if s.after(']') {
			return
		}
	}
}

// after reads what stands behind a member or element and reports whether that
// ended the object or list, or the scan.
func (s *scanner) after(end byte) bool {
	if s.bad != nil {
		return true
	}
	s.space()
	switch {
	case !s.ok():
	case s.data[s.pos] == end:
		s.pos++
	case s.data[s.pos] == ',':
		s.pos++
		return false
	default:
		s.fail(fmt.Sprintf("expected a comma or %q, found %s", end, s.found()))
	}
	return true
}

// skip reads any value.
func (s *scanner) skip(depth int) {
	if depth > maxDepth {
		s.fail(fmt.Sprintf("more than %d objects and lists inside each other", maxDepth))
		return
	}
	if !s.ok() {
		return
	}
	switch c := s.data[s.pos]; {
	case c == '{':
		s.members(func([]byte) { s.skip(depth + 1) })
	case c == '[':
		s.elements(func() { s.skip(depth + 1) })
	case c == '"':
		s.text()
	case c == 't':
		s.word("true")
	case c == 'f':
		s.word("false")
	case c == 'n':
		s.word("null")
	case c == '-' || (c >= '0' && c <= '9'):
		s.number()
	default:
		s.fail("expected a value, found " + s.found())
	}
}

func (s *scanner) text() {
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return
		case c < ' ':
			s.fail("a text holds a control character; write it as \\n, \\t or \\u00XX")
			return
		case c == '\\':
			if s.pos++; !s.escape() {
				return
			}
		}
	}
	s.fail("a text has no end")
}

func (s *scanner) escape() bool {
	if s.pos >= len(s.data) {
		return true
	}
	if c := s.data[s.pos]; c == 'u' {
		for i := 1; i <= 4; i++ {
			if s.pos+i >= len(s.data) || !isHex(s.data[s.pos+i]) {
				s.fail("\\u wants four hexadecimal digits")
				return false
			}
		}
		s.pos += 4
	} else if strings.IndexByte(`"\/bfnrt`, c) < 0 {
		s.fail("there is no escape \\" + string(rune(c)))
		return false
	}
	return true
}

func isHex(c byte) bool {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

func (s *scanner) number() {
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		if s.pos++; !s.digits() {
			return
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		if s.pos++; s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		s.digits()
	}
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail("a number wants a digit, found " + s.found())
	}
	return s.pos > start
}

// insert adds a member before the closing brace that was just read.
func (s *scanner) insert(name string, value []byte, empty bool) {
	text := strconv.AppendQuote(nil, name)
	if !empty {
		text = append([]byte{','}, text...)
	}
	s.edit(s.pos-1, s.pos-1, append(append(text, ':'), value...))
}

func (s *scanner) edit(from, to int, text []byte) {
	s.edits = append(s.edits, edit{from, to, text})
}

func (s *scanner) edited() []byte {
	if len(s.edits) == 0 {
		return s.data
	}
	out, at := make([]byte, 0, len(s.data)+64), 0
	for _, e := range s.edits {
		out = append(append(out, s.data[at:e.from]...), e.text...)
		at = e.to
	}
	return append(out, s.data[at:]...)
}

// unquote returns the text of a JSON string that the scanner has read.
func unquote(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return string(raw)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var out string
	_ = json.Unmarshal(raw, &out)
	return out
}
