package gate

import (
	"fmt"
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"mortise/interp/box"
)

// The value of recover tells a program what panicked. The interpreter's own
// panics say less than Go's: an index out of range does not say which. So a
// package that looks at the value of recover has its indices, its slices and its
// type assertions checked by the rewritten source, which panics as Go does.

// recovers reports whether some source looks at the value of recover.
func recovers(u *Unit) bool {
	found := false
	for _, file := range u.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if found {
				return false
			}
			switch n := n.(type) {
			case *ast.ExprStmt:
				return !isRecoverCall(u, n.X)
			case *ast.BinaryExpr:
				return !isRecoverCall(u, n.X) || !u.Info.Types[ast.Unparen(n.Y)].IsNil()
			case *ast.CallExpr:
				found = found || isRecoverCall(u, n)
			}
			return true
		})
	}
	return found
}

func isRecoverCall(u *Unit, x ast.Expr) bool {
	c, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(c.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := u.Info.Uses[id].(*types.Builtin)
	return ok && b.Name() == "recover"
}

// checked writes an index that is compared with the length first.
func (f *fn) checked(base, index string) string {
	if !f.exact {
		return index
	}
	if f.e.helper("mortise_ix") {
		fmt.Fprintf(&f.e.decls, "func mortise_ix(i, n int) int {\nif i < 0 || i >= n { %s.OutOfRange(i, n) }\nreturn i\n}\n", f.e.use(box.Path))
	}
	return "mortise_ix(" + index + ", len(" + base + "))"
}

// helper reports whether a function of the rewritten source is still to be
// written.
func (e *emitter) helper(name string) bool {
	if e.helpers[name] {
		return false
	}
	e.helpers[name] = true
	return true
}

// at writes the reading of an element of a slice, an array or a text.
func (f *fn) at(x ast.Expr, base, index string, elem types.Type) string {
	if !f.exact {
		return base + "[" + index + "]"
	}
	t, et := f.e.typ(f.typeOf(x), x.Pos()), f.e.typ(elem, x.Pos())
	name := f.e.accessor("at", t, func(name string) string {
		return fmt.Sprintf("func %s(s %s, i int) %s {\nreturn s[%s]\n}\n", name, t, et, f.checked("s", "i"))
	})
	return name + "(" + base + ", " + index + ")"
}

// part writes a slice of a slice or a text; "" is a bound that is left out.
func (f *fn) part(x ast.Expr, base, low, high string) string {
	if !f.exact {
		return base + "[" + low + ":" + high + "]"
	}
	t := f.e.typ(f.typeOf(x), x.Pos())
	limit, kind := "cap(s)", "capacity"
	if b, ok := under(f.typeOf(x)).(*types.Basic); ok && b.Info()&types.IsString != 0 {
		limit, kind = "len(s)", "length"
	}
	name := f.e.accessor("part"+strconv.FormatBool(high == ""), t, func(name string) string {
		p := f.e.use(box.Path)
		if high == "" {
			return fmt.Sprintf("func %s(s %s, a int) %s {\nif a < 0 || a > len(s) { %s.OutOfSlice(a, len(s), 0, \"\") }\nreturn s[a:]\n}\n", name, t, t, p)
		}
		return fmt.Sprintf("func %s(s %s, a, b int) %s {\nif b < 0 || b > %s || a < 0 || a > b { %s.OutOfSlice(a, b, %s, %q) }\nreturn s[a:b]\n}\n",
			name, t, t, limit, p, limit, kind)
	})
	if low == "" {
		low = "0"
	}
	if high == "" {
		return name + "(" + base + ", " + low + ")"
	}
	return name + "(" + base + ", " + low + ", " + high + ")"
}

// accessor returns a function of the rewritten source for a type, written once.
func (e *emitter) accessor(kind, t string, write func(name string) string) string {
	key := kind + " " + t
	if name, ok := e.accessors[key]; ok {
		return name
	}
	word, _, _ := strings.Cut(kind, " ")
	name := fmt.Sprintf("mortise_%s%d", word, len(e.accessors)+1)
	e.accessors[key] = name
	e.decls.WriteString(write(name))
	return name
}
