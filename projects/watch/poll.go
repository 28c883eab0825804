package watch

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"mortise/runtime/fault"
)

// maxStamps bounds the files that are looked at.
const maxStamps = 200_000

// stamp is what looking at a file tells of its content.
type stamp struct {
	size int64
	time time.Time
	mode fs.FileMode
}

// scan looks at all files.
func (w *Watcher) scan() (map[string]stamp, error) {
	stamps := map[string]stamp{}
	err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path != w.root && errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile
			}
			return err
		}
		if path == w.root {
			return nil
		}
		name, ok := w.name(path)
		if !ok {
			return skip(d)
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // removed meanwhile
		}
		s := stamp{size: info.Size(), time: info.ModTime(), mode: info.Mode()}
		if d.IsDir() {
			s = stamp{mode: info.Mode()}
		}
		if stamps[name] = s; len(stamps) > maxStamps {
			return fault.New(fault.Limited, "watch.many", "there are more than %d files", maxStamps)
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "watch.scan", err, "look at the files in %q", w.root)
	}
	return stamps, nil
}

// poll looks at the files again and again and sends what differs. While they
// cannot be read nothing has changed.
func (w *Watcher) poll(ctx context.Context, changes chan<- Batch, before map[string]stamp) {
	tick := time.NewTicker(w.opt.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := w.scan()
		if err != nil {
			continue
		}
		var b Batch
		for name, s := range now {
			if old, known := before[name]; !known || old != s {
				b.Names = append(b.Names, name)
			}
		}
		for name := range before {
			if _, still := now[name]; !still {
				b.Names = append(b.Names, name)
			}
		}
		before = now
		if len(b.Names) > 0 && !send(ctx, changes, b) {
			return
		}
	}
}
