package api

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

// Session is one page that looks at the Studio. Whatever carries its frames hands
// those of the page to Receive, one after the other. It must be closed.
type Session struct {
	s    *Studio
	out  *outbox
	ctx  context.Context // ends with the session; calls of the page run in it
	end  context.CancelFunc
	work sync.WaitGroup
	run  chan struct{} // has room for the calls that run at a time

	mu       sync.Mutex // guards what follows
	calls    map[int64]context.CancelFunc
	lanes    map[string]chan struct{} // of calls that keep their order: closed when the last one has ended
	channels map[string]*stream
	log      *logFeed // nil while the page does not watch the log
	closed   bool
}

// Connect begins the session of a page. Send hands a frame, a JSON text, to the
// page; it is called by one goroutine at a time and may block while the page is
// slow, until Done is closed. An error from it ends the session. The frame may be
// kept.
func (s *Studio) Connect(ctx context.Context, send func(frame []byte) error) *Session {
	c := &Session{
		s: s, run: make(chan struct{}, maxCalls), calls: map[int64]context.CancelFunc{},
		lanes: map[string]chan struct{}{}, channels: map[string]*stream{},
	}
	c.ctx, c.end = context.WithCancel(withSession(ctx, c))
	c.out = newOutbox()
	c.work.Go(func() {
		defer c.end()
		c.out.run(c.ctx, send)
	})
	if !s.hub.attach(c) {
		c.end()
	}
	return c
}

// Done is closed when the session has ended: by Close, by an error of send, or
// because the Studio closed.
func (c *Session) Done() <-chan struct{} { return c.ctx.Done() }

// Close ends the session: calls that are running are cancelled and waited for. It
// may be called more than once, but not by send.
func (c *Session) Close() {
	c.s.hub.detach(c)
	c.end()
	c.mu.Lock()
	c.closed = true
	open, feed := c.channels, c.log
	c.channels, c.log = nil, nil
	c.mu.Unlock()
	for _, st := range open {
		st.close()
	}
	if feed != nil {
		feed.close()
	}
	c.work.Wait()
}

// Receive takes a frame of the page. It returns at once but for channels, whose
// receivers are called here. An error says that the page does not speak our
// language: its carrier should end.
func (c *Session) Receive(frame []byte) error {
	if len(frame) > maxFrame {
		return fault.New(fault.Limited, "studio.frame", "a frame of %d bytes came: the most is %d", len(frame), maxFrame)
	}
	var f frameIn
	if err := json.Unmarshal(frame, &f); err != nil {
		return fault.Wrap(fault.Invalid, "studio.frame", err, "read a frame")
	}
	switch f.Type {
	case "call":
		c.call(f)
	case "cancel":
		c.mu.Lock()
		if cancel := c.calls[f.ID]; cancel != nil {
			cancel()
		}
		c.mu.Unlock()
	case "channel":
		return c.channel(f.Channel, f.Text)
	case "watch":
		c.watch(slices.Contains(f.Events, "log"))
	default:
		return fault.New(fault.Invalid, "studio.frame", "a frame has the type %q, which is not known", f.Type)
	}
	return nil
}

// call starts a call; its answer is sent when it is there.
func (c *Session) call(f frameIn) {
	i := slices.IndexFunc(c.s.methods, func(m Method) bool { return m.Name == f.Method })
	if i < 0 {
		names := make([]string, len(c.s.methods))
		for i, m := range c.s.methods {
			names[i] = m.Name
		}
		c.out.push(c.ctx, answer(f.ID, nil, fault.New(fault.NotFound, "studio.method", "there is no method %q", f.Method).
			WithHint("%s", fault.DidYouMean(f.Method, names))))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed || c.ctx.Err() != nil:
		return
	case c.calls[f.ID] != nil:
		c.out.push(c.ctx, answer(f.ID, nil, fault.New(fault.Invalid, "studio.call", "a call %d is running already", f.ID)))
		return
	case len(c.calls) >= maxWaiting:
		c.out.push(c.ctx, answer(f.ID, nil, fault.New(fault.Limited, "studio.busy", "%d calls of this page are waiting already", maxWaiting)))
		return
	}
	ctx, cancel := context.WithCancel(c.ctx)
	c.calls[f.ID] = cancel
	before, done := c.queue(f.Method)
	c.work.Go(func() {
		defer cancel()
		result, err := c.wait(ctx, before, c.s.methods[i], f.Params)
		if done != nil {
			close(done)
		}
		c.mu.Lock()
		delete(c.calls, f.ID)
		c.mu.Unlock()
		c.out.push(c.ctx, answer(f.ID, result, err)) //nolint:contextcheck // a cancelled call is answered as well
		<-c.run
	})
}

