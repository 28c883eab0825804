package box

import (
	"reflect"
	"strings"
)

// set returns the methods to add to.
func (t *Type) set(ptr bool) *methods {
	m := &t.value
	if ptr {
		m = &t.pointer
	}
	return m
}

// OnText adds String, Error or GoString to a type, or to pointers to it.
func OnText(t *Type, name string, ptr bool, f func(any) string) {
	m := t.set(ptr)
	if m.text == nil {
		m.text = map[string]func(any) string{}
	}
	m.text[name] = f
}

// OnBytes adds MarshalJSON or MarshalText.
func OnBytes(t *Type, name string, ptr bool, f func(any) ([]byte, error)) {
	m := t.set(ptr)
	if m.bytes == nil {
		m.bytes = map[string]func(any) ([]byte, error){}
	}
	m.bytes[name] = f
}

// OnStream adds Read or Write.
func OnStream(t *Type, name string, ptr bool, f func(any, []byte) (int, error)) {
	m := t.set(ptr)
	if m.stream == nil {
		m.stream = map[string]func(any, []byte) (int, error){}
	}
	m.stream[name] = f
}

// OnUnwrap adds Unwrap() error.
func OnUnwrap(t *Type, ptr bool, f func(any) error) { t.set(ptr).unwrap = f }

// OnIs adds Is(error) bool.
func OnIs(t *Type, ptr bool, f func(any, error) bool) { t.set(ptr).is = f }

// OnLen adds Len() int.
func OnLen(t *Type, ptr bool, f func(any) int) { t.set(ptr).length = f }

// OnLess adds Less(i, j int) bool.
func OnLess(t *Type, ptr bool, f func(any, int, int) bool) { t.set(ptr).less = f }

// OnSwap adds Swap(i, j int).
func OnSwap(t *Type, ptr bool, f func(any, int, int)) { t.set(ptr).swap = f }

// OnPush adds Push(x any).
func OnPush(t *Type, ptr bool, f func(any, any)) { t.set(ptr).push = f }

// OnPop adds Pop() any.
func OnPop(t *Type, ptr bool, f func(any) any) { t.set(ptr).pop = f }

// String is that of the value.
func (b Value) String() string { return b.t.open().value.text["String"](b.v) }

// Len, Less, Swap, Push and Pop are those of the value, for sort and heap.
func (b Value) Len() int { return b.t.open().value.length(b.v) }

// Less is that of the value.
func (b Value) Less(i, j int) bool { return b.t.open().value.less(b.v, i, j) }

// Swap is that of the value.
func (b Value) Swap(i, j int) { b.t.open().value.swap(b.v, i, j) }

// Push is that of the value.
func (b Value) Push(x any) { b.t.open().value.push(b.v, x) }

// Pop is that of the value.
func (b Value) Pop() any { return b.t.open().value.pop(b.v) }

// Read is that of the value.
func (b Value) Read(p []byte) (int, error) { return b.t.open().value.stream["Read"](b.v, p) }

// Write is that of the value.
func (b Value) Write(p []byte) (int, error) { return b.t.open().value.stream["Write"](b.v, p) }

// Error is that of the value.
func (b Error) Error() string { return b.t.open().value.text["Error"](b.v) }

// String is that of the value.
func (b Error) String() string { return b.t.open().value.text["String"](b.v) }

// Unwrap is that of the value, nil where it has none.
func (b Error) Unwrap() error {
	if f := b.t.open().value.unwrap; f != nil {
		return f(b.v)
	}
	return nil
}

// Is is that of the value, false where it has none.
func (b Error) Is(target error) bool {
	if f := b.t.open().value.is; f != nil {
		return f(b.v, target)
	}
	return false
}

// signature writes a method's type without its receiver as the gate does.
func signature(t reflect.Type) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := 1; i < t.NumIn(); i++ {
		if i > 1 {
			b.WriteString(", ")
		}
		if t.IsVariadic() && i == t.NumIn()-1 {
			b.WriteString("..." + t.In(i).Elem().String())
			continue
		}
		b.WriteString(t.In(i).String())
	}
	b.WriteByte(')')
	switch t.NumOut() {
	case 0:
	case 1:
		b.WriteString(" " + t.Out(0).String())
	default:
		outs := make([]string, t.NumOut())
		for i := range outs {
			outs[i] = t.Out(i).String()
		}
		b.WriteString(" (" + strings.Join(outs, ", ") + ")")
	}
	return strings.ReplaceAll(b.String(), "interface {}", "any")
}

// cut splits a method as the gate writes it into its name and its signature.
func cut(m string) (name, sig string) {
	i := strings.IndexByte(m, '(')
	if i < 0 {
		return m, ""
	}
	return m[:i], m[i:]
}
