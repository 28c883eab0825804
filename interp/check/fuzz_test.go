package check_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"mortise/interp/check"
)

// FuzzCheck checks that no source makes us panic or leave a fault without a
// place, a code or a hint.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if filepath.Ext(part.Name) == ".go" && len(part.Data) < 4<<10 {
				f.Add(string(part.Data))
			}
		}
	}
	f.Add(everything)
	c := check.New()
	f.Fuzz(func(t *testing.T, src string) {
		p := c.Check(t.Context(), project(map[string]string{"services/users/users.go": src}))
		for _, e := range append(p.Faults, p.Warnings...) {
			if e.Code == "check.panic" || e.Code == "" || e.Hint == "" || e.At.File == "" {
				t.Errorf("Check() = fault %+v, want a place, a code and a hint, and no panic", e)
			}
		}
	})
}
