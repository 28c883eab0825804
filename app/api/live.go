package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/serve"
)

// The states of Live.
const (
	liveStopped   = "stopped"
	liveStarting  = "starting"
	liveDeploying = "deploying"
	liveLive      = "live"
	liveFailed    = "failed"
)

// beatPause is the time between two looks at what changes without anybody saying
// so: counts, the next runs of jobs, what callers of the channels did.
const beatPause = 500 * time.Millisecond

// maxProblems bounds the problems that pages get.
const maxProblems = 500

// beat makes pages look again at what changes by itself, until the project is
// closed. Without pages nothing is made, and what did not change is not sent.
func (o *opened) beat() {
	tick := time.NewTicker(beatPause)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			o.changed("live", "tutorial")
		case <-o.life.Done():
			return
		}
	}
}

// liveState is the event live.
func (s *Studio) liveState(ctx context.Context) Live {
	o, err := s.open()
	if err != nil {
		return Live{Status: liveStopped, Problems: []Problem{}}
	}
	l := o.look(ctx)
	l.Since = o.memory.since(l.Status)
	return l
}

// look returns what runs, and what is wrong with what was saved last.
func (o *opened) look(ctx context.Context) Live {
	o.mu.Lock()
	h, down, notice := o.host, o.down, o.notice
	o.mu.Unlock()
	if h == nil {
		_, faults := o.Load(ctx)
		l := Live{Status: liveStarting, Problems: problems(faults, nil), Down: down}
		if down != nil {
			l.Status = liveStopped
		}
		return l
	}
	pending := o.pending() // before the state: a deploy that ends in between is seen as one that goes on
	state, err := h.State(ctx)
	report, none := h.Report(ctx)
	l := Live{State: state, Took: report.Took, Problems: problems(report.Faults, report.Warnings), Down: down, Notice: notice}
	switch {
	case err != nil && ctx.Err() == nil:
		l.Problems = append(l.Problems, Problem{Severity: severityError, Fault: fault.All(err).Whole()[0]})
		l.Status = liveFailed
	case none != nil:
		l.Status = liveStarting
	case pending || !state.Deploying.IsZero():
		l.Status = liveDeploying
	case len(report.Faults) > 0:
		l.Status = liveFailed
	default:
		l.Status = liveLive
	}
	return l
}

// The severities of a Problem.
const (
	severityError   = "error"
	severityWarning = "warning"
)

// problems returns what is wrong as pages get it, errors first, each sort in the
// order of files.
func problems(faults, warnings fault.List) []Problem {
	out := []Problem{}
	for _, part := range []struct {
		severity string
		list     fault.List
	}{{severityError, faults}, {severityWarning, warnings}} {
		list := slices.Clone(part.list).Whole()
		list.Sort()
		for _, f := range list {
			if len(out) < maxProblems {
				out = append(out, Problem{part.severity, f})
			}
		}
	}
	return out
}

// ready returns the project and its runtime after everything that was saved before
// has been made live or found wrong.
func (s *Studio) ready(ctx context.Context) (*opened, *serve.Host, error) {
	o, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	if err := o.settled(ctx); err != nil {
		return nil, nil, err
	}
	h, err := o.running()
	return o, h, err
}

// Deploy reads the project and makes it the running one. It returns when that is
// decided; what is wrong stands in the report.
func (s *Studio) Deploy(ctx context.Context, _ None) (config.Report, error) {
	o, err := s.open()
	if err != nil {
		return config.Report{}, err
	}
	o.deploy()
	_, h, err := s.ready(ctx)
	if err != nil {
		return config.Report{}, err
	}
	report, err := h.Report(ctx)
	report.Faults, report.Warnings = report.Faults.Whole(), report.Warnings.Whole()
	return report, err
}

// Service returns a service with the schemas of its input and output.
func (s *Studio) Service(ctx context.Context, in Name) (control.ServiceDetail, error) {
	_, h, err := s.ready(ctx)
	if err != nil {
		return control.ServiceDetail{}, err
	}
	return h.Service(ctx, in.Name)
}

// logLines bounds what ReadLog returns.
const logLines = 2000

// ReadLog returns lines of the past. New ones come as the event log.
func (s *Studio) ReadLog(ctx context.Context, in LogQuery) (LogBatch, error) {
	o, err := s.open()
	if err != nil {
		return LogBatch{}, err
	}
	if err := o.log.Flush(ctx); err != nil {
		return LogBatch{}, fault.Wrap(fault.Canceled, "studio.canceled", err, "read the log")
	}
	sub := o.log.Subscribe(logLines)
	sub.Close()
	batch := LogBatch{Lines: []LogLine{}}
	for r := range sub.C() {
		if in.CID == "" || r.CID == in.CID {
			batch.Lines = append(batch.Lines, lineOf(r))
		}
	}
	if most := min(cmp.Or(max(in.Lines, 0), 1000), logLines); len(batch.Lines) > most {
		batch.Lines = batch.Lines[len(batch.Lines)-most:]
	}
	return batch, nil
}
