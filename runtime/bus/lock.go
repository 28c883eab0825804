package bus

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// dirLock keeps a second process off a folder. NATS itself does not: two servers
// on one folder start happily and destroy it.
type dirLock struct{ file *os.File }

// lockDir locks a folder until release or the end of the process, whichever way
// it ends.
func lockDir(dir string) (*dirLock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "bus.dir", err, "open the lock of the bus %q", path)
	}
	if ours, err := durable.TryLock(f, false); err != nil || !ours {
		holder := readHolder(f)
		_ = f.Close() // it was only read
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "bus.lock", err, "lock the folder of the bus %q", dir)
		}
		return nil, fault.New(fault.Conflict, "bus.locked", "the folder of the bus %q is in use by %s", dir, holder).
			WithHint("this project runs already: stop that process, or use it")
	}
	// The text is for people; without it the lock holds all the same.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &dirLock{f}, nil
}

func readHolder(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if pid, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil {
		return "process " + strconv.Itoa(pid)
	}
	return "another process"
}

// release gives the folder free.
func (l *dirLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
