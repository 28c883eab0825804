package check

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"slices"
	"strconv"

	"mortise/runtime/fault"
)

// Definition returns where the name at the cursor is declared in the project; false
// where it is declared elsewhere: the hover's object says what it is.
func (c *Cursor) Definition() (Span, bool) {
	o, _ := c.object()
	if p, ok := o.(*types.PkgName); ok {
		if pkg := c.Project.Package(p.Imported().Path()); pkg != nil && len(pkg.Files) > 0 {
			return pkg.span(pkg.Files[0].AST.Name), true
		}
		return Span{}, false
	}
	home := c.Project.home(o)
	if home == nil || !o.Pos().IsValid() {
		return Span{}, false
	}
	return home.stretch(o.Pos(), o.Pos()+token.Pos(len(o.Name()))), true
}

// References returns every place of the project where the thing at the cursor is
// named, its declaration first in its file; nil where there is none.
func (c *Cursor) References() []Span {
	o, _ := c.object()
	if o == nil {
		return nil
	}
	var out []Span
	for _, pkg := range c.Project.Packages {
		out = append(out, pkg.named(sameAs(c.Project, o))...)
	}
	return out
}

// Highlights returns the places of the cursor's file that References would.
func (c *Cursor) Highlights() []Span {
	o, _ := c.object()
	if o == nil {
		return nil
	}
	return slices.DeleteFunc(c.Package.named(map[types.Object]bool{o: true}), func(s Span) bool { return s.File != c.File.Name })
}

// sameAs returns an object and those that have its name because of it: the fields
// that embed a type.
func sameAs(p *Project, o types.Object) map[types.Object]bool {
	out := map[types.Object]bool{o: true}
	if _, ok := o.(*types.TypeName); !ok {
		return out
	}
	for _, pkg := range p.Packages {
		for id, used := range pkg.Info.Uses {
			if used == o {
				if field, ok := pkg.Info.Defs[id].(*types.Var); ok && field.Embedded() {
					out[field] = true
				}
			}
		}
	}
	return out
}

// named returns the places in the package where one of the objects is named.
func (p *Package) named(of map[types.Object]bool) []Span {
	var out []Span
	for id, o := range p.Info.Uses {
		if of[origin(o)] {
			out = append(out, p.span(id))
		}
	}
	for id, o := range p.Info.Defs {
		if o != nil && of[origin(o)] {
			out = append(out, p.span(id))
		}
	}
	slices.SortFunc(out, compareSpans)
	return slices.Compact(out)
}

func compareSpans(a, b Span) int {
	if a.File != b.File {
		if a.File < b.File {
			return -1
		}
		return 1
	}
	return a.Start - b.Start
}

// Renamable returns the name at the cursor where it can be changed, and why not
// otherwise.
func (c *Cursor) Renamable() (Span, *fault.Error) {
	o, id := c.object()
	switch {
	case id == nil || o == nil:
		return Span{}, fault.New(fault.Invalid, "rename.nothing", "there is nothing here that could be renamed").WithHint("put the cursor on a name")
	case id.Name == "_":
		return Span{}, fault.New(fault.Invalid, "rename.blank", "%q is no name", "_")
	}
	if _, ok := o.(*types.PkgName); ok {
		return Span{}, fault.New(fault.Invalid, "rename.package", "packages are renamed by their folders")
	}
	home := c.Project.home(o)
	if home == nil || home.Vendored {
		return Span{}, fault.New(fault.Invalid, "rename.library", "%q does not belong to this project", id.Name)
	}
	return c.Package.span(id), nil
}

