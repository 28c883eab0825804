package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"mortise/interp/box"
)

func (f *fn) call(c *ast.CallExpr) string {
	fun := ast.Unparen(c.Fun)
	if f.isConversion(c) {
		return f.conversion(c)
	}
	if id, ok := fun.(*ast.Ident); ok {
		if b, ok := f.u.Info.Uses[id].(*types.Builtin); ok {
			return f.builtin(c, b.Name())
		}
	}
	if obj := f.libraryCallee(fun); obj != nil {
		if text, ok := f.written(c, obj); ok {
			return text
		}
	}
	sig, ok := under(f.typeOf(fun)).(*types.Signature)
	if !ok {
		f.refuse(c, "call", "this call", "")
		return "nil"
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if s := f.u.Info.Selections[sel]; s != nil && s.Kind() == types.MethodVal {
			return f.methodCall(c, sel, s, sig)
		}
	}
	var callee *types.Func
	switch fun := fun.(type) {
	case *ast.Ident:
		callee, _ = f.u.Info.Uses[fun].(*types.Func)
	case *ast.SelectorExpr:
		callee, _ = f.u.Info.Uses[fun.Sel].(*types.Func)
	}
	if lit, ok := fun.(*ast.FuncLit); ok {
		n := len(f.deferring)
		f.direct = n == 0 || !f.deferring[n-1]
		text := f.literal(lit)
		return text + "(" + f.args(c, sig, nil) + ")"
	}
	if text, ok := f.sprint(c, callee, sig); ok {
		return text
	}
	text := f.x(fun)
	if s := f.e.sinkOf(callee); s != nil && s.name == "fmt.Errorf" && f.unknownFormat(c, s) {
		text = f.e.use(box.Path) + ".Errorf"
	}
	return f.explained(c, callee, text+"("+f.args(c, sig, f.e.sinkOf(callee))+")")
}

// libraryCallee returns the function or method of the library that is called,
// or nil.
func (f *fn) libraryCallee(fun ast.Expr) *types.Func {
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	obj, ok := f.u.Info.Uses[sel.Sel].(*types.Func)
	if !ok || obj.Pkg() == nil || f.e.g.units[obj.Pkg().Path()] != nil {
		return nil
	}
	return obj
}

// args writes the arguments of a call. A sink says what the callee does with
// values of any type.
func (f *fn) args(c *ast.CallExpr, sig *types.Signature, s *sink) string {
	if sig == nil {
		f.refuse(c, "call", "this call", "")
		return ""
	}
	n := sig.Params().Len()
	if len(c.Args) == 1 && f.isTuple(c.Args[0]) {
		return f.spread(c, sig, s)
	}
	parts := make([]string, len(c.Args))
	for i, a := range c.Args {
		var pt types.Type
		switch {
		case sig.Variadic() && i >= n-1 && !c.Ellipsis.IsValid():
			pt = under(sig.Params().At(n - 1).Type()).(*types.Slice).Elem()
		case i < n:
			pt = sig.Params().At(i).Type()
		}
		before := len(f.pre)
		parts[i] = f.arg(c, i, a, f.subst(pt), s)
		f.inOrder(before, parts[:i], c.Args)
		if s == nil && sig.Variadic() && i >= n-1 && !c.Ellipsis.IsValid() {
			parts[i] = f.oneOfMany(parts[i], f.typeOf(a), f.subst(pt), c.Pos())
		}
	}
	if s != nil && f.unknownFormat(c, s) {
		return f.formatted(c, parts, s)
	}
	if last := len(parts) - 1; c.Ellipsis.IsValid() && parts[last] == "nil" {
		parts[last] = f.e.typ(f.subst(sig.Params().At(n-1).Type()), c.Pos()) + "(nil)"
	}
	out := strings.Join(parts, ", ")
	if c.Ellipsis.IsValid() {
		out += "..."
	}
	return out
}

// oneOfMany writes an argument that is one of a variadic parameter's, or of
// append's. The interpreter takes a list for the list of all of them.
func (f *fn) oneOfMany(text string, from, to types.Type, at token.Pos) string {
	if types.IsInterface(to) && !isUntyped(from) && strings.HasPrefix(f.e.typ(from, at), "[") {
		return f.e.use(box.Path) + ".Any(" + text + ")"
	}
	return text
}

func (f *fn) isTuple(x ast.Expr) bool {
	_, ok := f.typeOf(x).(*types.Tuple)
	return ok
}

