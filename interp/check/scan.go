package check

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"mortise/runtime/fault"
)

// source is one Go file as it was read. It is immutable.
type source struct {
	name   string
	text   []byte
	sum    [sha256.Size]byte
	chosen bool // the build constraints of this system choose it
}

// folder is one folder with Go files that this system's build constraints choose.
type folder struct {
	dir   string
	files []*source // sorted by name
	hash  string    // of names and contents
}

// tree reads the folders of one source tree.
type tree struct {
	src    fs.FS
	known  func(name string, text []byte) *source // the same file of an earlier check, or nil
	faults *fault.List
	files  int
	bytes  int64
	read   []*source // all that was read, for the next check's known
	full   bool      // a limit was passed; it was reported
}

// walk returns the folders of the project itself: not vendor, testdata, hidden
// ones, those that begin with an underscore, or modules of their own.
func (t *tree) walk(ctx context.Context, dir string, depth int) []*folder {
	if ctx.Err() != nil || t.full {
		return nil
	}
	entries, err := fs.ReadDir(t.src, dir)
	if err != nil {
		t.unreadable(dir, err)
		return nil
	}
	if depth > maxDepth {
		t.faults.Add(fault.Position{File: dir}, "source.depth", "folder %q is nested more than %d deep", dir, maxDepth).
			WithHint("move its packages up")
		return nil
	}
	if dir != "." && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "go.mod" }) {
		return nil
	}
	var out []*folder
	if f := t.folder(dir, entries); f != nil {
		out = append(out, f)
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && name != "testdata" && name != "node_modules" &&
			(dir != "." || name != "vendor") {
			out = append(out, t.walk(ctx, path.Join(dir, name), depth+1)...)
		}
	}
	return out
}

// open returns one folder, or nil where it has no Go files for this system.
func (t *tree) open(dir string) *folder {
	entries, err := fs.ReadDir(t.src, dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.unreadable(dir, err)
		}
		return nil
	}
	return t.folder(dir, entries)
}

func (t *tree) folder(dir string, entries []fs.DirEntry) *folder {
	f := &folder{dir: dir}
	h := sha256.New()
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		s := t.file(path.Join(dir, name))
		if s == nil || !s.chosen {
			continue
		}
		f.files = append(f.files, s)
		fmt.Fprintf(h, "%s\n%x\n", name, s.sum)
	}
	if len(f.files) == 0 {
		return nil
	}
	slices.SortFunc(f.files, func(a, b *source) int { return cmp.Compare(a.name, b.name) })
	f.hash = hex.EncodeToString(h.Sum(nil))
	return f
}

func (t *tree) file(name string) *source {
	if t.full {
		return nil
	}
	text, err := readLimited(t.src, name)
	if err != nil {
		t.unreadable(name, err)
		return nil
	}
	t.files++
	t.bytes += int64(len(text))
	if t.files > maxFiles || t.bytes > maxTotal {
		t.full = true
		t.faults.Add(fault.Position{File: name}, "source.total", "the project's Go files are more than %d files or %d MB", maxFiles, maxTotal>>20).
			WithHint("move what services do not need out of the project, or into a folder whose name begins with an underscore")
		return nil
	}
	s := t.known(name, text)
	if s == nil {
		s = &source{name: name, text: text, sum: sha256.Sum256(text), chosen: chosen(name, text)}
	}
	t.read = append(t.read, s)
	return s
}

func (t *tree) unreadable(name string, err error) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		*t.faults = append(*t.faults, f.WithAt(fault.Position{File: name}))
		return
	}
	t.faults.Add(fault.Position{File: name}, "source.unreadable", "read %q", name).Err = err
}

// readLimited reads a file of at most maxFile bytes.
func readLimited(src fs.FS, name string) (text []byte, err error) {
	f, err := src.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "source.unreadable", "%q is not a plain file", name)
	}
	if info.Size() <= maxFile {
		text = make([]byte, 0, info.Size()+1)
	}
	buf := bytes.NewBuffer(text)
	if _, err := io.Copy(buf, io.LimitReader(f, maxFile+1)); err != nil {
		return nil, err
	}
	if buf.Len() > maxFile {
		return nil, fault.New(fault.Invalid, "source.size", "%q is larger than %d MB", name, maxFile>>20).
			WithHint("split it, or keep the data outside of the code")
	}
	return buf.Bytes(), nil
}

// chosen reports whether the build constraints in a file's name and header
// choose it on this system, without cgo.
func chosen(name string, text []byte) bool {
	b := buildContext()
	b.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	ok, err := b.MatchFile(path.Dir(name), path.Base(name))
	// A header that cannot be read has faults that the parser will name.
	return ok || err != nil
}

// buildContext describes this system, whatever the environment says.
func buildContext() build.Context {
	return build.Context{
		GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Compiler: "gc", ReleaseTags: releaseTags(),
		JoinPath: path.Join, IsAbsPath: path.IsAbs,
	}
}

// releaseTags returns go1.1 to the language version that we know.
var releaseTags = sync.OnceValue(func() []string {
	tags := make([]string, languageVersion)
	for i := range tags {
		tags[i] = fmt.Sprintf("go1.%d", i+1)
	}
	return tags
})
