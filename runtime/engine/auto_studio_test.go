package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// studio stands in for both builders. The source is one line: the version, then
// words such as
//
//	refuse=a.One,b.Two  services that cannot be interpreted
//	share=a.One+b.Two   services that share package variables
//	same=b.Two          services whose code is that of every version that says so
//	nocompile           nothing can be compiled
//	unsafe              it is compiled only where the project allows unsafe
//	start=compiled      a worker with this engine, or with one of several, does not start
//	plain               its workers do not die, and are fast
//
// Every service answers "version engine".
type studio struct {
	services []string
	funcs    map[string]func(ctx *service.Context, say string) ([]byte, error)

	broken atomic.Bool // no worker starts

	mu       sync.Mutex         // guards what follows
	links    map[string]*linkOf // by version
	live     map[string]*mortal // the newest executor, by version and engine
	programs map[string][2]worker.Program
	started  []string
	closed   []string
}

// linkOf is the compiling of one version.
type linkOf struct {
	begun    chan struct{} // closed when Prepare was called
	once     sync.Once
	release  chan error // what Prepare returns
	ready    atomic.Bool
	calls    atomic.Int32
	canceled chan struct{} // closed when a Prepare ended with its context
	gone     sync.Once
}

func newStudio() *studio {
	return &studio{services: []string{"a.One", "b.Two"}, links: map[string]*linkOf{}, live: map[string]*mortal{}, programs: map[string][2]worker.Program{}}
}

func (s *studio) link(version string) *linkOf {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.links[version] == nil {
		s.links[version] = &linkOf{begun: make(chan struct{}), release: make(chan error, 1), canceled: make(chan struct{})}
	}
	return s.links[version]
}

// executor returns the newest executor of a version on an engine.
func (s *studio) executor(version, engine string) *mortal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[version+" "+engine]
}

func (s *studio) count(list *[]string, what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, x := range *list {
		if x == what {
			n++
		}
	}
	return n
}

type standIn struct {
	of              *studio
	version, engine string
	words           map[string]string
}

func (s *studio) programsOf(source fs.FS) (interpreted, compiled *standIn, err error) {
	data, err := fs.ReadFile(source, "version.go")
	if err != nil {
		return nil, nil, err
	}
	text := strings.TrimSpace(string(data))
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.programs[text]; ok {
		return known[0].(*standIn), known[1].(*standIn), nil
	}
	fields := strings.Fields(text)
	words := map[string]string{}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		words[key] = value
	}
	i := &standIn{s, fields[0], worker.Interpreted, words}
	c := &standIn{s, fields[0], worker.Compiled, words}
	s.programs[text] = [2]worker.Program{i, c}
	return i, c, nil
}

// interpretedStudio and compiledStudio are the two builders.
type (
	interpretedStudio struct{ *studio }
	compiledStudio    struct{ *studio }
)

func (s interpretedStudio) Build(context.Context, fs.FS) (worker.Program, fault.List, error) {
	return nil, nil, errors.New("only parts are built")
}

func (s interpretedStudio) BuildPart(_ context.Context, source fs.FS) (worker.Part, fault.List, error) {
	p, _, err := s.programsOf(source)
	if err != nil {
		return worker.Part{}, nil, err
	}
	if p.version == "broken" {
		var faults fault.List
		faults.Add(fault.Position{File: "version.go", Line: 1, Column: 1}, "go.type", "the source is broken")
		return worker.Part{All: p}, nil, faults.Err()
	}
	part := worker.Part{All: p, Program: p, Refused: map[string]fault.List{}, Versions: map[string]string{}}
	for name := range strings.SplitSeq(p.words["refuse"], ",") {
		if name != "" {
			f := fault.New(fault.Invalid, "gate.test", "not live yet: %s", name).WithAt(fault.Position{File: "version.go", Line: 2})
			part.Refused[name] = fault.List{f}
		}
	}
	if p.words["share"] != "" {
		part.Shared = [][]string{strings.Split(p.words["share"], "+")}
	}
	for _, name := range s.services {
		part.Versions[name] = p.version
		if strings.Contains(p.words["same"], name) {
			part.Versions[name] = "same"
		}
	}
	return part, nil, nil
}

func (s compiledStudio) Build(ctx context.Context, source fs.FS) (worker.Program, fault.List, error) {
	return s.BuildFor(ctx, source, config.Engines{})
}

func (s compiledStudio) BuildFor(_ context.Context, source fs.FS, want config.Engines) (worker.Program, fault.List, error) {
	_, p, err := s.programsOf(source)
	if err != nil {
		return nil, nil, err
	}
	if _, is := p.words["unsafe"]; is && !want.Unsafe {
		return p, nil, fault.List{fault.New(fault.Invalid, "compiler.unsafe", "unsafe is not allowed").WithAt(fault.Position{File: "version.go", Line: 4})}
	}
	if _, no := p.words["nocompile"]; no {
		return p, nil, fault.List{fault.New(fault.Invalid, "compiler.cgo", "cgo cannot be compiled").WithAt(fault.Position{File: "version.go", Line: 3})}
	}
	return p, nil, nil
}

