package secret_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"mortise/runtime/fault"
	"mortise/runtime/secret"
	"mortise/runtime/spec"
)

// paths returns those of a store and its key.
func paths(t *testing.T) (store, key string) {
	dir := t.TempDir()
	return filepath.Join(dir, "project", ".mortise", "secrets.age"), filepath.Join(dir, "home", "key.txt")
}

func TestFile(t *testing.T) {
	ctx := t.Context()
	store, key := paths(t)
	f := secret.NewFile(store, key)
	if v, found, err := f.Get(ctx, "a"); v != "" || found || err != nil {
		t.Errorf("Get of an empty store = %q, %v, %v, want nothing", v, found, err)
	}
	for name, value := range map[string]string{"crm/password": "hunter2", "b": "", "c": "ü\n\x00"} {
		if err := f.Set(ctx, name, value); err != nil {
			t.Fatalf("Set(%q) = %v", name, err)
		}
	}
	other := secret.NewFile(store, key)
	if v, found, err := other.Get(ctx, "crm/password"); v != "hunter2" || !found || err != nil {
		t.Errorf("Get = %q, %v, %v, want hunter2", v, found, err)
	}
	if err := f.Set(ctx, "crm/password", "hunter3"); err != nil {
		t.Fatal(err)
	}
	if v, _, err := other.Get(ctx, "crm/password"); v != "hunter3" || err != nil {
		t.Errorf("Get after another store's Set = %q, %v, want hunter3", v, err)
	}
	names, err := other.Names(ctx)
	if diff := cmp.Diff([]string{"b", "c", "crm/password"}, names); diff != "" || err != nil {
		t.Errorf("Names: %v (-want +got):\n%s", err, diff)
	}
	if err := f.Delete(ctx, "b"); err != nil {
		t.Errorf("Delete(b) = %v", err)
	}
	if err := f.Delete(ctx, "crm/pasword"); fault.KindOf(err) != fault.NotFound || fault.As(err).Hint == "" {
		t.Errorf("Delete of a name that is not there = %v, want NotFound with a hint", err)
	}
	if err := f.Set(ctx, "../x", "y"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Set of a bad name = %v, want Invalid", err)
	}
	if err := f.Set(ctx, "x", strings.Repeat("x", secret.MaxValue+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Set of a large value = %v, want Invalid", err)
	}
	data, err := os.ReadFile(store)
	if err != nil || bytes.Contains(data, []byte("hunter")) || bytes.Contains(data, []byte("password")) {
		t.Errorf("the file shows what it holds: %q, %v", data, err)
	}
	for _, path := range []string{store, key} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q has the mode %v, %v, want 0600", path, info.Mode(), err)
		}
	}
}

func TestKeyTrouble(t *testing.T) {
	ctx := t.Context()
	store, key := paths(t)
	if err := secret.NewFile(store, key).Set(ctx, "a", "b"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		spoil func() error
		want  string
	}{
		{"readable by others", func() error { return os.Chmod(key, 0o644) }, "can be read by others"},
		{"no key", func() error { return os.Remove(key) }, "is not here"},
		{"another key", func() error {
			id, err := age.GenerateX25519Identity()
			return errors.Join(err, os.WriteFile(key, []byte(id.String()), 0o600))
		}, "decrypt the secrets"},
		{"no key in it", func() error { return os.WriteFile(key, []byte("AGE-SECRET-KEY-1HIDDEN"), 0o600) }, "does not hold one key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.spoil(); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{get(ctx, secret.NewFile(store, key)), secret.NewFile(store, key).Set(ctx, "c", "d")} {
				if err == nil || !strings.Contains(err.Error(), tt.want) || fault.As(err).Hint == "" {
					t.Errorf("the store says %v, want %q and a hint", err, tt.want)
				}
				if strings.Contains(fmt.Sprint(err), "HIDDEN") {
					t.Errorf("the error shows the key: %v", err)
				}
			}
		})
	}
}

