package spec

import (
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Kind is the sort of value of a field.
type Kind string

// The kinds of field.
const (
	KindText     Kind = "text"
	KindInt      Kind = "int"
	KindFloat    Kind = "float"
	KindBool     Kind = "bool"
	KindDuration Kind = "duration"
	KindTime     Kind = "time"
	KindSize     Kind = "size"
	KindChoice   Kind = "choice"
	KindSecret   Kind = "secret"
	KindTexts    Kind = "texts"
	KindMap      Kind = "map"
	KindJSON     Kind = "json"
	KindRef      Kind = "ref"
	KindGroup    Kind = "group"
	KindAny      Kind = "any"
)

// Choice is one value of several, with the words that a form shows for it.
type Choice struct {
	Value string `json:"value"`
	Title string `json:"title,omitempty"`
}

// Field is one field of a config. Its methods say more about it and return it.
type Field struct {
	key, title, help string
	value            value
	need, advanced   bool
	file             bool // the text names a file of the project
	wrong            bool // the file holds something else, and that is reported
	def              any
	min, max         *float64
	pattern          *regexp.Regexp
	when             *When
}

// When says that a field applies only where another field of the same group has
// one of several values; without values, where it has any.
type When struct {
	Key    string   `json:"key"`
	Values []string `json:"values,omitempty"`
}

// Need makes the field a required one: it must stand in the file and not be
// empty.
func (f *Field) Need() *Field { f.need = true; return f }

// Or sets the value that the field has where the file says nothing: of the
// field's own type, or for durations and sizes the text of it.
func (f *Field) Or(v any) *Field {
	if err := f.value.fresh().assign(v); err != nil {
		panic(fmt.Sprintf("spec: the default of %q: %v", f.key, err))
	}
	f.def = v
	return f
}

// Range bounds a number, a duration, a size, the length of a text or the number
// of entries of a list; nil is no bound. For durations and sizes the bounds may
// be texts such as "1s" and "10MB".
func (f *Field) Range(lowest, highest any) *Field {
	f.min, f.max = f.bound(lowest), f.bound(highest)
	return f
}

func (f *Field) bound(v any) *float64 {
	if v == nil {
		return nil
	}
	b, err := f.value.bound(v)
	if err != nil {
		panic(fmt.Sprintf("spec: a bound of %q: %v", f.key, err))
	}
	return &b
}

// Match sets a regular expression that the whole text must match, and so must
// every entry of a list or map.
func (f *Field) Match(pattern string) *Field {
	f.pattern = regexp.MustCompile(`^(?:` + pattern + `)$`)
	return f
}

// Title sets the words that a form shows beside the field; without it they are
// made of the key.
func (f *Field) Title(s string) *Field { f.title = s; return f }

// Help sets the documentation. Its first line is one sentence with a full stop,
// under 80 characters.
func (f *Field) Help(s string) *Field { f.help = s; return f }

// When says that the field applies only where the field called key has one of
// the values, or any value where none is named. Elsewhere it is neither required
// nor allowed.
func (f *Field) When(key string, values ...string) *Field {
	f.when = &When{Key: key, Values: values}
	return f
}

// File says that the text names a file of the project, whose content belongs to
// the config: it is another one when the file changes.
func (f *Field) File() *Field { f.file = true; return f }

// Advanced moves the field out of sight of those who see the form first.
func (f *Field) Advanced() *Field { f.advanced = true; return f }

// value is what a field is bound to.
type value interface {
	kind() Kind
	// want says in words what a file may hold: "a whole number".
	want() string
	// fresh returns a value of the same kind with storage of its own.
	fresh() value
	// read takes the value from a node; false where it is of another sort.
	read(n *yaml.Node, at placer) bool
	// assign takes the value of a default.
	assign(v any) error
	// bound returns a bound of a range as a number.
	bound(v any) (float64, error)
	// size is what a range bounds; false where it has no size to bound.
	size() (float64, bool)
	// empty reports whether nothing is set.
	empty() bool
	// node returns the canonical YAML; nil where nothing is set.
	node() *yaml.Node
}

// applies reports whether the field's condition holds among its siblings.
func (f *Field) applies(siblings []*Field) bool {
	if f.when == nil {
		return true
	}
	for _, s := range siblings {
		if s.key != f.when.Key {
			continue
		}
		if len(f.when.Values) == 0 {
			return !s.value.empty()
		}
		n := s.value.node()
		return n != nil && slices.Contains(f.when.Values, n.Value)
	}
	return false
}

// isDefault reports whether the value is the one that stands without saying.
func (f *Field) isDefault() bool {
	if f.def == nil {
		return f.value.empty()
	}
	d := f.value.fresh()
	if err := d.assign(f.def); err != nil {
		return false
	}
	return equal(d.node(), f.value.node())
}

// equal compares two canonical nodes.
func equal(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, equal)
}
