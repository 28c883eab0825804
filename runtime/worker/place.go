package worker

import (
	"context"
	"time"

	"mortise/runtime/fault"
)

// stacksWait bounds how long a caller waits for the place at which its service
// stood at the deadline.
const stacksWait = 100 * time.Millisecond

// place says where a call stands that has passed its deadline.
func (p *Process) place(c *call) fault.Position {
	if p.hooks.Load().Place != nil {
		return p.noted(c)
	}
	at := p.asked(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
	return at
}

// noted reads the place from the notes, or says what the stacks said when they
// were asked for.
func (p *Process) noted(c *call) (at fault.Position) {
	hook := p.hooks.Load().Place
	if hook == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.at
	}
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("finding the place of a call panicked", "panic", r)
		}
	}()
	return hook(p.notes.read(), c.name)
}

// asked asks the worker for its stacks, one caller at a time: it stops for a
// moment to write them down.
func (p *Process) asked(c *call) (at fault.Position) {
	p.mu.Lock()
	if p.asking || p.closing {
		p.mu.Unlock()
		return at
	}
	p.asking = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.asking = false
		p.mu.Unlock()
	}()
	select { // an answer that came too late for the last question
	case <-p.stacks:
	default:
	}
	if err := p.wire.send(context.WithoutCancel(c.ctx), frameStacks, address{call: c.id}, nil, nil, false); err != nil {
		return at
	}
	p.turns.recall()
	wait := time.NewTimer(stacksWait)
	defer wait.Stop()
	select {
	case text := <-p.stacks:
		return p.complete(FindStack(string(text), c.name, p.hooks.Load().Symbols))
	case <-wait.C:
	case <-p.wire.dead:
	}
	return at
}
