package api

import (
	"encoding/json"
	"path/filepath"
	"sync"

	"mortise/runtime/fault"
)

// localState is what is kept with a project on this machine: how its page has
// arranged itself, and what else is not worth a file in git. It is safe for
// concurrent use.
type localState struct {
	file string

	mu   sync.Mutex // guards kept, and is held while the file is written
	kept localFile
}

// localFile is the file .mortise/studio.json.
type localFile struct {
	Layout         json.RawMessage `json:"layout,omitempty"`
	TutorialHidden bool            `json:"tutorial_hidden,omitempty"`
	TutorialSeen   []string        `json:"tutorial_seen,omitempty"` // steps that only the runtime shows, and forgets when it ends
}

// newLocalState reads the file of a project. Where it is damaged it is put aside,
// and the error says so; the state is then empty.
func newLocalState(dir string) (*localState, error) {
	l := &localState{file: filepath.Join(dir, "studio.json")}
	err := readKept(l.file, func(text []byte) error {
		var kept localFile
		err := json.Unmarshal(text, &kept)
		if err == nil {
			l.kept = kept
		}
		return err
	})
	return l, err
}

// get returns what is kept; it must not be changed.
func (l *localState) get() localFile {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept
}

// change changes what is kept; the file is written when it returns.
func (l *localState) change(f func(*localFile)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := l.kept
	f(&next)
	data, err := json.Marshal(next)
	if err != nil {
		return fault.Wrap(fault.Invalid, "studio.local", err, "keep what belongs to the project on this machine")
	}
	if err := writeKept(l.file, data); err != nil {
		return err
	}
	l.kept = next
	return nil
}
