package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"

	"mortise/runtime/fault"
)

// Fix is one way to put something right.
type Fix struct {
	Title string
	For   *fault.Error // what it puts right; nil where nothing is wrong
	Best  bool         // it is what is meant most of the time
	Edits []Edit
}

var meant = regexp.MustCompile(`did you mean "([^"]+)"\?`)

// Fixes returns what could be done about the faults of a file between two bytes, and
// with what stands there.
func (c *Checker) Fixes(p *Project, name string, from, to int) []Fix {
	cur, ok := p.At(name, from)
	if !ok {
		return nil
	}
	var out []Fix
	for _, f := range cur.Package.Faults {
		if f.At.File != name {
			continue
		}
		at, ok := p.At(name, cur.offset(f.At))
		if !ok {
			continue
		}
		if line := lineOf(at.File.Source, at.Offset); line.End < from || to < line.Start {
			continue
		}
		for _, fix := range c.fixesOf(at, f) {
			fix.For = f
			out = append(out, fix)
		}
	}
	if fix, ok := cur.optional(); ok {
		out = append(out, fix)
	}
	return out
}

// offset returns the byte of the cursor's file at a place.
func (c *Cursor) offset(at fault.Position) int {
	f := c.Package.Fset.File(c.File.AST.FileStart)
	if f == nil || at.Line < 1 || at.Line > f.LineCount() {
		return 0
	}
	return min(int(f.LineStart(at.Line))-f.Base()+max(at.Column, 1)-1, len(c.File.Source))
}

// lineOf returns the line round a byte, without its end.
func lineOf(src []byte, offset int) Span {
	s := Span{Start: offset, End: offset}
	for s.Start > 0 && src[s.Start-1] != '\n' {
		s.Start--
	}
	for s.End < len(src) && src[s.End] != '\n' {
		s.End++
	}
	return s
}

func (c *Checker) fixesOf(cur *Cursor, f *fault.Error) []Fix {
	switch f.Code {
	case "go.unused-import":
		return cur.removeImport()
	case "go.unused-var":
		return cur.unusedVar()
	case "go.undeclared-name":
		if fixes := c.importFixes(cur); len(fixes) > 0 {
			return fixes
		}
		return append(cur.meantFix(f), cur.declareFix(f)...)
	case "go.no-new-var":
		return cur.assignFix()
	case "go.missing-return":
		return cur.returnFix()
	}
	return cur.meantFix(f)
}

// importFixes offers the packages that a name in front of a dot may be.
func (c *Checker) importFixes(cur *Cursor) []Fix {
	id, ok := cur.node(0).(*ast.Ident)
	if !ok {
		return nil
	}
	sel, ok := cur.node(1).(*ast.SelectorExpr)
	if !ok || sel.X != ast.Expr(id) {
		return nil
	}
	var out []Fix
	for i, p := range c.candidates(cur.Project, cur.Package.Path, id.Name, sel.Sel.Name) {
		if edits := AddImport(cur.File.Name, cur.File.Source, p); len(edits) > 0 {
			out = append(out, Fix{Title: fmt.Sprintf("Import %q", p), Edits: edits, Best: i == 0})
		}
	}
	return out
}

func (c *Cursor) removeImport() []Fix {
	for _, spec := range c.unusedImports() {
		at := c.Package.span(spec)
		if c.Offset < at.Start || at.End < c.Offset {
			continue
		}
		line := c.wholeLine(at)
		for _, d := range c.File.AST.Decls {
			if g, ok := d.(*ast.GenDecl); ok && len(g.Specs) == 1 && g.Specs[0] == ast.Spec(spec) {
				line = c.wholeLine(c.Package.span(g))
			}
		}
		return []Fix{{Title: "Remove the import " + spec.Path.Value, Best: true, Edits: []Edit{{line, ""}}}}
	}
	return nil
}

// wholeLine widens a stretch to its lines where nothing else stands on them.
func (c *Cursor) wholeLine(at Span) Span {
	src := c.File.Source
	first, last := lineOf(src, at.Start), lineOf(src, at.End)
	if strings.TrimSpace(string(src[first.Start:at.Start])) != "" || strings.TrimSpace(string(src[at.End:last.End])) != "" {
		return at
	}
	at.Start, at.End = first.Start, min(last.End+1, len(src))
	return at
}

func (c *Cursor) unusedVar() []Fix {
	id, ok := c.node(0).(*ast.Ident)
	if !ok {
		return nil
	}
	blank := Fix{Title: fmt.Sprintf("Throw the value of %q away with _", id.Name)}
	remove := Fix{Title: fmt.Sprintf("Remove the variable %q", id.Name), Best: true}
	switch parent := c.node(1).(type) {
	case *ast.AssignStmt:
		if parent.Tok != token.DEFINE {
			return nil
		}
		others := slices.ContainsFunc(parent.Lhs, func(e ast.Expr) bool {
			x, ok := e.(*ast.Ident)
			return ok && x != id && x.Name != "_" && c.Package.Info.Defs[x] != nil
		})
		blank.Edits = []Edit{{c.Package.span(id), "_"}}
		if !others {
			op := c.Package.stretch(parent.TokPos, parent.TokPos+2)
			blank.Edits = append(blank.Edits, Edit{op, "="})
		}
		if len(parent.Lhs) == 1 && len(parent.Rhs) == 1 && harmless(parent.Rhs[0]) {
			remove.Edits = []Edit{{c.wholeLine(c.Package.span(parent)), ""}}
			return []Fix{remove, blank}
		}
		blank.Best = true
		return []Fix{blank}
	case *ast.ValueSpec:
		if decl, ok := c.node(2).(*ast.GenDecl); ok && len(parent.Names) == 1 && len(decl.Specs) == 1 {
			remove.Edits = []Edit{{c.wholeLine(c.Package.span(decl)), ""}}
			return []Fix{remove}
		}
	case *ast.RangeStmt:
		blank.Best, blank.Edits = true, []Edit{{c.Package.span(id), "_"}}
		return []Fix{blank}
	}
	return nil
}

