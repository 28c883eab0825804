package projects

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// New says what project to create.
type New struct {
	Dir      string // the folder: it must not exist, or be empty but for a .git
	Template string // "" is an empty project
	Name     string // "" is the base of Dir
	// SetSecret stores a development value of the template; nil leaves them out.
	SetSecret func(ctx context.Context, name, value string) error
}

// sdkModule is the module of the SDK that services import.
const sdkModule = "mortise"

// goVersion is the language of new projects.
const goVersion = "1.26"

// gitIgnore keeps what belongs to one machine out of git.
const gitIgnore = "/" + StateFolder + "/\n"

// Create makes a project and opens it. Where it fails half-way, what it wrote is
// removed again.
func Create(ctx context.Context, n New) (p *Project, err error) {
	abs, err := filepath.Abs(n.Dir)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "project.create", err, "create the project %q", n.Dir)
	}
	if n.Name == "" {
		n.Name = filepath.Base(abs)
	}
	if err := spec.CheckName(n.Name); err != nil {
		return nil, fault.New(fault.Invalid, "project.name", "create a project: %v", err)
	}
	var t Template
	if n.Template != "" {
		if t, err = findTemplate(n.Template); err != nil {
			return nil, err
		}
	}
	files, err := filesOf(n.Name, t)
	if err != nil {
		return nil, err
	}
	made, err := makeEmpty(n.Dir, abs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = undo(abs, made) // the first error says what is wrong
		}
	}()
	if err := writeAll(ctx, abs, files); err != nil {
		return nil, err
	}
	if err := makeFolders(abs); err != nil {
		return nil, err
	}
	if err := n.secrets(ctx, t); err != nil {
		return nil, err
	}
	if err := noteTemplate(abs, n.Template); err != nil {
		return nil, err
	}
	if p, err = Open(abs); err != nil {
		return nil, err
	}
	if _, err = p.SyncSDK(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// templateNote is the file in the state folder that names the template.
const templateNote = "template"

// noteTemplate remembers, on this machine, what a project was made from.
func noteTemplate(abs, template string) error {
	if template == "" {
		return nil
	}
	dir := filepath.Join(abs, StateFolder)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, templateNote), []byte(template+"\n"), 0o600)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "project.create", err, "note the template of the project")
	}
	return nil
}

// Template returns the name of the template that the project was made from on this
// machine; "" where that is not known.
func (p *Project) Template() string {
	name, err := os.ReadFile(p.State(templateNote))
	if err != nil || len(name) > 100 {
		return ""
	}
	return strings.TrimSpace(string(name))
}

func (n New) secrets(ctx context.Context, t Template) error {
	if n.SetSecret == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(t.Secrets)) {
		if err := n.SetSecret(ctx, name, t.Secrets[name]); err != nil {
			return err
		}
	}
	return nil
}

// makeEmpty makes the folder where it is not there; made says whether it did.
func makeEmpty(dir, abs string) (made bool, err error) {
	entries, err := os.ReadDir(abs)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(abs, 0o755); err != nil { //nolint:gosec // others may read projects
			return false, fault.Wrap(fault.Unavailable, "project.create", err, "make the folder %q", dir)
		}
		return true, nil
	}
	if err != nil {
		return false, fault.Wrap(fault.Unavailable, "project.create", err, "create a project in %q", dir)
	}
	for _, e := range entries {
		if e.Name() == ".git" {
			continue
		}
		if e.Name() == config.MainFile {
			return false, fault.New(fault.Conflict, "project.exists", "there is a project in %q already", dir)
		}
		return false, fault.New(fault.Conflict, "project.exists", "the folder %q is not empty: it holds %q", dir, e.Name()).
			WithHint("choose a folder that does not exist yet")
	}
	return false, nil
}

// undo removes what a failed Create wrote into a folder that was empty.
func undo(abs string, made bool) error {
	if made {
		return os.RemoveAll(abs)
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != ".git" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(abs, e.Name())))
		}
	}
	return err
}

