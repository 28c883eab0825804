package interp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"mortise/interp/check"
	"mortise/interp/gate"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Program is built source, ready to be started. It is a worker.Program.
type Program struct {
	builder  *Builder
	services []shape.Service
	uses     []worker.Use

	bundle bundle
	hashes []string // of the groups: of all that is loaded for them
	places *places

	versions map[string]string // of the services: the hash of their package and all that it imports
}

// Services returns the signatures, sorted by name.
func (p *Program) Services() []shape.Service { return p.services }

// Uses returns the names that stand as constants in the source.
func (p *Program) Uses() []worker.Use { return p.uses }

// Version returns a text that changes with the code that a service runs, its own
// package's and that of all packages that it imports; "" for an unknown service.
func (p *Program) Version(service string) string { return p.versions[service] }

// Engine says how the services run.
func (p *Program) Engine(string) worker.EngineState {
	return worker.EngineState{Engine: worker.Interpreted, Status: worker.Live}
}

// Start returns a worker that is ready for calls. Packages that no earlier
// worker has loaded are loaded first; where that goes wrong the error is a
// fault.List with the places.
func (p *Program) Start(ctx context.Context) (worker.Executor, error) {
	data, err := p.encode()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interp.bundle", err, "start the services")
	}
	process, err := p.builder.pool.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := process.Load(ctx, data, worker.Hooks{Blame: p.places.blame, Place: p.places.place}); err != nil {
		_ = process.Close(ctx)
		return nil, err
	}
	p.builder.wasLoaded(p.hashes)
	return process, nil
}

// encode returns the bundle with the groups marked that are to be loaded at once.
func (p *Program) encode() ([]byte, error) {
	b := p.bundle
	b.Groups = slices.Clone(b.Groups)
	p.builder.mu.Lock()
	closed := p.builder.closed
	for i := range b.Groups {
		b.Groups[i].Eager = !p.builder.loaded[p.hashes[i]]
	}
	p.builder.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	return b.encode()
}

// wasLoaded remembers the groups of the program that runs, and forgets others.
func (b *Builder) wasLoaded(hashes []string) {
	loaded := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		loaded[h] = true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loaded = loaded
}

// assemble fills the bundle in with the packages that were admitted, and with
// those of their services that run.
func (p *Program) assemble(j *judgement, admitted *gate.Result, parts map[string]*part) error {
	index := make(map[string]int, len(j.pkgs)) // in the bundle
	sources := make(map[string]*gate.Package, len(admitted.Packages))
	for _, g := range admitted.Packages {
		sources[g.Path] = g
	}
	var pkgs []*check.Package // as in the bundle
	groups := map[int]int{}   // in the bundle, by the number of their leader
	p.versions = make(map[string]string, len(p.services))
	for i, pkg := range j.pkgs {
		g := sources[pkg.Path]
		if g == nil {
			if !slices.Contains(admitted.Refused, pkg.Path) {
				return fmt.Errorf("package %q was neither admitted nor refused", pkg.Path)
			}
			continue
		}
		n := len(pkgs)
		index[pkg.Path] = n
		pkgs = append(pkgs, pkg)
		if err := p.bundle.addPackage(g, index); err != nil {
			return err
		}
		if len(pkg.Services) == 0 || j.why[i] != nil {
			continue
		}
		group, ok := groups[j.leader[i]]
		if !ok {
			group = len(p.bundle.Groups)
			groups[j.leader[i]] = group
			p.bundle.Groups = append(p.bundle.Groups, bundleGroup{})
		}
		p.bundle.Groups[group].Packages = append(p.bundle.Groups[group].Packages, n)
		for _, s := range parts[pkg.Path].services {
			p.versions[s.name] = pkg.Hash
			p.bundle.addService(s, group, n)
		}
	}
	p.hash(pkgs)
	p.places = newPlaces(&p.bundle, admitted)
	return nil
}

// addPackage appends an admitted package; index holds the numbers of those that
// are there already.
func (b *bundle) addPackage(g *gate.Package, index map[string]int) error {
	entry := bundlePackage{Path: g.Path, Name: g.Name, Source: b.add(g.Source), Imports: g.Imports}
	if len(g.Notes) > 0 {
		entry.Notes = b.add(encodeNotes(g.Notes))
	}
	for _, path := range g.Project {
		n, ok := index[path]
		if !ok {
			return fmt.Errorf("package %q imports %q, which does not come before it", g.Path, path)
		}
		entry.Project = append(entry.Project, n)
	}
	b.Packages = append(b.Packages, entry)
	return nil
}

// addService appends a service of the package and group with these numbers.
func (b *bundle) addService(s described, group, pkg int) {
	entry := bundleService{Name: s.name, Group: group, Package: pkg, Func: s.fn}
	if s.in != nil {
		t := b.add(s.in)
		entry.In = &t
	}
	if s.out != nil {
		t := b.add(s.out)
		entry.Out = &t
	}
	b.Services = append(b.Services, entry)
}

// hash names what is loaded for each group.
func (p *Program) hash(pkgs []*check.Package) {
	p.hashes = make([]string, len(p.bundle.Groups))
	for i, g := range p.bundle.Groups {
		h := sha256.New()
		for _, n := range g.Packages {
			fmt.Fprintf(h, "%s %s\n", pkgs[n].Path, pkgs[n].Hash)
		}
		p.hashes[i] = hex.EncodeToString(h.Sum(nil))
	}
}
