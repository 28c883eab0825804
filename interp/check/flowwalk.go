package check

import (
	"go/ast"
	"go/token"
	"slices"
)

// walk follows a declaration and returns the first expression whose type may be
// too large, or nil.
func (s *flowSizes) walk(d ast.Decl) (at ast.Expr) {
	var trail []ast.Node
	_, global := d.(*ast.GenDecl)
	ast.Inspect(d, func(n ast.Node) bool {
		if n == nil {
			if opensScope(trail[len(trail)-1]) {
				s.scopes = s.scopes[:len(s.scopes)-1]
			}
			trail = trail[:len(trail)-1]
			return false
		}
		if at != nil {
			return false
		}
		trail = append(trail, n)
		if opensScope(n) {
			s.scopes = append(s.scopes, map[string]int{})
		}
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				s.define(name, 1)
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				s.defineAll(n.Lhs, n.Rhs)
			}
		case *ast.ValueSpec:
			if !global || len(s.scopes) > 1 {
				names := make([]ast.Expr, len(n.Names))
				for i, name := range n.Names {
					names[i] = name
				}
				s.defineAll(names, n.Values)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				s.defineAll([]ast.Expr{n.Key, n.Value}, []ast.Expr{n.X})
			}
		case *ast.CallExpr:
			if s.size(n) > maxFlow {
				at = n
			}
		}
		return true
	})
	return at
}

func opensScope(n ast.Node) bool {
	switch n.(type) {
	case *ast.FuncDecl, *ast.FuncLit, *ast.BlockStmt, *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt,
		*ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// defineAll declares variables whose values follow each other, or come from one
// call. Without values they have a type that is written out.
func (s *flowSizes) defineAll(names, values []ast.Expr) {
	sizes := make([]int, len(names))
	for i := range names {
		sizes[i] = 1
		if len(values) > 0 {
			sizes[i] = s.size(values[min(i, len(values)-1)])
		}
	}
	for i, n := range names {
		if id, ok := n.(*ast.Ident); ok {
			s.define(id, sizes[i])
		}
	}
}

func (s *flowSizes) define(name *ast.Ident, size int) { s.scopes[len(s.scopes)-1][name.Name] = size }

// local returns the size of what is declared in a function around here.
func (s *flowSizes) local(name string) (int, bool) {
	for _, scope := range slices.Backward(s.scopes) {
		if n, ok := scope[name]; ok {
			return n, true
		}
	}
	return 0, false
}

// size returns the size of an expression's type.
func (s *flowSizes) size(e ast.Expr) int {
	if n, ok := s.sizes[e]; ok {
		return n
	}
	n := 1
	switch e := e.(type) {
	case *ast.Ident:
		return s.named(e.Name)
	case *ast.ParenExpr:
		n = s.size(e.X)
	case *ast.StarExpr:
		n = s.size(e.X)
	case *ast.UnaryExpr:
		n = s.size(e.X)
	case *ast.TypeAssertExpr:
		n = 1
	case *ast.SliceExpr:
		n = s.size(e.X)
	case *ast.IndexExpr:
		n = max(s.size(e.X), s.types.of(e.Index))
	case *ast.IndexListExpr:
		n = s.types.of(e)
	case *ast.SelectorExpr:
		n = min(s.size(e.X)*max(1, s.field(e.Sel.Name)), 2*maxFlow)
	case *ast.BinaryExpr:
		if e.Op != token.EQL && e.Op != token.NEQ {
			n = s.operands(e)
		}
	case *ast.CompositeLit:
		if e.Type != nil {
			n = s.types.of(e.Type)
		}
	case *ast.CallExpr:
		n = s.call(e)
	}
	s.sizes[e] = n
	return n
}

// operands follows a long sum without a call for each of its operators.
func (s *flowSizes) operands(b *ast.BinaryExpr) int {
	n := 1
	for {
		n = max(n, s.size(b.Y))
		x, ok := b.X.(*ast.BinaryExpr)
		if !ok {
			return max(n, s.size(b.X))
		}
		b = x
	}
}

// named returns the size of a variable.
func (s *flowSizes) named(name string) int {
	if n, ok := s.local(name); ok {
		return n
	}
	value, ok := s.globals[name]
	if !ok {
		return 1
	}
	// While it is found out, it is in no scope but its own.
	scopes := s.scopes
	s.scopes = []map[string]int{scopes[0]}
	scopes[0][name] = 1
	n := s.size(value)
	scopes[0][name] = n
	s.scopes = scopes
	return n
}

func (s *flowSizes) field(name string) int {
	n := s.fields[name]
	for _, q := range s.imports {
		n = max(n, q.fields[name])
	}
	return n
}

func (s *flowSizes) call(e *ast.CallExpr) int {
	args := make([]int, len(e.Args))
	largest := 1
	for i, a := range e.Args {
		args[i] = s.size(a)
		largest = max(largest, args[i])
	}
	fun, written := ast.Unparen(e.Fun), []ast.Expr(nil)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun, written = f.X, []ast.Expr{f.Index}
	case *ast.IndexListExpr:
		fun, written = f.X, f.Indices
	}
	types := make([]int, len(written))
	for i, w := range written {
		types[i] = s.types.of(w)
		largest = max(largest, types[i])
	}
	n := 1
	switch f := fun.(type) {
	case *ast.Ident:
		if local, ok := s.local(f.Name); ok && s.globals[f.Name] == nil {
			return local
		}
		if s.plain[f.Name] {
			return 1
		}
		for _, r := range s.results[f.Name] {
			n = max(n, r.of(1, args, types))
		}
		if len(s.results[f.Name]) == 0 {
			n = max(largest, s.named(f.Name))
		}
	case *ast.SelectorExpr:
		receiver := s.size(f.X)
		n = max(largest, receiver)
		for _, r := range s.resultsOf(f.Sel.Name) {
			n = max(n, r.of(receiver, args, types))
		}
	case *ast.FuncLit:
	default:
		n = max(largest, s.size(fun))
	}
	return n
}

// resultsOf returns the generic functions and methods with a name, here and in
// what is imported.
func (s *flowSizes) resultsOf(name string) []genericResult {
	out := s.results[name]
	for _, q := range s.imports {
		out = append(slices.Clip(out), q.results[name]...)
	}
	return out
}