func get(ctx context.Context, f *secret.File) error {
	_, _, err := f.Get(ctx, "a")
	return err
}

func TestKeyAsText(t *testing.T) {
	store, _ := paths(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		f, err := secret.NewFileWithKey(store, id.String()+"\n")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Set(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := secret.NewFileWithKey(store, "AGE-SECRET-KEY-HIDDEN"); err == nil || strings.Contains(err.Error(), "HIDDEN") {
		t.Errorf("NewFileWithKey of nonsense = %v, want an error without the key", err)
	}
}

func TestManyWriters(t *testing.T) {
	store, key := paths(t)
	var all sync.WaitGroup
	for w := range 6 {
		all.Go(func() {
			f := secret.NewFile(store, key)
			for i := range 10 {
				if err := f.Set(t.Context(), fmt.Sprintf("w%d/%d", w, i), "v"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	names, err := secret.NewFile(store, key).Names(t.Context())
	if len(names) != 60 || err != nil {
		t.Errorf("the store holds %d secrets, %v, want 60", len(names), err)
	}
}

// TestKilledWriter kills a process that writes all the time, and reads what it
// left.
func TestKilledWriter(t *testing.T) {
	if store := os.Getenv("TEST_SECRET_STORE"); store != "" {
		f := secret.NewFile(store, os.Getenv("TEST_SECRET_KEY"))
		for i := range 20_000 { // an end, should nobody kill it
			if err := f.Set(t.Context(), fmt.Sprintf("n%d", i%50), strings.Repeat("x", 1000)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	store, key := paths(t)
	for round := range 8 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "TEST_SECRET_STORE="+store, "TEST_SECRET_KEY="+key)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, store, round)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		if err := get(t.Context(), secret.NewFile(store, key)); err != nil {
			t.Fatalf("after a kill the store says %v", err)
		}
	}
	if err := secret.NewFile(store, key).Set(t.Context(), "last", "v"); err != nil {
		t.Errorf("Set after the kills = %v", err)
	}
}

// waitFor returns when the file has been replaced a few times.
func waitFor(t *testing.T, path string, times int) {
	t.Helper()
	var last os.FileInfo
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for seen := 0; seen <= times; {
		select {
		case <-t.Context().Done():
			t.Fatal("nobody wrote")
		case <-tick.C:
		}
		info, err := os.Stat(path)
		if err == nil && (last == nil || !os.SameFile(info, last)) {
			last = info
			seen++
		}
	}
}

type broken struct{}

func (broken) Get(context.Context, string) (string, bool, error) {
	return "", false, fault.New(fault.Unavailable, "vault.down", "ask the vault").WithHint("start it")
}

func TestResolve(t *testing.T) {
	env := secret.Env{Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"MORTISE_SECRET_CRM_API_KEY": "one"}[name]
		return v, ok
	}}
	at := fault.Position{File: "connections/crm.yaml", Line: 3, Column: 4}
	known, unknown, none := spec.Secret{Name: "crm/api-key"}, spec.Secret{Name: "crm/x", At: at}, spec.Secret{}
	faults := secret.Resolve(t.Context(), secret.Chain{env}, []*spec.Secret{&known, &unknown, &none})
	want := `there is no secret "crm/x"
  hint: set it with "mortise secret set crm/x" or in the environment variable MORTISE_SECRET_CRM_X
  at:   connections/crm.yaml:3:4`
	if len(faults) != 1 || faults[0].Report() != want {
		t.Errorf("Resolve found %v, want\n%s", faults, want)
	}
	if known.Value() != "one" || known.Version() != secret.Version("one") || known.Version() == secret.Version("two") {
		t.Errorf("Resolve gave %q with the version %q", known.Value(), known.Version())
	}
	faults = secret.Resolve(t.Context(), secret.Chain{broken{}, env}, []*spec.Secret{&known})
	if len(faults) != 1 || faults[0].Kind != fault.Unavailable || faults[0].Hint != "start it" {
		t.Errorf("Resolve from a broken store found %v, want Unavailable", faults)
	}
}
