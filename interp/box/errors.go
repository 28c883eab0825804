package box

import (
	"errors"
	"reflect"
	"slices"
)

// IsError is errors.Is. Values of the project's types that cannot be compared
// are equal to nothing, as there.
func IsError(err, target error) bool {
	if err == nil || target == nil {
		return err == target //nolint:errorlint // that is what errors.Is does
	}
	comparable := reflect.TypeOf(target).Comparable()
	if b, ok := target.(Error); ok { //nolint:errorlint // the error itself
		comparable = reflect.TypeOf(b.v).Comparable()
	}
	return walk(err, func(e error) bool {
		if comparable && e == target { //nolint:errorlint // this is the loop over the chain
			return true
		}
		x, ok := e.(interface{ Is(error) bool })
		return ok && x.Is(target)
	})
}

// FindError is errors.As for a target of a project's type: p points to it.
func FindError(err error, t *Type, p any) bool {
	return walk(err, func(e error) bool { return As(e, t, p) })
}

// FindMethods is errors.As for a target of an interface type of the project's, p
// points to it.
func FindMethods(err error, methods []string, p any) bool {
	return walk(err, func(e error) bool {
		if !Implements(e, methods) {
			return false
		}
		reflect.ValueOf(p).Elem().Set(reflect.ValueOf(e))
		return true
	})
}

// walk calls found for each error of a tree, as errors.Is and errors.As go
// through it, until it returns true.
func walk(err error, found func(error) bool) bool {
	for err != nil {
		if found(err) {
			return true
		}
		if m, ok := err.(interface{ Unwrap() []error }); ok {
			return slices.ContainsFunc(m.Unwrap(), func(e error) bool { return e != nil && walk(e, found) })
		}
		err = errors.Unwrap(err)
	}
	return false
}
