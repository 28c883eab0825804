package checks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPackagesArePinned keeps the frontend to exact versions and checksums, wherever
// they come from, so that every machine bundles the same page.
func TestPackagesArePinned(t *testing.T) {
	var wanted struct {
		Dependencies, DevDependencies map[string]string
	}
	readJSON(t, "package.json", &wanted)
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	for _, group := range []map[string]string{wanted.Dependencies, wanted.DevDependencies} {
		for name, version := range group {
			if !exact.MatchString(version) {
				t.Errorf("frontend/package.json: %s is %q; want one exact version", name, version)
			}
		}
	}
	var lock struct {
		Packages map[string]struct{ Resolved, Integrity string }
	}
	readJSON(t, "package-lock.json", &lock)
	for name, p := range lock.Packages {
		if p.Resolved != "" {
			t.Errorf("frontend/package-lock.json: %s comes from %s; want no place, so that each machine asks its own", name, p.Resolved)
		}
		if name != "" && p.Integrity == "" {
			t.Errorf("frontend/package-lock.json: %s has no checksum", name)
		}
	}
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "frontend", name))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatalf("read frontend/%s: %v", name, err)
	}
}
