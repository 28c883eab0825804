package api

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// TestOpenFailure holds that pages learn which project could not be opened, and
// why, until another one could.
func TestOpenFailure(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := t.TempDir()
	if _, err := s.OpenProject(t.Context(), Folder{Dir: dir}); err == nil {
		t.Fatalf("OpenProject(%q) of an empty folder = no error", dir)
	}
	failed := s.helloState(t.Context()).Failed
	if failed == nil || failed.Dir != dir || len(failed.Faults) == 0 || failed.Faults[0].What == "" {
		t.Fatalf("hello says %+v, want why %q could not be opened", failed, dir)
	}
	newProject(t, s, "")
	if failed := s.helloState(t.Context()).Failed; failed != nil {
		t.Errorf("hello says %+v after a project was opened, want nothing", failed)
	}
}

// TestSuggest holds that the place of a project that is there already is named
// beside the free one.
func TestSuggest(t *testing.T) {
	o := testOptions(t)
	s := newStudio(t, o)
	first := filepath.Join(o.Home, "mortise", "tutorial")
	got, err := s.SuggestProject(t.Context(), Suggestion{Template: "tutorial"})
	if err != nil || got.Name != "tutorial" || got.Dir != first || got.There != "" {
		t.Fatalf("SuggestProject = %+v, %v; want %q", got, err, first)
	}
	if _, err := s.CreateProject(t.Context(), NewProject{Dir: first, Template: "tutorial"}); err != nil {
		t.Fatal(err)
	}
	got, err = s.SuggestProject(t.Context(), Suggestion{Template: "tutorial"})
	if err != nil || got.There != first || got.Dir != first+"-2" {
		t.Errorf("SuggestProject with the project there = %+v, %v; want %q and %q", got, err, first, first+"-2")
	}
}

// TestCompare holds what files.compare says of a text that is being edited, and
// that it writes nothing.
func TestCompare(t *testing.T) {
	s := newStudio(t, testOptions(t))
	p := newProject(t, s, "")
	const name, base, disk = "notes.md", "one\ntwo\nthree\nfour\n", "ONE\ntwo\nthree\nfour\n"
	saved, err := s.WriteFile(t.Context(), FileEdit{Name: name, Text: base})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.Dir, name)
	if err := os.WriteFile(file, []byte(disk), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ what, base, text, merged string }{
		{"another line was changed", saved.Hash, "one\ntwo\nthree\nFOUR\n", "ONE\ntwo\nthree\nFOUR\n"},
		{"the same line was changed", saved.Hash, "eins\ntwo\nthree\nfour\n", ""},
		{"it is the text on disk", saved.Hash, disk, "-"},
		{"it began from the text on disk", history.Hash([]byte(disk)), "x\n", "-"},
	} {
		got, err := s.CompareFile(t.Context(), FileEdit{Name: name, Text: x.text, Base: x.base, Force: true})
		if err != nil {
			t.Errorf("%s: files.compare = %v", x.what, err)
			continue
		}
		c := got.Conflict
		switch {
		case x.merged == "-":
			if c != nil {
				t.Errorf("%s: files.compare = %+v, want no conflict", x.what, c)
			}
		case c == nil || c.Text != disk || c.Clean != (x.merged != "") || c.Merged != x.merged:
			t.Errorf("%s: files.compare = %+v, want the merge %q", x.what, c, x.merged)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != disk {
		t.Errorf("%s holds %q, %v after files.compare; want what was there", name, text, err)
	}
	large := FileEdit{Name: name, Text: strings.Repeat("x", history.MaxText+1)}
	if _, err := s.CompareFile(t.Context(), large); fault.KindOf(err) != fault.Limited {
		t.Errorf("files.compare of more than 4 MB = %v, want %v", err, fault.Limited)
	}
	if _, err := s.CompareFile(t.Context(), FileEdit{Name: "../x"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("files.compare of ../x = %v, want %v", err, fault.Invalid)
	}
}
