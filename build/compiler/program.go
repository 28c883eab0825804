package compiler

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mortise/interp/check"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Program is checked source that runs as machine code. It is a worker.Program.
type Program struct {
	builder  *Builder
	services []shape.Service
	uses     []worker.Use
	versions map[string]string // of the services
	symbols  map[string]string // the services by the names of their functions in the binary
	pkgs     []*check.Package  // that are compiled
	job      Job
}

// program makes the program of checked source.
func (b *Builder) program(project *check.Project, pkgs []*check.Package, versions *vendored, unsafe bool) (*Program, error) {
	p := &Program{
		builder: b, services: project.Services, uses: project.Uses,
		versions: map[string]string{}, symbols: map[string]string{},
		pkgs: pkgs, job: Job{Name: b.opts.Name, AllowUnsafe: unsafe},
	}
	for _, pkg := range pkgs {
		p.job.Units = append(p.job.Units, unitOf(pkg, project, versions))
		for _, s := range pkg.Services {
			p.versions[s.Name] = pkg.Hash
			p.symbols[symbolPath(pkg.Path)+"."+s.Func] = s.Name
		}
	}
	text, err := Register(project)
	if err != nil {
		return nil, err
	}
	p.job.Units = append(p.job.Units, mainUnit(project, text))
	return p, nil
}

// unitOf is a package as the toolchain takes it.
func unitOf(pkg *check.Package, project *check.Project, versions *vendored) Unit {
	u := Unit{Path: pkg.Path, GoVersion: strings.TrimPrefix(project.GoVersion, "go")}
	if pkg.Vendored {
		u.GoVersion = versions.of(pkg)
	}
	imports := map[string]bool{}
	for _, f := range pkg.Files {
		u.Files = append(u.Files, File{Name: f.Name, Source: f.Source})
		for _, spec := range f.AST.Imports {
			if path := importPath(spec); path != "" {
				imports[path] = true
			}
		}
	}
	u.Imports = slices.Sorted(maps.Keys(imports))
	return u
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return path
}

// mainUnit is package main of a worker.
func mainUnit(project *check.Project, register []byte) Unit {
	u := Unit{
		Path: "main", Generated: true,
		Files: []File{
			{"mortise_exit.go", []byte(workerExit)}, {"mortise_main.go", []byte(workerMain)}, {"mortise_register.go", register},
		},
		Imports: []string{"context", "fmt", "internal/runtime/exithook", "mortise/runtime/linked", "mortise/runtime/worker", "os"},
	}
	for _, pkg := range registered(project) {
		u.Imports = append(u.Imports, pkg.Path)
	}
	slices.Sort(u.Imports)
	return u
}

