package check

import (
	"go/ast"
	"go/token"
	"strings"
	"sync"
)

// syntaxIndex finds the syntax of a package's types and fields by the position
// of their names, which is how go/types remembers them. It is built when it is
// first asked.
type syntaxIndex struct {
	once   sync.Once
	fields map[token.Pos]*ast.Field
	docs   map[token.Pos]string // doc comments of types
}

func (x *syntaxIndex) build(p *Package) {
	x.once.Do(func() {
		x.fields, x.docs = map[token.Pos]*ast.Field{}, map[token.Pos]string{}
		for _, f := range p.Files {
			ast.Inspect(f.AST, x.visit)
		}
	})
}

func (x *syntaxIndex) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				doc := t.Doc
				if doc == nil && len(n.Specs) == 1 {
					doc = n.Doc
				}
				x.docs[t.Name.Pos()] = text(doc, t.Comment)
			}
		}
	case *ast.StructType:
		for _, f := range n.Fields.List {
			for _, name := range f.Names {
				x.fields[name.Pos()] = f
			}
			if len(f.Names) == 0 {
				if id := embeddedName(f.Type); id != nil {
					x.fields[id.Pos()] = f
				}
			}
		}
	}
	return true
}

// text returns the first comment that is there, without comment marks.
func text(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if t := strings.TrimSpace(g.Text()); t != "" {
			return t
		}
	}
	return ""
}

// embeddedName returns the identifier that names an embedded field.
func embeddedName(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.StarExpr:
		return embeddedName(e.X)
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.IndexExpr:
		return embeddedName(e.X)
	case *ast.IndexListExpr:
		return embeddedName(e.X)
	case *ast.ParenExpr:
		return embeddedName(e.X)
	}
	return nil
}

// find returns the package with an import path among p and all that it imports.
func (p *Package) find(path string, seen map[*Package]bool) *Package {
	if p.Path == path {
		return p
	}
	for _, d := range p.Imports {
		if !seen[d] {
			seen[d] = true
			if found := d.find(path, seen); found != nil {
				return found
			}
		}
	}
	return nil
}
