package api

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/durable"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// maxRecent is how many projects are remembered.
const maxRecent = 20

// maxUserFile bounds what is read of a file of the user's.
const maxUserFile = 1 << 20

// userFiles is what is kept for one person on this machine: the settings, and
// which projects were open. It is safe for concurrent use.
type userFiles struct {
	dir string
	log *slog.Logger

	mu       sync.Mutex // guards what follows, and is held while files are written
	settings *Settings
	recent   []Recent
}

const (
	settingsFile = "studio.yaml"
	recentFile   = "recent.json"
)

// newUserFiles reads the files in the user's folder for settings. One that is
// damaged is put aside.
func newUserFiles(configDir string, log *slog.Logger) *userFiles {
	u := &userFiles{dir: filepath.Join(configDir, "mortise"), log: log, recent: []Recent{}}
	u.settings, _ = readSettings(nil, settingsFile) // all defaults, which are right
	u.read(settingsFile, func(text []byte) error {
		s, err := readSettings(text, settingsFile)
		if err == nil {
			u.settings = s
		}
		return err
	})
	u.read(recentFile, func(text []byte) error {
		var recent []Recent
		err := json.Unmarshal(text, &recent)
		if err == nil {
			u.recent = recent[:min(len(recent), maxRecent)]
		}
		return err
	})
	return u
}

// read hands the text of a file over, if there is one; where take refuses it, the
// file is put aside.
func (u *userFiles) read(name string, take func([]byte) error) {
	if err := readKept(filepath.Join(u.dir, name), take); err != nil {
		u.log.Warn("a file of the Studio could not be read and was put aside", "file", filepath.Join(u.dir, name), "error", err)
	}
}

// readKept hands the text of a file that only the Studio writes over to take,
// unless it is not there. Where take refuses it, the file is renamed, so that
// nothing is lost when it is written anew.
func readKept(file string, take func([]byte) error) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxUserFile {
		err = errors.New("it is too large")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if err == nil {
		err = take(text)
	}
	if err != nil {
		err = errors.Join(err, os.Rename(file, file+".damaged"))
	}
	return err
}

// writeKept writes a file that only the Studio writes, and makes its folder.
func writeKept(file string, data []byte) error {
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = durable.WriteFile(file, data, 0o600)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "studio.write", err, "write %q", file)
	}
	return nil
}

// present returns the present settings, which must not be changed.
func (u *userFiles) present() *Settings {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.settings
}

func (u *userFiles) writeSettings(s *Settings) error {
	text, err := spec.Encode(s)
	if err != nil {
		return fault.Wrap(fault.Internal, "settings.write", err, "write the settings")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := writeKept(filepath.Join(u.dir, settingsFile), text); err != nil {
		return err
	}
	u.settings = s
	return nil
}

// recents returns the projects that were open, the last one first.
func (u *userFiles) recents() []Recent {
	u.mu.Lock()
	found := slices.Clone(u.recent)
	u.mu.Unlock()
	for i := range found {
		_, err := os.Stat(filepath.Join(found[i].Dir, config.MainFile))
		found[i].Gone = err != nil
	}
	return found
}

// remember puts a project in front of those that were open.
func (u *userFiles) remember(dir, name string) error {
	return u.change(func(recent []Recent) []Recent {
		recent = dropDir(recent, dir)
		recent = slices.Insert(recent, 0, Recent{Dir: dir, Name: name, Opened: time.Now().UTC()})
		return recent[:min(len(recent), maxRecent)]
	})
}

func (u *userFiles) forget(dir string) error {
	return u.change(func(recent []Recent) []Recent { return dropDir(recent, dir) })
}

// close notes that the person closed a project, until it is opened again.
func (u *userFiles) close(dir string) error {
	return u.change(func(recent []Recent) []Recent {
		recent = slices.Clone(recent)
		for i := range recent {
			recent[i].Closed = recent[i].Closed || recent[i].Dir == dir
		}
		return recent
	})
}

func dropDir(recent []Recent, dir string) []Recent {
	return slices.DeleteFunc(slices.Clone(recent), func(r Recent) bool { return r.Dir == dir })
}

func (u *userFiles) change(f func([]Recent) []Recent) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	recent := f(u.recent)
	data, err := json.MarshalIndent(recent, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "studio.write", err, "write the recent projects")
	}
	if err := writeKept(filepath.Join(u.dir, recentFile), append(data, '\n')); err != nil {
		return err
	}
	u.recent = recent
	return nil
}
