//go:build unix

package child

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Leash is what is held of a running child beside its process: on Windows a job
// object, elsewhere nothing.
type Leash struct{ process *os.Process }

// Hold puts a child that was started with Apart on a leash. Where the system has
// job objects the child cannot hold more than memory bytes from then on, and
// ends when we do.
func Hold(p *os.Process, _ int64) (*Leash, error) { return &Leash{p}, nil }

// Kill ends the child and what it started. The child must not have been waited
// for: its id may be another's by then.
func (l *Leash) Kill() { _ = Kill(l.process) } // it may have ended

// Close gives back what is held, once the child has ended.
func (*Leash) Close() {}

// Kill ends a child that was started with Apart, and what it started where it
// has a process group. The child must not have been waited for.
func Kill(p *os.Process) error {
	_ = unix.Kill(-p.Pid, unix.SIGKILL) // there is no group where the child could not be put into one
	return p.Kill()
}

// Quit makes a Go program end with the stacks of its goroutines, and reports
// whether the system has a signal for that and could send it.
func Quit(p *os.Process) bool { return p.Signal(unix.SIGQUIT) == nil }

// Ending says how a process ended: its exit code, or -1 and a signal.
func Ending(state *os.ProcessState) (code int, signal syscall.Signal) {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return -1, ws.Signal()
	}
	return state.ExitCode(), 0
}

// Peak returns the most memory that a process held, in bytes; 0 where that is
// not known.
func Peak(state *os.ProcessState) int64 {
	use, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // which counts in bytes, the others in KiB
		return int64(use.Maxrss) //nolint:unconvert // an int32 on some systems
	}
	return int64(use.Maxrss) << 10 //nolint:unconvert,nolintlint // an int32 on some systems
}