// queue returns what a call waits for, and what it closes when it has ended so
// that later ones may go on; either may be nil. It is called with the lock.
func (c *Session) queue(method string) (before <-chan struct{}, done chan struct{}) {
	lane, joins := laneOf(method)
	if lane == "" {
		return nil, nil
	}
	if tail := c.lanes[lane]; tail != nil {
		before = tail
	}
	if joins {
		done = make(chan struct{})
		c.lanes[lane] = done
	}
	return before, done
}

// laneOf returns the lane of a method whose calls keep an order: those that join
// it run one after the other; the others of it wait for those that came before.
func laneOf(method string) (lane string, joins bool) {
	switch method {
	case "files.read", "files.find", "history.list", "history.read", "objects.read", "requests.list", "invoke.run", "runtime.deploy", "runtime.service", "channels.call":
		return "files", false
	case "layout.write":
		return "layout", true
	case "settings.read", "settings.write":
		return "settings", method == "settings.write"
	case "services.create", "objects.write", "objects.delete", "requests.write", "requests.delete":
		return "files", true
	}
	switch area, _, _ := strings.Cut(method, "."); area {
	case "files", "drafts", "history":
		return "files", true
	case "project":
		return "project", true
	case "secrets":
		return "secrets", true
	}
	return "", false
}

// finishes reports whether a call is carried out even where its page goes away
// meanwhile: whoever saves and closes the window has saved.
func finishes(method string) bool {
	switch method {
	case "files.write", "drafts.write", "drafts.drop", "layout.write", "settings.write":
		return true
	}
	return false
}

// wait waits for the turn of a call and runs it. It has a slot of c.run when it
// returns.
func (c *Session) wait(ctx context.Context, before <-chan struct{}, m Method, params json.RawMessage) (any, error) {
	if finishes(m.Name) {
		ctx = context.WithoutCancel(ctx)
	}
	if before != nil {
		<-before // even when it was cancelled: what comes after must not overtake what came before
	}
	c.run <- struct{}{} // calls end when they are cancelled, so there will be room
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Canceled, "studio.canceled", ctx.Err(), "call %q", m.Name)
	}
	return c.s.do(ctx, m, params)
}

// do runs a method. A panic is an error of ours: the log has it with an id, and the
// page gets the id.
func (s *Studio) do(ctx context.Context, m Method, params json.RawMessage) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			id := cid.New()
			s.log.ErrorContext(cid.With(ctx, id), "panic in a method of the Studio", "method", m.Name, "panic", p, "stack", string(debug.Stack()))
			result, err = nil, fault.New(fault.Internal, "studio.panic", "%q met a mistake in Mortise itself", m.Name).
				WithHint("the log has the details under %s", id)
		}
	}()
	result, err = m.call(ctx, s, params)
	if err != nil && ctx.Err() != nil && fault.KindOf(err) == fault.Internal {
		err = fault.Wrap(fault.Canceled, "studio.canceled", err, "call %q", m.Name)
	}
	return result, err
}

type sessionKey struct{}

func withSession(ctx context.Context, c *Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, c)
}

// sessionOf returns the page that called; nil where it was none.
func sessionOf(ctx context.Context) *Session {
	c, _ := ctx.Value(sessionKey{}).(*Session)
	return c
}
