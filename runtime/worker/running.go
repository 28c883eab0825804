package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// running is a call as the worker sees it. It is the Host of its service.
type running struct {
	s     *program
	id    uint64
	name  string
	input []byte
	size  int // bytes that carried it here
	ctx   lease

	mu    sync.Mutex // guards what follows
	ended bool
	next  uint32
	ops   map[uint32]chan []byte
	room  chan struct{} // one entry an operation in flight
}

var _ service.Host = (*running)(nil)

// run calls the service and sends its result.
func (r *running) run() {
	sc := service.New(&r.ctx, r.name, r)
	returned := false
	defer func() {
		if !returned { // the service ended the goroutine
			r.finish(sc, nil, errGoexit(r.name))
		}
	}()
	body, err := r.invoke(sc)
	returned = true
	r.finish(sc, body, err)
}

// finish sends what the service returned.
func (r *running) finish(sc *service.Context, body []byte, err error) {
	if err == nil && int64(len(body)) > r.s.limits.Body {
		err = fault.New(fault.Internal, "worker.body", "the output of service %q takes %d bytes, %d are allowed", r.name, len(body), r.s.limits.Body)
	}
	result := service.ResultOf(sc, body)
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.s.mu.Lock()
	delete(r.s.calls, r.id)
	r.s.mu.Unlock()
	r.ctx.end()

	var space [64]byte
	head := space[:0]
	if err != nil {
		head, result.Body = appendError(head, err), nil
	} else {
		head = appendResult(head, result.Meta)
	}
	_ = r.s.wire.send(r.s.ctx, frameResult, address{call: r.id}, head, result.Body, true) // a broken pipe ends Serve
}

// invoke finds the service and calls it.
func (r *running) invoke(sc *service.Context) ([]byte, error) {
	lookup := r.s.lookup.Load()
	if lookup == nil {
		return nil, fault.New(fault.Unavailable, "worker.empty", "the worker has no services yet")
	}
	body, err := protect(r.name, r.s.opts.Recovered, func() ([]byte, error) {
		fn, err := (*lookup)(r.name)
		if err != nil {
			return nil, err
		}
		if fn == nil {
			return nil, fault.New(fault.NotFound, "service.unknown", "no service %q", r.name)
		}
		return fn(sc, r.input)
	})
	if p, ok := errors.AsType[panicked](err); ok {
		if attrs, err := json.Marshal(map[string]string{"stack": clip(string(p.stack), maxCause/4)}); err == nil {
			r.Log(&r.ctx, slog.LevelDebug, "stack of a panic", attrs)
		}
	}
	return body, err
}

// protect calls a service and turns a panic into an error. Any other error than
// a fault becomes an internal one.
func protect(name string, recovered func(string, any, []byte) *fault.Error, fn func() ([]byte, error)) (body []byte, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil { // runtime.Goexit: nothing returns to the caller
			return
		}
		if recovered == nil {
			recovered = Recovered
		}
		body = nil
		if e := recovered(name, v, debug.Stack()); e != nil {
			err = e
		} else {
			err = Recovered(name, v, debug.Stack())
		}
	}()
	body, err = fn()
	returned = true
	switch {
	case err == nil || !isOther(err):
	case errors.Is(err, context.DeadlineExceeded):
		// The worker's clock may be a moment ahead of the host's, which says the
		// same in its own words.
		err = fault.Wrap(fault.Timeout, CodeTimeout, err, "service %q did not answer in time", name).
			WithHint("see in the log what it waited for, or give it more time")
	default:
		err = fault.Wrap(fault.Internal, "service.error", err, "service %q failed", name)
	}
	return body, err
}

// errGoexit is the error of a service that ended its goroutine instead of
// returning.
func errGoexit(name string) *fault.Error {
	return fault.New(fault.Internal, "service.exit", "service %q ended its goroutine with runtime.Goexit", name).
		WithHint("return an error instead")
}

// isOther reports whether there is no fault in an error's chain.
func isOther(err error) bool { return fault.As(err).Code == "internal" }

