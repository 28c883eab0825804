// Package box holds values of a project's own types where Go holds them in an
// interface. The interpreter forgets what such a type was called and which
// methods it had as soon as a value of it becomes a value of any type. So the
// gate puts the value into a box first, together with its type: a compiled
// struct that the interpreter passes on untouched, that == and maps compare as
// Go compares interfaces, and that prints, encodes and unwraps itself as the
// value in it would.
//
// The types are those of one interpreter: a Registry. The rewritten source
// defines each type that it needs, gives it the methods that the library looks
// for, and boxes and unboxes by it. The rest of this package is what happens to
// boxes then: the verbs of fmt, JSON, the errors package, sort and heap.
package box

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sort"
	"sync"
)

// Path is the import path under which rewritten source finds the functions of a
// Registry.
const Path = "mortise/interp/box"

// Desc is the description of a type that the gate writes into rewritten source,
// as JSON.
type Desc struct {
	Ref     string       `json:"r,omitempty"` // a type of the project with a name: the key under which it is defined; nothing else is set
	Kind    reflect.Kind `json:"k,omitempty"`
	Name    string       `json:"n,omitempty"` // as %T prints it; "" follows from the other fields
	Host    bool         `json:"h,omitempty"` // a compiled type, which describes itself
	Len     int64        `json:"l,omitempty"` // of an array
	Key     *Desc        `json:"m,omitempty"` // of a map
	Elem    *Desc        `json:"e,omitempty"` // of a pointer, slice, array or map
	Fields  []Field      `json:"f,omitempty"` // of a struct
	Methods []string     `json:"s,omitempty"` // name and signature of the methods of a value, sorted
	Pointer []string     `json:"p,omitempty"` // those of a pointer to it
}

// Field is one field of a described struct.
type Field struct {
	Name   string `json:"n"`
	Tag    string `json:"t,omitempty"`
	Embed  bool   `json:"e,omitempty"`
	Hidden bool   `json:"h,omitempty"` // it is not exported
	Type   *Desc  `json:"y"`
}

// Registry is the types of one interpreter. It may be used by several
// goroutines.
type Registry struct {
	mu    sync.RWMutex
	types map[string]*Type // guarded by mu: by key
}

// NewRegistry returns one without types.
func NewRegistry() *Registry { return &Registry{types: map[string]*Type{}} }

// Define returns the type with a key, and whether it is new: then whoever
// defined it adds its methods. The description is read when it is needed.
func (r *Registry) Define(key, desc string) (*Type, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.types[key]; ok {
		return t, false
	}
	t := &Type{reg: r, source: desc}
	r.types[key] = t
	return t, true
}

func (r *Registry) lookup(key string) *Type {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.types[key]
}

// Type is one type. Two are the same type when they are the same pointer; types
// without a name that are part of others may be there twice, and are never
// compared.
type Type struct {
	reg    *Registry
	source string

	once    sync.Once
	d       *Desc
	key     *Type
	elem    *Type
	fields  []*Type
	implied map[string]bool // of a value's methods

	value, pointer methods // of the type, and of a pointer to it
}

// methods are what the library looks for in values of any type.
type methods struct {
	text   map[string]func(any) string               // String, Error, GoString
	bytes  map[string]func(any) ([]byte, error)      // MarshalJSON, MarshalText
	stream map[string]func(any, []byte) (int, error) // Read, Write
	fill   func(any, []byte) error                   // UnmarshalJSON
	unwrap func(any) error
	is     func(any, error) bool
	length func(any) int
	less   func(any, int, int) bool
	swap   func(any, int, int)
	push   func(any, any)
	pop    func(any) any
}

// open reads the description of a type.
func (t *Type) open() *Type {
	t.once.Do(func() {
		if t.d == nil {
			t.d = &Desc{}
			if err := json.Unmarshal([]byte(t.source), t.d); err != nil {
				panic(fmt.Sprintf("box: the description %q: %v", t.source, err))
			}
		}
		t.key, t.elem = t.part(t.d.Key), t.part(t.d.Elem)
		t.fields = make([]*Type, len(t.d.Fields))
		for i, f := range t.d.Fields {
			t.fields[i] = t.part(f.Type)
		}
		t.implied = make(map[string]bool, len(t.d.Methods))
		for _, m := range t.d.Methods {
			t.implied[m] = true
		}
		if t.d.Kind == reflect.Pointer && t.elem != nil && t.elem.named() {
			t.value = t.elem.pointer
		}
	})
	return t
}

