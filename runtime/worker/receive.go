package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// handle takes one message of the worker. An error ends the worker. It never
// waits: the calls that are spoken to do their work themselves.
func (p *Process) handle(h header, payload []byte) error {
	p.mu.Lock()
	greeted := p.greeted
	c := p.calls[h.call]
	known := h.call != 0 && h.call <= p.last
	p.mu.Unlock()
	if !greeted {
		return p.handleHello(h, payload)
	}
	switch h.kind {
	case frameReady, frameFailed, frameTrace, framePong:
		return p.handleAnswer(h, payload)
	case frameEnd: // the worker has told the service why its operation was not sent
		return nil
	case frameResult, frameOp, frameLog:
	default:
		return breach("a frame of kind %d from a worker", h.kind)
	}
	if !known {
		return breach("a frame of kind %d for a call that was never made", h.kind)
	}
	if c == nil {
		return nil // a goroutine that outlived its call
	}
	switch h.kind {
	case frameResult:
		if h.op != 0 {
			return breach("a result of an operation")
		}
		p.wire.forget(h.call)
		p.finish(c, payload, nil)
		return nil
	case frameOp:
		op, err := cutOp(payload)
		if err != nil {
			return err
		}
		return p.operate(c, h.op, op)
	default:
		l, err := cutLog(payload)
		if err != nil {
			return err
		}
		c.logged(l)
		return nil
	}
}

func (p *Process) handleHello(h header, payload []byte) error {
	if h.kind != frameHello {
		return breach("a frame of kind %d before hello", h.kind)
	}
	var said hello
	if err := json.Unmarshal(payload, &said); err != nil {
		return breach("a hello that cannot be read: %v", err)
	}
	p.mu.Lock()
	p.greeted = true
	p.mu.Unlock()
	p.hello <- said
	return nil
}

// handleAnswer takes the answer to a question that the host asked of the worker
// itself.
func (p *Process) handleAnswer(h header, payload []byte) error {
	p.mu.Lock()
	loading := p.loading
	p.mu.Unlock()
	switch h.kind {
	case frameReady, frameFailed:
		var err error
		if h.kind == frameFailed {
			if err = cutFaults(payload); isProtocol(err) {
				return err
			}
		}
		if !loading {
			return breach("an answer to a bundle that was not sent")
		}
		select {
		case p.loaded <- err:
		default:
			return breach("two answers to a bundle")
		}
	case frameTrace:
		select {
		case p.stacks <- payload:
		default: // nobody waits for it any more
		}
	case framePong:
		select {
		case p.pong <- struct{}{}:
		default:
		}
	}
	return nil
}

// operate begins an operation that a call asks for.
func (p *Process) operate(c *call, id uint32, op *service.Operation) error {
	if id == 0 {
		return breach("an operation without a number")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return nil
	case c.ops[id]:
		return breach("two operations of one number")
	case len(c.ops) >= maxOperations:
		return breach("more than %d operations of one call at a time", maxOperations)
	}
	if c.ops == nil {
		c.ops = map[uint32]bool{}
		c.opCtx, c.opCancel = context.WithCancel(Nested(c.ctx))
	}
	if len(c.ops) == 0 {
		p.slots.leave()
	}
	c.ops[id] = true
	ctx := c.opCtx
	if !c.begun.Load() && !p.idempotent(op) {
		c.begun.Store(true)
	}
	p.tasks.Go(func() { p.carryOut(ctx, c, id, op) })
	return nil
}

func (p *Process) idempotent(op *service.Operation) bool {
	if f := p.hooks.Load().Idempotent; f != nil {
		return f(op)
	}
	return Idempotent(op)
}

// carryOut lets the host do an operation and sends what came of it.
func (p *Process) carryOut(ctx context.Context, c *call, id uint32, op *service.Operation) {
	reply, err := ask(ctx, c.host, op)
	if err == nil && int64(len(reply.Body)) > p.limits.Body {
		err = tooLarge("the answer of "+what(op), len(reply.Body), p.limits.Body)
	}
	if err == nil && len(reply.Meta)+len(reply.Media) > maxMeta/2 {
		err = tooLarge("what is known of the answer of "+what(op), len(reply.Meta), maxMeta/2)
	}
	c.mu.Lock()
	delete(c.ops, id)
	over := c.over
	if !over && len(c.ops) == 0 {
		p.slots.take()
	}
	c.mu.Unlock()
	if over {
		return
	}
	at := address{c.id, id}
	if err != nil {
		err = p.wire.send(ctx, frameReply, at, appendError(nil, err), nil, true)
	} else {
		head := make([]byte, 0, len(reply.Meta)+len(reply.Media)+16)
		err = p.wire.send(ctx, frameReply, at, appendReply(head, reply), reply.Body, true)
	}
	_ = err // the call or the worker has ended, and each tells its caller why
}

// ask keeps a panic of the host's own code within the operation.
func ask(ctx context.Context, host service.Host, op *service.Operation) (reply *service.Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.Wrap(fault.Internal, "host.panic", fmt.Errorf("panic: %v\n%s", v, debug.Stack()), "%s", what(op))
		}
	}()
	reply, err = host.Do(ctx, op)
	if err == nil && reply == nil {
		reply = &service.Reply{}
	}
	return reply, err
}

// what names an operation in a message.
func what(op *service.Operation) string { return fmt.Sprintf("%s %q", op.Family, op.Name) }

// tooLarge is the error of a body that is over its limit.
func tooLarge(thing string, size int, limit int64) *fault.Error {
	return fault.New(fault.Limited, "worker.body", "%s takes %d bytes, %d are allowed", thing, size, limit).
		WithHint("send less at a time, or raise the limit of a body")
}
