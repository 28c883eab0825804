package gate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (f *fn) incDec(s *ast.IncDecStmt) {
	op := "+"
	if s.Tok == token.DEC {
		op = "-"
	}
	if id, ok := ast.Unparen(s.X).(*ast.Ident); ok {
		if l := f.x(id); simple(l) {
			f.w(s.Pos(), "%s%s%s", l, op, op)
			return
		}
	}
	l := f.place(s.X)
	f.w(s.Pos(), "%s = %s %s %s", l, l, op, f.one(f.typeOf(s.X)))
}

func (f *fn) one(t types.Type) string {
	if b, ok := under(t).(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
		return "1.0"
	}
	return "1"
}

func (f *fn) declStmt(s *ast.DeclStmt) {
	d, ok := s.Decl.(*ast.GenDecl)
	if !ok || d.Tok != token.VAR {
		return // constants and types are written where they are used
	}
	for _, spec := range d.Specs {
		vs, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		switch {
		case len(vs.Values) == 0:
			for _, id := range vs.Names {
				f.zero(id)
			}
		case len(vs.Values) == len(vs.Names):
			f.defineEach(vs.Names, vs.Values)
		default:
			lhs := make([]ast.Expr, len(vs.Names))
			for i, id := range vs.Names {
				lhs[i] = id
			}
			f.tuple(s.Pos(), lhs, vs.Values[0])
		}
	}
}

// zero declares a variable without a value.
func (f *fn) zero(id *ast.Ident) {
	v, ok := f.u.Info.Defs[id].(*types.Var)
	if !ok || id.Name == "_" {
		return
	}
	t := f.e.typ(f.subst(v.Type()), id.Pos())
	name := f.declare(v)
	if f.boxed(v) {
		f.w(id.Pos(), "%s := new(%s)", name, t)
		return
	}
	f.w(id.Pos(), "var %s %s", name, t)
}

// defineEach declares variables, each with a value of its own.
func (f *fn) defineEach(ids []*ast.Ident, values []ast.Expr) {
	if len(ids) == 1 {
		f.define(ids[0], values[0])
		return
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		t := f.typeOf(values[i])
		if v, ok := f.u.Info.Defs[id].(*types.Var); ok {
			t = f.subst(v.Type())
		}
		text := f.conv(values[i], t)
		f.flush()
		if !constantText(text) {
			name := f.fresh("_t")
			f.w(id.Pos(), "var %s %s = %s", name, f.e.typ(t, id.Pos()), text)
			text = name
		}
		texts[i] = text
	}
	for i, id := range ids {
		if v, ok := f.u.Info.Defs[id].(*types.Var); ok && id.Name != "_" {
			f.defineText(id.Pos(), v, texts[i])
		}
	}
}

func (f *fn) define(id *ast.Ident, value ast.Expr) {
	v, ok := f.u.Info.Defs[id].(*types.Var)
	if !ok || id.Name == "_" {
		t := f.typeOf(value)
		if ok {
			t = f.subst(v.Type())
		}
		f.w(id.Pos(), "_ = %s", f.conv(value, t))
		return
	}
	if p := f.fact(v); f.isRecover(value) && p.uses == p.nilTests && !f.boxed(v) {
		f.w(id.Pos(), "var %s interface{} = %s", f.declare(v), f.recoverText())
		return
	}
	text := f.conv(value, f.subst(v.Type()))
	f.defineText(id.Pos(), v, text)
}

