package gate

import (
	"context"
	"fmt"
	"go/types"
	"maps"
	"runtime/debug"
	"slices"

	"mortise/runtime/fault"
)

// verdict is what became of one package.
type verdict struct {
	hash    string
	pkg     *Package // nil where it is refused
	faults  fault.List
	boxed   map[string]boxedPlace // types of which it puts values into interfaces
	imports map[string]bool       // packages of the project that it sees, itself among them
	called  []*types.Interface    // interface types of the project of which it calls methods
}

func (g *Gate) admit(ctx context.Context, units []*Unit) (*Result, error) {
	grp := &group{units: make(map[string]*Unit, len(units)), verdicts: make(map[string]*verdict, len(units))}
	for _, u := range units {
		grp.units[u.Path] = u
	}
	res := &Result{}
	verdicts := make([]*verdict, len(units))
	for i, u := range units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		verdicts[i] = g.judge(grp, u)
		grp.verdicts[u.Path] = verdicts[i]
	}
	unknown := strangers(verdicts)
	refused := map[string]bool{}
	for i, v := range verdicts {
		u := units[i]
		faults := append(slices.Clone(v.faults), unknown[i]...)
		bad := v.pkg == nil || len(faults) > 0
		if !bad {
			for _, dep := range v.pkg.Project {
				bad = bad || refused[dep]
			}
		}
		res.Refusals = append(res.Refusals, faults...)
		if bad {
			refused[u.Path] = true
			res.Refused = append(res.Refused, u.Path)
			continue
		}
		res.Packages = append(res.Packages, v.pkg)
	}
	res.Refusals.Sort()
	g.forget(grp)
	return res, nil
}

// judge returns the verdict on a package, from memory where its hash is known.
func (g *Gate) judge(grp *group, u *Unit) *verdict {
	g.mu.Lock()
	old := g.seen[u.Path]
	number, ok := g.numbers[u.Path]
	if !ok {
		number = uint32(len(g.numbers) + 1)
		g.numbers[u.Path] = number
	}
	g.mu.Unlock()
	if old != nil && u.Hash != "" && old.hash == u.Hash {
		return old
	}
	v := write(grp, u, number)
	v.faults = append(v.faults, language(u)...)
	g.mu.Lock()
	g.seen[u.Path] = v
	g.mu.Unlock()
	return v
}

// forget drops what is known of packages that are no longer there.
func (g *Gate) forget(grp *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for path := range g.seen {
		if grp.units[path] == nil {
			delete(g.seen, path)
		}
	}
}

// write judges one package and writes it anew. A mistake of the gate's own is a
// refusal, never a wrong program.
func write(grp *group, u *Unit, number uint32) (v *verdict) {
	v = &verdict{hash: u.Hash}
	defer func() {
		if r := recover(); r != nil {
			v.pkg = nil
			e := v.faults.Add(fault.Position{}, "gate.internal", "not live yet: the package %q", u.Path)
			e.Err = fmt.Errorf("%v\n%s", r, debug.Stack())
		}
	}()
	if len(u.Files) == 0 || number >= 1<<(32-NoteBits) {
		v.faults.Add(fault.Position{}, "gate.package", "not live yet: the package %q", u.Path)
		return v
	}
	e := newEmitter(grp, u, number)
	source := e.run()
	v.faults = e.faults
	e.remember(v)
	if len(e.faults) > 0 {
		return v
	}
	imports := []string{NotePath}
	for path := range e.imports {
		if !e.project[path] {
			imports = append(imports, path)
		}
	}
	slices.Sort(imports)
	v.pkg = &Package{
		Path: u.Path, Name: u.Types.Name(), Source: source, Imports: imports, Project: slices.Sorted(maps.Keys(e.project)),
		Notes: e.notes, Hash: u.Hash,
	}
	return v
}

// boxedPlace is a type of which values are put into interfaces.
type boxedPlace struct {
	t  types.Type
	at fault.Position
}

// remember keeps what other packages have to know of this one.
func (e *emitter) remember(v *verdict) {
	v.boxed = make(map[string]boxedPlace, len(e.boxed))
	for key, b := range e.boxed {
		if b.own {
			v.boxed[key] = boxedPlace{b.t, e.position(e.unit, b.at)}
		}
	}
	v.imports = map[string]bool{}
	e.see(e.unit.Types, v.imports)
	seen := map[string]bool{}
	for _, d := range e.dispatchers {
		if key := e.typeKey(d.iface); !seen[key] {
			seen[key] = true
			i, _ := d.iface.Underlying().(*types.Interface)
			v.called = append(v.called, i)
		}
	}
}

// see collects the packages of the project that one imports, directly or not.
func (e *emitter) see(p *types.Package, seen map[string]bool) {
	if seen[p.Path()] || e.g.units[p.Path()] == nil {
		return
	}
	seen[p.Path()] = true
	for _, imp := range p.Imports() {
		e.see(imp, seen)
	}
}

// strangers finds types that one package puts into interfaces and of which
// another, which does not import it, could call methods.
func strangers(verdicts []*verdict) map[int]fault.List {
	out := map[int]fault.List{}
	for j, caller := range verdicts {
		for i, v := range verdicts {
			if i == j || len(caller.called) == 0 || len(v.boxed) == 0 || v.pkg == nil || caller.imports[v.pkg.Path] {
				continue
			}
			for key, b := range v.boxed {
				if _, known := caller.boxed[key]; known {
					continue
				}
				for _, iface := range caller.called {
					if types.Implements(b.t, iface) {
						l := out[i]
						l.Add(b.at, "gate.interface.far", "not live yet: %s in an interface whose methods another package calls", types.TypeString(b.t, shortNames)).
							WithHint("it will be live as soon as it is compiled; declare the interface where it is implemented to have it live at once")
						out[i] = l
					}
				}
			}
		}
	}
	return out
}
