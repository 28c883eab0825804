package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"

	"mortise/build/compiler/internal/packfile"
)

// settings reads the table of GODEBUG settings from Go's source: go build writes
// into a program the old defaults that the language version of its module asks
// for.
func settings(path string) ([]packfile.Setting, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("read the GODEBUG settings: %w", err)
	}
	var all []packfile.Setting
	for node := range ast.Preorder(file) {
		if lit, ok := node.(*ast.CompositeLit); ok && lit.Type == nil {
			if s := setting(lit); s.Name != "" {
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the table of GODEBUG settings is not what it was")
	}
	return all, nil
}

// setting reads one entry: {Name: "panicnil", Changed: 21, Old: "1"}.
func setting(lit *ast.CompositeLit) (s packfile.Setting) {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isName := kv.Key.(*ast.Ident)
		value, isValue := kv.Value.(*ast.BasicLit)
		if !isName || !isValue {
			continue
		}
		text, err := strconv.Unquote(value.Value)
		switch {
		case key.Name == "Changed":
			s.Changed, _ = strconv.Atoi(value.Value)
		case err != nil:
		case key.Name == "Name":
			s.Name = text
		case key.Name == "Old":
			s.Old = text
		}
	}
	return s
}
