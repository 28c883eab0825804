package machine

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// source is a file system with one file, p.go, for each package, in a folder
// "src/" and the package's import path. The interpreter uses three calls of it.
type source map[string][]byte

// fileName is the name of each package's only file.
const fileName = "p.go"

// folder returns the import path that a name stands for, and whether the name is
// that of its file.
func (s source) folder(name string) (importPath string, file, ok bool) {
	name, ok = strings.CutPrefix(path.Clean(strings.ReplaceAll(name, `\`, "/")), "src/")
	if !ok {
		return "", false, false
	}
	if dir, base := path.Split(name); base == fileName {
		if _, ok := s[path.Clean(dir)]; ok {
			return path.Clean(dir), true, true
		}
	}
	_, ok = s[name]
	return name, false, ok
}

func (s source) Stat(name string) (fs.FileInfo, error) {
	p, file, ok := s.folder(name)
	if !ok {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	if !file {
		return info{name: path.Base(p), dir: true}, nil
	}
	return info{name: fileName, size: len(s[p])}, nil
}

func (s source) ReadDir(name string) ([]fs.DirEntry, error) {
	p, file, ok := s.folder(name)
	if !ok || file {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info{name: fileName, size: len(s[p])})}, nil
}

func (s source) ReadFile(name string) ([]byte, error) {
	p, file, ok := s.folder(name)
	if !ok || !file {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return s[p], nil
}

// Open opens a package's file; folders are read with ReadDir.
func (s source) Open(name string) (fs.File, error) {
	b, err := s.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{Reader: bytes.NewReader(b), info: info{name: fileName, size: len(b)}}, nil
}

type openFile struct {
	io.Reader
	info info
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type info struct {
	name string
	size int
	dir  bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return int64(i.size) }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }

func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
