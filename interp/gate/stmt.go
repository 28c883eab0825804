package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

func (f *fn) stmts(list []ast.Stmt) {
	for _, s := range list {
		f.stmt(s, "")
	}
}

// w writes a line of its own, after the statements that wait before it.
func (f *fn) w(at token.Pos, format string, args ...any) {
	f.flush()
	f.out.WriteString(f.e.line(f.u, at))
	fmt.Fprintf(&f.out, format, args...)
	f.out.WriteByte('\n')
}

func (f *fn) flush() {
	for _, p := range f.pre {
		f.out.WriteString(p + "\n")
	}
	f.pre = nil
}

// noPre refuses where statements would have to stand before an expression that
// is evaluated more than once, or later.
func (f *fn) noPre(at token.Pos, where string) {
	if len(f.pre) > 0 {
		f.e.refuse(at, "order", "this expression in "+where, "put its value into a variable first")
		f.pre = nil
	}
}

// stmt writes a statement; label is the one that stands before it.
func (f *fn) stmt(s ast.Stmt, label string) {
	if f.e.tooMuch() {
		return
	}
	f.noteRisk(s)
	defer f.flush()
	switch s := s.(type) {
	case *ast.EmptyStmt:
	case *ast.BlockStmt:
		f.w(s.Lbrace, "{")
		f.stmts(s.List)
		f.out.WriteString("}\n")
	case *ast.ExprStmt:
		f.exprStmt(s)
	case *ast.AssignStmt:
		f.assign(s)
	case *ast.IncDecStmt:
		f.incDec(s)
	case *ast.DeclStmt:
		f.declStmt(s)
	case *ast.IfStmt:
		f.ifStmt(s)
	case *ast.ForStmt:
		f.forStmt(s, label)
	case *ast.RangeStmt:
		f.rangeStmt(s, label)
	case *ast.SwitchStmt:
		f.switchStmt(s, label)
	case *ast.TypeSwitchStmt:
		f.typeSwitch(s, label)
	case *ast.SelectStmt:
		f.selectStmt(s, label)
	case *ast.ReturnStmt:
		f.returnStmt(s)
	case *ast.BranchStmt:
		f.branch(s)
	case *ast.LabeledStmt:
		f.w(s.Pos(), "{") // the interpreter does not know labels that stand in a case itself
		f.stmt(s.Stmt, s.Label.Name)
		f.out.WriteString("}\n")
	case *ast.GoStmt:
		f.goStmt(s)
	case *ast.DeferStmt:
		f.deferStmt(s)
	case *ast.SendStmt:
		ch := under(f.typeOf(s.Chan))
		c, ok := ch.(*types.Chan)
		if !ok {
			f.refuse(s, "statement", "this statement", "")
			return
		}
		left := f.x(s.Chan)
		f.w(s.Pos(), "%s <- %s", left, f.conv(s.Value, c.Elem()))
	default:
		f.refuse(s, "statement", "this statement", "")
	}
}

func (f *fn) refuse(n ast.Node, code, what, hint string) {
	if f.u != f.e.unit {
		// The trouble stands in another package or in what is written out for a
		// library call: people see it where it is used.
		f.e.refuse(f.e.unit.Files[0].Package, code, what+" in a generic function that this package uses", hint)
		return
	}
	f.e.refuse(n.Pos(), code, what, hint)
}

func (e *emitter) tooMuch() bool { return len(e.faults) >= maxFaults || e.decls.Len() > maxOutput }

func (f *fn) exprStmt(s *ast.ExprStmt) {
	x := ast.Unparen(s.X)
	call, ok := x.(*ast.CallExpr)
	if !ok {
		if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.ARROW {
			f.w(s.Pos(), "<-%s", f.x(u.X))
			return
		}
		f.refuse(s, "statement", "this statement", "")
		return
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := f.u.Info.Uses[id].(*types.Builtin); ok {
			f.builtinStmt(b.Name(), call)
			return
		}
	}
	text := f.x(call)
	f.w(s.Pos(), "%s", text)
}