// Do sends an operation to the host and waits for its reply.
func (r *running) Do(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	if err := r.check(op); err != nil {
		return nil, err
	}
	id, answer, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer r.end(id)
	r.s.relieve(r) // somebody has to read the reply
	var space [128]byte
	if err := r.s.wire.send(ctx, frameOp, address{r.id, id}, appendOp(space[:0], op), op.Body, true); err != nil {
		return nil, r.stopped(ctx, err, op)
	}
	select {
	case payload := <-answer:
		return cutReply(payload)
	case <-ctx.Done():
		return nil, r.stopped(ctx, context.Cause(ctx), op)
	case <-r.s.wire.dead:
		return nil, r.stopped(ctx, io.ErrClosedPipe, op)
	}
}

// check refuses an operation that is larger than the host takes.
func (r *running) check(op *service.Operation) error {
	if int64(len(op.Body)) > r.s.limits.Body {
		return tooLarge("the body of "+what(op), len(op.Body), r.s.limits.Body)
	}
	if len(op.Args) > maxMeta/2 {
		return tooLarge("the arguments of "+what(op), len(op.Args), maxMeta/2)
	}
	if max(len(op.Family), len(op.Name), len(op.Verb), len(op.Media)) > maxName {
		return fault.New(fault.Invalid, "worker.name", "a name of more than %d bytes: %s", maxName, clip(what(op), 60))
	}
	return nil
}

// begin takes a number for an operation, and waits where too many are in flight.
func (r *running) begin(ctx context.Context) (uint32, chan []byte, error) {
	r.mu.Lock()
	if r.room == nil {
		r.room = make(chan struct{}, r.s.limits.Operations)
		r.ops = map[uint32]chan []byte{}
	}
	room := r.room
	r.mu.Unlock()
	select {
	case room <- struct{}{}:
	default:
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return 0, nil, r.stopped(ctx, context.Cause(ctx), nil)
		}
	}
	answer := make(chan []byte, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		<-room
		return 0, nil, fault.New(fault.Canceled, "service.ended", "the call of service %q has ended", r.name).
			WithHint("wait for your goroutines before the service returns, or use ctx.Go")
	}
	for r.next++; r.next == 0 || r.ops[r.next] != nil; r.next++ {
	}
	r.ops[r.next] = answer
	return r.next, answer, nil
}

func (r *running) end(id uint32) {
	r.mu.Lock()
	delete(r.ops, id)
	room := r.room
	r.mu.Unlock()
	<-room
}

// replied hands a reply over to whoever waits for it.
func (r *running) replied(id uint32, payload []byte) {
	r.mu.Lock()
	answer := r.ops[id]
	delete(r.ops, id)
	r.mu.Unlock()
	if answer != nil {
		answer <- payload
	}
}

// stopped is the error of an operation that the end of the call cut short.
func (r *running) stopped(ctx context.Context, cause error, op *service.Operation) error {
	thing := "an operation"
	if op != nil {
		thing = what(op)
	}
	kind := fault.Unavailable
	if ctx.Err() != nil {
		kind = contextKind(ctx)
	}
	return fault.Wrap(kind, "service.stopped", cause, "%s of service %q was stopped", thing, r.name)
}

// Log sends one line to the host. What is longer than a frame is cut.
func (r *running) Log(_ context.Context, level slog.Level, message string, attrs json.RawMessage) {
	r.mu.Lock()
	ended := r.ended
	r.mu.Unlock()
	if ended {
		return
	}
	if len(message) > maxLine/2 {
		message = strings.ToValidUTF8(clip(message, maxLine/2-16), "�")
	}
	if len(attrs) > maxLine/2-64 {
		attrs = fmt.Appendf(nil, `{"left_out":"%d bytes of attributes"}`, len(attrs))
	}
	var space [256]byte
	_ = r.s.wire.w.send(header{kind: frameLog, call: r.id}, appendLog(space[:0], level, message, attrs), nil, true)
}
