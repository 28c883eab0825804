// Package projects holds projects on disk: it creates them from templates, reads
// them into the form that the runtime takes, quickly again after a change, and
// writes their files in a way that keeps what people wrote around a value.
package projects

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// StateFolder is where a project keeps what belongs to this machine only. Git
// ignores it.
const StateFolder = ".mortise"

// Project is a folder with a project in it. It is safe for concurrent use.
type Project struct {
	root        string   // absolute
	dir         *os.Root // reads cannot leave it, whatever links say
	environment string

	mu      sync.Mutex // guards what follows, and is held while loading
	cache   map[string]*entry
	folders map[string]*folder
}

// Open opens the project in a folder, without an environment.
func Open(dir string) (*Project, error) { return OpenIn(dir, "") }

// OpenIn opens the project in a folder. Environment is the name of the file in
// environments/ that is merged in, or "".
func OpenIn(dir, environment string) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "project.open", err, "open the project %q", dir)
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		abs = target // the folder itself may be a link; those in it are looked at closely
	}
	if _, err := os.Stat(filepath.Join(abs, config.MainFile)); err != nil {
		return nil, notAProject(dir, abs, err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "project.open", err, "open the project %q", dir)
	}
	return &Project{root: abs, dir: root, environment: environment, cache: map[string]*entry{}, folders: map[string]*folder{}}, nil
}

func notAProject(dir, abs string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, "project.open", err, "open the project %q", dir)
	}
	if _, err := os.Stat(abs); err != nil {
		return fault.New(fault.NotFound, "project.unknown", "there is no folder %q", dir).
			WithHint("create a project with \"mortise new %s\"", dir)
	}
	e := fault.New(fault.NotFound, "project.unknown", "the folder %q is no project: it has no %s", dir, config.MainFile).
		WithHint("create a project with \"mortise new NAME\"")
	for up := filepath.Dir(abs); up != filepath.Dir(up); up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, config.MainFile)); err == nil {
			return e.WithHint("the project that it belongs to is %q", up)
		}
	}
	return e
}

// Close releases the folder. The project must not be used any more.
func (p *Project) Close() error { return p.dir.Close() }

// Root returns the absolute path of the project's folder.
func (p *Project) Root() string { return p.root }

// State returns the absolute path of a file below the project's local state,
// such as State("secrets.age"). It makes no folder.
func (p *Project) State(elem ...string) string {
	return filepath.Join(append([]string{p.root, StateFolder}, elem...)...)
}

// vendorFolder holds the packages of others that services import, at the top of
// the project. Elsewhere a folder of this name is ignored.
const vendorFolder = "vendor"

// Ignored reports whether a file or folder of this name is none of the
// project's: hidden ones, temporary files of editors, test data.
func Ignored(name string) bool {
	switch {
	case name == "", name[0] == '.', name[0] == '#', name == "node_modules",
		name[0] == '_', name == "testdata", // as the go command has it
		name == "4913": // Vim tries with it whether it may write here
		return true
	}
	return strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".swp") || strings.HasSuffix(name, ".swx") ||
		strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".bak") || strings.HasSuffix(name, ".orig")
}

// Relevant reports whether a change of the file or folder called name, relative
// to the project and with slashes, can change what Load returns.
func Relevant(name string) bool {
	top := true
	for part := range strings.SplitSeq(name, "/") {
		if Ignored(part) || part == vendorFolder && !top {
			return false
		}
		top = false
	}
	return true
}

// what is wanted of a file by where it stands.
type role int

const (
	nothing role = iota
	mainFile
	object
	environment
	source
)

// roleOf returns the role of a file, and for an object its kind.
func roleOf(name string) (role, string) {
	folder, _, nested := strings.Cut(name, "/")
	ext := path.Ext(name)
	switch {
	case name == config.MainFile:
		return mainFile, ""
	case name == "go.mod", name == vendorFolder+"/modules.txt", ext == ".go" && !strings.HasSuffix(name, "_test.go"):
		return source, ""
	case ext != ".yaml" && ext != ".yml" || !nested:
		return nothing, ""
	case folder == "environments":
		return environment, ""
	case config.KindOfFolder(folder) != "":
		return object, config.KindOfFolder(folder)
	}
	return nothing, ""
}
