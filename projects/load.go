package projects

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Limits on a project.
const (
	maxFiles  = 50_000   // files and folders that are looked at
	maxDepth  = 32       // folders inside each other
	maxSource = 64 << 20 // bytes of all Go files
	maxGoFile = 4 << 20  // bytes of one Go file
)

// settle is how old a file must be at reading for its time to prove that it was
// not written again: clocks of file systems tick every few milliseconds.
const settle = 100 * time.Millisecond

// entry is one file as it was read the last time.
type entry struct {
	info    fs.FileInfo
	settled bool // the time of the file was older than settle
	seen    bool // in the walk that is under way
	role    role
	kind    string
	file    config.File
	main    *config.Main
	doc     *config.Document
	overlay *config.Overlay
	faults  fault.List
}

// Load reads the project. Files that did not change since the last time are not
// read again. The project is there for further checks even where there are
// faults, unless the folder itself cannot be read; the runtime takes only one
// without any.
func (p *Project) Load(ctx context.Context) (*config.Project, fault.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load(ctx, []string{"."})
}

// Reload is Load where it is known which files and folders may have changed since
// the last time, such as from a batch of package watch: only those are looked at.
func (p *Project) Reload(ctx context.Context, names []string) (*config.Project, fault.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.cache) == 0 || len(names) > maxNames {
		names = []string{"."}
	}
	return p.load(ctx, names)
}

// maxNames is how many names Reload follows before looking at everything is less
// work.
const maxNames = 200

func (p *Project) load(ctx context.Context, names []string) (*config.Project, fault.List) {
	w := walk{p: p}
	for _, name := range names {
		if name != "." && (!fs.ValidPath(name) || !Relevant(name)) {
			continue
		}
		if err := w.name(ctx, name); err != nil {
			return nil, fault.List{fault.As(err)}
		}
	}
	return p.assemble()
}

// entry takes a file from the cache, or reads it.
func (w *walk) entry(name string, role role, kind string, info fs.FileInfo) {
	old := w.p.cache[name]
	if old != nil && old.settled && old.info.Size() == info.Size() &&
		old.info.ModTime().Equal(info.ModTime()) && os.SameFile(old.info, info) {
		old.seen = true
		return
	}
	e := &entry{info: info, seen: true, role: role, kind: kind, settled: time.Since(info.ModTime()) > settle}
	if w.read(e, name, old) {
		w.p.cache[name] = e
	}
}

// read fills an entry; false where the file is gone.
func (w *walk) read(e *entry, name string, old *entry) bool {
	at := fault.Position{File: name}
	most := int64(spec.MaxDocument)
	if e.role == source {
		most = maxGoFile
	}
	if e.info.Size() > most {
		e.faults.Add(at, "project.large", "%q has %s, and such a file may have %s", name,
			spec.FormatSize(e.info.Size()), spec.FormatSize(most))
		return true
	}
	data, err := w.p.dir.ReadFile(filepath.FromSlash(name))
	if os.IsNotExist(err) {
		return false
	}
	if err != nil {
		e.faults.Add(at, "project.read", "read %q", name).Err = err
		return true
	}
	e.file = config.NewFile(name, data)
	if old != nil && old.file.Sum == e.file.Sum && old.file.Name != "" {
		info, settled := e.info, e.settled
		*e = *old
		e.info, e.settled, e.seen = info, settled, true
		return true
	}
	e.parse(name, data)
	return true
}

func (e *entry) parse(name string, data []byte) {
	if e.role != source && path.Ext(name) == ".yml" {
		e.faults.Add(fault.Position{File: name}, "project.file", "%q is not read, because its name does not end in .yaml", name).
			WithHint("rename it to %q", strings.TrimSuffix(name, ".yml")+".yaml")
		return
	}
	switch e.role {
	case mainFile:
		e.main, e.faults = config.ParseMain(name, data)
	case object:
		e.doc, e.faults = config.ParseDocument(e.kind, name, data)
	case environment:
		e.overlay, e.faults = config.ParseOverlay(name, data)
	case source, nothing:
	}
}

// assemble makes the project of what the cache holds.
func (p *Project) assemble() (*config.Project, fault.List) {
	parts := config.Parts{Root: p.root, Name: filepath.Base(p.root), Main: &config.Main{Timeout: config.DefaultTimeout}}
	var faults fault.List
	var files []config.File
	var overlays []*config.Overlay
	total, brokenOverlay := 0, false
	for name, e := range p.cache {
		faults = append(faults, e.faults...)
		switch {
		case e.main != nil:
			parts.Main = e.main
		case e.doc != nil:
			parts.Documents = append(parts.Documents, e.doc)
		case e.overlay != nil:
			overlays = append(overlays, e.overlay)
		case e.role == object:
			parts.Broken = append(parts.Broken, &config.Document{Kind: e.kind, Name: config.NameOfFile(name)})
		case e.role == environment && config.NameOfFile(name) == p.environment:
			brokenOverlay = true
		case e.role == source && len(e.faults) == 0:
			files = append(files, e.file)
			total += len(e.file.Data)
		}
	}
	if total > maxSource {
		faults = append(faults, fault.New(fault.Invalid, "project.large", "the Go files have %s, and all together may have %s",
			spec.FormatSize(int64(total)), spec.FormatSize(maxSource)))
		return nil, faults
	}
	if _, ok := p.cache[config.MainFile]; !ok {
		faults.Add(fault.Position{File: config.MainFile}, "project.unknown", "the project has lost its %s", config.MainFile).
			WithHint("an empty one will do")
	}
	parts.Source = config.NewFiles(files)
	parts.Overlay = p.choose(overlays, brokenOverlay, &faults)
	project, more := config.Assemble(parts)
	faults = append(faults, more...)
	faults.Sort()
	return project, faults
}

// choose returns the overlay of the environment.
func (p *Project) choose(overlays []*config.Overlay, broken bool, faults *fault.List) *config.Overlay {
	if p.environment == "" || broken {
		return nil
	}
	names := make([]string, 0, len(overlays))
	for _, o := range overlays {
		if o.Name == p.environment {
			return o
		}
		names = append(names, o.Name)
	}
	slices.Sort(names)
	hint := cmp.Or(fault.DidYouMean(p.environment, names), "create the file environments/"+p.environment+".yaml")
	faults.Add(fault.Position{}, "environment.unknown", "the project has no environment %q", p.environment).WithHint("%s", hint)
	return nil
}
