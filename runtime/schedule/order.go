package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// OneTime is a job that runs once.
type OneTime struct {
	Service string
	Input   []byte    // JSON, or empty
	At      time.Time // rounded up to the second; past or zero is at once
	CID     cid.ID    // "" makes a new one
	Timeout time.Duration
	ID      string // a second one with the same ID within five minutes is dropped; "" makes a new one
}

// RunNow runs a job at once, beside its times, and returns the run without
// waiting for it: it may be followed in the history by its ID. A disabled job
// runs, too. A job that leaves overlapping runs out and runs already is a
// Conflict.
func (s *Scheduler) RunNow(ctx context.Context, name string) (Run, error) {
	e := s.entry(name)
	if e == nil {
		names := slices.Sorted(maps.Keys(s.entries()))
		return Run{}, fault.New(fault.NotFound, "job.unknown", "there is no job %q", name).WithHint("%s", fault.DidYouMean(name, names))
	}
	if running, _, _ := e.lane.state(); running > 0 && e.job.Overlap != OverlapQueue && e.job.Overlap != OverlapAllow {
		return Run{}, fault.New(fault.Conflict, "job.running", "the job %q is running", name).
			WithHint("wait until it has ended, or let its runs overlap: overlap: allow")
	}
	r := Run{Job: name, Service: e.job.Service.Name, CID: cid.From(ctx), Trigger: store.ByHand, Due: time.Now()}
	if r.CID == "" {
		r.CID = cid.New()
	}
	id, err := s.order(ctx, bus.Message{CID: r.CID, Topic: name}, order{Job: name, Due: r.Due})
	r.ID = id
	return r, err
}

// OneTime stores a job that runs once, at least once where the process is
// killed under it, and returns its ID. It survives restarts; what is due while
// the runtime is down runs when it is back.
func (s *Scheduler) OneTime(ctx context.Context, o OneTime) (string, error) {
	if o.Service == "" {
		return "", fault.New(fault.Invalid, "job.service", "a one-time job needs a service")
	}
	if len(o.Input) > 0 && !json.Valid(o.Input) {
		return "", fault.New(fault.Invalid, "job.input", "the input of a one-time job for %q is no JSON", o.Service)
	}
	if o.CID == "" {
		o.CID = cid.New()
	}
	due := o.At
	if due.IsZero() {
		due = time.Now()
	}
	return s.order(ctx, bus.Message{ID: o.ID, CID: o.CID, Topic: o.Service, At: o.At},
		order{Service: o.Service, Input: o.Input, Timeout: o.Timeout, Due: due})
}

func (s *Scheduler) order(ctx context.Context, m bus.Message, o order) (string, error) {
	var err error
	if m.Body, err = json.Marshal(o); err != nil {
		return "", fmt.Errorf("encode a one-time job: %w", err)
	}
	id, _, err := s.o.Bus.Publish(ctx, bus.Jobs, m)
	return id, err
}

// Cancel drops a one-time job that is not due yet; false where there is none of
// that ID.
func (s *Scheduler) Cancel(ctx context.Context, id string) (bool, error) {
	return s.o.Bus.Cancel(ctx, bus.Jobs, id)
}

// State is a job and what goes on in it.
type State struct {
	Name     string     `json:"name,omitempty"` // "" for a one-time job made by a service
	ID       string     `json:"id,omitempty"`   // of a one-time job made by a service
	Service  string     `json:"service"`
	When     string     `json:"when"` // "every 10s", "cron 0 6 * * * Europe/Paris", "at 2026-01-31T08:00:00Z"
	Disabled bool       `json:"disabled,omitempty"`
	Next     time.Time  `json:"next,omitzero"` // zero where it will not run again
	Running  int        `json:"running,omitempty"`
	Waiting  int        `json:"waiting,omitempty"`
	Last     *store.Run `json:"last,omitempty"` // the run that ended last
}

// List returns the jobs, sorted by name, and behind them the one-time jobs made
// by services that are not due yet, at most limit of those.
func (s *Scheduler) List(ctx context.Context, limit int) ([]State, error) {
	var list []State
	entries := s.entries()
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e := entries[name]
		st := State{Name: name, Service: e.job.Service.Name, When: e.job.when(), Disabled: e.job.Disabled, Next: s.clock.nextOf(name)}
		st.Running, st.Waiting, st.Last = e.lane.state()
		if st.Last == nil {
			runs, err := s.o.Store.Runs(ctx, store.RunFilter{Job: name, Limit: 1})
			if err != nil {
				return nil, err
			}
			if len(runs) == 1 {
				st.Last = &runs[0]
			}
		}
		list = append(list, st)
	}
	waiting, err := s.o.Bus.Later(ctx, bus.Jobs, limit)
	if err != nil {
		return nil, err
	}
	for _, m := range waiting {
		var o order
		if err := json.Unmarshal(m.Body, &o); err != nil {
			s.log.WarnContext(ctx, "read a one-time job", "id", m.ID, "error", err)
			continue
		}
		list = append(list, State{
			Name: o.Job, ID: m.ID, Service: o.Service, When: "at " + m.At.UTC().Format(time.RFC3339), Next: m.At,
		})
	}
	return list, nil
}

// History returns runs, the newest first.
func (s *Scheduler) History(ctx context.Context, f store.RunFilter) ([]store.Run, error) {
	return s.o.Store.Runs(ctx, f)
}

// when says in one line when the job runs.
func (j *Job) when() string {
	switch {
	case j.Every > 0:
		return "every " + j.Every.String()
	case j.Cron != "":
		if j.Zone == "" || j.Zone == "UTC" {
			return "cron " + j.Cron
		}
		return "cron " + j.Cron + " " + j.Zone
	default:
		return "at " + j.At.UTC().Format(time.RFC3339)
	}
}
