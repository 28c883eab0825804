package check

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

// What one package's shapes may be at most.
const (
	maxShapes     = 20_000 // types
	maxShapeDepth = 200    // types in types
)

// shaper makes shapes of the inputs and outputs of one package's services.
type shaper struct {
	pkg      *Package
	seen     typeutil.Map // from types.Type to *shape.Type, those that are being made included
	pointers []pointerShape
	rules    []fieldRules
	depth    int
	full     bool
}

// pointerShape is the shape of a pointer: a copy of elem, once that is complete.
type pointerShape struct{ ptr, elem *shape.Type }

// place says what a type belongs to, for faults.
type place struct {
	at   fault.Position
	what string // `field "Name" of "Customer"`, `the input`
}

// of returns the shape of a type that a service takes or returns.
func (s *shaper) of(t types.Type, in place) *shape.Type {
	out := s.shape(t, in)
	for _, p := range s.pointers {
		*p.ptr = *p.elem
		p.ptr.Nullable = true
		if p.ptr.Kind == "" {
			p.ptr.Kind = shape.Any // a pointer to itself
		}
	}
	s.pointers = nil
	rules := s.rules
	s.rules = nil
	for _, r := range rules {
		r.apply()
	}
	return out
}

func (s *shaper) shape(t types.Type, in place) *shape.Type {
	t = types.Unalias(t)
	if known, ok := s.seen.At(t).(*shape.Type); ok {
		return known
	}
	if s.depth >= maxShapeDepth || s.seen.Len() >= maxShapes {
		if !s.full {
			s.full = true
			s.pkg.Faults.Add(in.at, "shape.size", "%s is too large: its types nest more than %d deep, or are more than %d", in.what, maxShapeDepth, maxShapes).
				WithHint("use any, or json.RawMessage, for the inner part")
		}
		return &shape.Type{Kind: shape.Any, Nullable: true}
	}
	s.depth++
	defer func() { s.depth-- }()
	out := &shape.Type{}
	s.seen.Set(t, out)
	if named, ok := t.(*types.Named); ok {
		out.Name, out.Doc = named.Obj().Name(), s.typeDoc(named.Obj())
		if s.wellKnown(named, out) {
			return out
		}
	}
	s.fill(t, out, in)
	return out
}

// wellKnown fills in the types that do not look in JSON as they do in Go.
func (s *shaper) wellKnown(named *types.Named, out *shape.Type) bool {
	switch types.TypeString(named, nil) {
	case "time.Time":
		out.Kind = shape.Time
	case "encoding/json.Number":
		out.Kind = shape.Number
	case "encoding/json.RawMessage":
		out.Kind, out.Nullable = shape.Any, true
	default:
		if _, ok := named.Underlying().(*types.Interface); ok {
			return false
		}
		switch {
		case hasMethod(named, "MarshalJSON") || hasMethod(named, "UnmarshalJSON"):
			out.Kind, out.Nullable = shape.Any, true
		case hasMethod(named, "MarshalText") || hasMethod(named, "UnmarshalText"):
			out.Kind = shape.Text
		default:
			return false
		}
	}
	return true
}

