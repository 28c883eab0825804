package worker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// LinkedOptions are those of NewLinked. Zero values are the defaults.
type LinkedOptions struct {
	Body      int64                                                   // bytes of one input or output; 0 is 64 MiB
	Log       *slog.Logger                                            // nil discards
	Recovered func(name string, value any, stack []byte) *fault.Error // of a service that panicked; nil is Recovered
}

// Linked is an Executor that calls services which are part of this very program.
// It keeps panics and deadlines as a worker does, but what ends a worker ends
// this program, and a service that does not stop at its deadline cannot be
// stopped: its caller gets the error, and the log says so.
type Linked struct {
	services map[string]service.Func
	opts     LinkedOptions
	done     chan struct{}

	tasks   chan *task
	rest    sync.Pool    // of *task
	waiting atomic.Int64 // goroutines that wait for a task

	late   atomic.Int64 // calls past their deadline that still run
	mu     sync.Mutex   // guards what follows
	closed bool
	idle   chan struct{} // closed when the last call has ended after closed
	active atomic.Int64
}

var _ Executor = (*Linked)(nil)

// NewLinked returns an executor of services that are linked into this program.
func NewLinked(services map[string]service.Func, opts LinkedOptions) *Linked {
	opts.Body = orInt(opts.Body, defaultBody)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Recovered == nil {
		opts.Recovered = Recovered
	}
	return &Linked{services: maps.Clone(services), opts: opts, tasks: make(chan *task), done: make(chan struct{}), idle: make(chan struct{})}
}

// closedBit marks active once no new calls are taken.
const closedBit = 1 << 62

// answer is what a service returned.
type answer struct {
	result service.Result
	err    error
}

// Call runs one service. One whose context cannot end runs in the caller's own
// goroutine.
func (l *Linked) Call(ctx context.Context, in Call, host service.Host) (service.Result, error) {
	fn := l.services[in.Service]
	switch {
	case fn == nil:
		return service.Result{}, fault.New(fault.NotFound, "service.unknown", "no service %q", clip(in.Service, 100))
	case int64(len(in.Input)) > l.opts.Body:
		return service.Result{}, tooLarge(fmt.Sprintf("the input of service %q", in.Service), len(in.Input), l.opts.Body)
	case ctx.Err() != nil:
		return service.Result{}, ended(ctx, in.Service)
	}
	if l.active.Add(1)&closedBit != 0 && !IsNested(ctx) {
		l.leave()
		return service.Result{}, gone(in.Service)
	}
	if _, ends := ctx.(Watched); !ends && ctx.Done() == nil {
		defer l.leave()
		a := l.run(ctx, fn, in, host)
		return a.result, a.err
	}
	t, _ := l.rest.Get().(*task)
	if t == nil {
		t = &task{back: make(chan struct{}, 2)}
		t.late = func() { t.back <- struct{}{} }
	}
	t.ctx, t.fn, t.in, t.host = ctx, fn, in, host
	stop := whenEnded(ctx, t.late)
	select {
	case l.tasks <- t:
	default:
		go l.serve(t)
	}
	<-t.back
	if !t.done.Load() {
		l.watch(ctx, in.Service, t)
		return service.Result{}, ended(ctx, in.Service)
	}
	a := t.answer
	if stop == nil && ctx.(Watched).Unwatch() || stop != nil && stop() {
		// Nobody else will send on back.
		t.reset()
		l.rest.Put(t)
	}
	return a.result, a.err
}

// Watched is a context that tells one function of its end at less cost than
// context.AfterFunc, as the contexts of calls do.
type Watched interface {
	context.Context
	// Watch calls f when the context ends, in the goroutine that ends it, so f
	// must not block; the end of the caller's context may be noticed a few
	// milliseconds late. It returns false, and does nothing, where there is such
	// a function already.
	Watch(f func()) bool
	// Unwatch takes the function off and reports whether it came before its call.
	Unwatch() bool
}

