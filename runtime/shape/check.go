package shape

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mortise/runtime/fault"
)

// Limits of one input.
const (
	maxDepth    = 100 // objects and lists inside each other
	maxProblems = 50  // reported at once
	maxShown    = 40  // bytes of a wrong value that a message shows
)

// Checker checks JSON against a type. It is immutable and made once per service.
type Checker struct{ root *rule }

// rule is a type made ready for checking.
type rule struct {
	*Type
	elem     *rule
	fields   []fieldRule
	index    map[string]int // of more fields than are worth comparing one by one
	required []uint64       // a bit for each required field
}

type fieldRule struct {
	*Field
	rule    *rule
	pattern *regexp.Regexp
	plain   bool // no rule beyond the type
}

// Compile makes a type ready for checking. A pattern that is no regular
// expression is an error.
func Compile(t *Type) (*Checker, error) {
	r, err := compile(t, map[*Type]*rule{})
	return &Checker{r}, err
}

func compile(t *Type, done map[*Type]*rule) (*rule, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // no type, no rule
	}
	if r, ok := done[t]; ok {
		return r, nil
	}
	r := &rule{Type: t}
	done[t] = r
	var err error
	if r.elem, err = compile(t.Elem, done); err != nil {
		return nil, err
	}
	r.required = make([]uint64, (len(t.Fields)+63)/64)
	if len(t.Fields) > 8 {
		r.index = make(map[string]int, len(t.Fields))
	}
	for i, f := range t.Fields {
		fr := fieldRule{Field: f, plain: f.Enum == nil && f.Min == nil && f.Max == nil && f.Pattern == "" && !f.Quoted}
		if fr.rule, err = compile(f.Type, done); err != nil {
			return nil, err
		}
		if f.Pattern != "" {
			if fr.pattern, err = regexp.Compile(`^(?:` + f.Pattern + `)$`); err != nil {
				return nil, fault.Wrap(fault.Invalid, "shape.pattern", err, "field %q: its pattern", f.Name).WithAt(f.At)
			}
		}
		if f.Required {
			r.required[i/64] |= 1 << (i % 64)
		}
		if r.index != nil {
			r.index[f.Name] = i
		}
		r.fields = append(r.fields, fr)
	}
	return r, nil
}

// Check checks an input and returns it with the defaults filled in where they
// are missing; without any to fill in, it returns data itself. An empty input is
// an empty object. The error is a *fault.Error of kind Invalid: "input.json" with
// line and column where data is not JSON, or "input.invalid" with a detail for
// every field that is wrong, missing or not known.
func (c *Checker) Check(data []byte) ([]byte, error) {
	if len(bytes.TrimLeft(data, " \t\r\n")) == 0 {
		data = []byte("{}")
	}
	s := scanner{data: data}
	if bad := firstInvalid(data); bad >= 0 {
		return nil, s.syntax(bad, "it is not valid UTF-8")
	}
	s.path = s.pathBuf[:0]
	if s.space(); s.ok() {
		s.value(c.root, nil, 0)
	}
	if s.space(); s.bad == nil && s.pos < len(s.data) {
		s.fail("nothing may follow the value")
	}
	if s.bad != nil {
		return nil, s.bad
	}
	if len(s.details) > 0 {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "input.invalid", What: "the input is wrong", Details: s.details}
	}
	return s.edited(), nil
}

func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// value checks the value at the scanner's position and stands behind it
// afterwards. A nil rule takes any JSON.
func (s *scanner) value(r *rule, f *fieldRule, depth int) {
	if depth > maxDepth {
		s.fail(fmt.Sprintf("more than %d objects and lists inside each other", maxDepth))
		return
	}
	if !s.ok() {
		return
	}
	if r == nil || r.Kind == Any {
		s.skip(depth)
		return
	}
	start := s.pos
	switch c := s.data[s.pos]; c {
	case '{':
		switch r.Kind {
		case Object:
			s.object(r, depth)
		case Map:
			s.entries(r, depth)
		default:
			s.skip(depth)
			s.wrong(start, r)
		}
	case '[':
		if r.Kind != List {
			s.skip(depth)
			s.wrong(start, r)
			return
		}
		s.list(r, f, depth)
	case 'n':
		if s.word("null"); !r.Nullable && (f == nil || f.Required) {
			s.problem("is null", "")
		}
	default:
		s.scalar(r, f, depth)
	}
}

