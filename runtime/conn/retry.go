package conn

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
)

// verdict says what a try tells of the other side. The caller's own going away
// and a request that cannot be sent tell nothing; running out of time does.
func (c *exchange) verdict(ctx context.Context, resp *HTTPResponse, err error) verdict {
	switch {
	case err == nil && unwell(resp.Status):
		return broken
	case err == nil:
		return fine
	case errors.Is(ctx.Err(), context.Canceled):
		return unsure
	}
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return unsure
	}
	return broken
}

// again reports whether the request may be sent once more.
func (c *exchange) again(resp *HTTPResponse, err error) bool {
	if c.tries > c.profile.Retries.Max {
		return false
	}
	if err == nil {
		return (unwell(resp.Status) || resp.Status == http.StatusTooManyRequests) && c.idempotent()
	}
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return false
	}
	d := Diagnose(err)
	return !d.Permanent && (d.Unsent || c.idempotent())
}

func (c *exchange) idempotent() bool {
	if c.request.Idempotent {
		return true
	}
	if methods := c.profile.Retries.Methods; len(methods) > 0 {
		return slices.Contains(methods, c.request.Method)
	}
	switch c.request.Method { // RFC 9110, section 9.2.2
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE":
		return true
	}
	return false
}

// pause returns how long to wait before the next try: a random part of a time
// that doubles, and not less than the other side asked for. It returns false
// where that is longer than the config allows.
func (c *exchange) pause(resp *HTTPResponse) (time.Duration, bool) {
	r := c.profile.Retries
	top := r.Wait
	for i := 1; i < c.tries && top < r.MaxWait; i++ {
		top *= 2
	}
	top = max(1, min(top, r.MaxWait))
	wait := rand.N(top)
	if resp != nil {
		wait = max(wait, retryAfter(resp.Header, time.Now()))
	}
	return wait, wait <= r.MaxWait
}

// retryAfter reads the header of that name (RFC 9110, section 10.2.3); 0 where
// there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

func (c *exchange) retrying(resp *HTTPResponse, err error, pause time.Duration) {
	c.retries.Add(1)
	if c.metrics != nil {
		c.metrics.Retry()
	}
	attrs := []slog.Attr{slog.String("connection", c.name), slog.String("method", c.request.Method), slog.Int("try", c.tries), slog.Duration("pause", pause)}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.Status))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", Diagnose(err).What))
	}
	observe.Line(c.parent, c.log, slog.LevelInfo, "connection retry", attrs...)
}

// unwell reports whether a status says that the other side cannot answer for now.
func unwell(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}
