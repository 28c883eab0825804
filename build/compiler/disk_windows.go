package compiler

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// diskFull reports whether there was no room for a file.
func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// readOnly reports whether a folder cannot be written to.
func readOnly(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, windows.ERROR_WRITE_PROTECT)
}
