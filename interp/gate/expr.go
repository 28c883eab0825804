package gate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// typeOf returns the type of an expression in the instance that is written.
func (f *fn) typeOf(x ast.Expr) types.Type {
	t := f.u.Info.TypeOf(x)
	if t == nil {
		return types.Typ[types.Invalid]
	}
	return f.subst(t)
}

func (f *fn) isNil(x ast.Expr) bool { return f.u.Info.Types[ast.Unparen(x)].IsNil() }

func (f *fn) isConversion(c *ast.CallExpr) bool { return f.u.Info.Types[ast.Unparen(c.Fun)].IsType() }

// x writes an expression. Its parts are in brackets wherever precedence could
// matter.
func (f *fn) x(x ast.Expr) string {
	f.e.depth++
	defer func() { f.e.depth-- }()
	if f.e.depth > 500 {
		f.refuse(x, "depth", "an expression so deeply nested", "put its parts into variables")
		return "nil"
	}
	if tv, ok := f.u.Info.Types[x]; ok && tv.Value != nil {
		return f.constant(x, tv.Value, f.subst(tv.Type))
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		return f.x(x.X)
	case *ast.Ident:
		return f.ident(x)
	case *ast.BasicLit:
		f.refuse(x, "constant", "this constant", "")
	case *ast.FuncLit:
		return f.literal(x)
	case *ast.CompositeLit:
		return f.composite(x, f.typeOf(x))
	case *ast.SelectorExpr:
		return f.selector(x)
	case *ast.IndexExpr:
		return f.indexExpr(x)
	case *ast.IndexListExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return f.ident(id)
		}
	case *ast.SliceExpr:
		return f.sliceExpr(x)
	case *ast.StarExpr:
		return "(*" + f.x(x.X) + ")"
	case *ast.UnaryExpr:
		return f.unary(x)
	case *ast.BinaryExpr:
		return f.binary(x)
	case *ast.CallExpr:
		return f.call(x)
	case *ast.TypeAssertExpr:
		return f.assertion(x, f.typeOf(x), false)
	}
	f.refuse(x, "expression", "this expression", "")
	return "nil"
}

func (f *fn) ident(id *ast.Ident) string {
	obj := f.u.Info.Uses[id]
	if obj == nil {
		obj = f.u.Info.Defs[id]
	}
	switch obj := obj.(type) {
	case *types.Nil:
		return "nil"
	case *types.Var:
		if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return f.pkgVar(id, obj)
		}
		name := f.names[obj]
		if name == "" {
			f.refuse(id, "variable", fmt.Sprintf("the variable %q", id.Name), "")
			return "nil"
		}
		if f.boxed(obj) {
			return "(*" + name + ")"
		}
		return name
	case *types.Func:
		return f.funcValue(id, id, obj)
	}
	f.refuse(id, "name", fmt.Sprintf("the name %q", id.Name), "")
	return "nil"
}

// pkgVar writes a variable of package level.
func (f *fn) pkgVar(id *ast.Ident, obj *types.Var) string {
	path := obj.Pkg().Path()
	if obj.Pkg() == f.e.unit.Types {
		return obj.Name()
	}
	if f.e.g.units[path] == nil && !f.e.libraryVar(obj, id.Pos()) {
		return "nil"
	}
	if !obj.Exported() {
		f.refuse(id, "variable.hidden", fmt.Sprintf("the variable %q of another package", obj.Name()), "export it")
	}
	return f.e.use(path) + "." + obj.Name()
}