// arg writes one argument.
func (f *fn) arg(c *ast.CallExpr, i int, a ast.Expr, pt types.Type, s *sink) string {
	if s != nil && s.kind == sinkFormat && i == s.format {
		if text, ok := f.formatArg(c, s, a); ok {
			return text
		}
	}
	if s != nil && types.IsInterface(pt) {
		return f.sinkArg(c, i, a, pt, s)
	}
	if lit, ok := ast.Unparen(a).(*ast.FuncLit); ok {
		// The interpreter shares the frame of a literal that is passed on
		// directly; one in a variable keeps what it has captured.
		text := f.literal(lit)
		name := f.fresh("_f")
		f.pre = append(f.pre, name+" := "+text)
		return name
	}
	text := f.conv(a, pt)
	if _, isCall := ast.Unparen(a).(*ast.CallExpr); !isCall && strings.HasPrefix(text, "func(") { // a method's value
		return f.hoistFixed(text)
	}
	return text
}

// spread writes f(g()) where g has several results.
func (f *fn) spread(c *ast.CallExpr, sig *types.Signature, s *sink) string {
	tup, ok := f.typeOf(c.Args[0]).(*types.Tuple)
	if !ok {
		f.refuse(c, "call", "this call", "")
		return ""
	}
	names, parts, plain := make([]string, tup.Len()), make([]string, tup.Len()), true
	text := f.x(c.Args[0])
	for i := range tup.Len() {
		var pt types.Type
		if n := sig.Params().Len(); sig.Variadic() && i >= n-1 {
			pt = under(sig.Params().At(n - 1).Type()).(*types.Slice).Elem()
		} else if i < n {
			pt = sig.Params().At(i).Type()
		}
		from := f.subst(tup.At(i).Type())
		if pt == nil || s != nil && (s.kind != sinkPrint || s.spaced && f.e.mentionsOwn(from)) {
			f.refuse(c, "call.spread", "a call whose arguments are the results of another call", "put the results into variables first")
			return ""
		}
		names[i] = f.fresh("_t")
		parts[i] = f.convText(names[i], from, pt, c.Pos())
		if s == nil && sig.Variadic() && i >= sig.Params().Len()-1 {
			parts[i] = f.oneOfMany(parts[i], from, f.subst(pt), c.Pos())
		}
		plain = plain && parts[i] == names[i]
	}
	if plain {
		return text
	}
	f.pre = append(f.pre, strings.Join(names, ", ")+" := "+text)
	return strings.Join(parts, ", ")
}

// methodCall writes a call of a method: of the project as a call of a function,
// of the library as it is.
func (f *fn) methodCall(c *ast.CallExpr, x *ast.SelectorExpr, sel *types.Selection, sig *types.Signature) string {
	m, ok := sel.Obj().(*types.Func)
	if !ok {
		f.refuse(c, "call", "this call", "")
		return "nil"
	}
	name, recv := f.method(x, sel, m)
	if name == "" {
		return "nil"
	}
	if recv == "" { // of the library
		return f.explained(c, m, name+"("+f.args(c, sig, f.e.sinkOf(m))+")")
	}
	args := f.args(c, sig, nil)
	if args != "" {
		recv += ", "
	}
	return name + "(" + recv + args + ")"
}

// method returns how a method is called: for one of the project the name of its
// function and the receiver, for one of the library the selector alone.
func (f *fn) method(x *ast.SelectorExpr, sel *types.Selection, m *types.Func) (name, recv string) {
	base, t := f.operandFor(x, sel), f.typeOf(x.X)
	if _, ok := t.(*types.TypeParam); ok {
		f.refuse(x, "generic.method", "a method of a type parameter", "pass a function instead")
		return "", ""
	}
	path := sel.Index()
	if _, generic := f.u.Info.TypeOf(x.X).(*types.TypeParam); generic || len(f.targs) > 0 {
		obj, p, _ := types.LookupFieldOrMethod(t, true, m.Pkg(), m.Name())
		mm, ok := obj.(*types.Func)
		if !ok {
			f.refuse(x, "generic.method", "this method", "")
			return "", ""
		}
		m, path = mm, p
	}
	for _, i := range path[:len(path)-1] {
		st, ok := structOf(t)
		if !ok {
			f.refuse(x, "call", "this call", "")
			return "", ""
		}
		base, t = base+"."+st.Field(i).Name(), f.subst(st.Field(i).Type())
	}
	if f.e.ownInterface(t) {
		return f.e.dispatcher(t, m, x.Pos()), base
	}
	if types.IsInterface(t) {
		if !f.e.libraryInterface(t, x.Pos()) || !f.e.libraryFunc(m, x.Pos()) {
			return "", ""
		}
		return base + "." + m.Name(), ""
	}
	n := receiver(t)
	if n == nil {
		f.refuse(x, "call", "this call", "")
		return "", ""
	}
	if !f.e.own(n) {
		if !f.e.libraryFunc(m, x.Pos()) {
			return "", ""
		}
		return base + "." + m.Name(), ""
	}
	_, isPtr := types.Unalias(t).(*types.Pointer)
	_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
	switch {
	case isPtr && !wantPtr:
		base = "(*" + base + ")"
	case !isPtr && wantPtr:
		if len(path) > 1 {
			base = "&" + base
		} else {
			base = f.address(x.X)
		}
	}
	return f.methodName(x, n, m), base
}

