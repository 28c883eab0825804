package check

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"mortise/runtime/fault"
)

// ProgramPath is the import path of a program that is checked alone, as Go calls
// it.
const ProgramPath = "command-line-arguments"

// Program checks one file as a whole program: package main with a function main,
// which imports the standard library alone. Build constraints are not asked, as
// Go does not ask those of files that are named to it. Positions name the file
// as name does. The project has one package, or none where the file cannot be
// read.
func (c *Checker) Program(ctx context.Context, name string, text []byte) *Project {
	p := &Project{Module: ProgramPath, GoVersion: fmt.Sprintf("go1.%d", languageVersion), Fset: token.NewFileSet()}
	if c.failed != nil {
		p.Faults = fault.List{fault.Wrap(fault.Internal, "check.library", c.failed, "check the program")}
		return p
	}
	if len(text) > maxFile {
		p.Faults.Add(fault.Position{File: name}, "source.size", "%q is larger than %d MB", name, maxFile>>20).
			WithHint("read the data from a file when the program runs")
		return p
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), text...))
	f := &folder{dir: ".", files: []*source{{name: name, text: text, sum: sum, chosen: true}}, hash: hex.EncodeToString(sum[:])}
	t := &tree{src: embed.FS{}, known: c.knownSource, faults: &p.Faults}
	g := newGraph(c, t, goMod{module: ProgramPath, goVer: p.GoVersion})
	for _, e := range g.build(ctx, []*folder{f}) {
		e.once.Do(func() { e.pkg = c.typeCheck(e) })
		p.add(e.pkg)
	}
	if err := ctx.Err(); err != nil {
		p.Faults = append(p.Faults, fault.Wrap(fault.Canceled, "check.canceled", err, "check the program"))
		return p
	}
	for _, e := range p.Faults {
		alone(e)
	}
	for _, pkg := range p.Packages {
		if pkg.Name != "" { // else its syntax is wrong from the beginning
			p.programRules(pkg)
		}
	}
	p.finish()
	return p
}

// alone rewrites what is said of packages and imports in a project for a file that has none
// around it. Faults are made anew by every check, so they may be changed here.
func alone(e *fault.Error) {
	switch e.Code {
	case "go.syntax":
		e.Hint = strings.Replace(e.Hint, "`package users`", "`package main`", 1)
	case "go.package-name":
		e.Hint = "write `package main`"
	case "import.cgo":
		e.What = "import \"C\": programs that use C cannot be run"
	case "import.unknown":
		if !strings.HasPrefix(e.Hint, "did you mean") {
			e.Hint = "a single file can import the standard library alone"
		}
	}
}

// programRules reports what only a program has to have, and must not have.
func (p *Project) programRules(pkg *Package) {
	for _, f := range pkg.Files {
		services := importsOwn(f.AST)
		switch {
		case services != nil:
			p.Faults.Add(pkg.Position(services.Path.Pos()), "program.service", "import %s: a service is invoked, not run", services.Path.Value).
				WithHint("put the file below the folder services of a project, start it with mortise serve, and call it with mortise invoke %s.Name", pkg.Name)
		case pkg.Name != "main":
			p.Faults.Add(pkg.Position(f.AST.Name.Pos()), "program.package", "package %q is no program", pkg.Name).
				WithHint("write `package main` and a function main")
		case !pkg.incomplete && pkg.Types.Scope().Lookup("main") == nil:
			p.Faults.Add(pkg.Position(f.AST.Name.Pos()), "program.main", "the program has no function main").
				WithHint("write `func main() { … }`")
		}
		for _, group := range f.AST.Comments {
			for _, c := range group.List {
				if rest, ok := strings.CutPrefix(c.Text, "//go:embed"); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
					p.Faults.Add(pkg.Position(c.Pos()), "program.embed", "files cannot be embedded into a program that is a single file").
						WithHint("read it when the program runs, with os.ReadFile")
				}
			}
		}
	}
}

// importsOwn returns the first import of a package of ours, or nil.
func importsOwn(f *ast.File) *ast.ImportSpec {
	for _, spec := range f.Imports {
		if strings.HasPrefix(spec.Path.Value, `"mortise/`) {
			return spec
		}
	}
	return nil
}