// funcValue writes a function of package level.
func (f *fn) funcValue(at ast.Expr, id *ast.Ident, obj *types.Func) string {
	if inst, ok := f.u.Info.Instances[id]; ok {
		args := make([]types.Type, inst.TypeArgs.Len())
		for i := range args {
			args[i] = f.subst(inst.TypeArgs.At(i))
		}
		return f.e.instance(at, f, obj.Origin(), args)
	}
	if obj.Signature().TypeParams().Len() > 0 {
		f.refuse(at, "generic", "this use of a generic function", "")
		return "nil"
	}
	if obj.Pkg() == f.e.unit.Types {
		return f.e.funcName(obj)
	}
	path := obj.Pkg().Path()
	if path == libPath { // stands for one of the library
		pkg, name, _ := strings.Cut(obj.Name(), "_")
		return f.e.use(pkg) + "." + name
	}
	if f.e.g.units[path] == nil {
		if !f.e.libraryFunc(obj, at.Pos()) {
			return "nil"
		}
	} else if !obj.Exported() {
		f.refuse(at, "function.hidden", fmt.Sprintf("the function %q of another package", obj.Name()), "export it")
	}
	return f.e.use(path) + "." + f.e.funcName(obj)
}

func (f *fn) selector(x *ast.SelectorExpr) string {
	sel := f.u.Info.Selections[x]
	if sel == nil { // of a package
		switch obj := f.u.Info.Uses[x.Sel].(type) {
		case *types.Var:
			return f.pkgVar(x.Sel, obj)
		case *types.Func:
			return f.funcValue(x, x.Sel, obj)
		}
		f.refuse(x, "expression", "this expression", "")
		return "nil"
	}
	switch sel.Kind() {
	case types.FieldVal:
		return f.fieldPath(f.operand(x.X), x, sel)
	case types.MethodVal:
		return f.methodValue(x, sel)
	default:
		return f.methodExpr(x, sel)
	}
}

// operand writes what a field is selected from: pointers need no star.
func (f *fn) operand(x ast.Expr) string {
	text := f.operandText(x)
	switch _, isLit := ast.Unparen(x).(*ast.CompositeLit); {
	case strings.HasPrefix(text, "&"):
		return f.hoistFixed(text)
	case isLit:
		return "(" + text + ")" // it may stand in the head of a statement
	}
	return text
}

func (f *fn) operandText(x ast.Expr) string {
	if id, ok := ast.Unparen(x).(*ast.Ident); ok {
		if v, ok := f.u.Info.Uses[id].(*types.Var); ok && f.boxed(v) && f.names[v] != "" {
			if _, isPtr := under(f.typeOf(x)).(*types.Pointer); !isPtr {
				return f.names[v]
			}
		}
	}
	if s, ok := ast.Unparen(x).(*ast.StarExpr); ok {
		if _, isPtr := under(f.typeOf(s)).(*types.Pointer); isPtr {
			return f.x(x)
		}
		if id, ok := ast.Unparen(s.X).(*ast.Ident); ok {
			return f.x(id)
		}
	}
	return f.x(x)
}

// fieldPath writes the selection of a field, through embedded structs too.
func (f *fn) fieldPath(base string, x *ast.SelectorExpr, sel *types.Selection) string {
	t := f.typeOf(x.X)
	for _, i := range sel.Index() {
		st, ok := structOf(t)
		if !ok || i >= st.NumFields() {
			f.refuse(x, "field", "this field", "")
			return "nil"
		}
		base, t = base+"."+st.Field(i).Name(), f.subst(st.Field(i).Type())
	}
	return base
}

