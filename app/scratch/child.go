package scratch

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"mortise/runtime/child"
	"mortise/runtime/fault"
)

// process is a child process to start.
type process struct {
	argv           []string
	env            []string // in addition to our own environment
	hidden         bool     // nobody knows of it: it has no part in the terminal, and gets no signals
	stdin          io.Reader
	stdout, stderr io.Writer
}

// quiet is the environment of the interpreter: its own stacks say nothing to a
// program's author.
var quiet = []string{"GOTRACEBACK=none"}

// child runs a process until it ends and returns its exit code. It gets the
// signals that this process gets. Where ctx ends first it is killed.
func (o Options) child(ctx context.Context, p process) (int, error) {
	// The child dies with the thread that starts it, so that one is kept.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(p.argv[0], p.argv[1:]...) //nolint:noctx // its end is waited for below, whatever ctx says
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Dir, p.stdin, p.stdout, p.stderr
	if len(p.env) > 0 {
		cmd.Env = append(os.Environ(), p.env...)
	}
	term := newTerminal(p.hidden)
	defer term.close()
	cmd.SysProcAttr = term.attributes()
	if err := cmd.Start(); err != nil {
		return 0, fault.Wrap(fault.Unavailable, "scratch.start", err, "start the program")
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	signals := o.Signals
	if p.hidden {
		signals = nil
	}
	for done := ctx.Done(); ; {
		select {
		case err := <-ended:
			return exitCode(cmd.ProcessState, err)
		case s := <-signals:
			term.pass(cmd.Process, s)
		case s := <-term.signals:
			term.pass(cmd.Process, s)
		case <-done:
			if p.hidden {
				_ = child.Kill(cmd.Process) // it may have ended
			} else {
				_ = cmd.Process.Kill() // the same
			}
			done = nil
		}
	}
}

// exitCode returns what a shell would call the end of a process.
func exitCode(state *os.ProcessState, err error) (int, error) {
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		if state == nil {
			return 0, fault.Wrap(fault.Internal, "scratch.wait", err, "wait for the program")
		}
	} else if ok {
		state = exit.ProcessState
	}
	return shellCode(state), nil
}

// shellCode is a process's exit code, or 128 and the number of its signal.
func shellCode(state *os.ProcessState) int {
	code, signal := child.Ending(state)
	if signal != 0 {
		return signalCode(signal)
	}
	return code
}

// signalCode is what a shell calls the end by a signal.
func signalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 1
}
