package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"mortise/runtime/fault"
)

// absent is the page of a build that has none.
//
//go:embed absent.html
var absent []byte

// file is one file of the page.
type file struct {
	data []byte
	kind string // for Content-Type
	tag  string // for ETag
}

// Page serves the files of the built page, for browsers and for the window alike.
// Where files holds none, the page says how to build one. With fresh, files are
// read at each request.
func Page(files fs.FS, fresh bool) (http.Handler, error) {
	if fresh {
		return pageFunc(func(name string) (file, bool) {
			f, err := readFile(files, name)
			return orAbsent(name, f, err == nil)
		}), nil
	}
	all, err := readAll(files)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "web.page", err, "read the files of the Studio's page")
	}
	return pageFunc(func(name string) (file, bool) {
		f, ok := all[name]
		return orAbsent(name, f, ok)
	}), nil
}

func orAbsent(name string, f file, ok bool) (file, bool) {
	if !ok && name == index {
		return newFile(index, absent), true
	}
	return f, ok
}

const index = "index.html"

func readAll(files fs.FS) (map[string]file, error) {
	all := map[string]file{}
	if files == nil {
		return all, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		f, err := readFile(files, name)
		all[name] = f
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return all, err
}

func readFile(files fs.FS, name string) (file, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return file{}, err
	}
	return newFile(name, data), nil
}

func newFile(name string, data []byte) file {
	kind := mime.TypeByExtension(path.Ext(name))
	if k, ok := kinds[path.Ext(name)]; ok { // what a machine's own table says of these varies
		kind = k
	}
	sum := sha256.Sum256(data)
	return file{data: data, kind: kind, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// pageFunc finds a file by its name.
type pageFunc func(name string) (file, bool)

func (p pageFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		name = index
	}
	if !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	f, ok := p(name)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	// Ports are used again by other programs and other builds: ask each time.
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.data))
}

// reloads tells pages that their files changed.
type reloads struct {
	mu   sync.Mutex // guards next
	next chan struct{}
}

func newReloads() *reloads { return &reloads{next: make(chan struct{})} }

// follow passes changes on until ctx ends.
func (l *reloads) follow(ctx context.Context, changes <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-changes:
			if !ok {
				return
			}
			l.mu.Lock()
			close(l.next)
			l.next = make(chan struct{})
			l.mu.Unlock()
		}
	}
}

// serve is a stream of server-sent events: one "change" each time.
func (l *reloads) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	for {
		l.mu.Lock()
		next := l.next
		l.mu.Unlock()
		if err := flush.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-next:
		}
		if _, err := w.Write([]byte("event: change\ndata: \n\n")); err != nil {
			return
		}
	}
}