// Rename returns the edits that give the thing at the cursor another name, in the
// whole project, names of services in quotes included. It refuses what would not be
// the same program afterwards: with returns the project's source with edits.
func (c *Checker) Rename(ctx context.Context, cur *Cursor, name string, with func([]Edit) fs.FS) ([]Edit, error) {
	if _, err := cur.Renamable(); err != nil {
		return nil, err
	}
	o, _ := cur.object()
	if !token.IsIdentifier(name) || name == "_" {
		return nil, fault.New(fault.Invalid, "rename.name", "%q cannot be a name", name).WithHint("letters, digits and _ make a name, and no word of the language")
	}
	if name == o.Name() {
		return nil, nil
	}
	if len(cur.Project.Faults) > 0 {
		f := cur.Project.Faults[0]
		return nil, fault.New(fault.Conflict, "rename.broken", "the project has mistakes, so not every use of %q can be found", o.Name()).
			WithHint("put right %s first: %s", f.At, f.What)
	}
	var edits []Edit
	same := sameAs(cur.Project, o)
	for _, pkg := range cur.Project.Packages {
		for _, s := range pkg.named(same) {
			if err := pkg.captured(o, s, name); err != nil {
				return nil, err
			}
			if pkg.Vendored {
				return nil, fault.New(fault.Conflict, "rename.vendor", "%q is used in %s, which belongs to others", o.Name(), s.File)
			}
			edits = append(edits, Edit{s, name})
		}
	}
	edits = append(edits, cur.Project.serviceNames(o, name)...)
	return edits, c.sameProgram(ctx, cur.Project, with(edits), o.Name(), name)
}

// captured returns why an object could not be found under its new name at a place.
func (p *Package) captured(o types.Object, at Span, name string) *fault.Error {
	if v, ok := o.(*types.Var); ok && v.IsField() || Owner(o) != "" {
		return nil // they stand behind a dot
	}
	for _, f := range p.Files {
		if f.Name != at.File {
			continue
		}
		pos := f.AST.FileStart + token.Pos(at.Start)
		scope := p.Types.Scope().Innermost(pos)
		if scope == nil {
			continue
		}
		if _, other := scope.LookupParent(name, pos); other != nil && other.Parent() != types.Universe {
			return fault.New(fault.Conflict, "rename.taken", "%q is the name of something else at %s", name, p.Position(pos)).WithHint("choose another name")
		}
	}
	return nil
}

// serviceNames returns the edits of names in quotes where a service is renamed.
func (p *Project) serviceNames(o types.Object, name string) []Edit {
	f, ok := o.(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
		return nil
	}
	was := f.Pkg().Name() + "." + f.Name()
	var out []Edit
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			ast.Inspect(file.AST, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				if text, err := strconv.Unquote(lit.Value); err != nil || text != was {
					return true
				}
				at := pkg.span(lit)
				cur := newCursor(p, pkg, file, at.Start+1)
				if family, _, ok := cur.StringAt(); ok && family == "service" {
					out = append(out, Edit{at, strconv.Quote(f.Pkg().Name() + "." + name)})
				}
				return true
			})
		}
	}
	return out
}

// sameProgram checks the project as it would be and returns what would be broken.
func (c *Checker) sameProgram(ctx context.Context, p *Project, src fs.FS, was, name string) error {
	after := c.Fork().Check(ctx, src)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(after.Faults) > 0 {
		f := after.Faults[0]
		return fault.New(fault.Conflict, "rename.conflict", "%q cannot be called %q", was, name).WithHint("%s: %s", f.At, f.What)
	}
	if len(after.Services) != len(p.Services) {
		return fault.New(fault.Conflict, "rename.service", "%q cannot be called %q: services begin with a capital letter, and helpers do not", was, name)
	}
	return nil
}

// Apply returns the text of a file after those of the edits that are about it. They
// must not overlap.
func Apply(data []byte, name string, edits []Edit) []byte {
	var own []Edit
	for _, e := range edits {
		if e.File == name && e.Start >= 0 && e.Start <= e.End && e.End <= len(data) {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, func(a, b Edit) int { return compareSpans(a.Span, b.Span) })
	var out []byte
	at := 0
	for _, e := range own {
		if e.Start < at {
			continue
		}
		out = append(append(out, data[at:e.Start]...), e.Text...)
		at = e.End
	}
	return append(out, data[at:]...)
}
