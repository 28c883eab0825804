package schedule

import (
	"context"
	"sync"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/store"
)

// lane is what goes on in one job.
type lane struct {
	mu      sync.Mutex // guards what follows
	running int
	waiting []chan struct{} // in the order of arrival; a closed one has its turn
	last    *store.Run      // the run that ended last
	ended   int             // runs since the history was pruned
}

// enter takes a place for a run, or says why there is none. It waits where the
// job lets its runs queue, until one of the contexts ends. Whoever entered leaves.
func (l *lane) enter(life, ctx context.Context, overlap string) (refused string, err error) {
	l.mu.Lock()
	switch {
	case l.running == 0 && len(l.waiting) == 0, overlap == OverlapAllow && l.running < allowLimit:
		l.running++
		l.mu.Unlock()
		return "", nil
	case overlap == OverlapAllow:
		l.mu.Unlock()
		return "32 runs of the job go on already", nil
	case overlap != OverlapQueue:
		l.mu.Unlock()
		return "the previous run has not ended", nil
	case len(l.waiting) >= queueLimit:
		l.mu.Unlock()
		return "ten runs of the job wait already", nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return "", nil
	case <-life.Done():
	case <-ctx.Done():
	}
	l.giveUp(turn)
	return "", bus.ErrGiveBack
}

// giveUp leaves the queue; where the turn came in the same moment it is passed
// on.
func (l *lane) giveUp(turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return
		}
	}
	l.pass()
}

// leave ends a run and lets the next one in.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass()
}

// pass gives the place of a run to the next one. The caller holds mu.
func (l *lane) pass() {
	if len(l.waiting) > 0 && l.running == 1 {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		return
	}
	l.running--
}

// note remembers the run that ended last and reports whether it is time to
// prune the history.
func (l *lane) note(r store.Run) (prune bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = &r
	l.ended++
	return l.ended%pruneEvery == 0
}

const pruneEvery = 50

// state returns what goes on in the job.
func (l *lane) state() (running, waiting int, last *store.Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, len(l.waiting), l.last
}

// elapsed is for the history: a run that did not begin took no time.
func elapsed(started time.Time) time.Duration { return max(time.Since(started), 0) }
