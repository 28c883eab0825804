package check

import (
	"bytes"
	"cmp"
	"context"
	"go/token"
	"io/fs"
	"slices"
	"sync"

	"mortise/interp/check/typedata"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

// kept is how many versions of a package a Checker remembers: the newest, and
// one before it for those who undo an edit or check unsaved text in between.
const kept = 2

// Checker checks versions of one project after the other and keeps what did not
// change between them. It is safe for concurrent use.
type Checker struct {
	library *typedata.Library
	failed  error // why there is no library
	pos     positions

	// incomplete is held while a package is checked that imports an incomplete
	// one: the type checker marks that package then.
	incomplete sync.Mutex

	mu      sync.Mutex          // guards what follows
	sources map[string]*source  // by file name
	units   map[string][]*unit  // by folder, newest first, at most kept
	entries map[string][]*entry // by import path, newest first, at most kept
}

// entry is one version of a package together with its imports. Versions are the
// same where the unit and the entries of the imports are the very same, so that
// two packages of a project never know two versions of a third.
type entry struct {
	path     string
	goVer    string
	services bool // it stands under services
	vendored bool
	unit     *unit
	deps     []*entry          // sorted by path
	missing  map[string]string // import paths that lead nowhere, and why; such an entry is not kept
	faults   fault.List        // of the imports

	once sync.Once
	pkg  *Package // set by once
}

// New returns a Checker that has seen nothing yet.
func New() *Checker {
	c := &Checker{sources: map[string]*source{}, units: map[string][]*unit{}, entries: map[string][]*entry{}}
	c.library, c.failed = typedata.Open()
	return c
}

// Library returns the types of the standard library and the SDK.
func (c *Checker) Library() *typedata.Library { return c.library }

// Check reads the Go source below src and returns what it found, faults
// included. Where ctx ends first the project has a fault that says so.
func (c *Checker) Check(ctx context.Context, src fs.FS) *Project {
	p := &Project{Fset: token.NewFileSet()}
	if c.failed != nil {
		p.Faults = fault.List{fault.Wrap(fault.Internal, "check.library", c.failed, "check the project")}
		return p
	}
	t := &tree{src: src, known: c.knownSource, faults: &p.Faults}
	folders := t.walk(ctx, ".", 0)
	if len(folders) == 0 && len(p.Faults) == 0 && ctx.Err() == nil {
		// A project without services needs no go.mod either.
		return p
	}
	mod := readGoMod(src, &p.Faults)
	p.Module, p.GoVersion = mod.module, mod.goVer
	g := newGraph(c, t, mod)
	for _, e := range g.build(ctx, folders) {
		if ctx.Err() != nil {
			break
		}
		e.once.Do(func() { e.pkg = c.typeCheck(e) })
		p.add(e.pkg)
	}
	if err := ctx.Err(); err != nil {
		p.Faults = append(p.Faults, fault.Wrap(fault.Canceled, "check.canceled", err, "check the project"))
		return p
	}
	p.finish()
	c.remember(t, g)
	return p
}

// add appends a checked package.
func (p *Project) add(pkg *Package) {
	p.Packages = append(p.Packages, pkg)
	p.Fset.AddExistingFiles(pkg.tokens...)
	p.Services = append(p.Services, pkg.Services...)
	p.Uses = append(p.Uses, pkg.Uses...)
	p.Faults = append(p.Faults, pkg.Faults...)
	p.Warnings = append(p.Warnings, pkg.Warnings...)
}

// finish sorts what was added and finds what only shows in the whole.
func (p *Project) finish() {
	slices.SortStableFunc(p.Services, func(a, b shape.Service) int { return cmp.Compare(a.Name, b.Name) })
	p.Services = slices.CompactFunc(p.Services, func(later, first shape.Service) bool {
		if later.Name != first.Name {
			return false
		}
		p.Faults.Add(later.At, "service.duplicate", "two services are called %q: this one and the one at %s", later.Name, first.At).
			WithHint("rename one of the functions, or one of the packages %q and %q", first.Package, later.Package)
		return true
	})
	slices.SortStableFunc(p.Uses, func(a, b useOf) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	p.Faults, p.Warnings = distinct(p.Faults), distinct(p.Warnings)
}

// distinct sorts a list and leaves out what it says twice.
func distinct(l fault.List) fault.List {
	l.Sort()
	return slices.CompactFunc(l, func(a, b *fault.Error) bool { return a.At == b.At && a.What == b.What })
}

// knownSource returns the file as an earlier check read it, where it is the
// same.
func (c *Checker) knownSource(name string, text []byte) *source {
	c.mu.Lock()
	s := c.sources[name]
	c.mu.Unlock()
	if s != nil && bytes.Equal(s.text, text) {
		return s
	}
	return nil
}

// parsed returns the unit of a folder, parsed now or earlier.
func (c *Checker) parsed(f *folder) *unit {
	c.mu.Lock()
	for _, u := range c.units[f.dir] {
		if u.hash == f.hash {
			c.mu.Unlock()
			return u
		}
	}
	c.mu.Unlock()
	u := parse(f, &c.pos)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.units[f.dir] {
		if other.hash == f.hash {
			return other
		}
	}
	c.units[f.dir] = newest(u, c.units[f.dir])
	return u
}

// intern returns the entry that is the same as e, e itself where there is none.
func (c *Checker) intern(e *entry) *entry {
	if len(e.missing) > 0 {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, old := range c.entries[e.path] {
		if old.unit == e.unit && old.goVer == e.goVer && old.services == e.services && old.vendored == e.vendored && slices.Equal(old.deps, e.deps) {
			if i > 0 {
				c.entries[e.path] = newest(old, slices.Delete(slices.Clone(c.entries[e.path]), i, i+1))
			}
			return old
		}
	}
	c.entries[e.path] = newest(e, c.entries[e.path])
	return e
}

func newest[T any](v T, list []T) []T {
	return append([]T{v}, list[:min(len(list), kept-1)]...)
}

// remember keeps the files of this check for the next one, and forgets the
// packages that are gone.
func (c *Checker) remember(t *tree, g *graph) {
	sources := make(map[string]*source, len(t.read))
	for _, s := range t.read {
		sources[s.name] = s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources = sources
	for dir := range c.units {
		if !g.dirs[dir] {
			delete(c.units, dir)
		}
	}
	for path := range c.entries {
		if g.nodes[path] == nil {
			delete(c.entries, path)
		}
	}
}
