package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Completion is one thing that could stand at a cursor.
type Completion struct {
	Label   string
	Kind    string // "function", "method", "field", "variable", "constant", "type", "struct", "interface", "package", "keyword", "snippet", "name"
	Detail  string // its type, or where it comes from
	Doc     string
	Insert  string // what is inserted, in the form of snippets; "" is Label
	Imports string // the import path that has to be added; "" is none
	Rank    int    // smaller is nearer
	Object  types.Object
}

// Completions are what could stand at a cursor, nearest first.
type Completions struct {
	Items []Completion
	At    Span // what is replaced
	More  bool // there are others
}

// maxCompletions is how many are returned at most.
const maxCompletions = 200

// Complete returns what could stand at the cursor of a probe. Names in quotes are
// not among them: StringAt says of what they are.
func (c *Checker) Complete(cur *Cursor) Completions {
	typed, at := cur.prefix()
	k := &completer{c: c, cur: cur, typed: typed, seen: map[string]bool{}}
	k.called = cur.Offset < len(cur.File.Source) && at.End < len(cur.File.Source) && strings.HasPrefix(strings.TrimPrefix(string(cur.File.Source[at.End:min(len(cur.File.Source), at.End+len(placeholder)+1)]), placeholder), "(")
	if !cur.inComment() {
		k.collect()
	}
	slices.SortStableFunc(k.out, func(a, b Completion) int {
		if a.Rank != b.Rank {
			return a.Rank - b.Rank
		}
		return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	out := Completions{Items: k.out, At: at}
	if len(out.Items) > maxCompletions {
		out.Items, out.More = out.Items[:maxCompletions], true
	}
	return out
}

func (c *Cursor) inComment() bool {
	for _, g := range c.File.AST.Comments {
		for _, comment := range g.List {
			if comment.Pos() < c.pos && (c.pos <= comment.End() && comment.Text[1] == '/' || c.pos < comment.End()) {
				return true
			}
		}
	}
	return false
}

// completer collects.
type completer struct {
	c      *Checker
	cur    *Cursor
	typed  string
	called bool // brackets stand behind the name already
	seen   map[string]bool
	out    []Completion
}

func (k *completer) collect() {
	cur := k.cur
	if lit, ok := cur.node(0).(*ast.BasicLit); ok && (lit.Kind != token.STRING || cur.pos > lit.Pos()) {
		return
	}
	if sel := cur.selector(); sel != nil {
		k.selected(sel)
		return
	}
	if cur.naming() {
		return
	}
	if cur.topLevel() {
		k.topLevel()
		return
	}
	if k.keys() {
		return
	}
	k.scope()
	k.words()
	k.packages()
}

// selector returns the selector whose name is being typed.
func (c *Cursor) selector() *ast.SelectorExpr {
	for i := range 2 {
		if sel, ok := c.node(i).(*ast.SelectorExpr); ok && sel.X.End() < c.pos {
			return sel
		}
	}
	return nil
}

// naming reports whether a new name is being given at the cursor, which nobody can
// guess.
func (c *Cursor) naming() bool {
	id, ok := c.node(0).(*ast.Ident)
	if !ok {
		return false
	}
	switch parent := c.node(1).(type) {
	case *ast.FuncDecl, *ast.TypeSpec:
		_, isType := parent.(*ast.TypeSpec)
		return !isType || parent.(*ast.TypeSpec).Name == id
	case *ast.Field:
		return slices.Contains(parent.Names, id)
	case *ast.ValueSpec:
		return slices.Contains(parent.Names, id)
	case *ast.AssignStmt:
		return parent.Tok == token.DEFINE && slices.Contains(parent.Lhs, ast.Expr(id))
	case *ast.File:
		return parent.Name == id
	}
	return false
}

// topLevel reports whether the cursor is outside of all declarations.
func (c *Cursor) topLevel() bool {
	for _, n := range c.path {
		switch n.(type) {
		case *ast.BadDecl, *ast.File:
			return true
		case ast.Decl:
			return false
		}
	}
	return true
}

func (k *completer) add(item Completion) {
	name := item.Label + " " + item.Imports
	if k.seen[name] || strings.Contains(item.Label, placeholder) {
		return
	}
	score, ok := match(item.Label, k.typed)
	if !ok {
		return
	}
	k.seen[name] = true
	item.Rank += score
	k.out = append(k.out, item)
}

// match reports whether the letters that were typed stand in a name in this order,
// from its first on, and how well they fit: 0 is best.
func match(name, typed string) (score int, ok bool) {
	if strings.HasPrefix(name, typed) {
		return 0, true
	}
	lower, want := strings.ToLower(name), strings.ToLower(typed)
	if strings.HasPrefix(lower, want) {
		return 1, true
	}
	if i := strings.Index(lower, want); i > 0 && (unicode.IsUpper(rune(name[i])) || name[i-1] == '_') {
		return 3, true
	}
	if want == "" || lower == "" || lower[0] != want[0] {
		return 0, false
	}
	i := 0
	for _, r := range want {
		j := strings.IndexRune(lower[i:], r)
		if j < 0 {
			return 0, false
		}
		i += j + utf8.RuneLen(r)
	}
	return 5, true
}

// object adds an object.
func (k *completer) object(o types.Object, rank int, imports string) {
	item := Completion{Label: o.Name(), Rank: rank, Object: o, Imports: imports}
	q := qualify(k.cur.Package.Types)
	switch o := o.(type) {
	case *types.Func:
		item.Kind = "function"
		if o.Signature().Recv() != nil {
			item.Kind = "method"
		}
		item.Detail = strings.TrimPrefix(types.TypeString(o.Type(), q), "func")
		item.Insert = k.call(o.Name(), o.Signature())
	case *types.Var:
		item.Kind = "variable"
		if o.IsField() {
			item.Kind = "field"
		}
		item.Detail = types.TypeString(o.Type(), q)
		if f, ok := o.Type().Underlying().(*types.Signature); ok && !o.IsField() {
			item.Insert = k.call(o.Name(), f)
		}
	case *types.Const:
		item.Kind = "constant"
		item.Detail = types.TypeString(o.Type(), q)
	case *types.TypeName:
		item.Kind, item.Detail = kindOfType(o)
	case *types.PkgName:
		item.Kind, item.Detail = "package", o.Imported().Path()
	case *types.Builtin:
		item.Kind = "function"
		item.Detail = "built in"
		if !k.called {
			item.Insert = o.Name() + "(${1})"
		}
	case *types.Nil:
		item.Kind = "constant"
	default:
		return
	}
	item.Doc = k.docOf(o)
	k.add(item)
}

func kindOfType(o *types.TypeName) (kind, detail string) {
	if o.Pkg() == nil {
		return "type", "built in"
	}
	switch u := o.Type().Underlying().(type) {
	case *types.Struct:
		return "struct", "struct"
	case *types.Interface:
		return "interface", "interface"
	default:
		return "type", types.TypeString(u, qualify(o.Pkg()))
	}
}

// call returns the snippet that calls a function, the cursor between the brackets
// where it takes something.
func (k *completer) call(name string, f *types.Signature) string {
	switch {
	case k.called:
		return ""
	case f.Params().Len() == 0:
		return name + "()"
	}
	return name + "(${1})"
}

// docOf returns the comment of an object of the project.
func (k *completer) docOf(o types.Object) string {
	if o.Pkg() == k.cur.Package.Types {
		if doc := k.cur.Package.doc(o.Pos()); doc != "" {
			return doc
		}
		if old := k.cur.Project.Package(k.cur.Package.Path); old != nil {
			return old.doc(o.Pos())
		}
		return ""
	}
	if home := k.cur.Project.home(o); home != nil {
		return home.doc(o.Pos())
	}
	return ""
}

// selected adds what can stand behind a dot.
func (k *completer) selected(sel *ast.SelectorExpr) {
	info := k.cur.Package.Info
	if id, ok := sel.X.(*ast.Ident); ok {
		if p, ok := info.Uses[id].(*types.PkgName); ok {
			k.exported(p.Imported(), 0, "")
			return
		}
		if info.Uses[id] == nil {
			for _, importPath := range k.c.candidates(k.cur.Project, k.cur.Package.Path, id.Name, "") {
				if p := k.c.typesOf(k.cur.Project, importPath); p != nil {
					k.exported(p, 0, importPath)
				}
			}
			return
		}
	}
	tv, ok := info.Types[sel.X]
	if !ok || tv.Type == nil {
		return
	}
	k.members(tv.Type)
}

// exported adds the exported objects of a package.
func (k *completer) exported(p *types.Package, rank int, imports string) {
	for _, name := range p.Scope().Names() {
		if token.IsExported(name) {
			k.object(p.Scope().Lookup(name), rank, imports)
		}
	}
}

// members adds fields and methods of a type, those of embedded ones behind its own.
func (k *completer) members(t types.Type) {
	own := k.cur.Package.Types
	visible := func(o types.Object) bool { return o.Exported() || o.Pkg() != nil && o.Pkg().Path() == own.Path() }
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if !types.IsInterface(t) {
		set := types.NewMethodSet(types.NewPointer(t))
		for m := range set.Methods() {
			if visible(m.Obj()) {
				k.object(m.Obj(), 2*(len(m.Index())-1), "")
			}
		}
	} else {
		set := types.NewMethodSet(t)
		for m := range set.Methods() {
			if visible(m.Obj()) {
				k.object(m.Obj(), 0, "")
			}
		}
	}
	level := []types.Type{t}
	known := map[types.Type]bool{}
	for depth := 0; len(level) > 0 && depth < 8; depth++ {
		var next []types.Type
		for _, t := range level {
			s, ok := t.Underlying().(*types.Struct)
			if !ok || known[t] {
				continue
			}
			known[t] = true
			for f := range s.Fields() {
				if visible(f) {
					k.object(f, 2*depth, "")
				}
				if f.Embedded() {
					e, _ := deref(f.Type())
					next = append(next, e)
				}
			}
		}
		level = next
	}
}

// keys adds the fields of a struct whose literal the cursor is in; true where
// nothing else can stand there.
func (k *completer) keys() bool {
	i := 0
	if _, ok := k.cur.node(0).(*ast.Ident); ok {
		i = 1
	}
	lit, ok := k.cur.node(i).(*ast.CompositeLit)
	if !ok || k.cur.pos <= lit.Lbrace {
		return false
	}
	t := k.cur.Package.Info.TypeOf(lit)
	if t == nil {
		return false
	}
	t, _ = deref(t)
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	set, keyed := map[string]bool{}, false
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			keyed = true
			if key, ok := kv.Key.(*ast.Ident); ok {
				set[key.Name] = true
			}
		}
	}
	for f := range s.Fields() {
		if set[f.Name()] || !f.Exported() && f.Pkg() != nil && f.Pkg().Path() != k.cur.Package.Path {
			continue
		}
		k.add(Completion{
			Label: f.Name(), Kind: "field", Detail: types.TypeString(f.Type(), k.cur.qualifier()), Insert: f.Name() + ": ${1}", Doc: k.docOf(f), Rank: -10, Object: f,
		})
	}
	return keyed
}

