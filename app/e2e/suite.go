package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"mortise/runtime/child"
)

// Patience bounds every wait: what is waited for mostly takes milliseconds; the
// bound is for a machine that has much else to do.
const Patience = 60 * time.Second

// Suite is what the tests of one package share: the browser. It is closed after
// the last one.
type Suite struct {
	// Binary is the mortise that is tested. The variable MORTISE_E2E_PAGE names Dist
	// to it.
	Binary string
	// Dist is the folder of the bundled page.
	Dist string
	// Window is a mortise with a window, built with the tag e2e. Where it is set,
	// Studios open in windows instead of tabs of a browser.
	Window string

	screenOnce sync.Once
	screenErr  error     // why there is no screen for windows
	xserver    *exec.Cmd // nil where there was one already
	display    string

	once    sync.Once
	err     error // why there is no browser
	driver  *exec.Cmd
	drained sync.WaitGroup
	profile string
	wire    *wire
	first   string // the tab that the browser began with, which keeps it open
}

// started is what chromedriver says when it listens.
var started = regexp.MustCompile(`started successfully on port (\d+)`)

// browser starts the one browser. ctx bounds the start alone.
func (s *Suite) browser(ctx context.Context) (*wire, error) {
	s.once.Do(func() { s.err = s.start(ctx) })
	return s.wire, s.err
}

func (s *Suite) start(ctx context.Context) error {
	var err error
	if s.profile, err = os.MkdirTemp("", "mortise-e2e-"); err != nil {
		return err
	}
	s.driver = exec.CommandContext(context.WithoutCancel(ctx), "chromedriver", "--port=0")
	s.driver.Dir, s.driver.SysProcAttr = s.profile, child.Apart()
	out, err := s.driver.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.driver.Start(); err != nil {
		return fmt.Errorf("start chromedriver: %w", err)
	}
	port := make(chan string, 1)
	s.drained.Go(func() {
		defer close(port)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := started.FindStringSubmatch(lines.Text()); m != nil {
				port <- m[1]
				break
			}
		}
		_, _ = io.Copy(io.Discard, out) // it must be able to go on talking
	})
	select {
	case p, ok := <-port:
		if !ok {
			return fmt.Errorf("chromedriver ended before it listened")
		}
		if s.wire, err = newWire(ctx, "http://127.0.0.1:"+p, s.capabilities()); err != nil {
			return err
		}
	case <-ctx.Done():
		return fmt.Errorf("wait for chromedriver: %w", ctx.Err())
	}
	return s.wire.get(ctx, "/window", &s.first)
}

func (s *Suite) capabilities() any {
	args := []string{
		"--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-extensions",
		"--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
		"--force-device-scale-factor=1", "--hide-scrollbars=false", "--window-size=1280,800",
		"--user-data-dir=" + filepath.Join(s.profile, "profile"),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium has none for root
	}
	return map[string]any{
		"browserName":             "chrome",
		"unhandledPromptBehavior": "accept and notify",
		"goog:chromeOptions":      map[string]any{"args": args},
		"goog:loggingPrefs":       map[string]string{"browser": "ALL"},
	}
}

// Close ends the browser and the screen.
func (s *Suite) Close() {
	if s.xserver != nil && s.xserver.Process != nil {
		_ = child.Kill(s.xserver.Process) // it may have ended
		_ = s.xserver.Wait()              // it was killed
	}
	if s.driver == nil || s.driver.Process == nil {
		return
	}
	if s.wire != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_ = s.wire.delete(ctx, "") // it is killed anyway
		cancel()
	}
	_ = child.Kill(s.driver.Process) // it may have ended
	s.drained.Wait()
	_ = s.driver.Wait() // it was killed
	os.RemoveAll(s.profile)
}

// Main runs the tests of a package and then closes the suite; it returns the exit
// code.
func (s *Suite) Main(m *testing.M) int {
	defer s.Close()
	return m.Run()
}

// Tab opens an address in a tab that closes with the test.
func (s *Suite) Tab(t *testing.T, url string) *Page {
	t.Helper()
	if s.Window != "" {
		t.Skip("this test is for browsers")
	}
	if _, err := exec.LookPath("chromedriver"); err != nil {
		t.Skip("there is no chromedriver: apt-get install -y --no-install-recommends chromium chromium-driver")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), Patience)
	defer cancel()
	w, err := s.browser(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(t, w, s.first)
	p.Go(url)
	return p
}

// needsPage skips a test where the page is not bundled.
func (s *Suite) needsPage(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(s.Dist, "index.html")); err != nil {
		t.Skip("the Studio's page is not bundled: go run ./build/bundle")
	}
}
