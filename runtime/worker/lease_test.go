package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLease(t *testing.T) {
	type key struct{}
	root := context.WithValue(t.Context(), key{}, "value")
	for _, c := range []struct {
		name  string
		after time.Duration // the deadline; 0 is none
		asked bool          // whether somebody asked for the end before it came
		end   func(l *lease)
		want  error
	}{
		{"goes on", 0, false, func(*lease) {}, nil},
		{"goes on, asked", 0, true, func(*lease) {}, nil},
		{"before the deadline", time.Minute, false, func(*lease) {}, nil},
		{"before the deadline, asked", time.Minute, true, func(*lease) {}, nil},
		{"ended", 0, false, (*lease).end, context.Canceled},
		{"ended, asked", 0, true, (*lease).end, context.Canceled},
		{"ended before the deadline", time.Minute, false, (*lease).end, context.Canceled},
		{"ended before the deadline, asked", time.Minute, true, (*lease).end, context.Canceled},
		{"deadline", time.Minute, false, func(*lease) { time.Sleep(time.Minute) }, context.DeadlineExceeded},
		{"deadline, asked", time.Minute, true, func(*lease) { time.Sleep(time.Minute) }, context.DeadlineExceeded},
		{"ended after the deadline", time.Minute, false, func(l *lease) { time.Sleep(time.Minute); _ = l.Err(); l.end() }, context.DeadlineExceeded},
		{"ended after the deadline, asked", time.Minute, true, func(l *lease) { time.Sleep(time.Minute); synctest.Wait(); l.end() }, context.DeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &lease{Context: context.WithoutCancel(root)}
				if c.after > 0 {
					l.at = time.Now().Add(c.after)
				}
				if at, ok := l.Deadline(); ok != (c.after > 0) || at != l.at {
					t.Errorf("Deadline() = %v, %v; want %v", at, ok, l.at)
				}
				var derived context.Context = l
				if c.asked {
					var cancel context.CancelFunc
					derived, cancel = context.WithCancel(l)
					defer cancel()
				}
				c.end(l)
				synctest.Wait()
				if err := l.Err(); !errors.Is(err, c.want) {
					t.Errorf("Err() = %v, want %v", err, c.want)
				}
				if err := derived.Err(); !errors.Is(err, c.want) {
					t.Errorf("Err() of a context derived from it = %v, want %v", err, c.want)
				}
				if err := context.Cause(l); !errors.Is(err, c.want) {
					t.Errorf("Cause() = %v, want %v", err, c.want)
				}
				select {
				case <-l.Done():
					if c.want == nil {
						t.Error("Done() is closed, want it open")
					}
				default:
					if c.want != nil {
						t.Error("Done() is open, want it closed")
					}
				}
				if err := l.Err(); !errors.Is(err, c.want) {
					t.Errorf("Err() after Done() = %v, want %v", err, c.want)
				}
				if v := l.Value(key{}); v != "value" {
					t.Errorf("Value() = %v, want what the context of all calls holds", v)
				}
				l.end()
			})
		})
	}
}

func TestSpeedKeeps(t *testing.T) {
	for _, c := range []struct {
		name         string
		slow         int32
		took         []time.Duration
		size, behind int
		want         bool
	}{
		{"nothing behind it", 0, nil, 100, 0, true},
		{"nothing behind it, and not quick", 0, []time.Duration{time.Second}, 100, 0, true},
		{"slow of late", 1, []time.Duration{time.Microsecond}, 100, 0, false},
		{"not known", 0, nil, 100, 100, false},
		{"quick, and few behind it", 0, []time.Duration{worthWaking / 10}, 100, 300, true},
		{"quick, and many behind it", 0, []time.Duration{worthWaking / 10}, 100, 3000, false},
		{"not quick", 0, []time.Duration{worthWaking}, 100, 1, false},
		{"quick again", 0, []time.Duration{4 * worthWaking, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 100, 100, true},
	} {
		var s speed
		s.slow.Store(c.slow)
		for _, took := range c.took {
			s.note(took)
		}
		if got := s.keeps(c.size, c.behind); got != c.want {
			t.Errorf("%s: keeps(%d, %d) = %v, want %v", c.name, c.size, c.behind, got, c.want)
		}
	}
}
