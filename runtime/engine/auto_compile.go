package engine

import (
	"context"
	"log/slog"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/wait"
	"mortise/runtime/worker"
)

// Pauses between two attempts to get a compiled worker where the machine, not
// the source, is to blame.
const (
	compileFirst = time.Second
	compileMost  = 5 * time.Minute
)

// background makes the compiled worker and switches to it. It goes on until that
// has happened, until it turns out that it cannot, or until nobody is inside.
// A newer version stops it unless calls wait for it, which begin it anew.
func (x *execution) background() {
	pause := compileFirst
	for {
		ctx, cancel := x.attempt()
		if ctx == nil {
			return
		}
		again, err := x.compile(ctx)
		stopped := ctx.Err() != nil
		cancel()
		switch {
		case err == nil:
			return
		case stopped:
			continue
		}
		if !again {
			pause = 0
		}
		x.fail(err, pause)
		if !again {
			return
		}
		if !wait.For(x.life, pause) {
			return
		}
		pause = min(pause*2, compileMost)
	}
}

// attempt waits until a compiled worker is wanted and returns the context in
// which to make it; nil when nobody is inside any more.
func (x *execution) attempt() (context.Context, context.CancelFunc) {
	for {
		x.mu.Lock()
		if x.life.Err() == nil && x.isWanted() {
			ctx, cancel := context.WithCancel(x.life)
			x.stop, x.compiling = cancel, true
			x.mu.Unlock()
			x.p.auto.told()
			return ctx, func() {
				x.mu.Lock()
				x.stop, x.compiling = nil, false
				x.mu.Unlock()
				x.p.auto.told()
				cancel()
			}
		}
		x.mu.Unlock()
		select {
		case <-x.poke:
		case <-x.life.Done():
			return nil, nil
		}
	}
}

// isWanted reports whether a compiled worker is worth its making. The caller
// holds mu.
func (x *execution) isWanted() bool {
	return x.wanted > 0 || !x.retired && !x.p.auto.o.OnDemand
}

// want counts calls that wait for the compiled worker.
func (x *execution) want(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wanted += n
	x.poked()
}

// retire says that a newer version runs: what nobody waits for is not made.
func (x *execution) retire() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.retired = true
	x.poked()
}

// poked stops an attempt that is not wanted any more, or begins one. The caller
// holds mu.
func (x *execution) poked() {
	if x.stop != nil && !x.isWanted() {
		x.stop()
	}
	select {
	case x.poke <- struct{}{}:
	default:
	}
}

// compile makes the compiled worker, starts it, and makes it the one to which
// calls go. Where it does not, again says whether it may the next time.
func (x *execution) compile(ctx context.Context) (again bool, err error) {
	start := time.Now()
	if q, ok := x.p.compiled.(Preparer); ok && !q.Ready(ctx) {
		meter := x.p.auto.counting.compiles
		meter.Start()
		err := q.Prepare(ctx)
		meter.Done(err, time.Since(start))
		if err != nil {
			return compileError(err)
		}
	}
	s, err := x.p.auto.startSide(ctx, worker.Compiled, x.p.compiled)
	if err != nil {
		f := fault.Wrap(fault.Unavailable, "engine.start", err, "start the compiled services").WithAt(fault.As(err).At)
		f.Hint = fault.As(err).Hint
		return true, f
	}
	x.take(s) //nolint:contextcheck // the side that it closes is none of this attempt's
	x.log.LogAttrs(ctx, slog.LevelInfo, "compiled", slog.Int("services", x.count(worker.Compiled)), slog.Duration("took", time.Since(start)))
	return false, nil
}

// isOurs reports whether an error of the compiler is one that it should not have
// found after the check, or its own.
func isOurs(f *fault.Error) bool {
	switch f.Code {
	case "go.compile", "go.link", "compiler.generated", "compiler.internal", "compiler.link", "compiler.job", "internal":
		return true
	}
	return false
}

// compileError says what it means that source that passed the check was not
// compiled, and whether it may be the next time.
func compileError(err error) (again bool, _ error) {
	first := fault.All(err)[0]
	if isOurs(first) {
		return false, fault.Wrap(fault.Internal, "engine.compile", err, "the services passed the check and cannot be compiled, which is a mistake of Mortise's, not of yours").
			WithAt(first.At).
			WithHint("please report it: this message, the version that mortise version prints, and the source at that place")
	}
	f := fault.Wrap(first.Kind, "engine.compile", err, "compile the services").WithAt(first.At)
	f.Hint = first.Hint
	return first.Kind == fault.Unavailable, f
}

// fail notes and logs why there is no compiled worker; pause is the time until
// the next attempt, 0 where there is none.
func (x *execution) fail(err error, pause time.Duration) {
	f := fault.As(err)
	x.mu.Lock()
	x.failure = f
	x.notify()
	x.mu.Unlock()
	attrs := []slog.Attr{slog.String("problem", f.Error())}
	if !f.At.IsZero() {
		attrs = append(attrs, slog.String("at", f.At.String()))
	}
	if f.Hint != "" {
		attrs = append(attrs, slog.String("hint", f.Hint))
	}
	if pause > 0 {
		attrs = append(attrs, slog.Duration("again_in", pause))
	}
	if n := x.count(worker.Interpreted); n > 0 {
		attrs = append(attrs, slog.Int("interpreted", n))
	}
	x.log.LogAttrs(x.life, slog.LevelError, "not compiled", attrs...)
}

// take makes a compiled worker the one to which all calls go that may.
func (x *execution) take(s *side) {
	old := x.current.Load()
	r := newRoute(s)
	for name, m := range x.p.modes {
		r.to[name] = s
		if m == interpretedOnly {
			r.to[name] = old.to[name]
			r.hold(old.to[name])
		}
	}
	r.last = true
	x.p.auto.keep(x, keptSide{side: s, versions: x.p.part.Versions})
	x.replace(r)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failure = nil
	x.notify()
}

// notify wakes those that wait for a change. The caller holds mu.
func (x *execution) notify() {
	close(x.changed)
	x.changed = make(chan struct{})
	x.p.auto.told()
}
