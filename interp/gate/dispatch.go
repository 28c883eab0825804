package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mortise/interp/box"
)

// ownInterface reports whether a type is an interface type with methods that the
// project declares: in rewritten source it is interface{}.
func (e *emitter) ownInterface(t types.Type) bool {
	t = types.Unalias(t)
	i, ok := t.Underlying().(*types.Interface)
	if !ok || i.NumMethods() == 0 {
		return false
	}
	n, ok := t.(*types.Named)
	return !ok || e.own(n)
}

// callMethod writes a call of a method on a value that is written already, with
// arguments that are written already; "" where that cannot be done.
func (f *fn) callMethod(base string, t types.Type, m *types.Func, args string, at token.Pos) string {
	obj, path, _ := types.LookupFieldOrMethod(t, true, m.Pkg(), m.Name())
	mm, ok := obj.(*types.Func)
	if !ok {
		f.e.refuse(at, "call", "this method", "")
		return ""
	}
	addressable := false
	for _, i := range path[:len(path)-1] {
		st, ok := structOf(t)
		if !ok {
			f.e.refuse(at, "call", "this method", "")
			return ""
		}
		_, isPtr := under(t).(*types.Pointer)
		addressable = addressable || isPtr
		base, t = base+"."+st.Field(i).Name(), f.subst(st.Field(i).Type())
	}
	name, recv := f.methodOn(base, t, mm, at, addressable)
	switch {
	case name == "":
		return ""
	case recv == "":
		return name + "(" + args + ")"
	case args != "":
		recv += ", "
	}
	return name + "(" + recv + args + ")"
}

// methodOn returns how a method of a type itself is called on a value: for one
// of the project the name of its function and the receiver, for one of the
// library the selector alone.
func (f *fn) methodOn(base string, t types.Type, m *types.Func, at token.Pos, addressable bool) (name, recv string) {
	if types.IsInterface(t) {
		if f.e.ownInterface(t) {
			return f.e.dispatcher(t, m, at), base
		}
		if !f.e.libraryInterface(t, at) || !f.e.libraryFunc(m, at) {
			return "", ""
		}
		return base + "." + m.Name(), ""
	}
	n := receiver(t)
	if n == nil {
		f.e.refuse(at, "call", "this call", "")
		return "", ""
	}
	_, isPtr := types.Unalias(t).(*types.Pointer)
	_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
	if !f.e.own(n) {
		if !f.e.libraryFunc(m, at) {
			return "", ""
		}
		if wantPtr && !isPtr && !addressable {
			f.e.refuse(at, "call", "this call of a method of an embedded value", "embed a pointer")
			return "", ""
		}
		return base + "." + m.Name(), ""
	}
	switch {
	case isPtr && !wantPtr:
		base = "(*" + base + ")"
	case !isPtr && wantPtr:
		base = "&" + base
	}
	return f.methodName(atPos(at), n, m), base
}

// atPos is an expression that stands for a place.
func atPos(at token.Pos) ast.Expr { return &ast.Ident{NamePos: at} }

// dispatch is a method of an interface type of the project: a function of the
// rewritten source that looks at what the interface holds.
type dispatch struct {
	name  string
	iface types.Type
	m     *types.Func
	at    token.Pos
}

// dispatcher returns the function that calls a method of an interface type.
func (e *emitter) dispatcher(t types.Type, m *types.Func, at token.Pos) string {
	key := e.typeKey(t) + " " + m.Name()
	if d, ok := e.dispatchers[key]; ok {
		return d.name
	}
	d := &dispatch{name: fmt.Sprintf("mortise_call%d_%s", len(e.dispatchers)+1, asciiOnly(m.Name())), iface: t, m: m, at: at}
	e.dispatchers[key] = d
	return d.name
}

// writeDispatchers writes the dispatchers. What they call may bring more of
// them, and more types, so they are written until nothing new comes.
func (e *emitter) writeDispatchers() {
	for range 50 {
		e.drain()
		known := len(e.boxed) + len(e.dispatchers) + len(e.hosts)
		var texts strings.Builder
		e.lists = nil
		for _, key := range slices.Sorted(maps.Keys(e.dispatchers)) {
			e.writeDispatcher(e.dispatchers[key], &texts)
		}
		if len(e.queue) == 0 && known == len(e.boxed)+len(e.dispatchers)+len(e.hosts) || e.tooMuch() {
			e.decls.WriteString(texts.String())
			return
		}
	}
	e.refuse(e.unit.Files[0].Package, "interface.many", "so many types in interfaces", "")
}

