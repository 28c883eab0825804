package gatefuzz

import (
	"go/ast"
	"go/token"
	"go/types"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Mutate returns a program that differs from one of the corpus in a few places
// and compiles, and false where none was found.
func Mutate(r *rand.Rand, src []byte) ([]byte, bool) {
	if timed(src) {
		return nil, false
	}
	good := false
	for range 2 + r.IntN(8) {
		t, err := parse(src)
		if err != nil {
			return nil, false
		}
		info, errs, err := t.checked()
		if err != nil || len(errs) > 0 {
			return nil, false
		}
		m := &mutation{Rand: r, tree: t, info: info}
		if !m.change() {
			continue
		}
		next, err := t.source()
		if err != nil {
			continue
		}
		if next, ok := mend(next); ok {
			src, good = next, true
		}
	}
	return src, good
}

// mutation changes one place of a program.
type mutation struct {
	*rand.Rand
	*tree
	info *types.Info
}

func (m *mutation) change() bool {
	switch k := m.IntN(100); {
	case k < 22:
		return m.constant()
	case k < 40:
		return m.operator()
	case k < 62:
		return m.statement()
	case k < 72:
		return m.share()
	case k < 86:
		return m.extract()
	case k < 94:
		return m.trace()
	default:
		return m.retype()
	}
}

// one returns an element of a list by chance.
func one[T any](r *rand.Rand, list []T) (T, bool) {
	if len(list) == 0 {
		var none T
		return none, false
	}
	return list[r.IntN(len(list))], true
}

func collect[T ast.Node](t *tree, keep func(T) bool) []T {
	var out []T
	ast.Inspect(t.file, func(n ast.Node) bool {
		if n, ok := n.(T); ok && keep(n) {
			out = append(out, n)
		}
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			return false
		}
		return true
	})
	return out
}

// constant changes a number or a text a little.
func (m *mutation) constant() bool {
	lit, ok := one(m.Rand, collect(m.tree, func(l *ast.BasicLit) bool { return l.Kind == token.INT || l.Kind == token.STRING }))
	if !ok {
		return false
	}
	if lit.Kind == token.STRING {
		s, err := strconv.Unquote(lit.Value)
		if err != nil || len(s) > 2000 {
			return false
		}
		runes := []rune(s)
		at := m.IntN(len(runes) + 1)
		switch m.IntN(4) {
		case 0:
			runes = runes[:at]
		case 1:
			runes = append(runes[:at:at], append([]rune{'0'}, runes[at:]...)...)
		case 2:
			if at < len(runes) {
				runes = append(runes[:at:at], runes[at+1:]...)
			}
		default:
			if at < len(runes) {
				other := []rune("0 9aZé,|-:世")
				runes[at] = other[m.IntN(len(other))]
			}
		}
		lit.Value = strconv.Quote(string(runes))
		return true
	}
	n, err := strconv.ParseInt(lit.Value, 0, 64)
	if err != nil {
		return false
	}
	choices := []int64{n + 1, n - 1, 0, 1, 2, n / 2}
	lit.Value = strconv.FormatInt(max(choices[m.IntN(len(choices))], 0), 10)
	return true
}

var operators = [][]token.Token{
	{token.ADD, token.SUB, token.MUL},
	{token.LSS, token.LEQ, token.GTR, token.GEQ, token.EQL, token.NEQ},
	{token.LAND, token.LOR},
	{token.AND, token.OR, token.XOR, token.AND_NOT},
	{token.QUO, token.REM, token.MUL},
	{token.SHL, token.SHR},
	{token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN, token.ASSIGN},
	{token.INC, token.DEC},
}

func (m *mutation) other(op token.Token) token.Token {
	for _, group := range operators {
		if slices.Contains(group, op) {
			return group[m.IntN(len(group))]
		}
	}
	return op
}

func (m *mutation) operator() bool {
	nodes := collect(m.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr, *ast.IncDecStmt:
			return true
		case *ast.AssignStmt:
			return n.Tok != token.DEFINE && len(n.Lhs) == 1
		}
		return false
	})
	n, ok := one(m.Rand, nodes)
	if !ok {
		return false
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		n.Op = m.other(n.Op)
	case *ast.IncDecStmt:
		n.Tok = m.other(n.Tok)
	case *ast.AssignStmt:
		n.Tok = m.other(n.Tok)
	}
	return true
}

