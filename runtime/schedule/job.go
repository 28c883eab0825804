package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"mortise/runtime/spec"
)

// What happens when a job is due while its previous run still goes on.
const (
	OverlapSkip  = "skip"  // this time is left out
	OverlapQueue = "queue" // it runs when the previous one has ended; up to ten wait
	OverlapAllow = "allow" // it runs beside it, up to 32 at a time
)

// What happens with the times that passed while the runtime was down or asleep.
const (
	MissedSkip = "skip" // they are left out
	MissedOnce = "once" // the last of them is made up for
	MissedAll  = "all"  // the last hundred of them are made up for
)

// Bounds of what jobs may ask for.
const (
	minEvery     = "100ms"
	maxEvery     = "3650d"
	maxRepeats   = 10_000
	maxTimeout   = "24h"
	queueLimit   = 10
	allowLimit   = 32
	missedLimit  = 100
	maxCronBytes = 200
)

// Job is one job of a project: a service and the times at which it runs. It is
// immutable once it was given to a Scheduler.
type Job struct {
	Name     string // the object's name; not a field of the config
	Disabled bool   // it does not run by itself, but by hand; not a field of the config

	Service spec.Ref
	Every   time.Duration
	Cron    string
	Zone    string
	At      time.Time
	Start   time.Time
	End     time.Time
	Repeats int
	Input   json.RawMessage
	Jitter  time.Duration
	Overlap string
	Missed  string
	Timeout time.Duration
}

// Fields binds the config of a job.
func (j *Job) Fields(f *spec.Fields) {
	f.Ref("service", &j.Service, "service").Need().Help("Service that runs.")
	f.Duration("every", &j.Every).Range(minEvery, maxEvery).
		Help("Runs again and again after this time.\nThe times are multiples of it since start or, without a start, since 1970-01-01 00:00 UTC: every 10s is at :00, :10, :20. " +
			"They stay the same over restarts.")
	f.Text("cron", &j.Cron).Range(1, maxCronBytes).
		Help("Runs at the times of a cron expression.\nFive fields: minute, hour, day of month, month, day of week (0 is Sunday); six with the second in front; " +
			"or @hourly, @daily, @weekly, @monthly, @yearly. Where the clock is put forward, times in the gap run right after it; " +
			"where it is put back, times that occur twice run once, unless the hour field lets every hour through.")
	f.Text("zone", &j.Zone).When("cron").Or("UTC").Help("Time zone of the cron expression, such as Europe/Paris.")
	f.Time("at", &j.At).Help("Runs once, at this time.")
	f.Time("start", &j.Start).Help("Does not run before this time; every counts from it.")
	f.Time("end", &j.End).Help("Does not run after this time.")
	f.Int("repeats", &j.Repeats).Range(1, maxRepeats).Help("Number of runs in all, counted from start.")
	f.JSON("input", &j.Input).Help("Input of the service.")
	f.Duration("jitter", &j.Jitter).Range("0s", "1h").Advanced().
		Help("Runs up to this much later than due.\nThe delay differs from run to run, so that many jobs do not begin in the same moment.")
	f.Choice("overlap", &j.Overlap, spec.Choice{Value: OverlapSkip, Title: "Leave this run out"},
		spec.Choice{Value: OverlapQueue, Title: "Wait until it has ended"}, spec.Choice{Value: OverlapAllow, Title: "Run beside it"}).
		Or(OverlapSkip).Help("What to do when the previous run has not ended.")
	f.Choice("missed", &j.Missed, spec.Choice{Value: MissedSkip, Title: "Leave them out"},
		spec.Choice{Value: MissedOnce, Title: "Make up for the last one"}, spec.Choice{Value: MissedAll, Title: "Make up for all"}).
		Or(MissedSkip).Help("What to do with times that passed while the runtime was down.\nAll are the last hundred at most.")
	f.Duration("timeout", &j.Timeout).Range("1ms", maxTimeout).Help("Longest time that a run may take; without it, that of the project.")
}

// Check finds what is wrong between fields.
func (j *Job) Check(p *spec.Problems) {
	j.checkKind(p)
	if j.Cron != "" {
		if _, err := parseCron(j.Cron, j.Zone); err != nil {
			key := "cron"
			if err.zone {
				key = "zone"
			}
			e := p.Add(key, "job.cron", "%s", err.what)
			if err.hint != "" {
				e.WithHint("%s", err.hint)
			}
			return
		}
	}
	if j.Repeats > 0 && j.Start.IsZero() {
		p.Add("repeats", "job.repeats", `"repeats" needs a "start" to count from`).WithHint("add start: 2026-01-31T08:00:00Z")
		return
	}
	if !j.Start.IsZero() && !j.End.IsZero() && j.End.Before(j.Start) {
		p.Add("end", "job.end", `"end" is before "start"`)
		return
	}
	if j.Every > 0 && j.Jitter > j.Every {
		p.Add("jitter", "job.jitter", `"jitter" is longer than "every"`).WithHint("make it shorter than %s", j.Every)
	}
	if j.kinds() != 1 {
		return
	}
	pl, err := j.plan()
	if err == nil {
		if _, ok := pl.Next(time.Time{}); ok {
			return
		}
	}
	p.Add("", "job.never", "the job never runs: no time lies between its start and its end")
}

func (j *Job) kinds() int {
	n := 0
	for _, set := range []bool{j.Every > 0, j.Cron != "", !j.At.IsZero()} {
		if set {
			n++
		}
	}
	return n
}

func (j *Job) checkKind(p *spec.Problems) {
	switch j.kinds() {
	case 0:
		p.Add("", "job.kind", `the job does not say when it runs: one of "every", "cron" and "at" is missing`).
			WithHint(`for example "every: 10s", "cron: 0 6 * * mon-fri" or "at: 2026-12-24T18:00:00Z"`)
	case 1:
	default:
		key := "at"
		if j.At.IsZero() {
			key = "cron"
		}
		p.Add(key, "job.kind", `the job has more than one of "every", "cron" and "at"`).WithHint("keep one, and make another job for the other times")
	}
	if j.At.IsZero() {
		return
	}
	for key, set := range map[string]bool{"start": !j.Start.IsZero(), "end": !j.End.IsZero(), "repeats": j.Repeats > 0} {
		if set {
			p.Add(key, "job.kind", "%q has no meaning beside \"at\", which is one time only", key).WithHint("remove it")
		}
	}
}

// plan returns the times of the job.
func (j *Job) plan() (*Plan, error) {
	p := &Plan{start: j.Start, end: j.End}
	var step func(after time.Time) time.Time
	switch {
	case j.Every > 0:
		step = everyFrom(j.Start, j.Every)
	case j.Cron != "":
		c, err := parseCron(j.Cron, j.Zone)
		if err != nil {
			return nil, fmt.Errorf("%s", err.what)
		}
		step, p.fixed = c.next, !c.everyHour
	case !j.At.IsZero():
		p.fixed = true
		step = func(after time.Time) time.Time {
			if j.At.After(after) {
				return j.At
			}
			return time.Time{}
		}
	default:
		return nil, fmt.Errorf("the job does not say when it runs")
	}
	p.step = step
	p.limit(j.Repeats)
	p.hash = j.planHash()
	return p, nil
}

// planHash changes with anything that changes the job's times.
func (j *Job) planHash() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d|%s|%s|%d|%d|%d|%d", j.Every, j.Cron, j.Zone, unix(j.At), unix(j.Start), unix(j.End), j.Repeats))
	return hex.EncodeToString(sum[:8])
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
