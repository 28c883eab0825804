// Package typedata holds the types of the standard library and of our SDK as
// export data, so that source can be type-checked where no Go toolchain is
// installed. The data is made by go generate and committed; it describes
// linux/amd64 without cgo on every system, which is the same for all that
// services may use.
package typedata

import (
	"archive/zip"
	"bytes"
	"cmp"
	_ "embed" // for the archive
	"encoding/json"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
)

//go:generate go run mortise/interp/check/internal/gentypes

//go:embed typedata.zip
var archive []byte

// Entries of the archive that are not packages.
const (
	// StampEntry names the entry that holds the Stamp as JSON.
	StampEntry = "stamp.json"
	// IndexEntry names the entry that holds import path, package name and
	// whether it is ours, of every package.
	IndexEntry = "index.json"
)

// Stamp says from what the data was made.
type Stamp struct {
	Go    string `json:"go"`    // version of the toolchain: "go1.26.8"
	Tools string `json:"tools"` // version of golang.org/x/tools, which writes and reads the data
	SDK   string `json:"sdk"`   // hash of the SDK's sources, as SDKHash computes it
}

// Entry is one package in the index.
type Entry struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

// Library reads packages from the embedded data, each when it is first asked
// for. It is a types.Importer whose packages may be shared by any number of
// checks, and is safe for concurrent use.
type Library struct {
	stamp   Stamp
	entries []Entry              // sorted by path
	files   map[string]*zip.File // by import path

	mu     sync.Mutex                // guards what follows
	loaded map[string]*types.Package // complete packages and the parts of others that they mention
	ready  map[string]bool           // the complete ones
}

// Open returns a Library over the embedded data.
func Open() (*Library, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("open the types of the standard library: %w", err)
	}
	l := &Library{
		files:  make(map[string]*zip.File, len(r.File)),
		loaded: map[string]*types.Package{"unsafe": types.Unsafe},
		ready:  map[string]bool{"unsafe": true},
	}
	for _, f := range r.File {
		switch f.Name {
		case StampEntry:
			err = readJSON(f, &l.stamp)
		case IndexEntry:
			err = readJSON(f, &l.entries)
		default:
			l.files[f.Name] = f
		}
		if err != nil {
			return nil, fmt.Errorf("open the types of the standard library: %s: %w", f.Name, err)
		}
	}
	return l, nil
}

// Stamp returns from what the data was made.
func (l *Library) Stamp() Stamp { return l.stamp }

// Packages returns path and name of every package that can be imported, sorted
// by path. The slice must not be changed.
func (l *Library) Packages() []Entry { return l.entries }

// Has reports whether the package with an import path can be imported.
func (l *Library) Has(path string) bool {
	_, ok := l.files[path]
	return ok || path == "unsafe"
}

// Named returns the import paths of the packages with a name, shortest first:
// "rand" gives "math/rand" and "crypto/rand".
func (l *Library) Named(name string) []string {
	var paths []string
	for _, e := range l.entries {
		if e.Name == name {
			paths = append(paths, e.Path)
		}
	}
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	return paths
}

// Import returns the package with an import path. Its objects have no positions.
func (l *Library) Import(path string) (*types.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ready[path] {
		return l.loaded[path], nil
	}
	f, ok := l.files[path]
	if !ok {
		return nil, fmt.Errorf("no package %q", path)
	}
	data, err := readAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the types of %q: %w", path, err)
	}
	pkg, err := gcexportdata.Read(bytes.NewReader(data), token.NewFileSet(), l.loaded, path)
	if err != nil {
		return nil, fmt.Errorf("read the types of %q: %w", path, err)
	}
	l.ready[path] = true
	return pkg, nil
}

func readAll(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, cmp.Or(err, r.Close())
}

func readJSON(f *zip.File, into any) error {
	data, err := readAll(f)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