// whenEnded calls f, which must not block, when the context ends. The returned
// function, nil for Unwatch of a Watched one, takes f off and reports whether it
// came before its call.
func whenEnded(ctx context.Context, f func()) (stop func() bool) {
	if w, ok := ctx.(Watched); ok && w.Watch(f) {
		return nil
	}
	return context.AfterFunc(ctx, f)
}

// task is one call that a goroutine of its own runs.
type task struct {
	ctx  context.Context
	fn   service.Func
	in   Call
	host service.Host

	answer answer
	done   atomic.Bool   // answer is there
	back   chan struct{} // gets one for the answer, and one where ctx ends; it has room for both
	late   func()        // sends the latter
}

// reset makes a task ready for another call.
func (t *task) reset() {
	t.ctx, t.fn, t.in, t.host, t.answer = nil, nil, Call{}, nil, answer{}
	t.done.Store(false)
}

// maxIdle bounds the goroutines that wait for a next task.
const maxIdle = 64

// serve runs a task and then others, so that a call finds a goroutine whose stack
// has grown already: growing it costs more than all else that Call does.
func (l *Linked) serve(t *task) {
	for {
		if !l.finish(t) {
			return
		}
		if l.waiting.Add(1) > maxIdle {
			l.waiting.Add(-1)
			return
		}
		select {
		case t = <-l.tasks:
			l.waiting.Add(-1)
		case <-l.done:
			l.waiting.Add(-1)
			return
		}
	}
}

// finish runs one task and reports whether its goroutine is good for another: a
// service that calls runtime.Goexit takes it along.
func (l *Linked) finish(t *task) (returned bool) {
	name := t.in.Service
	var a answer
	defer func() {
		if !returned {
			a.err = errGoexit(name)
		}
		t.answer = a
		t.done.Store(true)
		t.back <- struct{}{} // from here on it may serve another call
		l.leave()
	}()
	a = l.run(t.ctx, t.fn, t.in, t.host)
	return true
}

// run calls the function and protects the program from its panics.
func (l *Linked) run(ctx context.Context, fn service.Func, in Call, host service.Host) answer {
	sc := service.New(ctx, in.Service, host)
	body, err := protect(in.Service, l.opts.Recovered, func() ([]byte, error) { return fn(sc, in.Input) })
	if err == nil && int64(len(body)) > l.opts.Body {
		err = fault.New(fault.Internal, "worker.body", "the output of service %q takes %d bytes, %d are allowed", in.Service, len(body), l.opts.Body)
	}
	if err != nil {
		return answer{err: err}
	}
	return answer{result: service.ResultOf(sc, body)}
}

// watch reports a service that does not stop at its deadline.
func (l *Linked) watch(ctx context.Context, name string, t *task) {
	l.late.Add(1)
	go func() {
		grace := time.NewTimer(defaultGrace)
		defer grace.Stop()
		defer l.late.Add(-1)
		select {
		case <-t.back:
			return
		case <-grace.C:
		}
		l.opts.Log.WarnContext(ctx, "service did not stop at its deadline and cannot be stopped: it is part of this program",
			"service", name, "late", l.late.Load())
		<-t.back
	}()
}

// Late returns how many calls run on past their deadline.
func (l *Linked) Late() int { return int(l.late.Load()) }

// leave ends one call.
func (l *Linked) leave() {
	if l.active.Add(-1) == closedBit {
		l.mu.Lock()
		defer l.mu.Unlock()
		select {
		case <-l.idle:
		default:
			close(l.idle)
		}
	}
}

// Close takes no new calls and waits for those in flight until ctx ends. The
// error says how many are left: they cannot be stopped.
func (l *Linked) Close(ctx context.Context) error {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	if first {
		l.active.Add(closedBit + 1) // counted as a call, so that leave finds the end
		close(l.done)
		l.leave()
	}
	select {
	case <-l.idle:
		return nil
	case <-ctx.Done():
		left := l.active.Load() &^ closedBit
		return fault.Wrap(contextKind(ctx), "worker.close", context.Cause(ctx), "%d calls still run and cannot be stopped", left)
	}
}

// Done is closed when the executor takes no more calls.
func (l *Linked) Done() <-chan struct{} { return l.done }
