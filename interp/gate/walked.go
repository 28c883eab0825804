package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"mortise/interp/box"
)

// xmlArg writes a value that encoding/xml encodes or fills in. It takes the name
// of the outermost element from the name of the type, which the interpreter does
// not keep, unless the type says it in its field XMLName.
func (f *fn) xmlArg(text string, t types.Type, a ast.Expr, encoded bool) string {
	if !f.e.mentionsOwn(t) {
		return text
	}
	if why, hint := f.e.harm(t, purposeXML, map[types.Type]bool{}, false); why != "" {
		f.refuse(a, "any", fmt.Sprintf("%s as XML: %s", types.TypeString(t, shortNames), why), hint)
		return text
	}
	if encoded && !namesItself(t) {
		f.refuse(a, "any", fmt.Sprintf("%s as XML: it has no field XMLName", types.TypeString(t, shortNames)),
			"give it a field XMLName xml.Name `xml:\"…\"`")
	}
	return text
}

// namesItself reports whether a struct type has a field XMLName that says how its
// element is called.
func namesItself(t types.Type) bool {
	s, ok := structOf(t)
	if !ok {
		return false
	}
	for i := range s.NumFields() {
		if s.Field(i).Name() == "XMLName" && strings.Contains(s.Tag(i), "xml:") {
			return true
		}
	}
	return false
}

// templateArg writes the data of a template. Templates see the fields of a
// struct, but not the methods that it has in the source.
func (f *fn) templateArg(text string, t types.Type, a ast.Expr) string {
	if !f.e.mentionsOwn(t) {
		return f.e.templated(text, a.Pos())
	}
	if why, hint := f.e.unseen(t, map[types.Type]bool{}); why != "" {
		f.refuse(a, "any", fmt.Sprintf("%s in a template: %s", types.TypeString(t, shortNames), why), hint)
		return text
	}
	if f.e.holdsAny(t, map[types.Type]bool{}) {
		f.refuse(a, "any", fmt.Sprintf("%s in a template: it holds values of any type", types.TypeString(t, shortNames)), "use concrete types, or a map[string]any alone")
	}
	return text
}

// templated writes data of a template in which values of the project's types may
// stand as values of any type: they are taken out of their boxes.
func (e *emitter) templated(text string, at token.Pos) string {
	if e.walked == token.NoPos {
		e.walked = at
	}
	return e.use(box.Path) + ".Plain(" + text + ")"
}

// checkWalked refuses templates over values of any type where those may be of
// types that a template would see more of than their fields.
func (e *emitter) checkWalked() {
	if e.walked == token.NoPos {
		return
	}
	for _, b := range e.boxed {
		if slices.Contains(methodShapes(b.t), "Error() string") {
			continue // is printed as a whole, by the box
		}
		why, hint := e.unseen(b.t, map[types.Type]bool{})
		if why == "" && e.holdsAny(b.t, map[types.Type]bool{}) {
			why = "it holds values of any type"
		}
		if why != "" {
			e.refuse(e.walked, "any", fmt.Sprintf("a template over values of any type, which may be %s: %s", types.TypeString(b.t, shortNames), why), hint)
			return
		}
	}
}

// unseen returns why a template would see another thing than the value, or "".
func (e *emitter) unseen(t types.Type, seen map[types.Type]bool) (why, hint string) {
	t = types.Unalias(t)
	if seen[t] {
		return "", ""
	}
	seen[t] = true
	if n, ok := t.(*types.Named); ok {
		if !e.own(n) {
			return "", ""
		}
		for m := range types.NewMethodSet(types.NewPointer(n)).Methods() {
			if m.Obj().Exported() {
				return fmt.Sprintf("%s has the method %s", n.Obj().Name(), m.Obj().Name()), "put what the template shows into a struct without methods, or into a map"
			}
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return e.unseen(u.Elem(), seen)
	case *types.Slice:
		return e.unseen(u.Elem(), seen)
	case *types.Array:
		return e.unseen(u.Elem(), seen)
	case *types.Map:
		if why, hint := e.unseen(u.Key(), seen); why != "" {
			return why, hint
		}
		return e.unseen(u.Elem(), seen)
	case *types.Signature, *types.Chan:
		return "it holds a function or a channel", "leave it out"
	case *types.Struct:
		for v := range u.Fields() {
			if v.Embedded() || !v.Exported() {
				return fmt.Sprintf("its field %s is embedded or has no capital letter", v.Name()), "give it a name with a capital letter"
			}
			if why, hint := e.unseen(v.Type(), seen); why != "" {
				return why, hint
			}
		}
	}
	return "", ""
}

// holdsAny reports whether values of a type hold interfaces in their parts.
func (e *emitter) holdsAny(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if seen[t] {
		return false
	}
	seen[t] = true
	if n, ok := t.(*types.Named); ok && !e.own(n) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Pointer:
		return e.holdsAny(u.Elem(), seen)
	case *types.Slice:
		return e.holdsAny(u.Elem(), seen)
	case *types.Array:
		return e.holdsAny(u.Elem(), seen)
	case *types.Map:
		return e.holdsAny(u.Key(), seen) || e.holdsAny(u.Elem(), seen)
	case *types.Struct:
		for v := range u.Fields() {
			if e.holdsAny(v.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// templateFunc writes a function for a template: one that the interpreter has
// made a real one of.
func (f *fn) templateFunc(x ast.Expr) string {
	t := f.typeOf(x)
	sig, _ := under(t).(*types.Signature)
	for _, tuple := range [...]*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			if f.e.mentionsOwn(v.Type()) || types.IsInterface(v.Type()) && !f.isError(v.Type()) || f.e.holdsAny(v.Type(), map[types.Type]bool{}) && !f.isError(v.Type()) {
				f.refuse(x, "any", "a function of a template with "+types.TypeString(v.Type(), shortNames), "use texts and numbers")
				return "nil"
			}
		}
	}
	return f.e.use(box.Path) + ".Func(" + f.hoistFixed(f.x(x)) + ")"
}

// explained writes a call that reads JSON into a value of a type of the project
// so that its error names that type.
func (f *fn) explained(c *ast.CallExpr, callee *types.Func, text string) string {
	if callee == nil || len(c.Args) == 0 {
		return text
	}
	switch callee.FullName() {
	case "encoding/json.Unmarshal", "(*encoding/json.Decoder).Decode":
	default:
		return text
	}
	target := c.Args[len(c.Args)-1]
	p, ok := under(f.typeOf(target)).(*types.Pointer)
	if !ok || !f.e.mentionsOwn(p.Elem()) {
		return text
	}
	if why, _ := f.e.strange(types.Unalias(p.Elem())); why != "" {
		return text
	}
	return f.e.use(box.Path) + ".Explain(" + f.e.ownTypeOf(p.Elem(), target.Pos()).def() + ", " + text + ")"
}
