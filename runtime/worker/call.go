package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// Bounds of one call.
const (
	maxOperations = 256     // operations at a time; the worker's side waits beyond that
	maxLines      = 10_000  // lines of its log that wait to be written
	maxLineBytes  = 4 << 20 // bytes of them
)

// call is one invocation in flight.
type call struct {
	id      uint64
	name    string
	ctx     context.Context
	host    service.Host
	started time.Time
	begun   atomic.Bool   // an operation that is not idempotent has begun
	wake    chan struct{} // there is something for the caller

	mu        sync.Mutex // guards what follows
	lines     []line
	bytes     int  // of lines
	lost      int  // lines beyond the bounds
	over      bool // the worker has answered, or died
	result    []byte
	err       error
	abandoned bool           // the caller has its answer already
	overdue   bool           // it has passed its deadline and the grace
	at        fault.Position // where it stood at its deadline
	timer     *time.Timer
	ops       map[uint32]bool // in the hands of the host
	opCtx     context.Context
	opCancel  context.CancelFunc
}

// Call runs one service in the worker. Where ctx has ended already, or the
// worker takes no more calls, the service was not touched.
func (p *Process) Call(ctx context.Context, in Call, host service.Host) (service.Result, error) {
	var none service.Result
	if int64(len(in.Input)) > p.limits.Body {
		return none, tooLarge(fmt.Sprintf("the input of service %q", in.Service), len(in.Input), p.limits.Body)
	}
	if len(in.Service) > maxName {
		return none, fault.New(fault.NotFound, "service.unknown", "no service %q", clip(in.Service, 40))
	}
	if err := p.enter(ctx, in.Service); err != nil {
		return none, err
	}
	c, err := p.register(ctx, in.Service, host)
	if err != nil {
		p.slots.leave()
		return none, err
	}
	if len(in.Input) > maxPayload/2 {
		p.turns.recall() // sending takes credit, which somebody has to read
	}
	var space [64]byte
	head := appendCall(space[:0], in.Service, remaining(ctx.Deadline()))
	err = p.wire.send(ctx, frameCall, address{call: c.id}, head, in.Input, false)
	if errors.Is(err, errNotRead) {
		p.kill("it did not read its pipe")
	}
	return p.wait(ctx, c)
}

// enter takes a slot.
func (p *Process) enter(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return ended(ctx, name)
	}
	if IsNested(ctx) {
		p.slots.take()
		return nil
	}
	err := p.slots.enter(ctx, p.done)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errGone):
		return gone(name)
	case ctx.Err() != nil:
		e := ended(ctx, name)
		if e.Kind == fault.Timeout {
			e.What = fmt.Sprintf("service %q: too many calls are running, and its turn did not come in time", name)
		}
		return e
	default:
		return err
	}
}

