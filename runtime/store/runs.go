package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mortise/runtime/fault"
)

// Outcome is how a run of a job ended.
type Outcome string

// The outcomes.
const (
	Running Outcome = "running" // it has not ended
	OK      Outcome = "ok"
	Failed  Outcome = "error"
	Timeout Outcome = "timeout"
	Skipped Outcome = "skipped" // it was due and did not begin; Error says why
	Lost    Outcome = "lost"    // the process ended under it
)

// Trigger is what made a job run.
type Trigger string

// The triggers.
const (
	BySchedule Trigger = "schedule" // its time had come
	ByHand     Trigger = "manual"   // a person or a program started it
	ByCode     Trigger = "code"     // a service asked for a one-time job
)

// Run is one run of a job.
type Run struct {
	Seq     int64         `json:"seq"` // rises with every run; the store sets it
	ID      string        `json:"id"`
	Job     string        `json:"job,omitempty"` // "" for a one-time job made by a service
	Service string        `json:"service"`
	CID     string        `json:"cid"`
	Trigger Trigger       `json:"trigger"`
	Attempt int           `json:"attempt"` // 2 and more where the process had ended under the run
	Due     time.Time     `json:"due"`
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"took"` // nanoseconds
	Outcome Outcome       `json:"outcome"`
	Error   string        `json:"error,omitempty"`
}

// RunFilter says which runs are wanted; zero fields do not filter.
type RunFilter struct {
	Job     string  // the runs of one job
	Code    bool    // the runs of one-time jobs made by services
	Outcome Outcome // one outcome
	Before  int64   // runs with a smaller Seq: the page after the one whose last run has this Seq
	Limit   int     // at most so many; 0 is 100, at most 10,000
}

const (
	columns   = "seq, id, job, service, cid, trigger, attempt, due, started, took, outcome, error"
	maxError  = 8 << 10   // bytes of an error's text
	maxRuns   = 1_000_000 // of all jobs together, those that no longer exist included
	pageLimit = 10_000
)

func (s *Store) prepare(ctx context.Context) (err error) {
	s.begin, err = s.write.PrepareContext(ctx, `INSERT INTO runs (id, job, service, cid, trigger, attempt, due, started, took, outcome, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, started = excluded.started, took = excluded.took,
			outcome = excluded.outcome, error = excluded.error`)
	if err == nil {
		s.finish, err = s.write.PrepareContext(ctx, `UPDATE runs SET outcome = ?, took = ?, error = ? WHERE id = ?`)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "store.open", err, "prepare the statements of the store")
	}
	return nil
}

// SaveRun stores a run. One with the same ID is brought up to date.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	_, err := s.begin.ExecContext(ctx, r.ID, r.Job, r.Service, r.CID, r.Trigger, r.Attempt,
		r.Due.UnixNano(), r.Started.UnixNano(), int64(r.Took), r.Outcome, clip(r.Error))
	return wrap(err, "store the run %q", r.ID)
}

// EndRun stores how a run ended.
func (s *Store) EndRun(ctx context.Context, id string, outcome Outcome, took time.Duration, text string) error {
	_, err := s.finish.ExecContext(ctx, outcome, int64(took), clip(text), id)
	return wrap(err, "store the end of the run %q", id)
}

// LoseRuns marks the runs that have no end as lost and returns how many there
// were. It is called before the first run of a process.
func (s *Store) LoseRuns(ctx context.Context) (int, error) {
	return s.change(ctx, `UPDATE runs SET outcome = 'lost', error = 'the process ended under it' WHERE outcome = 'running'`)
}

// PruneRuns deletes the runs of a job but the newest keep, and returns how many
// it deleted.
func (s *Store) PruneRuns(ctx context.Context, job string, keep int) (int, error) {
	n, err := s.change(ctx, `DELETE FROM runs WHERE job = ?1 AND seq <= (SELECT seq FROM runs WHERE job = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`, job, keep)
	if err != nil {
		return n, err
	}
	more, err := s.change(ctx, `DELETE FROM runs WHERE seq <= (SELECT max(seq) FROM runs) - ?`, maxRuns)
	return n + more, err
}

func (s *Store) change(ctx context.Context, query string, args ...any) (int, error) {
	res, err := s.write.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, wrap(err, "change the history of jobs")
	}
	n, err := res.RowsAffected()
	return int(n), wrap(err, "change the history of jobs")
}

// Run returns one run; false where there is none.
func (s *Store) Run(ctx context.Context, id string) (Run, bool, error) {
	r, err := scan(s.read.QueryRowContext(ctx, "SELECT "+columns+" FROM runs WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, false, nil
	}
	return r, err == nil, wrap(err, "read the run %q", id)
}

// Runs returns the runs that a filter lets through, the newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	query, args := "SELECT "+columns+" FROM runs WHERE 1", []any{}
	if f.Job != "" || f.Code {
		query, args = query+" AND job = ?", append(args, f.Job)
	}
	if f.Outcome != "" {
		query, args = query+" AND outcome = ?", append(args, f.Outcome)
	}
	if f.Before > 0 {
		query, args = query+" AND seq < ?", append(args, f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	rows, err := s.read.QueryContext(ctx, query+" ORDER BY seq DESC LIMIT ?", append(args, min(f.Limit, pageLimit))...)
	if err != nil {
		return nil, wrap(err, "read the history of jobs")
	}
	defer rows.Close()
	list := []Run{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, wrap(err, "read the history of jobs")
		}
		list = append(list, r)
	}
	return list, wrap(rows.Err(), "read the history of jobs")
}

// scan reads one row; rows and a single row have the method in common.
func scan(row interface{ Scan(dest ...any) error }) (Run, error) {
	var r Run
	var due, started, took int64
	err := row.Scan(&r.Seq, &r.ID, &r.Job, &r.Service, &r.CID, &r.Trigger, &r.Attempt, &due, &started, &took, &r.Outcome, &r.Error)
	r.Due, r.Started, r.Took = time.Unix(0, due).UTC(), time.Unix(0, started).UTC(), time.Duration(took)
	return r, err
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	kind := fault.Unavailable
	if errors.Is(err, context.Canceled) {
		kind = fault.Canceled
	}
	return fault.Wrap(kind, "store.query", err, format, args...)
}

func clip(s string) string { return s[:min(len(s), maxError)] }
