package durable

import (
	"os"

	"golang.org/x/sys/windows"
)

// syncDir does nothing: NTFS journals the rename.
func syncDir(string) error { return nil }

func lock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, new(windows.Overlapped))
}
