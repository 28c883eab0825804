package box

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// Explain gives the error of reading JSON into a value of a type the names that
// the type and its parts have in the source.
func Explain(t *Type, err error) error {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || e.Type == nil {
		return err
	}
	at, in := t, (*Type)(nil)
	if e.Field != "" {
		for name := range strings.SplitSeq(e.Field, ".") {
			s := at.contained()
			if s == nil {
				return err
			}
			if at, in = s.field(name); at == nil {
				return err
			}
		}
	}
	if in != nil && e.Struct == "" {
		e.Struct = in.Name()[strings.LastIndexByte(in.Name(), '.')+1:]
		if in.d.Name == "" || strings.HasPrefix(in.d.Name, "struct {") {
			e.Struct = ""
		}
	}
	for at != nil && !at.open().d.Host {
		if at.d.Kind == e.Type.Kind() {
			if e.Type.PkgPath() == "" {
				e.Type = renamed{e.Type, at.Name()}
			}
			break
		}
		at = at.elem
	}
	return err
}

// renamed is a type under the name that it has in the source.
type renamed struct {
	reflect.Type
	name string
}

func (r renamed) String() string { return r.name }

// contained returns the struct that a type is or is made of.
func (t *Type) contained() *Type {
	for t != nil && t.open().d.Kind != reflect.Struct {
		t = t.elem
	}
	return t
}

// field returns the type of a field by its name in JSON, and the struct that has
// it: the type itself, or one that it embeds.
func (t *Type) field(name string) (field, in *Type) {
	t.open()
	for i, f := range t.d.Fields {
		tag, _, _ := strings.Cut(reflect.StructTag(f.Tag).Get("json"), ",")
		if tag == "" {
			tag = f.Name
		}
		if tag == name && !f.Hidden {
			return t.fields[i], t
		}
	}
	for i, f := range t.d.Fields {
		if f.Embed {
			if s := t.fields[i].contained(); s != nil {
				if at, _ := s.field(name); at != nil {
					return at, t
				}
			}
		}
	}
	return nil, nil
}
