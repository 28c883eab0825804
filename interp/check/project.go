package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Project is what a check found out about one version of a project's source.
// It is immutable, and shares the packages that did not change with the projects
// of earlier checks.
type Project struct {
	Module    string          // the module path of go.mod: "app"
	GoVersion string          // the language version of go.mod: "go1.26"; "" where it names none
	Fset      *token.FileSet  // the positions of all Packages
	Packages  []*Package      // each after the packages that it imports
	Services  []shape.Service // sorted by name; those of broken packages too, as far as they could be read
	Uses      []worker.Use    // sorted by place
	Faults    fault.List      // what must be put right before the source can run
	Warnings  fault.List      // what is probably not meant
}

// Package is one package of a project or of its vendor folder. It is immutable.
type Package struct {
	Path     string         // import path: "app/services/users"
	Name     string         // the name in its package clauses: "users"
	Dir      string         // folder relative to the project, with slashes: "services/users"; "." is the root
	Files    []File         // sorted by name, those that the build constraints of this system choose
	Fset     *token.FileSet // the positions of this package alone
	Types    *types.Package // incomplete where Broken
	Info     *types.Info    // all maps are filled in, as far as the source could be understood
	Imports  []*Package     // imported packages of the project and its vendor folder, sorted by path
	Hash     string         // of its files, the language version and the hashes of its Imports
	Vendored bool           // it stands in the vendor folder
	Broken   bool           // it or a package that it imports has faults
	Services []shape.Service
	Uses     []worker.Use
	Faults   fault.List
	Warnings fault.List

	tokens      []*token.File
	more        int              // faults that are not in Faults, because they are too many
	incomplete  bool             // its types cannot be relied on
	typeSizes   map[string]int   // see tooLargeType
	typeFactors map[string][]int // see tooLargeType
	flow        *flowSizes       // see tooLargeFlow
	index       syntaxIndex
}

// File is one Go file of a package.
type File struct {
	Name   string // relative to the project, with slashes: "services/users/users.go"
	Source []byte // must not be changed
	AST    *ast.File
}

// Package returns the package with an import path, or nil.
func (p *Project) Package(path string) *Package {
	for _, pkg := range p.Packages {
		if pkg.Path == path {
			return pkg
		}
	}
	return nil
}

// Needed returns the packages that hold services and all that they import, each
// after those that it imports.
func (p *Project) Needed() []*Package {
	need := map[*Package]bool{}
	for _, pkg := range slices.Backward(p.Packages) {
		if len(pkg.Services) > 0 {
			need[pkg] = true
		}
		if need[pkg] {
			for _, q := range pkg.Imports {
				need[q] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Packages), func(pkg *Package) bool { return !need[pkg] })
}

// Position returns the place of pos in the user's files. Line directives in
// comments are not followed.
func (p *Project) Position(pos token.Pos) fault.Position { return position(p.Fset, pos) }

// Position returns the place of pos in the user's files. Line directives in
// comments are not followed.
func (p *Package) Position(pos token.Pos) fault.Position { return position(p.Fset, pos) }

func position(fset *token.FileSet, pos token.Pos) fault.Position {
	if !pos.IsValid() {
		return fault.Position{}
	}
	at := fset.PositionFor(pos, false)
	return fault.Position{File: at.Filename, Line: at.Line, Column: at.Column}
}
