package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"mortise/interp/box"
)

// written writes a call of the library that the gate writes out: those of the
// generic packages. The second result is false where it is an ordinary call.
func (f *fn) written(c *ast.CallExpr, obj *types.Func) (string, bool) {
	pkg := obj.Pkg().Path()
	if obj.Signature().Recv() != nil {
		return "", false
	}
	switch pkg {
	case "slices", "maps", "cmp", "errors":
	default:
		return "", false
	}
	if pkg == "errors" {
		switch obj.Name() {
		case "AsType":
		case "As":
			return f.errorsAs(c)
		case "Is":
			if f.e.ownErrors() {
				return f.e.use(box.Path) + ".IsError(" + f.args(c, obj.Signature(), nil) + ")", true
			}
			return "", false
		default:
			return "", false
		}
	}
	if pkg == "slices" {
		switch obj.Name() {
		case "Sorted", "Collect", "SortedFunc":
			return f.collected(c, obj), true
		case "Sort":
			if text, ok := f.sortBasic(c); ok {
				return text, true
			}
		}
	}
	targs := f.typeArgs(c.Fun)
	if targs == nil {
		f.refuse(c, "library.generic", pkg+"."+obj.Name(), "write a loop")
		return "nil", true
	}
	if pkg == "errors" && (f.e.mentionsOwn(targs[0]) || f.e.ownInterface(targs[0])) {
		return f.errorsAsType(c, targs[0]), true
	}
	sig, _ := under(f.typeOf(c.Fun)).(*types.Signature)
	name := f.e.libInstance(c, f, pkg+"_"+obj.Name(), targs)
	return name + "(" + f.args(c, sig, nil) + ")", true
}

// typeArgs returns the type arguments of a generic function that is called.
func (f *fn) typeArgs(fun ast.Expr) []types.Type {
	switch x := ast.Unparen(fun).(type) {
	case *ast.IndexExpr:
		return f.typeArgs(x.X)
	case *ast.IndexListExpr:
		return f.typeArgs(x.X)
	case *ast.SelectorExpr:
		inst, ok := f.u.Info.Instances[x.Sel]
		if !ok {
			return nil
		}
		out := make([]types.Type, inst.TypeArgs.Len())
		for i := range out {
			out[i] = f.subst(inst.TypeArgs.At(i))
		}
		return out
	}
	return nil
}

// sortBasic sorts ints, texts and float64 with the library's own functions.
func (f *fn) sortBasic(c *ast.CallExpr) (string, bool) {
	s, ok := under(f.typeOf(c.Args[0])).(*types.Slice)
	if !ok {
		return "", false
	}
	b, ok := f.e.erased(s.Elem()).(*types.Basic)
	if !ok {
		return "", false
	}
	name := map[types.BasicKind]string{types.Int: "Ints", types.String: "Strings", types.Float64: "Float64s"}[b.Kind()]
	if name == "" {
		return "", false
	}
	return f.e.use("sort") + "." + name + "(" + f.x(c.Args[0]) + ")", true
}

// collected writes slices.Sorted, Collect and SortedFunc over the keys or values
// of a map, or the elements of a slice.
func (f *fn) collected(c *ast.CallExpr, obj *types.Func) string {
	list, elem := f.sequence(c.Args[0])
	if list == "" {
		f.refuse(c, "iterator", "this use of an iterator", "write a loop that appends to a slice")
		return "nil"
	}
	switch obj.Name() {
	case "Collect":
		return list
	case "Sorted":
		return f.e.libInstance(c, f, "sortedOf", []types.Type{elem}) + "(" + list + ")"
	}
	pt := types.NewSignatureType(nil, nil, nil, types.NewTuple(types.NewParam(token.NoPos, nil, "", elem), types.NewParam(token.NoPos, nil, "", elem)),
		types.NewTuple(types.NewParam(token.NoPos, nil, "", types.Typ[types.Int])), false)
	return f.e.libInstance(c, f, "sortedFuncOf", []types.Type{elem}) + "(" + list + ", " + f.arg(c, 1, c.Args[1], pt, nil) + ")"
}

