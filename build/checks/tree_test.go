package checks

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// top is what the top level of the repository holds, and nothing else.
var top = []string{
	"app", "build", "frontend", "interp", "projects", "runtime", "main.go", "wails.json", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md",
}

// maxLines is the length of a file from which on it surely holds two ideas.
const maxLines = 600

// tracked lists the files that git tracks or would track; without git it walks.
func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git ls-files: %v; run it in a checkout with git installed", err)
	}
	var files []string
	for f := range strings.Lines(string(out)) {
		f = strings.TrimSpace(f)
		if _, err := os.Stat(filepath.Join(root, f)); err == nil {
			files = append(files, f)
		}
	}
	return files
}

func TestTopLevel(t *testing.T) {
	for _, f := range tracked(t) {
		first, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(first, ".") && !slices.Contains(top, first) {
			t.Errorf("%s: the top level holds only %s", f, strings.Join(top, ", "))
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range ours(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("package %s has no package comment", p.ImportPath)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, f := range tracked(t) {
		if filepath.Ext(f) != ".go" || strings.Contains(f, "/testdata/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := bytes.Cut(data, []byte("package "))
		if bytes.Contains(head, []byte("DO NOT EDIT")) {
			continue
		}
		if n := bytes.Count(data, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines; past %d a file holds two ideas: split it", f, n, maxLines)
		}
	}
}

func TestNoNameIsALeftover(t *testing.T) {
	for _, p := range ours(t) {
		for part := range strings.SplitSeq(p.ImportPath, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "manager"}, part) {
				t.Errorf("package %s: %q says nothing of what it holds", p.ImportPath, part)
			}
		}
	}
}
