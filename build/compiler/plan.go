package compiler

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/fault"
)

// plan is a job that was looked at: nothing is wrong with it as far as that can
// be seen without compiling.
type plan struct {
	name  string
	hash  string // of all that the program is made from
	units []*planned
	debug string // the default of GODEBUG
}

// planned is one unit of a plan.
type planned struct {
	Unit
	symbol string         // the path by which the linker knows it
	lang   string         // "go1.26"
	source string         // the hash of path, version and files
	units  []*planned     // those that it imports
	packed []string       // what it imports from the packs
	done   chan struct{}  // closed once it is compiled or not
	object object         // set before done is closed
	err    error          // the same
	files  *token.FileSet // of its import declarations
}

// known is what the packs hold.
type known struct {
	packages map[string]packed
	version  string // "1.26.8"
	settings []packfile.Setting
	id       string // of the packs and of how they are used
}

type packed struct {
	packfile.Package
	path string // of its archive
	sdk  bool
}

// planner looks at a job.
type planner struct {
	job    Job
	known  *known
	limits Limits
	plan   *plan
	faults fault.List
	byPath map[string]*planned
	at     map[*planned]map[string]fault.Position // of the imports
}

// newPlan looks at a job. The error is a fault.List.
func newPlan(job Job, known *known, limits Limits) (*plan, error) {
	p := &planner{
		job: job, known: known, limits: limits, plan: &plan{name: job.Name},
		byPath: map[string]*planned{}, at: map[*planned]map[string]fault.Position{},
	}
	if err := p.size(); err != nil {
		return nil, fault.List{err}
	}
	for i := range job.Units {
		p.unit(&job.Units[i], i == len(job.Units)-1)
	}
	for _, u := range p.plan.units {
		p.resolve(u)
	}
	if len(p.faults) == 0 {
		p.order()
	}
	if len(p.faults) == 0 {
		p.plan.debug = p.debugDefault(p.plan.units[len(p.plan.units)-1])
	}
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	p.plan.hash = p.sum()
	return p.plan, nil
}

// size bounds what comes.
func (p *planner) size() *fault.Error {
	files, bytes := 0, int64(0)
	for _, u := range p.job.Units {
		files += len(u.Files)
		for _, f := range u.Files {
			bytes += int64(len(f.Source))
		}
	}
	switch {
	case len(p.job.Units) == 0:
		return fault.New(fault.Internal, "compiler.job", "compile %s: there is nothing to compile", p.job.Name)
	case len(p.job.Units) > maxUnits || files > maxFiles:
		return fault.New(fault.Limited, "compiler.size", "compile %s: it has %d packages with %d files; %d and %d are allowed",
			p.job.Name, len(p.job.Units), files, maxUnits, maxFiles)
	case bytes > p.limits.Source:
		return fault.New(fault.Limited, "compiler.size", "compile %s: its source takes %d MiB, %d are allowed", p.job.Name, bytes>>20, p.limits.Source>>20)
	}
	return nil
}

// unit looks at one package by itself.
func (p *planner) unit(in *Unit, main bool) {
	u := &planned{Unit: *in, symbol: in.Path, done: make(chan struct{}), files: token.NewFileSet()}
	if !validPath(in.Path) || p.byPath[in.Path] != nil {
		p.faults = append(p.faults, fault.New(fault.Internal, "compiler.job", "compile %s: %q is no import path, or comes twice", p.job.Name, in.Path))
		return
	}
	p.byPath[in.Path] = u
	switch have, ok := p.known.packages[in.Path]; {
	case main:
		u.symbol = "main"
	case ok && have.sdk && !isOurs(in.Path):
		u.symbol = "vendor/" + in.Path // another version of what our own packages need
	case ok || in.Path == "unsafe" || in.Path == "main":
		p.faults = append(p.faults, fault.New(fault.Invalid, "go.path", "the package %q has the path of one of the standard library or of Mortise", in.Path).
			WithAt(first(in)).WithHint("give its folder or its module another name"))
	}
	if u.lang = language(in.GoVersion, p.known.version); u.lang == "" {
		p.faults.Add(first(in), "go.version", "the package %q is written for Go %s, and this compiler is that of Go %s", in.Path, in.GoVersion, p.known.version).
			WithHint("lower the go line in go.mod, or use a newer Mortise")
	}
	if len(in.Files) == 0 {
		p.faults = append(p.faults, fault.New(fault.Invalid, "go.empty", "the package %q has no Go files for this system", in.Path))
	}
	p.at[u] = map[string]fault.Position{}
	imports := slices.Clone(in.Imports)
	for _, f := range in.Files {
		imports = append(imports, p.file(u, f)...)
	}
	slices.Sort(imports)
	u.Imports = slices.Compact(imports)
	u.source = sourceHash(u)
	p.plan.units = append(p.plan.units, u)
}

