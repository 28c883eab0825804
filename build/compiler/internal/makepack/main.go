// Command makepack makes the packs of package compiler from an installed Go: for
// this system or, with -os and -arch, for another one. It makes only what is not
// fresh. The developer command runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"mortise/build/compiler/internal/packfile"
)

// roots are the packages of ours that compiled programs link.
var roots = []string{"mortise/runtime/linked", "mortise/runtime/worker", "mortise/runtime/service"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := maker{}
	flag.StringVar(&m.os, "os", runtime.GOOS, "the system that the packs are for")
	flag.StringVar(&m.arch, "arch", runtime.GOARCH, "its processor")
	flag.StringVar(&m.out, "out", filepath.Join("build", "compiler", "pack"), "the folder to write to")
	flag.BoolVar(&m.fast, "fast", false, "compress in a hurry, unless there is a fresh pack already")
	flag.Parse()
	err := m.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "make the compiler's pack:", err)
		os.Exit(1)
	}
}

// maker makes the packs for one system.
type maker struct {
	os, arch, out string
	fast          bool

	goroot, version string
	temp            string
}

func (m *maker) run(ctx context.Context) error {
	if err := m.askGo(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(m.out, 0o750); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "mortise-makepack-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	m.temp = temp
	return errors.Join(m.part(ctx, "go", m.goKey, m.goFiles), m.part(ctx, "sdk", m.sdkKey, m.sdkFiles))
}

// content is a pack to write: its manifest, and where the files are.
type content struct {
	manifest packfile.Manifest
	paths    map[string]string
}

func (c *content) add(name, path string, exec bool) {
	c.manifest.Files = append(c.manifest.Files, packfile.File{Name: name, Exec: exec})
	c.paths[name] = path
}

// part makes one pack, unless there is a fresh one.
func (m *maker) part(ctx context.Context, name string, key func(context.Context) (string, error), files func(context.Context, *content) error) error {
	start := time.Now()
	k, err := key(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(m.out, name+".pack")
	if old := readHead(path); old != nil && old.Key == k && (m.fast || !old.Fast) {
		return nil
	}
	c := content{paths: map[string]string{}}
	c.manifest = packfile.Manifest{Part: name, Go: m.version, OS: m.os, Arch: m.arch}
	if err := files(ctx, &c); err != nil {
		return err
	}
	made := time.Since(start)
	if err := m.write(path, packfile.Head{Key: k, Fast: m.fast, Manifest: c.manifest}, c.paths); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d packages for %s/%s, %.1f MB, collected in %s, packed in %s\n", path, len(c.manifest.Packages), m.os, m.arch,
		float64(info.Size())/1e6, made.Round(100*time.Millisecond), (time.Since(start) - made).Round(100*time.Millisecond))
	return nil
}

// write writes a pack beside its place and renames it.
func (m *maker) write(path string, head packfile.Head, paths map[string]string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".#pack-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already where all went well
	err = packfile.Write(f, head, func(name string) (io.ReadCloser, error) { return os.Open(paths[name]) })
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// readHead returns the head of the pack that is there; nil where there is none.
func readHead(path string) *packfile.Head {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, err := packfile.ReadHead(f)
	if err != nil {
		return nil
	}
	return head
}
