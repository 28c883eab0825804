package typedata

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"strings"
)

// SDK lists the packages of ours whose types travel with the standard
// library's: what service authors import, and what that exposes.
var SDK = [...]string{"mortise/runtime/fault", "mortise/runtime/service"}

// CurrentStamp returns the stamp that the data should have: that of the running
// Go and of the module whose root folder is given.
func CurrentStamp(root fs.FS) (Stamp, error) {
	s := Stamp{Go: runtime.Version()}
	mod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return s, fmt.Errorf("read the version of golang.org/x/tools: %w", err)
	}
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "golang.org/x/tools" {
			s.Tools = f[1]
		}
	}
	s.SDK, err = sdkHash(root)
	return s, err
}

// sdkHash hashes the SDK's Go files, tests left out.
func sdkHash(root fs.FS) (string, error) {
	h := sha256.New()
	for _, pkg := range SDK {
		dir := strings.TrimPrefix(pkg, "mortise/")
		files, err := fs.Glob(root, dir+"/*.go")
		if err != nil {
			return "", fmt.Errorf("hash the SDK: %w", err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			src, err := fs.ReadFile(root, name)
			if err != nil {
				return "", fmt.Errorf("hash the SDK: %w", err)
			}
			fmt.Fprintf(h, "%s/%s %d\n", dir, path.Base(name), len(src))
			h.Write(src)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:32], nil
}