// isRecover reports whether an expression is recover() directly in a deferred
// function literal.
func (f *fn) isRecover(x ast.Expr) bool {
	c, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || f.recoverAt != len(f.loops) {
		return false
	}
	id, ok := ast.Unparen(c.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := f.u.Info.Uses[id].(*types.Builtin)
	return ok && b.Name() == "recover"
}

// defineText declares a variable with a value that has been written already.
func (f *fn) defineText(at token.Pos, v *types.Var, text string) {
	t := f.e.typ(f.subst(v.Type()), at)
	name := f.declare(v)
	if f.boxed(v) {
		if strings.HasSuffix(text, "}") {
			text = f.hoistFixed(text)
		}
		f.w(at, "%s := new(%s)", name, t)
		f.w(at, "*%s = %s", name, text)
		return
	}
	if f.fact(v).captured && f.loops[len(f.loops)-1] > 0 && !simple(text) {
		text = f.hoistFixed(text) // a literal would be written to the variable of the turn before
	}
	switch {
	case f.plainDefine(v.Type(), text):
		f.w(at, "%s := %s", name, text)
	default:
		f.w(at, "var %s %s = %s", name, t, text)
	}
}

// plainDefine reports whether the type of a variable follows from its value.
func (f *fn) plainDefine(t types.Type, text string) bool {
	if text == "nil" {
		return false
	}
	switch u := under(f.subst(t)).(type) {
	case *types.Interface:
		return false
	case *types.Signature:
		return strings.HasPrefix(text, "func") // a copy may be nil
	case *types.Basic:
		// A constant without a conversion has its default type.
		return u.Kind() != types.Float32
	}
	return true
}

// assign notes an assignment to a variable or to a part of it.
func (f *fn) assign(s *ast.AssignStmt) {
	switch {
	case s.Tok == token.DEFINE:
		f.defineStmt(s)
	case s.Tok != token.ASSIGN:
		f.opAssign(s)
	case len(s.Lhs) == 1 && len(s.Rhs) == 1:
		f.assignOne(s.Lhs[0], s.Rhs[0])
	case len(s.Rhs) == 1:
		f.tuple(s.Pos(), s.Lhs, s.Rhs[0])
	default:
		f.assignMany(s)
	}
}

func (f *fn) defineStmt(s *ast.AssignStmt) {
	if len(s.Rhs) == 1 && len(s.Lhs) > 1 {
		f.tuple(s.Pos(), s.Lhs, s.Rhs[0])
		return
	}
	ids := make([]*ast.Ident, len(s.Lhs))
	fresh := true
	for i, l := range s.Lhs {
		id, ok := l.(*ast.Ident)
		if !ok {
			f.refuse(s, "statement", "this declaration", "")
			return
		}
		ids[i] = id
		fresh = fresh && (f.u.Info.Defs[id] != nil || id.Name == "_")
	}
	if fresh {
		f.defineEach(ids, s.Rhs)
		return
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		t := f.typeOf(s.Rhs[i])
		if id.Name != "_" {
			t = f.varType(id)
		}
		texts[i] = f.hoistFixed(f.convAs(s.Rhs[i], t))
	}
	for i, id := range ids {
		f.store(id, texts[i])
	}
}

// store assigns to an identifier, declaring it where this is its declaration.
func (f *fn) store(id *ast.Ident, text string) {
	if id.Name == "_" {
		return
	}
	if v, ok := f.u.Info.Defs[id].(*types.Var); ok {
		f.defineText(id.Pos(), v, text)
		return
	}
	f.w(id.Pos(), "%s = %s", f.x(id), text)
}

func (f *fn) varType(id *ast.Ident) types.Type {
	if v := f.u.Info.Defs[id]; v != nil {
		return f.subst(v.Type())
	}
	if v := f.u.Info.Uses[id]; v != nil {
		return f.subst(v.Type())
	}
	return f.typeOf(id)
}

func (f *fn) assignOne(l, r ast.Expr) {
	if id, ok := ast.Unparen(l).(*ast.Ident); ok && id.Name == "_" {
		t := f.typeOf(r)
		f.w(l.Pos(), "_ = %s", f.conv(r, t))
		return
	}
	left := ""
	if _, isID := ast.Unparen(l).(*ast.Ident); !isID && (f.exact || calls(l) && calls(r)) {
		left = f.place(l)
	} else {
		left = f.x(l)
	}
	right := f.apartFrom(r, f.conv(r, f.typeOf(l)))
	f.w(l.Pos(), "%s = %s", left, right)
}

// apartFrom puts the result of a call into a variable of its own: the
// interpreter lets the function write it straight to where it is assigned,
// which the function may still read.
func (f *fn) apartFrom(x ast.Expr, text string) string {
	if _, ok := ast.Unparen(x).(*ast.CompositeLit); ok {
		return f.hoistFixed(text) // it does nothing where it is assigned through a pointer in an inner block
	}
	if c, ok := ast.Unparen(x).(*ast.CallExpr); ok && !f.isConversion(c) && !f.u.Info.Types[ast.Unparen(c.Fun)].IsBuiltin() {
		return f.hoistFixed(text)
	}
	return text
}

func (f *fn) opAssign(s *ast.AssignStmt) {
	op := strings.TrimSuffix(s.Tok.String(), "=")
	t := f.typeOf(s.Lhs[0])
	right := ""
	if op == "<<" || op == ">>" {
		right = f.shiftCount(s.Rhs[0])
	} else {
		right = f.divisor(s.Tok, s.Rhs[0], f.conv(s.Rhs[0], t), t)
	}
	f.checkOperator(s, t)
	if id, ok := ast.Unparen(s.Lhs[0]).(*ast.Ident); ok {
		l := f.x(id)
		f.w(s.Pos(), "%s = %s", l, operate(l, op, right))
		return
	}
	l := f.place(s.Lhs[0])
	f.w(s.Pos(), "%s = %s", l, operate(l, op, right))
}

// place writes what stands on the left of an assignment so that it may be
// written twice: operands are evaluated once, before the statement.
func (f *fn) place(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return f.x(x)
	case *ast.StarExpr:
		return "*" + f.hoistFixed(f.x(x.X))
	case *ast.SelectorExpr:
		sel := f.u.Info.Selections[x]
		if sel == nil {
			return f.x(x)
		}
		base := ""
		if _, ok := under(f.typeOf(x.X)).(*types.Pointer); ok {
			base = f.hoistFixed(f.x(x.X))
		} else {
			base = f.place(x.X)
		}
		return f.fieldPath(base, x, sel)
	case *ast.IndexExpr:
		switch t := under(f.typeOf(x.X)).(type) {
		case *types.Map:
			return f.hoistFixed(f.x(x.X)) + "[" + f.hoistFixed(f.convAs(x.Index, t.Key())) + "]"
		case *types.Slice:
			base := f.hoistFixed(f.x(x.X))
			return base + "[" + f.checked(base, f.hoistFixed(f.index(x.Index))) + "]"
		case *types.Pointer:
			base := "(*" + f.hoistFixed(f.x(x.X)) + ")"
			return base + "[" + f.checked(base, f.hoistFixed(f.index(x.Index))) + "]"
		case *types.Array:
			base := f.place(x.X)
			return base + "[" + f.checked(base, f.hoistFixed(f.index(x.Index))) + "]"
		}
	}
	f.refuse(x, "assign", "this assignment", "put the parts of the left side into variables first")
	return "_"
}

