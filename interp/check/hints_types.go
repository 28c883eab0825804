package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// wrongArgs shows the signature of the function that is called.
func (h hinter) wrongArgs() string {
	for _, n := range h.nodes {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		sig, ok := underlyingOf(h.pkg.Info.TypeOf(call.Fun)).(*types.Signature)
		if !ok {
			return fmt.Sprintf("look at what %s takes", types.ExprString(call.Fun))
		}
		return fmt.Sprintf("it is %s%s", types.ExprString(call.Fun), strings.TrimPrefix(h.typeString(sig), "func"))
	}
	return ""
}

// wrongCount shows how many values there are.
func (h hinter) wrongCount() string {
	if _, ok := enclosing[*ast.ReturnStmt](h); ok {
		if sig := h.enclosingSignature(); sig != nil {
			if sig.Results().Len() == 0 {
				return "the function returns nothing: write its results behind its parameters, or return alone"
			}
			return "write return " + h.results(sig)
		}
	}
	as, ok := enclosing[*ast.AssignStmt](h)
	if !ok || len(as.Rhs) != 1 {
		return "there must be as many names on the left as values on the right"
	}
	call, ok := as.Rhs[0].(*ast.CallExpr)
	if !ok {
		return "there must be as many names on the left as values on the right"
	}
	sig, ok := underlyingOf(h.pkg.Info.TypeOf(call.Fun)).(*types.Signature)
	if !ok {
		return ""
	}
	n := sig.Results().Len()
	if n == 0 {
		return "the function returns nothing: call it on a line of its own"
	}
	names := make([]string, n)
	for i := range n {
		names[i] = "_"
		switch {
		case isError(sig.Results().At(i).Type()):
			names[i] = "err"
		case i < len(as.Lhs):
			names[i] = types.ExprString(as.Lhs[i])
		case sig.Results().At(i).Name() != "":
			names[i] = sig.Results().At(i).Name()
		}
	}
	return fmt.Sprintf("it returns %s: write %s := %s(…)", h.typeString(sig.Results()), strings.Join(names, ", "), types.ExprString(call.Fun))
}

// tooManyValues looks at a call that returns none or several values where one is
// wanted.
func (h hinter) tooManyValues() string {
	for _, n := range h.nodes {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		t, ok := h.pkg.Info.TypeOf(call).(*types.Tuple)
		if ok && t.Len() > 0 {
			return fmt.Sprintf("it returns %s: give every value a name on a line of its own first", h.typeString(t))
		}
		return "the function returns nothing: call it on a line of its own"
	}
	return ""
}

func (h hinter) missingReturn() string {
	sig := h.enclosingSignature()
	if sig == nil {
		return ""
	}
	return "every way through the function ends with a return: write return " + h.results(sig) + " at its end"
}

// enclosingSignature returns the signature of the function round the error.
func (h hinter) enclosingSignature() *types.Signature {
	for _, n := range h.nodes {
		switch n := n.(type) {
		case *ast.FuncLit:
			sig, _ := h.pkg.Info.TypeOf(n).(*types.Signature)
			return sig
		case *ast.FuncDecl:
			if obj := h.pkg.Info.Defs[n.Name]; obj != nil {
				sig, _ := obj.Type().(*types.Signature)
				return sig
			}
		}
	}
	return nil
}

// results writes values of the types that a function returns.
func (h hinter) results(sig *types.Signature) string {
	parts := make([]string, sig.Results().Len())
	for i := range parts {
		parts[i] = h.zero(sig.Results().At(i).Type())
	}
	return strings.Join(parts, ", ")
}

func (h hinter) zero(t types.Type) string { return zeroOf(t, h.qualifier(), "…") }

// zeroOf writes the zero value of a type; other stands for one of a basic type
// that is no text, truth or number.
func zeroOf(t types.Type, q types.Qualifier, other string) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return `""`
		case u.Info()&types.IsBoolean != 0:
			return "false"
		case u.Info()&types.IsNumeric != 0:
			return "0"
		}
		return other
	case *types.Struct, *types.Array:
		return types.TypeString(t, q) + "{}"
	}
	return "nil"
}

// unusedExpr says what to do with a value that nothing is done with.
func (h hinter) unusedExpr() string {
	stmt, ok := enclosing[*ast.ExprStmt](h)
	if !ok {
		return ""
	}
	if _, isFunc := underlyingOf(h.pkg.Info.TypeOf(stmt.X)).(*types.Signature); isFunc {
		return fmt.Sprintf("call it: %s(…)", types.ExprString(stmt.X))
	}
	if b, ok := stmt.X.(*ast.BinaryExpr); ok && b.Op == token.EQL {
		return "to give it a value write = instead of =="
	}
	return "give it a name, return it, or remove the line"
}

