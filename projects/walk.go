package projects

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mortise/runtime/fault"
)

// walk is one look at files of a project.
type walk struct {
	p     *Project
	count int
}

// name looks at a file, or at a folder and all in it, and drops what is gone.
func (w *walk) name(ctx context.Context, name string) error {
	for known, e := range w.p.cache {
		if name == "." || known == name || strings.HasPrefix(known, name+"/") {
			e.seen = false
		}
	}
	info, err := os.Lstat(filepath.Join(w.p.root, filepath.FromSlash(name)))
	switch {
	case err != nil && name == ".":
		return fault.Wrap(fault.Unavailable, "project.read", err, "read the project %q", w.p.root)
	case err != nil: // gone
	case info.IsDir():
		err = w.folder(ctx, name, strings.Count(name, "/"))
		if err != nil {
			return err
		}
	default:
		w.file(name, fs.FileInfoToDirEntry(info))
	}
	for known, e := range w.p.cache {
		if !e.seen {
			delete(w.p.cache, known)
		}
	}
	return nil
}

func (w *walk) folder(ctx context.Context, dir string, depth int) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, "project.load", err, "read the project")
	}
	entries, err := w.p.list(dir)
	if err != nil {
		if depth > 0 && os.IsNotExist(err) {
			return nil // removed while we walk
		}
		return fault.Wrap(fault.Unavailable, "project.read", err, "read the folder %q", dir)
	}
	if w.count += len(entries); w.count > maxFiles || depth > maxDepth {
		return fault.New(fault.Invalid, "project.large", "the project has more than %d files, or more than %d folders inside each other",
			maxFiles, maxDepth).WithHint("is %q the right folder?", w.p.root)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			if err := w.folder(ctx, name, depth+1); err != nil {
				return err
			}
			continue
		}
		w.file(name, e)
	}
	return nil
}

func (w *walk) file(name string, d fs.DirEntry) {
	role, kind := roleOf(name)
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := w.p.dir.Stat(name)
		if role == nothing {
			// Only a folder could hold something that is missed.
			if info, err := os.Stat(filepath.Join(w.p.root, filepath.FromSlash(name))); err == nil && info.IsDir() {
				w.link(name, nil)
			}
			return
		}
		if err != nil || info.IsDir() {
			w.link(name, err)
			return
		}
		w.entry(name, role, kind, info)
		return
	}
	if role == nothing {
		return
	}
	info, err := os.Lstat(filepath.Join(w.p.root, filepath.FromSlash(name))) // the entry may be an old one
	if err != nil {
		return // removed while we walk
	}
	if !info.Mode().IsRegular() {
		w.refuse(name).Add(fault.Position{File: name}, "project.file", "%q is no file", name).
			WithHint("remove it, or give it a name that begins with a dot")
		return
	}
	w.entry(name, role, kind, info)
}

// refuse returns where the faults of a file that is not read belong.
func (w *walk) refuse(name string) *fault.List {
	e := &entry{seen: true}
	w.p.cache[name] = e
	return &e.faults
}

// link reports a link that is not followed.
func (w *walk) link(name string, err error) {
	target, _ := os.Readlink(filepath.Join(w.p.root, filepath.FromSlash(name)))
	if err == nil {
		w.refuse(name).Add(fault.Position{File: name}, "project.link", "%q is a link to the folder %q, which is not followed", name, target).
			WithHint("move the folder here")
		return
	}
	e := w.refuse(name).Add(fault.Position{File: name}, "project.link", "%q is a link to %q, which leads out of the project or nowhere", name, target)
	e.WithHint("put the file itself here; a project is complete in its own folder")
	e.Err = err
}

// folder is a folder as it was listed the last time.
type folder struct {
	info    fs.FileInfo
	settled bool
	entries []fs.DirEntry // without what is ignored
}

// list returns the entries of a folder that are of interest. A folder whose time
// did not change holds the same names, so that it is not read again.
func (p *Project) list(dir string) ([]fs.DirEntry, error) {
	path := filepath.Join(p.root, filepath.FromSlash(dir))
	info, err := os.Lstat(path)
	if err != nil {
		delete(p.folders, dir)
		return nil, err
	}
	old := p.folders[dir]
	if old != nil && old.settled && old.info.ModTime().Equal(info.ModTime()) && os.SameFile(old.info, info) {
		return old.entries, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return Ignored(e.Name()) || e.Name() == vendorFolder && dir != "."
	})
	if len(p.folders) > maxFiles {
		clear(p.folders) // of those, most are long gone
	}
	p.folders[dir] = &folder{info: info, settled: time.Since(info.ModTime()) > settle, entries: entries}
	return entries, nil
}
