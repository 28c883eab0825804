package compiler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"mortise/runtime/child"
	"mortise/runtime/fault"
)

const (
	maxOutput  = 1 << 20               // of one run of a tool; what is more is dropped
	watchEvery = 50 * time.Millisecond // between two looks at a tool's memory
	longArgs   = 16 << 10              // from here on arguments go by way of a file: Windows takes 32 KiB
	pipeWait   = time.Second           // from a tool's end until its output is given up
)

// tool is one run of the compiler or the linker.
type tool struct {
	path   string
	args   []string
	dir    string // its working directory and the place of its temporary files
	memory int64  // in bytes, from which on it is ended
}

// outcome is how a run went.
type outcome struct {
	output string
	code   int           // 0 for success
	cpu    time.Duration // of the processor
}

// errMemory is the cause of the end of a tool that took too much.
var errMemory = errors.New("it took more memory than it may")

// run runs a tool to its end. Its environment holds nothing of ours. The error
// says why it could not start or was ended; one that found mistakes has a code
// above 0 and no error.
func (t tool) run(ctx context.Context) (outcome, error) {
	args, err := t.arguments()
	if err != nil {
		return outcome{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, t.path, args...)
	cmd.Dir = t.dir
	cmd.Env = []string{
		"PWD=" + t.dir, "TMPDIR=" + t.dir, "TMP=" + t.dir, "TEMP=" + t.dir,
		// Most runs end before a collection would pay; the others collect when they
		// come near to their limit.
		"GOGC=off", fmt.Sprintf("GOMEMLIMIT=%d", t.memory/2),
	}
	cmd.WaitDelay = pipeWait
	out := &capped{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = child.Apart()
	cmd.Cancel = func() error { return child.Kill(cmd.Process) }

	err = t.wait(cmd, stop)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return outcome{}, cause
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if exit.ExitCode() > 0 {
			return outcome{output: out.String(), code: exit.ExitCode()}, nil
		}
		return outcome{}, fmt.Errorf("it was ended from outside: %s", exit.ProcessState)
	}
	if err != nil {
		return outcome{}, err
	}
	return outcome{output: out.String(), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// wait starts the tool and waits for it. It keeps its thread to itself: on Linux
// the child dies with the thread that started it, and so with our process.
func (t tool) wait(cmd *exec.Cmd, stop context.CancelCauseFunc) error {
	var err error
	var both sync.WaitGroup
	over := make(chan struct{})
	started := make(chan bool)
	both.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(over)
		err = cmd.Start()
		if err == nil {
			var leash *child.Leash
			if leash, err = child.Hold(cmd.Process, t.memory); err != nil {
				stop(err)
			} else {
				defer leash.Close()
			}
		}
		started <- err == nil
		if cmd.Process != nil {
			err = cmd.Wait()
		}
	})
	if <-started && child.Watch(cmd.Process.Pid, t.memory, watchEvery, over) {
		stop(errMemory)
	}
	both.Wait()
	return err
}

// arguments returns the arguments as the tool gets them.
func (t tool) arguments() ([]string, error) {
	n := 0
	for _, a := range t.args {
		n += len(a) + 1
	}
	if n < longArgs {
		return t.args, nil
	}
	var b strings.Builder
	for _, a := range t.args {
		b.WriteString(strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(a) + "\n")
	}
	path := filepath.Join(t.dir, "arguments")
	return []string{"@" + path}, os.WriteFile(path, []byte(b.String()), 0o600)
}

// failed is the error of a tool that did not come to its end.
func failed(ctx context.Context, err error, doing string, limits Limits) error {
	switch {
	case errors.Is(err, errMemory):
		return fault.New(fault.Limited, "compiler.memory", "%s: it takes more than %d MiB of memory", doing, limits.Memory>>20).
			WithHint("split the largest file or function")
	case errors.Is(err, errTime):
		return fault.New(fault.Limited, "compiler.time", "%s: it takes longer than %s", doing, limits.Time).
			WithHint("split the largest file or function")
	case ctx.Err() != nil:
		return fault.Wrap(fault.Canceled, "compiler.canceled", err, "%s", doing)
	}
	return fault.Wrap(fault.Internal, "compiler.tool", err, "%s: the compiler does not run on this machine", doing)
}

// errTime is the cause of the end of a job that took too long.
var errTime = errors.New("it took longer than it may")

// capped keeps the beginning of what is written to it.
type capped struct{ bytes.Buffer }

// Write takes everything and keeps what fits.
func (c *capped) Write(p []byte) (int, error) {
	if room := maxOutput - c.Len(); room > 0 {
		c.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
