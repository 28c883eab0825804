package invoke

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/wait"
	"mortise/runtime/worker"
)

// Starting a worker again after one died: not more often than this, so that code
// that dies at its start does not keep the machine busy.
const (
	firstPause = 10 * time.Millisecond
	longPause  = 5 * time.Second
	calm       = 10 * time.Second // a worker that lived this long resets the pause
	closeWait  = 10 * time.Second // for a worker that is being replaced
)

// Crew keeps one executor of a program running: when it dies, or holds a call
// that does not stop, another takes over. It must be closed.
type Crew struct {
	program worker.Program
	log     *slog.Logger
	meter   *observe.Meter
	tell    func() // that an executor ended or another one took over; may be nil
	current atomic.Pointer[shift]
	stop    context.CancelFunc
	ended   sync.WaitGroup // what must end before Close returns

	mu      sync.Mutex    // guards changed
	changed chan struct{} // closed at each change of current
}

// shift is one executor's time, or the reason why there is none.
type shift struct {
	executor worker.Executor
	err      error
}

// NewCrew starts the program's first executor and returns when it is ready for
// calls. ctx bounds the start only; life is the context in which the crew lives.
// Whenever an executor ends or another one takes over, changed is called, which
// must return at once; it may be nil.
func NewCrew(ctx, life context.Context, p worker.Program, log *slog.Logger, meter *observe.Meter, changed func()) (*Crew, error) {
	x, err := p.Start(ctx)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(life)
	c := &Crew{program: p, log: log, meter: meter, tell: changed, stop: stop, changed: make(chan struct{})}
	meter.Start()
	c.current.Store(&shift{executor: x})
	c.ended.Go(func() { c.watch(life, x) })
	return c, nil
}

// Program returns what the crew runs.
func (c *Crew) Program() worker.Program { return c.program }

// Get returns an executor that takes calls; while one is being started it waits
// for it, until ctx ends. The error is that of a call of the service.
func (c *Crew) Get(ctx context.Context, service string) (worker.Executor, error) {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		s := c.current.Load()
		if s.err != nil {
			return nil, fault.Wrap(fault.Unavailable, "worker.start", s.err, "service %q: no worker can be started", service)
		}
		select {
		case <-s.executor.Done():
		default:
			return s.executor, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, "worker.starting", ctx.Err(), "service %q: no worker was ready in time", service)
		}
	}
}

// Executor returns the executor that takes calls, on the path of a request
// without a lock; nil where Get has to wait.
func (c *Crew) Executor() worker.Executor {
	s := c.current.Load()
	if s.err != nil {
		return nil
	}
	select {
	case <-s.executor.Done():
		return nil
	default:
		return s.executor
	}
}

// Close ends the crew: it waits for calls in flight until ctx ends.
func (c *Crew) Close(ctx context.Context) error {
	c.stop()
	c.ended.Wait()
	s := c.current.Load()
	if s.executor == nil {
		return nil
	}
	err := s.executor.Close(ctx)
	c.meter.Done(nil, 0)
	return err
}

// watch replaces executors that end, until life ends.
func (c *Crew) watch(life context.Context, x worker.Executor) {
	pause, since := firstPause, time.Now()
	for {
		select {
		case <-life.Done():
			return
		case <-x.Done():
		}
		c.told()
		lived := time.Since(since)
		c.meter.Done(fault.New(fault.Internal, "worker.ended", "a worker ended"), lived)
		old := x
		c.ended.Go(func() { c.bury(life, old) })
		if lived > calm {
			pause = firstPause
		} else if pause > firstPause && !wait.For(life, pause) {
			return
		}
		pause = min(pause*2, longPause)
		if x = c.replace(life, pause); x == nil {
			return
		}
		since = time.Now()
	}
}

// replace starts executors until one is ready; nil where life ended first. Calls
// wait for it; where it failed twice they get the reason at once.
func (c *Crew) replace(life context.Context, pause time.Duration) worker.Executor {
	for again := false; ; again = true {
		x, err := c.program.Start(life)
		if life.Err() != nil {
			if err == nil {
				c.set(&shift{executor: x})
			}
			return nil
		}
		if err == nil {
			c.meter.Start()
			c.set(&shift{executor: x})
			return x
		}
		c.log.LogAttrs(life, slog.LevelError, "start of a worker failed", slog.String("error", err.Error()), slog.Duration("again_in", pause))
		if again {
			c.set(&shift{err: err})
		}
		if !wait.For(life, pause) {
			return nil
		}
		pause = min(pause*2, longPause)
	}
}

// bury closes an executor that takes no more calls; those in flight may end.
func (c *Crew) bury(life context.Context, x worker.Executor) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(life), closeWait)
	defer cancel()
	if err := x.Close(ctx); err != nil {
		c.log.LogAttrs(ctx, slog.LevelDebug, "close of a worker failed", slog.String("error", err.Error()))
	}
}

func (c *Crew) set(s *shift) {
	c.mu.Lock()
	c.current.Store(s)
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	c.told()
}

func (c *Crew) told() {
	if c.tell != nil {
		c.tell()
	}
}
