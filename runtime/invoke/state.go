package invoke

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/worker"
)

// reportAfter is how often a service may overrun its deadline or end its worker
// before the log says that it does so repeatedly.
const reportAfter = 3

// States counts what services do, over all generations of an engine.
type States struct {
	metrics *observe.Metrics
	mu      sync.Mutex // guards byName
	byName  map[string]*State
}

// NewStates returns states that count into metrics.
func NewStates(metrics *observe.Metrics) *States {
	return &States{metrics: metrics, byName: map[string]*State{}}
}

// Of returns the state of a service; ok is false for one that was never there.
func (s *States) Of(name string) (state *State, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok = s.byName[name]
	return state, ok
}

func (s *States) of(name string) *State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.byName[name]
	if st == nil {
		st = &State{name: name, meter: s.metrics.Service(name)}
		s.byName[name] = st
	}
	return st
}

// State is what is known of a service's calls since the engine started. It may
// be read at any time.
type State struct {
	name     string
	meter    *observe.Meter
	lastUse  atomic.Int64 // Unix nanoseconds
	overruns atomic.Int64
	crashes  atomic.Int64
	last     atomic.Pointer[Failure]
}

// Failure is the last error of a service.
type Failure struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	CID  string    `json:"cid"`
}

// Summary is a copy of a state's figures.
type Summary struct {
	Calls    uint64    `json:"calls"`
	Errors   uint64    `json:"errors"`
	Running  int64     `json:"running"`
	Overruns int64     `json:"overruns,omitempty"` // calls that ran past their deadline
	Crashes  int64     `json:"crashes,omitempty"`  // calls that ended their worker
	LastUse  time.Time `json:"last_use,omitzero"`
	Last     *Failure  `json:"last_error,omitempty"`
}

// Summary returns the figures as they are now.
func (s *State) Summary() Summary {
	out := Summary{Running: s.meter.Running(), Overruns: s.overruns.Load(), Crashes: s.crashes.Load(), Last: s.last.Load()}
	out.Calls, out.Errors = s.meter.Count()
	if n := s.lastUse.Load(); n != 0 {
		out.LastUse = time.Unix(0, n)
	}
	return out
}

func (s *State) begin() { s.meter.Start() }

func (s *State) end(ctx context.Context, err error, start time.Time, log *slog.Logger) {
	now := time.Now()
	s.meter.Done(err, now.Sub(start))
	s.lastUse.Store(now.UnixNano())
	if err == nil {
		return
	}
	s.last.Store(&Failure{At: now, What: err.Error(), CID: cidOf(ctx)})
	var count int64
	var what string
	lost, _ := errors.AsType[*worker.Lost](err)
	switch {
	case lost != nil && lost.Own:
		count, what = s.crashes.Add(1), "ended its worker"
	case fault.KindOf(err) == fault.Timeout && ctx.Err() != nil:
		count, what = s.overruns.Add(1), "ran past its deadline"
	}
	if count >= reportAfter {
		log.LogAttrs(ctx, slog.LevelError, "a service fails repeatedly", slog.String("service", s.name),
			slog.String("what", what), slog.Int64("times", count),
			slog.String("hint", "change its code, or give it more time with a time-out on its channel or job"))
	}
}
