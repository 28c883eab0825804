// Command make makes what an analyst installs out of binaries that are built: a
// .deb and an archive for Linux, an installer for Windows. The developer command
// runs it:
//
//	go run ./build/dev package
//
// It needs dpkg-deb for the first and makensis for the last; both come with Debian
// and its like.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := maker{}
	flag.StringVar(&m.root, "root", filepath.Join("..", "..", ".."), "the checkout")
	flag.StringVar(&m.out, "out", "", "the folder for the packages")
	flag.StringVar(&m.work, "work", "", "a folder for what is between, which is emptied")
	flag.StringVar(&m.linux, "linux", "", "mortise for this Linux; none makes nothing for it")
	flag.StringVar(&m.windows, "windows", "", "mortise.exe; none makes nothing for Windows")
	flag.StringVar(&m.launcher, "launcher", "", "what the start menu of Windows opens")
	described := flag.String("version", "", "what git describe says")
	date := flag.String("date", "", "when the commit was made, as in RFC 3339")
	flag.Parse()
	err := m.run(ctx, *described, *date)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "make packages:", err)
		os.Exit(1)
	}
}

// maker makes the packages of one checkout.
type maker struct {
	root, out, work          string
	linux, windows, launcher string

	version version
}

func (m *maker) run(ctx context.Context, described, date string) error {
	if m.out == "" || m.work == "" {
		return errors.New("-out and -work must be given")
	}
	when, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return fmt.Errorf("-date: %w", err)
	}
	m.version = newVersion(described, when)
	if err := os.RemoveAll(m.work); err != nil {
		return err
	}
	for _, dir := range []string{m.work, m.out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if m.linux != "" {
		err = m.forLinux(ctx)
	}
	if m.windows != "" {
		err = errors.Join(err, m.forWindows(ctx))
	}
	return err
}

// arch is the processor that the Linux binary is for, which is built where it is
// made: Go and Debian have the same names for the common ones.
func arch() string { return runtime.GOARCH }

// named returns the name of a file of the packages.
func (m *maker) named(pattern string, args ...any) string {
	return filepath.Join(m.out, fmt.Sprintf(pattern, args...))
}

// tool runs a program and shows what it says when it fails.
func tool(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// made says what was made.
func made(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("%s  %.1f MB\n", filepath.Base(path), float64(info.Size())/1e6)
	return nil
}

// write writes a file and the folders above it.
func write(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, data, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // whatever the umask is
}

// copyFile copies a file, and makes the folders above it.
func copyFile(to, from string, mode os.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return write(to, data, mode)
}
