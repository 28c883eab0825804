package gate

import (
	"context"
	"fmt"
	"go/token"
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
	enters  map[string]fault.Position
	asserts map[string]fault.Position
}

func (g *Gate) admit(ctx context.Context, units []*Unit) (*Result, error) {
	grp := &group{units: make(map[string]*Unit, len(units))}
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
	}
	confused := confusions(verdicts)
	refused := map[string]bool{}
	for i, v := range verdicts {
		u := units[i]
		faults := append(slices.Clone(v.faults), confused[i]...)
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
	v.faults, v.enters, v.asserts = e.faults, e.positions(e.enters), e.positions(e.asserts)
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

func (e *emitter) positions(in map[string]token.Pos) map[string]fault.Position {
	out := make(map[string]fault.Position, len(in))
	for k, pos := range in {
		out[k] = e.position(e.unit, pos)
	}
	return out
}

// confusions finds type assertions that could take a value of a project's type
// for one of the type that stands for it at run time.
func confusions(verdicts []*verdict) map[int]fault.List {
	enters := map[string]fault.Position{}
	for _, v := range verdicts {
		maps.Copy(enters, v.enters)
	}
	out := map[int]fault.List{}
	for i, v := range verdicts {
		for t, at := range v.asserts {
			from, ok := enters[t]
			if !ok {
				continue
			}
			l := out[i]
			l.Add(at, "gate.assert.confused", "not live yet: a type assertion to %s where a type of your own that is a %s becomes a value of any type", t, t).
				WithHint("convert it first, at %s: %s(…)", from, t)
			out[i] = l
		}
	}
	return out
}