func structOf(t types.Type) (*types.Struct, bool) {
	if p, ok := under(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := under(t).(*types.Struct)
	return s, ok
}

func (f *fn) indexExpr(x *ast.IndexExpr) string {
	if tv, ok := f.u.Info.Types[x.Index]; ok && tv.IsType() {
		switch fun := ast.Unparen(x.X).(type) {
		case *ast.Ident:
			return f.ident(fun)
		case *ast.SelectorExpr:
			return f.selector(fun)
		}
	}
	switch t := under(f.typeOf(x.X)).(type) {
	case *types.Map:
		return f.x(x.X) + "[" + f.conv(x.Index, t.Key()) + "]"
	case *types.Slice:
		return f.at(x.X, f.x(x.X), f.index(x.Index), t.Elem())
	case *types.Array:
		if f.u.Info.Types[x.Index].Value != nil {
			return f.x(x.X) + "[" + f.index(x.Index) + "]"
		}
		return f.at(x.X, f.x(x.X), f.index(x.Index), t.Elem())
	case *types.Basic:
		return f.at(x.X, f.x(x.X), f.index(x.Index), types.Typ[types.Uint8])
	case *types.Pointer:
		if _, ok := under(t.Elem()).(*types.Array); ok {
			return "(*" + f.x(x.X) + ")[" + f.index(x.Index) + "]"
		}
	}
	f.refuse(x, "expression", "this index", "")
	return "nil"
}

// index writes the index of a slice; the interpreter takes an int.
func (f *fn) index(x ast.Expr) string {
	t := f.typeOf(x)
	if tv, ok := f.u.Info.Types[x]; ok && tv.Value != nil {
		return f.constantAs(x.Pos(), tv.Value, types.Typ[types.Int])
	}
	if b, ok := under(t).(*types.Basic); ok {
		switch b.Kind() {
		case types.Int:
			return f.x(x)
		case types.Uint8, types.Uint16, types.Uint32, types.Int8, types.Int16, types.Int32, types.Int64:
			return "int(" + f.x(x) + ")"
		}
	}
	f.refuse(x, "index", fmt.Sprintf("an index of type %s", t), "convert it to int")
	return "0"
}

func (f *fn) sliceExpr(x *ast.SliceExpr) string {
	base := ""
	switch t := under(f.typeOf(x.X)).(type) {
	case *types.Array:
		base = f.x(x.X)
	case *types.Pointer:
		base = "(*" + f.x(x.X) + ")"
	case *types.Slice:
		base = f.x(x.X)
	case *types.Basic:
		base = f.x(x.X)
		if t.Info()&types.IsString == 0 {
			f.refuse(x, "expression", "this slice", "")
		}
	default:
		f.refuse(x, "expression", "this slice", "")
	}
	part := func(p ast.Expr) string {
		if p == nil {
			return ""
		}
		return f.index(p)
	}
	low, high := part(x.Low), part(x.High)
	switch _, isArray := under(f.typeOf(x.X)).(*types.Array); {
	case x.Slice3:
		return base + "[" + low + ":" + high + ":" + part(x.Max) + "]"
	case isArray, low == "" && high == "":
		return base + "[" + low + ":" + high + "]"
	}
	if _, isPtr := under(f.typeOf(x.X)).(*types.Pointer); isPtr {
		return base + "[" + low + ":" + high + "]"
	}
	return f.part(x.X, base, low, high)
}

func (f *fn) unary(x *ast.UnaryExpr) string {
	switch x.Op {
	case token.AND:
		return f.address(x.X)
	case token.ARROW:
		return "(<-" + f.x(x.X) + ")"
	case token.NOT:
		return "(!" + f.x(x.X) + ")"
	case token.SUB, token.XOR, token.ADD:
		if b, ok := under(f.typeOf(x.X)).(*types.Basic); ok {
			t := f.e.typ(f.typeOf(x.X), x.Pos())
			switch {
			case x.Op == token.ADD:
				return f.x(x.X)
			case x.Op == token.SUB && b.Info()&types.IsInteger != 0:
				return "(" + t + "(0) - " + f.x(x.X) + ")"
			case x.Op == token.SUB:
				return "(-" + f.x(x.X) + ")"
			default:
				return "(^" + f.x(x.X) + ")"
			}
		}
	}
	f.refuse(x, "expression", "this operator", "")
	return "nil"
}

// address writes the address of something.
func (f *fn) address(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.CompositeLit:
		return "&" + f.composite(x, f.typeOf(x))
	case *ast.Ident:
		if v, ok := f.u.Info.Uses[x].(*types.Var); ok && f.boxed(v) && f.names[v] != "" {
			return f.names[v]
		}
		if v, ok := f.u.Info.Uses[x].(*types.Var); ok && v.Parent() == v.Pkg().Scope() && v.Pkg() == f.e.unit.Types {
			return "&" + v.Name()
		}
	case *ast.StarExpr:
		return f.x(x.X)
	case *ast.SelectorExpr:
		if sel := f.u.Info.Selections[x]; sel != nil && sel.Kind() == types.FieldVal {
			return "&" + f.fieldPath(f.operand(x.X), x, sel)
		}
	case *ast.IndexExpr:
		switch under(f.typeOf(x.X)).(type) {
		case *types.Slice, *types.Array, *types.Pointer:
			if f.exact {
				return "&" + f.place(x)
			}
			return "&" + f.indexExpr(x)
		}
	}
	f.refuse(x, "address", "taking this address", "put the value into a variable first")
	return "nil"
}