// operandFor writes the operand of a method call.
func (f *fn) operandFor(x *ast.SelectorExpr, sel *types.Selection) string {
	if len(sel.Index()) > 1 {
		return f.operand(x.X)
	}
	if n := receiver(f.typeOf(x.X)); n != nil && f.e.own(n) {
		return f.x(x.X)
	}
	return f.operand(x.X)
}

// methodName returns the function that a method of the project became.
func (f *fn) methodName(at ast.Expr, n *types.Named, m *types.Func) string {
	if n.TypeArgs().Len() > 0 {
		args := make([]types.Type, n.TypeArgs().Len())
		for i := range args {
			args[i] = f.subst(n.TypeArgs().At(i))
		}
		return f.e.instance(at, f, m.Origin(), args)
	}
	if n.Obj().Parent() != n.Obj().Pkg().Scope() {
		f.refuse(at, "call", "this call", "")
		return "nil"
	}
	name := f.e.funcName(m)
	if n.Obj().Pkg() != f.e.unit.Types {
		return f.e.use(n.Obj().Pkg().Path()) + "." + name
	}
	return name
}

// methodValue writes a method that is not called: a literal that calls it.
func (f *fn) methodValue(x *ast.SelectorExpr, sel *types.Selection) string {
	m, ok := sel.Obj().(*types.Func)
	sig, ok2 := under(f.typeOf(x)).(*types.Signature)
	if !ok || !ok2 || sig.Variadic() || calls(x.X) {
		f.refuse(x, "method.value", "a method used as a value", "write func(…) { … } around the call")
		return "nil"
	}
	name, recv := f.method(x, sel, m)
	if name == "" {
		return "nil"
	}
	if recv != "" {
		if strings.HasPrefix(name, "mortise_call") {
			recv = f.e.use(box.Path) + ".NotNil(" + recv + ")"
		}
		recv = f.hoistFixed(recv)
	} else {
		i := strings.LastIndexByte(name, '.')
		name = f.hoistReceiver(x, name[:i]) + name[i:]
	}
	params, args := make([]string, sig.Params().Len()), []string{}
	if recv != "" {
		args = append(args, recv)
	}
	for i := range params {
		p := f.fresh("_a")
		params[i] = p + " " + f.e.typ(f.subst(sig.Params().At(i).Type()), x.Pos())
		args = append(args, p)
	}
	results, ret := f.e.results(f, sig, x.Pos()), ""
	if results != "" {
		ret = "return "
	}
	text := fmt.Sprintf("func(%s)%s { %s%s(%s) }", strings.Join(params, ", "), results, ret, name, strings.Join(args, ", "))
	return f.apart(text, sig, x.Pos())
}

// hoistReceiver puts the receiver of a library method's value into a variable,
// as a pointer where the method needs one.
func (f *fn) hoistReceiver(x *ast.SelectorExpr, base string) string {
	if id, ok := ast.Unparen(x.X).(*ast.Ident); ok {
		if v, ok := f.u.Info.Uses[id].(*types.Var); ok && f.boxed(v) {
			return base
		}
	}
	if _, ok := under(f.typeOf(x.X)).(*types.Pointer); ok || types.IsInterface(f.typeOf(x.X)) {
		return f.hoistFixed(base)
	}
	if n := receiver(f.typeOf(x.X)); n != nil {
		if _, ok := n.Underlying().(*types.Basic); ok {
			return f.hoistFixed(base)
		}
	}
	f.refuse(x, "method.value", "a method used as a value", "write func(…) { … } around the call")
	return base
}