// assignMany writes an assignment of several values: all operands first, then
// the assignments from left to right.
func (f *fn) assignMany(s *ast.AssignStmt) {
	places := make([]string, len(s.Lhs))
	for i, l := range s.Lhs {
		if id, ok := ast.Unparen(l).(*ast.Ident); ok && id.Name == "_" {
			places[i] = "_"
			continue
		}
		places[i] = f.place(l)
	}
	texts := make([]string, len(s.Rhs))
	for i, r := range s.Rhs {
		t := f.typeOf(r)
		if places[i] != "_" {
			t = f.typeOf(s.Lhs[i])
		}
		texts[i] = f.hoistFixed(f.convAs(r, t))
	}
	for i := range places {
		if places[i] != "_" {
			f.w(s.Lhs[i].Pos(), "%s = %s", places[i], texts[i])
		}
	}
}

// tuple writes an assignment or declaration of the several results of one
// expression: a call, a map's element, a received value, an assertion.
func (f *fn) tuple(at token.Pos, lhs []ast.Expr, r ast.Expr) {
	results := f.tupleTypes(r, len(lhs))
	if results == nil {
		f.e.refuse(at, "assign", "this assignment", "")
		return
	}
	names := make([]string, len(lhs))
	direct := make([]bool, len(lhs))
	any := false
	var later []int
	places := make([]string, len(lhs))
	for i, l := range lhs {
		id, isID := ast.Unparen(l).(*ast.Ident)
		if isID && id.Name == "_" {
			names[i] = "_"
			continue
		}
		any = true
		// In a loop the interpreter writes to the variable of the turn before, which a
		// function literal may have captured.
		if v, ok := f.defOf(id, isID); ok && !f.boxed(v) && !f.fact(v).captured && sameText(f.e, results[i], f.subst(v.Type()), at) {
			names[i], direct[i] = f.declare(v), true
			continue
		}
		names[i] = f.fresh("_t")
		later = append(later, i)
		if !isID { // its operands are evaluated before the right side
			places[i] = f.place(l)
		}
	}
	text := f.tupleText(r, results)
	if !any {
		f.w(at, "%s = %s", strings.Join(names, ", "), text)
		return
	}
	_, isIndex := ast.Unparen(r).(*ast.IndexExpr)
	if isIndex && names[1] == "_" {
		names[1] = f.fresh("_ok")
	}
	f.w(at, "%s := %s", strings.Join(names, ", "), text)
	if isIndex && names[0] != "_" {
		// The interpreter leaves there what stood there where the key is missing.
		z := f.fresh("_z")
		f.w(at, "if !%s {\nvar %s %s\n%s = %s\n}", names[1], z, f.e.typ(results[0], at), names[0], z)
	}
	for _, i := range later {
		l := ast.Unparen(lhs[i])
		if id, ok := l.(*ast.Ident); ok {
			t := f.varType(id)
			val := f.convText(names[i], results[i], t, at)
			f.store(id, val)
			continue
		}
		f.w(at, "%s = %s", places[i], f.convText(names[i], results[i], f.typeOf(l), at))
	}
}

