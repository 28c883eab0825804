package gate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
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
		return f.assertion(x, f.typeOf(x))
	}
	f.refuse(x, "expression", "this expression", "")
	return "nil"
}

// constant writes a constant with its type.
func (f *fn) constant(x ast.Expr, v constant.Value, t types.Type) string {
	return f.constantAs(x.Pos(), v, t)
}

func (f *fn) constantAs(at token.Pos, v constant.Value, t types.Type) string {
	b, ok := under(t).(*types.Basic)
	if !ok {
		if types.IsInterface(t) { // untyped: its default type
			switch v.Kind() {
			case constant.Bool:
				b = types.Typ[types.Bool]
			case constant.String:
				b = types.Typ[types.String]
			case constant.Int:
				b = types.Typ[types.Int]
			case constant.Float:
				b = types.Typ[types.Float64]
			}
		}
		if b == nil {
			f.e.refuse(at, "constant", "this constant", "give it a type")
			return "0"
		}
		t = b
	}
	text := ""
	info := b.Info()
	switch {
	case info&types.IsBoolean != 0:
		text = strconv.FormatBool(constant.BoolVal(v))
	case info&types.IsString != 0:
		text = strconv.Quote(constant.StringVal(v))
	case info&types.IsInteger != 0:
		i := constant.ToInt(v)
		if i.Kind() != constant.Int {
			f.e.refuse(at, "constant", "this constant", "give it a type")
			return "0"
		}
		text = i.ExactString()
	case info&types.IsFloat != 0:
		text = floatText(v)
	default:
		f.e.refuse(at, "complex", "complex numbers", "keep the two parts in two float64")
		return "0"
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && !f.e.own(n) {
		return f.e.typ(t, at) + "(" + text + ")"
	}
	switch b.Kind() {
	case types.Bool, types.UntypedBool, types.String, types.UntypedString, types.Int, types.UntypedInt:
		if strings.HasPrefix(text, "-") {
			return "(" + text + ")"
		}
		return text
	case types.Float64, types.UntypedFloat:
		if strings.HasPrefix(text, "-") {
			return "(" + text + ")"
		}
		return text
	}
	return f.e.basic(b, at) + "(" + text + ")"
}

func floatText(v constant.Value) string {
	fl, _ := constant.Float64Val(constant.ToFloat(v))
	if math.IsInf(fl, 0) {
		return "0.0"
	}
	text := strconv.FormatFloat(fl, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
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
	for _, i := range f.fieldIndex(t, sel) {
		st, ok := structOf(t)
		if !ok || i >= st.NumFields() {
			f.refuse(x, "field", "this field", "")
			return "nil"
		}
		v := st.Field(i)
		base += "." + v.Name()
		t = f.subst(v.Type())
	}
	return base
}

// fieldIndex returns the path to a field, looked up again where the type was
// substituted.
func (f *fn) fieldIndex(_ types.Type, sel *types.Selection) []int { return sel.Index() }

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
	case *types.Slice, *types.Array:
		return f.x(x.X) + "[" + f.index(x.Index) + "]"
	case *types.Basic:
		return f.x(x.X) + "[" + f.index(x.Index) + "]"
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
	out := base + "[" + part(x.Low) + ":" + part(x.High)
	if x.Slice3 {
		out += ":" + part(x.Max)
	}
	return out + "]"
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
		n := len(f.pre)
		right := f.x(x.Y)
		_ = n
		return "(" + left + " " + x.Op.String() + " " + right + ")"
	case token.SHL, token.SHR:
		t := f.typeOf(x)
		left := f.convAs(x.X, t)
		return f.operate(left, x.Op.String(), f.shiftCount(x.Y), t)
	case token.EQL, token.NEQ:
		return f.equality(x)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		t := f.operandType(x)
		return "(" + f.convAs(x.X, t) + " " + x.Op.String() + " " + f.convAs(x.Y, t) + ")"
	}
	t := f.typeOf(x)
	f.checkOperator(x, t)
	return f.operate(f.convAs(x.X, t), x.Op.String(), f.convAs(x.Y, t), t)
}

