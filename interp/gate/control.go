package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (f *fn) push(kind token.Token, label string) {
	f.targets = append(f.targets, target{kind: kind, label: label})
	if kind == token.FOR {
		f.loops[len(f.loops)-1]++
	}
}

func (f *fn) pop() {
	t := f.targets[len(f.targets)-1]
	f.targets = f.targets[:len(f.targets)-1]
	if t.kind == token.FOR {
		f.loops[len(f.loops)-1]--
	}
}

// loopHead writes the label and the head of a loop, and notes its place.
func (f *fn) loopHead(at token.Pos, label, format string, args ...any) {
	f.flush()
	if label != "" {
		f.out.WriteString(label + ":\n")
	}
	f.w(at, format, args...)
	if n := f.e.note(f.u, at, f.name); n != "" {
		f.out.WriteString(n + "\n")
	}
}

func (f *fn) forStmt(s *ast.ForStmt, label string) {
	vars := f.loopVars(s)
	own := false
	for _, v := range vars {
		p := f.fact(v)
		if p.addr || p.captured {
			own = true
			if p.inBody || p.addr {
				f.refuse(s, "loop.variable", fmt.Sprintf("changing the loop variable %q, or taking its address, while a function literal shares it", v.Name()),
					"copy it into a variable of the loop's body")
				return
			}
		}
	}
	if s.Init != nil {
		f.w(s.Pos(), "{")
		f.unboxed(vars, func() { f.stmt(s.Init, "") })
	}
	cond, post := "", ""
	if s.Cond != nil {
		cond = f.x(s.Cond)
		f.noPre(s.Cond.Pos(), "a loop's condition")
	}
	postFirst := ""
	if s.Post != nil {
		post = f.post(s.Post)
		if strings.Contains(post, "\n") {
			postFirst, post = f.fresh("_first"), strings.TrimSpace(post)
		}
	}
	switch {
	case postFirst != "":
		// What a loop does after each turn takes several statements: they stand
		// at the start of the next turn.
		f.w(s.Pos(), "%s := true", postFirst)
		f.loopHead(s.Pos(), label, "for {")
		f.out.WriteString("if !" + postFirst + " {\n" + post + "\n}\n" + postFirst + " = false\n")
		if cond != "" {
			f.out.WriteString("if !" + cond + " { break }\n")
		}
	case post == "" && cond == "":
		f.loopHead(s.Pos(), label, "for {")
	case post == "":
		f.loopHead(s.Pos(), label, "for %s {", cond)
	default:
		f.loopHead(s.Pos(), label, "for ; %s; %s {", cond, post)
	}
	f.push(token.FOR, label)
	if own {
		f.copyVars(vars)
	}
	f.stmts(s.Body.List)
	f.pop()
	f.out.WriteString("}\n")
	if s.Init != nil {
		f.out.WriteString("}\n")
	}
}

func (f *fn) loopVars(s *ast.ForStmt) []*types.Var {
	var vars []*types.Var
	as, ok := s.Init.(*ast.AssignStmt)
	if !ok || as.Tok != token.DEFINE {
		return nil
	}
	for _, l := range as.Lhs {
		if id, ok := l.(*ast.Ident); ok {
			if v, ok := f.u.Info.Defs[id].(*types.Var); ok {
				vars = append(vars, v)
			}
		}
	}
	return vars
}

// unboxed writes something in which variables are not boxed, whatever closures
// do with their copies later.
func (f *fn) unboxed(vars []*types.Var, write func()) {
	saved := make([]varFacts, len(vars))
	for i, v := range vars {
		saved[i] = *f.fact(v)
		f.facts[v] = &varFacts{assigned: saved[i].assigned, owner: saved[i].owner}
	}
	write()
	for i, v := range vars {
		*f.facts[v] = saved[i]
		f.facts[v].assigned = 0 // its copies are not assigned again
	}
}

// copyVars gives each turn of a loop variables of its own.
func (f *fn) copyVars(vars []*types.Var) {
	for _, v := range vars {
		raw := f.names[v]
		if raw == "" {
			continue
		}
		name := f.declare(v)
		f.out.WriteString(name + " := " + raw + "\n")
	}
}

// post writes the statement after each turn of a loop.
func (f *fn) post(s ast.Stmt) string {
	saved := f.out
	f.out = strings.Builder{}
	f.stmt(s, "")
	text := strings.TrimSpace(f.out.String())
	f.out = saved
	if f.e.line(f.u, s.Pos()) != "" && !strings.Contains(text, "\n") {
		if _, rest, ok := strings.Cut(text, "*/"); ok && strings.HasPrefix(text, "/*line") {
			text = rest
		}
	}
	return text
}

