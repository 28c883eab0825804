//go:build !linux

package compiler

import (
	"errors"
	"os"
	"path/filepath"

	"mortise/build/compiler/internal/packfile"
)

// syncTree brings a folder to the disk, file by file.
func syncTree(dir string, m *packfile.Manifest) error {
	for _, file := range m.Files {
		f, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(file.Name)), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
