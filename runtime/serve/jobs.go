package serve

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mortise/runtime/bus"
	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// maxDeadLetters is how many dead letters of a queue are listed.
const maxDeadLetters = 1000

// maxOneTime is how many one-time jobs are listed.
const maxOneTime = 1000

// jobs returns the project's jobs. A host that does not run them says what is
// known of them from their files.
func (h *Host) jobs(ctx context.Context, objects map[string]engine.ObjectState) ([]control.Job, error) {
	var out []control.Job
	if h.o.JobsOff {
		for _, o := range objects {
			if o.Kind == "job" {
				out = append(out, control.Job{Name: o.Name, Service: o.Service, At: o.At, Disabled: true, When: "off in this process"})
			}
		}
		slices.SortFunc(out, func(a, b control.Job) int { return strings.Compare(a.Name, b.Name) })
		return out, nil
	}
	states, err := h.engine.Jobs(ctx, 0)
	for _, j := range states {
		if j.ID != "" {
			continue
		}
		job := control.Job{Name: j.Name, Service: j.Service, When: j.When, Disabled: j.Disabled, Next: j.Next, At: objects["job/"+j.Name].At}
		if j.Last != nil {
			last := runOf(*j.Last)
			job.Last = &last
		}
		out = append(out, job)
	}
	return out, err
}

func runOf(r store.Run) control.Run {
	return control.Run{
		ID: r.ID, Job: r.Job, Service: r.Service, CID: r.CID, Trigger: string(r.Trigger), Attempt: r.Attempt,
		Due: r.Due, Started: r.Started, Took: r.Took, Outcome: string(r.Outcome), Error: r.Error,
	}
}

// RunJob starts a job now and returns the id of the run.
func (h *Host) RunJob(ctx context.Context, job string) (string, error) {
	run, err := h.engine.RunJob(ctx, job)
	return run.ID, err
}

// Runs returns the last runs of a job, newest first; of all jobs for "".
func (h *Host) Runs(ctx context.Context, job string, limit int) ([]control.Run, error) {
	found, err := h.engine.Runs(ctx, store.RunFilter{Job: job, Limit: limit})
	runs := make([]control.Run, len(found))
	for i, r := range found {
		runs[i] = runOf(r)
	}
	return runs, err
}

// OneTime returns the one-time jobs that are still to come.
func (h *Host) OneTime(ctx context.Context) ([]control.OneTime, error) {
	states, err := h.engine.Jobs(ctx, maxOneTime)
	out := []control.OneTime{}
	for _, j := range states {
		if j.ID != "" {
			out = append(out, control.OneTime{ID: j.ID, Service: j.Service, At: j.Next})
		}
	}
	return out, err
}

// CancelOneTime takes a one-time job away.
func (h *Host) CancelOneTime(ctx context.Context, id string) error {
	found, err := h.engine.CancelJob(ctx, id)
	if err == nil && !found {
		return fault.New(fault.NotFound, "job.unknown", "there is no one-time job %q that is still to come", id)
	}
	return err
}

// DeadLetters returns the stored calls and runs that were given up.
func (h *Host) DeadLetters(ctx context.Context) ([]control.DeadLetter, error) {
	found, err := h.engine.DeadLetters(ctx, maxDeadLetters)
	out := make([]control.DeadLetter, len(found))
	for i, d := range found {
		out[i] = control.DeadLetter{
			Queue: string(d.Queue), ID: d.ID, About: d.Topic, CID: string(d.CID), Attempts: d.Attempts,
			Reason: h.o.Log.Hide(d.Reason), Failed: d.Failed,
		}
		if json.Valid(d.Body) {
			out[i].Body = d.Body
		}
	}
	return out, err
}

// RetryDeadLetter makes one of them wait to be handled again.
func (h *Host) RetryDeadLetter(ctx context.Context, queue, id string) error {
	return h.engine.RetryDeadLetter(ctx, bus.Queue(queue), id)
}

// DiscardDeadLetter deletes one of them.
func (h *Host) DiscardDeadLetter(ctx context.Context, queue, id string) error {
	return h.engine.DiscardDeadLetter(ctx, bus.Queue(queue), id)
}

// Secrets returns the names of the secrets that the project needs, and whether
// each has a value.
func (h *Host) Secrets(ctx context.Context) ([]control.Secret, error) {
	var out []control.Secret
	for _, name := range h.secretNames() {
		_, found, err := h.o.Secrets.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, control.Secret{Name: name, Set: found})
	}
	return out, nil
}

// secretNames returns the secrets to which the settings of the project's objects
// refer, sorted.
func (h *Host) secretNames() []string {
	var names []string
	for _, o := range h.engine.Objects("") {
		settings, ok := o.Settings.(json.RawMessage)
		if !ok {
			continue
		}
		var v any
		if json.Unmarshal(settings, &v) == nil {
			names = referred(names, v)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// referred appends the names in all objects of the form {"secret": name}.
func referred(names []string, v any) []string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			names = referred(names, e)
		}
	case map[string]any:
		if name, ok := v["secret"].(string); ok && len(v) == 1 {
			return append(names, name)
		}
		for _, e := range v {
			names = referred(names, e)
		}
	}
	return names
}
