package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mortise/runtime/fault"
)

func open4test(t testing.TB, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{File: file})
	if err != nil {
		t.Fatalf("Open(%q): %v", file, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func aRun(id, job string) Run {
	return Run{
		ID: id, Job: job, Service: "demo.Hello", CID: "0af7651916cd43dd8448eb211c80319c", Trigger: BySchedule, Attempt: 1,
		Due: time.Unix(100, 5).UTC(), Started: time.Unix(100, 7).UTC(), Outcome: Running,
	}
}

func TestRunsRoundTrip(t *testing.T) {
	ctx, s := t.Context(), open4test(t, filepath.Join(t.TempDir(), "a b?%#", "store.db"))
	want := aRun("r1", "daily")
	if err := s.SaveRun(ctx, want); err != nil {
		t.Fatal(err)
	}
	if err := s.EndRun(ctx, "r1", Failed, 3*time.Second, "boom"); err != nil {
		t.Fatal(err)
	}
	want.Seq, want.Outcome, want.Took, want.Error = 1, Failed, 3*time.Second, "boom"
	got, found, err := s.Run(ctx, "r1")
	if err != nil || !found {
		t.Fatalf("Run(r1) = %v, %v, want the run", found, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Run(r1) differs (-want +got):\n%s", diff)
	}
	if _, found, err := s.Run(ctx, "nobody"); found || err != nil {
		t.Errorf("Run(nobody) = %v, %v, want false and no error", found, err)
	}
}

func TestRunsFilterPageAndPrune(t *testing.T) {
	ctx, s := t.Context(), open4test(t, filepath.Join(t.TempDir(), "store.db"))
	for i := range 30 {
		r := aRun(fmt.Sprint("r", i), []string{"a", "b", ""}[i%3])
		r.Outcome = []Outcome{OK, Failed}[i%2]
		if err := s.SaveRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		filter RunFilter
		want   int
	}{
		"all":      {RunFilter{}, 30},
		"one job":  {RunFilter{Job: "a"}, 10},
		"code":     {RunFilter{Code: true}, 10},
		"outcome":  {RunFilter{Outcome: Failed}, 15},
		"limit":    {RunFilter{Limit: 4}, 4},
		"page":     {RunFilter{Before: 6}, 5},
		"together": {RunFilter{Job: "b", Outcome: OK, Before: 12}, 2},
	}
	for name, c := range cases {
		got, err := s.Runs(ctx, c.filter)
		if err != nil || len(got) != c.want {
			t.Errorf("%s: Runs(%+v) = %d runs, %v, want %d", name, c.filter, len(got), err, c.want)
		}
		for i := 1; i < len(got); i++ {
			if got[i].Seq >= got[i-1].Seq {
				t.Errorf("%s: run %d stands after run %d, want the newest first", name, got[i].Seq, got[i-1].Seq)
			}
		}
	}
	if n, err := s.PruneRuns(ctx, "a", 4); n != 6 || err != nil {
		t.Errorf("PruneRuns(a, 4) = %d, %v, want 6", n, err)
	}
	if got, _ := s.Runs(ctx, RunFilter{}); len(got) != 24 {
		t.Errorf("after pruning there are %d runs, want 24", len(got))
	}
}

func TestLoseRuns(t *testing.T) {
	ctx, s := t.Context(), open4test(t, filepath.Join(t.TempDir(), "store.db"))
	for _, id := range []string{"x", "y"} {
		if err := s.SaveRun(ctx, aRun(id, "job")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.EndRun(ctx, "x", OK, 1, ""); err != nil {
		t.Fatal(err)
	}
	if n, err := s.LoseRuns(ctx); n != 1 || err != nil {
		t.Errorf("LoseRuns() = %d, %v, want 1", n, err)
	}
	if r, _, _ := s.Run(ctx, "y"); r.Outcome != Lost {
		t.Errorf("the run without an end is %q, want %q", r.Outcome, Lost)
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	cases := map[string]func(good []byte) []byte{
		"not a database":    func([]byte) []byte { return bytes.Repeat([]byte("no database at all. "), 500) },
		"damaged in itself": func(b []byte) []byte { copy(b[4096:], bytes.Repeat([]byte{0xff}, len(b)-4096)); return b },
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, file := t.Context(), filepath.Join(t.TempDir(), "store.db")
			s, err := Open(ctx, Options{File: file})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 100 {
				_ = s.SaveRun(ctx, aRun(fmt.Sprint(i), "job"))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			good, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(good), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			s, err = Open(ctx, Options{File: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatalf("Open of a damaged file: %v, want a new one", err)
			}
			defer s.Close()
			if runs, err := s.Runs(ctx, RunFilter{}); len(runs) != 0 || err != nil {
				t.Errorf("the new store has %d runs, %v, want none", len(runs), err)
			}
			if found, _ := filepath.Glob(file + ".damaged-*"); len(found) == 0 {
				t.Error("the damaged file is gone, want it set aside")
			}
			if !strings.Contains(log.String(), "set aside") {
				t.Errorf("the log says %q, want that the file is set aside", log.String())
			}
		})
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "store.db")
	s := open4test(t, file)
	if _, err := s.write.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(ctx, Options{File: file})
	if e := fault.As(err); e == nil || e.Code != "store.newer" || e.Hint == "" {
		t.Errorf("Open of a newer file: %v, want store.newer with a hint", err)
	}
	if found, _ := filepath.Glob(file + ".damaged-*"); len(found) != 0 {
		t.Errorf("a newer file was set aside as %v, want it left alone", found)
	}
}

func BenchmarkRun(b *testing.B) {
	ctx, s := context.WithoutCancel(b.Context()), open4test(b, filepath.Join(b.TempDir(), "store.db"))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprint(i)
		if err := s.SaveRun(ctx, aRun(id, "job")); err != nil {
			b.Fatal(err)
		}
		if err := s.EndRun(ctx, id, OK, 1, ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	ctx, file := context.WithoutCancel(b.Context()), filepath.Join(b.TempDir(), "store.db")
	for b.Loop() {
		s, err := Open(ctx, Options{File: file})
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}