// sequence writes the values of an iterator of the library as a new slice.
func (f *fn) sequence(x ast.Expr) (string, types.Type) {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	obj := f.libraryCallee(ast.Unparen(call.Fun))
	if obj == nil || obj.Signature().Recv() != nil {
		return "", nil
	}
	targs := f.typeArgs(call.Fun)
	switch obj.Pkg().Path() + "." + obj.Name() {
	case "maps.Keys":
		if len(targs) == 3 {
			return f.e.libInstance(x, f, "keysOf", targs) + "(" + f.x(call.Args[0]) + ")", targs[1]
		}
	case "maps.Values":
		if len(targs) == 3 {
			return f.e.libInstance(x, f, "valuesOf", targs) + "(" + f.x(call.Args[0]) + ")", targs[2]
		}
	case "slices.Values":
		if len(targs) == 2 {
			return f.e.libInstance(x, f, "slices_Clone", []types.Type{types.NewSlice(targs[1]), targs[1]}) + "(" + f.x(call.Args[0]) + ")", targs[1]
		}
	case "strings.SplitSeq":
		s := types.Typ[types.String]
		return f.e.use("strings") + ".Split(" + f.conv(call.Args[0], s) + ", " + f.conv(call.Args[1], s) + ")", s
	case "strings.FieldsSeq":
		s := types.Typ[types.String]
		return f.e.use("strings") + ".Fields(" + f.conv(call.Args[0], s) + ")", s
	}
	return "", nil
}

// rangeCall writes a range over an iterator of the library and reports whether
// it was one.
func (f *fn) rangeCall(s *ast.RangeStmt, call *ast.CallExpr, label string) bool {
	obj := f.libraryCallee(ast.Unparen(call.Fun))
	if obj == nil || obj.Signature().Recv() != nil {
		return false
	}
	targs := f.typeArgs(call.Fun)
	plain := *s
	switch obj.Pkg().Path() + "." + obj.Name() {
	case "maps.Keys":
		plain.X = call.Args[0]
	case "maps.All", "slices.All":
		plain.X = call.Args[0]
	case "maps.Values", "slices.Values":
		plain.X, plain.Key, plain.Value = call.Args[0], nil, s.Key
	case "strings.SplitSeq", "strings.FieldsSeq":
		list, elem := f.sequence(call)
		plain.Key, plain.Value = nil, s.Key
		f.rangeOver(&plain, label, list, types.Typ[types.Int], elem)
		return true
	default:
		return false
	}
	if targs == nil {
		return false
	}
	f.rangeStmt(&plain, label)
	return true
}

// errorsAs writes errors.As where the target is a variable of a type of the
// project.
func (f *fn) errorsAs(c *ast.CallExpr) (string, bool) {
	if len(c.Args) != 2 {
		return "", false
	}
	p, ok := under(f.typeOf(c.Args[1])).(*types.Pointer)
	if !ok {
		return "", false
	}
	finder, ok := f.finder(c, p.Elem())
	if !ok {
		return "", false
	}
	err := f.conv(c.Args[0], types.Universe.Lookup("error").Type())
	return f.e.use(box.Path) + "." + finder[0] + "(" + err + ", " + finder[1] + ", " + f.x(c.Args[1]) + ")", true
}

// finder returns the function that looks for a type in a tree of errors, and
// what it looks for; false where the library's own does.
func (f *fn) finder(n ast.Node, t types.Type) ([2]string, bool) {
	switch {
	case f.e.ownInterface(t):
		return [2]string{"FindMethods", f.e.methodList(t)}, true
	case f.e.mentionsOwn(t):
		return [2]string{"FindError", f.e.ownTypeOf(t, n.Pos()).def()}, true
	}
	return [2]string{}, false
}

// errorsAsType writes errors.AsType for a type of the project.
func (f *fn) errorsAsType(c *ast.CallExpr, t types.Type) string {
	finder, _ := f.finder(c, t)
	text := f.e.typ(t, c.Pos())
	name := f.e.accessor("find "+finder[1], text, func(name string) string {
		return fmt.Sprintf("func %s(err error) (%s, bool) {\nvar v %s\nok := %s.%s(err, %s, &v)\nreturn v, ok\n}\n", name, text, text, f.e.use(box.Path), finder[0], finder[1])
	})
	return name + "(" + f.conv(c.Args[0], types.Universe.Lookup("error").Type()) + ")"
}

// ownErrors reports whether a type of the project that this package can see is
// an error.
func (e *emitter) ownErrors() bool {
	if e.errs == nil {
		seen, found := map[string]bool{}, false
		e.see(e.unit.Types, seen)
		for path := range seen {
			for _, obj := range e.g.units[path].Info.Defs {
				f, ok := obj.(*types.Func)
				found = found || ok && f.Name() == "Error" && f.Signature().Recv() != nil
			}
		}
		e.errs = &found
	}
	return *e.errs
}
