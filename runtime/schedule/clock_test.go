package schedule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder notes what a clock publishes.
type recorder struct {
	mu  sync.Mutex // guards got
	got []string   // the job, the tick's time since the beginning, and how late it was published
}

func (r *recorder) publish(begin time.Time) func(context.Context, string, tick) {
	return func(_ context.Context, name string, t tick) {
		r.mu.Lock()
		defer r.mu.Unlock()
		s := name + "@" + t.At.Sub(begin).String() + "+" + time.Since(t.At).String()
		if t.Missed {
			s += "!"
		}
		r.got = append(r.got, s)
	}
}

func (r *recorder) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	slices.Sort(got)
	return strings.Join(got, " ")
}

func plan4test(t *testing.T, j Job) *Plan {
	t.Helper()
	p, err := j.plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClockPublishesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var r recorder
		c := newClock(r.publish(begin))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		wg.Go(func() { c.run(ctx) })

		three, five := plan4test(t, Job{Every: 3 * time.Second}), plan4test(t, Job{Every: 5 * time.Second})
		c.set(map[string]*timed{"a": {name: "a", plan: three, from: begin}})
		time.Sleep(3500 * time.Millisecond)
		if got, want := r.take(), "a@3s+0s"; got != want {
			t.Errorf("in 3.5 s published %q, want %q", got, want)
		}
		// An unchanged job goes on, a new one begins.
		c.set(map[string]*timed{"a": {name: "a", plan: three}, "b": {name: "b", plan: five, from: time.Now()}})
		time.Sleep(3 * time.Second)
		if got, want := r.take(), "a@6s+0s b@5s+0s"; got != want {
			t.Errorf("in 3 s more published %q, want %q", got, want)
		}
		if got := c.nextOf("b").Sub(begin); got != 10*time.Second {
			t.Errorf("next of b is %v, want 10s", got)
		}
		c.set(nil)
		time.Sleep(time.Minute)
		if got := r.take(); got != "" {
			t.Errorf("without jobs published %q", got)
		}
	})
}

func TestClockMissedAndSetBack(t *testing.T) {
	begin := time.Unix(1_800_000_000, 0)
	at := func(s time.Duration) time.Time { return begin.Add(s * time.Second) }
	cases := map[string]struct {
		job   Job
		looks []time.Duration // seconds since the beginning
		want  []string        // what each look publishes
	}{
		"in time":               {Job{Every: 2 * time.Second}, []time.Duration{1, 2, 3, 4}, []string{"", "2", "", "4"}},
		"a little late":         {Job{Every: time.Second}, []time.Duration{1, 3}, []string{"1", "2 3"}},
		"slept, skip":           {Job{Every: 10 * time.Second}, []time.Duration{10, 95, 100}, []string{"10", "", "100"}},
		"slept, but just due":   {Job{Every: 10 * time.Second}, []time.Duration{10, 91}, []string{"10", "90"}},
		"slept, once":           {Job{Every: 10 * time.Second, Missed: MissedOnce}, []time.Duration{10, 95, 100}, []string{"10", "90!", "100"}},
		"slept, all":            {Job{Every: 10 * time.Second, Missed: MissedAll}, []time.Duration{10, 45, 50}, []string{"10", "20! 30! 40!", "50"}},
		"one time, skip":        {Job{At: at(10)}, []time.Duration{9, 60}, []string{"", ""}},
		"one time, once":        {Job{At: at(10), Missed: MissedOnce}, []time.Duration{9, 60, 70}, []string{"", "10!", ""}},
		"put back, interval":    {Job{Every: 10 * time.Second}, []time.Duration{1000, 1010, 500, 510}, []string{"", "1010", "", "510"}},
		"put back, fixed":       {Job{At: at(10)}, []time.Duration{11, 5, 10}, []string{"10", "", ""}},
		"put back a little":     {Job{Every: time.Second}, []time.Duration{1, 1, 2}, []string{"1", "", "2"}},
		"end":                   {Job{Every: time.Second, Start: at(0), Repeats: 2}, []time.Duration{0, 1, 2, 3}, []string{"", "1", "", ""}},
		"jitter does not reset": {Job{Every: 10 * time.Second, Jitter: time.Nanosecond}, []time.Duration{10, 20}, []string{"10", "20"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			clk := newClock(nil)
			clk.set(map[string]*timed{"j": {name: "j", plan: plan4test(t, c.job), missed: c.job.Missed, jitter: c.job.Jitter, from: begin}})
			for i, s := range c.looks {
				if i == 0 && s > 100 { // begin here
					clk.jobs["j"].from = at(s)
				}
				due, wait := clk.look(at(s))
				var got []string
				for _, p := range due {
					text := fmt.Sprint(int(p.tick.At.Sub(begin).Seconds()))
					if p.tick.Missed {
						text += "!"
					}
					got = append(got, text)
				}
				if strings.Join(got, " ") != c.want[i] {
					t.Errorf("look %d at %d s publishes %v, want %q", i, s, got, c.want[i])
				}
				if wait < 0 || wait > maxWait {
					t.Errorf("look %d waits %v, want 0 to %v", i, wait, maxWait)
				}
			}
		})
	}
}

func TestJitterNeverOvertakes(t *testing.T) {
	begin := time.Unix(1_800_000_000, 0)
	clk := newClock(nil)
	clk.set(map[string]*timed{"j": {name: "j", plan: plan4test(t, Job{Cron: "* * * * *"}), jitter: 5 * time.Minute, from: begin}})
	var ticks []time.Time
	for s := range 3600 {
		due, _ := clk.look(begin.Add(time.Duration(s) * time.Second))
		for _, p := range due {
			if p.tick.Missed {
				t.Fatalf("the tick %s counts as missed", p.tick.At)
			}
			ticks = append(ticks, p.tick.At)
		}
	}
	if len(ticks) < 54 || !slices.IsSortedFunc(ticks, time.Time.Compare) {
		t.Errorf("%d ticks in an hour, sorted %v, want 54 to 59 in order", len(ticks), slices.IsSortedFunc(ticks, time.Time.Compare))
	}
}

func BenchmarkLook500Jobs(b *testing.B) {
	clk, now := newClock(nil), time.Now()
	jobs := map[string]*timed{}
	for i := range 500 {
		j := Job{Every: time.Hour}
		p, _ := j.plan()
		name := strings.Repeat("x", 1+i%20) + time.Duration(i).String()
		jobs[name] = &timed{name: name, plan: p, from: now}
	}
	clk.set(jobs)
	b.ReportAllocs()
	for b.Loop() {
		clk.look(now)
	}
}
