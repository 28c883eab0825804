//go:build unix

package gatefuzz

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// noteSlot returns memory for the position, as workers have it: shared with
// another process, so that all goroutines may write it without a lock and the
// race detector, which watches Go's own memory, leaves it alone.
func noteSlot() (*uint32, error) {
	mem, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	return (*uint32)(unsafe.Pointer(&mem[0])), nil //nolint:gosec // the memory is never unmapped
}
