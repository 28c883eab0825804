// Package watch reports changes of the files below a folder in batches: an
// editor that saves, or git that checks out a branch, is one batch and not
// hundreds of events. It follows folders that are made later, and looks at the
// files itself where the operating system cannot tell it.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mortise/runtime/fault"
)

// Options say what to watch. Zero values are the defaults.
type Options struct {
	// Ignored reports whether a file or folder of this name, without its path,
	// is of no interest; nothing below such a folder is watched.
	Ignored func(name string) bool
	// Quiet is how long nothing must happen before a batch is complete; 3 ms.
	Quiet time.Duration
	// Latest is how long a batch may grow while things go on; 100 ms.
	Latest time.Duration
	// Poll is how often the files are looked at where they cannot be watched; 1 s.
	Poll time.Duration
	// Polling looks at the files from the start, for file systems that tell
	// nothing, such as network shares.
	Polling bool
	Log     *slog.Logger
}

// Batch is a number of changes that belong together.
type Batch struct {
	// Names are the files and folders that changed, relative and with slashes,
	// sorted. Whether they were written, made or removed has to be looked at.
	Names []string
	// All says that more may have changed than Names tells.
	All bool
}

// Watcher watches one folder. Close ends it.
type Watcher struct {
	root    string
	opt     Options
	batches chan Batch
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// New watches the folder root and all below it until ctx ends or Close is called.
// What happens after New has returned is reported.
func New(ctx context.Context, root string, opt Options) (*Watcher, error) {
	info, err := os.Stat(root)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "watch.folder", err, "watch the folder %q", root)
	}
	if target, err := filepath.EvalSymlinks(root); err == nil {
		root = target // a walk does not enter a link
	}
	opt.fill()
	ctx, cancel := context.WithCancel(ctx)
	w := &Watcher{root: root, opt: opt, batches: make(chan Batch), cancel: cancel}
	from, err := w.start(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	w.done.Go(func() {
		defer close(w.batches)
		w.run(ctx, from)
	})
	return w, nil
}

func (o *Options) fill() {
	if o.Ignored == nil {
		o.Ignored = func(string) bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{{&o.Quiet, 3 * time.Millisecond}, {&o.Latest, 100 * time.Millisecond}, {&o.Poll, time.Second}} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
}

// Batches returns the channel of changes. While nobody receives, changes gather
// in the next batch. It is closed when the watcher ends.
func (w *Watcher) Batches() <-chan Batch { return w.batches }

// Close ends the watcher and waits for it.
func (w *Watcher) Close() {
	w.cancel()
	w.done.Wait()
}

// source sends changes until ctx ends.
type source func(ctx context.Context, changes chan<- Batch)

// start returns where changes come from: the operating system's events, or else
// looking at the files.
func (w *Watcher) start(ctx context.Context) (source, error) {
	if !w.opt.Polling {
		e, err := newEvents(w)
		if err == nil {
			return e.read, nil
		}
		w.fallBack(ctx, err)
	}
	before, err := w.scan()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, changes chan<- Batch) { w.poll(ctx, changes, before) }, nil
}

// run lets changes flow from the source to the receiver.
func (w *Watcher) run(ctx context.Context, from source) {
	changes := make(chan Batch)
	var reader sync.WaitGroup
	reader.Go(func() { from(ctx, changes) })
	w.deliver(ctx, changes)
	reader.Wait()
}

// send hands changes over; false where ctx ended.
func send(ctx context.Context, changes chan<- Batch, b Batch) bool {
	select {
	case changes <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// fallBack says why files are looked at instead of being watched.
func (w *Watcher) fallBack(ctx context.Context, err error) {
	w.opt.Log.LogAttrs(ctx, slog.LevelWarn, "the operating system does not watch the project, so its files are looked at again and again",
		slog.String("folder", w.root), slog.Duration("every", w.opt.Poll), slog.Any("err", err),
		slog.String("hint", "on Linux raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"))
}

// name returns the relative name of a path; false where it is not of interest.
func (w *Watcher) name(path string) (string, bool) {
	rel, err := filepath.Rel(w.root, path)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	for part := range strings.SplitSeq(rel, "/") {
		if w.opt.Ignored(part) {
			return "", false
		}
	}
	return rel, true
}

// deliver gathers changes into batches and hands them out until ctx ends.
func (w *Watcher) deliver(ctx context.Context, changes <-chan Batch) {
	var (
		names         = map[string]bool{}
		all           bool
		quiet, latest <-chan time.Time // fire when the batch is complete, or has grown long enough
		out           chan<- Batch     // set while a complete batch waits for its receiver
		batch         Batch
	)
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-changes:
			if len(names) == 0 && !all && out == nil {
				latest = time.After(w.opt.Latest)
			}
			for _, n := range c.Names {
				names[n] = true
			}
			all = all || c.All
			if out == nil {
				quiet = time.After(w.opt.Quiet)
			} else {
				batch = batchOf(names, all)
			}
		case <-quiet:
			quiet, latest, out, batch = nil, nil, w.batches, batchOf(names, all)
		case <-latest:
			quiet, latest, out, batch = nil, nil, w.batches, batchOf(names, all)
		case out <- batch:
			clear(names)
			all, out = false, nil
		}
	}
}

func batchOf(names map[string]bool, all bool) Batch {
	b := Batch{Names: make([]string, 0, len(names)), All: all}
	for n := range names {
		b.Names = append(b.Names, n)
	}
	slices.Sort(b.Names)
	return b
}
