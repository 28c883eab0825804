package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// licensed is what the files that must be passed on are called.
var licensed = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([.\-].*)?$`)

// others returns the licences of all that is in a binary and is not ours: Go, its
// modules, and the packages of the page.
func (m *maker) others(ctx context.Context, binary string) ([]byte, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	text.WriteString("Mortise is under the Apache License 2.0. This file holds the licences of what it is built with.\n")
	goroot, err := m.ask(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if err := addLicense(&text, "Go, its compiler and its standard library ("+info.GoVersion+")", goroot); err != nil {
		return nil, err
	}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		dir, err := m.ask(ctx, "list", "-m", "-f", "{{.Dir}}", dep.Path)
		if err != nil {
			return nil, err
		}
		if err := addLicense(&text, dep.Path+" "+dep.Version, dir); err != nil {
			return nil, err
		}
	}
	page, err := os.ReadFile(filepath.Join(m.root, "frontend", "dist", "licenses.txt"))
	if err != nil {
		return nil, fmt.Errorf("the licences of the page: %w", err)
	}
	heading(&text, "The Studio's page")
	text.Write(page)
	return text.Bytes(), nil
}

// ask asks the go command at the checkout.
func (m *maker) ask(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = m.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func heading(text *bytes.Buffer, name string) {
	fmt.Fprintf(text, "\n%s\n%s\n\n", strings.Repeat("=", 80), name)
}

// addLicense adds the files of a folder that must be passed on; one without any is
// an error.
func addLicense(text *bytes.Buffer, name, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		return fmt.Errorf("%s: its source is not here; go mod download brings it", name)
	} else if err != nil {
		return err
	}
	heading(text, name)
	found := false
	for _, e := range entries {
		if e.IsDir() || !licensed.MatchString(e.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		found = true
		text.Write(bytes.TrimSpace(data))
		text.WriteString("\n")
	}
	if !found {
		return fmt.Errorf("%s has no licence in %s, which must be passed on", name, dir)
	}
	return nil
}
