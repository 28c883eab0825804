package check

import (
	"go/ast"
	"go/types"
	"strings"
)

// Hover is what is known of the name at a cursor.
type Hover struct {
	Code   string // its declaration, in Go
	Doc    string // its comment; "" where there is none
	At     Span
	Object types.Object
}

// Hover returns what is known of the name at the cursor; false where there is none.
func (c *Cursor) Hover() (Hover, bool) {
	o, id := c.object()
	if o == nil {
		return Hover{}, false
	}
	h := Hover{Code: c.declaration(o), At: c.Package.span(id), Object: o}
	if home := c.Project.home(o); home != nil {
		h.Doc = home.doc(o.Pos())
	}
	if p, ok := o.(*types.PkgName); ok {
		if pkg := c.Project.Package(p.Imported().Path()); pkg != nil {
			h.Doc = pkg.Doc()
		}
	}
	return h, true
}

// Doc returns the package comment.
func (p *Package) Doc() string {
	for _, f := range p.Files {
		if doc := text(f.AST.Doc); doc != "" {
			return doc
		}
	}
	return ""
}

// maxFields is how many fields of a struct a hover shows.
const maxFields = 20

// declaration writes an object as its source would.
func (c *Cursor) declaration(o types.Object) string {
	q := c.qualifier()
	switch o := o.(type) {
	case *types.PkgName:
		return "package " + o.Imported().Name() + " // import \"" + o.Imported().Path() + "\""
	case *types.TypeName:
		return typeDeclaration(o, q)
	case *types.Var:
		if o.IsField() {
			name := Owner(o)
			if name != "" {
				name += "."
			}
			return "field " + name + o.Name() + " " + types.TypeString(o.Type(), q)
		}
		return "var " + o.Name() + " " + types.TypeString(o.Type(), q)
	case *types.Const:
		return "const " + o.Name() + " " + types.TypeString(o.Type(), q) + " = " + o.Val().String()
	case *types.Builtin:
		return "func " + o.Name() + " // built in"
	case *types.Nil:
		return "nil"
	}
	return types.ObjectString(o, q)
}

func typeDeclaration(o *types.TypeName, q types.Qualifier) string {
	name := o.Name()
	if o.Pkg() != nil && q(o.Pkg()) != "" {
		name = q(o.Pkg()) + "." + name
	}
	if o.IsAlias() {
		return "type " + name + " = " + types.TypeString(types.Unalias(o.Type()), q)
	}
	s, ok := o.Type().Underlying().(*types.Struct)
	if !ok {
		return "type " + name + " " + types.TypeString(o.Type().Underlying(), q)
	}
	var b strings.Builder
	b.WriteString("type " + name + " struct {")
	n := 0
	for i := range s.NumFields() {
		f := s.Field(i)
		if !f.Exported() && q(f.Pkg()) != "" {
			continue
		}
		if n++; n > maxFields {
			b.WriteString("\n\t// …")
			break
		}
		b.WriteString("\n\t" + f.Name() + " " + types.TypeString(f.Type(), q))
		if tag := s.Tag(i); tag != "" {
			b.WriteString(" `" + tag + "`")
		}
	}
	if n > 0 {
		b.WriteString("\n")
	}
	b.WriteString("}")
	return b.String()
}

// Signature is the function that is called at a cursor.
type Signature struct {
	Label  string   // "Get(query JSON, options ...Option) *Answer"
	Params []string // each as it stands in Label
	Active int      // which of them is being typed
	Doc    string
	Object types.Object // nil where a value is called
}

// Signature returns the function in whose brackets the cursor of a probe is.
func (c *Checker) Signature(cur *Cursor) (Signature, bool) {
	for i, n := range cur.path {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			if _, ok := n.(*ast.FuncLit); ok {
				return Signature{}, false
			}
			continue
		}
		if cur.pos <= call.Lparen || call.Rparen.IsValid() && cur.pos > call.Rparen || i == len(cur.path)-1 {
			continue
		}
		t := cur.Package.Info.TypeOf(call.Fun)
		if t == nil {
			continue
		}
		f, ok := t.Underlying().(*types.Signature)
		if !ok {
			continue
		}
		return c.signature(cur, call, f), true
	}
	return Signature{}, false
}

func (c *Checker) signature(cur *Cursor, call *ast.CallExpr, f *types.Signature) Signature {
	q := cur.qualifier()
	var s Signature
	name := "func"
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name, s.Object = fun.Name, cur.Package.Info.Uses[fun]
	case *ast.SelectorExpr:
		name, s.Object = fun.Sel.Name, cur.Package.Info.Uses[fun.Sel]
	}
	for i := range f.Params().Len() {
		v := f.Params().At(i)
		typ := types.TypeString(v.Type(), q)
		if f.Variadic() && i == f.Params().Len()-1 {
			typ = "..." + strings.TrimPrefix(typ, "[]")
		}
		s.Params = append(s.Params, strings.TrimSpace(v.Name()+" "+typ))
	}
	results := ""
	if f.Results().Len() > 0 {
		results = " " + types.TypeString(f.Results(), q)
		if f.Results().Len() == 1 && f.Results().At(0).Name() == "" {
			results = " " + types.TypeString(f.Results().At(0).Type(), q)
		}
	}
	s.Label = name + "(" + strings.Join(s.Params, ", ") + ")" + results
	for _, a := range call.Args {
		if a.End() < cur.pos {
			s.Active++
		}
	}
	if n := len(call.Args); n > 0 && s.Active == n && !strings.Contains(string(cur.File.Source[cur.Package.span(call.Args[n-1]).End:cur.Offset]), ",") {
		s.Active-- // right behind the last one
	}
	if s.Active = min(s.Active, len(s.Params)-1); s.Active < 0 {
		s.Active = 0
	}
	if s.Object != nil {
		k := completer{c: c, cur: cur}
		s.Doc = k.docOf(s.Object)
	}
	return s
}
