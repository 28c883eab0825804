package api

import (
	"context"
	"sync"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// memory is what an open project remembers beside its files: since when it is as
// it is, and what was invoked. It is safe for concurrent use.
type memory struct {
	mu       sync.Mutex // guards what follows
	status   string     // of Live
	statusAt time.Time
	asked    *store.Invocations // nil until it is needed
	closed   bool
}

// since returns since when the status is what it is.
func (m *memory) since(status string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.status != status {
		m.status, m.statusAt = status, time.Now().UTC()
	}
	return m.statusAt
}

// invocations returns the history of what was invoked. It is opened when it is
// first asked for.
func (o *opened) invocations(ctx context.Context) (*store.Invocations, error) {
	m := &o.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fault.New(fault.Unavailable, "studio.closed", "the project was closed")
	}
	if m.asked == nil {
		asked, err := store.OpenInvocations(ctx, store.Options{File: o.State("invocations.db"), Log: o.log.Logger()})
		if err != nil {
			return nil, err
		}
		m.asked = asked
	}
	return m.asked, nil
}

// close closes what was opened.
func (m *memory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.asked == nil {
		return nil
	}
	err := m.asked.Close()
	m.asked = nil
	return err
}
