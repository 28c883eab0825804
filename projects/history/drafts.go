package history

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// maxDrafts is how many unsaved texts are kept at a time.
const maxDrafts = 1_000

// Draft is text of a file that was typed and not saved.
type Draft struct {
	Name string    `json:"name"`
	Text string    `json:"text"`
	Base string    `json:"base"` // hash of the saved text that it began from; "" is a new file
	At   time.Time `json:"at"`
}

// Drafts is the unsaved texts of one project, each in a file of its own. It is
// safe for concurrent use.
type Drafts struct {
	dir string

	mu sync.Mutex // held while a file is written or removed
}

// NewDrafts returns the unsaved texts in a folder, which is made with the first.
func NewDrafts(dir string) *Drafts { return &Drafts{dir: dir} }

const (
	draftExt   = ".json"
	damagedExt = ".damaged" // of a file that could not be read and is put aside
)

func (d *Drafts) file(name string) string {
	return filepath.Join(d.dir, Hash([]byte(name))[:32]+draftExt)
}

// Write keeps an unsaved text in place of the one before. It returns when the text
// is on the disk.
func (d *Drafts) Write(draft Draft) error {
	if len(draft.Text) > MaxText {
		return fault.New(fault.Limited, "draft.large", "keep unsaved text of %q: it has %d bytes, and the most is %d", draft.Name, len(draft.Text), MaxText)
	}
	data, err := json.Marshal(draft)
	if err != nil {
		return fault.Wrap(fault.Internal, "draft.write", err, "keep unsaved text of %q", draft.Name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	file := d.file(draft.Name)
	if _, err := os.Stat(file); err != nil {
		if files, _ := os.ReadDir(d.dir); len(files) >= maxDrafts {
			return fault.New(fault.Limited, "draft.many", "keep unsaved text of %q: %d files have some already", draft.Name, maxDrafts).
				WithHint("save or close some of them")
		}
	}
	if err = os.MkdirAll(d.dir, 0o700); err == nil {
		err = durable.WriteFile(file, data, 0o600)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "draft.write", err, "keep unsaved text of %q", draft.Name)
	}
	return nil
}

// Drop forgets the unsaved text of a file, if there is one.
func (d *Drafts) Drop(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := os.Remove(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, "draft.drop", err, "forget unsaved text of %q", name)
	}
	return nil
}

// Read returns the unsaved text of a file; false where there is none.
func (d *Drafts) Read(name string) (Draft, bool) {
	draft, err := readDraft(d.file(name))
	return draft, err == nil && draft.Name == name
}

// List returns all unsaved texts, oldest first. A file that cannot be read is put
// aside under another name, and the error names it; the others are returned all
// the same.
func (d *Drafts) List() ([]Draft, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	files, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.Unavailable, "draft.list", err, "list unsaved texts")
	}
	drafts := []Draft{}
	var damaged fault.List
	for _, f := range files {
		path := filepath.Join(d.dir, f.Name())
		switch {
		case strings.HasPrefix(f.Name(), ".#"):
			if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > time.Minute {
				_ = os.Remove(path) // of a process that ended while it wrote; the text before is whole
			}
			continue
		case filepath.Ext(f.Name()) != draftExt:
			continue
		}
		draft, err := readDraft(path)
		if err != nil || d.file(draft.Name) != path {
			_ = os.Rename(path, path+damagedExt) // reported below, whether it worked or not
			damaged = append(damaged, fault.Wrap(fault.Unavailable, "draft.damaged", err, "read unsaved text in %q", f.Name()).
				WithHint("it was put aside as %q", f.Name()+damagedExt))
			continue
		}
		drafts = append(drafts, draft)
	}
	slices.SortFunc(drafts, func(a, b Draft) int { return a.At.Compare(b.At) })
	return drafts, damaged.Err()
}

func readDraft(file string) (Draft, error) {
	var draft Draft
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &draft)
	}
	return draft, err
}
