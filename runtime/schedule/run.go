package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// tick is the body of a message in bus.Ticks.
type tick struct {
	At     time.Time `json:"at"`
	Plan   string    `json:"plan"`
	Missed bool      `json:"missed,omitempty"`
	Mark   bool      `json:"mark,omitempty"` // no tick: the job began here
}

func parseTick(body []byte) (tick, bool) {
	var t tick
	err := json.Unmarshal(body, &t)
	return t, err == nil
}

// order is the body of a message in bus.Jobs: a one-time job, or a job started
// by hand.
type order struct {
	Job     string          `json:"job,omitempty"` // a job of the project, whose config counts
	Service string          `json:"service,omitempty"`
	Input   json.RawMessage `json:"input,omitempty"`
	Timeout time.Duration   `json:"timeout,omitempty"`
	Due     time.Time       `json:"due"`
}

func (s *Scheduler) put(ctx context.Context, name string, t tick) error {
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode a tick: %w", err)
	}
	id := tickID(name, t)
	if t.Mark {
		id = "mark/" + id
	}
	_, _, err = s.o.Bus.Publish(ctx, bus.Ticks, bus.Message{ID: id, Topic: name, CID: cid.New(), Body: body})
	return err
}

// tickID is the same in every process that knows the job.
func tickID(name string, t tick) string { return name + "@" + t.At.UTC().Format(time.RFC3339Nano) }

// publish hands a tick to the bus. One that cannot be stored stands in the
// history: nothing else will tell of it.
func (s *Scheduler) publish(ctx context.Context, name string, t tick) {
	err := s.put(ctx, name, t)
	if err == nil {
		return
	}
	s.log.ErrorContext(ctx, "the tick of a job could not be stored; the job does not run this time", "job", name, "due", t.At, "error", err)
	if e := s.entry(name); e != nil {
		r := store.Run{ID: tickID(name, t), Job: name, Service: e.job.Service.Name, Trigger: store.BySchedule, Due: t.At}
		s.skip(ctx, e.lane, r, "its tick could not be stored: "+err.Error())
	}
}

// onTick runs a job whose time has come.
func (s *Scheduler) onTick(ctx context.Context, d bus.Delivery) error {
	t, ok := parseTick(d.Body)
	e := s.entry(d.Topic)
	if !ok || t.Mark || e == nil || e.job.Disabled {
		return nil // the job is gone, and its ticks with it
	}
	r := Run{
		ID: d.ID, Job: d.Topic, Service: e.job.Service.Name, CID: d.CID, Trigger: store.BySchedule,
		Attempt: d.Attempt, Due: t.At, Input: e.job.Input, Timeout: e.job.Timeout,
	}
	if s.again(d) {
		prev, found, err := s.o.Store.Run(ctx, r.ID)
		if err == nil && found && prev.Outcome != store.Running && prev.Outcome != store.Lost {
			return nil // it had ended, only the bus was not told in time
		}
		if skips := e.job.Missed == MissedSkip || e.job.Missed == ""; skips && !t.Missed && time.Since(t.At) > late {
			if !found {
				s.skip(ctx, e.lane, r.record(), "the process was down at its time")
			}
			return nil
		}
	}
	return s.execute(ctx, e.lane, e.job.Overlap, r)
}

// again reports whether a message may have been handled before: it was delivered
// more than once, or accepted by an earlier process.
func (s *Scheduler) again(d bus.Delivery) bool { return d.Attempt > 1 || d.Stored.Before(s.started) }

// onOrder runs a one-time job, or one that was started by hand.
func (s *Scheduler) onOrder(ctx context.Context, d bus.Delivery) error {
	var o order
	if err := json.Unmarshal(d.Body, &o); err != nil {
		return fault.Wrap(fault.Invalid, "job.order", err, "read the one-time job %q", d.ID)
	}
	r := Run{
		ID: d.ID, Job: o.Job, Service: o.Service, CID: d.CID, Trigger: store.ByCode,
		Attempt: d.Attempt, Due: o.Due, Input: o.Input, Timeout: o.Timeout,
	}
	if s.again(d) {
		prev, found, err := s.o.Store.Run(ctx, r.ID)
		if err == nil && found && prev.Outcome != store.Running && prev.Outcome != store.Lost {
			return nil
		}
	}
	if o.Job == "" {
		return s.execute(ctx, nil, OverlapAllow, r)
	}
	r.Trigger = store.ByHand
	e := s.entry(o.Job)
	if e == nil {
		s.skip(ctx, nil, r.record(), "the job was deleted")
		return nil
	}
	r.Service, r.Input, r.Timeout = e.job.Service.Name, e.job.Input, e.job.Timeout
	return s.execute(ctx, e.lane, e.job.Overlap, r)
}

