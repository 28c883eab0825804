package watch

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"mortise/runtime/fault"
)

// maxFolders bounds the folders that are watched, each of which costs the
// operating system something.
const maxFolders = 20_000

// events are those of the operating system. They are used by one goroutine.
type events struct {
	w       *Watcher
	fs      *fsnotify.Watcher
	folders map[string]bool // watched, by path
}

// newEvents watches all folders; an error says that they cannot be.
func newEvents(w *Watcher) (*events, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	e := &events{w: w, fs: watcher, folders: map[string]bool{}}
	if _, err := e.add(w.root); err != nil {
		return nil, errors.Join(err, watcher.Close())
	}
	return e, nil
}

// add watches a folder and all below it, and returns the names of what it found
// there: some of it may be older than the watch.
func (e *events) add(path string) (found []string, err error) {
	err = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		if path != e.w.root {
			name, ok := e.w.name(path)
			if !ok {
				return skip(d)
			}
			found = append(found, name)
		}
		if !d.IsDir() {
			return nil
		}
		if len(e.folders) >= maxFolders {
			return fault.New(fault.Limited, "watch.many", "there are more than %d folders", maxFolders)
		}
		// Before its entries are read, so that none escapes both.
		if err := e.fs.Add(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return fs.SkipDir
			}
			return err
		}
		e.folders[path] = true
		return nil
	})
	return found, err
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// read sends changes until ctx ends. Where the operating system refuses to watch
// more, the files are looked at from then on.
func (e *events) read(ctx context.Context, changes chan<- Batch) {
	err := e.loop(ctx, changes)
	closed := e.fs.Close()
	if err == nil {
		if closed != nil {
			e.w.opt.Log.LogAttrs(ctx, slog.LevelWarn, "stop watching the project", slog.Any("err", closed))
		}
		return
	}
	e.w.fallBack(ctx, err)
	before, err := e.w.scan()
	if err != nil {
		before = nil // the folder is gone; it may come back
	}
	if send(ctx, changes, Batch{All: true}) {
		e.w.poll(ctx, changes, before)
	}
}

// loop returns nil when ctx ends, and an error when it cannot watch any more.
func (e *events) loop(ctx context.Context, changes chan<- Batch) error {
	for {
		var b Batch
		var err error
		select {
		case <-ctx.Done():
			return nil
		case event := <-e.fs.Events:
			b, err = e.handle(event)
		case problem := <-e.fs.Errors:
			// Events were lost: folders among them may be new, and anything may
			// have changed.
			e.w.opt.Log.LogAttrs(ctx, slog.LevelInfo, "events of the project's files were lost, so all are looked at",
				slog.Any("err", problem))
			b.All = true
			_, err = e.add(e.w.root)
		}
		if err != nil {
			return err
		}
		if (b.All || len(b.Names) > 0) && !send(ctx, changes, b) {
			return nil
		}
	}
}

func (e *events) handle(event fsnotify.Event) (Batch, error) {
	if event.Op == fsnotify.Chmod || event.Op == 0 {
		return Batch{}, nil
	}
	gone := event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename)
	if event.Name == e.w.root {
		if gone {
			return Batch{All: true}, errors.New("the folder itself was removed or renamed")
		}
		return Batch{}, nil
	}
	name, ok := e.w.name(event.Name)
	if !ok {
		return Batch{}, nil
	}
	b := Batch{Names: []string{name}}
	if gone && e.folders[event.Name] {
		e.forget(event.Name)
	}
	if !event.Has(fsnotify.Create) {
		return b, nil
	}
	info, err := os.Lstat(event.Name)
	if err != nil || !info.IsDir() {
		return b, nil //nolint:nilerr // gone again, which is a change as well
	}
	found, err := e.add(event.Name)
	b.Names = append(b.Names, found...)
	return b, err
}

// forget ends the watches of a folder that is somewhere else now, with all below
// it. Where it came to stand inside the project, it is reported as a new one.
func (e *events) forget(path string) {
	for folder := range e.folders {
		if folder == path || strings.HasPrefix(folder, path+string(filepath.Separator)) {
			_ = e.fs.Remove(folder) // a removed folder's watch has ended by itself
			delete(e.folders, folder)
		}
	}
}
