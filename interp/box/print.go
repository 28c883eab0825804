package box

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Format prints the value as fmt would print it, with the methods and names that
// its type has in the source.
func (b Value) Format(s fmt.State, verb rune) { print(s, b.t, b.v, verb) }

// Format prints the value as fmt would print it.
func (b Error) Format(s fmt.State, verb rune) { print(s, b.t, b.v, verb) }

func print(s fmt.State, t *Type, v any, verb rune) {
	if verb == 'w' {
		verb = 'v'
	}
	p := printer{State: s, format: fmt.FormatString(s, verb), sharp: verb == 'v' && s.Flag('#'), plus: verb == 'v' && s.Flag('+')}
	p.value(t, reflect.ValueOf(v), verb, 0, false)
}

// printer prints one value. It follows printValue of the package fmt.
type printer struct {
	fmt.State
	format      string // of the parts: the verb with its flags
	sharp, plus bool
}

func (p *printer) text(s string) { io.WriteString(p, s) } //nolint:errcheck // fmt keeps it in memory

// leaf prints a value that fmt can print as it is.
func (p *printer) leaf(v any) { fmt.Fprintf(p, p.format, v) }

// value prints a value of a type; hidden is one that stands in a field that is
// not exported, whose methods fmt does not call.
func (p *printer) value(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	t.open()
	if t.d.Host {
		p.host(v, verb, hidden)
		return
	}
	if !hidden && p.method(t, v, verb) {
		return
	}
	switch t.d.Kind {
	case reflect.Struct:
		p.structure(t, v, verb, depth, hidden)
	case reflect.Map:
		p.mapping(t, v, verb, depth, hidden)
	case reflect.Slice, reflect.Array:
		p.list(t, v, verb, depth, hidden)
	case reflect.Interface:
		p.dynamic(t, v, verb, depth, hidden)
	case reflect.Pointer:
		p.pointer(t, v, verb, depth, hidden)
	case reflect.Func, reflect.Chan:
		p.address(t, v, verb, hidden)
	default:
		p.basic(t, v, verb)
	}
}

// host prints a compiled value.
func (p *printer) host(v reflect.Value, verb rune, hidden bool) {
	if !hidden {
		if v.IsValid() {
			p.leaf(v.Interface())
			return
		}
		p.text("<nil>")
		return
	}
	type unexported struct{ v any }
	inner := reflect.ValueOf(unexported{v.Interface()}).Field(0).Elem()
	if v.Kind() == reflect.Pointer && !v.IsNil() && !strings.ContainsRune("vpbodxX", verb) {
		p.misfit(v.Type().String(), verb, func(q *printer) { q.leaf(inner) })
		return
	}
	p.leaf(inner)
}

// method prints a value by its own Error or String and reports whether it has
// one that this verb uses.
func (p *printer) method(t *Type, v reflect.Value, verb rune) bool {
	if p.sharp {
		if f := t.value.text["GoString"]; f != nil {
			p.text(f(v.Interface()))
			return true
		}
		return false
	}
	if !strings.ContainsRune("vsxXq", verb) {
		return false
	}
	set, direct := t.value.text, true
	if t.d.Kind == reflect.Pointer && set["Error"] == nil && set["String"] == nil {
		set, direct = t.elem.open().value.text, false
	}
	f, name := set["Error"], "Error"
	if f == nil {
		f, name = set["String"], "String"
	}
	if f == nil {
		return false
	}
	if isNil := t.d.Kind == reflect.Pointer && v.IsNil(); isNil && !direct {
		p.text("<nil>")
		return true
	}
	p.called(t, v, f, name, direct, verb)
	return true
}

// called prints what a method returns. Like fmt it prints what the method panics
// with.
func (p *printer) called(t *Type, v reflect.Value, f func(any) string, name string, direct bool, verb rune) {
	isNil := t.d.Kind == reflect.Pointer && v.IsNil()
	out, done := "", false
	defer func() {
		if done {
			p.leaf(out)
			return
		}
		r := Recovered(recover())
		if isNil {
			p.text("<nil>")
			return
		}
		p.text(fmt.Sprintf("%%!%c(PANIC=%s method: %v)", verb, name, r))
	}()
	if !direct {
		v = v.Elem()
	}
	out = f(v.Interface())
	done = true
}

func (p *printer) structure(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	if p.sharp {
		p.text(t.Name())
	}
	p.text("{")
	for i, f := range t.d.Fields {
		if i > 0 {
			p.text(p.comma(" "))
		}
		if p.plus || p.sharp {
			p.text(f.Name + ":")
		}
		p.value(t.fields[i], v.Field(i), verb, depth+1, hidden || f.Hidden)
	}
	p.text("}")
}

func (p *printer) comma(other string) string {
	if p.sharp {
		return ", "
	}
	return other
}

