package worker

import (
	"context"
	"log/slog"
	"time"

	"mortise/runtime/wait"
)

// Waiting times of a pool between two attempts to start a spare.
const (
	refillFirst = 50 * time.Millisecond
	refillMost  = 10 * time.Second
)

// Pool keeps one worker started that has said hello and was not loaded yet, so
// that starting a process is not on the way from a save to its answer.
type Pool struct {
	opts   Options
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	spares chan *Process // the spare on offer
	ended  chan struct{} // closed when the keeper has ended
}

// NewPool starts a pool whose workers are started with opts. It ends with Close,
// or with ctx.
func NewPool(ctx context.Context, opts Options) *Pool {
	p := &Pool{opts: opts, log: opts.Log, spares: make(chan *Process), ended: make(chan struct{})}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	go p.keep()
	return p
}

// keep starts spares and offers them; one that dies meanwhile is replaced.
func (p *Pool) keep() {
	defer close(p.ended)
	pause := refillFirst
	for p.ctx.Err() == nil {
		began := time.Now()
		spare, err := Start(p.ctx, p.opts)
		if err != nil {
			if p.ctx.Err() != nil {
				return
			}
			p.log.WarnContext(p.ctx, "no spare worker could be started", "error", err.Error(), "again", pause.String())
			wait.For(p.ctx, pause)
			pause = min(2*pause, refillMost)
			continue
		}
		select {
		case p.spares <- spare:
			pause = refillFirst
		case <-spare.Done():
			p.discard(spare)
			p.log.WarnContext(p.ctx, "the spare worker died")
			if time.Since(began) > refillMost {
				pause = refillFirst
			}
			wait.For(p.ctx, pause)
			pause = min(2*pause, refillMost)
		case <-p.ctx.Done():
			p.discard(spare)
			return
		}
	}
}

// discard ends a worker that nobody uses, at once.
func (p *Pool) discard(spare *Process) {
	spare.kill(wasClosed)
	<-spare.exited
}

// Get returns a worker that is ready for Load: the spare, or where it is not
// ready yet a new one. The caller closes it.
func (p *Pool) Get(ctx context.Context) (*Process, error) {
	for {
		select {
		case spare := <-p.spares:
			select {
			case <-spare.Done(): // it died on the way
				p.discard(spare)
				continue
			default:
				return spare, nil
			}
		default:
			return Start(ctx, p.opts)
		}
	}
}

// Close ends the pool and its spare. Workers that were handed out live on.
func (p *Pool) Close() {
	p.cancel()
	<-p.ended
}
