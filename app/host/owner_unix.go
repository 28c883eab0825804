//go:build unix

package host

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// userSuffix tells the folders of users apart that share one for temporary files.
func userSuffix() string { return "-" + strconv.Itoa(os.Geteuid()) }

// ownedAlone reports whether a folder is this user's and nobody else may enter it.
func ownedAlone(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid()) && info.Mode().Perm() == 0o700
}