// builtinStmt writes a call of a builtin function whose result is not used.
func (f *fn) builtinStmt(name string, call *ast.CallExpr) {
	switch name {
	case "clear":
		t := f.typeOf(call.Args[0])
		switch under(t).(type) {
		case *types.Map:
			m, k := f.hoist(call.Args[0]), f.fresh("_k")
			f.w(call.Pos(), "for %s := range %s { delete(%s, %s) }", k, m, m, k)
		case *types.Slice:
			s, i, z := f.hoist(call.Args[0]), f.fresh("_i"), f.fresh("_z")
			elem := under(t).(*types.Slice).Elem()
			f.w(call.Pos(), "var %s %s", z, f.e.typ(elem, call.Pos()))
			f.w(call.Pos(), "for %s := range %s { %s[%s] = %s }", i, s, s, i, z)
		default:
			f.refuse(call, "clear", "this use of clear", "")
		}
	case "recover":
		if f.recoverAt == len(f.loops) {
			f.w(call.Pos(), "%s", f.recoverText())
			return
		}
		f.refuse(call, "recover", "recover outside of a deferred function literal", "write defer func() { … }() around it")
	case "delete":
		f.w(call.Pos(), "%s%s", f.e.note(f.u, call.Pos(), f.name), f.x(call))
	default:
		text := f.x(call)
		f.w(call.Pos(), "%s", text)
	}
}

// hoist puts a value into a variable before the statement and returns its name.
func (f *fn) hoist(x ast.Expr) string {
	text := f.x(x)
	return f.hoistText(text)
}

func (f *fn) hoistText(text string) string {
	if simple(text) {
		return text
	}
	name := f.fresh("_t")
	f.pre = append(f.pre, name+" := "+text)
	return name
}

// hoistFixed is hoist for a value that must not change any more.
func (f *fn) hoistFixed(text string) string {
	if text == "nil" || constantText(text) {
		return text
	}
	name := f.fresh("_t")
	f.pre = append(f.pre, name+" := "+text)
	return name
}

func simple(text string) bool {
	for i := range len(text) {
		c := text[i]
		if letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'; !letter {
			return false
		}
	}
	return text != ""
}

func constantText(text string) bool {
	return text != "" && (text[0] >= '0' && text[0] <= '9' && simple(text) || text[0] == '"' && strings.Count(text, `"`) == 2 && text[len(text)-1] == '"')
}

func (f *fn) ifStmt(s *ast.IfStmt) {
	scoped := s.Init != nil
	if scoped {
		f.w(s.Pos(), "{")
		f.stmt(s.Init, "")
	}
	cond := f.x(s.Cond)
	f.w(s.Pos(), "if %s {", cond)
	f.stmts(s.Body.List)
	if s.Else != nil {
		f.out.WriteString("} else {\n")
		if b, ok := s.Else.(*ast.BlockStmt); ok {
			f.stmts(b.List)
		} else {
			f.stmt(s.Else, "")
		}
	}
	f.out.WriteString("}\n")
	if scoped {
		f.out.WriteString("}\n")
	}
}

func (f *fn) returnStmt(s *ast.ReturnStmt) {
	if f.shield().defers != "" {
		f.shieldReturn(s)
		return
	}
	sig := f.sigs[len(f.sigs)-1]
	res := sig.Results()
	switch {
	case len(s.Results) == 0:
		f.w(s.Pos(), "return")
	case len(s.Results) == 1 && res.Len() > 1:
		from := f.tupleTypes(s.Results[0], res.Len())
		text := f.x(s.Results[0])
		same := from != nil
		for i := range from {
			same = same && sameText(f.e, from[i], f.subst(res.At(i).Type()), s.Pos()) && !isFunc(from[i])
		}
		if same {
			f.w(s.Pos(), "return %s", text)
			return
		}
		names, vals := make([]string, res.Len()), make([]string, res.Len())
		for i := range names {
			names[i] = f.fresh("_t")
			if from != nil {
				vals[i] = f.convText(names[i], from[i], f.subst(res.At(i).Type()), s.Pos())
			}
		}
		f.w(s.Pos(), "%s := %s", strings.Join(names, ", "), text)
		f.w(s.Pos(), "return %s", strings.Join(vals, ", "))
	default:
		f.w(s.Pos(), "return %s", strings.Join(f.returned(s, sig), ", "))
	}
}

