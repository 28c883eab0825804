package check

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"mortise/runtime/fault"
)

// graph finds out which package imports which, in one version of a project.
type graph struct {
	c     *Checker
	tree  *tree
	mod   goMod
	nodes map[string]*node // by import path; nil where a vendored one was looked for in vain
	dirs  map[string]bool  // folders that were read
	own   []string         // import paths of the project's packages, for hints
	order []*entry         // each behind what it imports
	trail []string         // import paths from the root of the search to the package at hand
}

// node is one package of the graph.
type node struct {
	folder  *folder
	entry   *entry // nil until all that it imports has one
	onTrail bool
}

func newGraph(c *Checker, t *tree, mod goMod) *graph {
	return &graph{c: c, tree: t, mod: mod, nodes: map[string]*node{}, dirs: map[string]bool{}}
}

// build returns the entries of the folders, and of the vendored packages that
// they need, each behind what it imports.
func (g *graph) build(ctx context.Context, folders []*folder) []*entry {
	for _, f := range folders {
		p := g.pathOf(f.dir)
		g.nodes[p] = &node{folder: f}
		g.own = append(g.own, p)
	}
	for _, p := range g.own {
		if ctx.Err() != nil {
			return nil
		}
		g.visit(p)
	}
	return g.order
}

func (g *graph) pathOf(dir string) string { return path.Join(g.mod.module, dir) }

// visit makes the entry of a package, those of its imports first.
func (g *graph) visit(importPath string) *entry {
	n := g.nodes[importPath]
	if n.entry != nil {
		return n.entry
	}
	n.onTrail = true
	g.trail = append(g.trail, importPath)
	g.dirs[n.folder.dir] = true
	u := g.c.parsed(n.folder)
	e := &entry{
		path: importPath, goVer: g.mod.goVer, unit: u,
		vendored: strings.HasPrefix(n.folder.dir, "vendor/"),
		services: n.folder.dir == "services" || strings.HasPrefix(n.folder.dir, "services/"),
	}
	deps := map[string]*entry{}
	for _, use := range u.imports {
		if dep, problem := g.resolve(e, use.path); problem != nil {
			if e.missing == nil {
				e.missing = map[string]string{}
			}
			e.missing[use.path] = problem.What
			e.faults = append(e.faults, problem.WithAt(position(u.fset, use.spec.Path.Pos())))
		} else if dep != nil {
			deps[dep.path] = dep
		}
	}
	e.deps = slices.SortedFunc(maps.Values(deps), func(a, b *entry) int { return cmp.Compare(a.path, b.path) })
	n.entry = g.c.intern(e)
	n.onTrail = false
	g.trail = g.trail[:len(g.trail)-1]
	g.order = append(g.order, n.entry)
	return n.entry
}

// resolve returns the entry of an import, nil for a package of the library, or
// why it leads nowhere.
func (g *graph) resolve(from *entry, importPath string) (*entry, *fault.Error) {
	switch {
	case importPath == "C":
		return nil, fault.New(fault.Invalid, "import.cgo", "import %q: services cannot use C", importPath).
			WithHint("look for a package written in Go alone")
	case !validImportPath(importPath):
		return nil, fault.New(fault.Invalid, "import.path", "%q is not an import path", importPath).
			WithHint("write it as in \"strings\" or %q", path.Join(g.mod.module, "helpers"))
	case g.c.library.Has(importPath):
		return nil, nil
	}
	n := g.nodes[importPath]
	if n == nil && !g.inModule(importPath) {
		n = g.vendored(importPath)
	}
	switch {
	case n == nil:
		return nil, g.notThere(importPath)
	case n.onTrail:
		return nil, g.cycle(importPath)
	case !mayImport(from.path, importPath):
		return nil, fault.New(fault.Invalid, "import.internal", "package %q is internal to %q", importPath, internalRoot(importPath)).
			WithHint("move it out of the folder \"internal\", or use it only below %q", internalRoot(importPath))
	}
	dep := g.visit(importPath)
	if dep.unit.name == "main" {
		return nil, fault.New(fault.Invalid, "import.main", "package %q is a program, which cannot be imported", importPath).
			WithHint("give it another name than main")
	}
	return dep, nil
}

