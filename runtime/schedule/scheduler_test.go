package schedule

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mortise/runtime/bus"
	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
	"mortise/runtime/store"
)

// rig is a scheduler on a real bus and a real store.
type rig struct {
	*Scheduler
	t     *testing.T
	bus   *bus.Bus
	store *store.Store
	ended chan store.Run
}

func newRig(t *testing.T, dir string, run func(context.Context, Run) error) *rig {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(dir, "bus")})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, bus: b, store: st, ended: make(chan store.Run, 1000)}
	r.Scheduler = New(Options{Bus: b, Store: st, Run: run, Ended: func(_ context.Context, run store.Run) { r.ended <- run }})
	return r
}

func (r *rig) start(jobs ...*Job) {
	r.t.Helper()
	r.set(jobs...)
	if err := r.Start(r.t.Context()); err != nil {
		r.t.Fatalf("Start() = %v", err)
	}
	r.t.Cleanup(r.stop)
}

func (r *rig) set(jobs ...*Job) {
	r.t.Helper()
	if err := r.Set(r.t.Context(), jobs); err != nil {
		r.t.Fatalf("Set() = %v", err)
	}
}

func (r *rig) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := errors.Join(r.Stop(ctx), r.bus.Close(), r.store.Close()); err != nil && r.t.Context().Err() == nil {
		r.t.Errorf("stop: %v", err)
	}
}

// next returns the run that ends next.
func (r *rig) next(what string) store.Run {
	r.t.Helper()
	select {
	case run := <-r.ended:
		return run
	case <-time.After(20 * time.Second):
		r.t.Fatalf("%s did not end within 20 s", what)
		return store.Run{}
	}
}

// series waits until the runs that have ended are those of n times in a row, d
// apart, and returns the runs in the order of their times. Under load runs end in
// any order.
func (r *rig) series(n int, d time.Duration) []store.Run {
	r.t.Helper()
	var runs []store.Run
	for range 10 * n {
		runs = append(runs, r.next("a run"))
		slices.SortFunc(runs, func(a, b store.Run) int { return a.Due.Compare(b.Due) })
		for i := 1; i < len(runs); i++ {
			if gap := runs[i].Due.Sub(runs[i-1].Due); gap <= 0 || gap%d != 0 {
				r.t.Fatalf("the runs %+v and %+v are %s apart, want a multiple of %s", runs[i-1], runs[i], gap, d)
			}
		}
		if len(runs) >= n && runs[len(runs)-1].Due.Sub(runs[0].Due) == time.Duration(len(runs)-1)*d {
			return runs
		}
	}
	r.t.Fatalf("the runs %+v are not %s apart", runs, d)
	return nil
}

func every(name string, d time.Duration) *Job {
	return &Job{Name: name, Service: spec.Ref{Name: "demo.Hello"}, Every: d}
}

