package conn

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/wait"
)

// httpHandle is the wrapper of the HTTP family.
type httpHandle struct {
	*Handle
	inner HTTP
}

// Ping reaches the other side once.
func (h httpHandle) Ping(ctx context.Context) error {
	if e := h.Handle.Ping(ctx).Error; e != nil {
		return e
	}
	return nil
}

// Do sends a request with all that the package comment promises.
func (h httpHandle) Do(ctx context.Context, r *HTTPRequest) (*HTTPResponse, error) {
	if !h.enter() {
		return nil, h.closedFault()
	}
	defer h.leave()
	c := exchange{Handle: h.Handle, inner: h.inner, request: *r, parent: ctx, start: time.Now()}
	c.begin()
	timeout := h.profile.Timeout
	if r.Timeout > 0 {
		timeout = r.Timeout
	}
	timed, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, err := c.try(timed)
	return resp, c.end(resp, c.fault(timed, resp, err))
}

// exchange is one request with all its tries.
type exchange struct {
	*Handle
	inner   HTTP
	request HTTPRequest
	parent  context.Context
	start   time.Time
	tries   int
}

// begin counts and logs the request, and puts the correlation id into it.
func (c *exchange) begin() {
	c.requests.Add(1)
	c.lastUse.Store(c.start.UnixNano())
	if c.metrics != nil {
		c.metrics.Start()
	}
	id := cid.From(c.parent)
	if id == "" {
		id = cid.New()
		c.parent = cid.With(c.parent, id)
	}
	c.request.Header = c.request.Header.Clone()
	if c.request.Header == nil {
		c.request.Header = make(http.Header, 1)
	}
	c.request.Header["Traceparent"] = []string{id.Traceparent()}
	attrs := [6]slog.Attr{
		slog.String("connection", c.name), slog.String("method", c.request.Method), slog.String("address", c.profile.Address),
		slog.Int("length", len(c.request.Body)),
	}
	n := 4
	if c.profile.Security != "" {
		attrs[n] = slog.String("security", c.profile.Security)
		n++
	}
	observe.Line(c.parent, c.log, slog.LevelInfo, "connection request", attrs[:n]...)
}

// try sends the request until there is an answer worth keeping, or no more to be
// hoped for.
func (c *exchange) try(ctx context.Context) (*HTTPResponse, error) {
	for {
		if ok, left := c.breaker.allow(time.Now()); !ok {
			return nil, c.circuitFault(left)
		}
		c.tries++
		resp, err := c.inner.Do(ctx, &c.request)
		if c.breaker.report(time.Now(), c.verdict(ctx, resp, err)) {
			observe.Line(c.parent, c.log, slog.LevelWarn, "connection circuit opened", slog.String("connection", c.name),
				slog.Int("failures", c.profile.Circuit.Failures), slog.Duration("wait", c.profile.Circuit.Wait))
		}
		if ctx.Err() != nil || !c.again(resp, err) {
			return resp, err
		}
		pause, ok := c.pause(resp)
		if deadline, has := ctx.Deadline(); !ok || (has && time.Until(deadline) <= pause) {
			return resp, err
		}
		c.retrying(resp, err, pause)
		if !wait.For(ctx, pause) {
			return resp, err
		}
	}
}

// end counts and logs how the request ended, and returns the error.
func (c *exchange) end(resp *HTTPResponse, failure *fault.Error) error {
	took := time.Since(c.start)
	status, length := 0, 0
	if resp != nil {
		status, length = resp.Status, len(resp.Body)
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("connection", c.name), slog.String("method", c.request.Method))
	if status != 0 {
		attrs = append(attrs, slog.Int("status", status))
	}
	attrs = append(attrs, slog.Duration("took", took), slog.Int("length", length))
	if c.tries > 1 {
		attrs = append(attrs, slog.Int("tries", c.tries))
	}
	level := slog.LevelInfo
	if failure != nil {
		c.failed(failure)
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", failure.Error()))
		if status == 0 {
			status = failure.Kind.Status()
		}
	}
	observe.Line(c.parent, c.log, level, "connection response", attrs...)
	if c.metrics != nil {
		c.metrics.DoneStatus(status, took)
	}
	if failure == nil {
		return nil // a nil *fault.Error would not be a nil error
	}
	return failure
}

// fault says what kind of error a request ended with. Addresses stay in the
// cause: What may reach callers of the project.
func (c *exchange) fault(ctx context.Context, resp *HTTPResponse, err error) *fault.Error {
	if err == nil {
		if resp.Status < 400 || c.request.AnyStatus {
			return nil
		}
		cause := &StatusError{resp.Status, excerpt(resp.Body)}
		return fault.Wrap(fault.Unavailable, "conn.status", cause, "connection %q: the other side answered with status %d", c.name, resp.Status)
	}
	if ours, ok := errors.AsType[*fault.Error](err); ok {
		return ours
	}
	d := Diagnose(err)
	cause := &described{d.What, err}
	switch {
	case errors.Is(c.parent.Err(), context.Canceled):
		return fault.Wrap(fault.Canceled, "conn.canceled", c.parent.Err(), "connection %q: the request was cancelled", c.name)
	case ctx.Err() != nil || timedOut(err):
		return fault.Wrap(fault.Timeout, "conn.timeout", cause, "connection %q: no answer came in time", c.name)
	case d.Unsent:
		return fault.Wrap(fault.Unavailable, "conn.unreachable", cause, "connection %q: the other side cannot be reached", c.name)
	default:
		return fault.Wrap(fault.Unavailable, "conn.broken", cause, "connection %q: no complete answer came", c.name)
	}
}

func (c *exchange) circuitFault(left time.Duration) *fault.Error {
	e := fault.New(fault.Unavailable, "conn.circuit", "connection %q: the other side has failed %d times in a row and is left alone for a while", c.name, c.profile.Circuit.Failures)
	if left > 0 {
		e.Hint = "it is tried again in " + left.Round(time.Millisecond).String()
	}
	return e
}

// described is an error of the network whose text says what it means first.
type described struct {
	what  string
	cause error
}

func (d *described) Error() string {
	if text := d.cause.Error(); text != d.what {
		return d.what + " (" + text + ")"
	}
	return d.what
}
func (d *described) Unwrap() error { return d.cause }

// excerpt is the beginning of a body, fit for a log line.
func excerpt(body []byte) string {
	s := strings.ToValidUTF8(string(body[:min(len(body), 200)]), "")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, s))
}
