package gate

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
)

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

// composite writes a composite literal of a type, all parts with their types.
func (f *fn) composite(x *ast.CompositeLit, t types.Type) string {
	if p, ok := under(t).(*types.Pointer); ok { // an elided &T{…}
		return "&" + f.composite(x, p.Elem())
	}
	name := f.e.typ(t, x.Pos())
	parts := make([]string, 0, len(x.Elts))
	values := make([]ast.Expr, 0, len(x.Elts))
	switch u := under(t).(type) {
	case *types.Struct:
		names := make([]string, 0, len(x.Elts))
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
			before, text := len(f.pre), ""
			if types.IsInterface(v.Type()) && ofSDK(t) {
				text = f.sinkArg(nil, 0, val, f.subst(v.Type()), &sink{kind: sinkJSON})
			} else {
				text = f.element(val, f.subst(v.Type()))
			}
			f.inOrder(before, parts, values)
			names, parts, values = append(names, v.Name()+": "), append(parts, text), append(values, val)
		}
		for i, name := range names {
			parts[i] = name + parts[i]
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
			val := ""
			if _, isFunc := under(f.typeOf(kv.Value)).(*types.Signature); isFunc && types.TypeString(t, nil) == "text/template.FuncMap" {
				val = f.templateFunc(kv.Value)
			} else {
				val = f.element(kv.Value, u.Elem())
			}
			parts = append(parts, f.element(kv.Key, u.Key())+": "+val)
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
	for v := range s.Fields() {
		if v.Name() == id.Name {
			return v
		}
	}
	return nil
}

// list writes the literal of a slice or array.
func (f *fn) list(x *ast.CompositeLit, name string, elem types.Type) string {
	keys, parts := make([]string, 0, len(x.Elts)), make([]string, 0, len(x.Elts))
	values := make([]ast.Expr, 0, len(x.Elts))
	next, keyed := int64(0), selects(x.Elts)
	for _, el := range x.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			tv := f.u.Info.Types[kv.Key]
			if tv.Value == nil {
				f.refuse(kv, "literal", "this key", "")
				return "nil"
			}
			el, keyed = kv.Value, true
			next, _ = constant.Int64Val(constant.ToInt(tv.Value))
		}
		before := len(f.pre)
		part := f.element(el, elem)
		f.inOrder(before, parts, values)
		values = append(values, el)
		keyed = keyed || strings.Contains(part, "(*")
		keys, parts = append(keys, strconv.FormatInt(next, 10)), append(parts, part)
		next++
	}
	for i := range parts {
		if keyed {
			parts[i] = keys[i] + ": " + parts[i]
		}
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

// selects reports whether an element of a list selects a field. The interpreter
// looks at the types of such elements, as of those that follow a pointer, too
// early, when it does not know all pointers yet, unless they have keys.
func selects(list []ast.Expr) bool {
	found := false
	for _, el := range list {
		ast.Inspect(el, func(n ast.Node) bool {
			if _, ok := n.(*ast.SelectorExpr); ok {
				found = true
			}
			return !found
		})
	}
	return found
}

// ofSDK reports whether a struct type is one of the SDK, which encodes what its
// fields of any type hold.
func ofSDK(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "mortise/runtime/service"
}
