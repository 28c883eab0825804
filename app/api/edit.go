package api

import (
	"context"
	"errors"
	"slices"

	"mortise/projects"
	"mortise/projects/history"
	"mortise/projects/watch"
	"mortise/runtime/fault"
)

// Why a state of a file is in the local history.
const (
	whySaved       = "saved"
	whyDeleted     = "deleted"
	whyRenamed     = "renamed"
	whyReplaced    = "replaced"
	whyOverwritten = "overwritten" // it was not written by the Studio, or not through it
	whyRestored    = "restored"
	whyUnsaved     = "unsaved" // it was typed and dropped
)

// errUnchanged is what the function of change returns where it changed nothing.
var errUnchanged = errors.New("nothing was changed")

// change is the one way in which the Studio changes files that people edit. It
// keeps what names hold in the local history, calls f to change them, keeps what
// they hold then, and starts a deploy; the watcher does not take the change for
// somebody else's. All pages but one learn of it. Where what is there cannot be
// kept nothing is changed.
func (o *opened) change(ctx context.Context, why string, names []string, but *Session, f func() error) error {
	o.writing.Lock()
	defer o.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, "studio.canceled", err, "change files")
	}
	for _, name := range names {
		if err := o.keep(name, why); err != nil {
			return err
		}
	}
	err := f()
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if len(o.own) > maxEntries {
		clear(o.own)
	}
	texts := make([][]byte, len(names))
	for i, name := range names {
		o.own[name] = ""
		if text, readErr := o.ReadFile(name, history.MaxText); readErr == nil {
			texts[i], o.own[name] = text, history.Hash(text)
		}
	}
	o.touched(names)
	o.s.hub.fileChanged(names, false, but)
	for i, name := range names {
		if texts[i] == nil || err != nil {
			continue
		}
		if _, kept := o.history.Record(name, why, texts[i]); kept != nil {
			o.log.Logger().WarnContext(ctx, "not kept in the local history", "file", name, "error", kept)
		}
	}
	return err
}

// keep keeps what a file holds before it is changed.
func (o *opened) keep(name, why string) error {
	text, err := o.ReadFile(name, history.MaxText)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if why == whyDeleted || why == whyRenamed {
		_, err = o.history.Record(name, why, text)
		return err
	}
	_, err = o.history.Ensure(name, whyOverwritten, text)
	return err
}

// touched makes pages and the runtime look at files that changed.
func (o *opened) touched(names []string) {
	if slices.ContainsFunc(names, projects.Relevant) {
		o.deploy()
	}
	o.changed("files", "live") // the rest after the deploy, which reads the project as well
}

// filesChanged takes a batch of changes from the watcher. What the Studio wrote
// itself is no news.
func (o *opened) filesChanged(b watch.Batch) {
	o.writing.Lock()
	var others []string
	for _, name := range b.Names {
		if hash, ours := o.own[name]; ours && hash == o.hashOf(name) {
			continue
		}
		delete(o.own, name)
		if info, err := o.Stat(name); err == nil && info.IsDir() {
			continue // the files in it are named as well
		}
		others = append(others, name)
	}
	o.writing.Unlock()
	if len(others) == 0 && !b.All {
		o.changed("files")
		return
	}
	if b.All {
		o.deploy()
	}
	o.touched(others)
	o.s.hub.fileChanged(others, b.All, nil)
}

// hashOf returns the hash of a file; "" where there is none, or none that could be
// read.
func (o *opened) hashOf(name string) string {
	text, err := o.ReadFile(name, history.MaxText)
	if err != nil {
		return ""
	}
	return history.Hash(text)
}
