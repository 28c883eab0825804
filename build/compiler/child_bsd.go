//go:build unix && !linux

package compiler

import "syscall"

// attributes of a tool: a process group of its own, so that the terminal's
// interrupt reaches only us.
func (*child) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// resident returns 0: what a process holds is not known here, and the collector
// of the tool and the limit of time are all that bounds it.
func resident(int) int64 { return 0 }
