package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// conv writes an expression as a value of type t, to which Go lets it be
// assigned.
func (f *fn) conv(x ast.Expr, t types.Type) string { return f.convAs(x, f.subst(t)) }

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
			return text
		}
		return f.toInterface(text, from, to, at, purposeStore)
	}
	f.sameShape(from, to, at)
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
	purposeStore  purpose = iota // anything may happen to it
	purposeJSON                  // it is written or read as JSON
	purposePrint                 // it is printed with %v
	purposeSort                  // its elements are swapped
	purposeTarget                // what it points to is filled in
)

// toInterface writes the conversion of a value to an interface type.
func (f *fn) toInterface(text string, from, to types.Type, at token.Pos, p purpose) string {
	switch {
	case f.isError(to) || !emptyInterface(to):
		if f.e.mentionsOwn(from) {
			what := fmt.Sprintf("%s as %s", types.TypeString(from, shortNames), types.TypeString(to, shortNames))
			hint := ""
			if f.isError(to) {
				hint = "use errors.New, fmt.Errorf or service.Errorf, and errors.Is with a variable"
			}
			f.e.refuse(at, "interface.own", what, hint)
			return "nil"
		}
		if n := receiver(to); n != nil && n.Obj().Pkg() != nil {
			f.e.libraryInterface(to, at)
		}
		return text
	case p == purposeSort:
		return text
	}
	f.e.harmless(from, p, at)
	if b, ok := under(from).(*types.Basic); ok && f.e.mentionsOwn(from) {
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
	"MarshalJSONTo": true, "UnmarshalJSONFrom": true, "AppendText": true, "IsZero": true, "Scan": true,
}

// harmless refuses values whose type the interpreter has lost where that could
// be seen.
func (e *emitter) harmless(t types.Type, p purpose, at token.Pos) {
	if !e.mentionsOwn(t) {
		return
	}
	if why, hint := e.harm(t, p, map[types.Type]bool{}, false); why != "" {
		e.refuse(at, "any", fmt.Sprintf("%s as a value of any type: %s", types.TypeString(t, shortNames), why), hint)
		return
	}
	if p != purposeStore {
		return
	}
	key := types.TypeString(e.erasedDeep(t), nil)
	if _, ok := e.enters[key]; !ok {
		e.enters[key] = at
	}
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

// erasedDeep returns a type with the named types of the project that are not
// structs replaced by what they stand for.
func (e *emitter) erasedDeep(t types.Type) types.Type {
	t = e.erased(t)
	switch u := t.(type) {
	case *types.Pointer:
		return types.NewPointer(e.erasedDeep(u.Elem()))
	case *types.Slice:
		return types.NewSlice(e.erasedDeep(u.Elem()))
	case *types.Array:
		return types.NewArray(e.erasedDeep(u.Elem()), u.Len())
	case *types.Map:
		return types.NewMap(e.erasedDeep(u.Key()), e.erasedDeep(u.Elem()))
	}
	return t
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
		if f.isError(to) || emptyInterface(to) {
			if emptyInterface(to) && !types.IsInterface(from) {
				return "interface{}(" + f.conv(x, to) + ")"
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
			return "(" + tt + ")(" + text + ")"
		}
	default:
		a, b := f.e.typ(under(from), c.Pos()), f.e.typ(under(to), c.Pos())
		if _, isStruct := under(from).(*types.Struct); a == b && !isStruct {
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