func (g *graph) inModule(p string) bool {
	return p == g.mod.module || strings.HasPrefix(p, g.mod.module+"/")
}

// vendored finds a package in the vendor folder.
func (g *graph) vendored(importPath string) *node {
	if n, ok := g.nodes[importPath]; ok {
		return n
	}
	var n *node
	if f := g.tree.open("vendor/" + importPath); f != nil {
		n = &node{folder: f}
	}
	g.nodes[importPath] = n
	return n
}

// mayImport keeps the rule of folders called internal.
func mayImport(from, to string) bool {
	root := internalRoot(to)
	return root == "" || from == root || strings.HasPrefix(from, root+"/")
}

// internalRoot returns the path above the last element internal, or "".
func internalRoot(p string) string {
	p = "/" + p + "/"
	i := strings.LastIndex(p, "/internal/")
	if i < 0 {
		return ""
	}
	return strings.Trim(p[:i], "/")
}

// notThere explains an import that leads nowhere.
func (g *graph) notThere(importPath string) *fault.Error {
	e := fault.New(fault.Invalid, "import.unknown", "no package %q", importPath)
	first, _, _ := strings.Cut(importPath, "/")
	if near := fault.Nearest(path.Base(importPath), []string{"service", "fault"}); first == "mortise" && near != "" {
		return e.WithHint("did you mean %q?", "mortise/runtime/"+near)
	}
	if near := g.nearestPackage(importPath); near != "" && first != "mortise" && !strings.Contains(first, ".") {
		return e.WithHint("did you mean %q?", near)
	}
	switch {
	case first == "mortise":
		return e.WithHint("services import \"mortise/runtime/service\"; the rest of Mortise is not for them")
	case g.inModule(importPath):
		return e.WithHint("there are no Go files in folder %q", strings.Trim(strings.TrimPrefix(importPath, g.mod.module), "/"))
	case strings.Contains(first, "."):
		return e.WithHint("packages of others stand in the project's folder \"vendor\": run `go mod vendor` where Go is installed")
	}
	return e.WithHint("it is neither in the standard library nor in this project, whose packages begin with %q", g.mod.module+"/")
}

// nearestPackage returns the import path that was probably meant.
func (g *graph) nearestPackage(importPath string) string {
	own := slices.DeleteFunc(slices.Clone(g.own), func(p string) bool { return p == g.trail[len(g.trail)-1] })
	last := path.Base(importPath)
	for _, p := range own {
		if path.Base(p) == last {
			return p
		}
	}
	if paths := g.c.library.Named(last); len(paths) > 0 {
		return paths[0]
	}
	bases := make([]string, 0, len(own))
	for _, p := range own {
		bases = append(bases, path.Base(p))
	}
	if i := slices.Index(bases, fault.Nearest(last, bases)); i >= 0 {
		return own[i]
	}
	if g.inModule(importPath) {
		return ""
	}
	names := make([]string, 0, len(g.c.library.Packages()))
	for _, e := range g.c.library.Packages() {
		names = append(names, e.Name)
	}
	if near := fault.Nearest(last, names); near != "" {
		return g.c.library.Named(near)[0]
	}
	return ""
}

// cycle explains an import that leads back.
func (g *graph) cycle(importPath string) *fault.Error {
	i := slices.Index(g.trail, importPath)
	if i == len(g.trail)-1 {
		return fault.New(fault.Invalid, "import.cycle", "package %q imports itself", importPath).
			WithHint("names of the same package are used without its name in front")
	}
	return fault.New(fault.Invalid, "import.cycle", "packages import each other in a circle: %s",
		strings.Join(append(slices.Clone(g.trail[i:]), importPath), " → ")).
		WithHint("move what both need into a third package")
}
