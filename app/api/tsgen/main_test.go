package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestFresh holds that the client is the one of the method table.
func TestFresh(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(root)
	if err != nil {
		t.Fatalf("generate = %v", err)
	}
	got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(target)))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the method table says (%v): run go generate ./app/api", target, err)
	}
}
