package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/cid"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/schedule"
	"mortise/runtime/service"
	"mortise/runtime/store"
)

// later keeps the calls that services make for later: those of ctx.Go in a
// queue, those of ctx.Schedule as jobs that run once.
type later struct{ e *Engine }

// Go stores a call.
func (l later) Go(ctx context.Context, d invoke.Deferred) (string, error) {
	if l.e.bus == nil {
		return "", l.off("go")
	}
	body, err := json.Marshal(d)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "call.encode", err, "store the call of service %q", d.Service)
	}
	id, _, err := l.e.bus.Publish(ctx, bus.Calls, bus.Message{Topic: d.Service, CID: cid.ID(d.CID), Body: body})
	return id, err
}

// Schedule stores a call for a time.
func (l later) Schedule(ctx context.Context, d invoke.Deferred, at time.Time) (string, error) {
	if l.e.scheduler == nil {
		return "", l.off("schedule")
	}
	return l.e.scheduler.OneTime(ctx, schedule.OneTime{Service: d.Service, Input: d.Input, At: at, CID: cid.ID(d.CID)})
}

func (l later) off(what string) error {
	return fault.New(fault.Unavailable, "engine.jobs-off", "%s: jobs and stored calls are off in this process", what).
		WithHint("start the project with: mortise serve")
}

// stored makes a call that ctx.Go stored. An error that may go away makes the
// bus deliver it again, any other one makes it a dead letter.
func (e *Engine) stored(ctx context.Context, d bus.Delivery) error {
	var call invoke.Deferred
	if err := json.Unmarshal(d.Body, &call); err != nil {
		return fault.Wrap(fault.Invalid, "call.decode", err, "read the stored call %q", d.ID)
	}
	_, err := e.Invoke(ctx, invoke.Call{
		Service: call.Service, Input: call.Input, Body: call.Input, Caller: service.Caller{Name: call.By, Kind: "service"},
	})
	return err
}

// runJob runs a job's service for the scheduler.
func (e *Engine) runJob(ctx context.Context, r schedule.Run) error {
	_, err := e.Invoke(ctx, invoke.Call{
		Service: r.Service, Input: r.Input, Body: r.Input, Timeout: r.Timeout, Caller: service.Caller{Name: r.Job, Kind: "job"},
	})
	return err
}

// schedule gives the scheduler the jobs of a generation. The first generation
// also starts what waited for one.
func (e *Engine) schedule(ctx context.Context, g *generation) {
	if e.scheduler == nil {
		return
	}
	jobs := make([]*schedule.Job, 0, len(g.objects))
	for _, o := range g.sorted(config.Job) {
		jobs = append(jobs, o.job)
	}
	if err := e.scheduler.Set(ctx, jobs); err != nil {
		e.o.Log.LogAttrs(ctx, slog.LevelError, "change of the jobs failed", slog.String("error", err.Error()))
	}
	if e.calls != nil {
		return
	}
	if err := e.scheduler.Start(e.life); err != nil { //nolint:contextcheck // it runs as long as the engine
		e.o.Log.LogAttrs(ctx, slog.LevelError, "start of the scheduler failed", slog.String("error", err.Error()))
	}
	var err error
	if e.calls, err = e.bus.Consume(e.life, bus.Calls, bus.ConsumeOptions{}, e.stored); err != nil { //nolint:contextcheck // it runs as long as the engine
		e.o.Log.LogAttrs(ctx, slog.LevelError, "start of stored calls failed", slog.String("error", err.Error()))
	}
}

// jobEnded counts a run of a job.
func (e *Engine) jobEnded(_ context.Context, r store.Run) {
	name := r.Job
	if name == "" {
		name = r.Service
	}
	m := e.o.Metrics.Job(name)
	m.Start()
	var err error
	if r.Outcome != store.OK {
		err = fault.New(fault.Internal, "job."+string(r.Outcome), "%s", r.Error)
	}
	m.Done(err, r.Took)
}

// Jobs returns the jobs of the project and those that run once, with the time of
// their next run.
func (e *Engine) Jobs(ctx context.Context, limit int) ([]schedule.State, error) {
	if e.scheduler == nil {
		return nil, later{e}.off("list the jobs")
	}
	return e.scheduler.List(ctx, limit)
}

// RunJob runs a job at once and returns its run without waiting for it.
func (e *Engine) RunJob(ctx context.Context, name string) (schedule.Run, error) {
	if e.scheduler == nil {
		return schedule.Run{}, later{e}.off("run a job")
	}
	return e.scheduler.RunNow(ctx, name)
}

// CancelJob cancels a job that a service made and reports whether it was still
// waiting.
func (e *Engine) CancelJob(ctx context.Context, id string) (bool, error) {
	if e.scheduler == nil {
		return false, later{e}.off("cancel a job")
	}
	return e.scheduler.Cancel(ctx, id)
}

// Runs returns past runs of jobs, the latest first.
func (e *Engine) Runs(ctx context.Context, f store.RunFilter) ([]store.Run, error) {
	if e.scheduler == nil {
		return nil, later{e}.off("list the runs")
	}
	return e.scheduler.History(ctx, f)
}

// DeadLetters returns messages that were given up: of stored calls and of jobs.
func (e *Engine) DeadLetters(ctx context.Context, limit int) ([]bus.Dead, error) {
	if e.bus == nil {
		return nil, later{e}.off("list the dead letters")
	}
	var all []bus.Dead
	for _, q := range bus.Queues() {
		found, err := e.bus.Dead(ctx, q, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// RetryDeadLetter puts a message that was given up back into its queue.
func (e *Engine) RetryDeadLetter(ctx context.Context, q bus.Queue, id string) error {
	if e.bus == nil {
		return later{e}.off("retry a dead letter")
	}
	return e.bus.Retry(ctx, q, id)
}

// DiscardDeadLetter deletes a message that was given up.
func (e *Engine) DiscardDeadLetter(ctx context.Context, q bus.Queue, id string) error {
	if e.bus == nil {
		return later{e}.off("delete a dead letter")
	}
	return e.bus.Discard(ctx, q, id)
}
