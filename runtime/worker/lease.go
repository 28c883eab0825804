package worker

import (
	"context"
	"sync"
	"time"
)

// lease is the context of a call in the worker. context.WithDeadline would do,
// but most services never ask for the end of their call, and making and ending
// its timer takes as long as many of them. So that is made for those who ask.
type lease struct {
	context.Context // of all calls; it never ends

	at time.Time // the deadline; zero is none

	mu     sync.Mutex // guards what follows
	err    error      // why it ended, where nobody has asked for its end
	made   context.Context
	cancel context.CancelFunc // of made
}

// Deadline returns when the call must be done.
func (l *lease) Deadline() (time.Time, bool) { return l.at, !l.at.IsZero() }

// Done returns a channel that is closed when the call must stop.
func (l *lease) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		l.make()
	}
	return l.made.Done()
}

// make makes the context that ends when this one does. The caller holds mu.
func (l *lease) make() {
	if l.at.IsZero() {
		l.made, l.cancel = context.WithCancel(l.Context)
	} else {
		l.made, l.cancel = context.WithDeadline(l.Context, l.at)
	}
	if l.err != nil {
		l.cancel() // without effect where it was the deadline
	}
}

// Err returns nil while the call may go on, then why it must stop.
func (l *lease) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made != nil {
		return l.made.Err()
	}
	if l.err == nil && !l.at.IsZero() && !time.Now().Before(l.at) {
		l.err = context.DeadlineExceeded
	}
	return l.err
}

// Value returns what the context of all calls holds. Package context asks it for
// the one that was made, so contexts that are derived from this one need no
// goroutine.
func (l *lease) Value(key any) any {
	l.mu.Lock()
	made := l.made
	l.mu.Unlock()
	if made != nil {
		return made.Value(key)
	}
	return l.Context.Value(key)
}

// end ends the context, unless it has ended already.
func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.made != nil:
		l.cancel()
	case l.err == nil:
		l.err = context.Canceled
	}
}
