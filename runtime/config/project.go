package config

import (
	"cmp"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// MainFile is the file that makes a folder a project.
const MainFile = "mortise.yaml"

// DefaultTimeout is how long a call may take where nobody says.
const DefaultTimeout = 30 * time.Second

// Project is a project as the runtime takes it. It is immutable.
type Project struct {
	Name        string
	Description string
	Root        string        // the folder, for messages and for local state; the runtime reads no project files from it
	Environment string        // "" where none is chosen
	Timeout     time.Duration // how long a call may take where nothing else is said
	Workers     Workers
	Engines     Engines     // how services are to be run
	Documents   []*Document // sorted by kind and name
	Settings    Settings
	Source      *Files // the Go files and go.mod
	SourceHash  string // of Source

	broken map[string]bool
}

// Workers bounds the processes that run the project's services. Zero values are
// the runtime's own.
type Workers struct {
	Memory      int64
	Stack       int64
	Concurrency int
}

// Fields binds the limits.
func (w *Workers) Fields(f *spec.Fields) {
	f.Size("memory", &w.Memory).Range("32MiB", "1TiB").Help("Memory of one worker, at most.")
	f.Size("stack", &w.Stack).Range("64KiB", "1GiB").Help("Stack of one goroutine, at most.").Advanced()
	f.Int("concurrency", &w.Concurrency).Range(1, 10_000).Help("Calls that run at a time, those that wait not counted.")
}

// Of returns the documents of a kind, sorted by name.
func (p *Project) Of(kind string) []*Document {
	var found []*Document
	for _, d := range p.Documents {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	return found
}

// Find returns the document of a kind and name.
func (p *Project) Find(kind, name string) (*Document, bool) {
	i, found := slices.BinarySearchFunc(p.Documents, &Document{Kind: kind, Name: name}, byName)
	if !found {
		return nil, false
	}
	return p.Documents[i], true
}

// Names returns the names of the documents of a kind, sorted.
func (p *Project) Names(kind string) []string { return names(p.Documents, kind) }

// Broken reports whether there is a file of an object of this name that could
// not be read, so that the name is not unknown, and no more needs to be said.
func (p *Project) Broken(kind, name string) bool { return p.broken[kind+"/"+name] }

func byName(a, b *Document) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// Main is what mortise.yaml says.
type Main struct {
	Name        string
	Description string
	Timeout     time.Duration
	Workers     Workers
	Engines     Engines
	file        string
	settings    *yaml.Node
	engine      string
	engines     map[string]string
}

// Fields binds the keys of mortise.yaml.
func (m *Main) Fields(f *spec.Fields) {
	f.Text("name", &m.Name).Help("Name of the project; without it that of its folder.")
	f.Text("description", &m.Description).Range(0, 10_000).Help("What the project is for.")
	f.Duration("timeout", &m.Timeout).Or(DefaultTimeout).Range("1ms", "24h").
		Help("How long a call may take where its channel or job does not say.")
	f.Group("workers", &m.Workers).Help("Limits of the processes that run services.")
	m.engineFields(f)
	f.Any("config").Help("Settings that services read with ctx.Config.")
}

// ParseMain reads mortise.yaml.
func ParseMain(file string, data []byte) (*Main, fault.List) {
	node, faults := spec.Parse(data, file)
	if len(faults) > 0 {
		return nil, faults
	}
	m := &Main{file: file}
	faults = spec.Decode(node, file, m)
	at := func(n *yaml.Node) fault.Position {
		return fault.Position{File: file, Line: n.Line, Column: n.Column}
	}
	if n := value(node, "name"); n != nil && m.Name != "" {
		if err := spec.CheckName(m.Name); err != nil {
			faults.Add(at(n), "project.name", "%v", err)
		}
	}
	m.readEngines(value(node, "engines"), at, &faults)
	m.settings = value(node, "config")
	if n := m.settings; n != nil && n.Kind != yaml.MappingNode && n.ShortTag() != "!!null" {
		faults.Add(at(n), "spec.type", "%q is an object of settings", "config")
	}
	if len(faults) > 0 {
		faults.Sort()
		return nil, faults
	}
	return m, nil
}

// Parts is what a project is put together from.
type Parts struct {
	Root      string
	Name      string // where Main says none
	Main      *Main
	Overlay   *Overlay // nil where no environment is chosen
	Documents []*Document
	Broken    []*Document // those that could not be read: kind and name are enough
	Source    *Files
}

// Assemble makes a project of its parts: the environment is merged in, and names
// are unique. The project is usable for further checks even where there are
// faults.
func Assemble(parts Parts) (*Project, fault.List) {
	p := &Project{
		Name: cmp.Or(parts.Main.Name, parts.Name), Description: parts.Main.Description, Root: parts.Root,
		Timeout: parts.Main.Timeout, Workers: parts.Main.Workers, Engines: parts.Main.Engines,
		Source: parts.Source, SourceHash: parts.Source.Hash(), broken: map[string]bool{},
	}
	for _, d := range parts.Broken {
		p.broken[d.Kind+"/"+d.Name] = true
	}
	var faults fault.List
	p.Documents = unique(parts.Documents, &faults)
	settings := parts.Main.settings
	place := func(n *yaml.Node) fault.Position {
		return fault.Position{File: parts.Main.file, Line: n.Line, Column: n.Column}
	}
	if o := parts.Overlay; o != nil {
		p.Environment = o.Name
		faults = append(faults, o.apply(p.Documents, p.broken)...)
		if o.settings != nil && o.settings.Kind == yaml.MappingNode {
			settings = merge(settings, o.settings)
		}
		main := place
		place = func(n *yaml.Node) fault.Position {
			if o.nodes[n] {
				return o.place(n)
			}
			return main(n)
		}
	}
	var more fault.List
	p.Settings, more = newSettings(settings, place)
	faults = append(faults, more...)
	faults.Sort()
	return p, faults
}

// unique returns the documents sorted, the first of each name.
func unique(docs []*Document, faults *fault.List) []*Document {
	sorted := slices.Clone(docs)
	slices.SortFunc(sorted, func(a, b *Document) int { return cmp.Or(byName(a, b), cmp.Compare(a.File, b.File)) })
	kept := sorted[:0]
	for _, d := range sorted {
		if n := len(kept); n > 0 && byName(kept[n-1], d) == 0 {
			faults.Add(d.At, "object.duplicate", "the %s %q is described twice", d.Kind, d.Name).
				WithHint("the other one is in %s; rename one of them", kept[n-1].At)
			continue
		}
		kept = append(kept, d)
	}
	return kept
}
