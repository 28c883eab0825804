package gatefuzz

import (
	"bytes"
	"errors"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
)

// tree is a program as syntax, without its comments, that can be changed and
// written again.
type tree struct {
	fset *token.FileSet
	file *ast.File
}

func parse(src []byte) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	var err error
	t.file, err = parser.ParseFile(t.fset, "main.go", src, parser.SkipObjectResolution)
	return t, err
}

func (t *tree) source() ([]byte, error) {
	var b bytes.Buffer
	err := format.Node(&b, t.fset, t.file)
	return b.Bytes(), err
}

// lists returns the lists of statements of a program, outer before inner.
func (t *tree) lists() []*[]ast.Stmt {
	var out []*[]ast.Stmt
	ast.Inspect(t.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			out = append(out, &n.List)
		case *ast.CaseClause:
			out = append(out, &n.Body)
		case *ast.CommClause:
			out = append(out, &n.Body)
		}
		return true
	})
	return out
}

// checked returns what the type checker knows of a program, and its errors.
func (t *tree) checked() (*types.Info, []types.Error, error) {
	lib, err := library()
	if err != nil {
		return nil, nil, err
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	var errs []types.Error
	conf := types.Config{Importer: lib, GoVersion: "go1.26", Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); ok {
			errs = append(errs, e)
		}
	}}
	conf.Check("main", t.fset, []*ast.File{t.file}, info) //nolint:errcheck // Error has them all
	return info, errs, nil
}

// mend removes what is declared and not used, which a change can leave behind.
// The result compiles, or the second result is false.
func mend(src []byte) ([]byte, bool) {
	for range 12 {
		t, err := parse(src)
		if err != nil {
			return nil, false
		}
		_, errs, err := t.checked()
		if err != nil {
			return nil, false
		}
		if len(errs) == 0 {
			return src, true
		}
		unused := map[token.Pos]bool{}
		for _, e := range errs {
			if !strings.Contains(e.Msg, "declared and not used") && !strings.Contains(e.Msg, "imported and not used") && !strings.Contains(e.Msg, "no new variables") {
				return nil, false
			}
			unused[e.Pos] = true
		}
		t.drop(unused)
		if src, err = t.source(); err != nil {
			return nil, false
		}
	}
	return nil, false
}

// drop removes imports and declarations of variables by their positions.
func (t *tree) drop(unused map[token.Pos]bool) {
	blank := func(ids []ast.Expr, tok *token.Token) {
		news := 0
		for _, x := range ids {
			id, ok := x.(*ast.Ident)
			if ok && unused[id.Pos()] {
				id.Name = "_"
			}
			if ok && id.Name != "_" {
				news++
			}
		}
		if news == 0 {
			*tok = token.ASSIGN
		}
	}
	ast.Inspect(t.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				blank(n.Lhs, &n.Tok)
				if unused[n.TokPos] { // no new variables
					n.Tok = token.ASSIGN
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				var ids []ast.Expr
				if n.Key != nil {
					ids = append(ids, n.Key)
				}
				if n.Value != nil {
					ids = append(ids, n.Value)
				}
				blank(ids, &n.Tok)
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				if unused[id.Pos()] {
					id.Name = "_"
				}
			}
		case *ast.TypeSwitchStmt:
			if as, ok := n.Assign.(*ast.AssignStmt); ok && unused[as.Lhs[0].Pos()] {
				n.Assign = &ast.ExprStmt{X: as.Rhs[0]}
			}
		}
		return true
	})
	for i := 0; i < len(t.file.Decls); i++ {
		d, ok := t.file.Decls[i].(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			continue
		}
		for k := 0; k < len(d.Specs); k++ {
			if unused[d.Specs[k].Pos()] {
				d.Specs = append(d.Specs[:k], d.Specs[k+1:]...)
				k--
			}
		}
		if len(d.Specs) == 0 {
			t.file.Decls = append(t.file.Decls[:i], t.file.Decls[i+1:]...)
			i--
		}
	}
}
