//go:build unix

package worker

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// notesFD is the descriptor by which a worker gets the file of its notes.
const notesFD = 3

// notesFile is the host's end of the notes: a file without a name, so that
// nothing stays behind whatever happens.
type notesFile struct{ f *os.File }

func newNotes() (*notesFile, error) {
	f, err := os.CreateTemp("", "mortise-notes-*")
	if err != nil {
		return nil, fmt.Errorf("make room for notes: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("make room for notes: %w", err)
	}
	if err := f.Truncate(notesSize); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("make room for notes: %w", err)
	}
	return &notesFile{f}, nil
}

// read returns a copy. It reads the file instead of sharing the memory, so that
// a worker that shortens the file cannot hurt the host. What is missing is 0.
func (n *notesFile) read() *Notes {
	if n == nil {
		return nil
	}
	var b [notesSize]byte
	_, _ = n.f.ReadAt(b[:], 0)
	out := new(Notes)
	for i := range out {
		out[i] = binary.NativeEndian.Uint32(b[4*i:])
	}
	return out
}

func (n *notesFile) files() []*os.File {
	if n == nil {
		return nil
	}
	return []*os.File{n.f}
}

func (n *notesFile) close() {
	if n != nil {
		_ = n.f.Close()
	}
}

// openNotes maps the notes into a worker. They stay until it ends.
func openNotes() (*Notes, error) {
	unix.CloseOnExec(notesFD)
	b, err := unix.Mmap(notesFD, 0, notesSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the notes: %w", err)
	}
	_ = unix.Close(notesFD)
	return (*Notes)(unsafe.Pointer(&b[0])), nil //nolint:gosec // the mapped page is what notes are
}
