// Package engine is the running whole. It makes a project the running one, all
// of it or nothing, beside the one that runs: requests enter a generation, see
// nothing of any other, and the last one out of a generation that was replaced
// closes what only that one used. No lock is on the path of a request.
package engine

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/observe"
	"mortise/runtime/schedule"
	"mortise/runtime/secret"
	"mortise/runtime/service"
	"mortise/runtime/store"
	"mortise/runtime/worker"
)

// Builder makes a program of a project's source.
type Builder interface {
	// Build checks the source and makes a program of it. The error is a
	// fault.List with the places of all that is wrong; with it, the program
	// may be nil, or one that cannot be started and says what the source holds.
	// The same source gives the same program.
	Build(ctx context.Context, source fs.FS) (worker.Program, fault.List, error)
}

// Options are what an engine needs.
type Options struct {
	Builder Builder
	Dir     string                           // for what the engine keeps: messages, history; it is made
	Secrets secret.Store                     // resolves references to secrets
	Log     *slog.Logger                     // of everything
	Mask    func(values []string)            // is told the secrets' values, to keep them out of the log; may be nil
	Hide    func(text string) string         // takes those values out of a text, for errors of services; may be nil
	Metrics *observe.Metrics                 // nil makes new ones
	Self    func() string                    // this runtime's own address for ${self}: "http://127.0.0.1:17010"
	Getenv  func(name string) (string, bool) // for ${env:NAME}
	Trusted func(r *http.Request) bool       // who may read /metrics; nil is callers of this machine
	JobsOff bool                             // jobs and messages wait: a second engine on the same project, or a look at one
	Timeout time.Duration                    // of calls where the project does not say; 0 is 30 s
	Quiet   bool                             // errors of services are not logged but as debugging: whoever calls shows them
	// Changed is called whenever something other than counts may be another than
	// before: which project runs, how its services run, whether a worker is there. It
	// must return at once and may be nil.
	Changed func()
}

// Engine runs one project at a time. It must be closed.
type Engine struct {
	o        Options
	life     context.Context // ends when the engine is closed
	end      context.CancelFunc
	current  atomic.Pointer[generation]
	states   *invoke.States
	workers  *observe.Meter
	started  time.Time
	closing  atomic.Bool // Close was called
	draining atomic.Bool // /readyz says that the end is near
	wasLive  atomic.Bool // all services of a version have been live

	bus       *bus.Bus
	store     *store.Store
	scheduler *schedule.Scheduler
	calls     *bus.Consumer

	applying sync.Mutex     // guards what Apply changes; held during a whole Apply
	old      sync.WaitGroup // generations that are drained
	last     atomic.Pointer[config.Report]
}

// New returns an engine that runs nothing yet. ctx bounds the opening of what it
// keeps on disk; the engine lives until Close.
func New(ctx context.Context, o Options) (*Engine, error) {
	if o.Metrics == nil {
		o.Metrics = observe.NewMetrics()
	}
	if o.Trusted == nil {
		o.Trusted = fromThisMachine
	}
	if a, ok := o.Builder.(*Auto); ok {
		a.count(o.Metrics)
		a.changed = o.Changed
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	e := &Engine{o: o, life: life, end: end, states: invoke.NewStates(o.Metrics), workers: o.Metrics.Worker("default"), started: time.Now()}
	if err := e.open(ctx); err != nil {
		end()
		_ = e.shut() // the first error says what is wrong
		return nil, err
	}
	return e, nil
}

// open opens what must survive a restart, and starts what works through it.
func (e *Engine) open(ctx context.Context) error {
	if e.o.JobsOff {
		return nil
	}
	var err error
	if e.store, err = store.Open(ctx, store.Options{File: filepath.Join(e.o.Dir, "store.db"), Log: e.o.Log}); err != nil {
		return err
	}
	if e.bus, err = bus.Open(ctx, bus.Options{Dir: filepath.Join(e.o.Dir, "bus"), Log: e.o.Log}); err != nil {
		return err
	}
	e.scheduler = schedule.New(schedule.Options{Bus: e.bus, Store: e.store, Run: e.runJob, Ended: e.jobEnded, Log: e.o.Log})
	return nil
}

// Close ends the engine: no new requests, those inside may end until ctx does,
// then everything that was open is closed.
func (e *Engine) Close(ctx context.Context) error {
	if !e.closing.CompareAndSwap(false, true) {
		return nil
	}
	e.draining.Store(true)
	defer context.AfterFunc(ctx, e.end)() // old generations wait no longer than ctx
	e.applying.Lock()
	defer e.applying.Unlock()
	if e.scheduler != nil {
		if err := e.scheduler.Stop(ctx); err != nil {
			e.o.Log.LogAttrs(ctx, slog.LevelWarn, "jobs did not end in time", slog.String("error", err.Error()))
		}
	}
	if e.calls != nil {
		if err := e.calls.Stop(ctx); err != nil {
			e.o.Log.LogAttrs(ctx, slog.LevelWarn, "stored calls did not end in time", slog.String("error", err.Error()))
		}
	}
	if g := e.current.Swap(nil); g != nil {
		g.retire(ctx)
	}
	e.old.Wait()
	e.end()
	return e.shut()
}

func (e *Engine) shut() error {
	var first error
	if e.bus != nil {
		first = e.bus.Close()
	}
	if e.store != nil {
		if err := e.store.Close(); first == nil {
			first = err
		}
	}
	return first
}

// Metrics returns the engine's metrics.
func (e *Engine) Metrics() *observe.Metrics { return e.o.Metrics }

// Invoke runs a service of the current generation. The error is a *fault.Error.
func (e *Engine) Invoke(ctx context.Context, c invoke.Call) (service.Result, error) {
	g := e.enter()
	if g == nil {
		return service.Result{}, notRunning()
	}
	defer g.leave()
	return g.services.Invoke(ctx, c)
}

// Arguments makes the JSON input of a service of name=value arguments.
func (e *Engine) Arguments(name string, pairs []string) (json.RawMessage, error) {
	g := e.enter()
	if g == nil {
		return nil, notRunning()
	}
	defer g.leave()
	s, ok := g.services.Service(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "service.unknown", "no service %q", name).
			WithHint("%s", fault.DidYouMean(name, g.services.Names()))
	}
	return s.In.FromPairs(pairs)
}

func notRunning() error {
	return fault.New(fault.Unavailable, "engine.empty", "no project is running yet").
		WithHint("the log and the report of the last deploy say why")
}
