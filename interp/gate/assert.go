package gate

import (
	"fmt"
	"go/ast"
	"go/types"
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
		return "(recover()" + op + "nil)"
	case f.isNil(x.X):
		return "(" + f.x(x.Y) + op + "nil)"
	case f.isNil(x.Y):
		return "(" + f.x(x.X) + op + "nil)"
	}
	l, r := f.typeOf(x.X), f.typeOf(x.Y)
	li, ri := types.IsInterface(l), types.IsInterface(r)
	switch {
	case li && ri:
		if !f.isError(l) || !f.isError(r) {
			f.refuse(x, "compare", "comparing two values of an interface type", "compare them with their own type")
		}
		return "(" + f.x(x.X) + op + f.x(x.Y) + ")"
	case li || ri:
		f.refuse(x, "compare", "comparing a value of an interface type with one of another type", "take its own type first: v, ok := x.(string)")
		return "false"
	}
	t := f.operandType(x)
	f.checkComparable(x, t)
	return "(" + f.convAs(x.X, t) + op + f.convAs(x.Y, t) + ")"
}

// checkComparable refuses comparisons of values that may hold an interface.
func (f *fn) checkComparable(n ast.Node, t types.Type) {
	if types.IsInterface(t) || hasInterface(t, 0) {
		f.refuse(n, "compare", "comparing values of an interface type", "compare them with their own type")
	}
}

func (f *fn) isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// assertion writes x.(T).
func (f *fn) assertion(x *ast.TypeAssertExpr, t types.Type) string {
	f.checkAsserted(x.X)
	f.checkAssertTo(x, t)
	return f.x(x.X) + ".(" + f.e.typ(t, x.Pos()) + ")"
}

// checkAsserted refuses assertions on interfaces that the interpreter does not
// keep the types of.
func (f *fn) checkAsserted(x ast.Expr) {
	t := f.typeOf(x)
	if i, ok := under(t).(*types.Interface); ok && (i.Empty() || f.isError(t)) {
		return
	}
	f.refuse(x, "assert", fmt.Sprintf("a type assertion on %s", t), "")
}

// checkAssertTo refuses assertions to types that have lost their identity.
func (f *fn) checkAssertTo(n ast.Node, t types.Type) {
	if types.IsInterface(t) {
		if _, sw := n.(*ast.TypeAssertExpr); !sw && f.isError(t) {
			return // a case of a type switch, which tests for nil first
		}
		f.refuse(n, "assert.interface", "a type assertion to an interface", "use a type switch with case error, or errors.As")
		return
	}
	if f.e.mentionsOwn(t) {
		f.refuse(n, "assert.own", fmt.Sprintf("a type assertion to %s, a type of your own", types.TypeString(t, shortNames)), "keep the value in a variable of its own type")
		return
	}
	if _, ok := under(t).(*types.Signature); ok {
		f.refuse(n, "assert.func", "a type assertion to a function type", "")
		return
	}
	key := types.TypeString(t, nil)
	if _, ok := f.e.asserts[key]; !ok {
		f.e.asserts[key] = n.Pos()
	}
}

func shortNames(p *types.Package) string { return p.Name() }
