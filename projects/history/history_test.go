package history_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// TestMain makes the test binary the writer that TestKill kills.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "write" {
		write(os.Args[2])
	}
	os.Exit(m.Run())
}

func TestVersions(t *testing.T) {
	h := history.New(filepath.Join(t.TempDir(), "history"))
	for _, step := range []struct{ name, why, text string }{
		{"a.go", "saved", "one"},
		{"a.go", "saved", "one"},
		{"b.go", "saved", "other"},
		{"a.go", "saved", "two"},
		{"b.go", "deleted", "other"},
	} {
		if _, err := h.Record(step.name, step.why, []byte(step.text)); err != nil {
			t.Fatalf("Record(%q, %q) = %v", step.name, step.why, err)
		}
	}
	if _, err := h.Ensure("a.go", "overwritten", []byte("two")); err != nil {
		t.Fatal(err)
	}
	got, err := h.List("a.go")
	if err != nil {
		t.Fatal(err)
	}
	want := []history.Version{
		{Name: "a.go", Why: "saved", Hash: history.Hash([]byte("two")), Size: 3},
		{Name: "a.go", Why: "saved", Hash: history.Hash([]byte("one")), Size: 3},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(history.Version{}, "ID", "At")); diff != "" {
		t.Errorf("List(a.go) differs (-want +got):\n%s", diff)
	}
	deleted, err := h.Last("deleted")
	if err != nil || len(deleted) != 1 || deleted[0].Name != "b.go" {
		t.Fatalf("Last(deleted) = %v, %v, want b.go alone", deleted, err)
	}
	v, text, err := h.Read(deleted[0].ID)
	if err != nil || string(text) != "other" || v.Name != "b.go" {
		t.Errorf("Read = %v, %q, %v, want the text of b.go", v, text, err)
	}
	if _, _, err := h.Read("none"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Read(none) = %v, want not found", err)
	}
	// Another process sees the same.
	again, err := history.New(filepath.Join(filepath.Dir(t.TempDir()), "none")).List("a.go")
	if err != nil || len(again) != 0 {
		t.Errorf("List of a history that is not there = %v, %v, want none", again, err)
	}
}

