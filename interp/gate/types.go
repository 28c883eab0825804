package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// subst replaces type parameters by the types that one instance was made with.
func (f *fn) subst(t types.Type) types.Type {
	if t == nil || len(f.targs) == 0 {
		return t
	}
	return substitute(t, f.targs)
}

// substitute returns t with type parameters replaced. Parts that hold none are
// returned as they are.
func substitute(t types.Type, targs map[*types.TypeParam]types.Type) types.Type {
	sub := func(t types.Type) types.Type { return substitute(t, targs) }
	switch t := t.(type) {
	case *types.TypeParam:
		if to, ok := targs[t]; ok {
			return to
		}
	case *types.Alias:
		return sub(types.Unalias(t))
	case *types.Pointer:
		if e := sub(t.Elem()); e != t.Elem() {
			return types.NewPointer(e)
		}
	case *types.Slice:
		if e := sub(t.Elem()); e != t.Elem() {
			return types.NewSlice(e)
		}
	case *types.Array:
		if e := sub(t.Elem()); e != t.Elem() {
			return types.NewArray(e, t.Len())
		}
	case *types.Chan:
		if e := sub(t.Elem()); e != t.Elem() {
			return types.NewChan(t.Dir(), e)
		}
	case *types.Map:
		k, e := sub(t.Key()), sub(t.Elem())
		if k != t.Key() || e != t.Elem() {
			return types.NewMap(k, e)
		}
	case *types.Signature:
		p, pc := substTuple(t.Params(), targs)
		r, rc := substTuple(t.Results(), targs)
		if pc || rc {
			return types.NewSignatureType(nil, nil, nil, p, r, t.Variadic())
		}
	case *types.Struct:
		fields, tags, changed := make([]*types.Var, t.NumFields()), make([]string, t.NumFields()), false
		for i := range fields {
			old := t.Field(i)
			ft := sub(old.Type())
			changed = changed || ft != old.Type()
			fields[i], tags[i] = types.NewField(old.Pos(), old.Pkg(), old.Name(), ft, old.Embedded()), t.Tag(i)
		}
		if changed {
			return types.NewStruct(fields, tags)
		}
	case *types.Named:
		args, changed := make([]types.Type, t.TypeArgs().Len()), false
		for i := range args {
			args[i] = sub(t.TypeArgs().At(i))
			changed = changed || args[i] != t.TypeArgs().At(i)
		}
		if changed {
			if inst, err := types.Instantiate(nil, t.Origin(), args, false); err == nil {
				return inst
			}
		}
	}
	return t
}

func substTuple(t *types.Tuple, targs map[*types.TypeParam]types.Type) (*types.Tuple, bool) {
	vars, changed := make([]*types.Var, t.Len()), false
	for i := range vars {
		v := t.At(i)
		nt := substitute(v.Type(), targs)
		changed = changed || nt != v.Type()
		vars[i] = types.NewParam(v.Pos(), v.Pkg(), v.Name(), nt)
	}
	if !changed {
		return t, false
	}
	return types.NewTuple(vars...), true
}

// own reports whether a named type is declared in the project, not in the
// library.
func (e *emitter) own(t *types.Named) bool {
	pkg := t.Obj().Pkg()
	return pkg != nil && e.g.units[pkg.Path()] != nil
}

// erased returns the type that stands for t at run time: a named type of the
// project that is not a struct is its underlying type.
func (e *emitter) erased(t types.Type) types.Type {
	t = types.Unalias(t)
	for range 100 {
		n, ok := t.(*types.Named)
		if !ok || !e.own(n) {
			return t
		}
		if _, ok := n.Underlying().(*types.Struct); ok {
			return t
		}
		t = types.Unalias(n.Underlying())
	}
	return t
}

// typ writes a type.
func (e *emitter) typ(t types.Type, at token.Pos) string {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > 60 {
		e.refuse(at, "type.recursive", "a type that contains itself without a struct", "put it into a struct type")
		return "int"
	}
	switch t := e.erased(t).(type) {
	case *types.Basic:
		return e.basic(t, at)
	case *types.Pointer:
		return "*" + e.typ(t.Elem(), at)
	case *types.Slice:
		return "[]" + e.typ(t.Elem(), at)
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + e.typ(t.Elem(), at)
	case *types.Map:
		return "map[" + e.typ(t.Key(), at) + "]" + e.typ(t.Elem(), at)
	case *types.Chan:
		return [...]string{"chan ", "chan<- ", "<-chan "}[t.Dir()] + e.typ(t.Elem(), at)
	case *types.Signature:
		return "func" + e.signature(t, at)
	case *types.Struct:
		return e.structType(t, at)
	case *types.Interface:
		if !t.IsMethodSet() {
			e.refuse(at, "interface", "this use of a constraint", "use a concrete type")
		}
		return "interface{}"
	case *types.Named:
		return e.named(t, at)
	case *types.TypeParam:
		e.refuse(at, "generic", "this use of a type parameter", "write the function out for the type that you need")
		return "int"
	default:
		e.refuse(at, "type", fmt.Sprintf("the type %s", t), "")
		return "int"
	}
}