func (f *fn) rangeStmt(s *ast.RangeStmt, label string) {
	if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok && f.rangeCall(s, call, label) {
		return
	}
	t := f.typeOf(s.X)
	u := under(t)
	if b, ok := u.(*types.Basic); ok {
		switch {
		case b.Info()&types.IsInteger != 0:
			f.rangeInt(s, t, label)
			return
		case b.Info()&types.IsString != 0:
			f.rangeString(s, label)
			return
		}
	}
	switch u := u.(type) {
	case *types.Slice:
		f.rangeOver(s, label, f.x(s.X), types.Typ[types.Int], u.Elem())
	case *types.Array:
		f.rangeOver(s, label, f.x(s.X), types.Typ[types.Int], u.Elem())
	case *types.Pointer:
		if a, ok := under(u.Elem()).(*types.Array); ok {
			f.rangeOver(s, label, "(*"+f.x(s.X)+")[:]", types.Typ[types.Int], a.Elem())
			return
		}
		f.refuse(s.X, "range", "this range", "")
	case *types.Map:
		f.rangeOver(s, label, f.x(s.X), u.Key(), u.Elem())
	case *types.Chan:
		f.rangeChan(s, label, u.Elem())
	case *types.Signature:
		f.refuse(s.X, "range.func", "range over a function", "collect the values in a slice, or call the function with a function literal")
	default:
		f.refuse(s.X, "range", "this range", "")
	}
}

// rangeVar names one variable of a range statement and returns the name that
// the loop's head has and the statements that the body begins with.
func (f *fn) rangeVar(s *ast.RangeStmt, x ast.Expr, t types.Type) (string, []string) {
	if x == nil {
		return "_", nil
	}
	id, isID := ast.Unparen(x).(*ast.Ident)
	if isID && id.Name == "_" {
		return "_", nil
	}
	if s.Tok == token.DEFINE {
		v, ok := f.u.Info.Defs[id].(*types.Var)
		if !ok {
			return "_", nil
		}
		p := f.fact(v)
		if !p.addr && !p.captured {
			return f.declare(v), nil
		}
		raw := f.fresh(v.Name())
		name := f.declare(v)
		if !f.boxed(v) {
			return raw, []string{name + " := " + raw}
		}
		return raw, []string{name + " := new(" + f.e.typ(t, x.Pos()) + ")", "*" + name + " = " + raw}
	}
	raw := f.fresh("_v")
	var left string
	if isID {
		left = f.x(id)
	} else {
		left = f.place(x)
		f.noPre(x.Pos(), "the head of a range")
	}
	return raw, []string{left + " = " + f.convText(raw, t, f.typeOf(x), x.Pos())}
}

func (f *fn) rangeOver(s *ast.RangeStmt, label, over string, kt, vt types.Type) {
	k, kPre := f.rangeVar(s, s.Key, kt)
	v, vPre := f.rangeVar(s, s.Value, vt)
	switch {
	case k == "_" && v == "_":
		f.loopHead(s.Pos(), label, "for range %s {", over)
	case v == "_":
		f.loopHead(s.Pos(), label, "for %s := range %s {", k, over)
	default:
		f.loopHead(s.Pos(), label, "for %s, %s := range %s {", k, v, over)
	}
	f.rangeBody(s, label, append(kPre, vPre...))
}

// rangeBody writes the body of a loop whose head stands already.
func (f *fn) rangeBody(s *ast.RangeStmt, label string, first []string) {
	for _, p := range first {
		f.out.WriteString(p + "\n")
	}
	f.push(token.FOR, label)
	f.stmts(s.Body.List)
	f.pop()
	f.out.WriteString("}\n")
}

func (f *fn) rangeInt(s *ast.RangeStmt, t types.Type, label string) {
	if s.Tok == token.DEFINE && s.Key != nil {
		if id, ok := s.Key.(*ast.Ident); ok && id.Name != "_" {
			t = f.varType(id)
		}
	}
	n := f.fresh("_n")
	f.w(s.Pos(), "{")
	f.w(s.Pos(), "var %s %s = %s", n, f.e.typ(t, s.Pos()), f.convAs(s.X, t))
	k, pre := f.rangeVar(s, s.Key, t)
	i := f.fresh("_i")
	if k != "_" {
		pre = append([]string{k + " := " + i}, pre...)
	}
	f.loopHead(s.Pos(), label, "for %s := %s(0); %s < %s; %s++ {", i, f.e.typ(t, s.Pos()), i, n, i)
	f.rangeBody(s, label, pre)
	f.out.WriteString("}\n")
}

func (f *fn) rangeString(s *ast.RangeStmt, label string) {
	utf8 := f.e.use("unicode/utf8")
	str, i, r, w := f.fresh("_s"), f.fresh("_i"), f.fresh("_r"), f.fresh("_w")
	f.w(s.Pos(), "{")
	f.w(s.Pos(), "%s := %s", str, f.x(s.X))
	f.w(s.Pos(), "%s := 0", i)
	k, kPre := f.rangeVar(s, s.Key, types.Typ[types.Int])
	v, vPre := f.rangeVar(s, s.Value, types.Typ[types.Int32])
	var pre []string
	if k != "_" {
		pre = append(append(pre, k+" := "+i), kPre...)
	}
	if v != "_" {
		vPre = append([]string{v + " := " + r}, vPre...)
	}
	pre = append(pre, fmt.Sprintf("%s, %s := %s.DecodeRuneInString(%s[%s:])", r, w, utf8, str, i))
	pre = append(pre, vPre...)
	if v == "_" {
		pre = append(pre, "_ = "+r)
	}
	pre = append(pre, i+" = "+i+" + "+w)
	f.loopHead(s.Pos(), label, "for %s < len(%s) {", i, str)
	f.rangeBody(s, label, pre)
	f.out.WriteString("}\n")
}

