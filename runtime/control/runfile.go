package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// runFile is where a running host says how it is reached, within the project.
const runFile = ".mortise/run.json"

// Host says how a running host of a project is reached.
type Host struct {
	PID     int       `json:"pid"`
	Address string    `json:"address"` // of the channels
	Control string    `json:"control"` // of the control API
	Token   string    `json:"token"`
	Version string    `json:"version"`
	Started time.Time `json:"started"`
}

// Announce writes how the host of the project in dir is reached, readable by its
// owner alone, and returns a function that takes the file away again unless
// another host has written it since.
func Announce(dir string, h Host) (withdraw func() error, err error) {
	path := filepath.Join(dir, filepath.FromSlash(runFile))
	data, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "control.announce", err, "write %q", runFile)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "control.announce", err, "make the folder of %q", path)
	}
	if err := durable.WriteFile(path, append(data, '\n'), 0o600); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "control.announce", err, "write %q", path)
	}
	return func() error {
		now, err := readFile(path)
		if err != nil || now.Token != h.Token {
			return nil //nolint:nilerr // it is not ours any more
		}
		return os.Remove(path)
	}, nil
}

func readFile(path string) (h Host, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(data, &h)
}

// Find returns a client of the host that runs the project in dir, and how that
// host is reached. Where none runs, the error has the code Unreachable; what a
// host that was killed left behind counts as none.
func Find(ctx context.Context, dir string) (*Client, Host, error) {
	path := filepath.Join(dir, filepath.FromSlash(runFile))
	h, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, h, notRunning(dir, nil)
	}
	if err != nil {
		return nil, h, fault.Wrap(fault.Unavailable, Unreachable, err, "read %q", path)
	}
	c, err := NewClient(h.Control, h.Token)
	if err != nil {
		return nil, h, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	v, err := c.Version(ctx)
	// Another program may have the port by now: only our host knows the token,
	// and only it has the process id.
	if err != nil || v.PID != h.PID {
		c.Close()
		return nil, h, notRunning(dir, err)
	}
	return c, h, nil
}

func notRunning(dir string, cause error) error {
	return fault.Wrap(fault.Unavailable, Unreachable, cause, "the project %q is not running", dir).
		WithHint("start it with mortise serve %s", dir)
}

// ReadHost returns what a host of the project in dir has announced, whether it
// still runs or not.
func ReadHost(dir string) (Host, error) {
	h, err := readFile(filepath.Join(dir, filepath.FromSlash(runFile)))
	if err != nil {
		return Host{}, fault.Wrap(fault.Unavailable, Unreachable, err, "read %q", runFile)
	}
	return h, nil
}
