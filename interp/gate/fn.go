package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// fn writes one function, together with the function literals in it.
type fn struct {
	e       *emitter
	u       *Unit
	targs   map[*types.TypeParam]types.Type
	name    string // as people read it: "users.GetDetails"
	names   map[types.Object]string
	taken   map[string]bool
	facts   map[types.Object]*varFacts
	out     strings.Builder
	pre     []string // statements to write before the one in hand
	sigs    []*types.Signature
	results [][]string // names of named results, by nesting
	loops   []int      // how many loops are open, by nesting of function literals
	targets []target

	deferring []bool // whether the open functions defer anything, by nesting
	direct    bool   // the next literal is called by defer or go itself

	recoverAt int // the nesting of function literals at which recover works; 0 is nowhere
}

// target is a statement that break and continue may name.
type target struct {
	kind  token.Token // FOR, SWITCH or SELECT
	label string
}

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

func (e *emitter) newFn(u *Unit, targs map[*types.TypeParam]types.Type, name string) *fn {
	return &fn{
		e: e, u: u, targs: targs, name: e.unit.Types.Name() + "." + name, names: map[types.Object]string{},
		taken: map[string]bool{}, facts: map[types.Object]*varFacts{}, loops: []int{0},
	}
}

// function writes a declared function or method, or one instance of it.
func (e *emitter) function(u *Unit, d *ast.FuncDecl, targs map[*types.TypeParam]types.Type, name string, obj *types.Func) {
	if d.Body == nil {
		e.refuse(d.Pos(), "function.body", "a function without a body", "")
		return
	}
	f := e.newFn(u, targs, display(d))
	sig, _ := u.Info.Defs[d.Name].Type().(*types.Signature)
	if sig == nil {
		return
	}
	var params []*types.Var
	if r := sig.Recv(); r != nil {
		params = append(params, r)
	}
	for i := range sig.Params().Len() {
		params = append(params, sig.Params().At(i))
	}
	for i := range sig.Results().Len() {
		f.fact(sig.Results().At(i)).result = true
	}
	f.analyse(d.Body)
	head := f.signature(params, sig, d.Pos())
	f.body(d.Body, sig, f.pre, d.Name.Pos())
	fmt.Fprintf(&e.decls, "%sfunc %s%s {\n%s}\n\n", e.line(u, d.Name.Pos()), name, head, f.out.String())
}

