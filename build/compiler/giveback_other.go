//go:build !linux

package compiler

import "runtime/debug"

// giveBack gives the memory back that the decoder took. The pages of our own
// binary, where the packs lie, are clean: the system takes them when it needs
// them.
func giveBack() { debug.FreeOSMemory() }
