package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mortise/runtime/child"
)

// screen starts an X server for the windows where there is none; ctx bounds the
// start.
func (s *Suite) screen(ctx context.Context) error {
	if os.Getenv("DISPLAY") != "" {
		s.display = os.Getenv("DISPLAY")
		return nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	s.xserver = exec.CommandContext(context.WithoutCancel(ctx), "Xvfb", "-displayfd", "3", "-screen", "0", "1680x1050x24", "-nolisten", "tcp")
	s.xserver.ExtraFiles, s.xserver.SysProcAttr = []*os.File{write}, child.Apart()
	err = s.xserver.Start()
	write.Close()
	if err != nil {
		return fmt.Errorf("start Xvfb: %w", err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := read.SetReadDeadline(deadline); err != nil {
			return err
		}
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return fmt.Errorf("wait for Xvfb: %w", err)
	}
	s.display = ":" + strings.TrimSpace(number)
	return nil
}

// needsWindow skips a test where no window can be driven.
func (s *Suite) needsWindow(t *testing.T) {
	t.Helper()
	for program, pkg := range map[string]string{"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb", "import": "imagemagick"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s: apt-get install -y --no-install-recommends %s", program, pkg)
		}
	}
}

// startWindow starts the Studio in a window, through WebKitWebDriver, which hands
// its own environment and outputs on.
func (st *Studio) startWindow() {
	st.t.Helper()
	ctx, cancel := st.patience()
	defer cancel()
	st.suite.screenOnce.Do(func() { st.suite.screenErr = st.suite.screen(ctx) })
	if st.suite.screenErr != nil {
		st.t.Fatal(st.suite.screenErr)
	}
	port, err := freePort(ctx)
	if err != nil {
		st.t.Fatal(err)
	}
	st.said = &said{}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "WebKitWebDriver", "--host=127.0.0.1", "--port="+port)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = st.Home, st.said, st.said, child.Apart()
	cmd.Env = append(os.Environ(), st.env...)
	cmd.Env = append(cmd.Env, "DISPLAY="+st.suite.display, "GDK_BACKEND=x11", "NO_AT_BRIDGE=1", "DBUS_SESSION_BUS_ADDRESS=disabled:",
		"XDG_DATA_HOME="+filepath.Join(st.Home, ".local", "share"), "XDG_RUNTIME_DIR="+st.Home)
	if err := cmd.Start(); err != nil {
		st.t.Fatalf("start WebKitWebDriver: %v", err)
	}
	st.cmd = cmd
	args := append([]string{"studio"}, st.args...)
	if st.Dir != "" {
		args = append(args, st.Dir)
	}
	wire, err := st.session(ctx, "http://127.0.0.1:"+port, args)
	if err != nil {
		st.t.Fatalf("open a window: %v; mortise says:\n%s", err, st.said)
	}
	if st.Page == nil {
		st.Page = &Page{t: st.t, window: st.suite.display}
	}
	st.Page.wire, st.Page.said = wire, st.said
}

// session begins a session as soon as the driver listens.
func (st *Studio) session(ctx context.Context, base string, args []string) (*wire, error) {
	for {
		w, err := newWire(ctx, base, map[string]any{"webkitgtk:browserOptions": map[string]any{"binary": st.suite.Window, "args": args}})
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && ctx.Err() == nil {
			if !pause(ctx) {
				return nil, err
			}
			continue
		}
		return w, err
	}
}

// freePort returns a port that nobody listened on a moment ago.
func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// rootPicture takes a picture of the whole screen: WebKit's own hangs where no
// graphics processor draws.
func rootPicture(ctx context.Context, display, file string) error {
	cmd := exec.CommandContext(ctx, "import", "-display", display, "-window", "root", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("import: %w: %s", err, out)
	}
	return nil
}

// endWindow closes the window, and kills what is left.
func (st *Studio) endWindow(gently bool) {
	if gently && st.Page != nil {
		ctx, cancel := st.patience()
		_ = st.Page.wire.delete(ctx, "") // it is killed anyway
		cancel()
	}
	_ = child.Kill(st.cmd.Process) // it may have ended
	_ = st.cmd.Wait()              // it was killed
	st.cmd = nil
}
