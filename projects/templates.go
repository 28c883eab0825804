package projects

import (
	"embed"
	"io/fs"
	"path"
	"slices"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// The Go files of templates are packages of this module as well, so that the
// compiler, the linters and gopls see them.
//
//go:embed all:templates
var embedded embed.FS

// templateFile describes a template; it is not copied.
const templateFile = "template.yaml"

// Template is what a new project may begin as.
type Template struct {
	Name    string // of its folder: "tutorial"
	Title   string
	Summary string
	Base    string            // name of the template whose files come first; this one adds to them
	Secrets map[string]string // development values, which go to the local encrypted store

	layers []layer // of the base, then its own; no file stands in both
}

// layer is the files of one template.
type layer struct {
	name  string
	files fs.FS
}

// Fields binds the keys of template.yaml.
func (t *Template) Fields(f *spec.Fields) {
	f.Text("title", &t.Title).Help("The template in two or three words.")
	f.Text("summary", &t.Summary).Help("The template in one sentence.")
	f.Text("base", &t.Base).Help("Name of the template that this one adds its files to.")
	f.Map("secrets", &t.Secrets).Help("Development values of the secrets that its objects name.")
}

// Check checks the names of the secrets.
func (t *Template) Check(p *spec.Problems) {
	for name := range t.Secrets {
		if err := spec.CheckSecretName(name); err != nil {
			p.Add("secrets", "secret.name", "%v", err)
		}
	}
}

// Templates returns the templates, sorted by name.
func Templates() ([]Template, error) {
	entries, err := embedded.ReadDir("templates")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "template.read", err, "list the templates")
	}
	var found []Template
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		t, err := readTemplate(e.Name())
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, nil
}

func readTemplate(name string) (Template, error) {
	t := Template{Name: name}
	files, err := fs.Sub(embedded, path.Join("templates", name))
	if err != nil {
		return t, fault.Wrap(fault.Internal, "template.read", err, "read the template %q", name)
	}
	own := layer{name, files}
	data, err := fs.ReadFile(files, templateFile)
	if err != nil {
		t.Title, t.layers = name, []layer{own}
		return t, nil //nolint:nilerr // the file may be absent
	}
	node, faults := spec.Parse(data, templateFile)
	if len(faults) == 0 {
		faults = spec.Decode(node, templateFile, &t)
	}
	if err := faults.Err(); err != nil {
		return t, err
	}
	if t.Base != "" {
		base, err := readTemplate(t.Base)
		if err != nil {
			return t, err
		}
		t.layers = base.layers
	}
	t.layers = append(t.layers, own)
	return t, nil
}

// findTemplate returns the template of a name.
func findTemplate(name string) (Template, error) {
	all, err := Templates()
	if err != nil {
		return Template{}, err
	}
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Name
	}
	if i := slices.Index(names, name); i >= 0 {
		return all[i], nil
	}
	return Template{}, fault.New(fault.NotFound, "template.unknown", "there is no template %q", name).
		WithHint("%s", fault.DidYouMean(name, names))
}

// TemplateFile returns a file of a template, named as in a project that is made of
// it.
func TemplateFile(template, name string) ([]byte, error) {
	t, err := findTemplate(template)
	if err != nil {
		return nil, err
	}
	for _, l := range t.layers {
		if data, err := fs.ReadFile(l.files, name); err == nil {
			return data, nil
		}
	}
	return nil, fault.New(fault.NotFound, "template.file", "the template %q has no file %q", template, name)
}