func display(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// signature writes parameters and results. Parameters that are boxed get their
// box by statements left in f.pre.
func (f *fn) signature(params []*types.Var, sig *types.Signature, at token.Pos) string {
	f.pre = nil
	list := make([]string, len(params))
	for i, p := range params {
		pt := f.subst(p.Type())
		text := f.e.typ(pt, at)
		if sig.Variadic() && i == len(params)-1 {
			if s, ok := pt.Underlying().(*types.Slice); ok {
				text = "..." + f.e.typ(s.Elem(), at)
			}
		}
		name := f.fresh("_p")
		if p.Name() != "" && p.Name() != "_" {
			name = f.declare(p)
			if f.boxed(p) {
				raw := f.fresh(name)
				f.pre = append(f.pre, fmt.Sprintf("%s := new(%s); *%s = %s", name, f.e.typ(pt, at), name, raw))
				name = raw
			}
		}
		list[i] = name + " " + text
	}
	out := "(" + strings.Join(list, ", ") + ")"
	res := sig.Results()
	if res.Len() == 0 {
		f.results = append(f.results, nil)
		return out
	}
	named := res.At(0).Name() != ""
	var names []string
	rs := make([]string, res.Len())
	for i := range rs {
		v := res.At(i)
		rs[i] = f.e.typ(f.subst(v.Type()), at)
		if !named {
			continue
		}
		name := f.fresh("_r")
		if v.Name() != "_" {
			name = f.declare(v)
			if f.fact(v).addr {
				f.e.refuse(v.Pos(), "result.address", fmt.Sprintf("taking the address of the result %q", v.Name()), "use a variable of its own and return it")
			}
		}
		names = append(names, name)
		rs[i] = name + " " + rs[i]
	}
	f.results = append(f.results, names)
	if len(rs) == 1 && !named {
		return out + " " + rs[0]
	}
	return out + " (" + strings.Join(rs, ", ") + ")"
}

// body writes a function's body behind the statements pre.
func (f *fn) body(b *ast.BlockStmt, sig *types.Signature, pre []string, at token.Pos) {
	f.pre = nil
	if n := f.e.note(f.u, at, f.name); n != "" {
		f.out.WriteString(n + "\n")
	}
	for _, s := range pre {
		f.out.WriteString(s + "\n")
	}
	f.sigs, f.deferring = append(f.sigs, sig), append(f.deferring, defers(b))
	f.stmts(b.List)
	f.sigs, f.deferring = f.sigs[:len(f.sigs)-1], f.deferring[:len(f.deferring)-1]
	f.results = f.results[:len(f.results)-1]
	if sig.Results().Len() > 0 && !endsInReturn(b.List) {
		// Go sees that this place is not reached, the interpreter may not.
		f.out.WriteString("panic(\"unreachable\")\n")
	}
}

func endsInReturn(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[len(list)-1].(*ast.ReturnStmt)
	return ok
}

// literal writes a function literal.
func (f *fn) literal(x *ast.FuncLit) string {
	sig, _ := f.typeOf(x).Underlying().(*types.Signature)
	own, _ := f.u.Info.TypeOf(x).Underlying().(*types.Signature)
	if sig == nil || own == nil {
		return "nil"
	}
	params := make([]*types.Var, own.Params().Len())
	for i := range params {
		params[i] = own.Params().At(i)
	}
	direct := f.direct
	f.direct = false
	savedOut, savedPre, savedTargets := f.out, f.pre, f.targets
	f.out, f.pre, f.targets = strings.Builder{}, nil, nil
	f.loops = append(f.loops, 0)
	head := f.signature(params, own, x.Pos())
	f.body(x.Body, own, f.pre, x.Pos())
	text := "func" + head + " {\n" + f.out.String() + "}"
	f.loops = f.loops[:len(f.loops)-1]
	f.out, f.pre, f.targets = savedOut, savedPre, savedTargets
	if !direct && len(f.deferring) > 0 && f.deferring[len(f.deferring)-1] {
		// The interpreter holds a lock on the frame whose deferred calls it runs,
		// and a literal made in that frame wants it too: make it in another.
		return "func() " + f.e.typ(f.typeOf(x), x.Pos()) + " { return " + text + " }()"
	}
	return text
}

// defers reports whether a function's body defers a call, function literals in
// it left out.
func defers(b *ast.BlockStmt) bool {
	found := false
	ast.Inspect(b, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
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

// fresh returns a name that nothing in this function has.
func (f *fn) fresh(base string) string {
	base = asciiOnly(base)
	name := base
	if base[0] == '_' {
		name = "m" + base + "1"
		base = "m" + base
	}
	for i := 2; f.taken[name] || f.e.taken[name] || token.IsKeyword(name) || strings.HasPrefix(name, "mortise") || strings.HasPrefix(name, "p_"); i++ {
		name = base + strconv.Itoa(i)
		if i > 1000 { // many variables of one name: leave the dense part
			name = base + "_" + strconv.Itoa(len(f.taken)+i)
		}
	}
	f.taken[name] = true
	return name
}

// declare gives a local variable its name, one that is used once in the
// function.
func (f *fn) declare(v types.Object) string {
	name := f.fresh(v.Name())
	f.names[v] = name
	return name
}

// analyse finds out about the local variables in some syntax: which of them are
// shared with closures, which are assigned again, which have their address
// taken.
func (f *fn) analyse(root ast.Node) {
	a := &analysis{f: f}
	a.walk(root)
}

type analysis struct {
	f     *fn
	lits  []*ast.FuncLit
	loops []*ast.ForStmt
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

// assign notes an assignment to a variable or to a part of it.
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
