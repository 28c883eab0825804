// Package stamp says from what the symbol tables are generated, so that a test
// can see that they are stale.
package stamp

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// sources are the files that decide the tables, relative to the folder of
// package symbols.
var sources = []string{
	"symbols.go",
	"internal/gensymbols/main.go",
	"../../runtime/fault/*.go",
	"../../runtime/service/*.go",
}

// Compute returns the stamp: the version of Go and a hash of the sources. dir is
// the folder of package symbols.
func Compute(dir string) (string, error) {
	h := sha256.New()
	for _, pattern := range sources {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				return "", err
			}
			h.Write([]byte(filepath.Base(f) + "\x00"))
			h.Write(b)
		}
	}
	return runtime.Version() + " " + hex.EncodeToString(h.Sum(nil))[:16], nil
}
