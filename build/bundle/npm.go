package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"

	"mortise/runtime/durable"
)

// errNoNode says what to install.
var errNoNode = errors.New("npm is not installed: install Node.js 20 or later, with npm")

// lock is what a lock file of npm says of the packages in it.
type lock struct {
	Packages map[string]lockedPackage `json:"packages"`
}

type lockedPackage struct {
	Version  string `json:"version"`
	Optional bool   `json:"optional"`
}

// install brings node_modules to what the lock file says. Nothing that a package
// brings is run.
func (b *bundler) install(ctx context.Context) error {
	if err := os.MkdirAll(b.bin, 0o750); err != nil {
		return err
	}
	// Two of us at once would take the files from under each other.
	unlock, err := durable.Lock(filepath.Join(b.bin, "npm.lock"))
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	fresh, err := b.fresh()
	if err != nil || fresh {
		return err
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errNoNode
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.root, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w", b.root, err)
	}
	return nil
}

// fresh compares the lock file with what npm noted when it was done, in a file of
// its own inside of node_modules.
func (b *bundler) fresh() (bool, error) {
	want, err := readLock(filepath.Join(b.root, "package-lock.json"))
	if err != nil {
		return false, err
	}
	have, err := readLock(filepath.Join(b.root, "node_modules", ".package-lock.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	delete(want.Packages, "") // the frontend itself
	for name, p := range want.Packages {
		if _, ok := have.Packages[name]; !ok && p.Optional { // for another system
			delete(want.Packages, name)
		}
	}
	return maps.EqualFunc(want.Packages, have.Packages, func(a, b lockedPackage) bool { return a.Version == b.Version }), nil
}

func readLock(name string) (lock, error) {
	var l lock
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &l)
	}
	if err != nil {
		return lock{}, fmt.Errorf("read %s: %w", name, err)
	}
	return l, nil
}