func TestIntervalRuns(t *testing.T) {
	r := newRig(t, t.TempDir(), func(ctx context.Context, run Run) error {
		if run.CID == "" || cid.From(ctx) != run.CID || string(run.Input) != `{"a":1}` || run.Job != "often" {
			t.Errorf("run %+v with the id %q in its context, want its input and its correlation id", run, cid.From(ctx))
		}
		return nil
	})
	j := every("often", 100*time.Millisecond)
	j.Input, j.Overlap = []byte(`{"a":1}`), OverlapAllow
	r.start(j)
	for _, run := range r.series(5, 100*time.Millisecond) {
		if run.Outcome != store.OK || run.Trigger != store.BySchedule {
			t.Errorf("a run ended as %+v, want an ok one by schedule", run)
		}
	}
	list, err := r.List(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Name != "often" || list[0].When != "every 100ms" || list[0].Next.IsZero() || list[0].Last == nil {
		t.Errorf("List() = %+v, %v, want the job with its next and last run", list, err)
	}
	runs, err := r.History(t.Context(), store.RunFilter{Job: "often", Outcome: store.OK})
	if err != nil || len(runs) < 5 {
		t.Errorf("History() = %d runs, %v, want 5 and more", len(runs), err)
	}
	// The job is deleted: its ticks are dropped, and so is what the bus knew of it.
	r.set()
	if _, found, err := r.bus.Last(t.Context(), bus.Ticks, "often"); found || err != nil {
		t.Errorf("Last() of a deleted job = %v, %v, want false", found, err)
	}
}

func TestOutcomes(t *testing.T) {
	answers := map[string]func(ctx context.Context) error{
		"fails":  func(context.Context) error { return fault.New(fault.Invalid, "x", "no such user") },
		"panics": func(context.Context) error { panic("ouch") },
		"hangs":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"ok":     func(context.Context) error { return nil },
	}
	want := map[string]store.Outcome{"fails": store.Failed, "panics": store.Failed, "hangs": store.Timeout, "ok": store.OK}
	r := newRig(t, t.TempDir(), func(ctx context.Context, run Run) error { return answers[run.Job](ctx) })
	var jobs []*Job
	for name := range answers {
		j := every(name, time.Hour)
		j.Timeout, j.Disabled = 50*time.Millisecond, true
		jobs = append(jobs, j)
	}
	r.start(jobs...)
	ids := map[string]Run{}
	for name := range answers {
		run, err := r.RunNow(t.Context(), name)
		if err != nil {
			t.Fatalf("RunNow(%q) = %v", name, err)
		}
		ids[run.ID] = run
	}
	for range answers {
		run := r.next("a run")
		if asked := ids[run.ID]; asked.Job != run.Job || string(asked.CID) != run.CID || run.Trigger != store.ByHand {
			t.Errorf("ended %+v, want what RunNow returned: %+v", run, asked)
		}
		if run.Outcome != want[run.Job] || (run.Outcome != store.OK) != (run.Error != "") {
			t.Errorf("run of %q ended %q (%s), want %q", run.Job, run.Outcome, run.Error, want[run.Job])
		}
	}
	if _, err := r.RunNow(t.Context(), "okk"); fault.KindOf(err) != fault.NotFound || fault.As(err).Hint != `did you mean "ok"?` {
		t.Errorf("RunNow(okk) = %v, want not found with a hint", err)
	}
}

func TestOverlap(t *testing.T) {
	gate, began := make(chan struct{}), make(chan string, 100)
	r := newRig(t, t.TempDir(), func(ctx context.Context, run Run) error {
		began <- run.Job
		<-gate
		return nil
	})
	skip, queue, allow := every("skip", time.Hour), every("queue", time.Hour), every("allow", time.Hour)
	queue.Overlap, allow.Overlap = OverlapQueue, OverlapAllow
	r.start(skip, queue, allow)
	now := func(name string) error { _, err := r.RunNow(t.Context(), name); return err }
	for _, name := range []string{"skip", "queue", "allow", "allow"} {
		if err := now(name); err != nil {
			t.Fatal(err)
		}
		<-began
	}
	if err := now("skip"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("RunNow of a running job = %v, want a conflict", err)
	}
	for range queueLimit + 2 {
		if err := now("queue"); err != nil {
			t.Fatal(err)
		}
	}
	// Ten wait, the two others are left out.
	for range 2 {
		if run := r.next("a skipped run"); run.Job != "queue" || run.Outcome != store.Skipped || run.Error == "" {
			t.Errorf("ended %+v, want a skipped run of the queueing job", run)
		}
	}
	close(gate)
	done := map[string]int{}
	for range 1 + 1 + queueLimit + 2 {
		run := r.next("a run")
		if done[run.Job]++; run.Outcome != store.OK {
			t.Errorf("ended %+v, want ok", run)
		}
	}
	if done["skip"] != 1 || done["queue"] != 1+queueLimit || done["allow"] != 2 {
		t.Errorf("ended %v, want 1 of skip, 11 of queue, 2 of allow", done)
	}
}

func TestOneTimeSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, dir, func(context.Context, Run) error { return nil })
	r.start()
	due := time.Now().Add(time.Second)
	want := cid.New()
	id, err := r.OneTime(t.Context(), OneTime{Service: "users.Get", Input: []byte(`{"n":1}`), At: due, CID: want})
	if err != nil {
		t.Fatalf("OneTime() = %v", err)
	}
	later, err := r.OneTime(t.Context(), OneTime{Service: "users.Get", At: due.Add(time.Hour)})
	if err != nil {
		t.Fatalf("OneTime() = %v", err)
	}
	if list, err := r.List(t.Context(), 10); err != nil || len(list) != 2 || list[0].ID != id || !list[0].Next.Equal(due) {
		t.Errorf("List() = %+v, %v, want both one-time jobs", list, err)
	}
	r.stop()
	<-time.After(time.Until(due) + time.Second) // the bus has a clock of its own

	got := make(chan Run, 1)
	r = newRig(t, dir, func(_ context.Context, run Run) error { got <- run; return nil })
	r.start()
	run := r.next("the one-time job")
	if g := <-got; run.ID != id || g.Service != "users.Get" || string(g.Input) != `{"n":1}` || g.CID != want || g.Job != "" || g.Trigger != store.ByCode {
		t.Errorf("ran %+v, want the one-time job %q as it was ordered", g, id)
	}
	if found, err := r.Cancel(t.Context(), later); !found || err != nil {
		t.Errorf("Cancel(%q) = %v, %v, want true", later, found, err)
	}
	if list, err := r.List(t.Context(), 10); err != nil || len(list) != 0 {
		t.Errorf("List() = %+v, %v, want nothing", list, err)
	}
	runs, err := r.History(t.Context(), store.RunFilter{Code: true})
	if err != nil || len(runs) != 1 || runs[0].Outcome != store.OK {
		t.Errorf("History() = %+v, %v, want the one run", runs, err)
	}
}

