// Package codec reads and writes the inputs and outputs of interpreted services
// exactly as encoding/json does for compiled ones. The interpreter keeps a
// user's struct as an anonymous type whose unexported fields are exported under
// another name and whose embedded structs are ordinary fields, so encoding/json
// alone would leak the one and not flatten the other.
//
// The host describes a service's types from go/types (Describe). The worker
// binds the description to the interpreter's type (Bind): it makes a wire type
// of the same layout in memory, with the names, tags and embeddings of the
// source, through which encoding/json sees the interpreter's value.
package codec

import (
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"mortise/interp/symbols"
	"mortise/runtime/fault"
)

// Type describes one Go type of an input or output. A compiled type stands under
// its package and name; all others under their structure.
type Type struct {
	Kind   reflect.Kind `json:"k"`
	Host   string       `json:"h,omitempty"` // import path of a compiled type: "time"
	Name   string       `json:"n,omitempty"` // its name: "Time"
	Len    int          `json:"l,omitempty"` // of an array
	Key    *Type        `json:"m,omitempty"` // of a map
	Elem   *Type        `json:"e,omitempty"` // of a pointer, slice, array or map
	Fields []Field      `json:"f,omitempty"` // of a struct, all of them, in order
}

// Field is one field of a struct.
type Field struct {
	Name  string `json:"n"`           // in the source
	Tag   string `json:"t,omitempty"` // in the source
	Embed bool   `json:"e,omitempty"` // a struct whose fields encoding/json treats as those of the outer one
	Skip  bool   `json:"s,omitempty"` // not exported: encoding/json does not see it
	Type  *Type  `json:"y"`
}

// Limits of what is described.
const (
	maxDepth = 64
	maxTypes = 10_000
)

// Describe returns the description of a type. Where a value of it would not be
// read and written as Go does, it returns a fault, code "gate.codec", whose
// position place makes of the offending object; the zero position is that of
// the service itself.
func Describe(t types.Type, place func(types.Object) fault.Position) (*Type, *fault.Error) {
	d := describer{place: place}
	out := d.describe(t, nil)
	if d.err != nil {
		return nil, d.err
	}
	return out, nil
}

type describer struct {
	place func(types.Object) fault.Position
	stack []*types.TypeName // the named types that contain this one
	count int
	err   *fault.Error
}

// refuse keeps the first reason; at is the field or type that it is about.
func (d *describer) refuse(at types.Object, hint, format string, args ...any) *Type {
	if d.err == nil {
		d.err = fault.New(fault.Invalid, "gate.codec", "not live yet: "+format, args...).WithHint("%s", hint)
		if at != nil {
			d.err.At = d.place(at)
		}
	}
	return nil
}

func (d *describer) describe(t types.Type, at types.Object) *Type {
	if d.count++; d.count > maxTypes || len(d.stack) > maxDepth {
		return d.refuse(at, "split the type up", "a type with so many parts is not read or written by interpreted services")
	}
	if d.err != nil {
		return nil
	}
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok {
		return d.named(named, at)
	}
	return d.structure(t, at)
}

// named describes a type with a name: a compiled one, or one of the project's.
func (d *describer) named(t *types.Named, at types.Object) *Type {
	obj := t.Obj()
	if obj.Pkg() == nil { // error, comparable
		return d.structure(t.Underlying(), at)
	}
	if symbols.Has(obj.Pkg().Path()) {
		host, ok := symbols.Type(obj.Pkg().Path(), obj.Name())
		if !ok || t.TypeArgs().Len() > 0 {
			return d.refuse(at, "use another type in the input or output", "the type %s.%s is not read or written by interpreted services",
				obj.Pkg().Name(), obj.Name())
		}
		return &Type{Kind: host.Kind(), Host: obj.Pkg().Path(), Name: obj.Name()}
	}
	if slices.Contains(d.stack, obj) {
		return d.refuse(obj, "use any, or a list of flat entries that name their parent",
			"type %q contains itself, directly or through other types, and is an input or output", obj.Name())
	}
	if m := marshaler(t); m != nil {
		if m.Pkg() == obj.Pkg() {
			at = m
		} else {
			at = obj
		}
		return d.refuse(at, "keep a plain type in the input or output and convert it in the service",
			"type %q has a method %s of its own and is part of an input or output", obj.Name(), m.Name())
	}
	d.stack = append(d.stack, obj)
	defer func() { d.stack = d.stack[:len(d.stack)-1] }()
	return d.structure(t.Underlying(), obj)
}

// marshaler returns the method by which a type takes its JSON into its own hands;
// nil where it does not.
func marshaler(t types.Type) types.Object {
	for _, name := range []string{"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText"} {
		if m := method(t, name); m != nil {
			return m
		}
	}
	return nil
}

