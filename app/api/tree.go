package api

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mortise/projects"
)

// maxEntries is how many files and folders pages see.
const maxEntries = 20_000

// maxTreeDepth is how many folders inside each other they see.
const maxTreeDepth = 32

// filesState is the event files.
func (s *Studio) filesState(ctx context.Context) Tree {
	o, err := s.open()
	if err != nil {
		return Tree{}
	}
	return o.tree(ctx)
}

// tree returns the files and folders of the project that people look at. What
// cannot be read is left out.
func (o *opened) tree(ctx context.Context) Tree {
	var t Tree
	err := filepath.WalkDir(o.Root(), func(file string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		rel, relErr := filepath.Rel(o.Root(), file)
		if err != nil || relErr != nil || rel == "." {
			return nil //nolint:nilerr // it is left out
		}
		name := filepath.ToSlash(rel)
		if !shown(name) || strings.Count(name, "/") > maxTreeDepth {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if len(t.Entries) == maxEntries {
			t.Cut = true
			return fs.SkipAll
		}
		e := Entry{Name: name, Folder: d.IsDir()}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			e.Size = info.Size()
		} else if err != nil || !info.IsDir() && info.Mode()&fs.ModeSymlink == 0 {
			return nil //nolint:nilerr // gone, or no file
		}
		t.Entries = append(t.Entries, e)
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		o.log.Logger().WarnContext(ctx, "files not listed", "error", err)
	}
	slices.SortFunc(t.Entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return t
}

// shownHidden are the hidden files of a project that people do edit.
var shownHidden = []string{".gitignore", ".gitattributes", ".editorconfig"}

// shown reports whether people look at a file or folder: not at what tools keep
// for themselves.
func shown(name string) bool {
	base := path.Base(name)
	return !projects.Ignored(base) && name != "vendor" || slices.Contains(shownHidden, base) || base == "testdata"
}
