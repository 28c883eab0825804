package scratch

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"runtime"
	"slices"
	"strings"

	"mortise/interp/check/typedata"
	"mortise/interp/gate"
	"mortise/runtime/fault"
)

// version is the language of a program that no go.mod speaks for.
const version = "go1.26"

// What a program is called for the interpreter, which hands out exported
// functions only, and none of package main.
const (
	packagePath = "app/program"
	packageName = "program"
	mainName    = "ProgramMain"
)

// script is a program that the gate has admitted, as the interpreter's process
// reads it from its standard input.
type script struct {
	Source  []byte      `json:"source"`
	Imports []string    `json:"imports"`
	Notes   []gate.Note `json:"notes"`
	File    string      `json:"file"`             // the program's absolute path, for its traces
	Memory  int64       `json:"memory,omitempty"` // the most that it may take, in bytes; 0 is no limit
	Last    string      `json:"last,omitempty"`   // the file in which a goroutine that ends the process leaves its place
}

// admit asks the gate about the program. The faults say why it is not admitted.
func (p *Program) admit(ctx context.Context) (*script, fault.List, error) {
	if e := p.otherwise(); e != nil {
		return nil, fault.List{e}, nil
	}
	u, err := p.unit()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "scratch.unit", err, "prepare %q for the interpreter", p.src.Name)
	}
	res, err := gate.New().AdmitUnits(ctx, []*gate.Unit{u})
	if err != nil {
		return nil, nil, err
	}
	if len(res.Packages) == 0 {
		return nil, res.Refusals, nil
	}
	pkg := res.Packages[0]
	return &script{Source: pkg.Source, Imports: pkg.Imports, Notes: pkg.Notes, File: p.src.File}, nil, nil
}

// otherwise returns why the interpreter would run the program otherwise than Go
// for what a comment says, which the gate does not read.
func (p *Program) otherwise() *fault.Error {
	file := p.pkg.Files[0].AST
	if file.GoVersion != "" {
		return fault.New(fault.Invalid, "gate.version", "not live yet: a program that asks for %s", file.GoVersion).
			WithAt(fault.Position{File: p.src.Name, Line: 1}).WithHint("remove the build constraint")
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:debug") {
				return fault.New(fault.Invalid, "gate.debug", "not live yet: a program with a setting of its own").
					WithAt(p.pkg.Position(c.Pos())).WithHint("remove the line")
			}
		}
	}
	return nil
}

// unit checks the program once more, with the names that the interpreter needs.
func (p *Program) unit() (*gate.Unit, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, p.src.Name, p.src.Text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	file.Name.Name = packageName
	if p.pkg.Types.Scope().Lookup(mainName) != nil {
		return nil, fmt.Errorf("the program has a %s of its own", mainName)
	}
	renameMain(file, p)
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
		Scopes: map[ast.Node]*types.Scope{},
	}
	library, err := typedata.Open()
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: library, GoVersion: version, Sizes: types.SizesFor("gc", runtime.GOARCH)}
	pkg, err := conf.Check(packagePath, fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	return &gate.Unit{Path: packagePath, Name: "main", Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}, nil
}

// renameMain gives the function main its other name, where it is declared and
// where it is called. The file is another parse of the one that was checked, so
// what is called is told by the place.
func renameMain(file *ast.File, p *Program) {
	object := p.pkg.Types.Scope().Lookup("main")
	uses := map[int]bool{}
	checked := p.pkg.Files[0].AST
	for id, o := range p.pkg.Info.Uses {
		if o == object {
			uses[int(id.Pos()-checked.FileStart)] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "main" {
				n.Name.Name = mainName
			}
		case *ast.Ident:
			if uses[int(n.Pos()-file.FileStart)] {
				n.Name = mainName
			}
		}
		return true
	})
}

// exactLibrary is the packages whose uses the gate holds to be exactly as in Go.
// Of those that it admits besides, some differ in a text that hardly any program
// shows: package gate names them.
var exactLibrary = []string{
	"bufio", "bytes", "cmp", "encoding/base64", "encoding/hex", "errors", "fmt", "html", "iter", "maps", "math/bits", "path", "regexp",
	"slices", "sort", "strconv", "strings", "sync", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

// exact reports whether the interpreter does exactly what Go defines, if the gate
// admits the program and as long as it neither panics nor writes to standard
// error: it computes and prints with packages that were proven, without floating
// point, where the sign of zero may be lost, and without recover, by which it
// could see the interpreter's own words for a mistake of its own.
func (p *Program) exact() bool {
	for _, imported := range p.pkg.Types.Imports() {
		if !slices.Contains(exactLibrary, imported.Path()) {
			return false
		}
	}
	for _, used := range p.pkg.Info.Uses {
		if b, ok := used.(*types.Builtin); ok && b.Name() == "recover" {
			return false
		}
	}
	for _, tv := range p.pkg.Info.Types {
		if tv.Type == nil {
			continue
		}
		if b, ok := tv.Type.Underlying().(*types.Basic); ok && b.Info()&(types.IsFloat|types.IsComplex) != 0 {
			return false
		}
	}
	return true
}

// byPlace orders notes by where they are.
func byPlace(a, b gate.Note) int {
	return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
}
