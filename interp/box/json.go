package box

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/token"
	"reflect"
	"slices"
	"strings"
)

// MarshalJSON encodes the value as encoding/json encodes one of its type.
func (b Value) MarshalJSON() ([]byte, error) { return encode(b.t, b.v) }

// MarshalJSON encodes the value as encoding/json encodes one of its type.
func (b Error) MarshalJSON() ([]byte, error) { return encode(b.t, b.v) }

// encode shows encoding/json a copy of the value in types that look to it as
// those of the source do. Whoever encodes the box escapes what HTML needs.
func encode(t *Type, v any) ([]byte, error) {
	from := reflect.ValueOf(v)
	if !from.IsValid() {
		return []byte("null"), nil
	}
	w := wire{}
	to := reflect.New(w.typeOf(t, from.Type(), false)).Elem()
	w.copy(t, to, from, false)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(to.Interface()); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

var (
	anyType       = reflect.TypeFor[any]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
)

// marshaler encodes a value by its own method.
type marshaler func() ([]byte, error)

func (m marshaler) MarshalJSON() ([]byte, error) { return m() }

// wire makes the types that encoding/json is shown.
type wire struct {
	stack []*Type // the structs that contain what is looked at
}

// own returns the MarshalJSON that encoding/json would call for a value; direct
// is false where it is called on what a pointer points to.
func own(t *Type, addressable bool) (f func(any) ([]byte, error), ptr bool) {
	t.open()
	if f := t.value.bytes["MarshalJSON"]; f != nil {
		return f, false
	}
	if t.d.Kind == reflect.Pointer && t.d.Name == "" {
		if f := t.elem.open().value.bytes["MarshalJSON"]; f != nil {
			return func(v any) ([]byte, error) { return f(reflect.ValueOf(v).Elem().Interface()) }, false
		}
		return nil, false
	}
	if f := t.pointer.bytes["MarshalJSON"]; f != nil && addressable {
		return f, true
	}
	return nil, false
}

// typeOf returns the type that stands for one of the interpreter's. A type within
// itself is any.
func (w *wire) typeOf(t *Type, raw reflect.Type, addressable bool) reflect.Type {
	t.open()
	if t.d.Host {
		return raw
	}
	if f, _ := own(t, addressable); f != nil {
		return marshalerType
	}
	switch t.d.Kind {
	case reflect.Pointer:
		return reflect.PointerTo(w.typeOf(t.elem, raw.Elem(), true))
	case reflect.Slice:
		return reflect.SliceOf(w.typeOf(t.elem, raw.Elem(), true))
	case reflect.Array:
		return reflect.ArrayOf(int(t.d.Len), w.typeOf(t.elem, raw.Elem(), addressable))
	case reflect.Map:
		return reflect.MapOf(raw.Key(), w.typeOf(t.elem, raw.Elem(), false))
	case reflect.Struct:
		if slices.Contains(w.stack, t) {
			return anyType
		}
		w.stack = append(w.stack, t)
		defer func() { w.stack = w.stack[:len(w.stack)-1] }()
		return w.structOf(t, raw, addressable)
	}
	return raw
}

// shown returns the fields of a struct that encoding/json looks at.
func shown(t *Type, raw reflect.Type) []int {
	var out []int
	for i, f := range t.d.Fields {
		at := t.fields[i].open()
		kind := at.d.Kind
		rawField := raw.Field(i).Type
		if kind == reflect.Pointer {
			kind = at.elem.open().d.Kind
		}
		if at.d.Host {
			if kind = rawField.Kind(); kind == reflect.Pointer {
				kind = rawField.Elem().Kind()
			}
		}
		switch {
		case reflect.StructTag(f.Tag).Get("json") == "-":
		case f.Hidden && (!f.Embed || kind != reflect.Struct):
		case f.Embed && at.d.Host && kind == reflect.Struct && !anyExported(rawField):
		default:
			out = append(out, i)
		}
	}
	return out
}

// anyExported reports whether a compiled struct has a field that is exported.
func anyExported(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for f := range t.Fields() {
		if f.IsExported() {
			return true
		}
	}
	return false
}

func (w *wire) structOf(t *Type, raw reflect.Type, addressable bool) reflect.Type {
	list := shown(t, raw)
	fields := make([]reflect.StructField, len(list))
	for n, i := range list {
		fields[n] = fieldOf(t, i, w.typeOf(t.fields[i], raw.Field(i).Type, addressable))
	}
	return reflect.StructOf(fields)
}

// fieldOf returns the field that stands for one of a struct, with a type.
func fieldOf(t *Type, i int, ft reflect.Type) reflect.StructField {
	f, kind := t.d.Fields[i], ft.Kind()
	if kind == reflect.Pointer {
		kind = ft.Elem().Kind()
	}
	out := reflect.StructField{Name: f.Name, Type: ft, Tag: reflect.StructTag(f.Tag), Anonymous: f.Embed && kind == reflect.Struct && ft != capturedType}
	if !token.IsExported(f.Name) {
		out.Name = fmt.Sprintf("Embedded%d_", i)
	}
	return out
}

// copy fills in a value that stands for one of the interpreter's.
func (w *wire) copy(t *Type, to, from reflect.Value, addressable bool) {
	t.open()
	if t.d.Host {
		to.Set(from)
		return
	}
	if f, ptr := own(t, addressable); f != nil {
		w.method(t, to, from, f, ptr)
		return
	}
	if to.Type() == anyType && t.d.Kind == reflect.Struct { // a type within itself
		inner := wire{}
		v := reflect.New(inner.typeOf(t, from.Type(), addressable)).Elem()
		inner.copy(t, v, from, addressable)
		to.Set(v)
		return
	}
	switch t.d.Kind {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
			w.copy(t.elem, to.Elem(), from.Elem(), true)
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				w.copy(t.elem, to.Index(i), from.Index(i), true)
			}
		}
	case reflect.Array:
		for i := range from.Len() {
			w.copy(t.elem, to.Index(i), from.Index(i), addressable)
		}
	case reflect.Map:
		if !from.IsNil() {
			to.Set(reflect.MakeMapWithSize(to.Type(), from.Len()))
			for it := from.MapRange(); it.Next(); {
				v := reflect.New(to.Type().Elem()).Elem()
				w.copy(t.elem, v, it.Value(), false)
				to.SetMapIndex(it.Key(), v)
			}
		}
	case reflect.Struct:
		for n, i := range shown(t, from.Type()) {
			if left(t.d.Fields[i].Tag, from.Field(i)) {
				continue
			}
			w.copy(t.fields[i], to.Field(n), from.Field(i), addressable)
		}
	default:
		to.Set(from)
	}
}

func (w *wire) method(t *Type, to, from reflect.Value, f func(any) ([]byte, error), ptr bool) {
	if t.d.Kind == reflect.Pointer && from.IsNil() {
		return
	}
	if ptr {
		if !from.CanAddr() {
			p := reflect.New(from.Type())
			p.Elem().Set(from)
			from = p.Elem()
		}
		from = from.Addr()
	}
	v := from.Interface()
	to.Set(reflect.ValueOf(marshaler(func() ([]byte, error) { return f(v) })))
}

// left reports whether the options of a field leave it out for its value.
func left(tag string, v reflect.Value) bool {
	_, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	for o := range strings.SplitSeq(options, ",") {
		switch {
		case o == "omitempty" && empty(v), o == "omitzero" && v.IsZero():
			return true
		}
	}
	return false
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
