package cli

import (
	"context"
	"fmt"
	"time"

	"mortise/runtime/control"
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
