package compiler

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"mortise/runtime/durable"
)

// keepUsed is how long what was used stays in the cache whatever the limits say:
// longer than any job or start takes.
const keepUsed = time.Hour

// cache holds what was compiled and linked, by hash. Each thing is a file and a
// note beside it, which is written last and says what the file must be, so that
// a crash or a damaged disk makes the thing absent, never wrong. The time of the
// note is that of its last use.
type cache struct {
	objects, programs string
	limits            Limits

	mu       sync.Mutex           // guards verified
	verified map[string]time.Time // files whose content was checked, with their time then
}

// note is what is known of a file in the cache.
type note struct {
	Size   int64
	Hash   string // SHA-256 in hex
	Export string `json:",omitempty"` // the hash of what dependants see of an object
}

// object is one compiled package.
type object struct {
	path   string // of its archive
	export string
}

func newCache(dir string, limits Limits) *cache {
	return &cache{
		objects: filepath.Join(dir, "objects"), programs: filepath.Join(dir, "programs"),
		limits: limits, verified: map[string]time.Time{},
	}
}

const noteSuffix = ".json"

// object returns a compiled package.
func (c *cache) object(key string) (object, bool) {
	path := filepath.Join(c.objects, key+".a")
	n, ok := c.use(path)
	return object{path, n.Export}, ok
}

// addObject moves a compiled package into the cache.
func (c *cache) addObject(key, from string) (object, error) {
	export, err := exportHash(from)
	if err != nil {
		return object{}, err
	}
	path := filepath.Join(c.objects, key+".a")
	return object{path, export}, c.add(path, from, export)
}

func (c *cache) programPath(hash string) string {
	path := filepath.Join(c.programs, hash)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	return path
}

// program returns a linked program.
func (c *cache) program(hash string) (Binary, bool) {
	path := c.programPath(hash)
	_, ok := c.use(path)
	return Binary{Path: path, Hash: hash}, ok
}

// addProgram moves a program into the cache.
func (c *cache) addProgram(hash, from string) (Binary, error) {
	path := c.programPath(hash)
	return Binary{Path: path, Hash: hash}, c.add(path, from, "")
}

// use returns the note of a file and says that it is used; false where the file
// is not there or is not what the note says.
func (c *cache) use(path string) (note, bool) {
	var n note
	text, err := os.ReadFile(path + noteSuffix)
	if err != nil || json.Unmarshal(text, &n) != nil {
		return n, false
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != n.Size {
		return n, false
	}
	c.mu.Lock()
	seen, ok := c.verified[path]
	c.mu.Unlock()
	if !ok || !seen.Equal(info.ModTime()) {
		if hash, err := hashFile(path); err != nil || hash != n.Hash {
			return n, false
		}
		c.mu.Lock()
		c.verified[path] = info.ModTime()
		c.mu.Unlock()
	}
	now := time.Now()
	_ = os.Chtimes(path+noteSuffix, now, now) // a cache that cannot be written to is of use all the same
	return n, true
}

// add moves a file into the cache. What two processes add at once is the same.
func (c *cache) add(path, from, export string) error {
	hash, err := hashFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := json.Marshal(note{info.Size(), hash, export})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, path); err != nil {
		if old, e := hashFile(path); e != nil || old != hash { // on Windows a program that runs cannot be replaced
			return err
		}
	}
	temp := from + noteSuffix
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temp, path+noteSuffix); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verified[path] = info.ModTime()
	return nil
}

// hold keeps a program by a shared lock of its note.
func (c *cache) hold(b Binary) (release func()) {
	path := c.programPath(b.Hash) + noteSuffix
	f, err := os.Open(path)
	if err != nil {
		return func() {}
	}
	if ours, err := durable.TryLock(f, true); err != nil || !ours || !sameFile(f, path) {
		_ = f.Close()
		return func() {}
	}
	return sync.OnceFunc(func() { _ = f.Close() })
}

// trim removes what was used least recently, until the rest fits.
func (c *cache) trim() {
	c.trimFolder(c.programs, c.limits.Programs)
	c.trimFolder(c.objects, c.limits.Objects)
}

func (c *cache) trimFolder(dir string, limit int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	type thing struct {
		path string
		used time.Time
	}
	var things []thing
	sizes, noted, total := map[string]int64{}, map[string]bool{}, int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		if name, ok := strings.CutSuffix(e.Name(), noteSuffix); ok {
			things, noted[name] = append(things, thing{path: name, used: info.ModTime()}), true
			continue
		}
		sizes[e.Name()] = info.Size()
		total += info.Size()
	}
	for name := range sizes {
		if !noted[name] { // a crash came before the note
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
				things = append(things, thing{path: name, used: info.ModTime()})
			}
		}
	}
	slices.SortFunc(things, func(a, b thing) int { return a.used.Compare(b.used) })
	for _, t := range things {
		if total <= limit || time.Since(t.used) < keepUsed {
			return
		}
		if c.remove(filepath.Join(dir, t.path)) {
			total -= sizes[t.path]
		}
	}
}

// remove takes a thing out of the cache, unless a process holds it.
func (c *cache) remove(path string) bool {
	f, err := os.OpenFile(path+noteSuffix, os.O_RDWR, 0)
	if err == nil {
		defer f.Close()
		if ours, err := durable.TryLock(f, false); err != nil || !ours {
			return false
		}
		if err := os.Remove(path + noteSuffix); err != nil && runtime.GOOS != "windows" {
			return false
		}
	}
	c.mu.Lock()
	delete(c.verified, path)
	c.mu.Unlock()
	err = os.Remove(path)
	return err == nil || errors.Is(err, os.ErrNotExist)
}
