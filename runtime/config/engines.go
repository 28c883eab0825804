package config

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// The ways in which a project may want its services to run.
const (
	EngineAuto        = "auto"        // at once, and as machine code as soon as that is ready
	EngineInterpreted = "interpreted" // at once and for good; what cannot be interpreted is an error
	EngineCompiled    = "compiled"    // as machine code only; calls wait until it is ready
)

// maxEngines bounds the packages that mortise.yaml may name under "engines".
const maxEngines = 1000

// EngineNames returns the ways in which services may be run.
func EngineNames() []string { return []string{EngineAuto, EngineInterpreted, EngineCompiled} }

// Engines says how services are to be run. The zero value is EngineAuto for all
// of them. It is immutable.
type Engines struct {
	All      string          // of packages that are not in Packages; "" is EngineAuto
	Packages []PackageEngine // sorted by folder
	Unsafe   bool            // whether services, and what they import, may import unsafe
}

// PackageEngine says how the services of one package are to be run.
type PackageEngine struct {
	Folder string         // relative to the project, with slashes: "services/users"
	Engine string         // one of EngineNames
	At     fault.Position // of the folder's name
}

// Of returns how the services of the package in a folder are to be run.
func (e Engines) Of(folder string) string {
	i, found := slices.BinarySearchFunc(e.Packages, folder, func(p PackageEngine, f string) int { return strings.Compare(p.Folder, f) })
	switch {
	case found:
		return e.Packages[i].Engine
	case e.All != "":
		return e.All
	}
	return EngineAuto
}

// Equal reports whether two say the same, wherever it stands.
func (e Engines) Equal(other Engines) bool {
	return e.Of("") == other.Of("") && e.Unsafe == other.Unsafe && slices.EqualFunc(e.Packages, other.Packages, func(a, b PackageEngine) bool {
		return a.Folder == b.Folder && a.Engine == b.Engine
	})
}

// engineFields binds what mortise.yaml says of engines.
func (m *Main) engineFields(f *spec.Fields) {
	f.Choice("engine", &m.engine, spec.Choice{Value: EngineAuto, Title: "At once, then compiled"},
		spec.Choice{Value: EngineInterpreted, Title: "Interpreted"}, spec.Choice{Value: EngineCompiled, Title: "Compiled"}).
		Or(EngineAuto).Help("How services run: as soon as they are saved, and compiled once that is ready.\n" +
		"With interpreted they are never compiled, with compiled they wait for it.").Advanced()
	f.Map("engines", &m.engines).Range(0, maxEngines).Match(strings.Join(EngineNames(), "|")).
		Help("Packages whose services run in another way.\nThe names are folders, such as \"services/users\".").Advanced()
	f.Bool("unsafe", &m.Engines.Unsafe).Help("Whether services may import \"unsafe\".\n" +
		"Those that do only run compiled, and their mistakes can corrupt the memory of all services that share their process.").Advanced()
}

// readEngines takes what mortise.yaml says of engines, and reports what is wrong
// with it entry by entry.
func (m *Main) readEngines(node *yaml.Node, at func(*yaml.Node) fault.Position, faults *fault.List) {
	m.Engines.All = m.engine
	if node == nil || node.Kind != yaml.MappingNode {
		return
	}
	*faults = slices.DeleteFunc(*faults, func(f *fault.Error) bool { return f.Code == "spec.pattern" && f.At == at(node) })
	found := make(map[string]PackageEngine, len(m.engines))
	for i := 0; i+1 < len(node.Content) && len(found) <= maxEngines; i += 2 {
		k, v := follow(node.Content[i]), follow(node.Content[i+1])
		engine, known := m.engines[k.Value]
		if !known {
			return // it is not what it should be, which was reported
		}
		if !slices.Contains(EngineNames(), engine) {
			faults.Add(at(v), "spec.choice", "the engine of %q is %q, which is none", k.Value, engine).
				WithHint("%s", fault.DidYouMean(engine, EngineNames()))
			continue
		}
		folder := path.Clean(strings.ReplaceAll(k.Value, `\`, "/"))
		if first, twice := found[folder]; twice {
			faults.Add(at(k), "engine.duplicate", "the engine of %q is given twice", folder).WithHint("the other one is at %s", first.At)
			continue
		}
		found[folder] = PackageEngine{Folder: folder, Engine: engine, At: at(k)}
	}
	for _, folder := range slices.Sorted(maps.Keys(found)) {
		m.Engines.Packages = append(m.Engines.Packages, found[folder])
	}
}
