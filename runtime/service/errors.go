package service

import (
	"errors"
	"fmt"

	"mortise/runtime/fault"
)

// Kind says what sort of error a service returns; it decides the HTTP status.
type Kind = fault.Kind

// The kinds of error that a service returns with Errorf.
const (
	Internal        = fault.Internal        // 500; its text is not shown to the caller
	Invalid         = fault.Invalid         // 400
	Unauthenticated = fault.Unauthenticated // 401
	Denied          = fault.Denied          // 403
	NotFound        = fault.NotFound        // 404
	Conflict        = fault.Conflict        // 409
	Limited         = fault.Limited         // 429
	Timedout        = fault.Timeout         // 504
	Unavailable     = fault.Unavailable     // 503
)

// Errorf returns an error of a kind, whose text the caller sees unless the kind
// is Internal. Any other error that a service returns is an internal one: the
// caller gets 500 and a correlation id, the text stands in the log. The verb %w
// keeps the cause, for the log and for errors.Is.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &fault.Error{Kind: kind, Code: "service.error", What: err.Error(), Err: hidden{errors.Unwrap(err)}.orNil()}
}

// KindOf returns the kind of an error: Internal for one that has none.
func KindOf(err error) Kind { return fault.KindOf(err) }

// hidden is a cause whose text already stands in the error around it.
type hidden struct{ cause error }

func (h hidden) Error() string { return "" }
func (h hidden) Unwrap() error { return h.cause }

func (h hidden) orNil() error {
	if h.cause == nil {
		return nil
	}
	return h
}
