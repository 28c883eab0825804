package compiler

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// keepUnused is how long a version of the compiler stays in the cache after its
// last use.
const keepUnused = 30 * 24 * time.Hour

// store is the folder of the cache:
//
//	go-<hash>/ sdk-<hash>/   the unpacked packs, and beside each a file .use
//	objects/ programs/       what was compiled and linked
//	work/                    the temporary files of running processes
//	lock                     held by whoever changes the unpacked packs
type store struct {
	dir   string
	packs fs.FS
	log   *slog.Logger
}

// open makes the folder ready: it removes what dead processes left and unpacks
// what is missing.
func (s *store) open(ctx context.Context, heads []*packfile.Head) (_ []*unpacked, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	var all []*unpacked
	defer func() {
		if err != nil {
			for _, u := range all {
				_ = u.use.Close() // gives the lock back
			}
		}
	}()
	for _, head := range heads {
		u, err := s.unpack(ctx, head)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	s.sweep(ctx)
	return all, nil
}

// sweep removes half-made folders and versions that nobody used for long. What
// cannot be removed stays until the next time.
func (s *store) sweep(ctx context.Context) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	var old []string
	found := false
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".use"); ok {
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keepUnused {
				old = append(old, name)
			}
		}
		found = found || isLeftover(e.Name())
	}
	if len(old) == 0 && !found {
		return
	}
	alone, err := s.lock(ctx)
	if err != nil {
		return
	}
	defer alone.Close()
	for _, name := range old {
		s.retire(name)
	}
	// Who makes a folder holds the lock, so that these have no maker any more.
	if entries, err = os.ReadDir(s.dir); err != nil {
		return
	}
	for _, e := range entries {
		if isLeftover(e.Name()) {
			_ = os.RemoveAll(filepath.Join(s.dir, e.Name()))
		}
	}
}

// retire takes the folder of a version away, unless a process uses it. The caller
// holds the lock.
func (s *store) retire(name string) {
	path := filepath.Join(s.dir, name+".use")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if ours, err := durable.TryLock(f, false); err != nil || !ours {
		return
	}
	s.log.Info("removing a compiler that was not used for long", "folder", filepath.Join(s.dir, name))
	if err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, leftover+name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return
	}
	_ = os.Remove(path)
}

// setCache says how the user's cache folder is chosen, where people can do so.
func setCache() string {
	switch runtime.GOOS {
	case "windows":
		return "set the variable LocalAppData"
	case "darwin", "ios":
		return "set the variable HOME"
	default:
		return "set the variable XDG_CACHE_HOME"
	}
}

// trouble is the error of a cache that does not work.
func (s *store) trouble(err error, doing string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Canceled, "compiler.canceled", err, "%s", doing)
	}
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err // the path may be temporary
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		cause = l.Err
	}
	f := fault.Wrap(fault.Unavailable, "compiler.cache", cause, "%s in the cache folder %q", doing, s.dir)
	switch {
	case diskFull(err):
		return f.WithHint("the disk is full: make room for 400 MB there")
	case readOnly(err):
		return f.WithHint("nothing can be written there: give this user the right to, or %s to another folder", setCache())
	}
	return f.WithHint("the folder holds nothing that cannot be made again: remove it, and try once more")
}
