package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"mortise/interp/box"
)

// conv writes an expression as a value of type t, to which Go lets it be
// assigned.
func (f *fn) conv(x ast.Expr, t types.Type) string { return f.convAs(x, f.subst(t)) }

// declared reports whether an expression is a function or a method of the project
// itself, not a variable that holds one.
func (f *fn) declared(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		obj, ok := f.u.Info.Uses[x].(*types.Func)
		return ok && obj.Pkg() != nil && (obj.Pkg() == f.u.Types || f.e.g.units[obj.Pkg().Path()] != nil)
	case *ast.SelectorExpr:
		if sel := f.u.Info.Selections[x]; sel != nil {
			return sel.Kind() == types.MethodExpr
		}
		return f.declared(x.Sel)
	case *ast.IndexExpr:
		return f.declared(x.X)
	case *ast.IndexListExpr:
		return f.declared(x.X)
	}
	return false
}

func (f *fn) convAs(x ast.Expr, t types.Type) string {
	if t == nil {
		return f.x(x)
	}
	if f.isNil(x) {
		return "nil"
	}
	from := f.typeOf(x)
	if tv, ok := f.u.Info.Types[x]; ok && tv.Value != nil {
		if !types.IsInterface(t) {
			return f.constantAs(x.Pos(), tv.Value, t)
		}
		if isUntyped(from) {
			from = types.Default(from)
		}
		text := f.constantAs(x.Pos(), tv.Value, from)
		return f.toInterface(text, from, t, x.Pos(), purposeStore)
	}
	if isUntyped(from) {
		if types.IsInterface(t) {
			from = types.Default(from)
		} else {
			return f.x(x)
		}
	}
	if isFunc(from) && f.declared(x) {
		// In a literal that stands in a function literal the interpreter takes the
		// results of a function that is declared further down for none.
		name := f.fresh("_fn")
		f.pre = append(f.pre, fmt.Sprintf("var %s %s = %s", name, f.e.typ(from, x.Pos()), f.x(x)))
		return name
	}
	if types.IsInterface(t) && !types.IsInterface(from) {
		return f.toInterface(f.x(x), from, t, x.Pos(), purposeStore)
	}
	return f.convText(f.x(x), from, t, x.Pos())
}

// convText is conv for a value that is written already.
func (f *fn) convText(text string, from, to types.Type, at token.Pos) string {
	from, to = f.subst(from), f.subst(to)
	if types.IsInterface(to) {
		if types.IsInterface(from) {
			return f.otherInterface(text, from, to, at)
		}
		return f.toInterface(text, from, to, at, purposeStore)
	}
	if _, ok := under(from).(*types.Struct); ok && f.e.typ(from, at) != f.e.typ(to, at) {
		return f.otherStruct(text, from, to, at)
	}
	f.sameShape(from, to, at)
	switch under(to).(type) {
	case *types.Slice, *types.Map:
		if a, b := f.e.typ(from, at), f.e.typ(to, at); a != b {
			return "(" + b + ")(" + text + ")"
		}
	}
	return text
}

// sameShape refuses assignments between struct types that are written
// differently, which Go takes for the same.
func (f *fn) sameShape(from, to types.Type, at token.Pos) {
	a, b := f.e.typ(from, at), f.e.typ(to, at)
	if a == b {
		return
	}
	ca, ok1 := under(from).(*types.Chan)
	cb, ok2 := under(to).(*types.Chan)
	if ok1 && ok2 && f.e.typ(ca.Elem(), at) == f.e.typ(cb.Elem(), at) {
		return
	}
	if f.e.typ(under(from), at) == f.e.typ(under(to), at) {
		if _, ok := under(from).(*types.Struct); !ok {
			return // such as url.Values and map[string][]string
		}
	}
	f.e.refuse(at, "assign.type", "this assignment between two types that are written differently", "use one type for both")
}

// Purposes of a value that becomes an interface.
type purpose int

const (
	purposeStore purpose = iota // anything may happen to it
	purposeJSON                 // it is written or read as JSON
	purposePrint                // it is printed with %v
	purposeSort                 // its elements are swapped
	purposeFill                 // what it points to is filled in from JSON
	purposeXML                  // it is written or read as XML
)