// method returns the method of a type or of a pointer to it, its own or that of
// an embedded type; nil where there is none.
func method(t types.Type, name string) types.Object {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, name)
	if f, ok := obj.(*types.Func); ok {
		return f
	}
	return nil
}

// structure describes a type by what it is made of.
func (d *describer) structure(t types.Type, at types.Object) *Type {
	switch t := t.(type) {
	case *types.Basic:
		if kind := basicKind(t); kind != reflect.Invalid {
			return &Type{Kind: kind}
		}
	case *types.Pointer:
		return &Type{Kind: reflect.Pointer, Elem: d.describe(t.Elem(), at)}
	case *types.Slice:
		return &Type{Kind: reflect.Slice, Elem: d.describe(t.Elem(), at)}
	case *types.Array:
		return &Type{Kind: reflect.Array, Len: int(t.Len()), Elem: d.describe(t.Elem(), at)}
	case *types.Map:
		return &Type{Kind: reflect.Map, Key: d.describe(t.Key(), at), Elem: d.describe(t.Elem(), at)}
	case *types.Interface:
		if t.NumMethods() == 0 && t.IsMethodSet() {
			return &Type{Kind: reflect.Interface}
		}
		return d.refuse(at, "use a concrete type, or any", "an interface with methods is part of an input or output")
	case *types.Struct:
		if m := marshaler(t); m != nil {
			return d.refuse(at, "give the embedded type's field a name", "a struct has the method %s of a type that it embeds and is part of an input or output", m.Name())
		}
		out := &Type{Kind: reflect.Struct, Fields: make([]Field, t.NumFields())}
		for i := range t.NumFields() {
			out.Fields[i] = d.field(t.Field(i), t.Tag(i))
		}
		return out
	}
	return d.refuse(at, "use another type", "a value of type %s has no JSON and is part of an input or output", types.TypeString(t, nil))
}

// field describes one field of a struct.
func (d *describer) field(v *types.Var, tag string) Field {
	f := Field{Name: v.Name(), Tag: tag}
	t := types.Unalias(v.Type())
	pointer, isPointer := t.(*types.Pointer)
	if isPointer {
		t = types.Unalias(pointer.Elem())
	}
	_, isStruct := t.Underlying().(*types.Struct)
	f.Embed = v.Embedded() && isStruct
	f.Skip = !v.Exported() && !f.Embed
	jsonTag := reflect.StructTag(tag).Get("json")
	if f.Skip || jsonTag == "-" {
		// encoding/json does not look at it, so all that counts is how it lies
		// in memory; that is the interpreter's own type.
		return Field{Name: v.Name(), Skip: true, Type: &Type{Kind: reflect.Invalid}}
	}
	if f.Embed {
		host, _ := t.(*types.Named)
		switch {
		case isPointer && !v.Exported():
			d.refuse(v, "embed it by value", "a pointer to the unexported struct %q is embedded in an input or output", v.Name())
		case host != nil && symbols.Has(host.Obj().Pkg().Path()) && types.NewMethodSet(types.NewPointer(host)).Len() > 0:
			d.refuse(v, "give the field a name", "%s.%s is embedded in an input or output", host.Obj().Pkg().Name(), host.Obj().Name())
		}
	}
	if m := method(v.Type(), "IsZero"); m != nil && omitZero(jsonTag) && !symbols.Has(m.Pkg().Path()) {
		d.refuse(m, `say omitempty instead of omitzero, or leave the method out`, "field %q is left out by the method IsZero of its type", v.Name())
	}
	f.Type = d.describe(v.Type(), v)
	return f
}

// omitZero reports whether a json tag has the option omitzero.
func omitZero(tag string) bool {
	_, options, _ := strings.Cut(tag, ",")
	return slices.Contains(strings.Split(options, ","), "omitzero")
}

// exported reports whether a field's name is exported.
func exported(name string) bool { return token.IsExported(name) }

// basicKind is the kind of a basic type; Invalid where JSON has no such value.
func basicKind(t *types.Basic) reflect.Kind { return basics[t.Kind()] }

var basics = map[types.BasicKind]reflect.Kind{
	types.Bool: reflect.Bool, types.String: reflect.String,
	types.Int: reflect.Int, types.Int8: reflect.Int8, types.Int16: reflect.Int16, types.Int32: reflect.Int32, types.Int64: reflect.Int64,
	types.Uint: reflect.Uint, types.Uint8: reflect.Uint8, types.Uint16: reflect.Uint16, types.Uint32: reflect.Uint32, types.Uint64: reflect.Uint64,
	types.Uintptr: reflect.Uintptr, types.Float32: reflect.Float32, types.Float64: reflect.Float64,
}
