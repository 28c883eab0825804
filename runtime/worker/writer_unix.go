//go:build unix

package worker

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// directWriter returns a function that writes as much as the pipe takes without
// waiting, which is nothing where out is no file whose writes can be tried.
func directWriter(out io.Writer) func([]byte) int {
	f, ok := out.(syscall.Conn)
	if !ok {
		return func([]byte) int { return 0 }
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return func([]byte) int { return 0 }
	}
	waits := true // a write to a file that is not in this mode would wait
	err = raw.Control(func(fd uintptr) {
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		waits = err != nil || flags&unix.O_NONBLOCK == 0
	})
	if err != nil || waits {
		return func([]byte) int { return 0 }
	}
	d := &direct{raw: raw}
	d.attempt = d.write
	return d.try
}

// direct tries a write; one at a time.
type direct struct {
	raw     syscall.RawConn
	attempt func(fd uintptr) bool
	buf     []byte
	n       int
}

func (d *direct) try(buf []byte) int {
	d.buf, d.n = buf, 0
	if err := d.raw.Write(d.attempt); err != nil {
		return 0
	}
	d.buf = nil
	return d.n
}

// write tries once. Errors are left to the goroutine, which meets them again.
func (d *direct) write(fd uintptr) bool {
	if n, err := unix.Write(int(fd), d.buf); err == nil {
		d.n = n
	}
	return true
}