// harmless reports whether an expression does nothing but have a value.
func harmless(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		}
		return ok
	})
	return ok
}

// meantFix replaces a name by the one that the fault's hint asks about.
func (c *Cursor) meantFix(f *fault.Error) []Fix {
	m := meant.FindStringSubmatch(f.Hint)
	if m == nil {
		return nil
	}
	fix := Fix{Title: fmt.Sprintf("Change to %q", m[1]), Best: true}
	switch n := c.node(0).(type) {
	case *ast.Ident:
		if sel, ok := c.node(1).(*ast.SelectorExpr); ok && sel.X == ast.Expr(n) && f.Code != "go.undeclared-name" {
			n = sel.Sel
		}
		fix.Edits = []Edit{{c.Package.span(n), m[1]}}
	case *ast.SelectorExpr:
		fix.Edits = []Edit{{c.Package.span(n.Sel), m[1]}}
	case *ast.BasicLit:
		if n.Kind != token.STRING {
			return nil
		}
		fix.Edits = []Edit{{c.Package.span(n), strconv.Quote(m[1])}}
	default:
		return nil
	}
	return []Fix{fix}
}

// declareFix makes := of = where a name gets its first value.
func (c *Cursor) declareFix(f *fault.Error) []Fix {
	as, ok := c.node(1).(*ast.AssignStmt)
	if !ok || as.Tok != token.ASSIGN || !strings.Contains(f.Hint, ":=") {
		return nil
	}
	return []Fix{{Title: "Declare it with :=", Best: true, Edits: []Edit{{c.Package.stretch(as.TokPos, as.TokPos+1), ":="}}}}
}

func (c *Cursor) assignFix() []Fix {
	for _, n := range c.path {
		if as, ok := n.(*ast.AssignStmt); ok && as.Tok == token.DEFINE {
			return []Fix{{Title: "Write = instead of :=", Best: true, Edits: []Edit{{c.Package.stretch(as.TokPos, as.TokPos+2), "="}}}}
		}
	}
	return nil
}

// returnFix adds a return of zero values to the end of a function.
func (c *Cursor) returnFix() []Fix {
	for _, n := range c.path {
		fn, ok := n.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		o, ok := c.Package.Info.Defs[fn.Name].(*types.Func)
		if !ok {
			return nil
		}
		var zeros []string
		for v := range o.Signature().Results().Variables() {
			zeros = append(zeros, zeroOf(v.Type(), c.qualifier(), "0"))
		}
		at := c.Package.span(fn.Body).End - 1
		line := lineOf(c.File.Source, at)
		text := "\treturn " + strings.Join(zeros, ", ") + "\n"
		if line.Start < at && strings.TrimSpace(string(c.File.Source[line.Start:at])) != "" {
			text = "\n" + text
		} else {
			at = line.Start
		}
		return []Fix{{Title: "Return at the end", Best: true, Edits: []Edit{{Span{c.File.Name, at, at}, text}}}}
	}
	return nil
}

// optional offers to let callers leave a field of an input out.
func (c *Cursor) optional() (Fix, bool) {
	path, _ := astutil.PathEnclosingInterval(c.File.AST, c.pos, c.pos)
	for i, n := range path {
		field, ok := n.(*ast.Field)
		if !ok {
			continue
		}
		if i+2 >= len(path) || len(field.Names) != 1 || !field.Names[0].IsExported() {
			return Fix{}, false
		}
		if _, ok := path[i+2].(*ast.StructType); !ok {
			return Fix{}, false
		}
		return c.optionalField(field)
	}
	return Fix{}, false
}

func (c *Cursor) optionalField(field *ast.Field) (Fix, bool) {
	name := field.Names[0].Name
	fix := Fix{Title: fmt.Sprintf("Make the field %q optional", name)}
	if field.Tag == nil {
		end := c.Package.span(field.Type).End
		fix.Edits = []Edit{{Span{c.File.Name, end, end}, fmt.Sprintf(" `json:\"%s,omitempty\"`", snake(name))}}
		return fix, true
	}
	tag := field.Tag.Value
	start := strings.Index(tag, `json:"`)
	if start < 0 || strings.Contains(tag, "omitempty") || strings.Contains(tag, `json:"-"`) || tag[0] != '`' {
		return Fix{}, false
	}
	end := strings.IndexByte(tag[start+6:], '"')
	if end < 0 {
		return Fix{}, false
	}
	at := c.Package.span(field.Tag).Start + start + 6 + end
	fix.Edits = []Edit{{Span{c.File.Name, at, at}, ",omitempty"}}
	return fix, true
}

// snake writes a name as JSON of services has it: "AccountNo" is "account_no".
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
