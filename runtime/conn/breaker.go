package conn

import (
	"sync"
	"time"
)

// breaker leaves a system alone that has failed several times in a row, and lets
// one request through when the wait is over: its success closes the circuit, its
// failure begins the wait anew, and where it says nothing, because its caller went
// away, the next one tries.
type breaker struct {
	Circuit

	mu       sync.Mutex // guards what follows
	failures int        // in a row
	until    time.Time  // when a trial is let through; zero while the circuit is closed
	trial    bool       // one is under way
}

// verdict is what one try said of the other side.
type verdict uint8

const (
	unsure verdict = iota
	fine
	broken
)

func newBreaker(c Circuit) *breaker { return &breaker{Circuit: c} }

// allow reports whether a try may be made; report must follow where it may.
// Where not, it returns how long the other side is left alone still.
func (b *breaker) allow(now time.Time) (ok bool, left time.Duration) {
	if b.Failures <= 0 {
		return true, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return true, 0
	case b.trial:
		return false, 0
	case now.Before(b.until):
		return false, b.until.Sub(now)
	}
	b.trial = true
	return true, 0
}

// report takes what a try said; it returns true where that opened the circuit.
func (b *breaker) report(now time.Time, v verdict) (opened bool) {
	if b.Failures <= 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch v {
	case unsure:
		b.trial = false
	case fine:
		b.failures, b.until, b.trial = 0, time.Time{}, false
	case broken:
		b.failures++
		if b.failures < b.Failures {
			return false
		}
		opened = b.until.IsZero()
		b.until, b.trial = now.Add(b.Wait), false
	}
	return opened
}

func (b *breaker) state() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return "closed"
	case b.trial || !time.Now().Before(b.until):
		return "half-open"
	default:
		return "open"
	}
}
