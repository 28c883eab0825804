//go:build unix && !linux

package scratch

import "syscall"

// attributes of a child that is in a process group of its own or in ours. This
// system does not end it when we are killed.
func attributes(group bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: group} }

// limitMemory does nothing: this system has no limit that a process can set
// itself.
func limitMemory(int64) {}
