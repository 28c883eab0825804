package watch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mortise/projects/watch"
)

func ignored(name string) bool { return name[0] == '.' || strings.HasSuffix(name, "~") }

// start watches a new folder with a few files.
func start(t *testing.T, opt watch.Options) (dir string, w *watch.Watcher) {
	t.Helper()
	dir = t.TempDir()
	save(t, dir, "services/a/a.go", "package a")
	opt.Ignored = ignored
	w, err := watch.New(t.Context(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return dir, w
}

func save(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// expect receives until all names have been reported, or that all may have
// changed.
func expect(t testing.TB, w *watch.Watcher, names ...string) {
	t.Helper()
	var seen []string
	for {
		missing := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(seen, n) })
		if len(missing) == 0 {
			return
		}
		select {
		case b := <-w.Batches():
			if seen = append(seen, b.Names...); b.All {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the watcher reported %q, want %q as well", seen, missing)
		}
		for _, n := range seen {
			if ignored(filepath.Base(n)) || strings.HasPrefix(n, ".") {
				t.Fatalf("the watcher reported %q, which is ignored", n)
			}
		}
	}
}

func TestWatch(t *testing.T) {
	for _, opt := range []watch.Options{{}, {Polling: true, Poll: 5 * time.Millisecond}} {
		t.Run(fmt.Sprintf("polling %v", opt.Polling), func(t *testing.T) {
			dir, w := start(t, opt)
			join := func(name string) string { return filepath.Join(dir, name) }

			save(t, dir, "services/a/a.go", "package a // changed")
			expect(t, w, "services/a/a.go")

			save(t, dir, ".mortise/x", "state")
			save(t, dir, "services/a/a.go~", "backup")
			save(t, dir, "services/a/.#a.go.1", "package a // saved")
			must(t, os.Rename(join("services/a/.#a.go.1"), join("services/a/a.go")))
			expect(t, w, "services/a/a.go")

			save(t, dir, "services/b/deep/er/b.go", "package er")
			expect(t, w, "services/b/deep/er/b.go")
			save(t, dir, "services/b/deep/er/c.go", "package er")
			expect(t, w, "services/b/deep/er/c.go")

			must(t, os.Rename(join("services/b"), join("services/z")))
			expect(t, w, "services/b", "services/z/deep/er/b.go")
			save(t, dir, "services/z/deep/er/b.go", "package er // moved")
			expect(t, w, "services/z/deep/er/b.go")

			must(t, os.RemoveAll(join("services/z")))
			expect(t, w, "services/z/deep/er/b.go")
			save(t, dir, "services/z/deep/er/b.go", "package er // again")
			expect(t, w, "services/z/deep/er/b.go")
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestBatches(t *testing.T) {
	dir, w := start(t, watch.Options{Quiet: 300 * time.Millisecond, Latest: 10 * time.Second})
	want := make([]string, 200)
	for i := range want {
		want[i] = fmt.Sprintf("f%03d.go", i)
		save(t, dir, want[i], "package f")
	}
	b := <-w.Batches()
	if !slices.Equal(b.Names, want) {
		t.Errorf("the first batch holds %d names, want all 200", len(b.Names))
	}
}

func TestLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	w, err := watch.New(t.Context(), link, watch.Options{})
	must(t, err)
	defer w.Close()
	save(t, dir, "a.go", "package a")
	expect(t, w, "a.go")
}

func TestClose(t *testing.T) {
	dir, w := start(t, watch.Options{})
	save(t, dir, "a.go", "package a")
	w.Close()
	if _, open := <-w.Batches(); open {
		if _, open = <-w.Batches(); open {
			t.Error("the channel is open after Close")
		}
	}
	if _, err := watch.New(t.Context(), filepath.Join(dir, "none"), watch.Options{}); err == nil {
		t.Error("New of a folder that is not there = nil, want an error")
	}
}

// TestFallBack removes the folder itself, which ends the watches, and makes it
// again.
func TestFallBack(t *testing.T) {
	dir, w := start(t, watch.Options{Poll: 5 * time.Millisecond})
	must(t, os.RemoveAll(dir))
	save(t, dir, "services/new.go", "package services")
	expect(t, w, "services/new.go")
	save(t, dir, "services/later.go", "package services")
	expect(t, w, "services/later.go")
}

// TestLatest shows that nothing is lost while nobody receives, and that a
// batch comes at the latest when it has grown long enough.
func TestLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		opt := watch.Options{Polling: true, Poll: 2 * time.Millisecond, Quiet: 3 * time.Millisecond, Latest: 20 * time.Millisecond}
		w, err := watch.New(t.Context(), dir, opt)
		must(t, err)
		defer w.Close()
		begin := time.Now()
		for i := range 30 { // a change every 2 ms is never quiet
			save(t, dir, fmt.Sprintf("f%02d", i), "x")
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
		}
		b := <-w.Batches()
		if len(b.Names) < 29 {
			t.Errorf("the batch after %v holds %q, want what came while nobody received", time.Since(begin), b.Names)
		}
	})
}

// BenchmarkSaveToBatch measures from the end of a save to the batch.
func BenchmarkSaveToBatch(b *testing.B) {
	dir := b.TempDir()
	for i := range 200 {
		save(b, dir, fmt.Sprintf("services/s%03d/s.go", i), "package s")
	}
	w, err := watch.New(b.Context(), dir, watch.Options{Ignored: ignored})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	i := 0
	for b.Loop() {
		i++
		save(b, dir, "services/s100/s.go", fmt.Sprint("package s // ", i))
		<-w.Batches()
	}
}
