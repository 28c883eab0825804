//go:build unix

package scratch

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"mortise/runtime/child"
)

// terminal knows which signals reach the child without our help.
//
// Under a terminal the child stays in our process group, so that it can read,
// and Ctrl-C, Ctrl-\ and Ctrl-Z reach it and us at the same moment. Else it has
// a group of its own, and each signal that we get is passed on, once.
type terminal struct {
	tty     *os.File // nil without one
	hidden  bool
	signals chan os.Signal // others than those of Options.Signals
}

func newTerminal(hidden bool) *terminal {
	t := &terminal{hidden: hidden}
	if hidden {
		return t
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		t.tty = tty
	}
	t.signals = make(chan os.Signal, 8)
	signal.Notify(t.signals, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	return t
}

func (t *terminal) close() {
	if t.signals != nil {
		signal.Stop(t.signals)
	}
	if t.tty != nil {
		_ = t.tty.Close() // nothing was written to it
	}
}

// attributes of the child.
func (t *terminal) attributes() *syscall.SysProcAttr {
	if t.hidden || t.tty == nil {
		return child.Apart()
	}
	return child.Beside()
}

// pass passes a signal on, unless the child has it from the terminal.
func (t *terminal) pass(p *os.Process, s os.Signal) {
	if t.tty != nil && s != syscall.SIGTERM && s != syscall.SIGUSR1 && s != syscall.SIGUSR2 {
		front, err := unix.IoctlGetInt(int(t.tty.Fd()), unix.TIOCGPGRP)
		if err == nil && front == unix.Getpgrp() {
			return
		}
	}
	_ = p.Signal(s) // it may have ended
}

func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