func (f *fn) defOf(id *ast.Ident, ok bool) (*types.Var, bool) {
	if !ok {
		return nil, false
	}
	v, ok := f.u.Info.Defs[id].(*types.Var)
	return v, ok
}

func sameText(e *emitter, a, b types.Type, at token.Pos) bool { return e.typ(a, at) == e.typ(b, at) }

func (f *fn) tupleTypes(r ast.Expr, n int) []types.Type {
	t := f.typeOf(r)
	if tup, ok := t.(*types.Tuple); ok {
		if tup.Len() != n {
			return nil
		}
		out := make([]types.Type, n)
		for i := range out {
			out[i] = f.subst(tup.At(i).Type())
		}
		return out
	}
	if n != 2 {
		return nil
	}
	return []types.Type{t, types.Typ[types.Bool]}
}

// tupleText writes the expression on the right of a tuple assignment.
func (f *fn) tupleText(r ast.Expr, results []types.Type) string {
	switch r := ast.Unparen(r).(type) {
	case *ast.CallExpr:
		return f.x(r)
	case *ast.IndexExpr:
		return f.x(r)
	case *ast.UnaryExpr:
		return "<-" + f.x(r.X)
	case *ast.TypeAssertExpr:
		if tup, ok := f.u.Info.TypeOf(r).(*types.Tuple); ok && tup.Len() == 2 {
			results[0] = f.subst(tup.At(0).Type())
		}
		return f.assertion(r, results[0], true)
	}
	f.refuse(r, "assign", "this assignment", "")
	return "nil"
}

// initVars writes the initialisation of variables of package level.
func (f *fn) initVars(in *types.Initializer) {
	if len(in.Lhs) == 1 {
		v := in.Lhs[0]
		text := f.conv(in.Rhs, v.Type())
		if v.Name() == "_" {
			f.w(in.Rhs.Pos(), "_ = %s", text)
			return
		}
		f.w(in.Rhs.Pos(), "%s = %s", v.Name(), text)
		return
	}
	results := f.tupleTypes(in.Rhs, len(in.Lhs))
	if results == nil {
		f.refuse(in.Rhs, "assign", "this declaration", "")
		return
	}
	text := f.tupleText(in.Rhs, results)
	names := make([]string, len(in.Lhs))
	for i := range names {
		names[i] = f.fresh("_t")
	}
	f.w(in.Rhs.Pos(), "%s := %s", strings.Join(names, ", "), text)
	for i, v := range in.Lhs {
		if v.Name() != "_" {
			f.w(in.Rhs.Pos(), "%s = %s", v.Name(), f.convText(names[i], results[i], v.Type(), in.Rhs.Pos()))
		}
	}
}

// calls reports whether an expression may call something.
func calls(x ast.Node) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}