func (s *scanner) scalar(r *rule, f *fieldRule, depth int) {
	start := s.pos
	s.skip(depth)
	if s.bad != nil {
		return
	}
	raw := s.data[start:s.pos]
	if f != nil && f.Quoted {
		if raw[0] != '"' {
			s.problem("is not in quotes", `the field has the json option "string"`)
			return
		}
		raw = raw[1 : len(raw)-1]
	}
	if why := r.fits(raw); why != "" {
		s.wrong(start, r)
		return
	}
	if f != nil && !f.plain {
		s.rules(r, f, raw)
	}
}

// fits returns "" for a scalar that is of the type, else what it should be.
func (t *Type) fits(raw []byte) string {
	isText, isNumber := raw[0] == '"', raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')
	ok := false
	switch t.Kind {
	case Text:
		ok = isText
	case Bool:
		ok = raw[0] == 't' || raw[0] == 'f'
	case Int:
		ok = isNumber && t.fitsInt(string(raw))
	case Float:
		_, err := strconv.ParseFloat(string(raw), max(t.Bits, 32))
		ok = isNumber && err == nil
	case Number:
		ok = isNumber
	case Time:
		ok = isText && validTime(raw)
	case Bytes:
		_, err := base64.StdEncoding.DecodeString(unquote(raw))
		ok = isText && err == nil
	case List, Map, Object:
	case Any:
		ok = true
	}
	if ok {
		return ""
	}
	return t.words()
}

func (t *Type) fitsInt(s string) bool {
	var err error
	if t.Unsigned {
		_, err = strconv.ParseUint(s, 10, t.Bits)
	} else {
		_, err = strconv.ParseInt(s, 10, t.Bits)
	}
	return err == nil
}

func validTime(raw []byte) bool {
	_, err := time.Parse(time.RFC3339, unquote(raw))
	return err == nil
}

// words says what the type takes.
func (t *Type) words() string {
	switch t.Kind {
	case Text:
		return "a text"
	case Bool:
		return "true or false"
	case Int:
		if t.Unsigned {
			return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits))
		}
		if t.Bits < 64 {
			return fmt.Sprintf("a whole number from %d to %d", -1<<(t.Bits-1), 1<<(t.Bits-1)-1)
		}
		return "a whole number"
	case Float, Number:
		return "a number"
	case Time:
		return "a time such as 2026-03-29T02:30:00Z"
	case Bytes:
		return "base64 text"
	case List:
		return "a list"
	case Map, Object:
		return "an object"
	case Any:
	}
	return "a value"
}

// rules checks what the field's tags ask for.
func (s *scanner) rules(r *rule, f *fieldRule, raw []byte) {
	text := string(raw)
	if raw[0] == '"' {
		text = unquote(raw)
	}
	if f.Enum != nil && !slices.Contains(f.Enum, text) {
		s.problem(fmt.Sprintf("is %q, not one of %s", short(text), strings.Join(f.Enum, ", ")), fault.DidYouMean(text, f.Enum))
		return
	}
	if f.pattern != nil && !f.pattern.MatchString(text) {
		s.problem(fmt.Sprintf("is %q, which does not match %s", short(text), f.Pattern), "")
		return
	}
	switch r.Kind {
	case Text:
		s.bounds(f, float64(utf8.RuneCountInString(text)), "has %s characters")
	case Int, Float, Number:
		n, _ := strconv.ParseFloat(text, 64)
		s.bounds(f, n, "is %s")
	case Bool, Time, Bytes, List, Map, Object, Any:
	}
}

