package check

import (
	"go/ast"
	"go/token"
	"go/types"
)

// warnOfState warns of package variables that functions change: they belong to
// one worker, and may be another's or new at the next call.
func (p *Package) warnOfState() {
	w := stateWarner{p: p, seen: map[types.Object]bool{}}
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || (fn.Recv == nil && fn.Name.Name == "init") {
				continue
			}
			ast.Inspect(fn.Body, w.visit)
		}
	}
}

type stateWarner struct {
	p    *Package
	seen map[types.Object]bool
}

func (w stateWarner) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				w.changed(e)
			}
		}
	case *ast.IncDecStmt:
		w.changed(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			w.changed(n.Key)
			w.changed(n.Value)
		}
	case *ast.CallExpr:
		w.call(n)
	}
	return true
}

// call looks at the calls that change what they are given: delete and clear, and
// the methods of maps and numbers that are made to be shared.
func (w stateWarner) call(call *ast.CallExpr) {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		b, ok := w.p.Info.Uses[fun].(*types.Builtin)
		if ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy") && len(call.Args) > 0 {
			w.changed(call.Args[0])
		}
	case *ast.SelectorExpr:
		fn, ok := w.p.Info.Uses[fun.Sel].(*types.Func)
		if !ok || fn.Pkg() == nil {
			return
		}
		switch fn.Pkg().Path() + "." + fn.Name() {
		case "sync.Store", "sync.LoadOrStore", "sync.Swap", "sync.CompareAndSwap", "sync.Delete",
			"sync/atomic.Store", "sync/atomic.Add", "sync/atomic.Swap", "sync/atomic.CompareAndSwap":
			w.changed(fun.X)
		}
	}
}

// changed warns once of the package variable that an expression leads to.
func (w stateWarner) changed(e ast.Expr) {
	id := root(w.p.Info, e)
	if id == nil {
		return
	}
	v, ok := w.p.Info.Uses[id].(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() || w.seen[v] {
		return
	}
	w.seen[v] = true
	w.p.Warnings.Add(w.p.Position(id.Pos()), "state.variable", "the package variable %q is changed here, and the change may be lost between two calls", v.Name()).
		WithHint("keep in a local variable what one call needs, and outside of the service, behind a connection, what several calls share")
}

// root returns the variable that an assignable expression begins with.
func root(info *types.Info, e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, isPackage := info.Uses[id].(*types.PkgName); isPackage {
					return x.Sel
				}
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}
