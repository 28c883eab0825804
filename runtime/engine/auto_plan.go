package engine

import (
	"path"
	"slices"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

// plan decides where every service runs. Wishes are kept where they can be; the
// faults are those that cannot.
func (p *autoProgram) plan() fault.List {
	wishes, faults := p.wishes()
	p.modes = make(map[string]mode, len(wishes))
	for _, s := range p.Services() {
		refused, isRefused := p.part.Refused[s.Name]
		switch wish := wishes[s.Name]; {
		case wish == config.EngineInterpreted && isRefused:
			faults = union(faults, refused)
		case wish == config.EngineInterpreted:
			p.modes[s.Name] = interpretedOnly
		case p.compiled != nil && (isRefused || wish == config.EngineCompiled):
			p.modes[s.Name] = compiledOnly
		case p.compiled != nil:
			p.modes[s.Name] = eitherWay
		case wish == config.EngineCompiled:
			faults = union(faults, p.absent)
		case isRefused && p.auto.o.Compiled != nil:
			faults = union(faults, p.absent) // what keeps all of them from being compiled
		case isRefused:
			faults = union(faults, refused)
			p.warnings = union(p.warnings, p.absent)
		default:
			p.modes[s.Name] = interpretedOnly
		}
	}
	return faults
}

// wish is what the project wants of a service, and how much: the entry of a
// package counts for more than what is said of all of them.
type wish struct {
	engine string
	entry  *config.PackageEngine // nil where it is that of all packages
}

func (w wish) over(other wish) bool { return w.entry != nil && other.entry == nil }

// wishes returns what the project wants of each service. Services that share
// package variables run in one process, so the wish for one of them is one for
// all; entries that contradict each other there are faults, as are those for
// packages without services.
func (p *autoProgram) wishes() (map[string]string, fault.List) {
	var faults fault.List
	entries := map[string]*config.PackageEngine{}
	for i := range p.want.Packages {
		entries[p.want.Packages[i].Folder] = &p.want.Packages[i]
	}
	own := map[string]wish{}
	out := map[string]string{}
	var folders []string
	for _, s := range p.Services() {
		folder := folderOf(s)
		folders = append(folders, folder)
		own[s.Name] = wish{p.want.Of(folder), entries[folder]}
		out[s.Name] = own[s.Name].engine
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	for _, e := range p.want.Packages {
		if !slices.Contains(folders, e.Folder) {
			faults.Add(e.At, "engine.package", "there is no package with services in %q", e.Folder).
				WithHint("%s", fault.DidYouMean(e.Folder, folders))
		}
	}
	for _, group := range p.part.Shared {
		var strongest wish
		for i, name := range group {
			w := own[name]
			if i == 0 || w.over(strongest) {
				strongest = w
			} else if w.entry != nil && strongest.entry != nil && w.engine != strongest.engine {
				faults = union(faults, fault.List{fault.New(fault.Invalid, "engine.shared",
					"the packages %q and %q share package variables, so they must run in the same way", strongest.entry.Folder, w.entry.Folder).
					WithAt(w.entry.At).WithHint("give both the same engine")})
			}
		}
		for _, name := range group {
			out[name] = strongest.engine
		}
	}
	return out, faults
}

// folderOf returns the folder of a service's package as settings name it.
func folderOf(s shape.Service) string { return path.Dir(s.At.File) }

// union returns a with those of b that it does not have.
func union(a, b fault.List) fault.List {
	for _, f := range b {
		if !slices.ContainsFunc(a, func(x *fault.Error) bool { return x == f || x.At == f.At && x.Code == f.Code && x.What == f.What }) {
			a = append(slices.Clip(a), f)
		}
	}
	return a
}
