package scratch

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// leftover is the age at which the folder of a run belongs to nobody any more: a
// process that is killed leaves it behind.
const leftover = 24 * time.Hour

// temp makes a folder for one run. The returned function removes it.
func (o Options) temp() (dir string, remove func(), err error) {
	if dir, err = o.makeTemp(); err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // what stays is swept by a later run
}

// makeTemp makes the folder among the system's temporary ones where the cache
// cannot be written: that keeps no program from running.
func (o Options) makeTemp() (string, error) {
	if o.Temp != "" && os.MkdirAll(o.Temp, 0o700) == nil {
		o.sweep()
		if dir, err := os.MkdirTemp(o.Temp, "run-*"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "mortise-run-*")
}

// sweep removes what killed processes have left.
func (o Options) sweep() {
	entries, err := os.ReadDir(o.Temp)
	if err != nil {
		return // then there is nothing to sweep
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), "run-") && time.Since(info.ModTime()) > leftover {
			_ = os.RemoveAll(filepath.Join(o.Temp, e.Name())) // what stays is tried again
		}
	}
}

// named returns a path by which an executable in the cache can be started under
// the program's own name, which it sees as os.Args[0], and what removes it
// again. Where that cannot be had, the path in the cache does.
func (o Options) named(path, source string) (command string, remove func()) {
	dir, remove, err := o.temp()
	if err != nil {
		return path, func() {}
	}
	name := strings.TrimSuffix(filepath.Base(source), ".go")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	command = filepath.Join(dir, name)
	if os.Link(path, command) != nil && os.Symlink(path, command) != nil {
		remove()
		return path, func() {}
	}
	return command, remove
}
