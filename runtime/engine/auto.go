package engine

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Chooser is a Builder that can run services in more than one way, as the
// project wants it.
type Chooser interface {
	Builder
	// BuildFor is Build with the ways in which the services are to run. The same
	// source and the same wishes give the same program.
	BuildFor(ctx context.Context, source fs.FS, want config.Engines) (worker.Program, fault.List, error)
}

// PartBuilder is a Builder that can make a program of a part of the source.
type PartBuilder interface {
	Builder
	// BuildPart makes a program of those services that can run and says why the
	// others cannot. The error is a fault.List of what is wrong with the source;
	// what All of the part is may then be nil. The same source gives the same
	// All.
	BuildPart(ctx context.Context, source fs.FS) (worker.Part, fault.List, error)
}

// Preparer is a Program whose Start takes long the first time, because it is
// compiled.
type Preparer interface {
	// Ready reports whether Start would be quick.
	Ready(ctx context.Context) bool
	// Prepare does what takes long, until ctx ends.
	Prepare(ctx context.Context) error
}

// AutoOptions are what an Auto composes.
type AutoOptions struct {
	Interpreted PartBuilder
	Compiled    Builder      // nil where there is no compiler
	Absent      error        // why there is none
	Log         *slog.Logger // nil discards
	// OnDemand makes it compile nothing unless a call waits for it: for a
	// process that lives for one command.
	OnDemand bool
}

// Auto is a Builder that composes two: what can be interpreted faithfully runs
// interpreted at once, what cannot waits until it is compiled, and as soon as
// that is done everything runs compiled, and never goes back. Services that did
// not change since the version before stay on its compiled worker meanwhile.
//
// Build checks and judges the source and compiles nothing. That begins when a
// program is started, and ends at the latest when its executor is closed.
type Auto struct {
	o        AutoOptions
	counting *counting
	starts   atomic.Int64
	changed  func() // see Options.Changed; may be nil

	mu      sync.Mutex   // guards what follows
	last    *autoProgram // of the last build
	kept    keptSide     // the newest compiled worker; the zero value where there is none
	serving int          // executions that were started and not closed
}

// counting is where an Auto counts.
type counting struct {
	workers, calls map[string]*observe.Meter // by engine
	compiles       *observe.Meter
}

var _ Chooser = (*Auto)(nil)

// NewAuto returns a Builder that composes two. It owns neither of them.
func NewAuto(o AutoOptions) *Auto {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Compiled == nil && o.Absent == nil {
		o.Absent = fault.New(fault.Unavailable, "compiler.absent", "this build has no compiler")
	}
	a := &Auto{o: o}
	a.count(observe.NewMetrics())
	return a
}

// count makes it count into metrics. It is called before anything is built.
func (a *Auto) count(m *observe.Metrics) {
	a.counting = &counting{workers: map[string]*observe.Meter{}, calls: map[string]*observe.Meter{}, compiles: m.Compile()}
	for _, engine := range []string{worker.Interpreted, worker.Compiled} {
		a.counting.workers[engine], a.counting.calls[engine] = m.Worker(engine), m.Engine(engine)
	}
}

// told says that a service may run in another way than before.
func (a *Auto) told() {
	if a.changed != nil {
		a.changed()
	}
}

// Build is BuildFor where the project wants nothing in particular.
func (a *Auto) Build(ctx context.Context, source fs.FS) (worker.Program, fault.List, error) {
	return a.BuildFor(ctx, source, config.Engines{})
}

// BuildFor checks and judges the source, and makes a program that runs it as the
// project wants it. Errors are what is wrong with the source, what cannot run in
// the way in which it must, and wishes for packages that are not there.
func (a *Auto) BuildFor(ctx context.Context, source fs.FS, want config.Engines) (worker.Program, fault.List, error) {
	part, warnings, err := a.o.Interpreted.BuildPart(ctx, source)
	if err != nil {
		return part.All, warnings, err
	}
	var compiled worker.Program
	absent := a.o.Absent
	if a.o.Compiled != nil {
		if compiled, _, absent = build(ctx, a.o.Compiled, source, want); absent != nil {
			compiled = nil
		}
	}
	if err := ctx.Err(); err != nil {
		return part.All, warnings, fault.Wrap(fault.Canceled, "engine.canceled", err, "build the services")
	}
	a.mu.Lock()
	last := a.last
	a.mu.Unlock()
	if last != nil && last.part.All == part.All && last.compiled == compiled && last.want.Equal(want) {
		return last, append(warnings, last.warnings...), nil
	}
	p := &autoProgram{auto: a, part: part, compiled: compiled, absent: fault.All(absent), want: want}
	if err := p.plan().Err(); err != nil {
		return part.All, append(warnings, p.warnings...), err
	}
	a.mu.Lock()
	a.last = p
	a.mu.Unlock()
	return p, append(warnings, p.warnings...), nil
}

// autoProgram is one version of a project's services with the ways in which each
// of them runs. It is immutable.
type autoProgram struct {
	auto     *Auto
	part     worker.Part
	compiled worker.Program // nil where it cannot be compiled
	absent   fault.List     // why not
	want     config.Engines
	modes    map[string]mode // by service
	warnings fault.List
}

// mode says where a service may run.
type mode int

const (
	eitherWay       mode = iota // interpreted until it is compiled
	interpretedOnly             // the project wants it so, or there is no compiler
	compiledOnly                // the project wants it so, or it cannot be interpreted
)

// Services returns the signatures, sorted by name.
func (p *autoProgram) Services() []shape.Service { return p.part.All.Services() }

// Uses returns the names that stand as constants in the source.
func (p *autoProgram) Uses() []worker.Use { return p.part.All.Uses() }

// Version returns a text that changes with the code of a service, and with the
// way in which the project wants it to run.
func (p *autoProgram) Version(service string) string {
	return cmp.Or(p.part.Versions[service], "?") + map[mode]string{interpretedOnly: " interpreted", compiledOnly: " compiled"}[p.modes[service]]
}