func (f *fn) branch(s *ast.BranchStmt) {
	label := ""
	if s.Label != nil {
		label = s.Label.Name
	}
	switch s.Tok {
	case token.BREAK:
		f.breakStmt(s, label)
	case token.CONTINUE:
		f.continueStmt(s, label)
	case token.FALLTHROUGH:
		f.w(s.Pos(), "fallthrough")
	default:
		f.refuse(s, "goto", "goto", "use a loop")
	}
}

func (f *fn) breakStmt(s ast.Node, label string) {
	for _, t := range slices.Backward(f.targets) {
		if label != "" && t.label != label {
			if t.kind == token.SELECT {
				f.refuse(s, "select.break", "leaving a loop from inside select", "set a variable in the case and test it after the select, or put the loop into a function and return")
				return
			}
			continue
		}
		switch {
		case t.kind == token.SELECT:
			f.refuse(s, "select.break", "break inside select", "write the rest of the case inside an if")
		case t.kind == token.SWITCH && label != "":
			f.refuse(s, "switch.break", "leaving a labelled switch", "use break without the label, or put it into a function and return")
		case label != "":
			f.w(s.Pos(), "break %s", label)
		default:
			f.w(s.Pos(), "break")
		}
		return
	}
	f.refuse(s, "break", "this break", "")
}

func (f *fn) continueStmt(s ast.Node, label string) {
	for _, t := range slices.Backward(f.targets) {
		if t.kind == token.SELECT && label != "" {
			f.refuse(s, "select.continue", "continuing an outer loop from inside select", "set a variable in the case and test it after the select")
			return
		}
		if t.kind != token.FOR || label != "" && t.label != label {
			continue
		}
		if label != "" {
			f.w(s.Pos(), "continue %s", label)
		} else {
			f.w(s.Pos(), "continue")
		}
		return
	}
	f.refuse(s, "continue", "this continue", "")
}

func (f *fn) goStmt(s *ast.GoStmt) {
	if f.u.Info.Types[ast.Unparen(s.Call.Fun)].IsBuiltin() || f.isConversion(s.Call) {
		f.refuse(s, "go", "go with a builtin function", "put it into a function literal")
		return
	}
	if lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok {
		sig, _ := f.typeOf(lit).Underlying().(*types.Signature)
		args := f.args(s.Call, sig, nil)
		text := f.hoistFixed(f.literal(lit))
		f.w(s.Pos(), "go %s(%s)", text, args)
		return
	}
	text := f.x(s.Call)
	f.w(s.Pos(), "go %s", text)
}

// deferStmt evaluates what is called and with what, then defers a literal.
func (f *fn) deferStmt(s *ast.DeferStmt) {
	if f.isConversion(s.Call) {
		f.refuse(s, "defer", "this defer", "")
		return
	}
	if f.shield().defers != "" {
		f.shieldDefer(s)
		return
	}
	if lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok && len(s.Call.Args) == 0 {
		outer := f.recoverAt
		f.recoverAt, f.direct = len(f.loops)+1, true
		text := f.literal(lit)
		f.recoverAt = outer
		f.w(s.Pos(), "defer %s()", text)
		return
	}
	if id, ok := ast.Unparen(s.Call.Fun).(*ast.Ident); ok {
		if b, ok := f.u.Info.Uses[id].(*types.Builtin); ok && b.Name() != "close" && b.Name() != "delete" {
			f.refuse(s, "defer", "defer of "+b.Name(), "put it into a function literal")
			return
		}
	}
	text := f.frozenCall(s.Call)
	f.w(s.Pos(), "defer func() { %s }()", text)
}