// named reports whether a type has a name of its own in the project.
func (t *Type) named() bool {
	return t.source != "" && t.d == nil || t.d != nil && t.d.Name != "" && !t.d.Host
}

// part returns the type of a part of another.
func (t *Type) part(d *Desc) *Type {
	switch {
	case d == nil:
		return nil
	case d.Ref != "":
		if p := t.reg.lookup(d.Ref); p != nil {
			return p
		}
		panic("box: no type " + d.Ref)
	}
	return &Type{reg: t.reg, d: d}
}

// Name returns what %T prints.
func (t *Type) Name() string {
	t.open()
	if t.d.Name != "" {
		return t.d.Name
	}
	switch t.d.Kind {
	case reflect.Pointer:
		return "*" + t.elem.Name()
	case reflect.Slice:
		return "[]" + t.elem.Name()
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.d.Len, t.elem.Name())
	case reflect.Map:
		return "map[" + t.key.Name() + "]" + t.elem.Name()
	}
	return t.d.Kind.String()
}

// Value is a value of a project's type in an interface. Two are equal where Go
// says that the interfaces are.
type Value struct {
	t *Type
	v any
}

// Error is the box of a value whose type has the method Error, wherever it goes.
type Error struct {
	t *Type
	v any
}

// Box puts a value of a type into a box.
func Box(t *Type, v any) any {
	t.open()
	if t.value.text["Error"] != nil {
		return Error{t, v}
	}
	return Value{t, v}
}

// OfError is Box for a type that has the method Error.
func OfError(t *Type, v any) error {
	t.open()
	return Error{t, v}
}

// unbox returns what is in a box, and false where x is none.
func unbox(x any) (*Type, any, bool) {
	switch b := x.(type) {
	case Value:
		return b.t, b.v, true
	case Error:
		return b.t, b.v, true
	}
	return nil, nil, false
}

// Is reports whether an interface holds a value of a type.
func Is(x any, t *Type) bool {
	own, _, ok := unbox(x)
	return ok && own == t
}

// Index returns the place in a list of the type of the value in an interface; -1
// where it is none of them. Like a method call in Go it panics on nil.
func Index(x any, list []*Type) int {
	if x == nil {
		panic(failure("invalid memory address or nil pointer dereference"))
	}
	t, _, ok := unbox(x)
	if ok {
		for i, have := range list {
			if have == t {
				return i
			}
		}
	}
	return -1
}

// Load puts the value in an interface where p points. What is in a box is
// taken out of it.
func Load(x, p any) {
	if _, v, ok := unbox(x); ok {
		x = v
	}
	set(reflect.ValueOf(p).Elem(), x)
}

func set(to reflect.Value, v any) {
	from := reflect.ValueOf(v)
	switch {
	case !from.IsValid():
		to.SetZero()
	case from.Type().AssignableTo(to.Type()):
		to.Set(from)
	default:
		to.Set(from.Convert(to.Type()))
	}
}

// As is a type assertion with two results: it reports whether x holds a value of
// the type and, where it does, puts it where p points.
func As(x any, t *Type, p any) bool {
	own, v, ok := unbox(x)
	if !ok || own != t {
		return false
	}
	set(reflect.ValueOf(p).Elem(), v)
	return true
}

// Must is a type assertion with one result; from is the type of the interface.
func Must(x any, t *Type, from string, p any) {
	if !As(x, t, p) {
		panic(assertion(x, from, t.Name()))
	}
}

// Implements reports whether the value in an interface has some methods, each
// written as its name and signature.
func Implements(x any, methods []string) bool {
	t, _, ok := unbox(x)
	if !ok {
		return hostImplements(x, methods)
	}
	t.open()
	for _, m := range methods {
		if !t.has(m) {
			return false
		}
	}
	return true
}

