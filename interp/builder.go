// Package interp runs a project's services through the interpreter: it checks
// the source, lets the gate judge and rewrite it, and starts workers, child
// processes in which one interpreter for each group of packages runs the
// rewritten source. Inputs and outputs are read and written from the types of
// the source, so that they are what compiled code would make of them.
//
// A build does what changed and no more: packages are checked, judged and
// described again only where they or what they import differ, and a worker loads
// before it is ready only what no earlier worker has loaded; the rest follows at
// the first call.
package interp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"mortise/interp/check"
	"mortise/interp/gate"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Options say how a Builder's programs run.
type Options struct {
	Executable string         // the mortise binary
	Args       []string       // that make it a worker; nil is "worker"
	Env        []string       // the workers' whole environment
	Dir        string         // their working directory; "" is the host's
	Name       string         // what the log calls them: the project's name
	Limits     worker.Limits  // zero values are the defaults
	Log        *slog.Logger   // nil discards
	Checker    *check.Checker // shared with others who check the same project; nil makes one
}

// Builder makes programs of source. It may be used by several goroutines; it
// must be closed.
type Builder struct {
	checker *check.Checker
	gate    *gate.Gate
	pool    *worker.Pool

	mu       sync.Mutex
	parts    map[string]*part // guarded by mu: what is known of packages, by import path
	last     *built           // guarded by mu: of the last build that found no mistakes
	lastKey  string           // guarded by mu: the source that it was made of
	loaded   map[string]bool  // guarded by mu: hashes of groups that a worker has loaded
	closed   bool             // guarded by mu
	building sync.Mutex       // held while one build goes on
}

// part is what is known of one package, as long as its hash stays the same.
type part struct {
	hash     string
	facts    *stateFacts
	services []described
	faults   fault.List // why its services' types cannot be read or written
}

// New returns a Builder and starts a spare worker for its first program.
func New(ctx context.Context, opts Options) *Builder {
	if opts.Args == nil {
		opts.Args = []string{"worker"}
	}
	if opts.Checker == nil {
		opts.Checker = check.New()
	}
	return &Builder{
		checker: opts.Checker, gate: gate.New(),
		pool: worker.NewPool(ctx, worker.Options{
			Path: opts.Executable, Args: opts.Args, Env: opts.Env, Dir: opts.Dir, Name: opts.Name,
			Limits: opts.Limits, Log: opts.Log, Notes: true,
		}),
		parts: map[string]*part{}, loaded: map[string]bool{},
	}
}

// Close ends the spare worker. Programs that run go on, and no others start.
func (b *Builder) Close() {
	b.mu.Lock()
	done := b.closed
	b.closed = true
	b.mu.Unlock()
	if !done {
		b.pool.Close()
	}
}

// Build makes a program of the Go source below src. The warnings are what is
// probably not meant. The error is a fault.List: all that is wrong, or all the
// reasons why the source does not run yet, with positions; the program is then
// one that cannot be started and only knows what the source holds, so that the
// rest of the project can be checked against it. Unchanged source gives the same
// program.
func (b *Builder) Build(ctx context.Context, src fs.FS) (worker.Program, fault.List, error) {
	made, project, err := b.make(ctx, src)
	switch {
	case project == nil:
		return nil, nil, err
	case err != nil:
		return outline{project}, project.Warnings, err
	case len(made.refusals) > 0:
		return made.part.All, project.Warnings, slices.Clone(made.refusals).Err()
	}
	return made.program, project.Warnings, nil
}

// BuildPart makes a program of those services below src that the gate admits,
// and says of the others why it does not. A service waits with those that share
// package variables with it. The error is a fault.List of what is wrong with the
// source; all that the part holds then is what is known of the source. Unchanged
// source gives the same part.
func (b *Builder) BuildPart(ctx context.Context, src fs.FS) (worker.Part, fault.List, error) {
	made, project, err := b.make(ctx, src)
	switch {
	case project == nil:
		return worker.Part{}, nil, err
	case err != nil:
		return worker.Part{All: outline{project}}, project.Warnings, err
	}
	return made.part, project.Warnings, nil
}

// built is what became of one version of the source.
type built struct {
	part     worker.Part
	refusals fault.List // all reasons why not all of it runs
	program  *Program
}

