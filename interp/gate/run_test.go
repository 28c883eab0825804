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
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"
)

// TestMain lets the test binary run one rewritten program in a process of its
// own, so that a hang or a crash ends that process alone.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "interpret" {
		interpret(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

var slot uint32

func interpret(file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	i := interp.New(interp.Options{})
	p := &slot
	if err := i.Use(stdlib.Symbols); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	if err := i.Use(interp.Exports{NotePath + "/note": {"Slot": reflect.ValueOf(&p).Elem()}}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintln(os.Stderr, "interpreter:", r)
			os.Exit(2)
		}
	}()
	if _, err := i.Eval(string(src)); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(2)
	}
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

// unit checks one file as a package.
func unit(path, name string, src []byte) (*Unit, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
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
	code           int
}

// try judges a program and, where it is admitted, runs it.
func try(t testing.TB, name string, src []byte) outcome {
	u, err := unit("main", name, src)
	if err != nil {
		return outcome{refused: fmt.Errorf("does not compile: %w", err)}
	}
	res, err := New().AdmitUnits(context.Background(), []*Unit{u})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Packages) == 0 {
		return outcome{refused: res.Refusals}
	}
	out := outcome{source: res.Packages[0].Source}
	file := t.TempDir() + "/main.go"
	if err := os.WriteFile(file, out.source, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "interpret", file) //nolint:gosec // the test binary itself
	// The slot for notes is written by all goroutines without a lock, on purpose:
	// with -race the child would end with the detector's exit code.
	cmd.Env = append(os.Environ(), "GORACE=exitcode=0 log_path="+t.TempDir()+"/race")
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
	return out
}
