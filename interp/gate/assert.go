package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"mortise/interp/box"
)

// operandType returns the type in which two operands are compared.
func (f *fn) operandType(x *ast.BinaryExpr) types.Type {
	l, r := f.typeOf(x.X), f.typeOf(x.Y)
	if isUntyped(l) && !isUntyped(r) {
		return r
	}
	if isUntyped(l) && isUntyped(r) {
		return types.Default(l)
	}
	return l
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

func (f *fn) equality(x *ast.BinaryExpr) string {
	op := " " + x.Op.String() + " "
	switch {
	case f.isRecover(x.X) && f.isNil(x.Y):
		return "(" + f.recoverText() + op + "nil)"
	case f.isNil(x.X):
		return "(" + f.x(x.Y) + op + "nil)"
	case f.isNil(x.Y):
		return "(" + f.x(x.X) + op + "nil)"
	}
	l, r := f.typeOf(x.X), f.typeOf(x.Y)
	li, ri := types.IsInterface(l), types.IsInterface(r)
	switch {
	case li && ri && f.isError(l) && f.isError(r):
		return "(" + f.x(x.X) + op + f.x(x.Y) + ")"
	case li || ri:
		left, right := f.two(x, func() string { return f.asAny(x.X) }, func() string { return f.asAny(x.Y) })
		text := f.e.use(box.Path) + ".Equal(" + left + ", " + right + ")"
		if x.Op == token.NEQ {
			return "(!" + text + ")"
		}
		return text
	}
	t := f.operandType(x)
	left, right := f.two(x, func() string { return f.convAs(x.X, t) }, func() string { return f.convAs(x.Y, t) })
	if strings.Contains(left+right, "{") {
		// The interpreter takes the parts of a literal for the comparison's result.
		text := f.e.use(box.Path) + ".Equal(" + left + ", " + right + ")"
		if x.Op == token.NEQ {
			return "(!" + text + ")"
		}
		return text
	}
	return "(" + left + op + right + ")"
}

// asAny writes an expression as a value of any type.
func (f *fn) asAny(x ast.Expr) string {
	t := f.typeOf(x)
	if types.IsInterface(t) {
		return f.x(x)
	}
	text := f.convAs(x, types.NewInterfaceType(nil, nil))
	return text
}

func (f *fn) isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// assertion writes x.(T), with one result or with two.
func (f *fn) assertion(x *ast.TypeAssertExpr, t types.Type, two bool) string {
	f.checkAsserted(x.X)
	text, from := f.x(x.X), f.e.printedName(f.typeOf(x.X))
	switch {
	case f.e.ownInterface(t):
		return f.e.ifaceAsserter(t, from, two) + "(" + text + ")"
	case types.IsInterface(t):
		return f.libraryAssertion(x, t, text, from, two)
	case f.e.mentionsOwn(t):
		return f.e.asserter(t, from, two, x.Pos()) + "(" + text + ")"
	}
	if two {
		tt := f.e.typ(t, x.Pos())
		name := f.e.accessor("is "+from, tt, func(name string) string {
			return fmt.Sprintf("func %s(x interface{}) (%s, bool) {\nvar v %s\nif x == nil { return v, false }\nif w, ok := x.(%s); ok { return w, true }\nreturn v, false\n}\n", name, tt, tt, tt)
		})
		return name + "(" + text + ")"
	}
	if b, ok := under(t).(*types.Basic); f.exact || ok && b.Kind() == types.Bool {
		tt := f.e.typ(t, x.Pos())
		name := f.e.accessor("must "+from, tt, func(name string) string {
			return fmt.Sprintf("func %s(x interface{}) %s {\nv, ok := x.(%s)\nif !ok { %s.Fail(x, %q, %q) }\nreturn v\n}\n", name, tt, tt, f.e.use(box.Path), from, f.e.printedName(t))
		})
		return name + "(" + text + ")"
	}
	return text + ".(" + f.e.typ(t, x.Pos()) + ")"
}

// libraryAssertion writes an assertion to an interface type of the library: a box
// has methods that the value in it may not have.
func (f *fn) libraryAssertion(x ast.Node, t types.Type, text, from string, two bool) string {
	p := f.e.use(box.Path)
	name := ""
	switch {
	case f.isError(t):
		name = "Error"
	case types.TypeString(t, nil) == "fmt.Stringer":
		name = "Stringer"
	default:
		f.refuse(x, "assert.interface", "a type assertion to "+types.TypeString(t, shortNames), "use a type switch over the types that it may have")
		return "nil"
	}
	if two {
		return p + ".To" + name + "(" + text + ")"
	}
	return p + ".Must" + name + "(" + text + ", " + strconv.Quote(from) + ")"
}

// checkAsserted refuses assertions on interfaces that hold what boxes do not
// know.
func (f *fn) checkAsserted(x ast.Expr) {
	t := f.typeOf(x)
	if i, ok := under(t).(*types.Interface); ok && (i.Empty() || f.isError(t) || f.e.ownInterface(t)) {
		return
	}
	f.refuse(x, "assert", fmt.Sprintf("a type assertion on %s", t), "")
}

// ifaceAsserter returns the function for x.(T) with T an interface type of the
// project.
func (e *emitter) ifaceAsserter(t types.Type, from string, two bool) string {
	list := e.methodList(t)
	key := fmt.Sprintf("%s %s %s %t", list, from, e.printedName(t), two)
	if name, ok := e.asserters[key]; ok {
		return name
	}
	name := fmt.Sprintf("mortise_as%d", len(e.asserters)+1)
	e.asserters[key] = name
	p := e.use(box.Path)
	if two {
		fmt.Fprintf(&e.decls, "func %s(x interface{}) (interface{}, bool) {\nif %s.Implements(x, %s) { return x, true }\nreturn nil, false\n}\n", name, p, list)
	} else {
		fmt.Fprintf(&e.decls, "func %s(x interface{}) interface{} {\nreturn %s.MustImplement(x, %s, %s)\n}\n", name, p, list, strconv.Quote(e.printedName(t)))
	}
	return name
}

// holds writes the test whether an interface in a variable, not nil, holds a
// type of the project or an interface type; false where it is of the library.
func (f *fn) holds(val string, n ast.Node, t types.Type) (string, bool) {
	p := f.e.use(box.Path)
	switch {
	case f.e.ownInterface(t):
		return p + ".Implements(" + val + ", " + f.e.methodList(t) + ")", true
	case f.isError(t):
		return p + ".HasError(" + val + ")", true
	case emptyInterface(t):
		return "(" + val + " != nil)", true
	case types.TypeString(t, nil) == "fmt.Stringer":
		return p + ".HasString(" + val + ")", true
	case types.IsInterface(t):
		f.refuse(n, "assert.interface", "a case of "+types.TypeString(t, shortNames), "name the types that it may have")
		return "false", true
	case f.e.mentionsOwn(t):
		return p + ".Is(" + val + ", " + f.e.ownTypeOf(t, n.Pos()).def() + ")", true
	}
	return "", false
}

// held writes the value of a type that holds has found in an interface.
func (f *fn) held(val string, n ast.Node, t types.Type, from string) string {
	switch {
	case f.isError(t) || types.TypeString(t, nil) == "fmt.Stringer":
		return f.libraryAssertion(n, t, val, from, false)
	case types.IsInterface(t):
		return val
	case f.e.mentionsOwn(t):
		return f.e.loader(t, n.Pos()) + "(" + val + ")"
	}
	return val + ".(" + f.e.typ(t, n.Pos()) + ")"
}

func shortNames(p *types.Package) string { return p.Name() }