// mismatch compares the two types of an error and names the way from one to the
// other. It knows them from the syntax, never from the text of the error.
func (h hinter) mismatch() string {
	from, to := h.fromTo()
	if from == nil || to == nil || from == types.Typ[types.Invalid] || to == types.Typ[types.Invalid] {
		return ""
	}
	if from == types.Typ[types.UntypedNil] {
		return fmt.Sprintf("only pointers, lists, maps, functions and interfaces may be nil: write %s", h.zero(to))
	}
	fb, fromBasic := from.Underlying().(*types.Basic)
	tb, toBasic := to.Underlying().(*types.Basic)
	switch {
	case fromBasic && toBasic:
		if hint := h.basics(fb, tb, to); hint != "" {
			return hint
		}
	case isPointerTo(to, from):
		return "write & in front, so that it is a pointer"
	case isPointerTo(from, to):
		return "write * in front, so that it is the value behind the pointer"
	}
	if iface, ok := to.Underlying().(*types.Interface); ok {
		return h.lacks(from, iface)
	}
	if types.IsInterface(from) && !types.IsInterface(to) {
		return fmt.Sprintf("say what is in it: v, ok := x.(%s)", h.typeString(to))
	}
	if isBytes(from) && toBasic && tb.Info()&types.IsString != 0 {
		return "write string(…) round it"
	}
	if isBytes(to) && fromBasic && fb.Info()&types.IsString != 0 {
		return "write []byte(…) round it"
	}
	if types.ConvertibleTo(from, to) {
		return fmt.Sprintf("write %s(…) round it", h.typeString(to))
	}
	return fmt.Sprintf("here %s is wanted, and this is %s", h.typeString(to), h.typeString(from))
}

// basics is the way between two plain types.
func (h hinter) basics(from, to *types.Basic, named types.Type) string {
	name := h.typeString(named)
	switch f, t := from.Info(), to.Info(); {
	case f&types.IsString != 0 && t&types.IsInteger != 0:
		return "turn the text into a number: n, err := strconv.Atoi(…), or leave out the quotes"
	case f&types.IsString != 0 && t&types.IsFloat != 0:
		return "turn the text into a number: n, err := strconv.ParseFloat(…, 64), or leave out the quotes"
	case f&types.IsInteger != 0 && t&types.IsString != 0:
		return "turn the number into text: strconv.Itoa(…), or put it in quotes"
	case f&types.IsFloat != 0 && t&types.IsString != 0:
		return "turn the number into text: strconv.FormatFloat(…, 'f', -1, 64), or put it in quotes"
	case f&types.IsBoolean != 0 && t&types.IsString != 0:
		return "turn it into text: strconv.FormatBool(…)"
	case f&types.IsString != 0 && t&types.IsBoolean != 0:
		return "turn the text into true or false: strconv.ParseBool(…)"
	case t&types.IsBoolean != 0:
		return "compare it, as in x != 0"
	case f&types.IsUntyped == 0 && f&types.IsNumeric != 0 && t&types.IsNumeric != 0, f&t&types.IsString != 0:
		return fmt.Sprintf("write %s(…) round it", name)
	case f&types.IsFloat != 0 && t&types.IsInteger != 0:
		return "a whole number has no fraction: use float64, or round first"
	}
	return ""
}

func isPointerTo(ptr, elem types.Type) bool {
	p, ok := types.Unalias(ptr).(*types.Pointer)
	return ok && types.Identical(p.Elem(), elem)
}

