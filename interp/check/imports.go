package check

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// Format returns the edits that bring a text into the one form that Go source has.
// A text that cannot be parsed is an error.
func Format(name string, src []byte) ([]Edit, error) {
	if at := tooDeep(name, src); !at.IsZero() {
		return nil, fault.New(fault.Invalid, "go.depth", "the code is nested too deeply").WithAt(at)
	}
	out, err := format.Source(src)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "go.syntax", err, "format %q", name)
	}
	return difference(name, src, out), nil
}

// Organise returns the edits that format the text of a file and put its imports in
// order: those that nothing uses are removed, and those that are missing added,
// where it is plain which ones. P is the project that holds the text.
func (c *Checker) Organise(p *Project, name string, src []byte) ([]Edit, error) {
	cur, ok := p.At(name, 0)
	if !ok || !bytes.Equal(cur.File.Source, src) || syntaxFaults(cur.Package, name) {
		return Format(name, src)
	}
	gone := map[string]bool{}
	for _, spec := range cur.unusedImports() {
		gone[importLine(spec)] = true
	}
	missing := c.missingImports(cur)
	if len(gone) == 0 && len(missing) == 0 {
		return Format(name, src)
	}
	text, ok := withImports(name, src, missing, gone)
	if !ok {
		return Format(name, src)
	}
	text, err := format.Source(text)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "go.syntax", err, "format %q", name)
	}
	return difference(name, src, text), nil
}

func syntaxFaults(p *Package, name string) bool {
	return slices.ContainsFunc(p.Faults, func(f *fault.Error) bool {
		return f.At.File == name && (f.Code == "go.syntax" || f.Code == "go.depth" || f.Code == "check.panic")
	})
}

// AddImport returns the edits that import a package into a text, which may be broken
// below its imports.
func AddImport(name string, src []byte, importPath string) []Edit {
	text, ok := withImports(name, src, []string{importPath}, nil)
	if !ok {
		return nil
	}
	return difference(name, src, text)
}

// importLine returns an import as it stands in a block.
func importLine(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name + " " + spec.Path.Value
	}
	return spec.Path.Value
}

// withImports returns a text whose imports are those that it has, with some added
// and without others: those of the standard library first, then those of others,
// then ours and the project's. False where its imports cannot be read.
func withImports(name string, src []byte, add []string, without map[string]bool) ([]byte, bool) {
	f, fset := parseLoose(name, src)
	if f == nil || !f.Name.Pos().IsValid() || f.Name.Name == "_" {
		return nil, false
	}
	p := &Package{Fset: fset}
	at := Span{Start: p.span(f.Name).End}
	at.End = at.Start
	var old []*ast.GenDecl
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			old = append(old, g)
		}
	}
	comments := map[string]string{}
	if len(old) > 0 {
		at = p.stretch(old[0].Pos(), old[len(old)-1].End())
		if !onlyImports(f, old, comments) {
			return nil, false
		}
	}
	var groups [3][]string
	seen := map[string]bool{}
	put := func(line, importPath string) {
		if !seen[line] && !without[line] {
			seen[line] = true
			i := importGroup(importPath)
			groups[i] = append(groups[i], line+comments[line])
		}
	}
	for _, spec := range f.Imports {
		if importPath, err := strconv.Unquote(spec.Path.Value); err == nil {
			put(importLine(spec), importPath)
		}
	}
	for _, importPath := range add {
		put(strconv.Quote(importPath), importPath)
	}
	block := importBlock(groups)
	if len(old) == 0 {
		block = "\n\n" + block
	} else if block == "" {
		for at.End < len(src) && (src[at.End] == '\n' || src[at.End] == '\r') {
			at.End++
		}
	}
	return slices.Concat(src[:at.Start], []byte(block), src[at.End:]), true
}

// onlyImports reports whether nothing but imports stands between the first and the
// last of them. It notes the comments behind them.
func onlyImports(f *ast.File, old []*ast.GenDecl, comments map[string]string) bool {
	own := map[*ast.CommentGroup]bool{}
	for _, spec := range f.Imports {
		if spec.Comment != nil && len(spec.Comment.List) == 1 {
			own[spec.Comment] = true
			comments[importLine(spec)] = " " + spec.Comment.List[0].Text
		}
	}
	from, to := old[0].Pos(), old[len(old)-1].End()
	for _, g := range f.Comments {
		if from <= g.Pos() && g.Pos() < to && !own[g] {
			return false
		}
	}
	i := slices.Index(f.Decls, ast.Decl(old[0]))
	return i == 0 && f.Decls[len(old)-1] == ast.Decl(old[len(old)-1])
}

