package history

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// What is kept, at most. The oldest goes first.
const (
	keepFor     = 30 * 24 * time.Hour
	keepRead    = 7 * 24 * time.Hour // a text that is no version of a file
	perFile     = 500
	maxVersions = 20_000
	maxBytes    = 512 << 20 // of all texts of versions
	slack       = 1_000     // versions above the limits until they are pruned
	maxLine     = 64 << 10  // bytes of one line of the index
)

// Version is one earlier state of a file.
type Version struct {
	ID   string    `json:"id"`
	Name string    `json:"name"` // of the file
	At   time.Time `json:"at"`
	Why  string    `json:"why"` // it was kept: a word of the caller's
	Hash string    `json:"hash"`
	Size int64     `json:"size"`
}

// History is the earlier states of the files of one project. It is safe for
// concurrent use. Nothing of it is open between calls.
type History struct {
	dir   string
	texts texts

	mu       sync.Mutex  // guards what follows
	versions []Version   // as in the index, oldest first
	index    fs.FileInfo // of the index when it was read; nil where there was none
}

// New returns the history in a folder, which is made with the first text.
func New(dir string) *History {
	return &History{dir: dir, texts: texts{filepath.Join(dir, "texts")}}
}

func (h *History) indexFile() string { return filepath.Join(h.dir, "index.jsonl") }

// Keep stores a text so that Text finds it by its hash for a week at least.
func (h *History) Keep(text []byte) (hash string, err error) { return h.texts.keep(text, false) }

// Text returns a text by its hash.
func (h *History) Text(hash string) ([]byte, error) { return h.texts.get(hash) }

// Record keeps a state of a file. It returns when that is on the disk. The same
// state for the same reason twice in a row is one version.
func (h *History) Record(name, why string, text []byte) (Version, error) {
	return h.record(name, why, text, func(last Version) bool { return last.Why == why })
}

// Ensure is Record, unless the last version of the file has this very text,
// whatever it was kept for.
func (h *History) Ensure(name, why string, text []byte) (Version, error) {
	return h.record(name, why, text, func(Version) bool { return true })
}

func (h *History) record(name, why string, text []byte, enough func(last Version) bool) (Version, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	unlock, err := h.lock()
	if err != nil {
		return Version{}, err
	}
	defer func() { _ = unlock() }() // the process's end would do as well
	if err := h.refresh(); err != nil {
		return Version{}, err
	}
	hash := Hash(text)
	if last, ok := h.last(name); ok && last.Hash == hash && enough(last) && h.texts.has(hash, len(text)) {
		return last, nil
	}
	if hash, err = h.texts.keep(text, true); err != nil {
		return Version{}, err
	}
	now := time.Now()
	v := Version{ID: fmt.Sprintf("%x-%s", now.UnixNano(), hash[:8]), Name: name, At: now.UTC(), Why: why, Hash: hash, Size: int64(len(text))}
	if err := h.append(v); err != nil {
		return Version{}, fault.Wrap(fault.Unavailable, "history.write", err, "keep %q in the local history", name)
	}
	if len(h.versions) > maxVersions+slack {
		return v, h.prune(now, nil)
	}
	return v, nil
}

func (h *History) last(name string) (Version, bool) {
	for _, v := range slices.Backward(h.versions) {
		if v.Name == name {
			return v, true
		}
	}
	return Version{}, false
}

// List returns the versions of a file, newest first.
func (h *History) List(name string) ([]Version, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refresh(); err != nil {
		return nil, err
	}
	found := []Version{}
	for _, v := range slices.Backward(h.versions) {
		if v.Name == name && len(found) < perFile {
			found = append(found, v)
		}
	}
	return found, nil
}

// Last returns the last version of every file for which it was kept because of
// why, newest first.
func (h *History) Last(why string) ([]Version, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refresh(); err != nil {
		return nil, err
	}
	found, seen := []Version{}, map[string]bool{}
	for _, v := range slices.Backward(h.versions) {
		if !seen[v.Name] && v.Why == why {
			found = append(found, v)
		}
		seen[v.Name] = true
	}
	return found, nil
}

