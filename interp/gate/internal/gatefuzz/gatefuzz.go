// Package gatefuzz proves the gate by running programs twice: rewritten, on the
// interpreter, and as they are, made by the Go compiler. What both print must be
// the same. The programs are those of the corpus, changed ones of the corpus,
// and ones that a grammar of constructs puts together by chance.
//
// A program is one file of package main that prints what it finds and prints the
// same each time.
package gatefuzz

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"sync"

	"mortise/interp/check/typedata"
	"mortise/interp/gate"
	"mortise/runtime/fault"
)

// entry is the name under which the interpreter finds a program's main: it hands
// out exported functions only, and those of packages that are not main.
const entry = "ProgramMain"

// Program is one program.
type Program struct {
	Name   string // of the file, without .go; for people
	Source []byte
}

// Outcome is what a program did when it ran.
type Outcome struct {
	Stdout string
	Stderr string // for people: the two engines differ in it
	Code   int    // 0, or another where it ended by a panic or a fatal error
	Hung   bool   // it had to be killed
	Races  string // what the race detector says, where this process has it
}

// Same reports whether two outcomes are the same to whoever called the program.
func (o Outcome) Same(other Outcome) bool {
	return o.Stdout == other.Stdout && (o.Code != 0) == (other.Code != 0) && o.Hung == other.Hung && o.Races == other.Races
}

// Admitted is a program that the gate lets run interpreted.
type Admitted struct {
	Source  []byte   `json:"source"`  // rewritten
	Imports []string `json:"imports"` // whose symbols it needs
}

// ErrSource is in the error of Judge where a program does not compile.
var ErrSource = errors.New("does not compile")

// library is the standard library's types, read once.
var library = sync.OnceValues(typedata.Open)

// Judge asks the gate about a program. Refusals are the second result. The error
// is that of ctx, or wraps ErrSource.
func Judge(ctx context.Context, p Program) (*Admitted, fault.List, error) {
	u, err := unit("app/program", p.Name+".go", p.Source)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrSource, err)
	}
	res, err := gate.New().AdmitUnits(ctx, []*gate.Unit{u})
	if err != nil {
		return nil, nil, err
	}
	if len(res.Packages) == 0 {
		return nil, res.Refusals, nil
	}
	return &Admitted{Source: res.Packages[0].Source, Imports: res.Packages[0].Imports}, nil, nil
}

// unit checks one file as a package. Package main becomes package program.
func unit(path, name string, src []byte) (*gate.Unit, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	file.Name.Name = "program"
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "main" {
			f.Name.Name = entry
		}
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
		Scopes: map[ast.Node]*types.Scope{},
	}
	lib, err := library()
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: lib, GoVersion: "go1.26", Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := conf.Check(path, fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	return &gate.Unit{Path: path, Name: "main", Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}, nil
}
