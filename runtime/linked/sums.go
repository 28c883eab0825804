package linked

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"mortise/runtime/fault"
)

// Limits of a source tree, beyond which it is not what was linked in.
const (
	maxFile  = 2 << 20
	maxFiles = 20_000
	maxDepth = 32
)

// vendorFolder stands for all files below it.
const vendorFolder = "vendor"

// Sums returns a sum of every Go file of a source tree by its name, tests left
// out, of go.mod where there are any, and one of the whole vendor folder. Two
// trees with the same sums compile to the same services.
func Sums(ctx context.Context, src fs.FS) (map[string]string, error) {
	s := summer{ctx: ctx, src: src, sums: map[string]string{}}
	if err := s.walk(".", 0); err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return nil, f
		}
		return nil, fault.Wrap(fault.Internal, "linked.source", err, "read the project's Go files")
	}
	if len(s.sums) == 0 {
		return s.sums, nil
	}
	if s.vendored != nil {
		s.sums[vendorFolder] = hex.EncodeToString(s.vendored.Sum(nil))
	}
	sum, err := s.file("go.mod")
	switch {
	case err == nil:
		s.sums["go.mod"] = sum
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.Internal, "linked.source", err, "read %q", "go.mod")
	}
	return s.sums, nil
}

type summer struct {
	ctx      context.Context //nolint:containedctx // of one walk
	src      fs.FS
	sums     map[string]string
	files    int
	vendored interface { // a hash; nil where there is no vendor folder
		io.Writer
		Sum(b []byte) []byte
	}
}

func (s *summer) walk(dir string, depth int) error {
	if err := s.ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, "linked.canceled", err, "read the project's Go files")
	}
	if depth > maxDepth {
		return fault.New(fault.Invalid, "source.depth", "folder %q lies more than %d folders deep", dir, maxDepth)
	}
	entries, err := fs.ReadDir(s.src, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if strings.ContainsAny(name[:1], "._#") || name == vendorFolder && dir != "." {
			continue
		}
		at := path.Join(dir, name)
		switch {
		case e.IsDir() && name != "testdata" && name != "node_modules":
			err = s.walk(at, depth+1)
		case !e.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			err = s.add(at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *summer) add(name string) error {
	if s.files++; s.files > maxFiles {
		return fault.New(fault.Invalid, "source.total", "the project has more than %d Go files", maxFiles)
	}
	sum, err := s.file(name)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(name, vendorFolder+"/") {
		s.sums[name] = sum
		return nil
	}
	if s.vendored == nil {
		s.vendored = sha256.New()
	}
	_, err = io.WriteString(s.vendored, name+" "+sum+"\n")
	return err
}

// file returns the sum of one file; of one that is too large, of its beginning.
func (s *summer) file(name string) (string, error) {
	f, err := s.src.Open(name)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, io.LimitReader(f, maxFile+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