// statement moves, doubles, removes or wraps a statement.
func (m *mutation) statement() bool {
	lists := m.lists()
	list, ok := one(m.Rand, lists)
	if !ok || len(*list) == 0 {
		return false
	}
	at := m.IntN(len(*list))
	s := (*list)[at]
	replace := func(with ...ast.Stmt) bool {
		*list = append((*list)[:at:at], append(with, (*list)[at+1:]...)...)
		return true
	}
	block := &ast.BlockStmt{List: []ast.Stmt{s}}
	call := &ast.CallExpr{Fun: &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: block}}
	switch m.IntN(8) {
	case 0:
		if at+1 < len(*list) {
			(*list)[at], (*list)[at+1] = (*list)[at+1], s
			return true
		}
	case 1:
		return replace()
	case 2:
		return replace(s, s)
	case 3:
		if !leaves(s) {
			return replace(&ast.ExprStmt{X: call})
		}
	case 4:
		if !leaves(s) {
			return replace(&ast.DeferStmt{Call: call})
		}
	case 5:
		return replace(block)
	case 6:
		return replace(&ast.RangeStmt{X: &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(1 + m.IntN(2))}, Body: block})
	case 7:
		return replace(&ast.IfStmt{Cond: ast.NewIdent("true"), Body: block})
	}
	return false
}

// leaves reports whether a statement may leave the function or a loop around it.
func leaves(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.LabeledStmt:
			found = true
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}

// share lets a closure or a pointer share a variable after its declaration.
func (m *mutation) share() bool {
	list, at, id := m.defined(func(types.Type) bool { return true })
	if list == nil {
		return false
	}
	name := func() *ast.Ident { return ast.NewIdent(id) }
	var s ast.Stmt
	switch m.IntN(4) {
	case 0: // func() { x = x }()
		s = &ast.ExprStmt{X: closure(&ast.AssignStmt{Lhs: []ast.Expr{name()}, Tok: token.ASSIGN, Rhs: []ast.Expr{name()}})}
	case 1: // _ = &x
		s = &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{&ast.UnaryExpr{Op: token.AND, X: name()}}}
	case 2: // defer func() { _ = x }()
		s = &ast.DeferStmt{Call: closure(&ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{name()}})}
	default: // x := x, in a scope of its own
		rest := (*list)[at+1:]
		again := &ast.AssignStmt{Lhs: []ast.Expr{name()}, Tok: token.DEFINE, Rhs: []ast.Expr{name()}}
		for _, r := range rest {
			if _, ok := r.(*ast.LabeledStmt); ok {
				return false
			}
		}
		body := append([]ast.Stmt{again, &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{name()}}}, rest...)
		*list = append((*list)[:at+1:at+1], &ast.BlockStmt{List: body})
		return true
	}
	*list = append((*list)[:at+1:at+1], append([]ast.Stmt{s}, (*list)[at+1:]...)...)
	return true
}

func closure(body ...ast.Stmt) *ast.CallExpr {
	return &ast.CallExpr{Fun: &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{List: body}}}
}

// defined returns a variable that a list of statements declares, and where.
func (m *mutation) defined(keep func(types.Type) bool) (list *[]ast.Stmt, at int, name string) {
	type place struct {
		list *[]ast.Stmt
		at   int
		name string
	}
	var places []place
	for _, l := range m.lists() {
		for i, s := range *l {
			as, ok := s.(*ast.AssignStmt)
			if !ok || as.Tok != token.DEFINE {
				continue
			}
			for _, x := range as.Lhs {
				if id, ok := x.(*ast.Ident); ok && m.info.Defs[id] != nil && id.Name != "_" && keep(m.info.Defs[id].Type()) {
					places = append(places, place{l, i, id.Name})
				}
			}
		}
	}
	p, _ := one(m.Rand, places)
	return p.list, p.at, p.name
}

