package engine

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"mortise/runtime/invoke"
	"mortise/runtime/observe"
	"mortise/runtime/worker"
)

// side is one of the workers among which calls are divided. Several routes, also
// of several executions, may lead to it; the last one closes it.
type side struct {
	engine string
	calls  *observe.Meter
	crew   *shared[*invoke.Crew]
}

// startSide starts a worker.
func (a *Auto) startSide(ctx context.Context, engine string, p worker.Program) (*side, error) {
	// It lives until it is closed, however many versions use it.
	crew, err := invoke.NewCrew(ctx, context.WithoutCancel(ctx), p, a.o.Log, a.counting.workers[engine], a.told)
	if err != nil {
		return nil, err
	}
	return &side{engine: engine, calls: a.counting.calls[engine], crew: share(crew, crew.Close, func(err error) {
		a.o.Log.Warn("close of a worker failed", slog.String("engine", engine), slog.String("error", err.Error()))
	})}, nil
}

// executor returns what takes calls; the error is that of a call of the service.
func (s *side) executor(ctx context.Context, service string) (worker.Executor, error) {
	if x := s.crew.value.Executor(); x != nil {
		return x, nil
	}
	return s.crew.value.Get(ctx, service)
}

// route says which side a service's calls go to. Calls enter it, and the sides
// that only it leads to are closed when it was replaced and all have left. It is
// immutable but for that.
type route struct {
	to    map[string]*side // those that have none are not there
	sides []*side          // each of them once; the route holds them
	last  bool             // no other one will follow

	inside  atomic.Int64
	retired atomic.Bool
	once    sync.Once
	gone    chan struct{} // closed when it is empty and retired
}

// newRoute returns a route that takes over the holds of its sides.
func newRoute(sides ...*side) *route {
	r := &route{to: map[string]*side{}, gone: make(chan struct{})}
	for _, s := range sides {
		if s != nil {
			r.sides = append(r.sides, s)
		}
	}
	return r
}

// hold keeps a side that another route leads to, too.
func (r *route) hold(s *side) {
	if !slices.Contains(r.sides, s) {
		s.crew.acquire()
		r.sides = append(r.sides, s)
	}
}

func (r *route) leave() {
	if r.inside.Add(-1) == 0 && r.retired.Load() {
		r.once.Do(func() { close(r.gone) })
	}
}

// retire lets gone be closed once everybody has left.
func (r *route) retire() {
	r.retired.Store(true)
	if r.inside.Load() == 0 {
		r.once.Do(func() { close(r.gone) })
	}
}

// release gives the sides up; what still runs there may go on until ctx ends.
func (r *route) release(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range r.sides {
		all.Go(func() { s.crew.release(ctx) })
	}
	all.Wait()
}

// keptSide is the newest compiled worker, for the version that comes after its
// own: what did not change there stays on it until the new one is ready.
type keptSide struct {
	*side

	of       *execution        // which holds it
	versions map[string]string // of the services in it
	runs     map[string]bool   // those that the version that asked for it may leave on it
}

// keep makes a side that an execution holds the one for the version after it.
func (a *Auto) keep(x *execution, k keptSide) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept.of == nil || a.kept.of.number <= x.number {
		k.of, k.runs = x, nil
		a.kept = k
	}
}

// forget ends the keeping of what an execution holds.
func (a *Auto) forget(x *execution) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept.of == x {
		a.kept = keptSide{}
	}
}

// unchanged returns the side on which services of the program run already in the
// very same version, for the caller to release, and which those are. Services
// that share package variables stay together.
func (a *Auto) unchanged(p *autoProgram) keptSide {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept.of == nil {
		return keptSide{}
	}
	same := map[string]bool{}
	for name, m := range p.modes {
		if v := p.part.Versions[name]; v != "" && v == a.kept.versions[name] && m != interpretedOnly {
			same[name] = true
		}
	}
	for _, group := range p.part.Shared {
		if slices.ContainsFunc(group, func(name string) bool { return !same[name] }) {
			for _, name := range group {
				delete(same, name)
			}
		}
	}
	if len(same) == 0 {
		return keptSide{}
	}
	a.kept.crew.acquire()
	k := a.kept
	k.runs = same
	return k
}