// operate writes an operation on numbers or text.
func (f *fn) operate(left, op, right string, t types.Type) string {
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

// operandType returns the type in which two operands are compared.
func (f *fn) operandType(x *ast.BinaryExpr) types.Type {
	l, r := f.typeOf(x.X), f.typeOf(x.Y)
	if isUntyped(l) && !isUntyped(r) {
		return r
	}
	if isUntyped(l) && isUntyped(r) {
		return types.Default(l)
	}
	return l
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

func (f *fn) equality(x *ast.BinaryExpr) string {
	op := " " + x.Op.String() + " "
	switch {
	case f.isRecover(x.X) && f.isNil(x.Y):
		return "(recover()" + op + "nil)"
	case f.isNil(x.X):
		return "(" + f.x(x.Y) + op + "nil)"
	case f.isNil(x.Y):
		return "(" + f.x(x.X) + op + "nil)"
	}
	l, r := f.typeOf(x.X), f.typeOf(x.Y)
	li, ri := types.IsInterface(l), types.IsInterface(r)
	switch {
	case li && ri:
		if !f.isError(l) || !f.isError(r) {
			f.refuse(x, "compare", "comparing two values of an interface type", "compare them with their own type")
		}
		return "(" + f.x(x.X) + op + f.x(x.Y) + ")"
	case li || ri:
		f.refuse(x, "compare", "comparing a value of an interface type with one of another type", "take its own type first: v, ok := x.(string)")
		return "false"
	}
	t := f.operandType(x)
	f.checkComparable(x, t)
	return "(" + f.convAs(x.X, t) + op + f.convAs(x.Y, t) + ")"
}

// checkComparable refuses comparisons of values that may hold an interface.
func (f *fn) checkComparable(n ast.Node, t types.Type) {
	if types.IsInterface(t) || hasInterface(t, 0) {
		f.refuse(n, "compare", "comparing values of an interface type", "compare them with their own type")
	}
}

func (f *fn) isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// composite writes a composite literal of a type, all parts with their types.
func (f *fn) composite(x *ast.CompositeLit, t types.Type) string {
	if p, ok := under(t).(*types.Pointer); ok { // an elided &T{…}
		return "&" + f.composite(x, p.Elem())
	}
	name := f.e.typ(t, x.Pos())
	parts := make([]string, 0, len(x.Elts))
	switch u := under(t).(type) {
	case *types.Struct:
		for i, el := range x.Elts {
			v, val := (*types.Var)(nil), el
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				v, val = fieldNamed(u, kv.Key), kv.Value
			} else if i < u.NumFields() {
				v = u.Field(i)
			}
			if v == nil {
				f.refuse(x, "literal", "this struct literal", "")
				return "nil"
			}
			parts = append(parts, v.Name()+": "+f.element(val, f.subst(v.Type())))
		}
	case *types.Slice:
		return f.list(x, name, u.Elem())
	case *types.Array:
		return f.list(x, name, u.Elem())
	case *types.Map:
		for _, el := range x.Elts {
			kv, ok := el.(*ast.KeyValueExpr)
			if !ok {
				f.refuse(x, "literal", "this map literal", "")
				return "nil"
			}
			parts = append(parts, f.element(kv.Key, u.Key())+": "+f.element(kv.Value, u.Elem()))
		}
	default:
		f.refuse(x, "literal", "this literal", "")
		return "nil"
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

func fieldNamed(s *types.Struct, key ast.Expr) *types.Var {
	id, ok := key.(*ast.Ident)
	if !ok {
		return nil
	}
	for i := range s.NumFields() {
		if s.Field(i).Name() == id.Name {
			return s.Field(i)
		}
	}
	return nil
}

// list writes the literal of a slice or array.
func (f *fn) list(x *ast.CompositeLit, name string, elem types.Type) string {
	parts := make([]string, 0, len(x.Elts))
	for _, el := range x.Elts {
		key := ""
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			tv := f.u.Info.Types[kv.Key]
			if tv.Value == nil {
				f.refuse(kv, "literal", "this key", "")
				return "nil"
			}
			key, el = constant.ToInt(tv.Value).ExactString()+": ", kv.Value
		}
		parts = append(parts, key+f.element(el, elem))
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

// element writes a part of a composite literal, which may leave its type out.
func (f *fn) element(x ast.Expr, t types.Type) string {
	if c, ok := x.(*ast.CompositeLit); ok && c.Type == nil {
		return f.composite(c, f.typeOf(c))
	}
	return f.conv(x, t)
}

// assertion writes x.(T).
func (f *fn) assertion(x *ast.TypeAssertExpr, t types.Type) string {
	f.checkAsserted(x.X)
	f.checkAssertTo(x, t)
	return f.x(x.X) + ".(" + f.e.typ(t, x.Pos()) + ")"
}

// checkAsserted refuses assertions on interfaces that the interpreter does not
// keep the types of.
func (f *fn) checkAsserted(x ast.Expr) {
	t := f.typeOf(x)
	if i, ok := under(t).(*types.Interface); ok && (i.Empty() || f.isError(t)) {
		return
	}
	f.refuse(x, "assert", fmt.Sprintf("a type assertion on %s", t), "")
}

// checkAssertTo refuses assertions to types that have lost their identity.
func (f *fn) checkAssertTo(n ast.Node, t types.Type) {
	if types.IsInterface(t) {
		if _, sw := n.(*ast.TypeAssertExpr); !sw && f.isError(t) {
			return // a case of a type switch, which tests for nil first
		}
		f.refuse(n, "assert.interface", "a type assertion to an interface", "use a type switch with case error, or errors.As")
		return
	}
	if f.e.mentionsOwn(t) {
		f.refuse(n, "assert.own", fmt.Sprintf("a type assertion to %s, a type of your own", types.TypeString(t, shortNames)), "keep the value in a variable of its own type")
		return
	}
	if _, ok := under(t).(*types.Signature); ok {
		f.refuse(n, "assert.func", "a type assertion to a function type", "")
		return
	}
	key := types.TypeString(t, nil)
	if _, ok := f.e.asserts[key]; !ok {
		f.e.asserts[key] = n.Pos()
	}
}

func shortNames(p *types.Package) string { return p.Name() }
