package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Options say what a Studio begins with.
type Options struct {
	// Template of the project that is open; "" is none.
	Template string
	// Files are put into the project before it is opened: name, then text.
	Files map[string]string
	// Page is the folder of a page in place of the bundled one.
	Page string
	// Args go to mortise studio, beside those that show it in a browser.
	Args []string
}

// Studio is one running Studio and the page that shows it.
type Studio struct {
	Page *Page
	Dir  string // of the project; "" where there is none
	Home string // the user's folder

	t      *testing.T
	suite  *Suite
	args   []string
	env    []string
	cmd    *exec.Cmd
	said   *said
	stdout sync.WaitGroup
}

// said gathers what a process writes.
type said struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// Open makes a project, starts a Studio on it and opens its page. All of it ends
// with the test.
func (s *Suite) Open(t *testing.T, o Options) *Studio {
	t.Helper()
	switch {
	case s.Window == "" && o.Page == "":
		s.needsPage(t)
	case s.Window != "" && o.Page != "":
		t.Skip("this test is for browsers")
	case s.Window != "":
		s.needsWindow(t)
	}
	st := s.Prepare(t, o)
	st.Start()
	if s.Window != "" {
		return st
	}
	st.Page = s.Tab(t, st.URL())
	st.Page.said = st.said
	return st
}

// Prepare makes a project and a home for a Studio that Start starts.
func (s *Suite) Prepare(t *testing.T, o Options) *Studio {
	t.Helper()
	st := &Studio{t: t, suite: s, Home: t.TempDir(), args: o.Args, said: &said{}}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	st.env = []string{
		"HOME=" + st.Home, "XDG_CONFIG_HOME=" + filepath.Join(st.Home, ".config"), "AppData=" + st.Home,
		"MORTISE_E2E_PAGE=" + cmp.Or(o.Page, s.Dist),
		"XDG_CACHE_HOME=" + filepath.Join(cache, "mortise-test"), // the compiler is unpacked once for all
		"DISPLAY=", "WAYLAND_DISPLAY=", "NO_COLOR=1", "TZ=UTC", "GORACE=atexit_sleep_ms=0",
	}
	if o.Template != "" {
		st.Dir = filepath.Join(st.Home, "demo")
		if out, err := st.command("new", st.Dir, "--template", o.Template).CombinedOutput(); err != nil {
			t.Fatalf("mortise new --template %s: %v\n%s", o.Template, err, out)
		}
	}
	for name, text := range o.Files {
		st.Write(name, text)
	}
	t.Cleanup(st.Stop)
	return st
}

func (st *Studio) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(st.t.Context()), st.suite.Binary, args...)
	cmd.Dir, cmd.Env = st.Home, append(os.Environ(), st.env...)
	return cmd
}

// address is what mortise studio --web prints.
var address = regexp.MustCompile(`(?m)^the Studio is at (\S+)$`)

// Start starts the Studio, which must not be running, and waits for its address,
// or for its window.
func (st *Studio) Start() {
	st.t.Helper()
	if st.suite.Window != "" {
		st.startWindow()
		return
	}
	args := append([]string{"studio", "--web", "--no-browser"}, st.args...)
	if st.Dir != "" {
		args = append(args, st.Dir)
	}
	st.said = &said{}
	st.cmd = st.command(args...)
	st.cmd.Stderr = st.said
	out, err := st.cmd.StdoutPipe()
	if err != nil {
		st.t.Fatal(err)
	}
	if err := st.cmd.Start(); err != nil {
		st.t.Fatalf("start mortise studio: %v", err)
	}
	there := make(chan struct{})
	st.stdout.Go(func() {
		lines, waiting := bufio.NewScanner(out), true
		for lines.Scan() {
			_, _ = io.WriteString(st.said, lines.Text()+"\n") // a buffer takes all
			if waiting && address.MatchString(lines.Text()) {
				waiting = false
				close(there)
			}
		}
		if waiting {
			close(there)
		}
	})
	ctx, cancel := st.patience()
	defer cancel()
	select {
	case <-there:
	case <-ctx.Done():
	}
	if st.URL() == "" {
		st.t.Fatalf("mortise studio gave no address; it says:\n%s", st.said)
	}
	if st.Page != nil {
		st.Page.said = st.said
	}
}

// URL returns the address of the running Studio, with its token.
func (st *Studio) URL() string {
	if m := address.FindStringSubmatch(st.said.String()); m != nil {
		return m[1]
	}
	return ""
}

// Address returns the host and port of the running Studio.
func (st *Studio) Address() string {
	u, err := url.Parse(st.URL())
	if err != nil {
		st.t.Fatal(err)
	}
	return u.Host
}

// Said returns what the Studio has written on its outputs.
func (st *Studio) Said() string { return st.said.String() }

// Kill ends the Studio as a failing machine would.
func (st *Studio) Kill() {
	switch {
	case st.cmd == nil:
	case st.suite.Window != "":
		st.endWindow(false)
	default:
		_ = st.cmd.Process.Kill() // it may have ended
		st.wait()
	}
}

// Stop ends the Studio as Ctrl-C does.
func (st *Studio) Stop() {
	switch {
	case st.cmd == nil:
	case st.suite.Window != "":
		st.endWindow(true)
	default:
		_ = st.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		st.wait()
	}
}

func (st *Studio) wait() {
	st.stdout.Wait()
	_ = st.cmd.Wait() // how it ended is no matter
	st.cmd = nil
}

// Again kills the Studio and starts it at an address, beside a page that is open.
func (st *Studio) Again(address string) {
	st.t.Helper()
	st.Kill()
	args := st.args
	st.args = append(slices.Clone(args), "--listen", address)
	st.Start()
	st.args = args
}

// Restart kills the Studio, starts it again and opens its page anew.
func (st *Studio) Restart() {
	st.t.Helper()
	st.Kill()
	st.Start()
	if st.suite.Window == "" {
		st.Page.Go(st.URL())
	}
}

// Mortise runs another command of the same user and returns what it prints.
func (st *Studio) Mortise(args ...string) string {
	st.t.Helper()
	out, err := st.command(args...).CombinedOutput()
	if err != nil {
		st.t.Errorf("mortise %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Read returns a file of the project.
func (st *Studio) Read(name string) string {
	st.t.Helper()
	data, err := os.ReadFile(filepath.Join(st.Dir, filepath.FromSlash(name)))
	if err != nil {
		st.t.Fatal(err)
	}
	return string(data)
}

// Write puts a file into the project, as another program would.
func (st *Studio) Write(name, text string) {
	st.t.Helper()
	file := filepath.Join(st.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		st.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		st.t.Fatal(err)
	}
}

// WaitFiles waits until a file in this folder of the project, or below it, holds a
// text.
func (st *Studio) WaitFiles(folder, text string) {
	st.t.Helper()
	ctx, cancel := st.patience()
	defer cancel()
	for {
		found := false
		// What is gone or half written when it is its turn is read again; what has not
		// got its name yet would not outlive a kill.
		files := os.DirFS(filepath.Join(st.Dir, folder))
		_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !found && !strings.HasPrefix(d.Name(), ".#") {
				data, err := fs.ReadFile(files, name)
				found = err == nil && bytes.Contains(data, []byte(text))
			}
			return nil
		})
		if found {
			return
		}
		if !pause(ctx) {
			st.t.Fatalf("no file in %s holds %q; mortise says:\n%s", folder, text, st.said)
		}
	}
}

func (st *Studio) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(st.t.Context()), Patience)
}