func isBytes(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	b, ok := s.Elem().Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// lacks names the method that keeps a type from being an interface.
func (h hinter) lacks(t types.Type, iface *types.Interface) string {
	if ptr := types.NewPointer(t); types.Implements(ptr, iface) {
		return "write & in front: the methods belong to the pointer"
	}
	m, wrong := types.MissingMethod(t, iface, true)
	switch {
	case m == nil:
		return ""
	case wrong:
		return fmt.Sprintf("its method %s must be %s", m.Name(), strings.Replace(h.typeString(m.Signature()), "func", m.Name(), 1))
	case m.Name() == "Error" && types.Identical(iface, types.Universe.Lookup("error").Type().Underlying()):
		return "make an error of it: errors.New(…) or service.Errorf(service.Invalid, …)"
	}
	return fmt.Sprintf("it has no method %s", strings.Replace(h.typeString(m.Signature()), "func", m.Name(), 1))
}

// fromTo returns the type that an expression has and the type that its place
// wants, as far as both are known.
func (h hinter) fromTo() (from, to types.Type) {
	nodes := h.nodes
	typeOf := h.pkg.Info.TypeOf
	for i, n := range nodes {
		if b, ok := n.(*ast.BinaryExpr); h.code == codeMismatchedTypes {
			if !ok || typeOf(b.X) == nil || typeOf(b.Y) == nil || types.Identical(typeOf(b.X), typeOf(b.Y)) {
				continue
			}
			if from, to := orient(typeOf(b.X), typeOf(b.Y)); b.Op != token.ADD || !isText(from) || isText(to) {
				return from, to
			}
			return orientText(typeOf(b.X), typeOf(b.Y))
		}
		expr, ok := n.(ast.Expr)
		if !ok || i+1 == len(nodes) || expr.Pos() != h.e.Pos {
			continue
		}
		if to := h.wanted(expr, nodes[i+1], nodes[i+1:]); to != nil {
			return typeOf(expr), to
		}
	}
	return nil, nil
}

// orient puts the constant, or else the narrower type, first: that is the one to
// convert.
func orient(x, y types.Type) (from, to types.Type) {
	if b, ok := underlyingOf(y).(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return y, x
	}
	if bx, ok := underlyingOf(x).(*types.Basic); ok {
		if by, ok := underlyingOf(y).(*types.Basic); ok && bx.Info()&types.IsFloat != 0 && by.Info()&types.IsInteger != 0 {
			return y, x
		}
	}
	return x, y
}

// orientText puts the one that is no text first: behind a + it becomes text.
func orientText(x, y types.Type) (from, to types.Type) {
	if isText(x) {
		return y, x
	}
	return x, y
}

func isText(t types.Type) bool {
	b, ok := underlyingOf(t).(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// wanted returns the type that the parent of an expression wants it to have.
func (h hinter) wanted(expr ast.Expr, parent ast.Node, up []ast.Node) types.Type {
	typeOf := h.pkg.Info.TypeOf
	switch p := parent.(type) {
	case *ast.AssignStmt:
		for i, r := range p.Rhs {
			if r == expr && len(p.Lhs) == len(p.Rhs) {
				return typeOf(p.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		if p.Type != nil {
			return typeOf(p.Type)
		}
	case *ast.ReturnStmt:
		if sig := h.enclosingSignature(); sig != nil && sig.Results().Len() == len(p.Results) {
			for i, r := range p.Results {
				if r == expr {
					return sig.Results().At(i).Type()
				}
			}
		}
	case *ast.CallExpr:
		return h.wantedArg(expr, p)
	case *ast.KeyValueExpr:
		if lit, ok := nodeAt[*ast.CompositeLit](up, 1); ok {
			return h.wantedElem(expr, p, lit)
		}
	case *ast.CompositeLit:
		return elemOf(typeOf(p))
	case *ast.BinaryExpr:
		if p.X == expr {
			return typeOf(p.Y)
		}
		return typeOf(p.X)
	}
	return nil
}

func (h hinter) wantedArg(expr ast.Expr, call *ast.CallExpr) types.Type {
	sig, ok := underlyingOf(h.pkg.Info.TypeOf(call.Fun)).(*types.Signature)
	if !ok {
		return nil
	}
	for i, a := range call.Args {
		if a != expr {
			continue
		}
		last := sig.Params().Len() - 1
		if sig.Variadic() && i >= last && !call.Ellipsis.IsValid() {
			return elemOf(sig.Params().At(last).Type())
		}
		if i <= last {
			return sig.Params().At(i).Type()
		}
	}
	return nil
}

func (h hinter) wantedElem(expr ast.Expr, kv *ast.KeyValueExpr, lit *ast.CompositeLit) types.Type {
	switch t := underlyingOf(h.pkg.Info.TypeOf(lit)).(type) {
	case *types.Struct:
		if key, ok := kv.Key.(*ast.Ident); ok {
			for f := range t.Fields() {
				if f.Name() == key.Name {
					return f.Type()
				}
			}
		}
	case *types.Map:
		if kv.Key == expr {
			return t.Key()
		}
		return t.Elem()
	default:
		return elemOf(t)
	}
	return nil
}

// elemOf returns the type of a list's elements, or nil.
func elemOf(t types.Type) types.Type {
	switch t := underlyingOf(t).(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	}
	return nil
}

func underlyingOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func nodeAt[T ast.Node](nodes []ast.Node, i int) (T, bool) {
	if i < len(nodes) {
		n, ok := nodes[i].(T)
		return n, ok
	}
	var none T
	return none, false
}
