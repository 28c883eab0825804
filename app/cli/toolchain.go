package cli

import (
	"log/slog"
	"path/filepath"

	"mortise/build/compiler"
)

// toolchain returns the compiler that travels with us, over this user's cache.
// Whoever asks for it closes it.
func (e *Env) toolchain(log *slog.Logger) *compiler.Toolchain {
	return compiler.New(compiler.Options{Dir: e.cacheDir(), Log: log})
}

// cacheDir is where what can be made anew is kept for this user.
func (e *Env) cacheDir() string {
	if e.CacheDir == "" {
		return filepath.Join(e.ConfigDir, "cache", "mortise")
	}
	return filepath.Join(e.CacheDir, "mortise")
}