func (s *scanner) bounds(f *fieldRule, n float64, what string) {
	if (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max) {
		return
	}
	is := fmt.Sprintf(what, strconv.FormatFloat(n, 'f', -1, 64))
	if f.Min != nil && n < *f.Min {
		s.problem(is+", the least is "+strconv.FormatFloat(*f.Min, 'f', -1, 64), "")
	}
	if f.Max != nil && n > *f.Max {
		s.problem(is+", the most is "+strconv.FormatFloat(*f.Max, 'f', -1, 64), "")
	}
}

func (s *scanner) object(r *rule, depth int) {
	var seenBuf [4]uint64
	seen := seenBuf[:0]
	if len(r.required) > len(seenBuf) {
		seen = make([]uint64, 0, len(r.required))
	}
	seen = seen[:len(r.required)]
	empty := s.members(func(key []byte) {
		i := r.find(key)
		if i < 0 {
			s.problem("is not a field of this input", r.near(key))
			s.skip(depth + 1)
			return
		}
		if seen[i/64]&(1<<(i%64)) != 0 {
			s.problem("is given twice", "")
		}
		seen[i/64] |= 1 << (i % 64)
		f := &r.fields[i]
		if f.Default != nil && s.pos < len(s.data) && s.data[s.pos] == 'n' {
			start := s.pos
			s.word("null")
			s.edit(start, s.pos, f.Default)
			return
		}
		s.value(f.rule, f, depth+1)
	})
	if s.bad != nil {
		return
	}
	for w, want := range r.required {
		if want&^seen[w] == 0 {
			continue
		}
		for i := w * 64; i < min(len(r.fields), w*64+64); i++ {
			if want&(1<<(i%64)) != 0 && seen[w]&(1<<(i%64)) == 0 {
				s.push(segment{key: []byte(r.fields[i].Name)})
				s.problem("is missing", "")
				s.pop()
			}
		}
	}
	for i := range r.fields {
		if f := &r.fields[i]; f.Default != nil && seen[i/64]&(1<<(i%64)) == 0 {
			s.insert(f.Name, f.Default, empty)
			empty = false
		}
	}
}

func (r *rule) find(key []byte) int {
	if r.index != nil {
		if i, ok := r.index[string(key)]; ok {
			return i
		}
		return -1
	}
	for i := range r.fields {
		if r.fields[i].Name == string(key) {
			return i
		}
	}
	return -1
}

func (r *rule) near(key []byte) string {
	names := make([]string, len(r.fields))
	for i := range r.fields {
		names[i] = r.fields[i].Name
	}
	return fault.DidYouMean(string(key), names)
}

func (s *scanner) entries(r *rule, depth int) {
	s.members(func([]byte) { s.value(r.elem, nil, depth+1) })
}

func (s *scanner) list(r *rule, f *fieldRule, depth int) {
	n := 0
	s.elements(func() {
		s.push(segment{index: n})
		s.value(r.elem, nil, depth+1)
		s.pop()
		n++
	})
	if s.bad == nil && r.Len > 0 && n != r.Len {
		s.problem(fmt.Sprintf("has %d elements, not %d", n, r.Len), "")
	}
	if s.bad == nil && f != nil {
		s.bounds(f, float64(n), "has %s elements")
	}
}

func (s *scanner) wrong(start int, r *rule) {
	if s.bad == nil {
		s.problem(fmt.Sprintf("is %s, not %s", short(string(s.data[start:s.pos])), r.words()), "")
	}
}

// short cuts a value for a message.
func short(v string) string {
	if len(v) <= maxShown {
		return v
	}
	cut := maxShown
	for !utf8.RuneStart(v[cut]) {
		cut--
	}
	return v[:cut] + "…"
}
