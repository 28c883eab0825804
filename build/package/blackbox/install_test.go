package blackbox_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait; it is for a machine that has much else to do.
const patience = 2 * time.Minute

// program is the mortise that was installed, for all tests of this package.
var program string

// TestMain installs the package before the tests and removes it after them.
func TestMain(m *testing.M) {
	remove := func() {}
	if deb := os.Getenv("MORTISE_PACKAGE"); deb != "" {
		program, remove = install(deb)
	}
	code := m.Run()
	remove()
	os.Exit(code)
}

// needsPackage skips a test where there is nothing to try.
func needsPackage(t *testing.T) {
	t.Helper()
	if program == "" {
		t.Skip("no package was built: go run ./build/dev package builds one and tries it")
	}
}

// install installs a .deb with apt where it may and where nobody else's would be
// replaced; otherwise it unpacks it into a folder. It returns the program and what
// takes it away again.
func install(deb string) (bin string, remove func()) {
	there := exec.Command("dpkg-query", "-W", "-f", "${db:Status-Status}", "mortise")
	if out, _ := there.Output(); os.Geteuid() == 0 && string(out) != "installed" { // an error is one that it does not know
		if apt("install", deb) {
			return "/usr/bin/mortise", func() { apt("purge", "mortise") }
		}
	}
	dir, err := os.MkdirTemp("", "mortise-package-")
	if err != nil {
		panic(err)
	}
	if out, err := exec.Command("dpkg-deb", "-x", deb, dir).CombinedOutput(); err != nil {
		panic("dpkg-deb -x " + deb + ": " + err.Error() + "\n" + string(out))
	}
	println("the package is unpacked, not installed: that needs root, and no mortise that is installed already")
	return filepath.Join(dir, "usr", "bin", "mortise"), func() { os.RemoveAll(dir) }
}

// apt runs apt-get and reports whether it worked.
func apt(verb, what string) bool {
	cmd := exec.Command("apt-get", verb, "-y", "-q", "--no-install-recommends", what)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		println("apt-get", verb, what+":", err.Error()+"\n"+string(out))
	}
	return err == nil
}

// stranger is a user who has nothing: an empty home, an empty PATH.
type stranger struct {
	t    *testing.T
	home string
	env  []string
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	needsPackage(t)
	s := &stranger{t: t, home: t.TempDir()}
	empty, temp := filepath.Join(s.home, "empty"), filepath.Join(s.home, "tmp")
	for _, dir := range []string{empty, temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.env = []string{"HOME=" + s.home, "PATH=" + empty, "TMPDIR=" + temp, "LANG=C.UTF-8", "NO_COLOR=1"}
	return s
}

func (s *stranger) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = s.home, s.env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	return cmd
}

// run runs a command to its end and returns what it prints.
func (s *stranger) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	cmd := s.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return stderr.String(), err
	}
	return string(out), nil
}

// must runs a command that has to work.
func (s *stranger) must(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("mortise %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// until repeats a step until it says nothing against itself.
func (s *stranger) until(what string, step func() (lacks string)) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		lacks := step()
		if lacks == "" {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("wait until %s: %s", what, lacks)
		}
		<-tick.C
	}
}

// said gathers what a process writes.
type said struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// find returns the first group of a pattern in what was written; "" for none.
func (s *said) find(pattern *regexp.Regexp) string {
	if m := pattern.FindStringSubmatch(s.String()); m != nil {
		return m[1]
	}
	return ""
}

// start starts a command that ends with the test, and returns what it says.
func (s *stranger) start(args ...string) *said {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	out := &said{}
	cmd := s.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was told to end
		if s.t.Failed() {
			s.t.Logf("mortise %s said:\n%s", strings.Join(args, " "), out)
		}
	})
	return out
}