// otherInterface writes the conversion of one interface type to another that has
// no other methods.
func (f *fn) otherInterface(text string, from, to types.Type, at token.Pos) string {
	ownFrom, ownTo := f.e.ownInterface(from), f.e.ownInterface(to)
	switch {
	case emptyInterface(to), ownTo, !ownFrom:
		return text
	case f.isError(to):
		return f.e.use(box.Path) + ".AsError(" + text + ")"
	}
	f.e.refuse(at, "interface.own", fmt.Sprintf("%s as %s", types.TypeString(from, shortNames), types.TypeString(to, shortNames)), "")
	return "nil"
}

// toInterface writes the conversion of a value to an interface type.
func (f *fn) toInterface(text string, from, to types.Type, at token.Pos, p purpose) string {
	if !f.e.mentionsOwn(from) {
		switch {
		case f.isError(to) || emptyInterface(to):
		case f.e.ownInterface(to):
			if !slices.ContainsFunc(f.e.hosts, func(t types.Type) bool { return types.Identical(t, from) }) {
				f.e.hosts = append(f.e.hosts, from)
			}
		default:
			f.e.libraryInterface(to, at)
		}
		if b, ok := under(from).(*types.Basic); ok && b.Info()&types.IsBoolean != 0 && strings.ContainsAny(text, "<>=!&|") {
			// The interpreter takes an operand of a comparison for its result.
			return f.e.use(box.Path) + ".Bool(" + text + ")"
		}
		return text
	}
	switch {
	case p == purposeSort:
		return text
	case p == purposeStore || !emptyInterface(to):
		return f.box(text, from, to, at)
	}
	if why, hint := f.e.harm(from, p, map[types.Type]bool{}, false); why != "" {
		if p == purposeFill {
			f.e.refuse(at, "any", fmt.Sprintf("%s as what is filled in: %s", types.TypeString(from, shortNames), why), hint)
			return text
		}
		return f.box(text, from, to, at)
	}
	if b, ok := under(from).(*types.Basic); ok {
		return b.Name() + "(" + text + ")"
	}
	return text
}

func emptyInterface(t types.Type) bool {
	i, ok := under(t).(*types.Interface)
	return ok && i.NumMethods() == 0
}

// mentionsOwn reports whether a type of the project, or a struct without a
// name, is part of a type.
func (e *emitter) mentionsOwn(t types.Type) bool { return e.mentions(t, 0) }

func (e *emitter) mentions(t types.Type, depth int) bool {
	if depth > 30 {
		return true
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if e.own(t) {
			return true
		}
		for arg := range t.TypeArgs().Types() {
			if e.mentions(arg, depth+1) {
				return true
			}
		}
		return false
	case *types.Pointer:
		return e.mentions(t.Elem(), depth+1)
	case *types.Slice:
		return e.mentions(t.Elem(), depth+1)
	case *types.Array:
		return e.mentions(t.Elem(), depth+1)
	case *types.Chan:
		return e.mentions(t.Elem(), depth+1)
	case *types.Map:
		return e.mentions(t.Key(), depth+1) || e.mentions(t.Elem(), depth+1)
	case *types.Signature:
		return true
	case *types.Struct:
		return t.NumFields() > 0
	}
	return false
}

// telling are the methods that the library looks for in values of any type.
var telling = map[string]bool{
	"String": true, "Error": true, "Format": true, "GoString": true, "MarshalJSON": true, "MarshalText": true, "UnmarshalJSON": true,
	"UnmarshalText": true, "LogValue": true, "MarshalBinary": true, "UnmarshalBinary": true, "Is": true, "As": true, "Unwrap": true,
	"MarshalXML": true, "UnmarshalXML": true, "MarshalXMLAttr": true, "UnmarshalXMLAttr": true, "MarshalJSONTo": true, "UnmarshalJSONFrom": true, "AppendText": true, "IsZero": true, "Scan": true,
}

