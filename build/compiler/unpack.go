package compiler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// unpackedAt is the time that every unpacked file carries. A file that carries
// another, or has another size, was touched by somebody and is read again.
var unpackedAt = time.Unix(946684800, 0)

// unpacked is the folder of one part, whole and checked, and our share of it.
type unpacked struct {
	dir      string
	manifest *packfile.Manifest
	use      *os.File // a shared lock: others do not remove what is in use
}

// folderName is the name of a part's folder in the cache.
func folderName(h *packfile.Head) string { return h.Manifest.Part + "-" + h.ID[:20] }

// unpack makes sure that a part is in the cache as its manifest says, and keeps
// it there until the file in use is closed. Whatever ends a process half-way
// leaves a folder beside it that the next one removes.
func (s *store) unpack(ctx context.Context, head *packfile.Head) (*unpacked, error) {
	name := folderName(head)
	dir := filepath.Join(s.dir, name)
	use, err := s.share(ctx, name+".use")
	if err != nil {
		return nil, err
	}
	u := &unpacked{dir: dir, manifest: &head.Manifest, use: use}
	if len(u.touched()) > 0 {
		if err := s.restore(ctx, u, false); err != nil {
			return nil, errors.Join(err, use.Close())
		}
	}
	return u, nil
}

// share opens a file, takes a shared lock of it and notes the time.
func (s *store) share(ctx context.Context, name string) (*os.File, error) {
	path := filepath.Join(s.dir, name)
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		// Whoever holds it alone is removing an old version, for a moment. Then the
		// file that we opened is gone, too.
		ours, err := durable.TryLock(f, true)
		if err == nil && ours && sameFile(f, path) {
			now := time.Now()
			return f, os.Chtimes(path, now, now)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		if !ours {
			alone, err := s.lock(ctx)
			if err != nil {
				return nil, err
			}
			if err := alone.Close(); err != nil {
				return nil, err
			}
		}
	}
}

// sameFile reports whether the open file is still the one at its path.
func sameFile(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// lockEvery is how often a lock is tried that another process holds. Waiting in
// the system could not be canceled.
const lockEvery = 10 * time.Millisecond

// lock waits until no other process changes the cache. The lock ends when the
// file is closed.
func (s *store) lock(ctx context.Context) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(lockEvery)
	defer tick.Stop()
	for {
		ours, err := durable.TryLock(f, false)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if ours {
			return f, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = f.Close() // nothing was written
			if errors.Is(context.Cause(ctx), errTime) {
				return nil, fault.New(fault.Unavailable, "compiler.cache", "unpack the compiler: another process does so in the cache folder %q and does not get on", s.dir).
					WithHint("end the other process")
			}
			return nil, ctx.Err()
		}
	}
}

// touched returns the files that are missing or do not look as they were left.
func (u *unpacked) touched() []packfile.File {
	var out []packfile.File
	for _, f := range u.manifest.Files {
		info, err := os.Stat(u.path(f.Name))
		if err != nil || info.Size() != f.Size || !info.ModTime().Equal(unpackedAt) || !usable(f, info) {
			out = append(out, f)
		}
	}
	return out
}

// usable reports whether a file can be what it must be.
func usable(f packfile.File, info fs.FileInfo) bool {
	return info.Mode().IsRegular() && (!f.Exec || runtime.GOOS == "windows" || info.Mode()&0o100 != 0)
}

func (u *unpacked) path(name string) string { return filepath.Join(u.dir, filepath.FromSlash(name)) }

// damaged returns those of the files whose content is not what it was, and gives
// the others their time back.
func (u *unpacked) damaged(files []packfile.File) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		info, err := os.Stat(u.path(f.Name))
		if err != nil || !usable(f, info) {
			out[f.Name] = true
			continue
		}
		if hash, err := hashFile(u.path(f.Name)); err != nil || hash != f.Hash {
			out[f.Name] = true
			continue
		}
		_ = os.Chtimes(u.path(f.Name), unpackedAt, unpackedAt) // else it is read again next time
	}
	return out
}

// restore writes the files of a part that are missing or damaged; deep reads all
// of them to find out. It reports nothing: what it cannot mend is an error.
func (s *store) restore(ctx context.Context, u *unpacked, deep bool) error {
	part := u.manifest.Part
	alone, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer alone.Close()
	suspects := u.touched()
	if deep {
		suspects = u.manifest.Files
	}
	bad := u.damaged(suspects)
	if len(bad) == 0 {
		return nil
	}
	defer giveBack()
	s.announce(u, len(bad))
	if len(bad) < len(u.manifest.Files) && s.extract(ctx, part, u.dir, bad) == nil {
		return nil
	}
	beside, err := os.MkdirTemp(s.dir, leftover+"*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside) // gone already where all went well
	if err := s.extract(ctx, part, beside, nil); err != nil {
		return err
	}
	if err := syncTree(beside, u.manifest); err != nil {
		return err
	}
	if err := os.RemoveAll(u.dir); err != nil {
		return err
	}
	return os.Rename(beside, u.dir)
}

// announce tells the log what takes a moment now.
func (s *store) announce(u *unpacked, bad int) {
	switch {
	case bad < len(u.manifest.Files):
		s.log.Info("mending the unpacked compiler: files in the cache were damaged or removed", "folder", u.dir, "files", bad)
	case u.manifest.Part == "go":
		s.log.Info("unpacking the compiler into the cache, once for this version", "folder", u.dir)
	default:
		s.log.Info("unpacking what services are compiled with into the cache, once for this version", "folder", u.dir)
	}
}

// leftover begins the names of folders that are being made or removed.
const leftover = ".new-"

// extract writes the files of a part into a folder; those in only, where it is
// not nil.
func (s *store) extract(ctx context.Context, part, dir string, only map[string]bool) error {
	pack, err := s.packs.Open(part + ".pack")
	if err != nil {
		return err
	}
	defer func() { _ = pack.Close() }()
	head, err := packfile.ReadHead(pack)
	if err != nil {
		return err
	}
	return packfile.ReadFiles(pack, &head.Manifest, func(f packfile.File, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if only != nil && !only[f.Name] {
			_, err := io.Copy(io.Discard, content)
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return place(path, f, content)
	})
}

// place writes one file beside its place and renames it.
func place(path string, f packfile.File, content io.Reader) error {
	mode := fs.FileMode(0o600)
	if f.Exec {
		mode = 0o700
		// A process that another goroutine starts meanwhile would hold the file open
		// for writing for a moment, and a file that is open so cannot be run.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
	}
	temp := path + leftover
	out, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	err = errors.Join(err, out.Close())
	if err == nil {
		err = os.Chtimes(temp, unpackedAt, unpackedAt)
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // the first error says what is wrong
	}
	return err
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// isLeftover reports whether a name is that of something half made.
func isLeftover(name string) bool { return strings.HasPrefix(name, leftover) }