func TestTexts(t *testing.T) {
	dir := t.TempDir()
	h := history.New(dir)
	hash, err := h.Keep([]byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := h.Text(hash); err != nil || string(text) != "text" {
		t.Errorf("Text = %q, %v, want the text", text, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "texts", hash[:2], hash[2:]), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := h.Text(hash); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Text of a damaged file = %q, %v, want not found", text, err)
	}
	if _, err := h.Record("a", "saved", []byte("text")); err != nil {
		t.Fatal(err)
	}
	if text, err := h.Text(hash); err != nil || string(text) != "text" {
		t.Errorf("Text after Record mended it = %q, %v", text, err)
	}
	for _, hash := range []string{"", "..", strings.Repeat("x", 64), strings.Repeat("A", 64)} {
		if _, err := h.Text(hash); fault.KindOf(err) != fault.Invalid {
			t.Errorf("Text(%q) = %v, want invalid", hash, err)
		}
	}
	if _, err := h.Keep(make([]byte, history.MaxText+1)); fault.KindOf(err) != fault.Limited {
		t.Errorf("Keep of a text that is too large = %v, want limited", err)
	}
}

// TestTornIndex tries lines that a loss of power cut short.
func TestTornIndex(t *testing.T) {
	dir := t.TempDir()
	h := history.New(dir)
	if _, err := h.Record("a", "saved", []byte("one")); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "index.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":"torn","na`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Record("a", "saved", []byte("two")); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*history.History{h, history.New(dir)} {
		if got, err := h.List("a"); err != nil || len(got) != 2 {
			t.Errorf("List = %v, %v, want both versions", got, err)
		}
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	h := history.New(dir)
	for i := range 520 {
		if _, err := h.Record("a", "saved", fmt.Appendf(nil, "text %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Prune([]string{}); err != nil {
		t.Fatal(err)
	}
	got, err := history.New(dir).List("a")
	if err != nil || len(got) != 500 {
		t.Fatalf("List after Prune has %d versions, %v, want 500", len(got), err)
	}
	if _, text, err := h.Read(got[0].ID); err != nil || string(text) != "text 519" {
		t.Errorf("the newest version = %q, %v, want the last", text, err)
	}
}

// TestTogether lets two writers use one folder at a time.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			h := history.New(dir)
			for i := range 25 {
				if _, err := h.Record(fmt.Sprintf("f%d", w), "saved", fmt.Appendf(nil, "%d %d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	h := history.New(dir)
	for w := range 4 {
		if got, err := h.List(fmt.Sprintf("f%d", w)); err != nil || len(got) != 25 {
			t.Errorf("List(f%d) has %d versions, %v, want 25", w, len(got), err)
		}
	}
}

func TestDrafts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drafts")
	d := history.NewDrafts(dir)
	if got, err := d.List(); err != nil || len(got) != 0 {
		t.Errorf("List without a folder = %v, %v, want none", got, err)
	}
	for _, text := range []string{"one", "two"} {
		if err := d.Write(history.Draft{Name: "services/a/a.go", Text: text, Base: "b"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := d.Read("services/a/a.go"); !ok || got.Text != "two" || got.Base != "b" {
		t.Errorf("Read = %v, %v, want the last text", got, ok)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.Repeat("0", 32)+".json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := history.NewDrafts(dir).List()
	if len(got) != 1 || err == nil {
		t.Errorf("List with a damaged file = %v, %v, want the other one and an error", got, err)
	}
	if got, err := d.List(); len(got) != 1 || err != nil {
		t.Errorf("the second List = %v, %v, want no error: the damaged file was put aside", got, err)
	}
	if err := d.Drop("services/a/a.go"); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Read("services/a/a.go"); ok {
		t.Error("Read after Drop found a text")
	}
	if err := d.Drop("services/a/a.go"); err != nil {
		t.Errorf("the second Drop = %v", err)
	}
}

// write keeps texts without end and says after each that it is kept.
func write(dir string) {
	h, d := history.New(filepath.Join(dir, "history")), history.NewDrafts(filepath.Join(dir, "drafts"))
	for i := 0; ; i++ {
		text := fmt.Sprintf("%d %s", i, strings.Repeat("x", i%5000))
		if err := d.Write(history.Draft{Name: "a.go", Text: text}); err != nil {
			os.Exit(2)
		}
		if _, err := h.Record("a.go", "saved", []byte(text)); err != nil {
			os.Exit(3)
		}
		if _, err := fmt.Println(i); err != nil {
			os.Exit(4)
		}
	}
}

// TestKill kills a process again and again while it writes: what it said to be
// kept is there, whole, and whatever comes later can go on from it.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "write", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := ""
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			last = lines.Text()
			if n == 20+7*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
		checkKept(t, dir, last)
	}
}

func checkKept(t *testing.T, dir, last string) {
	t.Helper()
	var atLeast int
	if _, err := fmt.Sscan(last, &atLeast); err != nil {
		t.Fatalf("the writer said %q", last)
	}
	d := history.NewDrafts(filepath.Join(dir, "drafts"))
	drafts, err := d.List()
	if err != nil || len(drafts) != 1 {
		t.Fatalf("List after a kill = %d texts, %v, want one", len(drafts), err)
	}
	h := history.New(filepath.Join(dir, "history"))
	versions, err := h.List("a.go")
	if err != nil || len(versions) == 0 {
		t.Fatalf("versions after a kill = %d, %v, want some", len(versions), err)
	}
	_, text, err := h.Read(versions[0].ID)
	if err != nil {
		t.Fatalf("read the newest version: %v", err)
	}
	for _, kept := range []string{drafts[0].Text, string(text)} {
		var i int
		if _, err := fmt.Sscan(kept, &i); err != nil || i < atLeast || kept != fmt.Sprintf("%d %s", i, strings.Repeat("x", i%5000)) {
			t.Errorf("a text after a kill begins with %.20q, want the whole one of step %d or later", kept, atLeast)
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, "history", "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	torn := 0
	for line := range bytes.Lines(index) {
		if !json.Valid(line) {
			torn++
		}
	}
	if torn > 5 {
		t.Errorf("the index has %d damaged lines, want at most one for each kill", torn)
	}
}

func BenchmarkDraft(b *testing.B) {
	d := history.NewDrafts(b.TempDir())
	text := strings.Repeat("a line of a file\n", 1000)
	for b.Loop() {
		if err := d.Write(history.Draft{Name: "a.go", Text: text}); err != nil {
			b.Fatal(err)
		}
	}
}
