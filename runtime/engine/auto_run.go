package engine

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// sideWait bounds how long a worker whose services run elsewhere by now may take
// to end: nobody waits for its answers any more.
const sideWait = 10 * time.Second

// readyWait bounds how long a start asks whether there is a compiled worker.
const readyWait = 200 * time.Millisecond

// execution runs one version of a project's services: some of them interpreted,
// some of them compiled. A call takes the route that it finds and stays on it
// with all that it calls, so that a switch in between is not seen.
type execution struct {
	p      *autoProgram
	number int64 // the later one started, the higher
	log    *slog.Logger
	life   context.Context // ends when nobody is inside any more
	end    context.CancelFunc
	force  context.Context // ends when those inside must not go on
	expire context.CancelFunc
	work   sync.WaitGroup // what must end before Close returns

	unloaded *fault.Error // why nothing is interpreted that the gate admitted; nil where it is

	current atomic.Pointer[route]
	closed  atomic.Bool
	close   sync.Once
	done    chan struct{}

	mu        sync.Mutex    // guards what follows
	changed   chan struct{} // closed at each change of the route or of failure
	older     []*route      // routes that were replaced
	failure   *fault.Error  // why there is no compiled worker
	compiling bool          // one is being made
	wanted    int           // calls that wait for one
	retired   bool          // a newer version runs
	stop      context.CancelFunc
	poke      chan struct{} // says that wanted or retired changed
}

var (
	_ worker.Executor = (*execution)(nil)
	_ worker.Engines  = (*execution)(nil)
)

// Start starts what can run at once. Where the compiled worker would start
// quickly, nothing else is started; else it is made in the background. What
// cannot be interpreted waits for it: the calls do where there is no version
// before, and else Start does, so that the version before goes on answering, also
// when it turns out that this one does not start.
func (p *autoProgram) Start(ctx context.Context) (worker.Executor, error) {
	x := &execution{p: p, number: p.auto.starts.Add(1), log: p.auto.o.Log, done: make(chan struct{}), changed: make(chan struct{}), poke: make(chan struct{}, 1)}
	// It lives until it is closed, whatever becomes of the context of its start.
	x.life, x.end = context.WithCancel(context.WithoutCancel(ctx))
	x.force, x.expire = context.WithCancel(context.WithoutCancel(ctx))
	wantsCompiled := p.any(func(_ string, m mode) bool { return m != interpretedOnly })
	var compiled, interpreted *side
	if wantsCompiled && x.ready() {
		var err error
		if compiled, err = p.auto.startSide(ctx, worker.Compiled, p.compiled); err != nil && ctx.Err() == nil {
			x.log.LogAttrs(ctx, slog.LevelWarn, "start of a compiled worker failed", slog.String("error", err.Error()))
		}
	}
	var kept keptSide // the zero value leads nowhere
	if compiled == nil {
		kept = p.auto.unchanged(p)
	}
	if p.any(func(name string, m mode) bool {
		return m == interpretedOnly || m == eitherWay && compiled == nil && !kept.runs[name]
	}) {
		var err error
		interpreted, err = p.auto.startSide(ctx, worker.Interpreted, p.part.Program)
		switch {
		case err == nil:
		case ctx.Err() == nil && p.compiled != nil && !p.any(func(_ string, m mode) bool { return m == interpretedOnly }):
			// The compiler has the last word: it may be the interpreter that is
			// wrong. Where it is the source, compiled code fails as well.
			x.unloaded = fault.As(err)
			x.log.LogAttrs(ctx, slog.LevelWarn, "not live before it is compiled", slog.String("problem", err.Error()), slog.String("at", x.unloaded.At.String()))
		default:
			x.end()
			x.expire()
			x.work.Wait()
			newRoute(compiled, kept.side).release(ctx)
			return nil, err
		}
	}
	r := newRoute(compiled, kept.side, interpreted)
	var waiting []string
	for name, m := range p.modes {
		switch {
		case m != interpretedOnly && compiled != nil:
			r.to[name] = compiled
		case kept.runs[name]:
			r.to[name] = kept.side
		case m != compiledOnly && interpreted != nil:
			r.to[name] = interpreted
		default:
			waiting = append(waiting, name)
		}
	}
	r.last = compiled != nil || !wantsCompiled
	x.current.Store(r)
	if compiled != nil {
		p.auto.keep(x, keptSide{side: compiled, versions: p.part.Versions})
	} else if kept.side != nil {
		p.auto.keep(x, kept)
	}
	if !r.last {
		x.announce(ctx, waiting)
		x.work.Go(x.background)
	}
	if p.auto.serve(1) > 1 && len(waiting) > 0 {
		if err := x.settle(ctx); err != nil {
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), sideWait)
			defer cancel()
			_ = x.Close(stopping) // never fails
			return nil, err
		}
	}
	return x, nil
}

// serve counts executions and returns how many there are.
func (a *Auto) serve(n int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serving += n
	return a.serving
}

// settle waits until there is a compiled worker; the error says why there is
// none.
func (x *execution) settle(ctx context.Context) error {
	for {
		x.mu.Lock()
		changed, failure := x.changed, x.failure
		x.mu.Unlock()
		switch {
		case failure != nil:
			return failure
		case x.current.Load().last:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "engine.compiling", context.Cause(ctx), "the services were not compiled in time").
				WithHint("is the machine busy with something else? saving again tries again")
		}
	}
}

