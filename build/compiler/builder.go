package compiler

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Linker makes executables of jobs. A Toolchain is one.
type Linker interface {
	// Available returns nil, or why nothing can be compiled.
	Available() error
	// Find returns the binary of a job that was linked before.
	Find(ctx context.Context, job Job) (Binary, bool)
	// Link returns the binary of a job; see Toolchain.
	Link(ctx context.Context, job Job) (Binary, error)
	// Hold keeps a binary until release is called.
	Hold(b Binary) (release func())
}

var _ Linker = (*Toolchain)(nil)

// BuilderOptions say how a Builder's programs are made and run.
type BuilderOptions struct {
	Linker  Linker
	Checker *check.Checker // shared with others who check the same project; nil makes one
	Env     []string       // the workers' whole environment
	Dir     string         // their working directory; "" is the host's
	Name    string         // what the log calls them: the project's name
	Limits  worker.Limits  // zero values are the defaults
	Wait    time.Duration  // for a worker to say hello; 0 is 10 s
	Log     *slog.Logger   // nil discards
}

// Builder makes programs of source whose services run as machine code, in
// workers of their own. It is an engine.Builder and may be used by several
// goroutines. It compiles nothing before a program is prepared or started.
type Builder struct {
	opts BuilderOptions

	mu      sync.Mutex
	last    *Program // guarded by mu: of the last build that succeeded
	lastKey string   // guarded by mu: the source that it was made of
}

var _ engine.Chooser = (*Builder)(nil)

// NewBuilder returns a Builder.
func NewBuilder(opts BuilderOptions) *Builder {
	if opts.Checker == nil {
		opts.Checker = check.New()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Builder{opts: opts}
}

// Available returns nil where this build of Mortise can compile, or why it
// cannot, and what to do: see Toolchain.Available.
func (b *Builder) Available() error { return b.opts.Linker.Available() }

// Build is BuildFor where the project wants nothing in particular, so that its
// services must not import unsafe.
func (b *Builder) Build(ctx context.Context, src fs.FS) (worker.Program, fault.List, error) {
	return b.BuildFor(ctx, src, config.Engines{})
}

// BuildFor makes a program of the Go source below src. Of what the project wants
// it takes whether services may import unsafe; all of them run compiled. The
// warnings are what is probably not meant. The error is a fault.List: all that is
// wrong, or all the reasons why the source cannot be compiled, with positions; the
// program is then one that cannot be started and only knows what the source holds.
// Unchanged source and the same wish give the same program.
func (b *Builder) BuildFor(ctx context.Context, src fs.FS, want config.Engines) (worker.Program, fault.List, error) {
	project := b.opts.Checker.Check(ctx, src)
	if err := ctx.Err(); err != nil {
		return nil, nil, fault.Wrap(fault.Canceled, "compiler.canceled", err, "build the services")
	}
	if len(project.Faults) > 0 {
		return outline{project}, project.Warnings, project.Faults.Err()
	}
	pkgs := project.Needed()
	if err := refusals(pkgs, want.Unsafe).Err(); err != nil {
		return outline{project}, project.Warnings, err
	}
	versions, err := vendorVersions(src)
	if err != nil {
		return outline{project}, project.Warnings, err
	}
	key := keyOf(project, pkgs, versions, want.Unsafe)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last != nil && b.lastKey == key {
		return b.last, project.Warnings, nil
	}
	p, err := b.program(project, pkgs, versions, want.Unsafe)
	if err != nil {
		return outline{project}, project.Warnings, err
	}
	b.last, b.lastKey = p, key
	return p, project.Warnings, nil
}

// outline is what is known of source that cannot run.
type outline struct{ project *check.Project }

// Services returns the signatures, also of functions with mistakes in them.
func (o outline) Services() []shape.Service { return o.project.Services }

// Uses returns the names that stand as constants in the source.
func (o outline) Uses() []worker.Use { return o.project.Uses }

// Start fails.
func (o outline) Start(context.Context) (worker.Executor, error) {
	return nil, fault.New(fault.Internal, "compiler.outline", "source with mistakes cannot be started")
}

// keyOf names the source that a program is made of.
func keyOf(project *check.Project, pkgs []*check.Package, versions *vendored, unsafe bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d %t\n", project.Module, project.GoVersion, len(project.Services), unsafe)
	for _, p := range pkgs {
		fmt.Fprintf(&b, "%s %s %s\n", p.Path, p.Hash, versions.of(p))
	}
	return b.String()
}