// execute runs a job and writes its history. The error is nil unless the
// scheduler was stopped under it: how the run went is not the bus's affair.
func (s *Scheduler) execute(ctx context.Context, l *lane, overlap string, r Run) error {
	if r.CID == "" {
		r.CID = cid.New()
		ctx = cid.With(ctx, r.CID)
	}
	if l != nil {
		refused, err := l.enter(s.ctx, ctx, overlap)
		if err != nil {
			return err
		}
		if refused != "" {
			s.skip(ctx, l, r.record(), refused)
			return nil
		}
		defer l.leave()
	}
	select {
	case s.slots <- struct{}{}:
	case <-s.ctx.Done():
		return bus.ErrGiveBack
	case <-ctx.Done():
		return bus.ErrGiveBack
	}
	defer func() { <-s.slots }()

	record := r.record()
	record.Started, record.Outcome = time.Now(), store.Running
	s.save(ctx, record)
	err := s.call(ctx, r)
	record.Took = elapsed(record.Started)
	record.Outcome, record.Error = outcome(err)
	if ctx.Err() != nil && err != nil {
		record.Outcome, record.Error = store.Lost, "the runtime was stopped under it"
		s.end(ctx, l, record)
		return bus.ErrGiveBack
	}
	s.end(ctx, l, record)
	return nil
}

// call carries the run out; a panic is an error of the run.
func (s *Scheduler) call(ctx context.Context, r Run) (err error) {
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "run of a job panicked", "job", r.Job, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "job.panic", "run the service %q: panic: %v", r.Service, p)
		}
	}()
	return s.o.Run(ctx, r)
}

func outcome(err error) (store.Outcome, string) {
	switch {
	case err == nil:
		return store.OK, ""
	case fault.KindOf(err) == fault.Timeout, errors.Is(err, context.DeadlineExceeded):
		return store.Timeout, err.Error()
	default:
		return store.Failed, err.Error()
	}
}

func (r *Run) record() store.Run {
	return store.Run{
		ID: r.ID, Job: r.Job, Service: r.Service, CID: string(r.CID), Trigger: r.Trigger, Attempt: r.Attempt, Due: r.Due,
	}
}

// skip writes down a run that did not begin.
func (s *Scheduler) skip(ctx context.Context, l *lane, r store.Run, why string) {
	r.Started, r.Outcome, r.Error = time.Now(), store.Skipped, why
	s.save(ctx, r)
	s.ended(ctx, l, r)
}

func (s *Scheduler) end(ctx context.Context, l *lane, r store.Run) {
	if err := s.o.Store.EndRun(context.WithoutCancel(ctx), r.ID, r.Outcome, r.Took, r.Error); err != nil {
		s.log.WarnContext(ctx, "write the history of a job", "job", r.Job, "run", r.ID, "error", err)
	}
	s.ended(ctx, l, r)
}

// save writes the history, without which the job runs all the same.
func (s *Scheduler) save(ctx context.Context, r store.Run) {
	if err := s.o.Store.SaveRun(context.WithoutCancel(ctx), r); err != nil {
		s.log.WarnContext(ctx, "write the history of a job", "job", r.Job, "run", r.ID, "error", err)
	}
}

func (s *Scheduler) ended(ctx context.Context, l *lane, r store.Run) {
	if l == nil {
		l = &s.code
	}
	if l.note(r) {
		if _, err := s.o.Store.PruneRuns(context.WithoutCancel(ctx), r.Job, s.o.Keep); err != nil {
			s.log.WarnContext(ctx, "prune the history of a job", "job", r.Job, "error", err)
		}
	}
	s.tell(ctx, r)
	if s.o.Ended != nil {
		s.o.Ended(ctx, r)
	}
}

// tell logs how a run went: the usual on a quiet level, because a job may run
// ten times a second.
func (s *Scheduler) tell(ctx context.Context, r store.Run) {
	args := []any{"job", r.Job, "service", r.Service, "outcome", string(r.Outcome), "trigger", string(r.Trigger), "run", r.ID}
	switch r.Outcome {
	case store.OK, store.Running:
		s.log.InfoContext(ctx, "job ended", append(args, "took", r.Took)...)
	case store.Skipped:
		s.log.InfoContext(ctx, "job left out", append(args, "why", r.Error)...)
	case store.Failed, store.Timeout, store.Lost:
		s.log.WarnContext(ctx, "job ended", append(args, "took", r.Took, "error", r.Error)...)
	}
}
