package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"mortise/interp/box"
)

// protect opens a function: it decides whether what it defers needs box.Defers.
// That is so where a deferred call may panic while others are still to come,
// where a loop defers, and where the address of a result is taken.
func (f *fn) protect(b *ast.BlockStmt, sig *types.Signature) {
	p := protection{}
	pointed := false
	for v := range sig.Results().Variables() {
		pointed = pointed || f.fact(v).addr
	}
	if pointed || f.needsProtection(b) {
		p.defers = f.fresh("_d")
	}
	f.protected = append(f.protected, p)
}

// shield returns the protection of the innermost open function.
func (f *fn) shield() *protection { return &f.protected[len(f.protected)-1] }

func (f *fn) needsProtection(b *ast.BlockStmt) bool {
	count, risky, loop := 0, false, false
	var visit func(n ast.Node, inLoop bool)
	visit = func(n ast.Node, inLoop bool) {
		ast.Inspect(n, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ForStmt:
				visit(m.Body, true)
				return false
			case *ast.RangeStmt:
				visit(m.Body, true)
				return false
			case *ast.DeferStmt:
				loop = loop || inLoop || f.recoversAgain(m.Call)
				risky = risky || count > 0 && !f.harmlessCall(m.Call)
				count++
				return false
			}
			return true
		})
	}
	visit(b, false)
	return loop || risky
}

// recoversAgain reports whether a deferred literal may recover more than once: the
// interpreter gives the first value again.
func (f *fn) recoversAgain(c *ast.CallExpr) bool {
	lit, ok := ast.Unparen(c.Fun).(*ast.FuncLit)
	if !ok {
		return false
	}
	count := 0
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			ast.Inspect(n, func(m ast.Node) bool {
				if x, ok := m.(ast.Expr); ok && isRecoverCall(f.u, x) {
					count += 2
				}
				return true
			})
			return false
		case ast.Expr:
			if isRecoverCall(f.u, n) {
				count++
			}
		}
		return true
	})
	return count > 1
}

// harmlessCall reports whether a deferred call does not panic: a method of the
// library without arguments, such as Unlock and Done.
func (f *fn) harmlessCall(c *ast.CallExpr) bool {
	if obj := f.libraryCallee(ast.Unparen(c.Fun)); obj != nil {
		return obj.Signature().Recv() != nil && len(c.Args) == 0
	}
	t := f.u.Info.TypeOf(c.Fun)
	return t != nil && types.TypeString(t, nil) == "context.CancelFunc"
}

// shieldResults declares the variables of a protected function's results and
// writes the results of its head.
func (f *fn) shieldResults(sig *types.Signature, at token.Pos) string {
	s := f.shield()
	rs := make([]string, sig.Results().Len())
	for i := range rs {
		v := sig.Results().At(i)
		t := f.subst(v.Type())
		rs[i] = f.e.typ(t, at)
		name := ""
		if v.Name() != "" && v.Name() != "_" {
			p := f.fact(v)
			p.result, p.addr = false, true // it lives behind the pointer
			name = f.declare(v)
		} else {
			name = f.fresh("_r")
		}
		s.results, s.types = append(s.results, name), append(s.types, t)
		f.pre = append(f.pre, fmt.Sprintf("%s := new(%s)", name, rs[i]))
	}
	f.results = append(f.results, nil)
	return " (" + strings.Join(rs, ", ") + ")"
}

// shieldReturn writes return in a protected function.
func (f *fn) shieldReturn(s *ast.ReturnStmt) {
	p := f.shield()
	switch {
	case len(s.Results) == 0:
	case len(s.Results) == 1 && len(p.results) > 1:
		from := f.tupleTypes(s.Results[0], len(p.results))
		if from == nil {
			f.refuse(s, "return", "this return", "")
			return
		}
		text := f.x(s.Results[0])
		names := make([]string, len(from))
		for i := range names {
			names[i] = f.fresh("_t")
		}
		f.w(s.Pos(), "%s := %s", strings.Join(names, ", "), text)
		for i, name := range names {
			f.w(s.Pos(), "*%s = %s", p.results[i], f.convText(name, from[i], p.types[i], s.Pos()))
		}
	default:
		vals := make([]string, len(s.Results))
		for i, r := range s.Results {
			vals[i] = f.conv(r, p.types[i])
			if vals[i] != "nil" && !constantText(vals[i]) {
				name := f.fresh("_t")
				f.pre = append(f.pre, fmt.Sprintf("var %s %s = %s", name, f.e.typ(p.types[i], r.Pos()), vals[i]))
				vals[i] = name
			}
		}
		for i, v := range vals {
			f.w(s.Pos(), "*%s = %s", p.results[i], v)
		}
	}
	f.w(s.Pos(), "return")
}

// shieldDefer writes defer in a protected function.
func (f *fn) shieldDefer(s *ast.DeferStmt) {
	if id, ok := ast.Unparen(s.Call.Fun).(*ast.Ident); ok {
		if b, ok := f.u.Info.Uses[id].(*types.Builtin); ok && b.Name() != "close" && b.Name() != "delete" {
			f.refuse(s, "defer", "defer of "+b.Name(), "put it into a function literal")
			return
		}
	}
	p := f.e.use(box.Path)
	if lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok && len(s.Call.Args) == 0 {
		outer := f.recoverAt
		f.recoverAt, f.direct = len(f.loops)+1, false
		text := f.literal(lit)
		if sig, ok := f.typeOf(lit).Underlying().(*types.Signature); ok && sig.Results().Len() > 0 {
			f.refuse(s, "defer", "defer of a function literal with results", "leave the results out")
		}
		f.recoverAt = outer
		f.w(s.Pos(), "%s.Defer(%s, %s)", p, f.shield().defers, f.hoistFixed(text))
		return
	}
	text := "func() func() { return func() { " + f.frozenCall(s.Call) + " } }()"
	f.w(s.Pos(), "%s.Defer(%s, %s)", p, f.shield().defers, f.hoistFixed(text))
}

// recovered writes recover() where it stands directly in a deferred literal.
func (f *fn) recovered() string {
	p := f.e.use(box.Path)
	if n := len(f.protected); n > 1 && f.protected[n-2].defers != "" {
		return p + ".Recover(" + f.protected[n-2].defers + ")"
	}
	return p + ".Recovered(recover())"
}

// recoverText writes recover() where its value does not matter.
func (f *fn) recoverText() string {
	if n := len(f.protected); n > 1 && f.protected[n-2].defers != "" {
		return f.recovered()
	}
	return "recover()"
}
