package invoke

import (
	"context"
	"sync"
	"time"

	"mortise/runtime/worker"
)

// deadlines makes the contexts of calls. context.WithTimeout would do, but every
// call has one, most end long before their deadline, and making and ending it
// was a third of what a call of linked code costs. So timers are used again, and
// a call hangs itself onto its caller's context only when somebody asks for its
// end, or when it has lasted for a while.
type deadlines struct {
	clocks sync.Pool // of *clock
}

// clock is a timer that one call after another uses.
type clock struct {
	timer *time.Timer
	call  *deadline
}

// awhile is how long a call lasts before it hears of its caller's end without
// having asked for it.
const awhile = 5 * time.Millisecond

// deadline is the context of one call: that of its caller with a time at which
// it ends. Its methods may be used by several goroutines, also after its end.
type deadline struct {
	context.Context // of the caller

	of    *deadlines
	at    time.Time
	clock *clock

	mu       sync.Mutex // guards what follows
	err      error      // why it ended
	attached bool
	detach   func() bool   // takes this one off the caller's context
	done     chan struct{} // made when somebody asks for it
	watch    func()        // see Watch
	first    *after        // what else is called at the end
}

var _ worker.Watched = (*deadline)(nil)

// after is a function that is called when a context ends.
type after struct {
	call func()
	next *after
}

// within returns a context that ends d after start, or with its parent. Its end
// must be called.
func (p *deadlines) within(parent context.Context, start time.Time, d time.Duration) *deadline {
	c := &deadline{Context: parent, of: p, at: start.Add(d)}
	if at, ok := parent.Deadline(); ok && at.Before(c.at) {
		c.at = at
		d = at.Sub(start)
	}
	d = min(d, awhile) // whether the caller's context ends at all takes a channel to find out
	k, ok := p.clocks.Get().(*clock)
	if !ok {
		k = &clock{}
		k.timer = time.AfterFunc(time.Hour, func() { k.call.ring() })
	}
	k.call, c.clock = c, k
	k.timer.Reset(d)
	return c
}

// ring is called when the clock goes off: at the deadline, or before it to
// attach the call.
func (c *deadline) ring() {
	left := time.Until(c.at)
	if left <= 0 {
		c.finish(context.DeadlineExceeded)
		return
	}
	c.attach()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.clock.timer.Reset(left)
	}
}

// attach makes the end of the caller's context that of this one.
func (c *deadline) attach() {
	c.mu.Lock()
	first := !c.attached && c.err == nil && c.Context.Done() != nil
	c.attached = true
	c.mu.Unlock()
	if !first {
		return
	}
	detach := context.AfterFunc(c.Context, func() { c.finish(c.Context.Err()) })
	c.mu.Lock()
	c.detach = detach
	ended := c.err != nil
	c.mu.Unlock()
	if ended {
		detach()
	}
}

// end ends the context, as the call is over.
func (c *deadline) end() {
	c.finish(context.Canceled)
	if c.clock.timer.Stop() {
		// It did not go off and will not, so nobody else knows of it.
		c.clock.call = nil
		c.of.clocks.Put(c.clock)
	}
}

// finish ends the context, the first time it is called.
func (c *deadline) finish(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	if c.done != nil {
		close(c.done)
	}
	detach, watch, first := c.detach, c.watch, c.first
	c.watch, c.first = nil, nil
	c.mu.Unlock()
	if detach != nil {
		detach()
	}
	if watch != nil {
		watch()
	}
	for a := first; a != nil; a = a.next {
		a.call()
	}
}

// Deadline returns when the call must be done.
func (c *deadline) Deadline() (time.Time, bool) { return c.at, true }

// Done returns a channel that is closed when the call must stop.
func (c *deadline) Done() <-chan struct{} {
	c.attach()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err returns nil while the call may go on, then why it must stop.
func (c *deadline) Err() error {
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if err == nil {
		if err = c.Context.Err(); err != nil {
			c.finish(err)
		}
	}
	return err
}

// Watch calls f when the context ends, as worker.Watched says.
func (c *deadline) Watch(f func()) bool {
	c.mu.Lock()
	ended, free := c.err != nil, c.watch == nil
	if free && !ended {
		c.watch = f
	}
	c.mu.Unlock()
	if free && ended {
		f()
	}
	return free
}

// Unwatch takes the function of Watch off.
func (c *deadline) Unwatch() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.watch != nil
	c.watch = nil
	return was
}

// AfterFunc calls f in a goroutine of its own when the context ends. The
// returned function takes f off and reports whether it came before. Package
// context looks for this method, so contexts that are derived from this one cost
// no goroutine.
func (c *deadline) AfterFunc(f func()) (stop func() bool) {
	c.attach()
	a := &after{call: func() { go f() }}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		a.call()
		return func() bool { return false }
	}
	a.next, c.first = c.first, a
	return func() bool { return c.drop(a) }
}

// drop takes a function off, and reports whether it was still to be called.
func (c *deadline) drop(a *after) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at := &c.first; *at != nil; at = &(*at).next {
		if *at == a {
			*at = a.next
			return true
		}
	}
	return false
}
