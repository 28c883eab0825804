package compiler

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

const hello = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"

// another returns a run of a test of this binary, in a process of its own, which finds the
// folder in the environment.
func another(test, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	return cmd
}

const childEnv = "TEST_COMPILER_DIR"

// TestChild is what children run: they make a program.
func TestChild(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		t.Skip("only a part of other tests")
	}
	tc := toolchainIn(t, dir)
	if out, _, _ := run(t, link(t, tc, program(hello))); out != "hello\n" {
		t.Errorf("the program wrote %q, want hello", out)
	}
}

// TestMemory unpacks in a fresh process, which must not keep the packs.
func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is given back on Linux only")
	}
	dir := os.Getenv(childEnv)
	if dir == "" {
		out, err := another("TestMemory", t.TempDir()).CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Errorf("a process of its own: %v", err)
		}
		return
	}
	anon, file := memory(t)
	tc := toolchainIn(t, dir)
	if _, err := tc.open(t.Context()); err != nil {
		t.Fatalf("open() = %v", err)
	}
	anon2, file2 := memory(t)
	t.Logf("before: %d + %d MB of files, after: %d + %d MB", anon, file, anon2, file2)
	if raceEnabled {
		return // the detector keeps a shadow of what was used
	}
	if anon2 > anon+16 || file2 > file+16 {
		t.Errorf("unpacking keeps %d MB and %d MB of files, want at most 16 of each", anon2-anon, file2-file)
	}
}

// memory returns the resident memory of this process, in MB, by kind.
func memory(t *testing.T) (anon, file int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if f := bytes.Fields(line); len(f) > 1 {
			n, _ := strconv.Atoi(string(f[1]))
			switch string(f[0]) {
			case "RssAnon:":
				anon = n >> 10
			case "RssFile:":
				file = n >> 10
			}
		}
	}
	return anon, file
}

func TestProcessesShare(t *testing.T) {
	dir := t.TempDir()
	_ = toolchainIn(t, dir) // skips without a pack
	var children []*exec.Cmd
	var outs []*bytes.Buffer
	for range 3 {
		c, out := another("TestChild", dir), new(bytes.Buffer)
		c.Stdout, c.Stderr = out, out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		children, outs = append(children, c), append(outs, out)
	}
	unpacked := 0
	for i, c := range children {
		if err := c.Wait(); err != nil {
			t.Errorf("process %d of 3 in one folder: %v\n%s", i, err, outs[i])
		}
		unpacked += strings.Count(outs[i].String(), `msg="unpacking the compiler into the cache`)
	}
	if unpacked != 1 {
		t.Errorf("the pack was unpacked %d times, want once", unpacked)
	}
	wantTidy(t, dir)
}

// wantTidy checks that nothing half made is left.
func wantTidy(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, leftover) {
			t.Errorf("%s is left over", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "work"))
	if err != nil || len(left) > 2 {
		t.Errorf("the folder of temporary files holds %v, %v, want at most our own", left, err)
	}
}

// TestCrash kills processes while they unpack and compile; the next one finds its
// way.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	_ = toolchainIn(t, dir)
	halfway := 0
	for i := range 6 {
		c := another("TestChild", dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// The first sign that it unpacks, then a little more of it each time.
		buf := make([]byte, 4096)
		for seen := ""; !strings.Contains(seen, "unpacking"); {
			n, err := out.Read(buf)
			if seen += string(buf[:n]); err != nil {
				break
			}
		}
		<-time.After(time.Duration(i) * 40 * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		if left, _ := filepath.Glob(filepath.Join(dir, leftover+"*")); len(left) > 0 {
			halfway++
		}
	}
	if halfway == 0 {
		t.Log("no process was killed half-way this time")
	}
	c := another("TestChild", dir)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("after %d processes that were killed half-way: %v\n%s", halfway, err, out)
	}
	wantTidy(t, dir)
}

