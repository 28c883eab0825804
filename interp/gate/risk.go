package gate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// noteRisk notes the place of a statement that can panic, so that the error
// which its caller gets names the line: the interpreter itself only knows the
// function.
func (f *fn) noteRisk(s ast.Stmt) {
	var at ast.Node
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.IncDecStmt, *ast.DeclStmt, *ast.ReturnStmt, *ast.SendStmt:
		at = f.risk(s)
	case *ast.IfStmt:
		if at = f.risk(s.Cond); s.Init != nil && f.risk(s.Init) != nil {
			at = nil // the init statement notes its own place, and stands on the same line
		}
	case *ast.SwitchStmt:
		if s.Tag != nil {
			at = f.risk(s.Tag)
		}
	case *ast.RangeStmt:
		at = f.risk(s.X)
	}
	if at == nil {
		return
	}
	if n := f.e.note(f.u, at.Pos(), f.name); n != "" {
		f.flush()
		f.out.WriteString(n + "\n")
	}
}

// risk returns the first part of some syntax that can panic when it is
// evaluated; nil where nothing can. Function literals run later.
func (f *fn) risk(root ast.Node) ast.Node {
	var found ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if found != nil || n == nil {
			return false
		}
		if _, isLit := n.(*ast.FuncLit); isLit {
			return false
		}
		if f.canPanic(n) {
			found = n
		}
		return found == nil
	})
	return found
}

func (f *fn) canPanic(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IndexExpr:
		tv := f.u.Info.Types[n.X]
		if !tv.IsValue() {
			return false // type arguments
		}
		return !f.ofMap(n)
	case *ast.SliceExpr:
		return true
	case *ast.StarExpr:
		return f.u.Info.Types[n.X].IsValue()
	case *ast.SelectorExpr:
		sel := f.u.Info.Selections[n]
		return sel != nil && sel.Kind() == types.FieldVal && sel.Indirect()
	case *ast.TypeAssertExpr:
		return n.Type != nil
	case *ast.BinaryExpr:
		return (n.Op == token.QUO || n.Op == token.REM) && f.divides(n.X, n.Y)
	case *ast.AssignStmt:
		switch {
		case n.Tok == token.QUO_ASSIGN || n.Tok == token.REM_ASSIGN:
			return f.divides(n.Lhs[0], n.Rhs[0])
		case n.Tok != token.DEFINE:
			return slices.ContainsFunc(n.Lhs, f.ofMap)
		}
	case *ast.IncDecStmt:
		return f.ofMap(n.X)
	case *ast.CallExpr:
		if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
			b, ok := f.u.Info.Uses[id].(*types.Builtin)
			return ok && (b.Name() == "panic" || b.Name() == "close")
		}
	}
	return false
}

// ofMap reports whether what is assigned to is an entry of a map, which may be
// nil or which others may write at the same time.
func (f *fn) ofMap(x ast.Expr) bool {
	ix, ok := ast.Unparen(x).(*ast.IndexExpr)
	if !ok {
		return false
	}
	_, isMap := under(f.typeOf(ix.X)).(*types.Map)
	return isMap
}

// divides reports whether a division of whole numbers may be one by zero.
func (f *fn) divides(x, y ast.Expr) bool {
	b, ok := under(f.typeOf(x)).(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0 && f.u.Info.Types[y].Value == nil
}
