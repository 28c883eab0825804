package api

import (
	"context"
	"slices"

	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// maxRuns bounds the runs in one answer.
const maxRuns = 1000

// Ping reaches the other side of a connection once and says which stage failed.
func (s *Studio) Ping(ctx context.Context, in Name) (conn.Report, error) {
	o, h, err := s.ready(ctx)
	if err != nil {
		return conn.Report{}, err
	}
	report, err := h.Ping(ctx, in.Name)
	if report.Error != nil {
		report.Error = fault.List{report.Error}.Whole()[0]
	}
	o.changed("live")
	if err != nil && fault.KindOf(err) == fault.NotFound {
		if p, _ := o.Load(ctx); p != nil && (slices.Contains(p.Names(config.Connection), in.Name) || p.Broken(config.Connection, in.Name)) {
			err = fault.New(fault.Unavailable, "studio.not_live", "connection %q is saved but not live yet", in.Name).
				WithHint("mend what the list of problems shows, then ping again")
		}
	}
	return report, err
}

// RunJob starts a job now.
func (s *Studio) RunJob(ctx context.Context, in Name) (RunID, error) {
	o, h, err := s.ready(ctx)
	if err != nil {
		return RunID{}, err
	}
	id, err := h.RunJob(ctx, in.Name)
	o.changed("live")
	return RunID{id}, err
}

// Runs returns the last runs of jobs.
func (s *Studio) Runs(ctx context.Context, in RunQuery) (RunList, error) {
	o, err := s.open()
	if err != nil {
		return RunList{}, err
	}
	h, err := o.running()
	if err != nil {
		return RunList{}, err
	}
	if in.Limit <= 0 {
		in.Limit = 50
	}
	runs, err := h.Runs(ctx, in.Job, min(in.Limit, maxRuns))
	return RunList{runs}, err
}

// OneTime returns the one-time jobs that are to come.
func (s *Studio) OneTime(ctx context.Context, _ None) (OneTimeList, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return OneTimeList{}, err
	}
	jobs, err := h.OneTime(ctx)
	return OneTimeList{jobs}, err
}

// CancelOneTime takes a one-time job away.
func (s *Studio) CancelOneTime(ctx context.Context, in RunID) (None, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return None{}, err
	}
	return None{}, h.CancelOneTime(ctx, in.ID)
}

// DeadLetters returns the messages that were given up.
func (s *Studio) DeadLetters(ctx context.Context, _ None) (DeadLetterList, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return DeadLetterList{}, err
	}
	letters, err := h.DeadLetters(ctx)
	return DeadLetterList{letters}, err
}

// RetryDeadLetter makes one of them wait to be handled again.
func (s *Studio) RetryDeadLetter(ctx context.Context, in DeadLetterID) (None, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return None{}, err
	}
	return None{}, h.RetryDeadLetter(ctx, in.Queue, in.ID)
}

// DiscardDeadLetter deletes one of them.
func (s *Studio) DiscardDeadLetter(ctx context.Context, in DeadLetterID) (None, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return None{}, err
	}
	return None{}, h.DiscardDeadLetter(ctx, in.Queue, in.ID)
}