// TestDamage breaks files of the cache in every way; the next program comes out
// right all the same.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	tc := toolchainIn(t, dir)
	link(t, tc, program(hello))
	o, err := tc.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flip := func(path string, keepTime bool) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i := range data {
			data[i] ^= 0x5a
		}
		if err := os.Remove(path); err != nil { // it may be running
			return err
		}
		if err := os.WriteFile(path, data, info.Mode()); err != nil || !keepTime {
			return err
		}
		return os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	compile, archive := o.parts[0].path(executable("compile")), o.parts[0].path("pkg/fmt.a")
	for i, c := range []struct {
		name  string
		again bool // with a new toolchain, as the next process has it
		do    func() error
	}{
		{"archive removed", true, func() error { return os.Remove(archive) }},
		{"archive changed", true, func() error { return flip(archive, false) }},
		{"archive cut short", true, func() error { return os.Truncate(archive, 100) }},
		{"archive replaced by a folder", true, func() error { return errors.Join(os.Remove(archive), os.Mkdir(archive, 0o700)) }},
		{"archive changed unseen", false, func() error { return flip(archive, true) }},
		{"compiler changed unseen", false, func() error { return flip(compile, true) }},
		{"compiler removed", false, func() error { return os.Remove(compile) }},
		{"compiler not executable", false, func() error { return os.Chmod(compile, 0o600) }},
		{"linker empty", false, func() error { return os.Truncate(o.parts[0].path(executable("link")), 0) }},
		{"everything removed", true, func() error { return os.RemoveAll(o.parts[0].dir) }},
		{"everything removed, unseen", false, func() error { return os.RemoveAll(o.parts[0].dir) }},
		{"temporary files removed", false, func() error { return os.RemoveAll(o.work.dir) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			use := tc
			if c.again {
				use = toolchainIn(t, dir)
			}
			source := strings.ReplaceAll(hello, "hello", fmt.Sprintf("hello %d", i))
			if out, _, _ := run(t, link(t, use, program(source))); out != fmt.Sprintf("hello %d\n", i) {
				t.Errorf("the program wrote %q, want hello %d", out, i)
			}
		})
	}
	for _, again := range []bool{false, true} {
		b := link(t, tc, program(hello))
		if err := flip(b.Path, again); err != nil {
			t.Fatal(err)
		}
		use := tc
		if again {
			use = toolchainIn(t, dir)
		}
		if out, _, _ := run(t, link(t, use, program(hello))); out != "hello\n" {
			t.Errorf("a damaged program of the cache was taken: it wrote %q", out)
		}
	}
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	long := time.Now().Add(-2 * keepUnused)
	make := func(name string, used time.Time) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, name, "pkg"), 0o700); err != nil {
			t.Fatal(err)
		}
		use := filepath.Join(dir, name+".use")
		if err := errors.Join(os.WriteFile(use, nil, 0o600), os.Chtimes(use, used, used)); err != nil {
			t.Fatal(err)
		}
	}
	make("go-old", long)
	make("go-held", long)
	make("go-recent", time.Now())
	for _, name := range []string{leftover + "1", "work/w1"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "work", "w1.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(filepath.Join(dir, "go-held.use"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if ours, err := durable.TryLock(held, true); err != nil || !ours {
		t.Fatalf("TryLock() = %v, %v", ours, err)
	}
	tc := toolchainIn(t, dir)
	if _, err := tc.open(t.Context()); err != nil {
		t.Fatalf("open() = %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && (strings.HasPrefix(name, ".") || len(name) < 12) {
			got = append(got, name)
		}
	}
	if want := []string{"go-held", "go-recent", "work"}; !slices.Equal(got, want) {
		t.Errorf("after the sweep the folder holds %q, want %q", got, want)
	}
	wantTidy(t, dir)
}

func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tc := toolchainIn(t, filepath.Join(file, "below"))
	_, err := tc.Link(t.Context(), program(hello))
	if f := fault.As(err); f == nil || f.Code != "compiler.cache" || f.Hint == "" || !strings.Contains(f.What, file) {
		t.Errorf("Link() below a file = %v, want compiler.cache that names the folder", err)
	}
	if f := fault.As(New(Options{}).Available()); f == nil || f.Hint == "" {
		t.Errorf("Available() without a folder = %v, want an error with a hint", f)
	}
	s := &store{dir: "cache"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "write", Path: "secret", Err: syscall.ENOSPC}, "the disk is full"},
		{&os.LinkError{Op: "rename", Old: "secret", New: "secret", Err: syscall.EACCES}, "set the variable"},
		{fmt.Errorf("more: %w", &fs.PathError{Op: "open", Path: "secret", Err: syscall.EROFS}), "nothing can be written"},
		{&fs.PathError{Op: "mkdir", Path: "secret", Err: syscall.ENOTDIR}, "nothing can be written"},
		{errors.New("odd"), "remove it"},
	} {
		f := fault.As(s.trouble(c.err, "unpack the compiler"))
		if !strings.Contains(f.Hint, c.want) || strings.Contains(f.Error(), "secret") {
			t.Errorf("trouble(%v) = %s, hint %q, want one with %q and no temporary path", c.err, f, f.Hint, c.want)
		}
	}
}

// TestStuck waits for a process that holds the folder and does not get on.
func TestStuck(t *testing.T) {
	dir := t.TempDir()
	s := &store{dir: dir}
	alone, err := s.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	tc := New(Options{Dir: dir, Limits: Limits{Time: 100 * time.Millisecond}})
	if tc.Available() != nil {
		t.Skip("no pack of the compiler; make it with: go run ./build/dev pack")
	}
	start := time.Now()
	_, err = tc.Link(t.Context(), program(hello))
	if f := fault.As(err); f.Code != "compiler.cache" || !strings.Contains(f.Hint, "other process") || time.Since(start) > 5*time.Second {
		t.Errorf("Link() beside a process that hangs = %v after %s, want compiler.cache", err, time.Since(start))
	}
}

func TestAbsent(t *testing.T) {
	tc := newToolchain(Options{Dir: t.TempDir()}, os.DirFS(t.TempDir()))
	if f := fault.As(tc.Available()); f == nil || f.Code != "compiler.absent" || !strings.Contains(f.Hint, "go run ./build/dev build") {
		t.Errorf("Available() without a pack = %v, want compiler.absent with what to do", f)
	}
	if _, err := tc.Link(t.Context(), program(hello)); fault.As(err).Code != "compiler.absent" {
		t.Errorf("Link() without a pack = %v, want compiler.absent", err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "go.pack"), []byte("garbage that is longer than a head"), 0o600); err != nil {
		t.Fatal(err)
	}
	tc = newToolchain(Options{Dir: t.TempDir()}, os.DirFS(broken))
	if f := fault.As(tc.Available()); f == nil || f.Code != "compiler.absent" || f.Err == nil {
		t.Errorf("Available() with a broken pack = %v, want compiler.absent with a cause", f)
	}
}
