package worker

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// One goroutine at a time reads what the worker sends. Mostly that is one in the
// background, which wakes the callers. But where calls come one after the other,
// the waking takes longer than all else that the host does; so after some of them
// it steps back, and each caller reads for itself. It returns when a caller leaves
// others behind, and when nobody has called for a moment: somebody must see the
// worker die.

// Bounds of reading.
const (
	loneResults = 8                    // that were the only call, until callers read for themselves
	restTick    = 2 * time.Millisecond // between two looks at whether they still do
)

// reading says who reads.
type reading struct {
	able  bool          // the system can interrupt a reader
	taken atomic.Bool   // somebody reads
	count atomic.Uint64 // how often callers did
	kick  chan struct{} // calls the background back
	fired chan struct{} // gets one when a reading caller was interrupted
	stop  func()        // interrupts it

	mu    sync.Mutex // guards what follows
	err   error      // why reading is at its end
	until time.Time  // when the pipe is given up; zero is never
}

// prepare makes the turns of a process whose pipe is open. The background has
// the first one.
func (t *reading) prepare(pipe *os.File) {
	t.able = pipe.SetReadDeadline(time.Time{}) == nil
	t.kick, t.fired = make(chan struct{}, 1), make(chan struct{}, 1)
	t.stop = func() {
		_ = pipe.SetReadDeadline(time.Unix(1, 0))
		t.fired <- struct{}{}
	}
	t.taken.Store(true)
}

// recall makes the background read, unless somebody does.
func (t *reading) recall() {
	select {
	case t.kick <- struct{}{}:
	default:
	}
}

// giveUp makes reading end at a time.
func (t *reading) giveUp(pipe *os.File, at time.Time) {
	t.mu.Lock()
	t.until = at
	_ = pipe.SetReadDeadline(at)
	t.mu.Unlock()
	t.recall()
}

// watch sees to it that the reader is interrupted when a context ends. The
// returned function ends that and reports whether it was not.
func (t *reading) watch(ctx context.Context) func() bool {
	if stop := whenEnded(ctx, t.stop); stop != nil {
		return stop
	}
	return ctx.(Watched).Unwatch //nolint:forcetypeassert // that is what nil says
}

// resume undoes an interruption.
func (t *reading) resume(pipe *os.File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = pipe.SetReadDeadline(t.until)
}

// end remembers why reading is at its end, and returns what was remembered first.
func (t *reading) end(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
	return t.err
}

// readOne handles one message.
func (p *Process) readOne() (header, error) {
	h, payload, err := p.wire.next()
	if err == nil {
		err = p.handle(h, payload)
	}
	return h, err
}

// receive handles messages until one is wrong or there are no more. It is the
// background.
func (p *Process) receive() error {
	for lone := 0; ; {
		h, err := p.readOne()
		if err != nil {
			return p.turns.end(err)
		}
		if !p.turns.able || h.kind != frameResult {
			continue
		}
		if !p.calm() {
			lone = 0
			continue
		}
		if lone++; lone < loneResults {
			continue
		}
		p.rest()
		if err := p.turns.end(nil); err != nil {
			return err
		}
	}
}

// calm reports whether nobody waits for anything.
func (p *Process) calm() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls) == 0 && !p.retired
}

// rest lets callers read until the background is called back or nobody reads any
// more.
func (p *Process) rest() {
	t := &p.turns
	t.taken.Store(false)
	tick := time.NewTicker(restTick)
	defer tick.Stop()
	last := t.count.Load()
	if !p.calm() { // somebody came while the turn was still taken
		t.recall()
	}
	for {
		idle := false
		select {
		case <-t.kick:
			idle = true
		case <-tick.C:
			now := t.count.Load()
			idle = now == last
			last = now
		}
		if idle && t.taken.CompareAndSwap(false, true) {
			return
		}
	}
}

// readFor reads for a caller until there is something for it or its context ends.
// It returns at once where somebody else reads.
func (p *Process) readFor(ctx context.Context, c *call) {
	t := &p.turns
	if t.taken.Load() || !t.taken.CompareAndSwap(false, true) {
		return
	}
	t.count.Add(1)
	undisturbed := t.watch(ctx)
	var err error
	for err == nil && len(c.wake) == 0 {
		_, err = p.readOne() //nolint:contextcheck // what it begins lives with calls of their own
	}
	if !undisturbed() {
		<-t.fired
		t.resume(p.from)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
	}
	if err != nil {
		_ = t.end(err)
	}
	t.taken.Store(false)
	// Those who came while the turn was taken rely on whoever had it.
	if err != nil || !p.calm() {
		t.recall()
	}
}
