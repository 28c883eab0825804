package compiler

import (
	"embed"
	"errors"
	"io/fs"
	"runtime"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/fault"
)

// embedded holds the packs where they were made before this package was built,
// and always a note, without which a plain go build would not work.
//
//go:embed pack
var embedded embed.FS

// parts are the names of the packs, each before those that stand on it.
func parts() []string { return []string{"go", "sdk"} }

// builtIn returns the folder of the packs in this binary.
func builtIn() fs.FS {
	sub, err := fs.Sub(embedded, "pack")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// absent is the error of a build without a compiler.
func absent(why error) *fault.Error {
	return fault.Wrap(fault.Unavailable, "compiler.absent", why, "this build of Mortise carries no compiler").
		WithHint("build it with: go run ./build/dev build")
}

// readHeads reads what the packs say of themselves; the error is that of absent.
func readHeads(packs fs.FS) ([]*packfile.Head, error) {
	var heads []*packfile.Head
	for _, part := range parts() {
		head, err := readHead(packs, part)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, absent(nil)
		case err != nil:
			return nil, absent(err)
		}
		heads = append(heads, head)
		switch m := &head.Manifest; {
		case m.OS != runtime.GOOS || m.Arch != runtime.GOARCH:
			return nil, absent(errors.New("the one in it is for " + m.OS + "/" + m.Arch))
		case m.Part != part || m.Go != heads[0].Manifest.Go:
			return nil, absent(errors.New("its packs do not belong together"))
		}
	}
	return heads, nil
}

func readHead(packs fs.FS, part string) (*packfile.Head, error) {
	f, err := packs.Open(part + ".pack")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return packfile.ReadHead(f)
}
