package invoke

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// How a call can hear of its end: each returns a channel of what it heard.
var hearing = map[string]func(c *deadline) <-chan error{
	"Done": func(c *deadline) <-chan error {
		heard := make(chan error, 1)
		go func() { <-c.Done(); heard <- c.Err() }()
		return heard
	},
	"Watch": func(c *deadline) <-chan error {
		heard := make(chan error, 1)
		if !c.Watch(func() { heard <- c.Err() }) {
			heard <- errors.New("Watch = false")
		}
		return heard
	},
	"AfterFunc": func(c *deadline) <-chan error {
		heard := make(chan error, 1)
		context.AfterFunc(c, func() { heard <- c.Err() })
		return heard
	},
	"derived": func(c *deadline) <-chan error {
		heard := make(chan error, 1)
		derived, cancel := context.WithTimeout(context.WithValue(c, hearingKey{}, 1), time.Hour)
		go func() { <-derived.Done(); cancel(); heard <- derived.Err() }()
		return heard
	},
}

type hearingKey struct{}

func TestDeadlineEnds(t *testing.T) {
	parents := map[string]func() (context.Context, context.CancelFunc){
		"a parent without an end": func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
		"a parent that ends":      func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
		"a call": func() (context.Context, context.CancelFunc) {
			c := new(deadlines).within(context.Background(), time.Now(), time.Hour)
			return c, c.end
		},
	}
	ends := []struct {
		name   string
		end    func(c *deadline, cancel context.CancelFunc)
		want   error
		within time.Duration
	}{
		{"its time is over", func(*deadline, context.CancelFunc) {}, context.DeadlineExceeded, time.Second},
		{"the call is over", func(c *deadline, _ context.CancelFunc) { c.end() }, context.Canceled, 0},
		{"the caller goes", func(_ *deadline, cancel context.CancelFunc) { cancel() }, context.Canceled, awhile},
	}
	for from, parent := range parents {
		for how, hear := range hearing {
			for _, e := range ends {
				if from == "a parent without an end" && e.name == "the caller goes" {
					continue
				}
				t.Run(from+"/"+how+"/"+e.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := parent()
						defer cancel()
						c := new(deadlines).within(ctx, time.Now(), time.Second)
						defer c.end()
						if err := c.Err(); err != nil {
							t.Errorf("Err() at the start = %v", err)
						}
						heard := hear(c)
						synctest.Wait()
						start := time.Now()
						e.end(c, cancel)
						if err := <-heard; !errors.Is(err, e.want) || time.Since(start) > e.within {
							t.Errorf("heard %v after %s, want %v within %s", err, time.Since(start), e.want, e.within)
						}
						if err := context.Cause(c); !errors.Is(err, e.want) {
							t.Errorf("Cause() = %v, want %v", err, e.want)
						}
					})
				})
			}
		}
	}
}

// Who asks learns at once that the caller has gone.
func TestDeadlineErr(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := new(deadlines).within(ctx, time.Now(), time.Second)
	defer c.end()
	cancel()
	if err := c.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err() after the caller went = %v, want Canceled", err)
	}
}

func TestDeadlineOfParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c := new(deadlines).within(ctx, time.Now(), time.Hour)
		defer c.end()
		if at, ok := c.Deadline(); !ok || time.Until(at) != time.Second {
			t.Errorf("Deadline() = %v, %v; want in 1s", at, ok)
		}
		start := time.Now()
		<-c.Done()
		if err := c.Err(); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("ended after %s with %v, want 1s and DeadlineExceeded", time.Since(start), err)
		}
	})
}

func TestDeadlineUnwatch(t *testing.T) {
	c := new(deadlines).within(context.Background(), time.Now(), time.Hour)
	if !c.Watch(func() { t.Error("the function was called") }) {
		t.Error("Watch() = false, want true")
	}
	if c.Watch(func() {}) {
		t.Error("Watch() with a function there = true, want false")
	}
	if !c.Unwatch() {
		t.Error("Unwatch() = false, want true")
	}
	stop := c.AfterFunc(func() { t.Error("the function of AfterFunc was called") })
	if !stop() || stop() {
		t.Error("stop() twice is not true, then false")
	}
	c.end()
	called := false
	if !c.Watch(func() { called = true }) || !called || c.Unwatch() {
		t.Errorf("Watch() after the end: called %v, want true and nothing to take off", called)
	}
}

// TestDeadlineReuse lets calls end at all moments around their deadline and the
// moment at which they attach, with the clocks of others.
func TestDeadlineReuse(t *testing.T) {
	var all deadlines
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 300 {
				ctx, cancel := context.WithCancel(context.Background())
				limit := time.Duration(i%7+1) * time.Millisecond
				c := all.within(ctx, time.Now(), limit)
				heard := make(chan struct{})
				if i%3 == 0 {
					c.Watch(func() { close(heard) })
					<-heard
				} else {
					pause(time.Duration((i*7+n)%8) * time.Millisecond)
				}
				if i%5 == 0 {
					cancel()
				}
				early := time.Until(c.at) > 0
				if err := c.Err(); early && i%5 != 0 && i%3 != 0 && err != nil && time.Until(c.at) > 0 {
					t.Errorf("call %d/%d ended %s before its deadline: %v", n, i, time.Until(c.at), err)
				}
				c.end()
				cancel()
			}
		})
	}
	wg.Wait()
}

func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

func BenchmarkDeadline(b *testing.B) {
	var all deadlines
	parent, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			all.within(parent, time.Now(), time.Minute).end()
		}
	})
	b.Run("context.WithTimeout", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, cancel := context.WithTimeout(parent, time.Minute)
			<-done(c)
			cancel()
		}
	})
}

// done asks for the channel, as whoever waits for an answer has to.
func done(c context.Context) <-chan struct{} {
	if c.Done() == nil {
		panic(fmt.Sprint("no end: ", c))
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}
