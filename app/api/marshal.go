package api

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// marshal writes a value for a page. A list or a map that is nil is an empty one,
// so that pages need not look; what says omitempty is left out as always.
func marshal(v any) ([]byte, error) {
	value := reflect.ValueOf(v)
	if value.IsValid() {
		value, _ = whole(value)
		v = value.Interface()
	}
	return json.Marshal(v)
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// writesItself reports whether a type says itself what it is in JSON.
func writesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshaler) || p.Implements(textMarshaler)
}

// whole returns a value without lists and maps that are nil, and whether that is
// another one; what others hold as well is copied before it is changed.
func whole(v reflect.Value) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.Struct:
		if writesItself(v.Type()) {
			return v, false
		}
		return wholeStruct(v)
	case reflect.Slice:
		if writesItself(v.Type()) {
			return v, false
		}
		if v.IsNil() {
			return reflect.MakeSlice(v.Type(), 0, 0), true
		}
		if kind := v.Type().Elem().Kind(); kind < reflect.Array || kind == reflect.String {
			return v, false
		}
		return wholeList(v)
	case reflect.Map:
		return wholeMap(v)
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		inner, changed := whole(v.Elem())
		if !changed {
			return v, false
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(inner)
		return p, true
	default:
		return v, false
	}
}

func wholeStruct(v reflect.Value) (reflect.Value, bool) {
	out, changed := v, false
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if omitted(f) && v.Field(i).IsZero() {
			continue
		}
		inner, other := whole(v.Field(i))
		if !other {
			continue
		}
		if !changed {
			out, changed = reflect.New(v.Type()).Elem(), true
			out.Set(v)
		}
		out.Field(i).Set(inner)
	}
	return out, changed
}

func wholeList(v reflect.Value) (reflect.Value, bool) {
	out, changed := v, false
	for i := range v.Len() {
		inner, other := whole(v.Index(i))
		if !other {
			continue
		}
		if !changed {
			out, changed = reflect.MakeSlice(v.Type(), v.Len(), v.Len()), true
			reflect.Copy(out, v)
		}
		out.Index(i).Set(inner)
	}
	return out, changed
}

func wholeMap(v reflect.Value) (reflect.Value, bool) {
	if v.IsNil() {
		return reflect.MakeMap(v.Type()), true
	}
	out, changed := v, false
	for entries := v.MapRange(); entries.Next(); {
		inner, other := whole(entries.Value())
		if !other {
			continue
		}
		if !changed {
			out, changed = reflect.MakeMapWithSize(v.Type(), v.Len()), true
			for all := v.MapRange(); all.Next(); {
				out.SetMapIndex(all.Key(), all.Value())
			}
		}
		out.SetMapIndex(entries.Key(), inner)
	}
	return out, changed
}

// omitted reports whether a field that is empty is left out.
func omitted(f reflect.StructField) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") || f.Tag.Get("json") == "-"
}
