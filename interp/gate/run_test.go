package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/interp/machine"
)

// entry is the name under which the interpreter finds a program's main: it hands
// out exported functions only, and those of packages that are not main.
const entry = "ProgramMain"

// TestMain lets the test binary run one rewritten program in a process of its
// own, so that a hang or a crash ends that process alone.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "interpret" {
		if err := interpret(os.Args[2], strings.Split(os.Args[3], ",")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

// interpret runs a rewritten program as workers do.
func interpret(file string, imports []string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	slot, err := noteSlot()
	if err != nil {
		return err
	}
	p := &machine.Package{Path: "app/program", Name: "program", Source: src, Imports: imports}
	m, err := machine.Load([]*machine.Package{p}, machine.Options{Slot: slot, Stdout: os.Stdout})
	if err != nil {
		return err
	}
	run, ok := m.Func(p.Path, entry)
	if !ok {
		return errors.New("the program has no main")
	}
	return m.Guard("run the program", func() error {
		run.Call(nil)
		return nil
	})
}

// std is the importer of the standard library, shared: it reads export data.
var std = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

var stdMu sync.Mutex

type lockedImporter struct{}

func (lockedImporter) Import(path string) (*types.Package, error) {
	stdMu.Lock()
	defer stdMu.Unlock()
	return std().Import(path)
}

// unit checks one file as a package. Package main becomes package program.
func unit(path, name string, src []byte) (*Unit, error) {
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
	}
	conf := types.Config{Importer: lockedImporter{}, GoVersion: "go1.26"}
	pkg, err := conf.Check(path, fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	return &Unit{Path: path, Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}, nil
}

// outcome is what became of a program.
type outcome struct {
	refused        error
	source         []byte
	stdout, stderr string
	races          string // what the race detector says, where the tests run with it
	code           int
}

// try judges a program and, where it is admitted, runs it.
func try(t testing.TB, name string, src []byte) outcome {
	t.Helper()
	u, err := unit("app/program", name, src)
	if err != nil {
		return outcome{refused: fmt.Errorf("does not compile: %w", err)}
	}
	res, err := New().AdmitUnits(t.Context(), []*Unit{u})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Packages) == 0 {
		return outcome{refused: res.Refusals}
	}
	p := res.Packages[0]
	out := outcome{source: p.Source}
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, out.source, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "interpret", file, strings.Join(p.Imports, ","))
	cmd.Env = append(os.Environ(), "GORACE=exitcode=0 atexit_sleep_ms=0 log_path="+filepath.Join(dir, "race"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		out.code = -1
	case errors.As(err, &exit):
		out.code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	out.stdout, out.stderr = stdout.String(), stderr.String()
	reports, err := filepath.Glob(filepath.Join(dir, "race.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		text, err := os.ReadFile(r)
		if err != nil {
			t.Fatal(err)
		}
		out.races += string(text)
	}
	return out
}
