package fault

import (
	"cmp"
	"slices"
	"strings"
)

// Position is a place in a file of the user's. Lines and columns count from 1,
// columns in bytes; 0 means that it is not known.
type Position struct {
	File   string `json:"file,omitempty"` // relative to the project, with slashes
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// IsZero reports whether nothing is known of the place.
func (p Position) IsZero() bool { return p == Position{} }

// String returns file:line:column without the parts that are not known.
func (p Position) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	for _, n := range []int{p.Line, p.Column} {
		if n == 0 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(':')
		}
		b.WriteString(itoa(n))
	}
	return b.String()
}

// List is several errors of one document or project: all that was found, not
// the first.
type List []*Error

// Add appends an error of a kind Invalid at a place and returns it, so that a
// hint can be hung on it.
func (l *List) Add(at Position, code, format string, args ...any) *Error {
	e := New(Invalid, code, format, args...).WithAt(at)
	*l = append(*l, e)
	return e
}

// Err returns the list as an error, sorted by place; nil where it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	l.Sort()
	return l
}

// Sort orders the list by file, line and column.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Column, b.At.Column))
	})
}

// Error returns one line an error: its place, then what it is.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
		if !e.At.IsZero() {
			lines[i] = e.At.String() + ": " + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors, for errors.Is and errors.As.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// All returns every error in err: the entries of a List, or the one that As
// finds.
func All(err error) List {
	if err == nil {
		return nil
	}
	if l, ok := err.(List); ok { //nolint:errorlint // a wrapped list is one error with a text of its own
		return l
	}
	return List{As(err)}
}

// Whole returns copies of the errors that say what their causes say in What, for
// where the causes do not get to.
func (l List) Whole() List {
	var out List
	for _, e := range l {
		whole := *e
		whole.What, whole.Err = e.What+e.cause(), nil
		out = append(out, &whole)
	}
	return out
}