// scope adds the names that can be used at the cursor.
func (k *completer) scope() {
	pkg := k.cur.Package
	inner := pkg.Types.Scope().Innermost(k.cur.pos)
	if inner == nil {
		inner = pkg.Info.Scopes[k.cur.File.AST]
	}
	for s, rank := inner, 0; s != nil; s, rank = s.Parent(), min(rank+1, 6) {
		if s == types.Universe {
			rank = 12
		}
		for _, name := range s.Names() {
			o := s.Lookup(name)
			if o == nil || name == "_" || name == "init" {
				continue
			}
			if s != pkg.Types.Scope() && o.Pos() > k.cur.pos && s != types.Universe {
				continue // a local name is known from its declaration on
			}
			k.object(o, rank, "")
		}
	}
}

// packages adds the packages that are not imported yet.
func (k *completer) packages() {
	if k.typed == "" {
		return
	}
	imported := map[string]bool{}
	for _, spec := range k.cur.File.AST.Imports {
		imported[strings.Trim(spec.Path.Value, "\"`")] = true
	}
	for _, p := range k.cur.Project.Packages {
		if p.Path != k.cur.Package.Path && !imported[p.Path] && p.Name != "main" && p.Name != "" && mayImport(k.cur.Package.Path, p.Path) {
			k.add(Completion{Label: p.Name, Kind: "package", Detail: p.Path, Imports: p.Path, Rank: 14})
		}
	}
	for _, e := range k.c.library.Packages() {
		if !imported[e.Path] && importable(e.Path) && strings.HasPrefix(e.Name, strings.ToLower(k.typed)) {
			k.add(Completion{Label: e.Name, Kind: "package", Detail: e.Path, Imports: e.Path, Rank: 16 + strings.Count(e.Path, "/")})
		}
	}
}

// importable reports whether services may import a package of the library.
func importable(p string) bool {
	return p != "unsafe" && !strings.Contains("/"+p+"/", "/internal/") && !strings.HasPrefix(p, "vendor/") && path.Base(p) != "main"
}
