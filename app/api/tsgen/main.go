// Command tsgen writes the TypeScript client of the Studio from the method table:
//
//	go generate ./app/api
//
// Interfaces carry the comments of the Go types that they come from.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// target is the client, relative to the root of the repository.
const target = "frontend/src/api/generated.ts"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	text, err := generate(root)
	if err != nil {
		return err
	}
	file := filepath.Join(root, filepath.FromSlash(target))
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a source folder
		return err
	}
	return os.WriteFile(file, text, 0o644) //nolint:gosec // a source file
}

// moduleRoot returns the folder of go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); !errors.Is(err, fs.ErrNotExist) {
			return dir, err
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("run it inside the checkout of mortise")
		}
		dir = up
	}
}
