package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"mortise/runtime/control"
	"mortise/runtime/fault"
)

type jobsCommand struct {
	inFolder
	OneTime bool   `help:"List the one-time jobs that services made and that are still to come."`
	Cancel  string `help:"Take a one-time job away." placeholder:"ID"`
}

// Run lists jobs. They are those of the running host: no other one runs them.
func (c jobsCommand) Run(ctx context.Context, env *Env) error {
	if !c.OneTime && c.Cancel == "" {
		return show(ctx, env, c.of(), "JOB|SERVICE|WHEN|NEXT|LAST|OUTCOME",
			func(rt control.Runtime) ([]control.Job, error) { s, err := rt.State(ctx); return s.Jobs, err }, jobRow)
	}
	client, err := c.of().remote(ctx, env)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Cancel != "" {
		return client.CancelOneTime(ctx, c.Cancel)
	}
	return show(ctx, env, c.of(), "ID|SERVICE|AT",
		func(rt control.Runtime) ([]control.OneTime, error) { return rt.OneTime(ctx) },
		func(j control.OneTime) []string { return []string{j.ID, j.Service, stamp(j.At)} })
}

func jobRow(j control.Job) []string {
	row := []string{j.Name, j.Service, j.When, stamp(j.Next), "never", ""}
	if j.Disabled {
		row[3] = "disabled"
	}
	if j.Last != nil {
		row[4], row[5] = since(j.Last.Started), j.Last.Outcome
		if j.Last.Error != "" {
			row[5] += ": " + firstLine(j.Last.Error)
		}
	}
	return row
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

type runJobCommand struct {
	Job string `arg:"" help:"Name of the job."`
	target
}

// Run starts a job at the running host.
func (c runJobCommand) Run(ctx context.Context, env *Env) error {
	client, err := c.remote(ctx, env)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := client.RunJob(ctx, c.Job)
	if err != nil {
		return err
	}
	env.printf("started %q as run %s\n", c.Job, id)
	return nil
}

type runsCommand struct {
	Job string `arg:"" optional:"" help:"Name of the job (default: all)."`
	listing
	Limit int `help:"How many, at most 1000." default:"20"`
}

// Run lists runs of jobs, newest first.
func (c runsCommand) Run(ctx context.Context, env *Env) error {
	client, err := c.remote(ctx, env)
	if err != nil {
		return err
	}
	client.Close()
	return show(ctx, env, c.listing, "STARTED|JOB|SERVICE|OUTCOME|TOOK|CID|ERROR",
		func(rt control.Runtime) ([]control.Run, error) { return rt.Runs(ctx, c.Job, c.Limit) },
		func(r control.Run) []string {
			return []string{stamp(r.Started), r.Job, r.Service, r.Outcome, fmt.Sprint(r.Took.Round(10 * time.Microsecond)), r.CID, firstLine(r.Error)}
		})
}

type deadLettersCommand struct {
	listing
	Retry   string `help:"Try one again, or all." placeholder:"ID" xor:"what"`
	Discard string `help:"Delete one, or all." placeholder:"ID" xor:"what"`
}

// Help shows how it is used.
func (deadLettersCommand) Help() string {
	return `A call that a service stored with ctx.Go, or a one-time job, is tried several times. What fails all the same is kept here for 90 days.

Examples:
  mortise dead-letters
  mortise dead-letters --retry all`
}

// Run lists dead letters of the running host, oldest first, or does something
// with one of them.
func (c deadLettersCommand) Run(ctx context.Context, env *Env) error {
	client, err := c.remote(ctx, env)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Retry == "" && c.Discard == "" {
		return show(ctx, env, c.listing, "FAILED|QUEUE|ABOUT|ATTEMPTS|ID|REASON",
			func(rt control.Runtime) ([]control.DeadLetter, error) { return rt.DeadLetters(ctx) },
			func(d control.DeadLetter) []string {
				return []string{stamp(d.Failed), d.Queue, d.About, strconv.Itoa(d.Attempts), d.ID, firstLine(d.Reason)}
			})
	}
	letters, err := client.DeadLetters(ctx)
	if err != nil {
		return err
	}
	id, do := c.Retry, client.RetryDeadLetter
	if c.Discard != "" {
		id, do = c.Discard, client.DiscardDeadLetter
	}
	done := 0
	for _, d := range letters {
		if id == "all" || d.ID == id {
			if err := do(ctx, d.Queue, d.ID); err != nil {
				return err
			}
			done++
		}
	}
	if done > 0 || id == "all" {
		return nil
	}
	return fault.New(fault.NotFound, "cli.dead-letter", "there is no dead letter %q", id).WithHint("mortise dead-letters lists them")
}
