package schedule

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// Run is one run of a job, as the one who carries it out sees it.
type Run struct {
	ID      string
	Job     string // "" for a one-time job made by a service
	Service string
	CID     cid.ID // the context carries it, too
	Trigger store.Trigger
	Attempt int // 2 and more where the process had ended under the run
	Due     time.Time
	Input   []byte        // JSON, or empty
	Timeout time.Duration // 0 is the default of the project
}

// Options say what a Scheduler works with.
type Options struct {
	Bus   *bus.Bus
	Store *store.Store
	Log   *slog.Logger // nil discards

	// Run carries a run out: it invokes the service in whatever version of the
	// project is the current one. The error is that of the run. The context ends
	// at the job's own time-out, if it has one, and when the scheduler is stopped
	// the hard way.
	Run func(ctx context.Context, r Run) error
	// Ended is called after every run, those that were skipped included; nil is
	// nobody.
	Ended func(ctx context.Context, r store.Run)

	Parallel int // runs at a time; 0 is 64
	Keep     int // runs of one job that the history keeps; 0 is 1,000
}

// Limits of a scheduler.
const (
	defaultParallel = 64
	defaultKeep     = 1000
	tickSlots       = 2048 // ticks taken from the bus at a time, those that wait for their turn included
	jobSlots        = 512
	jobAttempts     = 10
	publishers      = 32
)

// Scheduler runs jobs. Set comes before Start; from then on its methods may be
// called by several goroutines.
type Scheduler struct {
	o     Options
	log   *slog.Logger
	slots chan struct{} // one entry a run that goes on
	clock *clock
	code  lane // the one-time jobs made by services

	setting sync.Mutex // held during Set

	mu    sync.RWMutex // guards what follows
	fresh bool         // Set was not called yet
	jobs  map[string]*entry

	ctx     context.Context //nolint:containedctx // the life of what Start starts
	cancel  context.CancelFunc
	started time.Time
	work    sync.WaitGroup
	ticks   *bus.Consumer
	orders  *bus.Consumer
}

// entry is a job with its times and what goes on in it. The lane outlives
// changes of the job.
type entry struct {
	job  *Job
	plan *Plan
	lane *lane
}

// New returns a scheduler without jobs.
func New(o Options) *Scheduler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	s := &Scheduler{o: o, log: o.Log, slots: make(chan struct{}, o.Parallel), jobs: map[string]*entry{}, fresh: true}
	s.clock = newClock(s.publish)
	return s
}

// Set makes these the jobs. A job whose times are the same goes on undisturbed,
// whatever else of it changed; runs that go on are not touched. The first Set
// of a process finds out which times were missed while it was down. An error
// leaves everything as it was.
func (s *Scheduler) Set(ctx context.Context, jobs []*Job) error {
	next, planned := make(map[string]*entry, len(jobs)), make(map[string]*timed, len(jobs))
	var faults fault.List
	for _, j := range jobs {
		p, err := j.plan()
		if err != nil {
			faults.Add(j.Service.At, "job.plan", "set the job %q up: %v", j.Name, err)
			continue
		}
		next[j.Name] = &entry{job: j, plan: p, lane: &lane{}}
		if !j.Disabled {
			planned[j.Name] = &timed{name: j.Name, plan: p, jitter: j.Jitter, missed: j.Missed}
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	s.setting.Lock()
	defer s.setting.Unlock()
	s.mu.Lock()
	before, first := s.jobs, s.fresh
	for name, e := range next {
		if old := before[name]; old != nil {
			e.lane = old.lane
		}
	}
	s.jobs, s.fresh = next, false
	s.mu.Unlock()

	for name, t := range planned {
		old := before[name]
		if old != nil && !old.job.Disabled && old.plan.hash == t.plan.hash {
			continue // the clock keeps its place
		}
		t.from = s.since(ctx, t, first)
	}
	s.clock.set(planned)
	for name, e := range before {
		if _, stays := planned[name]; !stays && !e.job.Disabled {
			if err := s.o.Bus.Forget(ctx, bus.Ticks, name); err != nil {
				s.log.WarnContext(ctx, "forget the ticks of a job", "job", name, "error", err)
			}
		}
	}
	return nil
}

// since returns the time up to which the ticks of a job are accounted for. For a
// job that makes up for missed times that is remembered in the bus, in its last
// tick or, before the first one, in a mark.
func (s *Scheduler) since(ctx context.Context, t *timed, first bool) time.Time {
	now := time.Now()
	if t.missed == MissedSkip || t.missed == "" {
		return now
	}
	if first {
		m, found, err := s.o.Bus.Last(ctx, bus.Ticks, t.name)
		if err != nil {
			s.log.WarnContext(ctx, "find the missed times of a job", "job", t.name, "error", err)
		}
		if last, ok := parseTick(m.Body); found && ok && last.Plan == t.plan.hash && last.At.Before(now) {
			return last.At
		}
	}
	if err := s.put(ctx, t.name, tick{At: now, Plan: t.plan.hash, Mark: true}); err != nil {
		s.log.WarnContext(ctx, "note the beginning of a job", "job", t.name, "error", err)
	}
	return now
}

// Start begins to run jobs. The values of ctx are those of the runs' contexts;
// its end stops only the setting up.
func (s *Scheduler) Start(ctx context.Context) error {
	s.mu.RLock()
	unset := s.fresh
	s.mu.RUnlock()
	if unset {
		// Ticks of jobs that are not there are dropped.
		return fault.New(fault.Internal, "schedule.order", "start the scheduler: its jobs were not set")
	}
	s.started = time.Now()
	if n, err := s.o.Store.LoseRuns(ctx); err != nil {
		s.log.WarnContext(ctx, "mark the runs that were cut off", "error", err)
	} else if n > 0 {
		s.log.WarnContext(ctx, "runs of jobs were cut off when the process ended", "runs", n)
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if s.ticks, err = s.o.Bus.Consume(ctx, bus.Ticks, bus.ConsumeOptions{Parallel: tickSlots, Attempts: jobAttempts}, s.onTick); err != nil {
		return err
	}
	if s.orders, err = s.o.Bus.Consume(ctx, bus.Jobs, bus.ConsumeOptions{Parallel: jobSlots, Attempts: jobAttempts}, s.onOrder); err != nil {
		return err
	}
	s.work.Go(func() { s.clock.run(s.ctx) })
	return nil
}

// Stop ends it all: no job begins any more, and the runs that go on are waited
// for until ctx ends; then their contexts end, and those that return an error
// count as lost. What had not begun is given back to the bus and handled after
// the next start.
func (s *Scheduler) Stop(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	s.work.Wait()
	var errs [2]error
	var wg sync.WaitGroup
	for i, c := range []*bus.Consumer{s.ticks, s.orders} {
		if c != nil {
			wg.Go(func() { errs[i] = c.Stop(ctx) })
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fault.Wrap(fault.Unavailable, "schedule.stop", err, "stop the scheduler")
		}
	}
	return nil
}

// entry returns a job by its name, or nil.
func (s *Scheduler) entry(name string) *entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.jobs[name]
}

// entries returns all jobs.
func (s *Scheduler) entries() map[string]*entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.jobs)
}