func (f *fn) binary(x *ast.BinaryExpr) string {
	switch x.Op {
	case token.LAND, token.LOR:
		left := f.x(x.X)
		if startsWithType(left) {
			left = f.hoistFixed(left)
		}
		n := len(f.pre)
		right := f.x(x.Y)
		for _, p := range f.pre[n:] {
			// A literal and a function may be taken early, nothing else may be evaluated before
			// the left side has decided.
			if !strings.Contains(p, " := func") && !strings.HasPrefix(p, "var m_fn") && !strings.HasPrefix(p, "*mortiseNote") {
				f.refuse(x, "order", "this expression behind && or ||", "put its value into a variable first")
			}
		}
		return "(" + left + " " + x.Op.String() + " " + right + ")"
	case token.SHL, token.SHR:
		t := f.typeOf(x)
		left := f.convAs(x.X, t)
		if f.u.Info.Types[x.X].Value != nil { // the interpreter knows no type of a constant that is shifted
			left = f.e.typ(t, x.Pos()) + "(" + left + ")"
		}
		return operate(left, x.Op.String(), f.shiftCount(x.Y))
	case token.EQL, token.NEQ:
		return f.equality(x)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		t := f.operandType(x)
		left, right := f.two(x, func() string { return f.convAs(x.X, t) }, func() string { return f.convAs(x.Y, t) })
		return "(" + left + " " + x.Op.String() + " " + right + ")"
	}
	t := f.typeOf(x)
	f.checkOperator(x, t)
	left, right := f.two(x, func() string { return f.convAs(x.X, t) }, func() string { return f.divisor(x.Op, x.Y, f.convAs(x.Y, t), t) })
	return operate(left, x.Op.String(), right)
}

// divisor writes the right side of an operation. The interpreter does not let a
// constant that is zero divide, of which floating-point numbers have an infinite
// quotient.
func (f *fn) divisor(op token.Token, x ast.Expr, text string, t types.Type) string {
	v := f.u.Info.Types[x].Value
	if op != token.QUO && op != token.QUO_ASSIGN || v == nil {
		return text
	}
	if small, _ := constant.Float32Val(constant.ToFloat(v)); small != 0 {
		return text
	}
	return f.e.libInstance(x, f, "builtin_max", []types.Type{t}) + "(" + text + ", " + text + ")"
}

// startsWithType reports whether what is written may begin with a type that is
// more than a name. Where it stands on the left of && or ||, the interpreter takes
// that type for the value that decides.
func startsWithType(text string) bool {
	for _, s := range [...]string{"{", ")(", ".(", "[]", "map[", "chan ", "make(", "new("} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// operate writes an operation on numbers or text.
func operate(left, op, right string) string {
	return "(" + left + " " + op + " " + right + ")"
}

func (f *fn) checkOperator(n ast.Node, t types.Type) {
	if b, ok := under(t).(*types.Basic); ok && b.Info()&(types.IsInteger|types.IsFloat|types.IsString|types.IsBoolean) != 0 {
		return
	}
	f.refuse(n, "operator", fmt.Sprintf("this operator on %s", t), "")
}

// shiftCount writes by how much is shifted.
func (f *fn) shiftCount(x ast.Expr) string {
	if tv, ok := f.u.Info.Types[x]; ok && tv.Value != nil {
		if n, ok := constant.Uint64Val(constant.ToInt(tv.Value)); ok && n < 1000 {
			return strconv.FormatUint(n, 10)
		}
	}
	return "uint(" + f.x(x) + ")"
}