// writeDispatcher writes the function: a switch over all types that could be in
// the interface. Those are the ones that this package, or one that it imports,
// puts into an interface; admit sees to it that there are no others.
func (e *emitter) writeDispatcher(d *dispatch, out *strings.Builder) {
	iface, _ := d.iface.Underlying().(*types.Interface)
	f := e.newFn(e.unit, nil, d.m.Name())
	sig := ifaceMethod(iface, d.m)
	if sig == nil {
		e.refuse(d.at, "call", "this method", "")
		return
	}
	params, args := []string{"x interface{}"}, []string{}
	for i := range sig.Params().Len() {
		pt, name := sig.Params().At(i).Type(), "a"+strconv.Itoa(i)
		if s, ok := pt.(*types.Slice); ok && sig.Variadic() && i == sig.Params().Len()-1 {
			params, args = append(params, name+" ..."+e.typ(s.Elem(), d.at)), append(args, name+"...")
			continue
		}
		params, args = append(params, name+" "+e.typ(pt, d.at)), append(args, name)
	}
	list, ret, end := strings.Join(args, ", "), "return ", ""
	if sig.Results().Len() == 0 {
		ret, end = "", "return\n"
	}
	p := e.use(box.Path)
	fmt.Fprintf(out, "%sfunc %s(%s)%s {\n", e.line(e.unit, d.at), d.name, strings.Join(params, ", "), e.results(f, sig, d.at))
	for i, t := range e.hosts {
		if types.Implements(t, iface) {
			v := "h" + strconv.Itoa(i)
			fmt.Fprintf(out, "if %s, ok := x.(%s); ok {\n%s%s\n%s}\n", v, e.typ(t, d.at), ret, f.callMethod(v, t, d.m, list, d.at), end)
		}
	}
	var defs []string
	var cases strings.Builder
	for _, t := range e.implementers(iface) {
		fmt.Fprintf(&cases, "case %d:\n%s%s\n%s", len(defs), ret, f.callMethod(e.loader(t, d.at)+"(x)", t, d.m, list, d.at), end)
		defs = append(defs, e.ownTypeOf(t, d.at).def())
	}
	l := "mortise_list_" + d.name
	fmt.Fprintf(out, "switch %s.Index(x, %s) {\n%s}\npanic(\"unreachable\")\n}\n", p, l, cases.String())
	fmt.Fprintf(out, "var %s []*%s.Type\n", l, p)
	e.lists = append(e.lists, fmt.Sprintf("%s = []*%s.Type{%s}", l, p, strings.Join(defs, ", ")))
}

// ifaceMethod returns the signature of a method in an interface.
func ifaceMethod(iface *types.Interface, m *types.Func) *types.Signature {
	for im := range iface.Methods() {
		if im.Id() == m.Id() {
			return im.Signature()
		}
	}
	return nil
}

// implementers returns the types that this package, or one that it imports, puts
// into interfaces and that have the methods of one.
func (e *emitter) implementers(iface *types.Interface) []types.Type {
	var out []types.Type
	for _, key := range slices.Sorted(maps.Keys(e.boxed)) {
		if b := e.boxed[key]; types.Implements(b.t, iface) {
			out = append(out, b.t)
		}
	}
	return out
}

// boxedType is a type of which values become interfaces, and where.
type boxedType struct {
	t   types.Type
	at  token.Pos
	own bool // this package does it, not one that it imports
}

// box writes that a value of a type of the project becomes an interface.
func (f *fn) box(text string, from, to types.Type, at token.Pos) string {
	o := f.e.ownTypeOf(from, at)
	key := f.e.typeKey(from)
	if b, ok := f.e.boxed[key]; !ok || !b.own {
		f.e.boxed[key] = boxedType{from, at, true}
	}
	p := f.e.use(box.Path) + "."
	switch {
	case f.isError(to):
		return p + "OfError(" + o.def() + ", " + text + ")"
	case emptyInterface(to), f.e.ownInterface(to):
		return p + "Box(" + o.def() + ", " + text + ")"
	}
	if n, ok := types.Unalias(to).(*types.Named); ok && n.Obj().Pkg() != nil {
		if fun, ok := boxers[n.Obj().Pkg().Path()+"."+n.Obj().Name()]; ok {
			return p + fun + "(" + o.def() + ", " + text + ")"
		}
	}
	f.e.refuse(at, "interface.own", fmt.Sprintf("%s as %s", types.TypeString(from, shortNames), types.TypeString(to, shortNames)), "")
	return "nil"
}

// boxers are the interface types of the library that boxes are.
var boxers = map[string]string{
	"fmt.Stringer": "OfStringer", "sort.Interface": "OfSort", "container/heap.Interface": "OfHeap",
	"io.Reader": "OfReader", "io.Writer": "OfWriter",
}

// methodList writes the methods of an interface type as the source of a list.
func (e *emitter) methodList(t types.Type) string {
	i, _ := t.Underlying().(*types.Interface)
	out := make([]string, 0, i.NumMethods())
	for m := range i.Methods() {
		out = append(out, strconv.Quote(shapeName(m)+methodShape(m.Signature())))
	}
	return "[]string{" + strings.Join(out, ", ") + "}"
}