func (e *emitter) results(f *fn, sig *types.Signature, at token.Pos) string {
	rs := make([]string, sig.Results().Len())
	for i := range rs {
		rs[i] = e.typ(f.subst(sig.Results().At(i).Type()), at)
	}
	switch len(rs) {
	case 0:
		return ""
	case 1:
		return " " + rs[0]
	}
	return " (" + strings.Join(rs, ", ") + ")"
}

// methodExpr writes T.Method: the function that the method became.
func (f *fn) methodExpr(x *ast.SelectorExpr, sel *types.Selection) string {
	m, ok := sel.Obj().(*types.Func)
	if ok && f.e.ownInterface(f.subst(sel.Recv())) {
		return f.e.dispatcher(f.subst(sel.Recv()), m, x.Pos())
	}
	if ok && len(sel.Index()) == 1 {
		if n := receiver(f.subst(sel.Recv())); n != nil && f.e.own(n) && types.Identical(f.subst(sel.Recv()), f.subst(m.Signature().Recv().Type())) {
			return f.methodName(x, n, m)
		}
	}
	f.refuse(x, "method.expression", "a method of a type used as a function", "write func(…) { … } around the call")
	return "nil"
}

// frozenCall writes a call for defer: what is called and its arguments are
// evaluated before.
func (f *fn) frozenCall(c *ast.CallExpr) string {
	fun := ast.Unparen(c.Fun)
	sig, _ := under(f.typeOf(fun)).(*types.Signature)
	if id, ok := fun.(*ast.Ident); ok {
		if b, ok := f.u.Info.Uses[id].(*types.Builtin); ok {
			args := make([]string, len(c.Args))
			for i, a := range c.Args {
				args[i] = f.hoistFixed(f.x(a))
			}
			return b.Name() + "(" + strings.Join(args, ", ") + ")"
		}
	}
	if sig == nil || len(c.Args) == 1 && f.isTuple(c.Args[0]) || c.Ellipsis.IsValid() {
		f.refuse(c, "defer", "this defer", "defer a function literal: defer func() { … }()")
		return ""
	}
	name, recv := "", ""
	var s *sink
	if sel, ok := fun.(*ast.SelectorExpr); ok && f.u.Info.Selections[sel] != nil && f.u.Info.Selections[sel].Kind() == types.MethodVal {
		m, _ := f.u.Info.Selections[sel].Obj().(*types.Func)
		name, recv = f.method(sel, f.u.Info.Selections[sel], m)
		if name == "" {
			return ""
		}
		if recv != "" {
			recv = f.hoistFixed(recv)
		} else {
			i := strings.LastIndexByte(name, '.')
			if _, isPtr := under(f.typeOf(sel.X)).(*types.Pointer); isPtr || types.IsInterface(f.typeOf(sel.X)) {
				name = f.hoistFixed(name[:i]) + name[i:]
			}
			s = f.e.sinkOf(m)
		}
	} else {
		if obj := f.libraryCallee(fun); obj != nil {
			s = f.e.sinkOf(obj)
		}
		if _, ok := fun.(*ast.FuncLit); ok {
			name = f.hoistFixed(f.x(fun))
		} else if name = f.x(fun); !strings.HasPrefix(name, "p_") {
			if id, ok := fun.(*ast.Ident); ok {
				if _, ok := f.u.Info.Uses[id].(*types.Func); !ok {
					name = f.hoistFixed(name)
				}
			} else {
				name = f.hoistFixed(name)
			}
		}
	}
	if s != nil && f.unknownFormat(c, s) {
		f.refuse(c, "defer", "defer of a call with a format that is not a constant", "defer a function literal: defer func() { … }()")
		return ""
	}
	var args []string
	if recv != "" {
		args = append(args, recv)
	}
	n := sig.Params().Len()
	for i, a := range c.Args {
		var pt types.Type
		if sig.Variadic() && i >= n-1 {
			pt = under(sig.Params().At(n - 1).Type()).(*types.Slice).Elem()
		} else {
			pt = sig.Params().At(i).Type()
		}
		text := f.arg(c, i, a, f.subst(pt), s)
		if !constantText(text) && text != "nil" {
			t := f.fresh("_t")
			f.pre = append(f.pre, fmt.Sprintf("var %s %s = %s", t, f.e.typ(f.subst(pt), a.Pos()), text))
			text = t
		}
		args = append(args, text)
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// builtin writes a call of a builtin function.
func (f *fn) builtin(c *ast.CallExpr, name string) string {
	switch name {
	case "len", "cap":
		x := c.Args[0]
		if p, ok := under(f.typeOf(x)).(*types.Pointer); ok {
			if _, ok := under(p.Elem()).(*types.Array); ok {
				return name + "(*" + f.x(x) + ")"
			}
		}
		return name + "(" + f.x(x) + ")"
	case "append":
		return f.appendCall(c)
	case "copy":
		return "copy(" + f.x(c.Args[0]) + ", " + f.x(c.Args[1]) + ")"
	case "delete":
		m, ok := under(f.typeOf(c.Args[0])).(*types.Map)
		if ok {
			return "delete(" + f.x(c.Args[0]) + ", " + f.conv(c.Args[1], m.Key()) + ")"
		}
	case "close":
		return "close(" + f.x(c.Args[0]) + ")"
	case "make":
		args := []string{f.e.typ(f.typeOf(c.Args[0]), c.Pos())}
		for _, a := range c.Args[1:] {
			if f.u.Info.Types[a].Value == nil {
				if n := f.e.note(f.u, c.Pos(), f.name); n != "" {
					f.pre = append(f.pre, n)
				}
			}
			args = append(args, f.index(a))
		}
		return "make(" + strings.Join(args, ", ") + ")"
	case "new":
		if f.u.Info.Types[ast.Unparen(c.Args[0])].IsType() {
			return "new(" + f.e.typ(f.typeOf(c.Args[0]), c.Pos()) + ")"
		}
		p, ok := under(f.typeOf(c)).(*types.Pointer)
		if ok {
			t, v := f.e.typ(p.Elem(), c.Pos()), f.convAs(c.Args[0], p.Elem())
			return fmt.Sprintf("func(v %s) *%s { p := new(%s); *p = v; return p }(%s)", t, t, t, v)
		}
	case "min", "max":
		return f.minMax(c, name)
	case "panic":
		return "panic(" + f.conv(c.Args[0], types.NewInterfaceType(nil, nil)) + ")"
	case "recover":
		if f.recoverAt == len(f.loops) {
			return f.recovered()
		}
		f.refuse(c, "recover", "the value of recover", "let the panic go: the caller gets a clear error; or test only whether recover() is nil")
		return "nil"
	}
	f.refuse(c, "builtin", "this use of "+name, "")
	return "nil"
}

func (f *fn) appendCall(c *ast.CallExpr) string {
	s, ok := under(f.typeOf(c)).(*types.Slice)
	if !ok {
		f.refuse(c, "builtin", "this append", "")
		return "nil"
	}
	var parts []string
	if f.isNil(c.Args[0]) {
		parts = append(parts, f.e.typ(f.typeOf(c), c.Pos())+"(nil)")
	} else {
		parts = append(parts, f.x(c.Args[0]))
	}
	if c.Ellipsis.IsValid() {
		if n := f.e.note(f.u, c.Pos(), f.name); n != "" {
			f.pre = append(f.pre, n)
		}
		if b, ok := under(f.typeOf(c.Args[1])).(*types.Basic); ok && b.Info()&types.IsString != 0 {
			return "append(" + parts[0] + ", []uint8(" + f.x(c.Args[1]) + ")...)"
		}
		if f.isNil(c.Args[1]) {
			return parts[0]
		}
		return "append(" + parts[0] + ", " + f.x(c.Args[1]) + "...)"
	}
	for _, a := range c.Args[1:] {
		before := len(f.pre)
		text := f.conv(a, s.Elem())
		f.inOrder(before, parts, c.Args)
		parts = append(parts, f.oneOfMany(text, f.typeOf(a), s.Elem(), a.Pos()))
	}
	return "append(" + strings.Join(parts, ", ") + ")"
}

// minMax writes the builtin functions min and max as calls of functions.
func (f *fn) minMax(c *ast.CallExpr, name string) string {
	t := f.typeOf(c)
	if isUntyped(t) {
		t = types.Default(t)
	}
	out := f.convAs(c.Args[0], t)
	for _, a := range c.Args[1:] {
		fun := f.e.libInstance(c, f, "builtin_"+name, []types.Type{t})
		out = fun + "(" + out + ", " + f.convAs(a, t) + ")"
	}
	return out
}
