package history

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// texts is a folder of texts under their hashes.
type texts struct{ dir string }

func (t texts) file(hash string) string { return filepath.Join(t.dir, hash[:2], hash[2:]) }

// keep stores a text. With sync it is on the disk when keep returns; without, a
// loss of power may take it, which get notices.
func (t texts) keep(text []byte, sync bool) (hash string, err error) {
	if len(text) > MaxText {
		return "", fault.New(fault.Limited, "history.large", "keep a text of %d bytes: the most is %d", len(text), MaxText)
	}
	hash = Hash(text)
	file := t.file(hash)
	if t.touch(hash, len(text), sync) {
		return hash, nil
	}
	err = os.MkdirAll(filepath.Dir(file), 0o700)
	switch {
	case err != nil:
	case sync:
		err = durable.WriteFile(file, text, 0o600)
	default:
		err = place(file, text)
	}
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, "history.write", err, "keep a text in the local history")
	}
	return hash, nil
}

// has reports whether a text of this size is there.
func (t texts) has(hash string, size int) bool {
	info, err := os.Stat(t.file(hash))
	return err == nil && info.Size() == int64(size)
}

// touch reports whether a text is there already, and makes it young again so that
// it is not swept. Where its only copy matters, it is read to be sure, and flushed,
// as whoever wrote it may not have waited for the disk.
func (t texts) touch(hash string, size int, certain bool) bool {
	if !t.has(hash, size) {
		return false
	}
	file := t.file(hash)
	if certain {
		if text, err := os.ReadFile(file); err != nil || Hash(text) != hash || flush(file) != nil {
			return false
		}
	}
	now := time.Now()
	return os.Chtimes(file, now, now) == nil
}

// flush waits until a file is on the disk.
func flush(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// place puts a whole file in its place without waiting for the disk.
func place(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".#*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says what is wrong
	}
	return err
}

// get returns a text; one that is damaged is as good as gone.
func (t texts) get(hash string) ([]byte, error) {
	if !isHash(hash) {
		return nil, fault.New(fault.Invalid, "history.hash", "%q is no hash of a text", hash)
	}
	text, err := os.ReadFile(t.file(hash))
	if err == nil && Hash(text) != hash {
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "history.gone", "the local history does not have this text any more")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "history.read", err, "read the local history")
	}
	return text, nil
}

// sweep deletes the texts that nobody needs and that are older than before.
func (t texts) sweep(needed map[string]bool, before time.Time) error {
	folders, err := os.ReadDir(t.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, folder := range folders {
		files, err := os.ReadDir(filepath.Join(t.dir, folder.Name()))
		errs = append(errs, err)
		for _, f := range files {
			if needed[folder.Name()+f.Name()] {
				continue
			}
			if info, err := f.Info(); err == nil && info.ModTime().Before(before) {
				errs = append(errs, os.Remove(filepath.Join(t.dir, folder.Name(), f.Name())))
			}
		}
	}
	return errors.Join(append(errs, err)...)
}