// importGroup returns the group of a package: 0 is the standard library, 1 others, 2
// ours and the project's.
func importGroup(importPath string) int {
	first, _, _ := strings.Cut(importPath, "/")
	switch {
	case first == "mortise", first == "app":
		return 2
	case strings.Contains(first, "."):
		return 1
	}
	return 0
}

func importBlock(groups [3][]string) string {
	var parts []string
	n := 0
	for _, g := range groups {
		slices.SortFunc(g, func(a, b string) int {
			return strings.Compare(a[strings.IndexByte(a, '"'):], b[strings.IndexByte(b, '"'):])
		})
		if n += len(g); len(g) > 0 {
			parts = append(parts, "\t"+strings.Join(g, "\n\t")+"\n")
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "import " + strings.TrimSpace(parts[0])
	}
	return "import (\n" + strings.Join(parts, "\n") + ")"
}

// unusedImports returns the imports of the cursor's file that nothing uses.
func (c *Cursor) unusedImports() []*ast.ImportSpec {
	used := map[types.Object]bool{}
	for _, o := range c.Package.Info.Uses {
		if _, ok := o.(*types.PkgName); ok {
			used[o] = true
		}
	}
	var out []*ast.ImportSpec
	seen := map[string]bool{}
	for _, spec := range c.File.AST.Imports {
		if spec.Name != nil && (spec.Name.Name == "_" || spec.Name.Name == ".") {
			continue
		}
		o := c.Package.Info.Implicits[spec]
		if spec.Name != nil {
			o = c.Package.Info.Defs[spec.Name]
		}
		if _, known := o.(*types.PkgName); known && (!used[o] || seen[spec.Path.Value] && spec.Name == nil) {
			out = append(out, spec)
		}
		seen[spec.Path.Value] = true
	}
	return out
}

// missingImports returns the packages that the cursor's file names without importing
// them.
func (c *Checker) missingImports(cur *Cursor) []string {
	wanted := map[string][]string{} // members by name
	ast.Inspect(cur.File.AST, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && cur.Package.Info.Uses[id] == nil && cur.Package.Info.Defs[id] == nil {
				wanted[id.Name] = append(wanted[id.Name], sel.Sel.Name)
			}
		}
		return true
	})
	var out []string
	for _, name := range sortedKeys(wanted) {
		if p := c.bestImport(cur, name, wanted[name]); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// bestImport returns the package that has all the members, "" where none has.
func (c *Checker) bestImport(cur *Cursor, name string, members []string) string {
	for _, importPath := range c.candidates(cur.Project, cur.Package.Path, name, "") {
		t := c.typesOf(cur.Project, importPath)
		if t != nil && !slices.ContainsFunc(members, func(m string) bool { return !token.IsExported(m) || t.Scope().Lookup(m) == nil }) {
			return importPath
		}
	}
	return ""
}

// difference returns the edits that make one text of another, line by line.
func difference(name string, old, next []byte) []Edit {
	if bytes.Equal(old, next) {
		return nil
	}
	a, b := bytes.SplitAfter(old, []byte("\n")), bytes.SplitAfter(next, []byte("\n"))
	from, at := 0, 0
	for from < min(len(a), len(b)) && bytes.Equal(a[from], b[from]) {
		at += len(a[from])
		from++
	}
	end := 0
	for end < min(len(a), len(b))-from && bytes.Equal(a[len(a)-1-end], b[len(b)-1-end]) {
		end++
	}
	a, b = a[from:len(a)-end], b[from:len(b)-end]
	if len(a) != len(b) {
		return []Edit{{Span{name, at, at + len(bytes.Join(a, nil))}, string(bytes.Join(b, nil))}}
	}
	var out []Edit
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			out = append(out, Edit{Span{name, at, at + len(a[i])}, string(b[i])})
		}
		at += len(a[i])
	}
	return out
}
