package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// Span is a stretch of one file: bytes from Start up to End.
type Span struct {
	File       string
	Start, End int
}

// Edit replaces a stretch of a file by a text.
type Edit struct {
	Span
	Text string
}

// Cursor is a place in checked source.
type Cursor struct {
	Project *Project
	Package *Package
	File    File
	Offset  int // in bytes

	pos  token.Pos
	path []ast.Node // the syntax round the place, innermost first
}

// At returns the cursor at a byte of a file; false where the project has no such
// file, or its syntax could not be read.
func (p *Project) At(file string, offset int) (*Cursor, bool) {
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			if f.Name == file && offset >= 0 && offset <= len(f.Source) {
				return newCursor(p, pkg, f, offset), true
			}
		}
	}
	return nil, false
}

func newCursor(p *Project, pkg *Package, f File, offset int) *Cursor {
	c := &Cursor{Project: p, Package: pkg, File: f, Offset: offset, pos: f.AST.FileStart + token.Pos(offset)}
	c.path, _ = astutil.PathEnclosingInterval(f.AST, c.pos, c.pos)
	// Right behind a name is still at the name.
	if _, ok := c.node(0).(*ast.Ident); !ok && offset > 0 && isNameByte(f.Source[offset-1]) {
		if before, _ := astutil.PathEnclosingInterval(f.AST, c.pos-1, c.pos-1); len(before) > 0 {
			if _, ok := before[0].(*ast.Ident); ok {
				c.path = before
			}
		}
	}
	return c
}

// node returns the syntax round the cursor by its distance; nil beyond the file.
func (c *Cursor) node(i int) ast.Node {
	if i < len(c.path) {
		return c.path[i]
	}
	return nil
}

func isNameByte(b byte) bool {
	return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b >= 0x80
}

// span returns the stretch of a piece of syntax.
func (p *Package) span(n ast.Node) Span { return p.stretch(n.Pos(), n.End()) }

func (p *Package) stretch(from, to token.Pos) Span {
	f := p.Fset.File(from)
	if f == nil {
		return Span{}
	}
	return Span{File: f.Name(), Start: int(from) - f.Base(), End: min(int(to)-f.Base(), f.Size())}
}

// object returns what the name at the cursor stands for, and the name; nil where
// there is none.
func (c *Cursor) object() (types.Object, *ast.Ident) {
	id, ok := c.node(0).(*ast.Ident)
	if !ok {
		return nil, nil
	}
	info := c.Package.Info
	if o := info.Uses[id]; o != nil {
		return origin(o), id
	}
	if o := info.Defs[id]; o != nil {
		return origin(o), id
	}
	if sw, ok := c.node(2).(*ast.TypeSwitchStmt); ok { // switch x := y.(type)
		for _, clause := range sw.Body.List {
			if o := info.Implicits[clause]; o != nil {
				return o, id
			}
		}
	}
	return nil, id
}

// origin returns the generic object that one was made from.
func origin(o types.Object) types.Object {
	switch o := o.(type) {
	case *types.Var:
		return o.Origin()
	case *types.Func:
		return o.Origin()
	}
	return o
}

// home returns the package of the project that an object belongs to; nil for those
// of the library.
func (p *Project) home(o types.Object) *Package {
	if o == nil || o.Pkg() == nil {
		return nil
	}
	pkg := p.Package(o.Pkg().Path())
	if pkg == nil || pkg.Types != o.Pkg() {
		return nil
	}
	return pkg
}

// Owner returns the name of the type that a field or method belongs to, "" for
// other objects.
func Owner(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		if recv := o.Signature().Recv(); recv != nil {
			t, _ := deref(recv.Type())
			if n, ok := types.Unalias(t).(*types.Named); ok {
				return n.Obj().Name()
			}
		}
	case *types.Var:
		if !o.IsField() || o.Pkg() == nil {
			return ""
		}
		scope := o.Pkg().Scope()
		for _, name := range scope.Names() {
			t, ok := scope.Lookup(name).(*types.TypeName)
			if !ok {
				continue
			}
			if s, ok := t.Type().Underlying().(*types.Struct); ok {
				for f := range s.Fields() {
					if f == o {
						return name
					}
				}
			}
		}
	}
	return ""
}