// file looks at the name, the imports and the directives of a file and returns
// what it imports.
func (p *planner) file(u *planned, f File) []string {
	start := fault.Position{File: f.Name}
	switch {
	case len(f.Name) > maxName || !fs.ValidPath(f.Name) || strings.ContainsAny(f.Name, ";\\\n\r\x00") || strings.Contains(f.Name, "=>"):
		p.faults = append(p.faults, fault.New(fault.Invalid, "go.name", "the file name %q cannot be compiled", f.Name).WithHint("rename the file"))
		return nil
	case strings.HasSuffix(f.Name, ".s"):
		p.faults.Add(start, "go.assembly", "the package %q has an assembly file; only Go can be compiled here", u.Path)
		return nil
	case !strings.HasSuffix(f.Name, ".go"):
		p.faults.Add(start, "go.name", "this is no Go file")
		return nil
	}
	file, err := parser.ParseFile(u.files, f.Name, f.Source, parser.ImportsOnly|parser.SkipObjectResolution)
	if file == nil || err != nil {
		return nil // the compiler says it better
	}
	var out []string
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		at := inFile(u.files, i.Path.Pos(), f.Name)
		if !u.Generated && refuseImport(fmt.Sprintf("package %q", u.Path), path, p.job.AllowUnsafe, at, &p.faults) {
			continue
		}
		if _, ok := p.at[u][path]; !ok {
			p.at[u][path] = at
		}
		if path == "embed" {
			p.embeds(f)
		}
		if path != "unsafe" {
			out = append(out, path)
		}
	}
	return out
}

// embeds refuses embedded files: a job holds only Go.
func (p *planner) embeds(f File) {
	if !bytes.Contains(f.Source, []byte("//go:embed")) {
		return
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.Name, f.Source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	refuseEmbeds(file, func(pos token.Pos) fault.Position { return inFile(fset, pos, f.Name) }, &p.faults)
}

// inFile is a position in a file, whatever a line directive says.
func inFile(fset *token.FileSet, pos token.Pos, file string) fault.Position {
	at := fset.PositionFor(pos, false)
	return fault.Position{File: file, Line: at.Line, Column: at.Column}
}

// resolve finds what a unit imports.
func (p *planner) resolve(u *planned) {
	for _, path := range u.Imports {
		at := p.at[u][path]
		other := p.byPath[path]
		have, ok := p.known.packages[path]
		switch {
		case path == "unsafe" || path == "C":
		case other != nil && other.symbol == "main":
			p.faults.Add(at, "go.import", "%q is a program, not a package that can be imported", path)
		case other != nil:
			u.units = append(u.units, other)
		case !ok:
			p.faults.Add(at, "go.import", "there is no package %q", path).WithHint("%s", fault.DidYouMean(path, p.known.importable()))
		case !u.Generated && isInternal(path) || strings.HasPrefix(path, "vendor/"):
			p.faults.Add(at, "go.internal", "the package %q is internal to %s and cannot be imported", path, owner(have))
		default:
			u.packed = append(u.packed, path)
		}
	}
}

func owner(p packed) string {
	if p.sdk {
		return "Mortise"
	}
	return "Go"
}

// importable are the paths that a user may write.
func (k *known) importable() []string {
	var out []string
	for path := range k.packages {
		if !isInternal(path) && !strings.HasPrefix(path, "vendor/") {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// order puts each unit after those that it imports, and the program last.
func (p *planner) order() {
	main := p.plan.units[len(p.plan.units)-1]
	var sorted, path []*planned
	state := map[*planned]int{} // 1: on the path, 2: sorted
	var visit func(u *planned)
	visit = func(u *planned) {
		if state[u] == 2 || len(p.faults) > 0 {
			return
		}
		if state[u] == 1 {
			p.cycle(append(path[slices.Index(path, u):], u))
			return
		}
		state[u] = 1
		path = append(path, u)
		for _, d := range u.units {
			visit(d)
		}
		path = path[:len(path)-1]
		state[u] = 2
		sorted = append(sorted, u)
	}
	for _, u := range p.plan.units {
		if u != main {
			visit(u)
		}
	}
	visit(main)
	p.plan.units = sorted
}

func (p *planner) cycle(path []*planned) {
	names := make([]string, len(path))
	for i, u := range path {
		names[i] = u.Path
	}
	p.faults.Add(p.at[path[0]][path[1].Path], "go.cycle", "packages import each other in a circle: %s", strings.Join(names, " → ")).
		WithHint("move what both need into a package of its own")
}

// sum is the hash of all that a program is made from.
func (p *planner) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", p.known.id, p.plan.debug)
	for _, u := range p.plan.units {
		fmt.Fprintf(h, "%s\n", u.source)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sourceHash is of what a unit is by itself.
func sourceHash(u *planned) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %s %d\n", u.symbol, u.lang, len(u.Files))
	files := slices.SortedFunc(slices.Values(u.Files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range files {
		fmt.Fprintf(h, "%q %x\n", f.Name, sha256.Sum256(f.Source))
	}
	fmt.Fprintf(h, "%q\n", u.Imports)
	return hex.EncodeToString(h.Sum(nil))
}
