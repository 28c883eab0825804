package worker

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes of the child: a process group of its own, so that the terminal's
// interrupt reaches only the host, and death with the thread that started it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// ceiling is the memory beyond which a worker is ended. It leaves room above the
// limit, just below which the collector works hardest.
func ceiling(memory int64) int64 { return memory + memory/4 + 64<<20 }

// reserved is the address space for data that Go sets aside without using it:
// 105 MiB in an idle worker of Go 1.26.
const reserved = 128 << 20

// limitMemory makes the system refuse more memory to this process. Go then ends
// with a message and the stacks, whether one allocation was too large or many
// were too many.
func limitMemory(memory int64) error {
	if raceEnabled {
		return nil
	}
	most := uint64(ceiling(memory) + reserved)
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
}

// resident returns the bytes of memory that a process holds; 0 where they are
// not known.
func resident(pid int) int64 {
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