// Read returns a version and its text.
func (h *History) Read(id string) (Version, []byte, error) {
	h.mu.Lock()
	err := h.refresh()
	i := slices.IndexFunc(h.versions, func(v Version) bool { return v.ID == id })
	var v Version
	if i >= 0 {
		v = h.versions[i]
	}
	h.mu.Unlock()
	if err != nil {
		return v, nil, err
	}
	if i < 0 {
		return v, nil, fault.New(fault.NotFound, "history.unknown", "the local history has no version %q", id)
	}
	text, err := h.texts.get(v.Hash)
	return v, text, err
}

// Prune drops what is older, or more, than is kept. Needed are hashes of texts
// that must stay whatever their age.
func (h *History) Prune(needed []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := os.Stat(h.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := h.lock()
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }() // the process's end would do as well
	if err := h.refresh(); err != nil {
		return err
	}
	return h.prune(time.Now(), needed)
}

// prune is called with both locks. Without needed no text is deleted.
func (h *History) prune(now time.Time, needed []string) error {
	var kept []Version
	count, bytes := map[string]int{}, map[string]int64{}
	var total int64
	for _, v := range slices.Backward(h.versions) {
		count[v.Name]++
		if _, stored := bytes[v.Hash]; !stored {
			total += v.Size
		}
		if count[v.Name] > perFile || len(kept) >= maxVersions || total > maxBytes || now.Sub(v.At) > keepFor {
			continue
		}
		bytes[v.Hash] = v.Size
		kept = append(kept, v)
	}
	slices.Reverse(kept)
	if len(kept) < len(h.versions) {
		if err := h.rewrite(kept); err != nil {
			return fault.Wrap(fault.Unavailable, "history.prune", err, "prune the local history")
		}
	}
	if needed == nil {
		return nil
	}
	stay := map[string]bool{}
	for hash := range bytes {
		stay[hash] = true
	}
	for _, hash := range needed {
		stay[hash] = true
	}
	if err := h.texts.sweep(stay, now.Add(-keepRead)); err != nil {
		return fault.Wrap(fault.Unavailable, "history.prune", err, "prune the local history")
	}
	return nil
}

// lock keeps other processes from changing the index.
func (h *History) lock() (func() error, error) {
	err := os.MkdirAll(h.dir, 0o700)
	if err == nil {
		var unlock func() error
		if unlock, err = durable.Lock(filepath.Join(h.dir, "lock")); err == nil {
			return unlock, nil
		}
	}
	return nil, fault.Wrap(fault.Unavailable, "history.lock", err, "lock the local history")
}

// refresh reads the index where it is not as it was read or written last.
func (h *History) refresh() error {
	info, err := os.Stat(h.indexFile())
	if errors.Is(err, fs.ErrNotExist) {
		h.versions, h.index = nil, nil
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "history.read", err, "read the local history")
	}
	if h.index != nil && os.SameFile(info, h.index) && info.Size() == h.index.Size() {
		return nil
	}
	f, err := os.Open(h.indexFile())
	if err != nil {
		return fault.Wrap(fault.Unavailable, "history.read", err, "read the local history")
	}
	defer f.Close()
	versions, err := parse(f)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "history.read", err, "read the local history")
	}
	h.versions, h.index = versions, info
	return nil
}

// parse reads versions, oldest first. A line that is damaged, such as the last one
// before a loss of power, is left out.
func parse(r io.Reader) ([]Version, error) {
	var versions []Version
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var v Version
		if json.Unmarshal(lines.Bytes(), &v) == nil && isHash(v.Hash) && v.ID != "" {
			versions = append(versions, v)
		}
	}
	slices.SortStableFunc(versions, func(a, b Version) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return versions, lines.Err()
}

// append adds a line to the index and waits until it is on the disk.
func (h *History) append(v Version) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(h.indexFile(), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err = f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...) // behind one that was cut short
		}
	}
	if err == nil {
		_, err = f.Write(append(line, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		info, err = f.Stat()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		h.index = nil // whatever it holds has to be looked at
		return err
	}
	h.versions, h.index = append(h.versions, v), info
	return nil
}

func (h *History) rewrite(versions []Version) error {
	var out bytes.Buffer
	for _, v := range versions {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		out.Write(append(line, '\n'))
	}
	if err := durable.WriteFile(h.indexFile(), out.Bytes(), 0o600); err != nil {
		return err
	}
	info, err := os.Stat(h.indexFile())
	if err != nil {
		return err
	}
	h.versions, h.index = versions, info
	return nil
}