// symbolPath is an import path as it stands in the names of symbols: the linker
// writes the dots of its last element, and what is no plain character, as numbers
// (cmd/internal/objabi.PathToPrefix).
func symbolPath(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c <= ' ' || (c == '.' && i > slash) || c == '%' || c == '"' || c >= 0x7f {
			const digits = "0123456789abcdef"
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Services returns the signatures, sorted by name.
func (p *Program) Services() []shape.Service { return p.services }

// Uses returns the names that stand as constants in the source.
func (p *Program) Uses() []worker.Use { return p.uses }

// Version returns a text that changes with the code that a service runs, its own
// package's and that of all packages that it imports; "" for an unknown service.
func (p *Program) Version(service string) string { return p.versions[service] }

// Engine says how the services run once the program is started.
func (p *Program) Engine(string) worker.EngineState {
	return worker.EngineState{Engine: worker.Compiled, Status: worker.Live}
}

// Ready reports whether the program was compiled before, so that Start does not
// have to.
func (p *Program) Ready(ctx context.Context) bool {
	_, ok := p.builder.opts.Linker.Find(ctx, p.job)
	return ok
}

// Prepare compiles the program, unless that was done before, and starts nothing.
// A mistake in the source that its check did not find is a fault.List with the
// code "go.compile" and the places: the check and the compiler should agree, so
// that is our mistake. Any other error is a *fault.Error.
func (p *Program) Prepare(ctx context.Context) error {
	_, err := p.builder.opts.Linker.Link(ctx, p.job)
	return err
}

// Start compiles the program, unless that was done before, and returns a worker
// that is ready for calls.
func (p *Program) Start(ctx context.Context) (worker.Executor, error) {
	b, err := p.builder.opts.Linker.Link(ctx, p.job)
	if err != nil {
		return nil, err
	}
	release := p.builder.opts.Linker.Hold(b)
	opts := &p.builder.opts
	process, err := worker.Start(ctx, worker.Options{
		Path: b.Path, Env: opts.Env, Dir: opts.Dir, Name: opts.Name, Limits: opts.Limits, Wait: opts.Wait, Log: opts.Log,
		Hooks: worker.Hooks{Symbols: p.symbols, Complete: p.complete},
	})
	if err != nil {
		release()
		return nil, p.notStarted(err)
	}
	return &running{Process: process, release: sync.OnceFunc(release)}, nil
}

// notStarted explains why a worker did not become ready: its packages are
// initialized before anything else, so that is where to look.
func (p *Program) notStarted(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if ok && !e.At.IsZero() && e.Hint == "" {
		e.Hint = "this ran while the packages were initialized, before any service was called"
	}
	return err
}

// complete adds to a place in the source what the trace of a program does not
// tell: the column at which the line begins; where it has no line either, as an
// empty loop has none, the place is that of its function.
func (p *Program) complete(at fault.Position, fn string) fault.Position {
	if at.Line == 0 {
		if found, ok := p.function(fn); ok && found.File == at.File {
			return found
		}
		return at
	}
	for _, u := range p.job.Units {
		for _, f := range u.Files {
			if f.Name == at.File && !u.Generated {
				at.Column = firstColumn(f.Source, at.Line)
				return at
			}
		}
	}
	return at
}

// function returns the place of a function by the name that it has in traces:
// "app/services/users.GetDetails", "app/services/users.(*List).Add.func1".
func (p *Program) function(name string) (fault.Position, bool) {
	for _, pkg := range p.pkgs {
		rest, ok := strings.CutPrefix(name, symbolPath(pkg.Path)+".")
		if !ok {
			continue
		}
		recv, rest := cutReceiver(rest)
		fn, _, _ := strings.Cut(rest, ".")
		fn, _, _ = strings.Cut(fn, "[")
		for _, f := range pkg.Files {
			for _, d := range f.AST.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Name.Name == fn && receiver(d) == recv {
					return pkg.Position(d.Name.Pos()), true
				}
			}
		}
	}
	return fault.Position{}, false
}

// cutReceiver takes the receiver off the name of a method: "(*List).Add" is Add
// of List. Methods of values look as functions do that stand in others, so they
// are not told apart.
func cutReceiver(name string) (recv, rest string) {
	if inner, ok := strings.CutPrefix(name, "(*"); ok {
		if recv, rest, ok := strings.Cut(inner, ")."); ok {
			recv, _, _ = strings.Cut(recv, "[")
			return recv, rest
		}
	}
	return "", name
}

// receiver names the type of a method with a pointer receiver; "" otherwise.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return ""
	}
	star, ok := d.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	switch x := star.X.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.IndexExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

// firstColumn returns the column at which the text of a line begins; 0 where
// there is no such line, or nothing on it.
func firstColumn(source []byte, line int) int {
	for n := 1; len(source) > 0; n++ {
		text, rest, _ := bytes.Cut(source, []byte("\n"))
		if n == line {
			if trimmed := bytes.TrimLeft(text, " \t"); len(trimmed) > 0 {
				return len(text) - len(trimmed) + 1
			}
			return 0
		}
		source = rest
	}
	return 0
}

// running is a worker whose binary is kept while it lives.
type running struct {
	*worker.Process

	release func()
}

// Close ends the worker: see worker.Process.
func (r *running) Close(ctx context.Context) error {
	defer r.release()
	return r.Process.Close(ctx)
}
