package projects

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"mortise/runtime/fault"
)

// Stat returns what a name of the project stands for: a file, a folder, or a link
// to either inside of the project.
func (p *Project) Stat(name string) (fs.FileInfo, error) {
	if _, err := p.target(name); err != nil {
		return nil, err
	}
	info, err := p.dir.Stat(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, "project.file", err, "there is no file %q", name)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "project.read", err, "look at %q", name)
	}
	return info, nil
}

// MakeFolder makes a folder, and those that it stands in. One that is there is as
// good.
func (p *Project) MakeFolder(name string) error {
	if _, err := p.target(name); err != nil {
		return err
	}
	if err := p.dir.MkdirAll(filepath.FromSlash(name), 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, "project.write", err, "make the folder %q", name)
	}
	return nil
}

// Rename gives a file or a folder another name, and makes the folders that this
// one needs. Nothing is overwritten.
func (p *Project) Rename(from, to string) error {
	for _, name := range []string{from, to} {
		if _, err := p.target(name); err != nil {
			return err
		}
	}
	if _, err := p.dir.Lstat(filepath.FromSlash(to)); err == nil {
		return fault.New(fault.Conflict, "project.exists", "rename %q: there is %q already", from, to)
	}
	err := p.dir.MkdirAll(filepath.FromSlash(path.Dir(to)), 0o755)
	if err == nil {
		err = p.dir.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
	}
	if err != nil {
		kind := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = fault.NotFound
		}
		return fault.Wrap(kind, "project.rename", err, "rename %q to %q", from, to)
	}
	return nil
}

// RemoveAll removes a file, or a folder with all that is in it.
func (p *Project) RemoveAll(name string) error {
	if _, err := p.target(name); err != nil {
		return err
	}
	if err := p.dir.RemoveAll(filepath.FromSlash(name)); err != nil {
		return fault.Wrap(fault.Unavailable, "project.remove", err, "remove %q", name)
	}
	return nil
}
