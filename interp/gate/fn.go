package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"mortise/interp/box"
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
	direct    bool   // the next literal is called at once, or by defer itself

	exact     bool         // panics of the interpreter are made to say what Go's say
	protected []protection // of the open functions, by nesting

	recoverAt int // the nesting of function literals at which recover works; 0 is nowhere
}

// protection is how a function keeps what it defers where the interpreter would
// lose it: its body is a literal that box.Protect runs.
type protection struct {
	defers  string   // the name of its box.Defers; "" is a function that needs none
	results []string // variables that hold its results, as pointers
	types   []types.Type
	inner   []string // statements that the body begins with
}

// target is a statement that break and continue may name.
type target struct {
	kind  token.Token // FOR, SWITCH or SELECT
	label string
}

func (e *emitter) newFn(u *Unit, targs map[*types.TypeParam]types.Type, name string) *fn {
	return &fn{
		e: e, u: u, targs: targs, name: e.unit.Types.Name() + "." + name, names: map[types.Object]string{},
		taken: map[string]bool{}, facts: map[types.Object]*varFacts{}, loops: []int{0}, exact: e.exact,
	}
}

// function writes a declared function or method, or one instance of it.
func (e *emitter) function(u *Unit, d *ast.FuncDecl, targs map[*types.TypeParam]types.Type, name string) {
	if d.Body == nil {
		e.refuse(d.Pos(), "function.body", "a function without a body", "")
		return
	}
	f := e.newFn(u, targs, display(d))
	sig, _ := u.Info.Defs[d.Name].Type().(*types.Signature)
	if sig == nil {
		return
	}
	// fmt prints what these panic with.
	f.exact = f.exact || d.Recv != nil && (d.Name.Name == "String" || d.Name.Name == "Error" || d.Name.Name == "GoString")
	var params []*types.Var
	if r := sig.Recv(); r != nil {
		params = append(params, r)
	}
	for v := range sig.Params().Variables() {
		params = append(params, v)
	}
	for v := range sig.Results().Variables() {
		f.fact(v).result = true
	}
	f.analyse(d.Body)
	f.protect(d.Body, sig)
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
			raw := ""
			if f.shield().defers != "" {
				raw = f.fresh("_p")
			}
			name = f.declare(p)
			if raw != "" {
				if f.boxed(p) {
					f.shield().inner = append(f.shield().inner, fmt.Sprintf("%s := new(%s); *%s = %s", name, f.e.typ(pt, at), name, raw))
				} else {
					f.shield().inner = append(f.shield().inner, fmt.Sprintf("%s := %s; _ = %s", name, raw, name))
				}
				name = raw
			} else if f.boxed(p) {
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
	if f.shield().defers != "" {
		return out + f.shieldResults(sig, at)
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
		// The interpreter lets a result share the place of what the caller assigns
		// it to, with what stands there.
		zero := f.fresh("_z")
		f.pre = append(f.pre, fmt.Sprintf("var %s %s; %s = %s", zero, rs[i], name, zero))
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
	shield := f.shield()
	if shield.defers != "" {
		p := f.e.use(box.Path)
		fmt.Fprintf(&f.out, "%s.Protect(func(%s *%s.Defers) {\n", p, shield.defers, p)
		for _, s := range shield.inner {
			f.out.WriteString(s + "\n")
		}
	}
	f.sigs, f.deferring = append(f.sigs, sig), append(f.deferring, defers(b) && shield.defers == "")
	f.stmts(b.List)
	f.sigs, f.deferring = f.sigs[:len(f.sigs)-1], f.deferring[:len(f.deferring)-1]
	f.results = f.results[:len(f.results)-1]
	f.protected = f.protected[:len(f.protected)-1]
	if shield.defers != "" {
		f.out.WriteString("})\n")
		if len(shield.results) > 0 {
			f.out.WriteString("return *" + strings.Join(shield.results, ", *") + "\n")
		}
		return
	}
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
	f.protect(x.Body, own)
	head := f.signature(params, own, x.Pos())
	f.body(x.Body, own, f.pre, x.Pos())
	text := "func" + head + " {\n" + f.out.String() + "}"
	f.loops = f.loops[:len(f.loops)-1]
	f.out, f.pre, f.targets = savedOut, savedPre, savedTargets
	if direct {
		return text
	}
	return f.apart(text, f.typeOf(x), x.Pos())
}

// apart writes a function literal so that it is made in a frame of its own.
// Whenever a literal has run, the interpreter puts back, into the place of the
// frame in which it was made, what stood there before it was made. Where the
// literal runs in another goroutine, that may be just when the frame has made
// the next literal in that place and has not yet taken it. And it wants a lock
// that the interpreter holds while the frame's deferred calls run.
func (f *fn) apart(text string, t types.Type, at token.Pos) string {
	return "func() " + f.e.typ(t, at) + " { return " + text + " }()"
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
