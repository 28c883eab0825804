package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// sources reads what reflection does not know: comments, and the values of named
// texts.
type sources struct {
	root string
	read map[string]*source // by import path
}

// source is one package.
type source struct {
	types  map[string]string   // comments of types
	fields map[string]string   // comments of fields, by Type.Field
	values map[string][]string // of the constants of a named text
}

// of returns the package of a type of ours.
func (s *sources) of(t reflect.Type) (*source, error) {
	rel, ok := strings.CutPrefix(t.PkgPath(), "mortise/")
	if !ok {
		return nil, fmt.Errorf("%s is no type of ours, and says not what it is in JSON", t)
	}
	if known := s.read[rel]; known != nil {
		return known, nil
	}
	found := &source{types: map[string]string{}, fields: map[string]string{}, values: map[string][]string{}}
	dir := filepath.Join(s.root, filepath.FromSlash(rel))
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range parsed.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				found.add(g)
			}
		}
	}
	s.read[rel] = found
	return found, nil
}

func (s *source) add(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.types[spec.Name.Name] = comment(spec.Doc, spec.Comment)
			if len(g.Specs) == 1 && s.types[spec.Name.Name] == "" {
				s.types[spec.Name.Name] = comment(g.Doc)
			}
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, name := range f.Names {
						s.fields[spec.Name.Name+"."+name.Name] = comment(f.Doc, f.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			s.constants(g.Tok, spec)
		}
	}
}

// constants remembers the values of constants that name their type.
func (s *source) constants(tok token.Token, spec *ast.ValueSpec) {
	named, ok := spec.Type.(*ast.Ident)
	if !ok || tok != token.CONST {
		return
	}
	for _, v := range spec.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			value := constant.StringVal(constant.MakeFromLiteral(lit.Value, token.STRING, 0))
			s.values[named.Name] = append(s.values[named.Name], strconv.Quote(value))
		}
	}
}

// comment returns the text of the first comment that there is.
func comment(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.TrimSpace(g.Text()); text != "" {
			return text
		}
	}
	return ""
}
