package linked

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Registration is what a server's generated code says of the services that are
// linked into it.
type Registration struct {
	About    string    // their signatures and the sums of their source: see Describe
	Services []Service // in the order of About
}

// Options are those of NewBuilder.
type Options struct {
	Registration Registration
	Body         int64        // bytes of one input or output; 0 is 64 MiB
	Log          *slog.Logger // nil discards
}

// Builder is the engine's builder of a server whose services are linked in. Any
// source other than that which they were made of is refused: such a server
// changes its services by being built again.
type Builder struct {
	opts    Options
	program *Program
	sums    map[string]string
}

// NewBuilder returns a Builder. An error means that the registration was not
// generated for this version of Mortise.
func NewBuilder(opts Options) (*Builder, error) {
	a, err := parseAbout(opts.Registration.About)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "linked.registration", err, "read what is known of the linked services").
			WithHint("build the server again")
	}
	p := &Program{services: a.services, uses: a.uses, versions: a.versions, opts: opts, funcs: funcs(opts.Registration.Services), sums: a.sums}
	for _, s := range p.services {
		if p.funcs[s.Name] == nil {
			return nil, fault.New(fault.Internal, "linked.registration", "service %q is described and not linked", s.Name).
				WithHint("build the server again")
		}
	}
	return &Builder{opts: opts, program: p, sums: a.sums}, nil
}

// Build compares the source with that of the linked services. Where it is the
// same, or where there is no Go source at all, it returns their program; the
// error is otherwise a fault.List that names what differs, code
// "linked.changed".
func (b *Builder) Build(ctx context.Context, src fs.FS) (worker.Program, fault.List, error) {
	sums, err := Sums(ctx, src)
	if err != nil {
		return nil, nil, err
	}
	if len(sums) == 0 {
		return b.program, nil, nil
	}
	const hint = "the services of this server are part of its program: build it again"
	var faults fault.List
	for name, sum := range sums {
		at := fault.Position{File: name}
		switch was, ok := b.sums[name]; {
		case !ok:
			faults.Add(at, "linked.changed", "%q was added since this server was built", name).WithHint(hint)
		case was != sum:
			faults.Add(at, "linked.changed", "%q was changed since this server was built", name).WithHint(hint)
		}
	}
	for name := range b.sums {
		if _, ok := sums[name]; !ok {
			faults.Add(fault.Position{File: name}, "linked.changed", "%q was removed since this server was built", name).WithHint(hint)
		}
	}
	if err := faults.Err(); err != nil {
		return b.program.outline(), nil, err
	}
	return b.program, nil, nil
}

// Program is the services that are linked in. It is a worker.Program.
type Program struct {
	services []shape.Service
	uses     []worker.Use
	versions map[string]string
	opts     Options
	funcs    map[string]service.Func
	sums     map[string]string // of the files of the source, by name
	refused  bool              // the source differs: it says what it holds and does not start
}

// outline returns a program that only says what it holds.
func (p *Program) outline() *Program {
	o := *p
	o.refused = true
	return &o
}

// Services returns the signatures, sorted by name.
func (p *Program) Services() []shape.Service { return p.services }

// Uses returns the names that stand as constants in the source.
func (p *Program) Uses() []worker.Use { return p.uses }

// Version returns a text that changes with the code that a service runs; "" for
// an unknown service.
func (p *Program) Version(service string) string { return p.versions[service] }

// Engine says how a service runs.
func (p *Program) Engine(string) worker.EngineState {
	return worker.EngineState{Engine: worker.InServer, Status: worker.Live}
}

// Start returns an executor that calls the services directly.
func (p *Program) Start(context.Context) (worker.Executor, error) {
	if p.refused {
		return nil, fault.New(fault.Internal, "linked.outline", "source that was changed cannot be started")
	}
	return worker.NewLinked(p.funcs, worker.LinkedOptions{Body: p.opts.Body, Log: p.opts.Log, Recovered: p.recovered}), nil
}

// recovered is the error of a service that panicked, with the place as the
// project knows it: the program names the files of the machine on which it was
// built.
func (p *Program) recovered(name string, value any, stack []byte) *fault.Error {
	e := worker.Recovered(name, value, stack)
	file, best := "/"+filepath.ToSlash(e.At.File), ""
	for own := range p.sums {
		if strings.HasSuffix(file, "/"+own) && len(own) > len(best) {
			best = own
		}
	}
	if e.At.File = best; best == "" {
		e.At = fault.Position{}
	}
	return e
}