func (t *Type) has(m string) bool {
	if t.d.Kind == reflect.Pointer && t.d.Name == "" {
		elem := t.elem.open()
		return slices.Contains(elem.d.Pointer, m)
	}
	return t.implied[m]
}

// hostImplements looks at a compiled type, for which nobody wrote down where its
// methods are: code that would have to call one is not there.
func hostImplements(x any, methods []string) bool {
	if x == nil {
		return false
	}
	t := reflect.TypeOf(x)
	for _, m := range methods {
		name, sig := cut(m)
		f, ok := t.MethodByName(name)
		if !ok || signature(f.Type) != sig {
			return false
		}
	}
	panic(fmt.Sprintf("box: a %s, a type of the library, where an interface of the project is asked for", t))
}

// MustImplement is a type assertion to an interface type called to.
func MustImplement(x any, methods []string, to string) any {
	if !Implements(x, methods) {
		panic(missing(x, to, lacks(x, methods)))
	}
	return x
}

// lacks returns the first method that the value in an interface does not have.
func lacks(x any, methods []string) string {
	t, _, ok := unbox(x)
	for _, m := range methods {
		name, _ := cut(m)
		if ok && !t.open().has(m) || !ok && x != nil && !reflect.ValueOf(x).MethodByName(name).IsValid() {
			return name
		}
	}
	return ""
}

// AsError returns an interface of the project's as an error, which its static
// type says it is.
func AsError(x any) error {
	if x == nil {
		return nil
	}
	return x.(error) //nolint:forcetypeassert // checked by the compiler
}

// Equal is == on two interfaces.
func Equal(x, y any) bool { return x == y }

// NotNil returns an interface whose method becomes a value; it must not be nil.
func NotNil(x any) any {
	Index(x, nil)
	return x
}

// TypeName is what %T prints.
func TypeName(x any) string {
	if t, _, ok := unbox(x); ok {
		return t.Name()
	}
	return fmt.Sprintf("%T", x)
}

// HasError reports whether the value in an interface is an error.
func HasError(x any) bool {
	_, ok := ToError(x)
	return ok
}

// ToError is x.(error) with two results.
func ToError(x any) (error, bool) { //nolint:revive // as x.(error) gives them
	if _, ok := x.(Value); ok {
		return nil, false
	}
	err, ok := x.(error)
	return err, ok
}

// MustError is x.(error); from is the type of the interface.
func MustError(x any, from string) error {
	err, ok := ToError(x)
	if !ok {
		panic(assertion(x, from, "error"))
	}
	return err
}

// HasString reports whether the value in an interface is a fmt.Stringer.
func HasString(x any) bool {
	_, ok := ToStringer(x)
	return ok
}

// ToStringer is x.(fmt.Stringer) with two results.
func ToStringer(x any) (fmt.Stringer, bool) {
	if t, _, ok := unbox(x); ok && !t.prints() {
		return nil, false
	}
	s, ok := x.(fmt.Stringer)
	return s, ok
}

// prints reports whether a type has the method String.
func (t *Type) prints() bool {
	return t.open().has("String() string")
}

// MustStringer is x.(fmt.Stringer); from is the type of the interface.
func MustStringer(x any, from string) fmt.Stringer {
	s, ok := ToStringer(x)
	if !ok {
		panic(assertion(x, from, "fmt.Stringer"))
	}
	return s
}

// OfStringer is Box for a fmt.Stringer.
func OfStringer(t *Type, v any) fmt.Stringer { return Box(t, v).(fmt.Stringer) } //nolint:forcetypeassert // boxes are

// OfSort is Box for a sort.Interface.
func OfSort(t *Type, v any) sort.Interface { return Value{t, v} }

// OfHeap is Box for a heap.Interface.
func OfHeap(t *Type, v any) heap.Interface { return Value{t, v} }

// OfReader is Box for an io.Reader.
func OfReader(t *Type, v any) io.Reader { return Value{t, v} }

// OfWriter is Box for an io.Writer.
func OfWriter(t *Type, v any) io.Writer { return Value{t, v} }

// Bool returns a bool as a value of any type.
func Bool(b bool) any { return b }

// Any returns a value as one of any type.
func Any(x any) any { return x }
