package schedule

import (
	"context"
	"hash/fnv"
	"maps"
	"strconv"
	"sync"
	"time"
)

// Times of the clock.
const (
	late    = 2 * time.Second // a tick that is later than this was missed
	maxWait = time.Second     // the wall clock is looked at this often, because it may be set and the machine may sleep
	setBack = time.Second     // a wall clock that goes back by more than this was set
)

// timed is a job as the clock sees it.
type timed struct {
	name   string
	plan   *Plan
	jitter time.Duration
	missed string
	from   time.Time // ticks up to here are accounted for

	next  time.Time // the next tick; zero where there is none
	due   time.Time // when it is published: next and the jitter
	ready bool      // next and due are set
}

// clock publishes the ticks of jobs at their time. It knows of times and plans
// only.
type clock struct {
	publish func(ctx context.Context, name string, t tick)
	changed chan struct{} // of capacity one: look again
	slots   chan struct{} // one entry a publication on its way

	mu   sync.Mutex // guards what follows
	jobs map[string]*timed
	seen time.Time // the wall clock at the last look
}

func newClock(publish func(ctx context.Context, name string, t tick)) *clock {
	return &clock{publish: publish, changed: make(chan struct{}, 1), slots: make(chan struct{}, publishers), jobs: map[string]*timed{}}
}

// set makes these the jobs. One whose from is zero and whose plan is the same
// keeps its place.
func (c *clock) set(jobs map[string]*timed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range jobs {
		if old := c.jobs[name]; old != nil && t.from.IsZero() && old.plan.hash == t.plan.hash {
			t.from, t.next, t.due, t.ready = old.from, old.next, old.due, old.ready
		}
	}
	c.jobs = jobs
	select {
	case c.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// nextOf returns the next tick of a job; zero where there is none.
func (c *clock) nextOf(name string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.jobs[name]; t != nil {
		if !t.ready {
			t.aim()
		}
		return t.next
	}
	return time.Time{}
}

// run publishes ticks until ctx ends, and waits for those on their way. The ticks
// of one job are published in order: the last one stored says up to which time
// they are accounted for.
func (c *clock) run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	sent := map[string]chan struct{}{} // by job; closed when its newest tick has been published
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
		case <-timer.C:
		}
		maps.DeleteFunc(sent, func(_ string, done chan struct{}) bool { return isClosed(done) })
		ticks, wait := c.look(time.Now())
		for _, p := range ticks {
			select {
			case c.slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			before, done := sent[p.name], make(chan struct{})
			sent[p.name] = done
			sending.Go(func() {
				defer func() { <-c.slots }()
				defer close(done)
				if before != nil {
					<-before
				}
				// A tick that was due is stored even while the scheduler stops.
				c.publish(context.WithoutCancel(ctx), p.name, p.tick)
			})
		}
		timer.Reset(wait)
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// pending is a tick to be published.
type pending struct {
	name string
	tick tick
}

// look returns the ticks that are due and how long nothing else will be. It does
// not use the monotonic clock, which knows nothing of a sleeping machine.
func (c *clock) look(now time.Time) (due []pending, wait time.Duration) {
	now = now.Round(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	wasSet := now.Before(c.seen.Add(-setBack))
	c.seen = now
	wait = maxWait
	for _, t := range c.jobs {
		if wasSet && !t.plan.fixed && t.from.After(now) {
			t.from, t.due, t.ready = now, time.Time{}, false
		}
		if !t.ready {
			t.aim()
		}
		due = t.take(now, due)
		if !t.next.IsZero() {
			wait = min(wait, t.due.Sub(now))
		}
	}
	return due, max(wait, 0)
}

// aim finds the tick after from. A tick never overtakes the one before it,
// however long that one is delayed.
func (t *timed) aim() {
	t.next, t.ready = time.Time{}, true
	if next, ok := t.plan.Next(t.from); ok {
		due := next.Add(t.delay(next))
		if due.Before(t.due) {
			due = t.due
		}
		t.next, t.due = next, due
	}
}

// take appends the ticks that are due at now.
func (t *timed) take(now time.Time, to []pending) []pending {
	if t.next.IsZero() || t.due.After(now) {
		return to
	}
	if edge := now.Add(-late); t.due.Before(edge) {
		for _, at := range t.plan.last(t.from, edge, t.makeUp()) {
			to = append(to, pending{t.name, tick{At: at, Plan: t.plan.hash, Missed: true}})
		}
		t.from = edge
		t.aim()
	}
	for !t.next.IsZero() && !t.due.After(now) {
		to = append(to, pending{t.name, tick{At: t.next, Plan: t.plan.hash}})
		t.from = t.next
		t.aim()
	}
	return to
}

func (t *timed) makeUp() int {
	switch t.missed {
	case MissedOnce:
		return 1
	case MissedAll:
		return missedLimit
	default:
		return 0
	}
}

// delay is the jitter of one tick: the same in every process.
func (t *timed) delay(at time.Time) time.Duration {
	if t.jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendInt([]byte(t.name), at.UnixNano(), 10)) // a hash takes everything
	return time.Duration(h.Sum64() % uint64(t.jitter))
}
