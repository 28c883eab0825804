//go:build unix

package scratch

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
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

// attributes of the child; see attributes for what systems differ in.
func (t *terminal) attributes() *syscall.SysProcAttr {
	return attributes(t.hidden || t.tty == nil)
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

// kill ends the child, and what it started where it has a group of its own.
func kill(p *os.Process, group bool) {
	if group {
		_ = unix.Kill(-p.Pid, unix.SIGKILL)
	}
	_ = p.Kill() // it may have ended
}

// shellCode is a process's exit code, or 128 and the number of its signal.
func shellCode(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
