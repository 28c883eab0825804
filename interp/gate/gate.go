// Package gate decides which packages of a project may run interpreted, and
// rewrites their source so that the interpreter runs it exactly as Go defines.
//
// yaegi, the interpreter, is fast to load and often wrong without saying so.
// The gate therefore does not look for what is known to fail: it knows a list
// of constructs and library calls that were proven to run faithfully, and
// refuses all else with the place, the reason in plain words and a way to write
// it that works. What it admits it writes anew, in a small and dull part of Go:
// constants are computed, methods become functions, generic functions are
// written out once a use, variables that closures share become pointers, and so
// on. Values of the project's own types that become interfaces are put into boxes
// that know their type (package box), and methods of the project's interfaces are
// called through functions that look at the box. The new source carries line
// directives, so that the interpreter's own errors name the author's file and line.
//
// What is admitted although it is known to differ, because programs that depend
// on it are rare and those that touch it are not:
//
//   - The text of a *json.UnmarshalTypeError of Into leaves out the name of the
//     project's struct, and that of a *json.MarshalerError names a box instead of
//     the project's type. Which error it is, and errors.Is and errors.As on it, are
//     as in Go.
//   - encoding/json stops where an UnmarshalJSON of the project fails. Here the
//     other fields have been filled in by then.
//   - fmt prints the address of what a pointer within a value of any type points to
//     as if the pointer stood alone: &{…} for 0xc000….
//   - How much room append and package slices leave behind a list, which Go leaves
//     open: cap, and whether a later append writes to what another list shares.
//   - The sign of a floating-point zero is lost where -0 is passed to a function
//     of the project, or through min, max and the other functions that are
//     written out.
package gate

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"sync"

	"mortise/runtime/fault"
)

// NotePath is the import path of the package, known to the interpreter by its
// symbols only, in whose variable Slot the rewritten source notes where it is:
// `var Slot *uint32`.
const NotePath = "mortise/interp/note"

// NoteBits is how many of a note's low bits number the place within its
// package; the bits above are the number of the package.
const NoteBits = 18

// Note is one place in the author's source that the running code reports.
type Note struct {
	N    uint32 // what is written into the slot when the code gets there; never 0
	Func string // the function: "users.GetDetails", "users.Account.Close"
	At   fault.Position
}

// Package is one admitted package, ready for the interpreter.
type Package struct {
	Path    string   // import path
	Name    string   // package name
	Source  []byte   // the whole package as one file, rewritten, with line directives that name the author's files
	Imports []string // packages of the standard library and the SDK whose symbols the source needs, NotePath included; sorted
	Project []string // packages of the project that the source imports; sorted
	Notes   []Note   // sorted by N
	Hash    string   // of the package's files and of all that it depends on: equal hash, equal Source
}

// Unit is one type-checked package as the gate takes it.
type Unit struct {
	Path  string
	Name  string // as the author calls the package; "" is the name in Types
	Hash  string // of the package's files and of all it depends on; "" is never cached
	Fset  *token.FileSet
	Files []*ast.File
	Types *types.Package
	Info  *types.Info // with Types, Defs, Uses, Selections, Implicits, Instances, Scopes and InitOrder
}

// Result is what became of a project's packages.
type Result struct {
	Packages []*Package // those that may run interpreted, in dependency order
	Refusals fault.List // why the others may not, sorted by place; codes "gate.…"
	Refused  []string   // import paths of the packages that may not, and of those that import them
}

// Lookup returns the admitted package with an import path, or nil.
func (r *Result) Lookup(path string) *Package {
	for _, p := range r.Packages {
		if p.Path == path {
			return p
		}
	}
	return nil
}

// Gate admits packages. It remembers what it has seen by hash, so that an edit
// of one package of many costs one. It may be used by several goroutines.
type Gate struct {
	mu      sync.Mutex
	seen    map[string]*verdict // guarded by mu: by import path
	numbers map[string]uint32   // guarded by mu: numbers of packages for notes, by import path
}

// New returns a gate that has seen nothing yet.
func New() *Gate {
	return &Gate{seen: map[string]*verdict{}, numbers: map[string]uint32{}}
}

// AdmitUnits judges packages in dependency order: a package comes after those
// that it imports. The error is that of ctx.
func (g *Gate) AdmitUnits(ctx context.Context, units []*Unit) (*Result, error) {
	return g.admit(ctx, units)
}

// Library returns the import paths of the packages that admitted source may
// import: those of the standard library and the SDK, sorted. Some of them need
// no symbols because the gate writes their calls out: see Written.
func Library() []string { return libraryPaths() }

// Written returns the packages of Library whose uses are all written out in the
// rewritten source, so that no symbols are needed: cmp, iter, maps and slices.
func Written() []string { return []string{"cmp", "iter", "maps", "slices"} }
