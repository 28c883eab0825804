// Package fault holds the one kind of error that people see: what went wrong,
// where, and what to do next. Every layer wraps causes in it, and one table
// says what a kind of error means to an HTTP caller.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Error is an error made for a person. Only What, Hint, Details and At may be
// shown to a caller, and only where Kind is not Internal; Err is the cause, for
// logs.
type Error struct {
	Kind    Kind     `json:"kind"`
	Code    string   `json:"code,omitempty"`    // stable, lower case, dotted: "service.unknown"
	What    string   `json:"what"`              // what we were doing or found, with the user's thing in quotes
	Hint    string   `json:"hint,omitempty"`    // what to do next
	At      Position `json:"at,omitzero"`       // where in the user's files
	Details []Detail `json:"details,omitempty"` // one entry a problem, where there are several
	Err     error    `json:"-"`                 // the cause
}

// Detail is one problem of several that one error reports, such as one field
// of an input.
type Detail struct {
	Path string `json:"path,omitempty"` // the field, as a dotted path: "items.3.price"
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
}

// New returns an error of a kind with a stable code.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, What: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of a kind around its cause.
func Wrap(kind Kind, code string, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, What: fmt.Sprintf(format, args...), Err: cause}
}

// WithHint sets what to do next and returns the same error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithAt sets the place in the user's files and returns the same error.
func (e *Error) WithAt(at Position) *Error {
	e.At = at
	return e
}

// Error returns one line: what, the problems, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	for i, d := range e.Details {
		b.WriteString([]string{"; ", ": "}[btoi(i == 0)])
		b.WriteString(d.String())
	}
	b.WriteString(e.cause())
	return b.String()
}

// cause is the text of the cause behind a colon; some causes stand in What
// already and have no text of their own.
func (e *Error) cause() string {
	if e.Err == nil || e.Err.Error() == "" {
		return ""
	}
	return ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Report returns the error on several lines, as a terminal shows it: the
// message, then the hint and the position, each on a line of its own.
func (e *Error) Report() string {
	var b strings.Builder
	b.WriteString(e.What + e.cause())
	for _, d := range e.Details {
		b.WriteString("\n  - " + d.String())
	}
	if e.Hint != "" {
		b.WriteString("\n  hint: " + e.Hint)
	}
	if !e.At.IsZero() {
		b.WriteString("\n  at:   " + e.At.String())
	}
	return b.String()
}

// String returns the problem with its path in front and its hint behind.
func (d Detail) String() string {
	s := d.What
	if d.Path != "" {
		s = fmt.Sprintf("%q %s", d.Path, d.What)
	}
	if d.Hint != "" {
		s += " (" + d.Hint + ")"
	}
	return s
}

// As returns the first Error in err's chain; an error without one comes back
// wrapped as Internal, and nil as nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", What: "internal error", Err: err}
}

// KindOf returns the kind of an error: Internal for one that is not ours.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return Internal
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