// TestMissedTimesAreMadeUpFor begins with what a process leaves behind that ended
// ten seconds ago: the last tick of each job, which has not run yet.
func TestMissedTimesAreMadeUpFor(t *testing.T) {
	dir, run := t.TempDir(), func(context.Context, Run) error { return nil }
	jobs := func() []*Job {
		once, all, skip := every("once", time.Second), every("all", time.Second), every("skip", time.Second)
		once.Missed, all.Missed, skip.Missed = MissedOnce, MissedAll, MissedSkip
		return []*Job{once, all, skip}
	}
	r := newRig(t, dir, run)
	last := time.Now().Add(-10 * time.Second).Truncate(time.Second)
	for _, j := range jobs() {
		if err := r.put(t.Context(), j.Name, tick{At: last, Plan: plan4test(t, *j).hash}); err != nil {
			t.Fatalf("put(%q) = %v", j.Name, err)
		}
	}
	r.stop()

	r = newRig(t, dir, run)
	begin := time.Now()
	r.start(jobs()...)
	seconds := map[string][]int{} // at which a job ran, counted from its last tick
	inRow := func(list []int) bool { return len(list) > 1 && list[len(list)-1]-list[0] == len(list)-1 }
	for {
		run := r.next("a run")
		if !run.Due.After(last) {
			continue
		}
		if run.Job == "skip" && run.Due.Before(begin) {
			t.Errorf("%+v was made up for, want it left out", run)
		}
		seconds[run.Job] = append(seconds[run.Job], int(run.Due.Sub(last)/time.Second))
		slices.Sort(seconds[run.Job])
		all, once, skip := seconds["all"], seconds["once"], seconds["skip"]
		if inRow(all) && all[0] == 1 && inRow(once) && once[0] > 1 && len(skip) > 0 && once[0] < skip[0] {
			return
		}
		if run.Due.After(begin.Add(30 * time.Second)) {
			t.Fatalf("ran %v seconds after the last tick, want each second of all, only the newest of those missed of once, and those from %s on of skip",
				seconds, begin.Sub(last))
		}
	}
}

func TestHardStopGivesRunsBack(t *testing.T) {
	dir, began := t.TempDir(), make(chan struct{})
	r := newRig(t, dir, func(ctx context.Context, _ Run) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	})
	r.start()
	id, err := r.OneTime(t.Context(), OneTime{Service: "users.Get"})
	if err != nil {
		t.Fatal(err)
	}
	<-began
	r.stop()
	if run := r.next("the run that was stopped"); run.Outcome != store.Lost {
		t.Errorf("the stopped run is %+v, want lost", run)
	}
	r = newRig(t, dir, func(_ context.Context, run Run) error {
		if run.Attempt != 2 {
			t.Errorf("attempt %d, want 2", run.Attempt)
		}
		return nil
	})
	r.start()
	if run := r.next("the run, again"); run.ID != id || run.Outcome != store.OK {
		t.Errorf("ended %+v, want %q to be ok", run, id)
	}
}

func TestSetKeepsThePhaseAndRefusesNonsense(t *testing.T) {
	r := newRig(t, t.TempDir(), func(context.Context, Run) error { return nil })
	if err := r.Start(t.Context()); fault.KindOf(err) != fault.Internal {
		t.Errorf("Start before Set = %v, want an error", err)
	}
	r.start(every("a", 300*time.Millisecond))
	for range 20 { // reloads much faster than the job runs
		r.set(every("a", 300*time.Millisecond))
		time.Sleep(20 * time.Millisecond) // the reloads of a user who saves often
	}
	r.series(2, 300*time.Millisecond)
	if err := r.Set(t.Context(), []*Job{{Name: "b", Cron: "x"}}); err == nil {
		t.Error("Set of a job with a bad cron = nil, want an error")
	}
	if r.entry("a") == nil {
		t.Error("a Set that failed took the jobs away")
	}
}
