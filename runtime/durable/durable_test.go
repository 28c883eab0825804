package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"mortise/runtime/durable"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.yaml")
	for _, text := range []string{"one", "two, longer", ""} {
		if err := durable.WriteFile(name, []byte(text), 0o640); err != nil {
			t.Fatalf("WriteFile(%q) = %v", text, err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != text {
			t.Errorf("the file holds %q, %v, want %q", got, err, text)
		}
	}
	if err := durable.CreateFile(name, []byte("x"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateFile of an existing file = %v, want fs.ErrExist", err)
	}
	if err := durable.CreateFile(filepath.Join(dir, "b"), []byte("x"), 0o600); err != nil {
		t.Errorf("CreateFile = %v", err)
	}
	if err := durable.WriteFile(filepath.Join(dir, "none", "b"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteFile into a folder that is not there = %v, want fs.ErrNotExist", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v, want the two files and nothing temporary", entries, err)
	}
}

func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	var counter, inside atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				unlock, err := durable.Lock(name)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d are inside at a time, want 1", n)
				}
				counter.Add(1)
				inside.Add(-1)
				if err := unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := counter.Load(); n != 400 {
		t.Errorf("counted %d, want 400", n)
	}
}

func TestTryLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	try := func(f *os.File, share, want bool) {
		t.Helper()
		if got, err := durable.TryLock(f, share); got != want || err != nil {
			t.Errorf("TryLock(share %t) = %t, %v, want %t", share, got, err, want)
		}
	}
	a, b, c := open(), open(), open()
	try(a, true, true)
	try(b, true, true)
	try(c, false, false)
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	try(c, false, true)
	try(open(), true, false)
	if text, err := os.ReadFile(name); err != nil || string(text) != "text" {
		t.Errorf("a locked file holds %q, %v, want that it can be read", text, err)
	}
}
