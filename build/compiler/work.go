package compiler

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"mortise/runtime/durable"
)

// workspace is the folder for the temporary files of one process. Its lock says
// that the process lives; folders without a living process are removed by
// whoever comes next.
type workspace struct {
	dir  string
	lock *os.File
}

const lockSuffix = ".lock"

// newWorkspace makes a folder below parent.
func newWorkspace(parent string) (*workspace, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	sweepWork(parent)
	for {
		f, err := os.CreateTemp(parent, "w*"+lockSuffix)
		if err != nil {
			return nil, err
		}
		ours, err := durable.TryLock(f, false)
		if err == nil && ours && sameFile(f, f.Name()) {
			w := &workspace{dir: strings.TrimSuffix(f.Name(), lockSuffix), lock: f}
			if err := os.Mkdir(w.dir, 0o700); err != nil {
				return nil, errors.Join(err, w.close())
			}
			return w, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		// Another process took it for a leftover before we had the lock.
	}
}

// sweepWork removes the folders of processes that ended without doing so.
func sweepWork(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), lockSuffix)
		if !ok {
			continue
		}
		f, err := os.OpenFile(filepath.Join(parent, e.Name()), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if dead, err := durable.TryLock(f, false); err == nil && dead {
			_ = os.RemoveAll(filepath.Join(parent, name)) // what stays is tried again
			_ = os.Remove(f.Name())
		}
		_ = f.Close()
	}
}

// close removes the folder.
func (w *workspace) close() error {
	err := os.RemoveAll(w.dir)
	_ = os.Remove(w.lock.Name()) // on Windows an open file stays, until the next sweep
	return errors.Join(err, w.lock.Close())
}