// register makes a call known, unless the worker takes no more.
func (p *Process) register(ctx context.Context, name string, host service.Host) (*call, error) {
	c := &call{name: name, ctx: ctx, host: host, started: time.Now(), wake: make(chan struct{}, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing || p.retired && !IsNested(ctx) {
		return nil, gone(name)
	}
	p.last++
	c.id = p.last
	p.calls[c.id] = c
	p.wire.w.crowd.Store(len(p.calls) > 1)
	return c, nil
}

// gone is the error of a call that the worker does not take.
func gone(name string) *fault.Error {
	return fault.Wrap(fault.Unavailable, "worker.gone", &Lost{What: errGone.Error()}, "service %q cannot be called just now", name).
		WithHint("try again")
}

// ended is the error of a call whose context has ended.
func ended(ctx context.Context, name string) *fault.Error {
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*fault.Error](cause); ok {
		return e
	}
	if contextKind(ctx) == fault.Canceled {
		return fault.Wrap(fault.Canceled, "service.canceled", cause, "the call of service %q was canceled", name)
	}
	return fault.New(fault.Timeout, CodeTimeout, "service %q did not answer in time", name).
		WithHint("see in the log what it waited for, or give it more time")
}

// wait is the caller's part of a call: it writes the lines of the log and
// returns the result.
func (p *Process) wait(ctx context.Context, c *call) (service.Result, error) {
	for {
		p.readFor(ctx, c)
		if !c.woken(ctx) {
			if p.abandon(ctx, c) {
				c.flush()
				e := ended(ctx, c.name)
				if e.Kind == fault.Timeout && e.Code == CodeTimeout {
					e.At = p.place(c)
				}
				return service.Result{}, e
			}
		}
		if !c.flush() {
			continue
		}
		if c.err != nil {
			return service.Result{}, c.err
		}
		r, err := cutResult(c.result)
		if isProtocol(err) {
			p.kill(fmt.Sprintf("it broke the rules of its pipe: %v", err))
			err = fault.Wrap(fault.Unavailable, "worker.lost", &Lost{What: err.Error(), Begun: c.begun.Load()}, "service %q was lost", c.name)
		}
		if e, ok := errors.AsType[*fault.Error](err); ok {
			if e.Kind == fault.Canceled && ctx.Err() != nil {
				e = ended(ctx, c.name) // the worker only knows that it was to stop
				err = e
			}
			e.At = p.complete(e.At, "")
		}
		return r, err
	}
}

// woken waits until there is something for the caller; false where its context
// has ended.
func (c *call) woken(ctx context.Context) bool {
	select {
	case <-c.wake: // what it read itself, mostly
		return true
	default:
	}
	if w, ok := ctx.(Watched); ok && w.Watch(c.nudge) {
		<-c.wake
		return w.Unwatch()
	}
	select {
	case <-c.wake:
		return true
	case <-ctx.Done():
		return false
	}
}

// logged keeps a line for the caller to write, who waits for the result anyway.
func (c *call) logged(l line) {
	size := len(l.message) + len(l.attrs)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if len(c.lines) >= maxLines || c.bytes+size > maxLineBytes {
		c.lost++
		return
	}
	c.lines = append(c.lines, l)
	c.bytes += size
	c.nudge()
}

// nudge wakes the caller. Any number of them before it wakes are one.
func (c *call) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// flush writes the lines that came and reports whether the call is over.
func (c *call) flush() bool {
	c.mu.Lock()
	lines, lost, over := c.lines, c.lost, c.over
	c.lines, c.bytes, c.lost = nil, 0, 0
	c.mu.Unlock()
	for _, l := range lines {
		c.host.Log(c.ctx, l.level, l.message, l.attrs)
	}
	if lost > 0 {
		c.host.Log(c.ctx, slog.LevelWarn, fmt.Sprintf("%d lines of the log were left out: they came too fast", lost), nil)
	}
	return over
}

// finish ends a call with what the worker sent, or with an error.
func (p *Process) finish(c *call, result []byte, err error) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	c.over, c.result, c.err = true, result, err
	if len(c.ops) == 0 {
		p.slots.leave()
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	cancel, overdue := c.opCancel, c.overdue
	c.nudge()
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c.id)
	if overdue {
		p.overdue--
	}
	if p.retired {
		p.settle()
	}
}

// abandon tells the worker to stop a call whose caller leaves, and sees to it
// that it does. It reports whether the caller leaves without a result.
func (p *Process) abandon(ctx context.Context, c *call) bool {
	wait := p.limits.Grace
	if at, ok := ctx.Deadline(); ok {
		wait += max(0, time.Until(at))
	}
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return false
	}
	c.abandoned = true
	c.timer = time.AfterFunc(wait, func() { p.late(c) })
	c.mu.Unlock()
	var why byte // 0: the caller has gone away
	if contextKind(ctx) == fault.Timeout {
		why = 1
	}
	_ = p.wire.send(ctx, frameCancel, address{call: c.id}, []byte{why}, nil, false)
	return true
}

// late deals with a call that runs on after its deadline and the grace: the
// worker takes no new calls, and is ended when its other calls are done.
func (p *Process) late(c *call) {
	p.mu.Lock()
	c.mu.Lock()
	ended := c.over || c.overdue
	c.overdue = true
	c.mu.Unlock()
	if !ended {
		p.overdue++
	}
	p.mu.Unlock()
	if ended {
		return
	}
	p.log.WarnContext(c.ctx, "service did not stop at its deadline", "service", c.name,
		"running", time.Since(c.started).Round(time.Millisecond).String(), "at", p.noted(c).String())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.closing {
		p.timer = time.AfterFunc(p.limits.Kill, func() { p.kill("a call did not stop at its deadline") })
	}
	p.retireLocked()
}
