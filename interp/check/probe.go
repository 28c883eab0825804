package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"runtime"
	"strings"
	"unicode/utf8"

	"mortise/runtime/fault"
)

// placeholder is the name that stands where one is about to be typed.
const placeholder = "cursor__"

// Fork returns a Checker that has seen nothing yet and shares the types of the
// library, for those who check texts that nobody saved beside one who deploys.
func (c *Checker) Fork() *Checker {
	return &Checker{library: c.library, failed: c.failed, sources: map[string]*source{}, units: map[string][]*unit{}, entries: map[string][]*entry{}}
}

// Probe returns the cursor at a byte of a text that is being typed into a file, for
// completion and signatures: the text may be broken there. Only the declaration
// round the cursor is looked into, so it takes a fraction of a check. The rest of
// the project is that of p, which may be older. False where the text cannot be
// looked at.
func (c *Checker) Probe(p *Project, file string, text []byte, offset int) (cursor *Cursor, ok bool) {
	if c.failed != nil || p == nil || len(text) > maxFile || offset < 0 || offset > len(text) {
		return nil, false
	}
	defer func() {
		// A panic is the type checker's mistake about source that nobody foresaw: there
		// is no answer then.
		if recover() != nil {
			cursor, ok = nil, false
		}
	}()
	text = withPlaceholder(text, offset)
	if at := tooDeep(file, text); !at.IsZero() {
		return nil, false
	}
	fset := c.pos.fileSet(len(text) + 4)
	parsed, _ := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if parsed == nil || parsed.Name == nil {
		return nil, false
	}
	pkg := c.partOf(p, file, fset, File{Name: file, Source: text, AST: parsed}, offset)
	if pkg == nil {
		return nil, false
	}
	return newCursor(p, pkg, pkg.Files[0], offset), true
}

// withPlaceholder puts a name where the parser needs one: behind a dot, or in
// place of nothing.
func withPlaceholder(text []byte, offset int) []byte {
	start := nameStart(text, offset)
	end := offset
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	if start < end && !token.IsKeyword(string(text[start:end])) || inText(text, offset) {
		return text
	}
	out := make([]byte, 0, len(text)+len(placeholder))
	out = append(append(out, text[:end]...), placeholder...)
	return append(out, text[end:]...)
}

// nameStart returns where the name that ends at offset begins.
func nameStart(text []byte, offset int) int {
	for offset > 0 && isNameByte(text[offset-1]) {
		offset--
	}
	return offset
}

// inText reports whether a byte is inside of quotes or behind a comment mark of its
// line, as far as the line alone can tell.
func inText(text []byte, offset int) bool {
	start := offset
	for start > 0 && text[start-1] != '\n' {
		start--
	}
	var quote byte
	for i := start; i < offset; i++ {
		switch b := text[i]; {
		case quote != 0 && b == '\\' && quote != '`':
			i++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '`' || b == '\'':
			quote = b
		case b == '/' && i+1 < offset && text[i+1] == '/':
			return true
		}
	}
	return quote != 0
}

// partOf checks the declarations of a package and, of one file, the one round
// offset as a whole.
func (c *Checker) partOf(p *Project, name string, fset *token.FileSet, f File, offset int) *Package {
	pos := f.AST.FileStart + token.Pos(offset)
	dir := path.Dir(name)
	pkg := &Package{Path: path.Join(p.Module, dir), Name: f.AST.Name.Name, Dir: dir, Fset: fset, Info: newInfo()}
	pkg.Files = []File{f}
	files := []*ast.File{withoutBodies(f.AST, pos)}
	old := p.Package(pkg.Path)
	if old != nil {
		for _, other := range old.Files {
			if other.Name != name && other.AST.Name.Name == pkg.Name {
				files = append(files, withoutBodies(other.AST, token.NoPos))
			}
		}
	}
	whole := Package{Path: pkg.Path, Name: pkg.Name, Dir: dir, Fset: fset}
	for _, x := range files {
		whole.Files = append(whole.Files, File{AST: x})
	}
	var err *fault.Error
	for _, limit := range []func(*Package) *fault.Error{tooLongConst, tooLargeType, tooLargeFlow} {
		if err = limit(&whole); err != nil {
			return nil
		}
	}
	conf := types.Config{
		GoVersion: p.GoVersion, Importer: probeImporter{c, p, old}, Sizes: types.SizesFor("gc", runtime.GOARCH), Error: func(error) {},
	}
	pkg.Types = types.NewPackage(pkg.Path, pkg.Name)
	c.incomplete.Lock()
	defer c.incomplete.Unlock()
	_ = types.NewChecker(&conf, fset, pkg.Types, pkg.Info).Files(files) // half of what is typed is always wrong
	return pkg
}

// withoutBodies returns a file whose functions have no bodies but for the one round
// pos.
func withoutBodies(f *ast.File, pos token.Pos) *ast.File {
	out := *f
	out.Decls = make([]ast.Decl, len(f.Decls))
	for i, d := range f.Decls {
		out.Decls[i] = d
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && (pos < fn.Pos() || fn.End() < pos) {
			short := *fn
			short.Body = nil
			out.Decls[i] = &short
		}
	}
	return &out
}

// probeImporter finds the packages of a project as they were checked last.
type probeImporter struct {
	c   *Checker
	p   *Project
	own *Package // the package that is looked at; nil where it is new
}

// Import returns an imported package.
func (i probeImporter) Import(importPath string) (*types.Package, error) {
	if pkg := i.p.Package(importPath); pkg != nil && pkg.Types != nil && pkg != i.own {
		return pkg.Types, nil
	}
	return i.c.library.Import(importPath)
}

// prefix returns the part of the name at the cursor that was typed already, and the
// stretch of the whole name.
func (c *Cursor) prefix() (string, Span) {
	start := nameStart(c.File.Source, c.Offset)
	end := c.Offset
	for end < len(c.File.Source) && isNameByte(c.File.Source[end]) {
		end++
	}
	typed := string(c.File.Source[start:c.Offset])
	whole := strings.TrimSuffix(string(c.File.Source[start:end]), placeholder)
	if !utf8.ValidString(typed) {
		typed = ""
	}
	return typed, Span{File: c.File.Name, Start: start, End: max(c.Offset, start+len(whole))}
}
