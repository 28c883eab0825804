//go:build unix && !linux

package worker

import "syscall"

// attributes of the child: a process group of its own, so that the terminal's
// interrupt reaches only the host. It ends with its host because its pipe does.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// ceiling is not enforced on this system.
func ceiling(memory int64) int64 { return memory + memory/4 + 64<<20 }

// limitMemory leaves the limit to Go's collector: this system has no limit of
// data that it enforces.
func limitMemory(int64) error { return nil }

// resident returns 0: what a process holds is not known here.
func resident(int) int64 { return 0 }
