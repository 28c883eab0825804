package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// selectStmt writes a select that only finds out which case it is, and what was
// received, and a switch with the bodies behind it. The interpreter does not
// leave a select by break, nor a loop from inside one, takes only new variables in
// its cases, and loses its way in loops that go through one; so the select stands
// in a function of its own.
func (f *fn) selectStmt(s *ast.SelectStmt, label string) {
	f.w(s.Pos(), "{")
	which := f.fresh("_n")
	x := &splitting{which: which}
	var heads strings.Builder
	places := make([]func(), len(s.Body.List))
	for i, c := range s.Body.List {
		if clause, ok := c.(*ast.CommClause); ok {
			var head string
			head, places[i] = f.splitHead(clause, x)
			fmt.Fprintf(&heads, "%s\nreturn %d@\n", head, i)
		}
	}
	all := strings.Join(append([]string{""}, x.kept...), ", ")
	f.w(s.Pos(), "%s%s := func() (int%s) {\n%sselect {\n%s}\npanic(\"unreachable\")\n}()", which, all,
		strings.Join(append([]string{""}, x.types...), ", "), x.decls.String(), strings.ReplaceAll(heads.String(), "@", all))
	if len(x.kept) > 0 {
		f.w(s.Pos(), "%s = %s", strings.TrimPrefix(strings.Repeat(", _", len(x.kept)), ", "), strings.Join(x.kept, ", "))
	}
	f.push(token.SWITCH, label)
	f.w(s.Pos(), "switch {")
	for i, c := range s.Body.List {
		clause, ok := c.(*ast.CommClause)
		if !ok {
			continue
		}
		f.w(clause.Pos(), "case %s == %d:", which, i)
		if places[i] != nil {
			places[i]()
		}
		f.stmts(clause.Body)
	}
	f.pop()
	f.out.WriteString("}\n}\n")
}

// splitting is what the function of a select returns.
type splitting struct {
	which       string
	kept, types []string        // variables with what was received, and their types
	decls       strings.Builder // their declarations
}

// splitHead writes one case, and returns what the case's body begins with: the
// assignment of what was received.
func (f *fn) splitHead(c *ast.CommClause, x *splitting) (head string, first func()) {
	s, ok := c.Comm.(*ast.AssignStmt)
	if !ok {
		return f.commHead(c), nil
	}
	u, ok := ast.Unparen(s.Rhs[0]).(*ast.UnaryExpr)
	ch, ok2 := (*types.Chan)(nil), false
	if ok {
		ch, ok2 = under(f.typeOf(u.X)).(*types.Chan)
	}
	if !ok || !ok2 {
		f.refuse(c, "select", "this case of select", "")
		return "default:", nil
	}
	on := f.hoistFixed(f.x(u.X))
	types := []types.Type{ch.Elem(), types.Typ[types.Bool]}
	kept, got := make([]string, len(s.Lhs)), make([]string, len(s.Lhs))
	var keep strings.Builder
	for i := range s.Lhs {
		kept[i], got[i] = f.fresh("_k"), f.fresh("_v")
		t := f.e.typ(types[i], s.Pos())
		x.kept, x.types = append(x.kept, kept[i]), append(x.types, t)
		fmt.Fprintf(&x.decls, "var %s %s\n", kept[i], t)
		fmt.Fprintf(&keep, "\n%s = %s", kept[i], got[i])
	}
	head = "case " + strings.Join(got, ", ") + " := <-" + on + ":" + keep.String()
	return head, func() {
		for i, l := range s.Lhs {
			if id, ok := ast.Unparen(l).(*ast.Ident); ok {
				if id.Name == "_" {
					continue
				}
				if v, ok := f.u.Info.Defs[id].(interface{ Pos() token.Pos }); ok && v != nil {
					f.store(id, kept[i])
					continue
				}
				f.store(id, f.convText(kept[i], types[i], f.varType(id), l.Pos()))
				continue
			}
			f.w(l.Pos(), "%s = %s", f.place(l), f.convText(kept[i], types[i], f.typeOf(l), l.Pos()))
		}
	}
}