func (f *fn) rangeChan(s *ast.RangeStmt, label string, elem types.Type) {
	ch := f.fresh("_c")
	f.w(s.Pos(), "{")
	f.w(s.Pos(), "%s := %s", ch, f.x(s.X))
	v, pre := f.rangeVar(s, s.Key, elem)
	ok := f.fresh("_ok")
	f.loopHead(s.Pos(), label, "for {")
	fmt.Fprintf(&f.out, "%s, %s := <-%s\nif !%s { break }\n", v, ok, ch, ok)
	f.rangeBody(s, label, pre)
	f.out.WriteString("}\n")
}

func (f *fn) typeSwitch(s *ast.TypeSwitchStmt, label string) {
	f.w(s.Pos(), "{")
	if s.Init != nil {
		f.stmt(s.Init, "")
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.ExprStmt:
		if ta, ok := a.X.(*ast.TypeAssertExpr); ok {
			x = ta.X
		}
	case *ast.AssignStmt:
		if ta, ok := a.Rhs[0].(*ast.TypeAssertExpr); ok {
			x = ta.X
		}
	}
	if x == nil {
		f.refuse(s, "statement", "this switch", "")
		return
	}
	f.checkAsserted(x)
	val := f.fresh("_x")
	f.w(s.Pos(), "var %s %s = %s", val, f.e.typ(f.typeOf(x), x.Pos()), f.x(x))
	// One variable a single-typed case: its test, made before the switch.
	f.push(token.SWITCH, label)
	tests := f.typeTests(s, val)
	f.w(s.Pos(), "switch {")
	clause := func(i int) {
		c, ok := s.Body.List[i].(*ast.CaseClause)
		if !ok {
			return
		}
		if c.List == nil {
			f.w(c.Pos(), "default:")
		} else {
			f.w(c.Pos(), "case %s:", tests[i])
		}
		f.typeClause(c, val, f.e.printedName(f.typeOf(x)))
	}
	last := -1 // the interpreter would let a default change places with the last case
	for i, c := range s.Body.List {
		if c, ok := c.(*ast.CaseClause); ok && c.List == nil {
			last = i
			continue
		}
		clause(i)
	}
	if last >= 0 {
		clause(last)
	}
	f.pop()
	f.out.WriteString("}\n}\n")
}

// typeTests writes which type the value has, a variable each, and returns the
// conditions of the clauses.
func (f *fn) typeTests(s *ast.TypeSwitchStmt, val string) []string {
	tests := make([]string, len(s.Body.List))
	for i, c := range s.Body.List {
		clause, ok := c.(*ast.CaseClause)
		if !ok {
			continue
		}
		conds := make([]string, len(clause.List))
		for j, x := range clause.List {
			if f.isNil(x) {
				conds[j] = "(" + val + " == nil)"
				continue
			}
			t := f.typeOf(x)
			if cond, ok := f.holds(val, x, t); ok {
				conds[j] = cond
				continue
			}
			ok := f.fresh("_ok")
			f.w(x.Pos(), "%s := false", ok)
			f.w(x.Pos(), "if %s != nil { _, %s = %s.(%s) }", val, ok, val, f.e.typ(t, x.Pos()))
			conds[j] = ok
		}
		tests[i] = strings.Join(conds, " || ")
	}
	return tests
}

// typeClause writes one clause's body behind the declaration of its variable.
func (f *fn) typeClause(clause *ast.CaseClause, val, from string) {
	if v, ok := f.u.Info.Implicits[clause].(*types.Var); ok {
		t := f.subst(v.Type())
		text := val
		if len(clause.List) == 1 && !f.isNil(clause.List[0]) {
			text = f.held(val, clause, t, from)
		}
		f.defineText(clause.Pos(), v, text)
	}
	f.stmts(clause.Body)
}

// commHead writes the head of a case of a select, its operands evaluated.
func (f *fn) commHead(c *ast.CommClause) string {
	switch s := c.Comm.(type) {
	case nil:
		return "default:"
	case *ast.SendStmt:
		ch, _ := under(f.typeOf(s.Chan)).(*types.Chan)
		if ch == nil {
			return "default:"
		}
		name := f.hoistFixed(f.x(s.Chan))
		return "case " + name + " <- " + f.hoistFixed(f.convAs(s.Value, ch.Elem())) + ":"
	case *ast.ExprStmt:
		if u, ok := ast.Unparen(s.X).(*ast.UnaryExpr); ok {
			return "case <-" + f.hoistFixed(f.x(u.X)) + ":"
		}
	}
	f.refuse(c, "select", "this case of select", "")
	return "default:"
}
