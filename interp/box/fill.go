package box

import (
	"encoding/json"
	"reflect"
	"slices"
)

// OnFill adds UnmarshalJSON.
func OnFill(t *Type, ptr bool, f func(any, []byte) error) { t.set(ptr).fill = f }

// Target returns what encoding/json fills in in place of the value of a type
// that p points to: it reads the JSON into types that look to it as those of the
// source do, and then copies what came into the value.
func Target(t *Type, p any) any { return &target{t, reflect.ValueOf(p)} }

type target struct {
	t *Type
	p reflect.Value
}

// UnmarshalJSON fills in the value.
func (t *target) UnmarshalJSON(b []byte) error {
	if t.p.IsNil() {
		return &json.InvalidUnmarshalError{Type: t.p.Type()}
	}
	if f := t.t.open().pointer.fill; f != nil {
		return f(t.p.Interface(), slices.Clone(b))
	}
	f := filler{}
	raw := t.p.Elem()
	w := reflect.New(f.typeOf(t.t, raw.Type()))
	f.before(t.t, w.Elem(), raw)
	err := Explain(t.t, json.Unmarshal(b, w.Interface()))
	if later := f.after(t.t, w.Elem(), raw); later != nil {
		return later // encoding/json stops there, and forgets what did not fit before
	}
	return err
}

// captured is the JSON of a value that reads it by its own method.
type captured struct {
	json []byte
	set  bool
}

// UnmarshalJSON keeps the JSON.
func (c *captured) UnmarshalJSON(b []byte) error {
	c.json, c.set = slices.Clone(b), true
	return nil
}

var capturedType = reflect.TypeFor[captured]()

// filler makes the types that encoding/json fills in.
type filler struct{}

func fills(t *Type) func(any, []byte) error {
	if t.open(); t.d.Kind == reflect.Pointer && t.d.Name == "" {
		return nil
	}
	return t.pointer.fill
}

func (f *filler) typeOf(t *Type, raw reflect.Type) reflect.Type {
	t.open()
	switch {
	case t.d.Host:
		return raw
	case fills(t) != nil:
		return capturedType
	}
	switch t.d.Kind {
	case reflect.Pointer:
		return reflect.PointerTo(f.typeOf(t.elem, raw.Elem()))
	case reflect.Slice:
		return reflect.SliceOf(f.typeOf(t.elem, raw.Elem()))
	case reflect.Array:
		return reflect.ArrayOf(int(t.d.Len), f.typeOf(t.elem, raw.Elem()))
	case reflect.Map:
		return reflect.MapOf(raw.Key(), f.typeOf(t.elem, raw.Elem()))
	case reflect.Struct:
		list := shown(t, raw)
		fields := make([]reflect.StructField, len(list))
		for n, i := range list {
			fields[n] = fieldOf(t, i, f.typeOf(t.fields[i], raw.Field(i).Type))
		}
		return reflect.StructOf(fields)
	}
	return raw
}

// before puts what the value holds already where encoding/json may keep it.
func (f *filler) before(t *Type, to, from reflect.Value) {
	t.open()
	switch {
	case t.d.Host:
		to.Set(from)
		return
	case fills(t) != nil:
		return
	}
	switch t.d.Kind {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
			f.before(t.elem, to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				f.before(t.elem, to.Index(i), from.Index(i))
			}
		}
	case reflect.Array:
		for i := range from.Len() {
			f.before(t.elem, to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if !from.IsNil() {
			to.Set(reflect.MakeMapWithSize(to.Type(), from.Len()))
			for it := from.MapRange(); it.Next(); {
				v := reflect.New(to.Type().Elem()).Elem()
				f.before(t.elem, v, it.Value())
				to.SetMapIndex(it.Key(), v)
			}
		}
	case reflect.Struct:
		for n, i := range shown(t, from.Type()) {
			f.before(t.fields[i], to.Field(n), from.Field(i))
		}
	default:
		to.Set(from)
	}
}

// after copies what encoding/json has read into the value, which can be set.
func (f *filler) after(t *Type, from, to reflect.Value) error {
	t.open()
	if t.d.Host {
		to.Set(from)
		return nil
	}
	if fill := fills(t); fill != nil {
		if c, ok := reflect.TypeAssert[captured](from); ok && c.set {
			return fill(to.Addr().Interface(), c.json)
		}
		return nil
	}
	var first error
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	switch t.d.Kind {
	case reflect.Pointer:
		switch {
		case from.IsNil():
			to.SetZero()
		default:
			if to.IsNil() {
				to.Set(reflect.New(to.Type().Elem()))
			}
			keep(f.after(t.elem, from.Elem(), to.Elem()))
		}
	case reflect.Slice:
		keep(f.slice(t, from, to))
	case reflect.Array:
		for i := range from.Len() {
			keep(f.after(t.elem, from.Index(i), to.Index(i)))
		}
	case reflect.Map:
		keep(f.mapping(t, from, to))
	case reflect.Struct:
		for n, i := range shown(t, to.Type()) {
			keep(f.after(t.fields[i], from.Field(n), to.Field(i)))
		}
	default:
		to.Set(from)
	}
	return first
}

func (f *filler) slice(t *Type, from, to reflect.Value) error {
	if from.IsNil() {
		to.SetZero()
		return nil
	}
	if to.Cap() < from.Len() || to.IsNil() {
		old := to
		to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
		reflect.Copy(to, old)
	}
	to.SetLen(from.Len())
	var first error
	for i := range from.Len() {
		if err := f.after(t.elem, from.Index(i), to.Index(i)); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (f *filler) mapping(t *Type, from, to reflect.Value) error {
	if from.IsNil() {
		to.SetZero()
		return nil
	}
	if to.IsNil() {
		to.Set(reflect.MakeMapWithSize(to.Type(), from.Len()))
	}
	var first error
	for it := from.MapRange(); it.Next(); {
		v := reflect.New(to.Type().Elem()).Elem()
		if old := to.MapIndex(it.Key()); old.IsValid() {
			v.Set(old)
		}
		if err := f.after(t.elem, it.Value(), v); err != nil && first == nil {
			first = err
		}
		to.SetMapIndex(it.Key(), v)
	}
	return first
}
