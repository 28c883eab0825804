package projects

import (
	"bytes"
	"context"
	_ "embed" // the SDK
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// SDKFolder is where a project keeps its copy of the SDK, a module that its
// go.mod points to. It is committed with the project.
const SDKFolder = ".sdk"

// The sources of the packages that services import, written by
// "go test ./projects -run TestSDK -update", which fails where they are stale. An
// embedding in those packages themselves would end up in every worker.
//
//go:embed sdk.txtar
var sdk []byte

// sdkFiles returns the files of the copy by their names in its folder.
func sdkFiles() map[string][]byte {
	files := map[string][]byte{
		"go.mod": []byte("module " + sdkModule + "\n\ngo " + goVersion + "\n"),
		"README.md": []byte("# The SDK of services\n\nThis copy is kept up to date by Mortise, so that `go build`, `go vet` and every editor\n" +
			"understand the project without fetching anything. Commit it, and do not edit it.\n"),
	}
	for _, f := range txtar.Parse(sdk).Files {
		files[f.Name] = f.Data
	}
	return files
}

// SyncSDK makes the project's copy of the SDK that of this program, and reports
// whether it had to. Where all is up to date nothing is written.
func (p *Project) SyncSDK(ctx context.Context) (changed bool, err error) {
	want := sdkFiles()
	folder := filepath.Join(p.root, SDKFolder)
	for name, data := range want {
		if err := ctx.Err(); err != nil {
			return changed, fault.Wrap(fault.Canceled, "project.sdk", err, "update the SDK")
		}
		target := filepath.Join(folder, filepath.FromSlash(name))
		if old, err := os.ReadFile(target); err == nil && bytes.Equal(old, data) {
			continue
		}
		changed = true
		err := os.MkdirAll(filepath.Dir(target), 0o755) //nolint:gosec // others may read projects
		if err == nil {
			err = durable.WriteFile(target, data, 0o644)
		}
		if err != nil {
			return changed, fault.Wrap(fault.Unavailable, "project.sdk", err, "write the SDK's file %q", path.Join(SDKFolder, name))
		}
	}
	removed, err := removeOthers(folder, want)
	return changed || removed, err
}

// removeOthers removes Go files that an older SDK had.
func removeOthers(folder string, want map[string][]byte) (removed bool, err error) {
	err = filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		if _, ok := want[filepath.ToSlash(name)]; ok {
			return nil
		}
		removed = true
		return os.Remove(file) //nolint:gosec // a file of the SDK's own folder, which only we write
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return removed, fault.Wrap(fault.Unavailable, "project.sdk", err, "remove old files of the SDK")
	}
	return removed, nil
}
