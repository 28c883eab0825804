package interp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"sync"

	"mortise/interp/codec"
	"mortise/interp/machine"
	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// WorkerOptions say how a worker's process serves.
type WorkerOptions struct {
	In     io.Reader // frames from the host
	Out    io.Writer // frames to it
	Stdout io.Writer // what services print; nil discards
}

// WorkerMain is the whole life of a worker's process, what "mortise worker"
// does: it loads the bundle that the host sends and runs the services in it
// until the host goes away. It takes standard input and output for the frames;
// what services print goes to the log.
func WorkerMain(ctx context.Context) error {
	in, out, err := worker.Stdio()
	if err != nil {
		return fmt.Errorf("take standard input and output: %w", err)
	}
	return Work(ctx, WorkerOptions{In: in, Out: out, Stdout: os.Stdout})
}

// Work is WorkerMain over other pipes.
func Work(ctx context.Context, opts WorkerOptions) error {
	// Who ended the process may be seen only from the goroutine that started the
	// one that did.
	debug.SetTraceback("all")
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { worker.WatchMemory(done) })
	defer watch.Wait()
	defer close(done)
	l := &loader{stdout: opts.Stdout}
	return worker.Serve(ctx, opts.In, opts.Out, worker.ServeOptions{Load: l.load})
}

// loader makes services of a bundle.
type loader struct {
	stdout io.Writer
}

// load reads a bundle and loads the groups that are to be loaded at once; the
// others are loaded at the first call of one of their services.
func (l *loader) load(ctx context.Context, in worker.Bundle) (worker.Lookup, error) {
	b, err := decodeBundle(in.Data)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interp.bundle", err, "read the services")
	}
	p := &loaded{bundle: b, notes: in.Notes, stdout: l.stdout, services: make(map[string]*interpreted, len(b.Services))}
	if p.notes == nil {
		p.notes = new(worker.Notes)
	}
	p.groups = make([]group, len(b.Groups))
	members := make([][]*interpreted, len(b.Groups))
	for i := range b.Services {
		s := &interpreted{loaded: p, index: i, about: &b.Services[i]}
		p.services[s.about.Name] = s
		members[s.about.Group] = append(members[s.about.Group], s)
	}
	var faults fault.List
	for i, g := range b.Groups {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !g.Eager {
			continue
		}
		if _, err := p.group(i); err != nil {
			faults = append(faults, fault.As(err))
			continue
		}
		for _, s := range members[i] {
			if err := s.bind(); err != nil {
				faults = append(faults, fault.As(err))
			}
		}
	}
	return p.lookup, faults.Err()
}

// loaded is a bundle in a worker.
type loaded struct {
	bundle   *bundle
	notes    *worker.Notes
	stdout   io.Writer
	services map[string]*interpreted

	// mu guards groups: one is loaded at a time, because the interpreter changes
	// types that all interpreters share while it builds recursive ones.
	mu     sync.Mutex
	groups []group
}

// group is one interpreter.
type group struct {
	tried   bool
	machine *machine.Machine
	err     error
}

// lookup returns the service called name, and loads its group where that has not
// happened yet.
func (p *loaded) lookup(name string) (service.Func, error) {
	s, ok := p.services[name]
	if !ok {
		return nil, nil
	}
	if err := s.bind(); err != nil {
		return nil, err
	}
	return s.call, nil
}

// group returns the interpreter of a group, or why there is none.
func (p *loaded) group(i int) (*machine.Machine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &p.groups[i]
	if !g.tried {
		g.tried = true
		slot := &p.notes[slotOf(i)]
		*slot = 0
		g.machine, g.err = machine.Load(p.packages(i), machine.Options{
			Slot:     slot,
			Stdout:   p.stdout,
			Place:    func(note uint32, entry fault.Position) fault.Position { return p.place(i, note, entry) },
			Stranded: func(at fault.Position) { writeLastWords(p.notes, i, at) },
		})
	}
	return g.machine, g.err
}

// place says where a panic was: at the note, where that is in the function in
// which it happened, else at that function. Another call of the group may have
// noted a position of the same function since.
func (p *loaded) place(group int, note uint32, entry fault.Position) fault.Position {
	for _, i := range p.bundle.closure(group) {
		if at, ok := placeIn(decodeNotes(p.bundle.text(p.bundle.Packages[i].Notes)), note, entry); ok {
			return at
		}
	}
	return entry
}

// packages returns what a group needs in the machine's form.
func (p *loaded) packages(group int) []*machine.Package {
	closure := p.bundle.closure(group)
	out := make([]*machine.Package, len(closure))
	for i, n := range closure {
		pkg := &p.bundle.Packages[n]
		out[i] = &machine.Package{Path: pkg.Path, Name: pkg.Name, Source: p.bundle.text(pkg.Source), Imports: pkg.Imports}
	}
	return out
}

// codec binds a description of the bundle to an interpreter's type.
func (p *loaded) codec(at text, own reflect.Type) (*codec.Codec, error) {
	var d codec.Type
	if err := json.Unmarshal(p.bundle.text(at), &d); err != nil {
		return nil, err
	}
	return codec.Bind(&d, own)
}