// hasMethod reports whether a pointer to a type has a method.
func hasMethod(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

// fill completes the shape of a type by its underlying one.
func (s *shaper) fill(typ types.Type, out *shape.Type, in place) {
	switch t := typ.Underlying().(type) {
	case *types.Basic:
		s.fillBasic(t, out, in)
	case *types.Pointer:
		s.pointers = append(s.pointers, pointerShape{out, s.shape(t.Elem(), in)})
	case *types.Slice:
		if b, ok := t.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Uint8 && !hasMethod(t.Elem(), "MarshalJSON") && !hasMethod(t.Elem(), "MarshalText") {
			out.Kind, out.Nullable = shape.Bytes, true
			return
		}
		out.Kind, out.Nullable = shape.List, true
		out.Elem = s.shape(t.Elem(), in)
	case *types.Array:
		out.Kind, out.Len = shape.List, int(t.Len())
		out.Elem = s.shape(t.Elem(), in)
	case *types.Map:
		if !textKey(t.Key()) {
			s.unsupported(out, in, "a map whose keys are %s", "use text as the keys", s.typeString(t.Key()))
			return
		}
		out.Kind, out.Nullable = shape.Map, true
		out.Elem = s.shape(t.Elem(), in)
	case *types.Struct:
		out.Kind = shape.Object
		s.fillStruct(t, out, in)
	case *types.Interface:
		if !t.Empty() {
			s.unsupported(out, in, "an interface with methods, %s", "use a struct, or any", s.typeString(typ))
			return
		}
		out.Kind, out.Nullable = shape.Any, true
	case *types.Chan:
		s.unsupported(out, in, "a channel, %s", "use a list", s.typeString(typ))
	case *types.Signature:
		s.unsupported(out, in, "a function, %s", "leave it out with the tag `json:\"-\"`", s.typeString(typ))
	default:
		s.unsupported(out, in, "a value of type %s", "use a struct, a list or any", s.typeString(typ))
	}
}

func (s *shaper) fillBasic(t *types.Basic, out *shape.Type, in place) {
	switch info := t.Info(); {
	case t.Kind() == types.Invalid:
		out.Kind = shape.Any // reported by the type checker
	case info&types.IsString != 0:
		out.Kind = shape.Text
	case info&types.IsBoolean != 0:
		out.Kind = shape.Bool
	case info&types.IsInteger != 0:
		out.Kind, out.Unsigned = shape.Int, info&types.IsUnsigned != 0
		out.Bits = int(types.SizesFor("gc", "amd64").Sizeof(t)) * 8
	case info&types.IsFloat != 0:
		out.Kind, out.Bits = shape.Float, int(types.SizesFor("gc", "amd64").Sizeof(t))*8
	case info&types.IsComplex != 0:
		s.unsupported(out, in, "a complex number, %s", "use two numbers", t.Name())
	default:
		s.unsupported(out, in, "a value of type %s", "use a plain type", t.Name())
	}
}

// textKey reports whether encoding/json takes a type as the key of a map.
func textKey(t types.Type) bool {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&(types.IsString|types.IsInteger) != 0 {
		return true
	}
	return hasMethod(t, "MarshalText")
}

func (s *shaper) unsupported(out *shape.Type, in place, format, hint string, arg string) {
	s.pkg.Faults.Add(in.at, "shape.unsupported", "%s is "+format+", which JSON cannot hold", in.what, arg).Hint = hint
	out.Kind = shape.Any
}

func (s *shaper) fillStruct(t *types.Struct, out *shape.Type, in place) {
	owner := out.Name
	fields, lost := jsonFields(t)
	for _, f := range fields {
		if s.full {
			return
		}
		node := s.field(f.v)
		at := s.place(f.v, in)
		what := place{at, quoteField(f.v.Name(), owner)}
		field := &shape.Field{Name: f.name, Go: f.v.Name(), At: at, Type: s.shape(f.v.Type(), what)}
		_, isPointer := f.v.Type().Underlying().(*types.Pointer)
		field.Required = !isPointer && !f.optional && !slices.Contains(f.options, "omitempty") && !slices.Contains(f.options, "omitzero")
		if slices.Contains(f.options, "string") {
			switch base, _ := deref(f.v.Type()); b := base.Underlying().(type) {
			case *types.Basic:
				field.Quoted = b.Info()&(types.IsString|types.IsBoolean|types.IsInteger|types.IsFloat) != 0
			}
		}
		if node != nil {
			field.Doc = text(node.Doc, node.Comment)
		}
		s.rules = append(s.rules, fieldRules{s: s, field: field, json: f, node: node, what: what})
		out.Fields = append(out.Fields, field)
	}
	for _, f := range lost {
		// Embedded structs may share names without harm; fields side by side never
		// do so on purpose.
		into := &s.pkg.Faults
		if len(f.index) > 1 {
			into = &s.pkg.Warnings
		}
		into.Add(s.place(f.v, in), "shape.clash", "two fields are called %q in JSON: %q here and %q at %s, so that both are left out",
			f.name, f.v.Name(), f.clash.Name(), s.place(f.clash, in)).
			WithHint("give one of them another name in its json tag")
	}
	s.checkHidden(t, owner, in)
}

// checkHidden looks at the fields that encoding/json cannot reach.
func (s *shaper) checkHidden(t *types.Struct, owner string, in place) {
	for i := range t.NumFields() {
		v := t.Field(i)
		if v.Exported() {
			continue
		}
		pairs, _ := parseTag(t.Tag(i))
		tagged := slices.ContainsFunc(pairs, func(p tagPair) bool { return p.key == "json" && p.value != "-" })
		elem, isPointer := deref(v.Type())
		_, isStruct := elem.Underlying().(*types.Struct)
		switch {
		case v.Embedded() && isPointer && isStruct:
			s.pkg.Faults.Add(s.place(v, in), "shape.embedded-pointer", "%s is embedded by pointer and not exported, so that JSON cannot be read into it",
				quoteField(v.Name(), owner)).WithHint("embed it without the *, or give the type a name that begins with a capital letter")
		case tagged && !v.Embedded():
			s.pkg.Warnings.Add(s.place(v, in), "shape.unexported", "%s has a json tag and is never read or written, because its name begins with a small letter",
				quoteField(v.Name(), owner)).WithHint("call it %q", exportedName(v.Name()))
		}
	}
}

// place returns where a field stands; fields of library types stand where the
// type is used.
func (s *shaper) place(v *types.Var, in place) fault.Position {
	if s.field(v) == nil {
		return in.at
	}
	return s.packageOf(v).Position(v.Pos())
}

// field returns the syntax of a field, or nil for types of the library.
func (s *shaper) field(v *types.Var) *ast.Field {
	p := s.packageOf(v)
	if p == nil {
		return nil
	}
	p.index.build(p)
	return p.index.fields[v.Pos()]
}

func (s *shaper) packageOf(obj types.Object) *Package {
	if obj.Pkg() == nil || !obj.Pos().IsValid() {
		return nil
	}
	return s.pkg.find(obj.Pkg().Path(), map[*Package]bool{})
}

func (s *shaper) typeDoc(obj *types.TypeName) string {
	p := s.packageOf(obj)
	if p == nil {
		return ""
	}
	p.index.build(p)
	return p.index.docs[obj.Pos()]
}

func (s *shaper) typeString(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(s.pkg.Types))
}

func quoteField(field, owner string) string {
	if owner == "" {
		return "field \"" + field + "\""
	}
	return "field \"" + field + "\" of \"" + owner + "\""
}
