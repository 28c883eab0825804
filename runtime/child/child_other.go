//go:build unix && !linux

package child

import "syscall"

// Apart returns the attributes of a child with a process group of its own, which
// the terminal's interrupt does not reach. This system does not end it when we
// are killed.
func Apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// Beside returns the attributes of a child that shares the terminal with us, and
// gets what is typed there.
func Beside() *syscall.SysProcAttr { return nil }

// LimitMemory does nothing: this system has no limit of data that it enforces.
func LimitMemory(int64) error { return nil }

// Resident returns 0: what a process holds is not known here.
func Resident(int) int64 { return 0 }
