// Package durable writes files that survive: whatever ends the process or the
// machine, and whenever, the file has its old content or its new one, never a
// part of it.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile puts data into the file called name by way of a temporary file in
// the same folder, which is flushed to the disk and then renamed. The temporary
// name begins with ".#", which watchers and loaders of projects ignore.
func WriteFile(name string, data []byte, perm fs.FileMode) error {
	return write(name, data, perm, os.Rename)
}

// CreateFile is WriteFile for a file that must not exist; where it does, the
// error is fs.ErrExist and nothing changes.
func CreateFile(name string, data []byte, perm fs.FileMode) error {
	return write(name, data, perm, func(temp, name string) error {
		if err := os.Link(temp, name); err != nil {
			return err
		}
		return os.Remove(temp)
	})
}

func write(name string, data []byte, perm fs.FileMode, place func(temp, name string) error) error {
	dir := filepath.Dir(name)
	temp, err := writeTemp(dir, filepath.Base(name), data, perm)
	if err == nil {
		err = place(temp, name)
	}
	if err != nil {
		if temp != "" {
			_ = os.Remove(temp) // the first error says what is wrong
		}
		return err
	}
	return syncDir(dir)
}

// writeTemp returns the name of a temporary file that holds data on the disk;
// with an error, that of one to remove, or "".
func writeTemp(dir, base string, data []byte, perm fs.FileMode) (string, error) {
	f, err := os.CreateTemp(dir, ".#"+base+".*")
	if err != nil {
		return "", err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	return f.Name(), errors.Join(err, f.Close())
}

// Lock takes the lock that the file called name stands for and waits for another
// process that holds it. The lock ends with unlock or with the process. The file
// itself stays, since removing it would give two processes two locks.
func Lock(name string) (unlock func() error, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := lock(f, false, true); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// TryLock takes the lock of an open file and reports whether it could: whoever
// shares it is in the way of those only who want it for themselves. The lock ends
// with the closing of the file or with the process, and does not keep anybody
// from reading the file.
func TryLock(f *os.File, share bool) (bool, error) { return lock(f, share, false) }
