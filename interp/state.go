package interp

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"mortise/interp/check"
)

// Package variables. Each group of services has an interpreter of its own, with
// its own copy of every package that it imports. In Go all services of a process
// share one copy, so services that could tell the difference are put into the
// same group: those that import a package with a variable that may change, or
// that may differ from one initialization to the next.

// stateFacts says what one package has to do with changing variables.
type stateFacts struct {
	own     bool             // it has a variable that is state whatever the code does with it
	touched map[varName]bool // variables, of any package, that its code may change
}

// varName names a package variable across checks.
type varName struct{ path, name string }

func nameOf(v *types.Var) varName { return varName{v.Pkg().Path(), v.Name()} }

// statefulPackages returns the import paths of those packages that have state.
func statefulPackages(pkgs []*check.Package, facts func(*check.Package) *stateFacts) map[string]bool {
	out := map[string]bool{}
	touched := map[varName]bool{}
	for _, p := range pkgs {
		f := facts(p)
		if f.own {
			out[p.Path] = true
		}
		for v := range f.touched {
			touched[v] = true
		}
	}
	for v := range touched {
		out[v.path] = true
	}
	return out
}

// factsOf reads one package.
func factsOf(p *check.Package) *stateFacts {
	f := &stateFacts{touched: map[varName]bool{}}
	for _, file := range p.Files {
		w := &stateWalk{info: p.Info, facts: f}
		for _, decl := range file.AST.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
				w.declared(g)
			}
		}
		ast.Inspect(file.AST, w.visit)
	}
	return f
}

type stateWalk struct {
	info  *types.Info
	facts *stateFacts
	stack []ast.Node
}

// declared judges the package variables of one declaration by their types and
// first values.
func (w *stateWalk) declared(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, name := range spec.Names {
			if v, ok := w.info.Defs[name].(*types.Var); ok && name.Name != "_" && !readable(v.Type()) {
				w.facts.own = true
			}
		}
		for _, value := range spec.Values {
			ast.Inspect(value, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && !w.repeatable(call) {
					w.facts.own = true
				}
				return true
			})
		}
	}
}

// repeatable reports whether a call gives the same each time: a conversion, a
// built-in function, or one of the standard library apart from clocks and dice.
func (w *stateWalk) repeatable(call *ast.CallExpr) bool {
	if tv := w.info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
		return true
	}
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return false
	}
	f, ok := w.info.Uses[id].(*types.Func)
	if !ok || f.Pkg() == nil {
		return false
	}
	switch f.Pkg().Path() {
	case "errors", "strings", "bytes", "regexp", "strconv", "fmt", "math", "sort", "slices", "maps", "unicode", "unicode/utf8", "encoding/base64", "encoding/hex", "path":
		return true
	case "time":
		return f.Name() != "Now" && f.Name() != "Since" && f.Name() != "Until"
	}
	return false
}

// readable reports whether a variable of the type can be state only if somebody
// changes it: its value holds nothing that changes by itself or through a method.
func readable(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Map:
		return flat(u.Elem())
	case *types.Slice:
		return flat(u.Elem())
	}
	return flat(t)
}

// handles are compiled types whose values do not change once they are made.
var handles = map[string]bool{
	"*regexp.Regexp": true, "*strings.Replacer": true, "*time.Location": true, "time.Time": true, "time.Duration": true,
	"*encoding/base64.Encoding": true, "error": true, "reflect.Type": true,
}

// flat reports whether a copy of a value has nothing in common with the value.
func flat(t types.Type) bool {
	t = types.Unalias(t)
	if handles[types.TypeString(t, nil)] {
		return true
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Kind() != types.UnsafePointer
	case *types.Array:
		return flat(t.Elem())
	case *types.Struct:
		for field := range t.Fields() {
			if !flat(field.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

func (w *stateWalk) visit(n ast.Node) bool {
	if n == nil {
		w.stack = w.stack[:len(w.stack)-1]
		return true
	}
	w.stack = append(w.stack, n)
	if id, ok := n.(*ast.Ident); ok {
		if v, ok := w.info.Uses[id].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && w.changes(id) {
			w.facts.touched[nameOf(v)] = true
		}
	}
	return true
}

// changes reports whether the use of a package variable, whose identifier is on
// top of the stack, may change it or what it holds.
func (w *stateWalk) changes(id *ast.Ident) bool {
	var cur ast.Expr = id
	for i := len(w.stack) - 2; i >= 0; i-- {
		switch parent := w.stack[i].(type) {
		case *ast.ParenExpr:
			cur = parent
		case *ast.SelectorExpr:
			if parent.Sel == cur { // package.Variable
				cur = parent
				continue
			}
			sel := w.info.Selections[parent]
			if sel == nil {
				return true
			}
			if sel.Kind() != types.FieldVal {
				return !w.harmless(sel)
			}
			cur = parent
		case *ast.IndexExpr:
			if parent.Index == cur {
				return !w.flat(cur)
			}
			cur = parent
		default:
			return w.ends(parent, cur)
		}
	}
	return true
}

// ends judges the statement or expression in which a path that begins with the
// variable ends.
func (w *stateWalk) ends(parent ast.Node, cur ast.Expr) bool {
	switch parent := parent.(type) {
	case *ast.AssignStmt:
		if slices.Contains(parent.Lhs, cur) {
			return true
		}
	case *ast.IncDecStmt:
		return true
	case *ast.UnaryExpr:
		if parent.Op == token.AND {
			return true
		}
	case *ast.RangeStmt:
		if parent.X == cur {
			return !readable(w.info.TypeOf(cur))
		}
		if parent.Key == cur || parent.Value == cur {
			return true
		}
	case *ast.CallExpr:
		if w.reads(parent) {
			return !readable(w.info.TypeOf(cur))
		}
	case *ast.BinaryExpr:
		return false // a comparison or a sum
	}
	return !w.flat(cur)
}

// reads reports whether a call only reads its arguments.
func (w *stateWalk) reads(call *ast.CallExpr) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		b, ok := w.info.Uses[fun].(*types.Builtin)
		return ok && (b.Name() == "len" || b.Name() == "cap")
	case *ast.SelectorExpr:
		f, ok := w.info.Uses[fun.Sel].(*types.Func)
		if !ok || f.Pkg() == nil {
			return false
		}
		switch f.Pkg().Path() {
		case "strings":
			return true
		case "slices":
			return f.Name() == "Contains" || f.Name() == "Index" || f.Name() == "BinarySearch"
		}
	}
	return false
}

// harmless reports whether a method leaves its receiver alone: one of a handle,
// or one that gets a copy.
func (w *stateWalk) harmless(sel *types.Selection) bool {
	if handles[types.TypeString(types.Unalias(sel.Recv()), nil)] {
		return true
	}
	f, ok := sel.Obj().(*types.Func)
	if !ok || !flat(sel.Recv()) {
		return false
	}
	_, pointer := types.Unalias(f.Signature().Recv().Type()).(*types.Pointer)
	return !pointer
}

func (w *stateWalk) flat(e ast.Expr) bool {
	t := w.info.TypeOf(e)
	return t != nil && flat(t)
}
