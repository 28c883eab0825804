package compiler_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"mortise/build/compiler"
)

// installed is a Linker that uses the tools of the installed Go. It shows that
// what a Builder asks for is plain Go, whatever a Toolchain does.
type installed struct {
	dir string

	mu    sync.Mutex
	links int // guarded by mu: how often Link had work to do
}

var archives = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-trimpath", "-gcflags=all=-dwarf=false",
		"-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "std", "mortise/runtime/linked", "mortise/runtime/worker", "mortise/runtime/service")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", errors.New(stderr.String())
	}
	return string(out), nil
})

func (*installed) Available() error            { return nil }
func (*installed) Hold(compiler.Binary) func() { return func() {} }

func (l *installed) path(job compiler.Job) string {
	text, err := json.Marshal(job)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return filepath.Join(l.dir, hex.EncodeToString(sum[:]))
}

func (l *installed) Find(_ context.Context, job compiler.Job) (compiler.Binary, bool) {
	path := l.path(job)
	_, err := os.Stat(path)
	return compiler.Binary{Path: path, Hash: filepath.Base(path)}, err == nil
}

func (l *installed) Link(ctx context.Context, job compiler.Job) (compiler.Binary, error) {
	if b, ok := l.Find(ctx, job); ok {
		return b, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links++
	config, err := archives()
	if err != nil {
		return compiler.Binary{}, err
	}
	work, err := os.MkdirTemp(l.dir, "job")
	if err != nil {
		return compiler.Binary{}, err
	}
	cfg := filepath.Join(work, "importcfg")
	for i, u := range job.Units {
		if err := os.WriteFile(cfg, []byte(config), 0o600); err != nil {
			return compiler.Binary{}, err
		}
		archive := filepath.Join(work, fmt.Sprintf("%d.a", i))
		src := filepath.Join(work, fmt.Sprintf("src%d", i))
		lang := u.GoVersion
		if lang == "" {
			lang = "1.26"
		}
		args := []string{"tool", "compile", "-o", archive, "-p", u.Path, "-complete", "-pack", "-dwarf=false", "-lang=go" + lang, "-importcfg", cfg, "-trimpath", src}
		for _, f := range u.Files {
			name := filepath.Join(src, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				return compiler.Binary{}, err
			}
			if err := os.WriteFile(name, f.Source, 0o600); err != nil {
				return compiler.Binary{}, err
			}
			args = append(args, name)
		}
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			return compiler.Binary{}, fmt.Errorf("compile %s: %w\n%s", u.Path, err, strings.ReplaceAll(string(out), src+"/", ""))
		}
		config += fmt.Sprintf("packagefile %s=%s\n", u.Path, archive)
	}
	if err := os.WriteFile(cfg, []byte(config), 0o600); err != nil {
		return compiler.Binary{}, err
	}
	main := filepath.Join(work, fmt.Sprintf("%d.a", len(job.Units)-1))
	path := l.path(job)
	if out, err := exec.CommandContext(ctx, "go", "tool", "link", "-o", path, "-importcfg", cfg, "-s", "-w", "-buildmode=exe", main).CombinedOutput(); err != nil {
		return compiler.Binary{}, fmt.Errorf("link: %w\n%s", err, out)
	}
	return compiler.Binary{Path: path, Hash: filepath.Base(path)}, nil
}
