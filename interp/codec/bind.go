package codec

import (
	"encoding/json"
	"fmt"
	"reflect"

	"mortise/interp/symbols"
)

// Codec reads and writes values of one interpreter type.
type Codec struct {
	own  reflect.Type // the interpreter's
	wire reflect.Type // what encoding/json is shown; the same type where nothing differs
}

// Bind makes the codec of an interpreter's type from its description. An error
// means that the two do not agree, which is a mistake of ours.
func Bind(d *Type, own reflect.Type) (c *Codec, err error) {
	defer func() {
		if r := recover(); r != nil { // reflect.StructOf panics on what it does not take
			err = fmt.Errorf("bind %s: %v", own, r)
		}
	}()
	wire, err := d.bind(own)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", own, err)
	}
	return &Codec{own: own, wire: wire}, nil
}

// Decode reads JSON into a new value of the interpreter's type; nothing to read
// is the zero value.
func (c *Codec) Decode(in []byte) (reflect.Value, error) {
	p := reflect.New(c.own)
	if len(in) == 0 {
		return p.Elem(), nil
	}
	if err := json.Unmarshal(in, c.alias(p).Interface()); err != nil {
		return reflect.Value{}, err
	}
	return p.Elem(), nil
}

// Encode writes a value of the interpreter's type as JSON.
func (c *Codec) Encode(v reflect.Value) ([]byte, error) {
	if c.wire != c.own {
		p := reflect.New(c.own)
		p.Elem().Set(v)
		v = c.alias(p).Elem()
	}
	return json.Marshal(v.Interface())
}

// alias returns a pointer to the wire type for a pointer to the interpreter's.
// Bind made sure that both lie in memory alike, down to every part, so what is
// written through one is what the other reads.
func (c *Codec) alias(p reflect.Value) reflect.Value {
	if c.wire == c.own {
		return p
	}
	return reflect.NewAt(c.wire, p.UnsafePointer())
}

// bind returns the wire type for an interpreter's type, own itself where it can
// be shown to encoding/json as it is.
func (d *Type) bind(own reflect.Type) (reflect.Type, error) {
	if d.Kind == reflect.Invalid { // not looked at
		return own, nil
	}
	if d.Host != "" {
		host, ok := symbols.Type(d.Host, d.Name)
		if !ok || host != own {
			return nil, fmt.Errorf("%s.%s is a %s", d.Host, d.Name, own)
		}
		return own, nil
	}
	if d.Kind != own.Kind() {
		return nil, fmt.Errorf("a %s is a %s", d.Kind, own)
	}
	switch d.Kind {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return d.bindElem(own)
	case reflect.Struct:
		return d.bindStruct(own)
	case reflect.Interface:
		if own.NumMethod() > 0 {
			return nil, fmt.Errorf("any is a %s", own)
		}
	}
	return own, nil
}

func (d *Type) bindElem(own reflect.Type) (reflect.Type, error) {
	elem, err := d.Elem.bind(own.Elem())
	if err != nil {
		return nil, err
	}
	key := elem
	if d.Kind == reflect.Map {
		if key, err = d.Key.bind(own.Key()); err != nil {
			return nil, err
		}
	}
	same := elem == own.Elem()
	switch d.Kind {
	case reflect.Pointer:
		if !same {
			return reflect.PointerTo(elem), nil
		}
	case reflect.Slice:
		if !same {
			return reflect.SliceOf(elem), nil
		}
	case reflect.Array:
		if d.Len != own.Len() {
			return nil, fmt.Errorf("[%d]%s is a %s", d.Len, elem, own)
		}
		if !same {
			return reflect.ArrayOf(d.Len, elem), nil
		}
	case reflect.Map:
		if !same || key != own.Key() {
			return reflect.MapOf(key, elem), nil
		}
	}
	return own, nil
}

// bindStruct makes the wire type of a struct and compares it with the
// interpreter's, field by field.
func (d *Type) bindStruct(own reflect.Type) (reflect.Type, error) {
	if len(d.Fields) != own.NumField() {
		return nil, fmt.Errorf("a struct of %d fields is a %s", len(d.Fields), own)
	}
	fields := make([]reflect.StructField, len(d.Fields))
	for i, f := range d.Fields {
		t, err := f.Type.bind(own.Field(i).Type)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		fields[i] = reflect.StructField{Name: f.Name, Type: t, Tag: reflect.StructTag(f.Tag), Anonymous: f.Embed}
		switch {
		case f.Skip:
			// Any exported name will do that no other field has.
			fields[i].Name, fields[i].Tag = fmt.Sprintf("Skipped%d_", i), `json:"-"`
		case f.Embed && !exported(f.Name):
			fields[i].Name = fmt.Sprintf("Embedded%d_", i)
		}
	}
	wire := reflect.StructOf(fields)
	if wire == own {
		return own, nil
	}
	if wire.Size() != own.Size() || wire.Align() != own.Align() {
		return nil, fmt.Errorf("%s is a %s", wire, own)
	}
	for i := range fields {
		if wire.Field(i).Offset != own.Field(i).Offset {
			return nil, fmt.Errorf("field %s lies elsewhere in %s", d.Fields[i].Name, own)
		}
	}
	return wire, nil
}
