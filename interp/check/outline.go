package check

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// Symbol is one declaration of a file.
type Symbol struct {
	Name     string
	Detail   string
	Kind     string // "service", "function", "method", "struct", "interface", "type", "field", "variable", "constant"
	At, Word Span   // the whole of it, and its name
	Children []Symbol
}

// Outline returns the declarations of a text, which may be broken. Name is the
// file's.
func Outline(name string, src []byte) []Symbol {
	f, fset := parseLoose(name, src)
	if f == nil {
		return nil
	}
	p := &Package{Fset: fset}
	var out []Symbol
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s := Symbol{Name: d.Name.Name, Kind: "function", At: p.span(d), Word: p.span(d.Name)}
			if d.Recv != nil {
				s.Name, s.Kind = funcName(d), "method"
			} else if looksLikeService(d) {
				s.Kind, s.Detail = "service", f.Name.Name+"."+d.Name.Name
			}
			out = append(out, s)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				out = append(out, p.symbolsOf(d.Tok, spec)...)
			}
		}
	}
	return out
}

// parseLoose parses a text as far as it can be; nil where it cannot be at all.
func parseLoose(name string, src []byte) (*ast.File, *token.FileSet) {
	if len(src) > maxFile || !tooDeep(name, src).IsZero() {
		return nil, nil
	}
	fset := token.NewFileSet()
	f, _ := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if f == nil || f.Name == nil {
		return nil, nil
	}
	return f, fset
}

// looksLikeService reports whether the first argument of an exported function is
// called a context of services.
func looksLikeService(d *ast.FuncDecl) bool {
	if !d.Name.IsExported() || d.Type.Params == nil || len(d.Type.Params.List) == 0 {
		return false
	}
	star, ok := d.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context"
}

func (p *Package) symbolsOf(tok token.Token, spec ast.Spec) []Symbol {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		s := Symbol{Name: spec.Name.Name, Kind: "type", At: p.span(spec), Word: p.span(spec.Name)}
		switch t := spec.Type.(type) {
		case *ast.StructType:
			s.Kind = "struct"
			for _, field := range t.Fields.List {
				for _, name := range field.Names {
					s.Children = append(s.Children, Symbol{Name: name.Name, Kind: "field", At: p.span(field), Word: p.span(name)})
				}
			}
		case *ast.InterfaceType:
			s.Kind = "interface"
		}
		return []Symbol{s}
	case *ast.ValueSpec:
		kind := "variable"
		if tok == token.CONST {
			kind = "constant"
		}
		var out []Symbol
		for _, name := range spec.Names {
			if name.Name != "_" {
				out = append(out, Symbol{Name: name.Name, Kind: kind, At: p.span(spec), Word: p.span(name)})
			}
		}
		return out
	}
	return nil
}

// Folds returns the stretches of a text that can be folded: bodies, declarations in
// brackets, and comments of several lines.
func Folds(name string, src []byte) []Span {
	f, fset := parseLoose(name, src)
	if f == nil {
		return nil
	}
	p := &Package{Fset: fset}
	var out []Span
	fold := func(from, to token.Pos) {
		if from.IsValid() && to.IsValid() && fset.Position(from).Line < fset.Position(to).Line {
			out = append(out, p.stretch(from, to))
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			fold(n.Lbrace, n.Rbrace)
		case *ast.FieldList:
			fold(n.Opening, n.Closing)
		case *ast.GenDecl:
			fold(n.Lparen, n.Rparen)
		case *ast.CompositeLit:
			fold(n.Lbrace, n.Rbrace)
		}
		return true
	})
	for _, g := range f.Comments {
		fold(g.Pos(), g.End()-1)
	}
	return out
}
