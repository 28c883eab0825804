package projects

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/config"
	"mortise/runtime/durable"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Object is an object to save.
type Object struct {
	Kind        string // config.Connection, …
	Type        string // "" for jobs
	Name        string
	Description string
	Disabled    bool
	Config      spec.Described // the config of its type as decoded, its placeholders not filled in
	File        string         // where it stands; "" is a new file, named after the object
	Becomes     string         // the name that the file is about to get, for RenderObject; "" is File
	Old         []byte         // what the file is taken to hold, for RenderObject; empty is what stands on disk
}

// WriteObject saves an object and returns the name of its file. What people
// wrote around the values, comments and order above all, stays. The file has its
// old content or its new one at any moment.
func (p *Project) WriteObject(o Object) (file string, err error) {
	file, text, err := p.RenderObject(o)
	if err != nil {
		return "", err
	}
	return file, p.WriteFile(file, text)
}

// RenderObject returns the file that WriteObject would write, and its name. It
// writes nothing.
func (p *Project) RenderObject(o Object) (file string, text []byte, err error) {
	if err := spec.CheckName(o.Name); err != nil {
		return "", nil, fault.New(fault.Invalid, "object.name", "save an object: %v", err)
	}
	folder := config.Folder(o.Kind)
	if folder == "" {
		return "", nil, fault.New(fault.Invalid, "object.kind", "there is no kind of object %q", o.Kind).
			WithHint("%s", fault.DidYouMean(o.Kind, config.Kinds()))
	}
	if file = o.File; file == "" {
		file = path.Join(folder, FileName(o.Name)+".yaml")
	}
	want := o.node(cmp.Or(o.Becomes, file))
	if len(o.Old) > 0 {
		text, err = edit(o.Old, want)
		return file, text, err
	}
	old, err := p.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = spec.Marshal(want)
		return file, text, err
	}
	if err != nil {
		return "", nil, fault.Wrap(fault.Unavailable, "project.read", err, "read %q", file)
	}
	if o.File == "" {
		return "", nil, fault.New(fault.Conflict, "object.exists", "save the %s %q: there is a file %q already", o.Kind, o.Name, file).
			WithHint("choose another name")
	}
	text, err = edit(old, want)
	return file, text, err
}

// RenderMain returns mortise.yaml with other settings, as RenderObject does an
// object's file; old is what it is taken to hold, and empty what stands on disk.
func (p *Project) RenderMain(c spec.Described, old []byte) ([]byte, error) {
	if len(old) == 0 {
		var err error
		if old, err = p.read(config.MainFile); err != nil {
			return nil, fault.Wrap(fault.Unavailable, "project.read", err, "read %q", config.MainFile)
		}
	}
	return edit(old, spec.EncodeNode(c))
}

// node returns the whole object as YAML, what need not be said left out.
func (o Object) node(file string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key, tag, value string) {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key},
			&yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value})
	}
	if o.Name != config.NameOfFile(file) {
		add("name", "!!str", o.Name)
	}
	if o.Type != "" {
		add("type", "!!str", o.Type)
	}
	if o.Disabled {
		add("enabled", "!!bool", "false")
	}
	if o.Description != "" {
		add("description", "!!str", o.Description)
	}
	n.Content = append(n.Content, spec.EncodeNode(o.Config).Content...)
	return n
}

// FileName returns the name, without its ending, of the file of a new object: in
// lower case, with - for spaces.
func FileName(object string) string {
	return strings.ReplaceAll(strings.ToLower(object), " ", "-")
}

// ReadFile returns the content of a file of the project, named relative to it with
// slashes. A link that leads out of the project is refused, and so is a file
// with more than most bytes.
func (p *Project) ReadFile(name string, most int64) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fault.New(fault.Invalid, "project.path", "%q is no path inside the project", name)
	}
	f, err := p.dir.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, "project.file", err, "there is no file %q", name)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "project.read", err, "read %q", name)
	}
	defer func() { _ = f.Close() }() // it is only read
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "project.read", err, "read %q", name)
	}
	if int64(len(data)) > most {
		return nil, fault.New(fault.Invalid, "project.large", "%q has more than %s", name, spec.FormatSize(most))
	}
	return data, nil
}

// ListFolder returns the names of the files in a folder of the project whose names
// end in ext, those of folders in it not included, relative to the project and
// sorted; at most most of them. A folder that is not there has none.
func (p *Project) ListFolder(folder, ext string, most int) ([]string, error) {
	entries, err := fs.ReadDir(p.dir.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "project.read", err, "read the folder %q", folder)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && path.Ext(e.Name()) == ext && !Ignored(e.Name()) && len(names) < most {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	return names, nil
}

// read returns the content of a file of the project.
func (p *Project) read(name string) ([]byte, error) {
	return p.dir.ReadFile(filepath.FromSlash(name))
}

// WriteFile writes a file of the project, named relative to it with slashes, and
// makes the folders that it needs. The file has its old content or its new one
// at any moment.
func (p *Project) WriteFile(name string, data []byte) error {
	target, err := p.target(name)
	if err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if info, err := os.Stat(target); err == nil {
		perm = info.Mode().Perm()
	}
	if err := p.dir.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, "project.write", err, "make the folder of %q", name)
	}
	if err := durable.WriteFile(target, data, perm); err != nil {
		return fault.Wrap(fault.Unavailable, "project.write", err, "write %q", name)
	}
	return nil
}

// Remove removes a file of the project.
func (p *Project) Remove(name string) error {
	if _, err := p.target(name); err != nil {
		return err
	}
	if err := p.dir.Remove(filepath.FromSlash(name)); err != nil {
		kind := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = fault.NotFound
		}
		return fault.Wrap(kind, "project.remove", err, "remove %q", name)
	}
	return nil
}

// target returns the absolute path of a file to write: inside the project, and
// through no link that leads out of it.
func (p *Project) target(name string) (string, error) {
	if !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fault.New(fault.Invalid, "project.path", "%q is no path inside the project", name).
			WithHint("write it with slashes and without \"..\": \"services/users/users.go\"")
	}
	// The nearest folder that exists must be inside: the root refuses others.
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		_, err := p.dir.Stat(filepath.FromSlash(dir))
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == "." {
			return "", fault.Wrap(fault.Invalid, "project.path", err, "%q is not inside the project", name)
		}
	}
	return filepath.Join(p.root, filepath.FromSlash(name)), nil
}
