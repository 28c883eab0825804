//go:build unix

package worker

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// leash is what the host holds of the child beside the process.
type leash struct{}

func newLeash(*os.Process, int64) (*leash, error) { return &leash{}, nil }

// kill ends the child and what it started itself. The child has not been waited
// for, so its id is still its own.
func (*leash) kill(p *os.Process) {
	_ = unix.Kill(-p.Pid, unix.SIGKILL)
	_ = p.Kill()
}

// quit makes a Go program end with the stacks of its goroutines.
func (*leash) quit(p *os.Process) bool { return p.Signal(unix.SIGQUIT) == nil }

func (*leash) close() {}

// peak returns the most memory that a process held, in bytes.
func peak(state *os.ProcessState) int64 {
	use, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // which counts in bytes, the others in KiB
		return int64(use.Maxrss) //nolint:unconvert // an int32 on some systems
	}
	return int64(use.Maxrss) << 10 //nolint:unconvert,nolintlint // an int32 on some systems
}

// ending says how a process ended: its exit code, or -1 and a signal.
func ending(state *os.ProcessState) (code int, signal string) {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return -1, ws.Signal().String()
	}
	return state.ExitCode(), ""
}