// harm returns why a value must not become an interface, or "".
func (e *emitter) harm(t types.Type, p purpose, seen map[types.Type]bool, hidden bool) (why, hint string) {
	t = types.Unalias(t)
	if seen[t] {
		return "", ""
	}
	seen[t] = true
	if n, ok := t.(*types.Named); ok {
		if !e.own(n) {
			if hidden && p == purposePrint {
				if _, ok := n.Underlying().(*types.Basic); !ok || n.NumMethods() > 0 {
					return "it has a field without a capital letter that holds " + types.TypeString(n, shortNames), "print the fields one by one"
				}
			}
			return "", ""
		}
		ms := types.NewMethodSet(types.NewPointer(n))
		for m := range ms.Methods() {
			if name := m.Obj().Name(); telling[name] {
				return fmt.Sprintf("%s has the method %s", n.Obj().Name(), name), "call the method yourself and pass its result"
			}
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if p == purposePrint && len(seen) > 1 {
			return "", "" // an address
		}
		return e.harm(u.Elem(), p, seen, hidden)
	case *types.Slice:
		return e.harm(u.Elem(), p, seen, hidden)
	case *types.Array:
		return e.harm(u.Elem(), p, seen, hidden)
	case *types.Map:
		if why, hint := e.harm(u.Key(), p, seen, hidden); why != "" {
			return why, hint
		}
		return e.harm(u.Elem(), p, seen, hidden)
	case *types.Struct:
		return e.harmStruct(u, p, seen)
	case *types.Signature, *types.Chan:
		return "it holds a function or a channel", ""
	case *types.Interface:
		if !u.Empty() && !types.Identical(t, types.Universe.Lookup("error").Type()) {
			return "it holds an interface type", ""
		}
		if hidden {
			return "it has a field without a capital letter that holds any type", ""
		}
		if p == purposeXML {
			return "it holds an interface type", "use concrete types"
		}
	}
	return "", ""
}

func (e *emitter) harmStruct(u *types.Struct, p purpose, seen map[types.Type]bool) (why, hint string) {
	for v := range u.Fields() {
		switch {
		case v.Embedded():
			return fmt.Sprintf("its struct embeds %s", v.Name()), "give the embedded struct a field name, or copy its fields"
		case !v.Exported() && p != purposePrint:
			return fmt.Sprintf("its field %q has no capital letter", v.Name()), "give the field a capital letter, or use a struct without it"
		}
		if why, hint := e.harm(v.Type(), p, seen, !v.Exported()); why != "" {
			return why, hint
		}
	}
	return "", ""
}

// conversion writes T(x).
func (f *fn) conversion(c *ast.CallExpr) string {
	to, x := f.typeOf(c), c.Args[0]
	from := f.typeOf(x)
	if f.isNil(x) {
		if types.IsInterface(to) {
			return "nil"
		}
		return "(" + f.e.typ(to, c.Pos()) + ")(nil)"
	}
	if tv := f.u.Info.Types[x]; tv.Value != nil {
		if isUntyped(from) {
			from = types.Default(from)
		}
	}
	if types.IsInterface(to) {
		if f.isError(to) || emptyInterface(to) || f.e.ownInterface(to) || !types.IsInterface(from) {
			if emptyInterface(to) && !types.IsInterface(from) {
				text := f.conv(x, to)
				if strings.HasSuffix(text, ")") && strings.Contains(text, ".Bool(") {
					return text
				}
				// The interpreter goes on with the value itself where the conversion is
				// part of something else: nil in it is nil, a list is several arguments.
				return f.e.use(box.Path) + ".Any(" + text + ")"
			}
			return f.conv(x, to)
		}
		f.refuse(c, "conversion", "this conversion to an interface", "")
		return "nil"
	}
	text, tt, ft := f.convAs(x, from), f.e.typ(to, c.Pos()), f.e.typ(from, c.Pos())
	if tt == ft {
		return text
	}
	fb, fromBasic := under(from).(*types.Basic)
	tb, toBasic := under(to).(*types.Basic)
	switch {
	case fromBasic && toBasic:
		num := types.IsInteger | types.IsFloat
		if fb.Info()&num != 0 && tb.Info()&num != 0 || fb.Kind() == tb.Kind() {
			return tt + "(" + text + ")"
		}
		if fb.Info()&types.IsInteger != 0 && tb.Info()&types.IsString != 0 {
			if fb.Kind() == types.Int32 || fb.Kind() == types.Uint8 {
				return "string(int32(" + text + "))"
			}
		}
	case fromBasic && fb.Info()&types.IsString != 0, toBasic && tb.Info()&types.IsString != 0:
		if charSlice(from) || charSlice(to) {
			if strings.HasPrefix(text, "make(") {
				text = f.hoistFixed(text) // the interpreter does not know its type yet
			}
			return "(" + tt + ")(" + text + ")"
		}
	default:
		a, b := f.e.typ(under(from), c.Pos()), f.e.typ(under(to), c.Pos())
		_, isStruct := under(from).(*types.Struct)
		switch {
		case isStruct:
			return f.otherStruct(text, from, to, c.Pos())
		case a == b:
			return "(" + tt + ")(" + text + ")"
		}
	}
	f.refuse(c, "conversion", fmt.Sprintf("the conversion from %s to %s", types.TypeString(from, shortNames), types.TypeString(to, shortNames)), "copy the fields one by one")
	return text
}

func charSlice(t types.Type) bool {
	s, ok := under(t).(*types.Slice)
	if !ok {
		return false
	}
	b, ok := under(s.Elem()).(*types.Basic)
	return ok && (b.Kind() == types.Uint8 || b.Kind() == types.Int32)
}

// otherStruct writes the conversion of a struct to another type with the same
// fields: a function that copies them.
func (f *fn) otherStruct(text string, from, to types.Type, at token.Pos) string {
	a, b := f.e.typ(from, at), f.e.typ(to, at)
	if a == b {
		return text
	}
	sa, ok1 := under(from).(*types.Struct)
	sb, ok2 := under(to).(*types.Struct)
	if !ok1 || !ok2 || sa.NumFields() != sb.NumFields() {
		f.e.refuse(at, "conversion", fmt.Sprintf("the conversion from %s to %s", types.TypeString(from, shortNames), types.TypeString(to, shortNames)), "copy the fields one by one")
		return text
	}
	name := f.e.accessor("struct "+a+" to", b, func(name string) string {
		fields := make([]string, sa.NumFields())
		for i := range fields {
			v := sa.Field(i)
			if !v.Exported() && (v.Pkg() != f.e.unit.Types || !f.e.ownStruct(from) || !f.e.ownStruct(to)) {
				f.e.refuse(at, "conversion", "the conversion of a struct with fields of another package", "copy the fields one by one")
			}
			fields[i] = sb.Field(i).Name() + ": " + f.convText("v."+v.Name(), f.subst(v.Type()), f.subst(sb.Field(i).Type()), at)
		}
		return fmt.Sprintf("func %s(v %s) %s {\nreturn %s{%s}\n}\n", name, a, b, b, strings.Join(fields, ", "))
	})
	return name + "(" + text + ")"
}

// ownStruct reports whether a struct type is the project's, not the library's.
func (e *emitter) ownStruct(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return !ok || e.own(n)
}

// unfillable returns why a type with methods of its own, hidden fields or
// embedded structs cannot be filled in from JSON as Go does, or "".
func (e *emitter) unfillable(t types.Type, seen map[types.Type]bool) (why, hint string) {
	t = types.Unalias(t)
	if seen[t] {
		return "it contains itself", "read it into a map[string]any"
	}
	seen[t] = true
	defer delete(seen, t)
	if !e.mentionsOwn(t) && !types.IsInterface(t) {
		return "", ""
	}
	ms := types.NewMethodSet(types.NewPointer(t))
	switch {
	case ms.Lookup(nil, "UnmarshalJSON") != nil:
		return "", ""
	case ms.Lookup(nil, "UnmarshalText") != nil:
		return "it has the method UnmarshalText", "give it UnmarshalJSON"
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return e.unfillable(u.Elem(), seen)
	case *types.Slice:
		return e.unfillable(u.Elem(), seen)
	case *types.Array:
		return e.unfillable(u.Elem(), seen)
	case *types.Map:
		if n := receiver(u.Key()); n != nil && e.own(n) && types.NewMethodSet(types.NewPointer(n)).Lookup(nil, "UnmarshalText") != nil {
			return "its keys have the method UnmarshalText", "use keys of type string"
		}
		return e.unfillable(u.Elem(), seen)
	case *types.Interface:
		if !u.Empty() {
			return "it holds an interface type", ""
		}
	case *types.Struct:
		for i := range u.NumFields() {
			v := u.Field(i)
			if !v.Exported() && !v.Embedded() || reflect.StructTag(u.Tag(i)).Get("json") == "-" {
				continue
			}
			if v.Embedded() {
				ft := v.Type()
				if p, ok := under(ft).(*types.Pointer); ok {
					ft = p.Elem()
					if !v.Exported() {
						return "it embeds a pointer to a type without a capital letter", "embed it by value"
					}
				}
				if !e.mentionsOwn(ft) {
					return fmt.Sprintf("its struct embeds %s", v.Name()), "give the field a name"
				}
			}
			if why, hint := e.unfillable(v.Type(), seen); why != "" {
				return why, hint
			}
		}
	}
	return "", ""
}
