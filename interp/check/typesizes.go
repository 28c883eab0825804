package check

import (
	"go/ast"

	"mortise/runtime/fault"
)

// maxExpanded is how many types a type may hold by value, in structs in structs:
// the type checker visits each of them, as often as it stands there.
const maxExpanded = 100_000

// tooLargeType returns a fault where a type of a package holds too many others
// by value. A few lines that double a struct would otherwise keep the type
// checker busy for ever. The estimate never is too low: of several types with one
// name it takes the largest.
func tooLargeType(p *Package) *fault.Error {
	est := typeSizes{imports: p.Imports, specs: map[string][]*ast.TypeSpec{}, sizes: map[string]int{}}
	for _, f := range p.Files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				est.specs[t.Name.Name] = append(est.specs[t.Name.Name], t)
			}
			return true
		})
	}
	p.typeSizes = est.sizes
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			var at ast.Node
			ast.Inspect(d, func(n ast.Node) bool {
				if t, ok := n.(*ast.TypeSpec); ok && at == nil && est.named(t.Name.Name) > maxExpanded {
					at = t
				}
				return at == nil
			})
			if at != nil {
				return fault.New(fault.Invalid, "go.type-size", "type %q holds more than %d others by value", at.(*ast.TypeSpec).Name.Name, maxExpanded).
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
	sizes   map[string]int // -1 while it is being found out
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
		return t.sum([]ast.Expr{e.X, e.Index})
	case *ast.IndexListExpr:
		return t.sum(append([]ast.Expr{e.X}, e.Indices...))
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