// doc returns the comment of an object of the package that is declared at pos.
func (p *Package) doc(pos token.Pos) string {
	for _, f := range p.Files {
		if f.AST.FileStart <= pos && pos <= f.AST.FileEnd {
			return docAt(f.AST, pos)
		}
	}
	return ""
}

// docAt returns the comment of what is declared at pos in a file.
func docAt(file *ast.File, pos token.Pos) string {
	path, _ := astutil.PathEnclosingInterval(file, pos, pos)
	for i, n := range path {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if i == 1 {
				return text(n.Doc)
			}
			return ""
		case *ast.Field:
			return text(n.Doc, n.Comment)
		case *ast.TypeSpec:
			return specDoc(path[i+1:], n.Doc, n.Comment)
		case *ast.ValueSpec:
			return specDoc(path[i+1:], n.Doc, n.Comment)
		case *ast.BlockStmt:
			return ""
		}
	}
	return ""
}

func specDoc(above []ast.Node, own, behind *ast.CommentGroup) string {
	if len(above) > 0 {
		if d, ok := above[0].(*ast.GenDecl); ok && own == nil && len(d.Specs) == 1 {
			own = d.Doc
		}
	}
	return text(own, behind)
}

// qualifier names packages as the source at the cursor does.
func (c *Cursor) qualifier() types.Qualifier { return qualify(c.Package.Types) }

func qualify(own *types.Package) types.Qualifier {
	return func(p *types.Package) string {
		if own != nil && p.Path() == own.Path() {
			return ""
		}
		return p.Name()
	}
}

// StringAt returns what a text in quotes at the cursor names: the family, as
// worker.Use has it, "import" for an import path, "" where it is any other text;
// and the stretch between the quotes. False where there is no text.
func (c *Cursor) StringAt() (family string, at Span, ok bool) {
	lit, ok := c.node(0).(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING || c.pos <= lit.Pos() {
		return "", Span{}, false
	}
	at = c.Package.span(lit)
	at.Start++
	if n := len(lit.Value); n > 1 && lit.Value[n-1] == lit.Value[0] {
		at.End--
	}
	if c.Offset > at.End {
		return "", Span{}, false
	}
	// A text that nobody ended goes to the end of its line: what is a name ends earlier.
	if strings.Contains(string(c.File.Source[at.Start:at.End]), ")") {
		at.End = max(c.Offset, at.Start+strings.IndexByte(string(c.File.Source[at.Start:at.End]), ')'))
	}
	return c.family(lit), at, true
}

// family returns what a text names by the place where it stands.
func (c *Cursor) family(lit *ast.BasicLit) string {
	switch parent := c.node(1).(type) {
	case *ast.ImportSpec:
		return "import"
	case *ast.CallExpr:
		sel, ok := ast.Unparen(parent.Fun).(*ast.SelectorExpr)
		if !ok || len(parent.Args) == 0 || parent.Args[0] != ast.Expr(lit) {
			return ""
		}
		if t := c.Package.Info.TypeOf(sel.X); t != nil {
			if recv, _ := deref(t); isContext(recv) {
				return families[sel.Sel.Name]
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := parent.Key.(*ast.Ident); ok && key.Name == "Service" && c.isInvocation(c.node(2)) {
			return "service"
		}
	case *ast.CompositeLit:
		if len(parent.Elts) > 0 && parent.Elts[0] == ast.Expr(lit) && c.isInvocation(parent) {
			return "service"
		}
	}
	return ""
}

func (c *Cursor) isInvocation(n ast.Node) bool {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return false
	}
	t, ok := types.Unalias(c.Package.Info.TypeOf(lit)).(*types.Named)
	return ok && t.Obj().Name() == "Invocation" && t.Obj().Pkg() != nil && t.Obj().Pkg().Path() == sdkPath
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
