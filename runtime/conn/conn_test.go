package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"mortise/runtime/fault"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		" 7 ":                           7 * time.Second,
		"-7":                            0,
		"99999999999999999999":          0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 11:00:30 GMT": 0,
		"soon":                          0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", v, got, want)
		}
	}
}

func TestPause(t *testing.T) {
	c := exchange{Handle: &Handle{profile: Profile{Retries: Retries{Wait: 100 * time.Millisecond, MaxWait: time.Second}}}}
	for try, top := range []time.Duration{1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 6: 1000, 60: 1000} {
		if top == 0 {
			continue
		}
		c.tries = try
		longest := time.Duration(0)
		for range 200 {
			wait, ok := c.pause(nil)
			if !ok || wait < 0 || wait >= top*time.Millisecond {
				t.Fatalf("try %d: pause = %v, %v; want less than %v", try, wait, ok, top*time.Millisecond)
			}
			longest = max(longest, wait)
		}
		if longest < top*time.Millisecond/2 {
			t.Errorf("try %d: of 200 pauses the longest is %v; want them spread up to %v", try, longest, top*time.Millisecond)
		}
	}
	resp := &HTTPResponse{Header: http.Header{"Retry-After": {"1"}}}
	if wait, ok := c.pause(resp); wait != time.Second || !ok {
		t.Errorf("pause after Retry-After: 1 = %v, %v; want 1s", wait, ok)
	}
	resp.Header.Set("Retry-After", "2")
	if wait, ok := c.pause(resp); ok {
		t.Errorf("pause after Retry-After: 2 = %v, true; want false, since the longest is 1s", wait)
	}
}

func TestBreaker(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := newBreaker(Circuit{Failures: 2, Wait: time.Minute})
	allow := func(want bool) {
		t.Helper()
		if ok, _ := b.allow(now); ok != want {
			t.Fatalf("allow = %v, want %v", ok, want)
		}
	}
	allow(true)
	b.report(now, broken)
	b.report(now, fine) // not in a row
	if b.report(now, broken) {
		t.Fatal("one failure opened the circuit, want two in a row")
	}
	if !b.report(now, broken) {
		t.Fatal("two failures in a row did not open the circuit")
	}
	allow(false)
	if _, left := b.allow(now); left != time.Minute {
		t.Fatalf("allow says that %v are left, want a minute", left)
	}
	now = now.Add(time.Minute)
	allow(true)
	allow(false) // one trial at a time
	b.report(now, unsure)
	allow(true) // the trial said nothing: another may try
	b.report(now, broken)
	allow(false)
	now = now.Add(time.Minute)
	allow(true)
	b.report(now, fine)
	allow(true)
	if got := b.state(); got != "closed" {
		t.Errorf("state = %q, want closed", got)
	}
	never := newBreaker(Circuit{})
	for range 100 {
		never.report(now, broken)
	}
	if ok, _ := never.allow(now); !ok {
		t.Error("a breaker of 0 failures opened, want never")
	}
}

func TestDiagnose(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		name              string
		err               error
		stage             string
		unsent, permanent bool
	}{
		{"refused", dial(syscall.ECONNREFUSED), "connect", true, false},
		{"no route", dial(syscall.EHOSTUNREACH), "connect", true, false},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, "answer", false, false},
		{"name", dial(&net.DNSError{Name: "x", IsNotFound: true}), "name", true, false},
		{"dial time-out", dial(context.DeadlineExceeded), "connect", true, false},
		{"time-out", fmt.Errorf("read: %w", context.DeadlineExceeded), "answer", false, false},
		{"end", io.ErrUnexpectedEOF, "answer", false, false},
		{"alert", tls.AlertError(40), "tls", true, true},
		{"other", errors.New("odd"), "answer", false, false},
	}
	for _, tt := range tests {
		d := Diagnose(tt.err)
		if d.Stage != tt.stage || d.Unsent != tt.unsent || d.Permanent != tt.permanent || d.What == "" {
			t.Errorf("%s: Diagnose(%v) = %+v; want stage %q, unsent %v, permanent %v", tt.name, tt.err, d, tt.stage, tt.unsent, tt.permanent)
		}
	}
}

// lame is a connection of no family.
type lame struct{}

func (lame) Ping(context.Context) error { return ErrNoPing }
func (lame) Close() error               { return nil }

func TestNoPing(t *testing.T) {
	h := &Handle{name: "x", profile: Profile{Timeout: time.Second}, conn: lame{}, log: discard(), breaker: newBreaker(Circuit{}), idle: make(chan struct{})}
	r := h.Ping(t.Context())
	if r.OK || r.Error == nil || r.Error.Code != "conn.noping" || r.Error.Kind != fault.NotFound || !errors.Is(r.Error, ErrNoPing) {
		t.Errorf("Ping = %+v, want conn.noping", r)
	}
	if _, ok := h.HTTP(); ok {
		t.Error("HTTP() of a connection of no family = true, want false")
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
