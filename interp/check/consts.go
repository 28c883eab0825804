package check

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"mortise/runtime/fault"
)

// tooLongConst returns a fault where a constant text of a package may be longer
// than maxConst. A few lines that double a text would otherwise make the type
// checker build gigabytes. The estimate never is too low: it takes the longest of
// the constants that share a name.
func tooLongConst(p *Package) *fault.Error {
	est := constSizes{imports: p.Imports, exprs: map[string][]ast.Expr{}, sizes: map[string]int{}}
	for _, f := range p.Files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				est.add(d)
			}
			return true
		})
	}
	for _, f := range p.Files {
		var at ast.Node
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if e, ok := n.(*ast.BinaryExpr); ok && at == nil && e.Op == token.ADD {
				if est.size(e) > maxConst {
					at = e
				}
				return false
			}
			return at == nil
		})
		if at != nil {
			return fault.New(fault.Invalid, "go.const-size", "a constant text here is longer than %d MB", maxConst>>20).
				WithAt(p.Position(at.Pos())).WithHint("build it while the service runs, with strings.Repeat or strings.Builder")
		}
	}
	return nil
}

// constSizes estimates the lengths of constant texts.
type constSizes struct {
	imports []*Package
	exprs   map[string][]ast.Expr // what the constants with a name are made of
	sizes   map[string]int        // -1 while it is being found out
}

func (c *constSizes) add(d *ast.GenDecl) {
	var last []ast.Expr
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if len(v.Values) > 0 {
			last = v.Values
		}
		for i, name := range v.Names {
			if i < len(last) {
				c.exprs[name.Name] = append(c.exprs[name.Name], last[i])
			}
		}
	}
}

// size returns an upper bound of the length of a constant text; what is no text
// counts for little.
func (c *constSizes) size(e ast.Expr) int {
	total := 0
	for {
		b, ok := e.(*ast.BinaryExpr)
		if !ok {
			break
		}
		total = min(total+c.size(b.Y), 2*maxConst)
		e = b.X
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		total += len(e.Value)
	case *ast.Ident:
		total += c.named(e.Name)
	case *ast.ParenExpr:
		total += c.size(e.X)
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			total += c.size(e.Args[0])
		}
	case *ast.SelectorExpr:
		total += c.imported(e.Sel.Name)
	}
	return min(total, 2*maxConst)
}

func (c *constSizes) named(name string) int {
	if size, ok := c.sizes[name]; ok {
		return max(size, 0)
	}
	c.sizes[name] = -1
	size := 0
	if len(c.exprs[name]) == 0 {
		size = c.imported(name) // by a dot import
	}
	for _, e := range c.exprs[name] {
		size = max(size, c.size(e))
	}
	c.sizes[name] = size
	return size
}

// imported returns the length of the longest constant with a name in the
// imported packages.
func (c *constSizes) imported(name string) int {
	size := 0
	for _, p := range c.imports {
		if p.Types == nil {
			continue
		}
		if k, ok := p.Types.Scope().Lookup(name).(*types.Const); ok && k.Val().Kind() == constant.String {
			size = max(size, len(constant.StringVal(k.Val())))
		}
	}
	return size
}