// make checks the source and builds what can be built. The project is nil where
// ctx ended; with an error it is all that there is.
func (b *Builder) make(ctx context.Context, src fs.FS) (*built, *check.Project, error) {
	b.building.Lock()
	defer b.building.Unlock()
	project := b.checker.Check(ctx, src)
	if err := ctx.Err(); err != nil {
		return nil, nil, fault.Wrap(fault.Canceled, "interp.canceled", err, "build the services")
	}
	if len(project.Faults) > 0 {
		return nil, project, project.Faults.Err()
	}
	pkgs := project.Needed()
	key := keyOf(project, pkgs)
	b.mu.Lock()
	last, lastKey := b.last, b.lastKey
	b.mu.Unlock()
	if last != nil && lastKey == key {
		return last, project, nil
	}
	made, err := b.build(ctx, project, pkgs)
	if err != nil {
		return nil, project, err
	}
	b.mu.Lock()
	b.last, b.lastKey = made, key
	b.mu.Unlock()
	return made, project, nil
}

// outline is what is known of source that cannot run.
type outline struct{ project *check.Project }

// Services returns the signatures, also of functions with mistakes in them.
func (o outline) Services() []shape.Service { return o.project.Services }

// Uses returns the names that stand as constants in the source.
func (o outline) Uses() []worker.Use { return o.project.Uses }

// Start fails.
func (o outline) Start(context.Context) (worker.Executor, error) {
	return nil, fault.New(fault.Internal, "interp.outline", "source with mistakes cannot be started")
}

// build makes a program of checked source.
func (b *Builder) build(ctx context.Context, project *check.Project, pkgs []*check.Package) (*built, error) {
	units := make([]*gate.Unit, len(pkgs))
	for i, p := range pkgs {
		units[i] = unitOf(p)
	}
	admitted, err := b.gate.AdmitUnits(ctx, units)
	if err != nil {
		return nil, fault.Wrap(fault.Canceled, "interp.canceled", err, "build the services")
	}
	parts := b.partsOf(pkgs)
	j := judge(pkgs, admitted, parts)
	made := &built{refusals: slices.Clone(admitted.Refusals), part: worker.Part{
		All: outline{project}, Refused: j.services(), Shared: j.shared(), Versions: map[string]string{},
	}}
	p := &Program{builder: b, uses: project.Uses}
	for _, s := range project.Services {
		if made.part.Refused[s.Name] == nil {
			p.services = append(p.services, s)
		}
	}
	for _, pkg := range pkgs {
		made.refusals = append(made.refusals, parts[pkg.Path].faults...)
		for _, s := range pkg.Services {
			made.part.Versions[s.Name] = pkg.Hash
		}
	}
	if err := p.assemble(j, admitted, parts); err != nil {
		return nil, fault.Wrap(fault.Internal, "interp.build", err, "build the services")
	}
	made.program = p
	if len(p.services) > 0 {
		made.part.Program = p
	}
	return made, nil
}

// partsOf returns what is known of packages, and forgets all others.
func (b *Builder) partsOf(pkgs []*check.Package) map[string]*part {
	b.mu.Lock()
	old := b.parts
	b.mu.Unlock()
	parts := make(map[string]*part, len(pkgs))
	for _, p := range pkgs {
		if known := old[p.Path]; known != nil && known.hash == p.Hash && p.Hash != "" {
			parts[p.Path] = known
			continue
		}
		services, faults := describe(p)
		parts[p.Path] = &part{hash: p.Hash, facts: factsOf(p), services: services, faults: faults}
	}
	b.mu.Lock()
	b.parts = parts
	b.mu.Unlock()
	return parts
}

// keyOf names the source that a program is made of. Positions in packages that
// no service needs may differ between equal keys, and nothing shows them.
func keyOf(project *check.Project, pkgs []*check.Package) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d\n", project.Module, project.GoVersion, len(project.Services))
	for _, p := range pkgs {
		if p.Hash == "" {
			return ""
		}
		fmt.Fprintf(&b, "%s %s\n", p.Path, p.Hash)
	}
	return b.String()
}

func unitOf(p *check.Package) *gate.Unit {
	u := &gate.Unit{Path: p.Path, Hash: p.Hash, Fset: p.Fset, Types: p.Types, Info: p.Info}
	for _, f := range p.Files {
		u.Files = append(u.Files, f.AST)
	}
	return u
}

// errClosed is why a program of a closed builder does not start.
var errClosed = errors.New("the builder is closed")
