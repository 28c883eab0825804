package gate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// varFacts is what analyse found out about a local variable.
type varFacts struct {
	owner    ast.Node // the function literal that declares it; nil is the function itself
	captured bool     // used in a function literal that does not declare it
	assigned int      // how often it is assigned after its declaration
	addr     bool     // its address is taken
	result   bool
	inBody   bool // of a loop variable: assigned in the loop's body or in a closure
	uses     int  // how often it is used
	nilTests int  // how often it is only compared with nil
}

func (f *fn) fact(v types.Object) *varFacts {
	if f.facts[v] == nil {
		f.facts[v] = &varFacts{}
	}
	return f.facts[v]
}

// boxed reports whether a variable lives behind a pointer.
func (f *fn) boxed(v types.Object) bool {
	p := f.facts[v]
	return p != nil && !p.result && (p.addr || p.captured && p.assigned > 0)
}

// analyse finds out about the local variables in some syntax: which of them are
// shared with closures, which are assigned again, which have their address
// taken.
func (f *fn) analyse(root ast.Node) {
	a := &analysis{f: f}
	a.walk(root)
}

type analysis struct {
	f    *fn
	lits []*ast.FuncLit
}

func (a *analysis) lit() ast.Node {
	if len(a.lits) == 0 {
		return nil
	}
	return a.lits[len(a.lits)-1]
}

func (a *analysis) local(id *ast.Ident) *types.Var {
	obj := a.f.u.Info.Uses[id]
	if obj == nil {
		obj = a.f.u.Info.Defs[id]
	}
	v, ok := obj.(*types.Var)
	if !ok || v.IsField() || v.Parent() == a.f.u.Types.Scope() || v.Pkg() != a.f.u.Types {
		return nil
	}
	return v
}

func (a *analysis) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			a.lits = append(a.lits, n)
			if n.Type.Params != nil {
				for _, field := range n.Type.Params.List {
					for _, id := range field.Names {
						a.def(id)
					}
				}
			}
			if n.Type.Results != nil {
				for _, field := range n.Type.Results.List {
					for _, id := range field.Names {
						a.def(id)
						if v := a.local(id); v != nil {
							a.f.fact(v).result = true
						}
					}
				}
			}
			a.walk(n.Body)
			a.lits = a.lits[:len(a.lits)-1]
			return false
		case *ast.Ident:
			if a.f.u.Info.Defs[n] != nil {
				a.def(n)
			} else if v := a.local(n); v != nil {
				p := a.f.fact(v)
				p.uses++
				p.captured = p.captured || p.owner != a.lit()
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				if id, ok := n.X.(*ast.Ident); ok && a.f.isNil(n.Y) {
					if v := a.local(id); v != nil {
						a.f.fact(v).nilTests++
					}
				}
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				if v := a.f.u.Info.Implicits[c]; v != nil {
					a.f.fact(v).owner = a.lit()
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				a.addr(n.X)
			}
		case *ast.SliceExpr:
			if _, ok := under(a.f.u.Info.TypeOf(n.X)).(*types.Array); ok {
				a.addr(n.X)
			}
		case *ast.SelectorExpr:
			if sel := a.f.u.Info.Selections[n]; sel != nil && sel.Kind() == types.MethodVal {
				if m, ok := sel.Obj().(*types.Func); ok && needsAddr(sel, m) {
					a.addr(n.X)
				}
			}
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				a.assign(l)
			}
		case *ast.IncDecStmt:
			a.assign(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				if n.Key != nil {
					a.assign(n.Key)
				}
				if n.Value != nil {
					a.assign(n.Value)
				}
			}
		case *ast.ForStmt:
			a.forLoop(n)
			return false
		case *ast.ValueSpec:
		}
		return true
	})
}

// forLoop walks a loop and notes which of its variables its body assigns.
func (a *analysis) forLoop(n *ast.ForStmt) {
	var vars []*types.Var
	if n.Init != nil {
		a.walk(n.Init)
		if as, ok := n.Init.(*ast.AssignStmt); ok && as.Tok == token.DEFINE {
			for _, l := range as.Lhs {
				if id, ok := l.(*ast.Ident); ok {
					if v, ok := a.f.u.Info.Defs[id].(*types.Var); ok {
						vars = append(vars, v)
					}
				}
			}
		}
	}
	if n.Cond != nil {
		a.walk(n.Cond)
	}
	if n.Post != nil {
		a.walk(n.Post)
	}
	before := make([]int, len(vars))
	for i, v := range vars {
		before[i] = a.f.fact(v).assigned
	}
	a.walk(n.Body)
	for i, v := range vars {
		a.f.fact(v).inBody = a.f.fact(v).assigned != before[i]
	}
}

func (a *analysis) def(id *ast.Ident) {
	if v, ok := a.f.u.Info.Defs[id].(*types.Var); ok {
		a.f.fact(v).owner = a.lit()
	}
}

func (a *analysis) assign(x ast.Expr) {
	for {
		switch e := x.(type) {
		case *ast.ParenExpr:
			x = e.X
		case *ast.Ident:
			if v := a.local(e); v != nil && a.f.u.Info.Defs[e] == nil {
				a.f.fact(v).assigned++
			}
			return
		case *ast.SelectorExpr:
			if _, ok := under(a.f.u.Info.TypeOf(e.X)).(*types.Pointer); ok {
				return
			}
			x = e.X
		case *ast.IndexExpr:
			if _, ok := under(a.f.u.Info.TypeOf(e.X)).(*types.Array); !ok {
				return
			}
			x = e.X
		default:
			return
		}
	}
}

// addr notes that the address of a variable, or of a part of it, is taken.
func (a *analysis) addr(x ast.Expr) {
	for {
		switch e := x.(type) {
		case *ast.ParenExpr:
			x = e.X
		case *ast.Ident:
			if v := a.local(e); v != nil {
				a.f.fact(v).addr = true
			}
			return
		case *ast.SelectorExpr:
			if a.f.u.Info.Selections[e] == nil {
				return
			}
			if _, ok := under(a.f.u.Info.TypeOf(e.X)).(*types.Pointer); ok {
				return
			}
			x = e.X
		case *ast.IndexExpr:
			if _, ok := under(a.f.u.Info.TypeOf(e.X)).(*types.Array); !ok {
				return
			}
			x = e.X
		default:
			return
		}
	}
}

// needsAddr reports whether a method call takes the address of its operand.
func needsAddr(sel *types.Selection, m *types.Func) bool {
	recv := m.Signature().Recv()
	if recv == nil {
		return false
	}
	if _, ok := under(recv.Type()).(*types.Pointer); !ok {
		return false
	}
	_, isPtr := under(sel.Recv()).(*types.Pointer)
	return !isPtr
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}