func (p *standIn) Services() []shape.Service {
	var out []shape.Service
	for _, name := range p.of.services {
		pkg, _, _ := strings.Cut(name, ".")
		out = append(out, shape.Service{Name: name, Out: &shape.Type{Kind: shape.Any}, At: fault.Position{File: "services/" + pkg + "/" + pkg + ".go"}})
	}
	return out
}

func (p *standIn) Uses() []worker.Use { return nil }

func (p *standIn) Ready(context.Context) bool {
	return p.of.link(p.version).ready.Load()
}

func (p *standIn) Prepare(ctx context.Context) error {
	l := p.of.link(p.version)
	l.calls.Add(1)
	l.once.Do(func() { close(l.begun) })
	select {
	case err := <-l.release:
		if err == nil {
			l.ready.Store(true)
		}
		return err
	case <-ctx.Done():
		l.gone.Do(func() { close(l.canceled) })
		return fault.Wrap(fault.Canceled, "go.canceled", ctx.Err(), "compile")
	}
}

func (p *standIn) Start(context.Context) (worker.Executor, error) {
	say := p.version + " " + p.engine
	if strings.Contains(p.words["start"], p.engine) || p.of.broken.Load() {
		return nil, fault.New(fault.Internal, "worker.start", "it panics when it starts").WithAt(fault.Position{File: "version.go", Line: 9})
	}
	funcs := map[string]service.Func{}
	for _, name := range p.of.services {
		funcs[name] = func(ctx *service.Context, _ []byte) ([]byte, error) {
			if f := p.of.funcs[name]; f != nil {
				return f(ctx, say)
			}
			return fmt.Appendf(nil, "%q", say), nil
		}
	}
	if _, plain := p.words["plain"]; plain {
		return worker.NewLinked(funcs, worker.LinkedOptions{}), nil
	}
	m := &mortal{Linked: worker.NewLinked(funcs, worker.LinkedOptions{}), of: p.of, say: say, dead: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		select {
		case <-m.dead:
		case <-m.Linked.Done():
		}
	}()
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.of.live[say] = m
	p.of.started = append(p.of.started, say)
	return m, nil
}

// mortal is an executor that can die with the calls in it.
type mortal struct {
	*worker.Linked

	of         *studio
	say        string
	dead, done chan struct{}
	once       sync.Once
}

func (m *mortal) die() { m.once.Do(func() { close(m.dead) }) }

func (m *mortal) Call(ctx context.Context, c worker.Call, host service.Host) (service.Result, error) {
	type answer struct {
		r   service.Result
		err error
	}
	back := make(chan answer, 1)
	go func() {
		r, err := m.Linked.Call(ctx, c, host)
		back <- answer{r, err}
	}()
	select {
	case a := <-back:
		return a.r, a.err
	case <-m.dead:
		return service.Result{}, fault.Wrap(fault.Unavailable, "worker.lost", &worker.Lost{What: "it died"}, "service %q was lost", c.Service)
	}
}

func (m *mortal) Done() <-chan struct{} { return m.done }

func (m *mortal) Close(ctx context.Context) error {
	err := m.Linked.Close(ctx)
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	m.of.closed = append(m.of.closed, m.say)
	return err
}

// logged is a log that tests read.
type logged struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func openAuto(t testing.TB, s *studio, change ...func(*AutoOptions)) (*Engine, *logged) {
	t.Helper()
	log := &logged{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	o := AutoOptions{Interpreted: interpretedStudio{s}, Compiled: compiledStudio{s}, Log: logger}
	for _, f := range change {
		f(&o)
	}
	e, err := New(t.Context(), Options{Builder: NewAuto(o), Dir: t.TempDir(), Log: logger, JobsOff: true})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.started) != len(s.closed) {
			t.Errorf("after Close workers were started %q and closed %q; want all closed", s.started, s.closed)
		}
	})
	return e, log
}

func say(t testing.TB, e *Engine, name string) string {
	t.Helper()
	r, err := e.Invoke(t.Context(), invoke.Call{Service: name, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatalf("Invoke(%s): %v\n%s", name, err, fault.As(err).Hint)
	}
	return strings.Trim(string(r.Body), `"`)
}

func stateOfService(t testing.TB, e *Engine, name string) worker.EngineState {
	t.Helper()
	for _, s := range e.Services() {
		if s.Name == name {
			return s.EngineState
		}
	}
	t.Fatalf("Services: no %s", name)
	return worker.EngineState{}
}

// waitFor waits for what another goroutine does.
func waitFor(t testing.TB, what string, is func() bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for !is() {
		if time.Now().After(end) {
			t.Fatalf("after 10 s: %s", what)
		}
		time.Sleep(time.Millisecond) // what is waited for has nothing else to be waited on
	}
}

func compiledNow(t testing.TB, e *Engine, name string) {
	t.Helper()
	waitFor(t, name+" is not compiled", func() bool { return stateOfService(t, e, name).Engine == worker.Compiled })
}