func (p *printer) mapping(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	open, closing := "map[", "]"
	if p.sharp {
		if open, closing = t.Name()+"{", "}"; v.IsNil() {
			p.text(t.Name() + "(nil)")
			return
		}
	}
	p.text(open)
	keys := v.MapKeys()
	slices.SortStableFunc(keys, compareKeys)
	for i, k := range keys {
		if i > 0 {
			p.text(p.comma(" "))
		}
		p.value(t.key, k, verb, depth+1, hidden)
		p.text(":")
		p.value(t.elem, v.MapIndex(k), verb, depth+1, hidden)
	}
	p.text(closing)
}

// compareKeys compares two keys of a map as fmt sorts them.
func compareKeys(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0
		case a.Bool():
			return 1
		}
		return -1
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case reflect.Array:
		for i := range a.Len() {
			if c := compareKeys(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
	}
	return 0
}

func (p *printer) list(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	if p.bytes(v, verb) {
		return
	}
	open, closing := "[", "]"
	if p.sharp {
		if open, closing = t.Name()+"{", "}"; t.d.Kind == reflect.Slice && v.IsNil() {
			p.text(t.Name() + "(nil)")
			return
		}
	}
	p.text(open)
	for i := range v.Len() {
		if i > 0 {
			p.text(p.comma(" "))
		}
		p.value(t.elem, v.Index(i), verb, depth+1, hidden)
	}
	p.text(closing)
}

// bytes prints a list of bytes under the verbs that take it for a text.
func (p *printer) bytes(v reflect.Value, verb rune) bool {
	if v.Type().Elem().Kind() != reflect.Uint8 || !strings.ContainsRune("sqxX", verb) {
		return false
	}
	b := make([]byte, v.Len())
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	p.leaf(b)
	return true
}

// dynamic prints what an interface holds.
func (p *printer) dynamic(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		if p.sharp {
			p.text(t.Name() + "(nil)")
			return
		}
		p.text("<nil>")
		return
	}
	if own, in, ok := unbox(v.Interface()); ok {
		p.value(own, reflect.ValueOf(in), verb, depth, hidden)
		return
	}
	p.host(v, verb, hidden)
}

func (p *printer) pointer(t *Type, v reflect.Value, verb rune, depth int, hidden bool) {
	if depth == 0 && !v.IsNil() {
		switch t.elem.open(); t.elem.d.Kind {
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
			if !t.elem.d.Host {
				p.text("&")
				p.value(t.elem, v.Elem(), verb, depth+1, hidden)
				return
			}
		}
	}
	p.address(t, v, verb, hidden)
}

// address prints a pointer as a number.
func (p *printer) address(t *Type, v reflect.Value, verb rune, hidden bool) {
	switch {
	case p.sharp && v.IsNil():
		p.text("(" + t.Name() + ")(nil)")
	case p.sharp:
		p.text("(" + t.Name() + ")(0x" + strconv.FormatUint(uint64(v.Pointer()), 16) + ")")
	case v.IsNil() && verb != 'v' && !strings.ContainsRune("pbodxX", verb):
		p.text("%!" + string(verb) + "(" + t.Name() + "=<nil>)")
	case v.IsNil() && verb == 'v':
		// Padded as fmt does it.
		fmt.Fprintf(p, p.format, nil)
	case strings.ContainsRune("vpbodxX", verb):
		p.leaf(v.UnsafePointer())
	default:
		p.misfit(t.Name(), verb, func(q *printer) { q.pointer(t, v, 'v', 0, hidden) })
	}
}

// bad prints a value under a verb that does not take it.
func (p *printer) bad(t *Type, v any, verb rune) {
	p.misfit(t.Name(), verb, func(q *printer) { q.leaf(v) })
}

// misfit prints what fmt says of a verb that does not fit: with the value as %v
// prints it.
func (p *printer) misfit(name string, verb rune, value func(*printer)) {
	p.text("%!" + string(verb) + "(" + name + "=")
	plain := *p
	plain.format = strings.TrimSuffix(p.format, string(verb)) + "v"
	value(&plain)
	p.text(")")
}

// verbs are those that a kind of basic values takes.
func verbs(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "vt"
	case reflect.String:
		return "vsxXq"
	case reflect.Float32, reflect.Float64:
		return "vbgGxXfFeE"
	}
	return "vdboOxXcqU"
}

func (p *printer) basic(t *Type, v reflect.Value, verb rune) {
	if plain, ok := basics[v.Kind()]; ok {
		v = v.Convert(plain)
	}
	if strings.ContainsRune(verbs(v.Kind()), verb) || t.d.Name == "" {
		p.leaf(v.Interface())
		return
	}
	p.bad(t, v.Interface(), verb)
}

// basics are the types without a name.
var basics = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](), reflect.Uint: reflect.TypeFor[uint](),
	reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](), reflect.Uint32: reflect.TypeFor[uint32](),
	reflect.Uint64: reflect.TypeFor[uint64](), reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
}

// Sprint is fmt.Sprint: it puts spaces between operands of which neither is a
// text.
func Sprint(args ...any) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 && !isText(a) && !isText(args[i-1]) {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, a)
	}
	return b.String()
}

func isText(x any) bool {
	if t, _, ok := unbox(x); ok {
		return t.open().d.Kind == reflect.String
	}
	return x != nil && reflect.TypeOf(x).Kind() == reflect.String
}
