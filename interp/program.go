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

// assemble fills the bundle in.
func (p *Program) assemble(pkgs []*check.Package, admitted *gate.Result, parts map[string]*part) error {
	index := make(map[string]int, len(pkgs))
	sources := make(map[string]*gate.Package, len(admitted.Packages))
	for _, g := range admitted.Packages {
		sources[g.Path] = g
	}
	for i, pkg := range pkgs {
		g := sources[pkg.Path]
		if g == nil {
			return fmt.Errorf("package %q was neither admitted nor refused", pkg.Path)
		}
		index[pkg.Path] = i
		entry := bundlePackage{Path: g.Path, Name: g.Name, Source: p.bundle.add(g.Source), Imports: g.Imports}
		if len(g.Notes) > 0 {
			entry.Notes = p.bundle.add(encodeNotes(g.Notes))
		}
		for _, path := range g.Project {
			n, ok := index[path]
			if !ok {
				return fmt.Errorf("package %q imports %q, which comes after it", pkg.Path, path)
			}
			entry.Project = append(entry.Project, n)
		}
		p.bundle.Packages = append(p.bundle.Packages, entry)
	}
	p.versions = make(map[string]string, len(p.services))
	facts := func(pkg *check.Package) *stateFacts { return parts[pkg.Path].facts }
	group := p.bundle.group(pkgs, statefulPackages(pkgs, facts))
	for i, pkg := range pkgs {
		for _, s := range parts[pkg.Path].services {
			p.versions[s.name] = pkg.Hash
			entry := bundleService{Name: s.name, Group: group[i], Package: i, Func: s.fn}
			if s.in != nil {
				t := p.bundle.add(s.in)
				entry.In = &t
			}
			if s.out != nil {
				t := p.bundle.add(s.out)
				entry.Out = &t
			}
			p.bundle.Services = append(p.bundle.Services, entry)
		}
	}
	p.hash(pkgs)
	p.places = newPlaces(&p.bundle, admitted)
	return nil
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

// group puts the packages with services into groups, and returns the group of
// each package by its index: one a package, but those that share a package with
// state together.
func (b *bundle) group(pkgs []*check.Package, stateful map[string]bool) []int {
	// leader[i] is a package of the same group; i itself where it leads.
	leader := make([]int, len(pkgs))
	owner := make([]int, len(pkgs)) // of a stateful package: a service package that imports it
	for i := range pkgs {
		leader[i], owner[i] = i, -1
	}
	find := func(i int) int {
		for leader[i] != i {
			leader[i] = leader[leader[i]]
			i = leader[i]
		}
		return i
	}
	reach := make([]map[int]bool, len(pkgs)) // stateful packages in the closure
	for i, pkg := range pkgs {
		reach[i] = map[int]bool{}
		for _, q := range b.Packages[i].Project {
			for s := range reach[q] {
				reach[i][s] = true
			}
		}
		if stateful[pkg.Path] {
			reach[i][i] = true
		}
		if len(pkg.Services) == 0 {
			continue
		}
		for s := range reach[i] {
			if owner[s] < 0 {
				owner[s] = i
			} else {
				leader[find(i)] = find(owner[s])
			}
		}
	}
	out := make([]int, len(pkgs))
	number := map[int]int{}
	for i, pkg := range pkgs {
		if len(pkg.Services) == 0 {
			continue
		}
		root := find(i)
		g, ok := number[root]
		if !ok {
			g = len(b.Groups)
			number[root] = g
			b.Groups = append(b.Groups, bundleGroup{})
		}
		b.Groups[g].Packages = append(b.Groups[g].Packages, i)
		out[i] = g
	}
	return out
}
