package check

import (
	"fmt"
	"go/ast"
	"go/types"
	"runtime"

	"mortise/runtime/fault"
)

// maxExpanded is how many types a type may hold by value, in structs in structs:
// the type checker visits each of them, as often as it stands there.
const maxExpanded = 100_000

// maxVariable is how many bytes a package variable may have; the compiler writes
// no larger ones.
const maxVariable = 1 << 30

// tooLargeVars reports package variables that no program can have.
func (p *Package) tooLargeVars() {
	sizes := types.SizesFor("gc", runtime.GOARCH)
	scope := p.Types.Scope()
	for _, name := range scope.Names() {
		v, ok := scope.Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		if size := sizes.Sizeof(v.Type()); size < 0 || size > maxVariable {
			p.Faults.Add(p.Position(v.Pos()), "go.variable-size", "variable %q takes more than %d GB", name, maxVariable>>30).
				WithHint("make a slice of the length that is needed while the service runs")
		}
	}
}

// tooLargeType returns a fault where a type of a package holds too many others
// by value. A few lines that double a struct would otherwise keep the type
// checker busy for ever. The estimate never is too low: of several types with one
// name it takes the largest.
func tooLargeType(p *Package) *fault.Error {
	est := typeSizes{imports: p.Imports, specs: map[string][]*ast.TypeSpec{}, sizes: map[string]int{}, factors: map[string][]int{}}
	for _, f := range p.Files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				est.specs[t.Name.Name] = append(est.specs[t.Name.Name], t)
			}
			return true
		})
	}
	p.typeSizes, p.typeFactors = est.sizes, est.factors
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			var at ast.Node
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.TypeSpec:
					est.factorsOf(n.Name.Name)
					if at == nil && est.named(n.Name.Name) > maxExpanded {
						at = n
					}
				case *ast.IndexExpr, *ast.IndexListExpr:
					// Of one in another one the outer one comes first, and has them all.
					if at == nil && est.of(n.(ast.Expr)) > maxExpanded {
						at = n
					}
					return false
				}
				return at == nil
			})
			what := "the type here"
			if spec, ok := at.(*ast.TypeSpec); ok {
				what = fmt.Sprintf("type %q", spec.Name.Name)
			}
			if at != nil {
				return fault.New(fault.Invalid, "go.type-size", "%s holds more than %d others by value", what, maxExpanded).
					WithAt(p.Position(at.Pos())).WithHint("hold some of them by pointer, with a *")
			}
		}
	}
	return nil
}

// typeSizes counts the types that types hold by value.
type typeSizes struct {
	imports []*Package
	specs   map[string][]*ast.TypeSpec
	sizes   map[string]int   // -1 while it is being found out
	factors map[string][]int // of generic types: how often they hold each of their parameters
}

func (t *typeSizes) named(name string) int {
	if size, ok := t.sizes[name]; ok {
		return max(size, 0)
	}
	t.sizes[name] = -1
	size := 1
	for _, spec := range t.specs[name] {
		size = max(size, t.of(spec.Type))
	}
	t.sizes[name] = size
	return size
}

func (t *typeSizes) of(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.Ident:
		return 1 + t.named(e.Name)
	case *ast.SelectorExpr:
		size := 1
		for _, p := range t.imports {
			size = max(size, p.typeSizes[e.Sel.Name])
		}
		return 1 + size
	case *ast.ParenExpr:
		return t.of(e.X)
	case *ast.ArrayType:
		if e.Len != nil {
			return 1 + t.of(e.Elt)
		}
	case *ast.IndexExpr:
		return t.applied(e.X, []ast.Expr{e.Index})
	case *ast.IndexListExpr:
		return t.applied(e.X, e.Indices)
	case *ast.BinaryExpr:
		return t.sum([]ast.Expr{e.X, e.Y})
	case *ast.StructType:
		return t.fields(e.Fields)
	case *ast.InterfaceType:
		return t.fields(e.Methods)
	}
	return 1
}

func (t *typeSizes) fields(list *ast.FieldList) int {
	total := 1
	for _, f := range list.List {
		if _, isMethod := f.Type.(*ast.FuncType); !isMethod {
			total = min(total+max(len(f.Names), 1)*t.of(f.Type), 2*maxExpanded)
		}
	}
	return total
}

func (t *typeSizes) sum(list []ast.Expr) int {
	total := 1
	for _, e := range list {
		total = min(total+t.of(e), 2*maxExpanded)
	}
	return total
}

// applied counts the types that a generic type with its arguments holds.
func (t *typeSizes) applied(generic ast.Expr, args []ast.Expr) int {
	total := t.of(generic)
	for i, a := range args {
		total = min(total+t.factor(generic, i)*t.of(a), 2*maxExpanded)
	}
	return total
}

// factor returns how often a generic type holds its parameter i; 1 at least.
func (t *typeSizes) factor(generic ast.Expr, i int) int {
	n := 1
	switch g := generic.(type) {
	case *ast.Ident:
		if f := t.factorsOf(g.Name); i < len(f) {
			n = max(n, f[i])
		}
	case *ast.SelectorExpr:
		for _, p := range t.imports {
			if f := p.typeFactors[g.Sel.Name]; i < len(f) {
				n = max(n, f[i])
			}
		}
	}
	return n
}

func (t *typeSizes) factorsOf(name string) []int {
	if f, ok := t.factors[name]; ok {
		return f
	}
	t.factors[name] = nil
	var out []int
	for _, spec := range t.specs[name] {
		for i, param := range namesOf(spec.TypeParams) {
			if i == len(out) {
				out = append(out, 0)
			}
			out[i] = max(out[i], t.count(spec.Type, param, spec.Assign.IsValid()))
		}
	}
	t.factors[name] = out
	return out
}

// count returns how often a type names a parameter: by value, or with all
// wherever it stands.
func (t *typeSizes) count(e ast.Expr, param string, all bool) int {
	total := 0
	add := func(times int, of ast.Expr) {
		if of != nil {
			total = min(total+times*t.count(of, param, all), 2*maxExpanded)
		}
	}
	list := func(l *ast.FieldList) {
		if l != nil {
			for _, f := range l.List {
				add(max(len(f.Names), 1), f.Type)
			}
		}
	}
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name == param {
			return 1
		}
	case *ast.ParenExpr:
		add(1, e.X)
	case *ast.IndexExpr:
		add(t.factor(e.X, 0), e.Index)
	case *ast.IndexListExpr:
		for i, a := range e.Indices {
			add(t.factor(e.X, i), a)
		}
	case *ast.BinaryExpr:
		add(1, e.X)
		add(1, e.Y)
	case *ast.UnaryExpr:
		add(1, e.X)
	case *ast.StructType:
		list(e.Fields)
	case *ast.InterfaceType:
		if all {
			list(e.Methods)
		}
	case *ast.ArrayType:
		if e.Len != nil || all {
			add(1, e.Elt)
		}
	}
	if !all {
		return total
	}
	switch e := e.(type) {
	case *ast.StarExpr:
		add(1, e.X)
	case *ast.MapType:
		add(1, e.Key)
		add(1, e.Value)
	case *ast.ChanType:
		add(1, e.Value)
	case *ast.Ellipsis:
		add(1, e.Elt)
	case *ast.FuncType:
		list(e.Params)
		list(e.Results)
	}
	return total
}

// namesOf returns the names in a list, one entry for each.
func namesOf(l *ast.FieldList) []string {
	if l == nil {
		return nil
	}
	var out []string
	for _, f := range l.List {
		for _, n := range f.Names {
			out = append(out, n.Name)
		}
	}
	return out
}
