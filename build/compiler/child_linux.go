package compiler

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// attributes of a tool: a process group of its own, so that the terminal's
// interrupt reaches only us, and death with the thread that started it.
func (*child) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
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