func (e *emitter) basic(t *types.Basic, at token.Pos) string {
	switch t.Kind() {
	case types.Complex64, types.Complex128, types.UntypedComplex:
		e.refuse(at, "complex", "complex numbers", "keep the two parts in two float64")
	case types.UnsafePointer, types.Uintptr:
		e.refuse(at, "unsafe", "the type "+t.Name(), "")
	case types.UntypedBool:
		return "bool"
	case types.UntypedInt:
		return "int"
	case types.UntypedRune:
		return "int32"
	case types.UntypedFloat:
		return "float64"
	case types.UntypedString:
		return "string"
	case types.Uint8:
		return "uint8"
	case types.Int32:
		return "int32"
	}
	return t.Name()
}

func (e *emitter) signature(t *types.Signature, at token.Pos) string {
	params := make([]string, t.Params().Len())
	for i := range params {
		pt := t.Params().At(i).Type()
		if t.Variadic() && i == len(params)-1 {
			if s, ok := pt.Underlying().(*types.Slice); ok {
				params[i] = "..." + e.typ(s.Elem(), at)
				continue
			}
		}
		params[i] = e.typ(pt, at)
	}
	results := make([]string, t.Results().Len())
	for i := range results {
		results[i] = e.typ(t.Results().At(i).Type(), at)
	}
	out := "(" + strings.Join(params, ", ") + ")"
	switch len(results) {
	case 0:
	case 1:
		out += " " + results[0]
	default:
		out += " (" + strings.Join(results, ", ") + ")"
	}
	return out
}

func (e *emitter) structType(t *types.Struct, at token.Pos) string {
	var b strings.Builder
	b.WriteString("struct{ ")
	seen := map[string]bool{}
	for i := range t.NumFields() {
		v := t.Field(i)
		name := e.fieldName(v, at)
		shown := name
		if !ast.IsExported(name) {
			shown = "X" + name
		}
		if seen[shown] {
			e.refuse(v.Pos(), "field.clash", fmt.Sprintf("the fields %q and %q beside each other", name, shown), "rename one of them")
		}
		seen[shown] = true
		fmt.Fprintf(&b, "%s %s", name, e.typ(v.Type(), at))
		if tag := t.Tag(i); tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
		b.WriteString("; ")
	}
	b.WriteString("}")
	return b.String()
}

// fieldName returns the name of a struct's field; an embedded one has that of
// its type.
func (e *emitter) fieldName(v *types.Var, at token.Pos) string {
	if v.Name() == "_" || !ascii(v.Name()) {
		e.refuse(at, "field.name", fmt.Sprintf("a field called %q", v.Name()), "give it a name of the letters a to z")
	}
	return v.Name()
}

// named writes a struct type of the project or a type of the library.
func (e *emitter) named(t *types.Named, at token.Pos) string {
	obj := t.Obj()
	if obj.Pkg() == nil {
		return obj.Name() // error
	}
	if !e.own(t) {
		if t.TypeArgs().Len() > 0 {
			e.refuse(at, "library.generic", fmt.Sprintf("the generic type %s", types.TypeString(t, nil)), "")
			return "int"
		}
		if !e.libraryType(obj, at) {
			return "int"
		}
		return e.use(obj.Pkg().Path()) + "." + obj.Name()
	}
	if obj.Parent() == obj.Pkg().Scope() && t.TypeArgs().Len() == 0 {
		if !ascii(obj.Name()) {
			e.refuse(at, "name", fmt.Sprintf("the type name %q", obj.Name()), "use the letters a to z")
		}
		if obj.Pkg() == e.unit.Types {
			return obj.Name()
		}
		if !obj.Exported() {
			e.refuse(at, "type.hidden", fmt.Sprintf("the type %q of another package", obj.Name()), "export it")
		}
		return e.use(obj.Pkg().Path()) + "." + obj.Name()
	}
	return e.hoist(t, at)
}

// hoist declares a local type or an instance of a generic one at package level,
// once, and returns its name.
func (e *emitter) hoist(t *types.Named, at token.Pos) string {
	for _, h := range e.hoisted {
		if types.Identical(h.t, t) {
			return h.name
		}
	}
	if len(e.hoisted) >= maxInstances {
		e.refuse(at, "generic.many", "so many instances of generic types", "")
		return "int"
	}
	if obj := t.Obj(); obj.Pkg() != e.unit.Types && obj.Parent() != obj.Pkg().Scope() {
		e.refuse(at, "type.local", "a local type of another package", "declare the type outside of the function")
		return "int"
	}
	if t.TypeArgs().Len() > 0 && t.Obj().Pkg() != e.unit.Types {
		e.refuse(at, "generic.type", "a generic type of another package", "use it in the package that declares it only")
		return "int"
	}
	name := fmt.Sprintf("Mortise_t%d_%s", len(e.hoisted)+1, asciiOnly(t.Obj().Name()))
	e.hoisted = append(e.hoisted, hoistedType{t, name})
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		e.refuse(at, "type", fmt.Sprintf("the type %s", t), "")
		return "int"
	}
	fmt.Fprintf(&e.decls, "type %s %s\n", name, e.structType(st, at))
	return name
}

type hoistedType struct {
	t    *types.Named
	name string
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return 'x'
		}
		return r
	}, s)
}
