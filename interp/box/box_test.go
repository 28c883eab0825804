package box

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"
)

// define describes a compiled type as the gate describes one of the source, so
// that what a box does can be compared with what Go does.
func define(t *testing.T, r *Registry, typ reflect.Type) *Type {
	t.Helper()
	var describe func(typ reflect.Type, top bool) *Desc
	describe = func(typ reflect.Type, top bool) *Desc {
		if typ.PkgPath() == "time" || typ.Name() != "" && typ.PkgPath() == "" {
			return &Desc{Host: true, Name: typ.String()}
		}
		if typ.Name() != "" && !top {
			define(t, r, typ)
			return &Desc{Ref: typ.String()}
		}
		d := &Desc{Kind: typ.Kind()}
		if typ.Name() != "" || typ.Kind() == reflect.Interface {
			d.Name = typ.String()
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			d.Elem = describe(typ.Elem(), false)
		case reflect.Map:
			d.Key, d.Elem = describe(typ.Key(), false), describe(typ.Elem(), false)
		case reflect.Struct:
			for f := range typ.Fields() {
				d.Fields = append(d.Fields, Field{Name: f.Name, Tag: string(f.Tag), Embed: f.Anonymous, Hidden: !f.IsExported(), Type: describe(f.Type, false)})
			}
		}
		return d
	}
	if old := r.lookup(typ.String()); old != nil {
		return old
	}
	own, _ := r.Define(typ.String(), "{}")
	desc, err := json.Marshal(describe(typ, true))
	if err != nil {
		t.Fatal(err)
	}
	own.source = string(desc)
	if typ.Implements(reflect.TypeFor[fmt.Stringer]()) {
		OnText(own, "String", false, func(v any) string { return v.(fmt.Stringer).String() })
	}
	if typ.Implements(reflect.TypeFor[error]()) {
		OnText(own, "Error", false, func(v any) string { return v.(error).Error() })
	}
	return own
}

type level int

func (l level) String() string { return fmt.Sprint("level ", int(l)) }

type order struct {
	ID    string
	Level level
	At    time.Duration
	List  []level
	Map   map[level]string
	Next  *order
	Any   any
	Plain struct{ A, B int }
}

type broken struct{ Code int }

func (b broken) Error() string { return fmt.Sprint("broken ", b.Code) }

// TestPrint compares what fmt prints of boxes with what it prints of the values.
func TestPrint(t *testing.T) {
	r := NewRegistry()
	o := order{ID: "a", Level: 2, At: time.Second, List: []level{1, 2}, Map: map[level]string{2: "b", 1: "a"}, Any: 3}
	for _, v := range []any{level(3), []level{1, 2}, o, &o, (*order)(nil), []order{o}, map[string]order{"x": o}, broken{4}, map[level]broken{1: {2}}, []level(nil)} {
		b := Box(define(t, r, reflect.TypeOf(v)), v)
		for _, format := range []string{"%v", "%+v", "%s", "%d", "%q", "%x", "%8v|", "%-8d|", "%t"} {
			if got, want := fmt.Sprintf(format, b), fmt.Sprintf(format, v); got != want {
				t.Errorf("Sprintf(%q) of a boxed %T returned %q, want %q", format, v, got, want)
			}
		}
		if got, want := TypeName(b), fmt.Sprintf("%T", v); got != want {
			t.Errorf("TypeName of a boxed %T returned %q, want %q", v, got, want)
		}
	}
}

// TestEqual holds that boxes are equal, and keys of maps, as interfaces are.
func TestEqual(t *testing.T) {
	r := NewRegistry()
	lv, br := define(t, r, reflect.TypeFor[level]()), define(t, r, reflect.TypeFor[broken]())
	m := map[any]int{Box(lv, level(1)): 1, 1: 2, Box(br, broken{1}): 3}
	for _, tt := range []struct {
		key  any
		want int
	}{{Box(lv, level(1)), 1}, {1, 2}, {level(1), 0}, {OfError(br, broken{1}), 3}, {Box(br, broken{2}), 0}} {
		if got := m[tt.key]; got != tt.want {
			t.Errorf("the map has %d under %v, want %d", got, tt.key, tt.want)
		}
	}
	err := fmt.Errorf("wrapped: %w", errors.Join(io.EOF, OfError(br, broken{7})))
	var b broken
	if !FindError(err, br, &b) || b.Code != 7 || FindError(err, lv, new(level)) {
		t.Errorf("FindError found %v, want broken 7 and no level", b)
	}
	if !IsError(err, OfError(br, broken{7})) || IsError(err, OfError(br, broken{8})) || !IsError(err, io.EOF) {
		t.Errorf("IsError does not find what is in %v", err)
	}
}

// TestProtect holds the order of deferred calls, and which panic goes on.
func TestProtect(t *testing.T) {
	var log []string
	defer func() {
		if r := recover(); r != "third" {
			t.Errorf("the panic that goes on is %v, want third", r)
		}
		if got := fmt.Sprint(log); got != "[recovered second last]" {
			t.Errorf("the deferred calls noted %s, want [recovered second last]", got)
		}
	}()
	Protect(func(d *Defers) {
		Defer(d, func() { log = append(log, "last"); panic("third") })
		Defer(d, func() { log = append(log, fmt.Sprint("recovered ", Recover(d))) })
		Defer(d, func() { panic("second") })
		panic("first")
	})
}

func BenchmarkBox(b *testing.B) {
	own, _ := NewRegistry().Define("level", `{"k":2,"n":"box.level"}`)
	list := []*Type{own}
	b.ReportAllocs()
	for b.Loop() {
		var l level
		x := Box(own, level(3))
		if Index(x, list) != 0 || !As(x, own, &l) {
			b.Fatal("the box does not know its type")
		}
	}
}