// ready reports whether the compiled worker would start quickly. What does not
// say so soon is not: it may be busy with something else.
func (x *execution) ready() bool {
	q, ok := x.p.compiled.(Preparer)
	if !ok {
		return true
	}
	answer := make(chan bool, 1)
	x.work.Go(func() { answer <- q.Ready(x.life) })
	t := time.NewTimer(readyWait)
	defer t.Stop()
	select {
	case is := <-answer:
		return is
	case <-t.C:
		return false
	}
}

// any reports whether a service is so.
func (p *autoProgram) any(is func(name string, m mode) bool) bool {
	for name, m := range p.modes {
		if is(name, m) {
			return true
		}
	}
	return false
}

// trail is the route of a running call, in the contexts of all that it does.
type trail struct {
	x *execution
	r *route
}

type trailKey struct{}

// Call runs one service where its route leads. Where the service waits until it
// is compiled, so does the call.
func (x *execution) Call(ctx context.Context, call worker.Call, host service.Host) (service.Result, error) {
	r := x.enter(ctx)
	if r == nil {
		return service.Result{}, fault.Wrap(fault.Unavailable, "worker.gone", &worker.Lost{What: "the worker takes no more calls"},
			"service %q cannot be called just now", call.Service).WithHint("try again")
	}
	s := r.to[call.Service]
	if s == nil {
		var err error
		if r, s, err = x.await(ctx, r, call.Service); err != nil {
			return service.Result{}, err
		}
	}
	defer r.leave()
	to, err := s.executor(ctx, call.Service)
	if err != nil {
		return service.Result{}, err
	}
	if !r.last {
		ctx = context.WithValue(ctx, trailKey{}, trail{x, r})
	}
	start := time.Now()
	s.calls.Start()
	result, err := to.Call(ctx, call, host)
	s.calls.Done(err, time.Since(start))
	return result, err
}

// enter returns the route of a call with the call inside it: that of the call on
// whose behalf it is made, else the current one; nil where none is taken any
// more. The caller must leave it.
func (x *execution) enter(ctx context.Context) *route {
	if at, ok := ctx.Value(trailKey{}).(trail); ok && at.x == x {
		at.r.inside.Add(1) // the outer call is inside, so it is not gone
		return at.r
	}
	return x.enterCurrent(worker.IsNested(ctx))
}

func (x *execution) enterCurrent(nested bool) *route {
	for {
		r := x.current.Load()
		r.inside.Add(1)
		switch {
		case x.closed.Load() && !nested:
			r.leave()
			return nil
		case x.current.Load() == r:
			return r
		}
		r.leave()
	}
}

// await waits until a service has a side, and returns it with a route that leads
// there and that the call is inside of. In any case the call has left the route
// that it came with; what it calls follows the new one, since the old one does
// not know of the side.
func (x *execution) await(ctx context.Context, r *route, name string) (*route, *side, error) {
	defer func() { r.leave() }()
	if _, ok := x.p.modes[name]; !ok {
		return nil, nil, fault.New(fault.NotFound, "service.unknown", "no service %q", name)
	}
	x.want(1)
	defer x.want(-1)
	for {
		x.mu.Lock()
		changed, failure := x.changed, x.failure
		x.mu.Unlock()
		now := x.enterCurrent(true) // r keeps what is current from being closed
		if s := now.to[name]; s != nil {
			return now, s, nil
		}
		now.leave()
		if failure != nil {
			return nil, nil, failure
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil, fault.Wrap(fault.Unavailable, "engine.compiling", context.Cause(ctx), "service %q is still being compiled", name).
				WithHint("try again in a moment")
		case <-x.life.Done():
			return nil, nil, fault.New(fault.Unavailable, "engine.closed", "service %q was stopped while it was being compiled", name).
				WithHint("try again")
		}
	}
}

// Done is closed when no more calls are taken.
func (x *execution) Done() <-chan struct{} { return x.done }

// Close takes no new calls, lets those in flight and all that they call end
// until ctx does, then stops them, and returns when all workers that no other
// version uses have ended.
func (x *execution) Close(ctx context.Context) error {
	x.close.Do(func() {
		x.closed.Store(true)
		close(x.done)
		x.p.auto.forget(x)
		x.retire()
		defer context.AfterFunc(ctx, x.expire)()
		defer x.expire()
		x.drain()
		x.end()
		x.work.Wait()
		x.current.Load().release(ctx)
		x.p.auto.serve(-1)
	})
	return nil
}

// drain waits until nobody is inside.
func (x *execution) drain() {
	for {
		r := x.current.Load()
		x.mu.Lock()
		older := x.older
		x.mu.Unlock()
		// Calls on an older route may yet call what only the current one has.
		for _, old := range older {
			x.left(old)
		}
		r.retire()
		x.left(r)
		if x.current.Load() == r || x.force.Err() != nil {
			return
		}
	}
}

// left waits until a retired route is empty.
func (x *execution) left(r *route) {
	select {
	case <-r.gone:
	case <-x.force.Done():
	}
}

// replace makes a route the current one. Those sides that it does not share with
// the one before are closed when the last call has left that one.
func (x *execution) replace(r *route) {
	old := x.current.Swap(r)
	x.mu.Lock()
	x.older = append(x.older, old)
	x.mu.Unlock()
	old.retire()
	x.work.Go(func() {
		x.left(old)
		ctx, cancel := context.WithTimeout(x.force, sideWait)
		defer cancel()
		old.release(ctx)
	})
}

// announce logs which services wait.
func (x *execution) announce(ctx context.Context, waiting []string) {
	if len(waiting) > 0 {
		slices.Sort(waiting)
		x.log.LogAttrs(ctx, slog.LevelInfo, "compiling", slog.String("services", strings.Join(waiting, ", ")))
	}
}
