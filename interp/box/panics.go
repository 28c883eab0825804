package box

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// failure is a panic of Go's own: a type assertion that fails, an index out of
// range.
type failure string

func (f failure) Error() string {
	if strings.HasPrefix(string(f), "interface conversion") {
		return string(f)
	}
	return "runtime error: " + string(f)
}

// RuntimeError makes it a runtime.Error.
func (f failure) RuntimeError() {}

// assertion returns the panic of a type assertion.
func assertion(x any, from, to string) error {
	if x == nil {
		return failure(fmt.Sprintf("interface conversion: %s is nil, not %s", from, to))
	}
	return failure(fmt.Sprintf("interface conversion: %s is %s, not %s", from, TypeName(x), to))
}

// missing returns the panic of a type assertion to an interface type.
func missing(x any, to, method string) error {
	if x == nil {
		return failure("interface conversion: interface is nil, not " + to)
	}
	return failure(fmt.Sprintf("interface conversion: %s is not %s: missing method %s", TypeName(x), to, method))
}

// Fail panics as a type assertion that does not hold.
func Fail(x any, from, to string) { panic(assertion(x, from, to)) }

// OutOfRange panics as an index that is not below n.
func OutOfRange(i, n int) {
	if i < 0 {
		panic(failure(fmt.Sprintf("index out of range [%d]", i)))
	}
	panic(failure(fmt.Sprintf("index out of range [%d] with length %d", i, n)))
}

// OutOfSlice panics as the slice of a to b of what has a length or a capacity of
// limit; kind says which, and "" is one without an upper bound: b is the length.
func OutOfSlice(a, b, limit int, kind string) {
	var text string
	switch {
	case kind == "" && a < 0:
		text = fmt.Sprintf("[%d:]", a)
	case kind == "":
		text = fmt.Sprintf("[%d:%d]", a, b)
	case b < 0:
		text = fmt.Sprintf("[:%d]", b)
	case b > limit:
		text = fmt.Sprintf("[:%d] with %s %d", b, kind, limit)
	case a < 0:
		text = fmt.Sprintf("[%d:]", a)
	default:
		text = fmt.Sprintf("[%d:%d]", a, b)
	}
	panic(failure("slice bounds out of range " + text))
}

// Recovered returns what recover returns in Go for what it returned in the
// interpreter, which wraps what the code panics with, and has words of its own
// for its own panics.
func Recovered(r any) any {
	switch v := r.(type) {
	case nil:
		return nil
	case reflect.Value:
		for v.IsValid() && v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() {
			return new(runtime.PanicNilError)
		}
		return v.Interface()
	case *reflect.ValueError:
		return failure("invalid memory address or nil pointer dereference")
	case string:
		switch {
		case v == "reflect.MakeSlice: negative len":
			return failure("makeslice: len out of range")
		case strings.HasPrefix(v, "reflect"):
			panic(v) // the source checks what this would be: better no answer than a wrong one
		}
	}
	return r
}
