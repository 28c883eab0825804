package blackbox_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// typed is what the person at the window types into a service.
const typed = "// typed by hand"

// TestWindow opens the window on a screen of its own and works in it with nothing
// but keys: opens a service, types a line and saves. The line reaches the disk only
// where window, page and Studio all work.
func TestWindow(t *testing.T) {
	needsPackage(t)
	for tool, pkg := range map[string]string{"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s: apt-get install -y --no-install-recommends %s", tool, pkg)
		}
	}
	s := newStranger(t)
	display := screen(t)
	s.env = append(s.env, "DISPLAY="+display, "GDK_BACKEND=x11", "NO_AT_BRIDGE=1", "XDG_RUNTIME_DIR="+s.home, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	s.must("new", "demo", "--template", "tutorial-finished")
	s.start("studio", "demo")
	hand := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "xdotool", args...)
		cmd.Env = append(os.Environ(), "DISPLAY="+display)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	var window string
	s.until("the window is open", func() string {
		var err error
		if window, err = hand("search", "--onlyvisible", "--name", "^Mortise Studio$"); err != nil || window == "" {
			return fmt.Sprintf("xdotool search: %q, %v", window, err)
		}
		return ""
	})
	s.compiled()

	// At the pace of a person, and again where the page was not ready for it.
	steps := [][]string{
		{"windowfocus", "--sync", window, "key", "--delay", "200", "Escape", "ctrl+p", "sleep", "1"},
		{"type", "--delay", "60", "hello.go"},
		{"sleep", "1", "key", "Return", "sleep", "1", "key", "ctrl+End"},
		{"type", "--delay", "60", typed},
		{"key", "ctrl+s"},
	}
	s.until("what was typed is in the file", func() string {
		for _, step := range steps {
			if _, err := hand(step...); err != nil {
				return fmt.Sprintf("xdotool %s: %v", strings.Join(step, " "), err)
			}
		}
		return s.saved(20 * time.Second)
	})
	picture := filepath.Join(t.ArtifactDir(), "window.png")
	if out, err := exec.CommandContext(t.Context(), "import", "-display", display, "-window", "root", picture).CombinedOutput(); err != nil {
		t.Logf("import: %v\n%s", err, out)
	}
	s.compiled()
}

// saved waits a while for what was typed to be on disk, and says what is there
// otherwise.
func (s *stranger) saved(while time.Duration) (lacks string) {
	deadline := time.Now().Add(while)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(filepath.Join(s.home, "demo", "services", "demo", "hello.go"))
		switch {
		case err == nil && strings.Contains(string(data), typed):
			return ""
		case time.Now().After(deadline):
			return fmt.Sprintf("%v, the file is:\n%s", err, data)
		}
		<-tick.C
	}
}

// screen starts an X server that ends with the test and returns its name.
func screen(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1400x900x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	err = server.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may have ended
		_ = server.Wait()         // it was killed
	})
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("wait for Xvfb: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}
