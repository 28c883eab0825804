package config

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Files is a snapshot of files in memory: a read-only fs.FS that never changes,
// so that whoever builds from it never sees a half-written tree.
type Files struct {
	files []File // sorted by name
	hash  string
	tree  func() map[string][]fs.DirEntry // the folders, made when first asked for
}

// File is one file of a snapshot.
type File struct {
	Name string // with slashes, relative to the root
	Data []byte // must not be changed any more
	Sum  [sha256.Size]byte
}

// NewFile returns a file with its checksum.
func NewFile(name string, data []byte) File {
	return File{Name: name, Data: data, Sum: sha256.Sum256(data)}
}

// NewFiles returns a snapshot. Names are those of fs.ValidPath and unique.
func NewFiles(files []File) *Files {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, f := range sorted {
		h.Write([]byte(f.Name))
		h.Write([]byte{0})
		h.Write(f.Sum[:])
	}
	s := &Files{files: sorted, hash: hex.EncodeToString(h.Sum(nil))}
	s.tree = sync.OnceValue(s.folders)
	return s
}

// Hash returns a checksum of all names and contents.
func (s *Files) Hash() string { return s.hash }

// List returns the files, sorted by name. It must not be changed.
func (s *Files) List() []File { return s.files }

// folders returns the entries of every folder, sorted.
func (s *Files) folders() map[string][]fs.DirEntry {
	tree := map[string][]fs.DirEntry{".": nil}
	for i := range s.files {
		f := &s.files[i]
		var entry fs.DirEntry = info{name: path.Base(f.Name), size: int64(len(f.Data))}
		for dir := path.Dir(f.Name); ; dir = path.Dir(dir) {
			_, known := tree[dir]
			tree[dir] = append(tree[dir], entry)
			if known || dir == "." {
				break
			}
			entry = info{name: path.Base(dir), dir: true}
		}
	}
	for _, entries := range tree {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return tree
}

func (s *Files) find(name string) (*File, bool) {
	i, found := slices.BinarySearchFunc(s.files, name, func(f File, n string) int { return cmp.Compare(f.Name, n) })
	if !found {
		return nil, false
	}
	return &s.files[i], true
}

// Open opens a file or folder for reading.
func (s *Files) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := s.find(name); ok {
		return &openFile{info: info{name: path.Base(name), size: int64(len(f.Data))}, Reader: bytes.NewReader(f.Data)}, nil
	}
	if entries, ok := s.tree()[name]; ok {
		return &openFolder{info: info{name: path.Base(name), dir: true}, entries: entries}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile returns a copy of a file's content.
func (s *Files) ReadFile(name string) ([]byte, error) {
	f, ok := s.find(name)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(f.Data), nil
}

// ReadDir returns the entries of a folder, sorted by name.
func (s *Files) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, ok := s.tree()[name]
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(entries), nil
}

// info describes a file or folder of a snapshot.
type info struct {
	name string
	size int64
	dir  bool
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.dir }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) String() string             { return fs.FormatDirEntry(i) }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	info info
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info    info
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		entries := f.entries
		f.entries = nil
		return entries, nil
	}
	if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	entries := f.entries[:n:n]
	f.entries = f.entries[n:]
	return entries, nil
}
