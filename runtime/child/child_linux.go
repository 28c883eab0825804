package child

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Apart returns the attributes of a child with a process group of its own, which
// the terminal's interrupt does not reach. On Linux it dies with the thread that
// starts it, so that one has to be kept; elsewhere see Hold.
func Apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// Beside returns the attributes of a child that shares the terminal with us, and
// gets what is typed there. On Linux it dies with the thread that starts it.
func Beside() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// LimitMemory makes the system refuse this process more than so many bytes of
// data. Go counts what it sets aside without using it, and ends with a message
// and the stacks where it is refused some. Systems without such a limit do
// nothing.
func LimitMemory(most int64) error {
	if raceEnabled {
		return nil
	}
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(most), Max: uint64(most)})
}

// Resident returns the bytes of memory that a process holds; 0 where they are
// not known.
func Resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
