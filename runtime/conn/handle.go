package conn

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
)

// Handle is an open connection: the connector's part with the wrapper of its
// family around it.
type Handle struct {
	name    string
	typ     Type
	profile Profile
	conn    Conn
	log     *slog.Logger
	metrics Metrics
	breaker *breaker

	requests, errors, retries atomic.Uint64
	lastUse                   atomic.Int64 // Unix time in nanoseconds
	lastError                 atomic.Pointer[lastError]

	uses     atomic.Int64 // how many use it, and the bit closed
	idle     chan struct{}
	idleOnce sync.Once
	done     sync.Once
	closeErr error // set by done
}

type lastError struct {
	at  time.Time
	err *fault.Error
}

// closed is set in Handle.uses once Close was called.
const closed = 1 << 62

// Open returns a connection that is ready for use. It returns at once: whether
// the other side is there shows at the first request.
func Open(ctx context.Context, t Type, c Config, env Env) (*Handle, error) {
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	inner, err := c.Open(ctx, env)
	if err != nil {
		return nil, err
	}
	if _, ok := inner.(HTTP); t.Family == FamilyHTTP && !ok {
		_ = inner.Close() // it was never used
		return nil, fault.New(fault.Internal, "conn.family", "connection %q: a %s connection does not speak the family %q", env.Name, t.Name, t.Family)
	}
	p := c.Profile()
	return &Handle{
		name: env.Name, typ: t, profile: p, conn: inner, log: env.Log, metrics: env.Metrics,
		breaker: newBreaker(p.Circuit), idle: make(chan struct{}),
	}, nil
}

// Name returns the name of the connection.
func (h *Handle) Name() string { return h.name }

// Type returns the type of the connection.
func (h *Handle) Type() Type { return h.typ }

// HTTP returns the connection as one of the HTTP family; false where it is of
// another.
func (h *Handle) HTTP() (HTTP, bool) {
	inner, ok := h.conn.(HTTP)
	if !ok {
		return nil, false
	}
	return httpHandle{h, inner}, true
}

// State is what is known of an open connection.
type State struct {
	Requests  uint64       `json:"requests"`          // that were made
	Errors    uint64       `json:"errors"`            // that ended badly
	Retries   uint64       `json:"retries"`           // tries beyond the first
	Running   int64        `json:"running"`           // that are going on
	LastUse   time.Time    `json:"last_use,omitzero"` // when the last one began
	LastError *fault.Error `json:"last_error,omitempty"`
	ErrorAt   time.Time    `json:"error_at,omitzero"` // when LastError happened
	Circuit   string       `json:"circuit"`           // "closed" is all well, "open" leaves the other side alone, "half-open" tries it
}

// State returns what is known of the connection.
func (h *Handle) State() State {
	s := State{
		Requests: h.requests.Load(), Errors: h.errors.Load(), Retries: h.retries.Load(),
		Running: h.uses.Load() &^ closed, Circuit: h.breaker.state(),
	}
	if at := h.lastUse.Load(); at != 0 {
		s.LastUse = time.Unix(0, at)
	}
	if last := h.lastError.Load(); last != nil {
		s.LastError, s.ErrorAt = last.err, last.at
	}
	return s
}

// Close ends the connection: requests that come after it fail, those in flight go
// on, and it waits for them; their time-outs bound how long. It may be called more
// than once.
func (h *Handle) Close() error {
	if h.uses.Or(closed) == 0 {
		h.setIdle()
	}
	<-h.idle
	h.done.Do(func() { h.closeErr = h.conn.Close() })
	return h.closeErr
}

// enter counts a use; false where the connection is closed.
func (h *Handle) enter() bool {
	if h.uses.Add(1)&closed != 0 {
		h.leave()
		return false
	}
	return true
}

func (h *Handle) leave() {
	if h.uses.Add(-1) == closed {
		h.setIdle()
	}
}

func (h *Handle) setIdle() { h.idleOnce.Do(func() { close(h.idle) }) }

// failed remembers an error. A caller that went away says nothing of the
// connection.
func (h *Handle) failed(err *fault.Error) {
	h.errors.Add(1)
	if err.Kind != fault.Canceled {
		h.lastError.Store(&lastError{time.Now(), err})
	}
}

func (h *Handle) closedFault() *fault.Error {
	return fault.New(fault.Unavailable, "conn.closed", "connection %q is closed", h.name)
}