// servicesFolder holds the services' packages.
const servicesFolder = "services"

// makeFolders makes the folders in which people put files, where no file of the
// template did.
func makeFolders(abs string) error {
	folders := []string{servicesFolder}
	for _, kind := range config.Kinds() {
		folders = append(folders, config.Folder(kind))
	}
	for _, name := range folders {
		if err := os.MkdirAll(filepath.Join(abs, name), 0o755); err != nil { //nolint:gosec // others may read projects
			return fault.Wrap(fault.Unavailable, "project.create", err, "make the folder %q", name)
		}
	}
	return nil
}

// newFile is one file of a new project.
type newFile struct {
	name string
	data []byte
}

// filesOf returns the files of a new project but its SDK: those of the template,
// and what every project has.
func filesOf(name string, t Template) ([]newFile, error) {
	files := []newFile{
		{".gitignore", []byte(gitIgnore)},
		{"go.mod", []byte(goMod(ModuleName(name)))},
	}
	var main []byte
	for _, from := range t.layers {
		err := fs.WalkDir(from.files, ".", func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || file == templateFile {
				return err
			}
			data, err := fs.ReadFile(from.files, file)
			switch {
			case file == config.MainFile:
				main = data
			case path.Ext(file) == ".go": // packages of the template import each other as part of this module
				here := `"mortise/projects/templates/` + from.name + `/`
				text := strings.ReplaceAll(string(data), here, `"`+ModuleName(name)+`/`)
				files = append(files, newFile{file, []byte(text)})
			default:
				files = append(files, newFile{file, data})
			}
			return err
		})
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "template.read", err, "read the template %q", t.Name)
		}
	}
	return append(files, newFile{config.MainFile, withName(main, name)}), nil
}

// withName puts the project's name into mortise.yaml, in place of the one that
// stands there.
func withName(data []byte, name string) []byte {
	line := "name: " + name + "\n"
	if strings.Trim(name, "0123456789.") == "" {
		line = "name: \"" + name + "\"\n"
	}
	var out strings.Builder
	done := false
	for l := range strings.Lines(string(data)) {
		if strings.HasPrefix(l, "name:") && !done {
			l, done = line, true
		}
		out.WriteString(l)
	}
	if !done {
		return []byte(line + out.String())
	}
	return []byte(out.String())
}

// goMod is the file that makes the project understood by the go command and
// every editor. The SDK is found in the project itself, so that nothing is
// fetched; go get, go mod tidy and go mod vendor work as well.
func goMod(module string) string {
	return "module " + module + "\n\ngo " + goVersion + "\n\nrequire " + sdkModule + " v0.0.0\n\n" +
		"// The SDK of services, which Mortise keeps up to date.\nreplace " + sdkModule + " => ./" + SDKFolder + "\n"
}

// reserved are first elements of import paths that mean something else.
const reserved = " archive bufio builtin bytes cmp compress container context crypto database debug embed encoding errors " +
	"expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect regexp runtime slices " +
	"sort strconv strings structs sync syscall testing text time unicode unique unsafe weak internal cmd vendor main all " +
	"std mortise example test tool con prn aux nul "

// ModuleName returns the name of the Go module of a project: its own name in
// lower case, with - for what a module's name may not hold.
func ModuleName(project string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '_' {
			return r
		}
		return '-'
	}, strings.ToLower(project)), "-_")
	if name == "" || strings.Contains(reserved, " "+name+" ") {
		name += "-project"
	}
	return strings.TrimPrefix(name, "-")
}

// writeAll writes the files of a new project.
func writeAll(ctx context.Context, root string, files []newFile) error {
	for _, f := range files {
		target := filepath.Join(root, filepath.FromSlash(f.name))
		err := ctx.Err()
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o755) //nolint:gosec // others may read projects
		}
		if err == nil {
			err = os.WriteFile(target, f.data, 0o644) //nolint:gosec // others may read projects
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, "project.create", err, "write the file %q", f.name)
		}
	}
	return nil
}