// extract puts an expression into a function literal that is called, into a
// variable's pointer, or through any.
func (m *mutation) extract() bool {
	type place struct {
		set func(ast.Expr)
		x   ast.Expr
	}
	var places []place
	add := func(x *ast.Expr) {
		tv, ok := m.info.Types[*x]
		if !ok || !tv.IsValue() || tv.Type == nil {
			return
		}
		if _, tuple := tv.Type.(*types.Tuple); tuple {
			return
		}
		if b, ok := tv.Type.Underlying().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
			return
		}
		places = append(places, place{func(n ast.Expr) { *x = n }, *x})
	}
	ast.Inspect(m.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for i := range n.Args {
				add(&n.Args[i])
			}
		case *ast.BinaryExpr:
			add(&n.X)
			add(&n.Y)
		case *ast.AssignStmt:
			for i := range n.Rhs {
				add(&n.Rhs[i])
			}
		case *ast.ReturnStmt:
			for i := range n.Results {
				add(&n.Results[i])
			}
		case *ast.IndexExpr:
			add(&n.Index)
		}
		return true
	})
	p, ok := one(m.Rand, places)
	if !ok {
		return false
	}
	t, ok := m.typeName(m.info.TypeOf(p.x))
	if !ok {
		return false
	}
	result := &ast.FieldList{List: []*ast.Field{{Type: t}}}
	call := func(body ...ast.Stmt) ast.Expr {
		return &ast.CallExpr{Fun: &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}, Results: result}, Body: &ast.BlockStmt{List: body}}}
	}
	switch m.IntN(4) {
	case 0:
		p.set(call(&ast.ReturnStmt{Results: []ast.Expr{p.x}}))
	case 1:
		p.set(&ast.ParenExpr{X: &ast.StarExpr{X: &ast.CallExpr{Fun: ast.NewIdent("new"), Args: []ast.Expr{p.x}}}})
	case 2:
		p.set(&ast.IndexExpr{X: &ast.CompositeLit{Type: &ast.ArrayType{Elt: t}, Elts: []ast.Expr{p.x}}, Index: &ast.BasicLit{Kind: token.INT, Value: "0"}})
	default:
		p.set(&ast.TypeAssertExpr{X: &ast.CallExpr{Fun: ast.NewIdent("any"), Args: []ast.Expr{p.x}}, Type: t})
	}
	return true
}

// typeName writes a type as syntax.
func (m *mutation) typeName(t types.Type) (ast.Expr, bool) {
	if t == nil {
		return nil, false
	}
	text := types.TypeString(t, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	})
	if strings.ContainsAny(text, "{}") && !strings.HasSuffix(text, "{}") || strings.Contains(text, "untyped") {
		return nil, false
	}
	return ast.NewIdent(text), true
}

// trace prints a variable after its declaration.
func (m *mutation) trace() bool {
	list, at, name := m.defined(func(t types.Type) bool {
		switch u := t.Underlying().(type) {
		case *types.Basic:
			return true
		case *types.Slice:
			_, ok := u.Elem().(*types.Basic)
			return ok
		case *types.Map:
			_, ok := u.Elem().(*types.Basic)
			return ok
		}
		return false
	})
	if list == nil {
		return false
	}
	s := &ast.ExprStmt{X: &ast.CallExpr{Fun: ast.NewIdent("fmt.Println"), Args: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: strconv.Quote("trace " + name)}, ast.NewIdent(name)}}}
	where := at + 1 + m.IntN(len(*list)-at)
	*list = append((*list)[:where:where], append([]ast.Stmt{s}, (*list)[where:]...)...)
	return true
}

// retype gives what is declared with a basic type another one.
func (m *mutation) retype() bool {
	from := []string{"int", "int64", "float64", "string", "bool", "byte"}[m.IntN(6)]
	to := []string{"int", "int64", "int32", "uint8", "uint32", "float64", "float32", "rune"}[m.IntN(8)]
	ids := collect(m.tree, func(id *ast.Ident) bool { return id.Name == from })
	if len(ids) == 0 {
		return false
	}
	if m.IntN(3) > 0 {
		id, _ := one(m.Rand, ids)
		id.Name = to
		return true
	}
	for _, id := range ids {
		id.Name = to
	}
	return true
}
