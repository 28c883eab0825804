package scratch

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes of a child that is in a process group of its own or in ours, and
// that ends when we do.
func attributes(group bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: group, Pdeathsig: syscall.SIGKILL}
}

// limitMemory makes the system refuse more memory to this process, which ends
// then.
func limitMemory(most int64) {
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(most), Max: uint64(most)}) // without it there is no limit
}
