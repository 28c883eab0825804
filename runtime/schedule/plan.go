package schedule

import "time"

// Plan is the sequence of times at which a job is due. It depends on nothing but
// the job's own config, so every process computes the same one.
type Plan struct {
	step       func(after time.Time) time.Time // the next time; zero where there is none
	start, end time.Time                       // bounds, both included; zero is none
	fixed      bool                            // it names times of the day: a clock that is put back does not repeat them
	hash       string
}

// Next returns the first time after the one given; false where there is none.
func (p *Plan) Next(after time.Time) (time.Time, bool) {
	if !p.start.IsZero() && after.Before(p.start) {
		after = p.start.Add(-1)
	}
	next := p.step(after)
	if next.IsZero() || (!p.end.IsZero() && next.After(p.end)) {
		return time.Time{}, false
	}
	return next, true
}

// limit moves the end so that no more than n times remain.
func (p *Plan) limit(n int) {
	if n == 0 {
		return
	}
	at, ok := p.start.Add(-1), true
	for range n {
		next, more := p.Next(at)
		if ok = more; !ok {
			return
		}
		at = next
	}
	p.end = at
}

// last returns the newest times after from and not after to, at most n of them,
// oldest first.
func (p *Plan) last(from, to time.Time, n int) []time.Time {
	if n == 0 || !from.Before(to) {
		return nil
	}
	// The window doubles, so that a week of ticks is not counted for one of them.
	for window := time.Second; ; window *= 2 {
		begin := to.Add(-window)
		whole := !begin.After(from) || window > 1<<61
		if whole {
			begin = from
		}
		var found []time.Time
		for t, ok := p.Next(begin); ok && !t.After(to); t, ok = p.Next(t) {
			if found = append(found, t); len(found) >= 4*n {
				found = append(found[:0], found[len(found)-n:]...)
			}
		}
		if whole || len(found) >= n {
			return found[max(0, len(found)-n):]
		}
	}
}

// everyFrom returns the times that lie a multiple of d after start, or after
// 1970 where there is no start.
func everyFrom(start time.Time, d time.Duration) func(time.Time) time.Time {
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	return func(after time.Time) time.Time {
		if after.Before(start) {
			return start
		}
		since := after.Sub(start)
		return start.Add(since - since%d + d)
	}
}
