package engine

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/invoke"
	"mortise/runtime/worker"
)

// drainWait bounds how long an old generation may live beside the new one: the
// longest deadline of a call that entered it, and what a stuck worker is given.
const drainWait = time.Minute

// generation is one version of a project as it runs. Requests enter it, see
// nothing of any other, and leave it; the last one out of a generation that was
// replaced closes what only that generation used.
type generation struct {
	project  *config.Project
	objects  map[objectKey]*object
	services *invoke.Set
	crew     *shared[*invoke.Crew]
	routes   *channel.Table
	report   config.Report
	log      *slog.Logger
	settings config.Settings // with placeholders filled in
	program  worker.Program
	self     string // the runtime's address that the objects were decoded with

	inside  atomic.Int64
	retired atomic.Bool
	once    sync.Once
	gone    chan struct{} // closed when it is empty and retired
}

// enter returns the current generation with the caller inside it, or nil where
// there is none. The caller must leave it.
func (e *Engine) enter() *generation {
	for {
		g := e.current.Load()
		if g == nil {
			return nil
		}
		g.inside.Add(1)
		if e.current.Load() == g {
			return g
		}
		g.leave()
	}
}

func (g *generation) leave() {
	if g.inside.Add(-1) == 0 && g.retired.Load() {
		g.once.Do(func() { close(g.gone) })
	}
}

// retire waits until everybody has left a generation that is no longer the
// current one, then gives up what it holds.
func (g *generation) retire(ctx context.Context) {
	g.retired.Store(true)
	if g.inside.Load() == 0 {
		g.once.Do(func() { close(g.gone) })
	}
	t := time.NewTimer(drainWait)
	defer t.Stop()
	select {
	case <-g.gone:
	case <-t.C:
	case <-ctx.Done():
	}
	g.release(ctx)
}

// release stops the channels and gives up everything that the generation shares
// with others.
func (g *generation) release(ctx context.Context) {
	for _, o := range g.objects {
		if o.channel != nil {
			if err := o.channel.Stop(ctx); err != nil {
				g.log.LogAttrs(ctx, slog.LevelWarn, "stop of a channel failed", slog.String("channel", o.doc.Name), slog.String("error", err.Error()))
			}
		}
		o.release(ctx)
	}
	if g.crew != nil {
		g.crew.release(ctx)
	}
}

// shared is something that several generations use; the last one closes it.
type shared[T any] struct {
	value T
	refs  atomic.Int64
	close func(context.Context) error
	fail  func(error)
}

// share returns a value with one user.
func share[T any](value T, closer func(context.Context) error, fail func(error)) *shared[T] {
	s := &shared[T]{value: value, close: closer, fail: fail}
	s.refs.Store(1)
	return s
}

// acquire adds a user. The caller must know that there is one already.
func (s *shared[T]) acquire() *shared[T] {
	s.refs.Add(1)
	return s
}

// release takes a user away; the last one closes the value.
func (s *shared[T]) release(ctx context.Context) {
	if s.refs.Add(-1) > 0 {
		return
	}
	if err := s.close(ctx); err != nil {
		s.fail(err)
	}
}
