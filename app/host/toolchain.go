package host

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"mortise/build/compiler"
)

// Toolchain returns the compiler that travels with us, over this user's cache.
// Whoever asks for it closes it.
func (m Machine) Toolchain(log *slog.Logger) *compiler.Toolchain {
	return compiler.New(compiler.Options{Dir: m.Cache(), Log: log})
}

// Cache is where what can be made anew is kept for this user, or "" where
// there is no such place. It is never a folder that depends on the current one.
func (m Machine) Cache() string {
	if filepath.IsAbs(m.CacheDir) {
		return filepath.Join(m.CacheDir, "mortise")
	}
	return ownTemp(os.TempDir())
}

// ownTemp returns this user's own folder below one that all may write to, and
// makes it where it is missing; "" where somebody else might have put something
// there, because what is kept in it is run.
func ownTemp(temp string) string {
	if !filepath.IsAbs(temp) {
		return ""
	}
	dir := filepath.Join(temp, "mortise"+userSuffix())
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return ""
	}
	info, err := os.Lstat(dir) // a link leads to who knows where
	if err != nil || !info.IsDir() || !ownedAlone(info) {
		return ""
	}
	return dir
}
