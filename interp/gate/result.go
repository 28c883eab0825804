package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// returned writes the values of a return, one for each result. The interpreter
// writes some of them straight to where the results are, while others are still
// to be evaluated and whatever the type there is; such ones become variables.
func (f *fn) returned(s *ast.ReturnStmt, sig *types.Signature) []string {
	several, named := len(s.Results) > 1, len(f.results[len(f.results)-1]) > 0
	// Go calls from left to right first, and reads variables and fields afterwards.
	early := several && slices.ContainsFunc(s.Results[1:], func(x ast.Expr) bool { return !f.quiet(x) })
	functions := false
	for v := range sig.Results().Variables() {
		functions = functions || isFunc(f.subst(v.Type()))
	}
	vals, done := make([]string, len(s.Results)), make([]bool, len(s.Results))
	for i, r := range s.Results {
		t := f.subst(sig.Results().At(i).Type())
		vals[i] = f.conv(r, t)
		if early && f.acts(r) {
			vals[i], done[i] = f.variable(vals[i], t, r.Pos()), true
		}
	}
	for i, r := range s.Results {
		t := f.subst(sig.Results().At(i).Type())
		switch {
		case done[i]:
		case functions && (isFunc(t) || !variableText(vals[i])), several && made(vals[i]):
			vals[i] = f.variable(vals[i], t, r.Pos())
		case named:
			vals[i] = f.settled(r, vals[i], t, several)
		}
	}
	return vals
}

// quiet reports whether an expression is a constant or a variable alone.
func (f *fn) quiet(x ast.Expr) bool {
	x = ast.Unparen(x)
	_, isID := x.(*ast.Ident)
	return isID || f.isNil(x) || f.u.Info.Types[x].Value != nil
}

// acts reports whether an expression calls a function, appends, copies or
// receives: what Go does in the order in which it is written.
func (f *fn) acts(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.CallExpr:
			found = found || !f.isConversion(n) && !f.reads(n)
		}
		return !found
	})
	return found
}

// reads reports whether a call is one of a builtin function that only reads or
// makes something.
func (f *fn) reads(c *ast.CallExpr) bool {
	id, ok := ast.Unparen(c.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := f.u.Info.Uses[id].(*types.Builtin)
	return ok && slices.Contains([]string{"len", "cap", "make", "new"}, b.Name())
}

// variable puts a value that is returned into a variable. Where one that is
// returned is a function, the interpreter returns a declared function from a literal
// as its own description of it, and takes the type of what else stands behind
// return, such as a field, for one with type parameters.
func (f *fn) variable(text string, t types.Type, at token.Pos) string {
	if text == "nil" || constantText(text) {
		return text
	}
	name := f.fresh("_t")
	f.pre = append(f.pre, fmt.Sprintf("var %s %s = %s", name, f.e.typ(f.subst(t), at), text))
	return name
}

// variableText reports whether what is written is a local variable alone, which Go
// reads after the calls beside it.
func variableText(text string) bool {
	inner, ok := strings.CutPrefix(text, "(*")
	return simple(text) || ok && simple(strings.TrimSuffix(inner, ")"))
}

func isFunc(t types.Type) bool {
	_, ok := under(t).(*types.Signature)
	return ok
}

// settled puts a value that is returned into a variable first, where results
// have names: the interpreter fills them in one by one, and a call straight away.
func (f *fn) settled(x ast.Expr, text string, t types.Type, several bool) string {
	switch {
	case text == "nil" || constantText(text):
		return text
	case several:
		return f.variable(text, t, x.Pos())
	}
	return f.apartFrom(x, text)
}

// made reports whether an expression is a call of a builtin function, whose result
// the interpreter writes to the first of several that are returned, or makes
// something by itself.
func made(text string) bool {
	for _, p := range [...]string{"append(", "new(", "make(", "&", "copy(", "len(", "cap("} {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
