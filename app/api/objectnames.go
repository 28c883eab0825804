package api

import (
	"cmp"
	"context"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
	"mortise/runtime/worker"
)

// mention is a place that names an object.
type mention struct {
	at   fault.Position
	what string // who names it, in words
	text string // what stands there: the name, or in an environment the folder and the name
	code bool   // it is Go source
}

// mentions returns the places that name an object, in the order of files.
func (o *opened) mentions(ctx context.Context, kind, name string) ([]mention, error) {
	p, _ := o.Load(ctx) // what cannot be read names nothing
	if p == nil {
		return nil, nil
	}
	out, err := o.mentionsInFiles(p, kind, name)
	if err != nil {
		return nil, err
	}
	if kind == config.Connection {
		checked := o.Checker.Check(ctx, p.Source)
		for _, u := range checked.Uses {
			if u.Name == name && namesConnection(u) {
				out = append(out, mention{at: u.At, what: userOf(checked, u), text: name, code: true})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b mention) int {
		return cmp.Or(strings.Compare(a.at.File, b.at.File), cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	return out, nil
}

// namesConnection reports whether a name in the source is that of a connection.
func namesConnection(u worker.Use) bool {
	return u.Family != "service" && u.Family != "secret" && u.Family != "config"
}

// userOf says in words where a name stands in the source.
func userOf(p *check.Project, u worker.Use) string {
	for _, s := range p.Services {
		if s.Name == u.In {
			return "service " + u.In
		}
	}
	return u.In
}

// mentionsInFiles returns the places in files of objects and environments.
func (o *opened) mentionsInFiles(p *config.Project, kind, name string) ([]mention, error) {
	var out []mention
	for _, d := range p.Documents {
		text, err := o.ReadFile(d.File, spec.MaxDocument)
		if err != nil {
			return nil, err
		}
		node, faults := spec.Parse(text, d.File)
		if len(faults) > 0 {
			continue // an environment aside, it could be read a moment ago
		}
		out = append(out, named(node, d.File, d.Kind, d.Type, kind, name, noun(d.Kind)+" "+strconv.Quote(d.Name))...)
	}
	names, err := o.ListFolder(environmentsFolder, ".yaml", 1000)
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		text, err := o.ReadFile(file, spec.MaxDocument)
		if err != nil {
			return nil, err
		}
		if node, faults := spec.Parse(text, file); len(faults) == 0 {
			out = append(out, namedInEnvironment(p, node, file, kind, name)...)
		}
	}
	return out, nil
}

// named returns the places where the settings of one object name another.
func named(node *yaml.Node, file, ofKind, ofType, kind, name, what string) []mention {
	c, ok := newConfig(ofKind, ofType)
	if !ok {
		return nil
	}
	var out []mention
	for _, key := range refsTo(spec.Describe(c), kind, "") {
		if n := valueAt(node, key); n != nil && n.Kind == yaml.ScalarNode && n.Value == name {
			out = append(out, mention{at: fault.Position{File: file, Line: n.Line, Column: n.Column}, what: what, text: name})
		}
	}
	return out
}

// refsTo returns the paths of the fields that name objects of a kind.
func refsTo(fields []spec.FieldInfo, kind, prefix string) []string {
	var out []string
	for _, f := range fields {
		switch {
		case f.Kind == spec.KindRef && f.Of == kind:
			out = append(out, prefix+f.Key)
		case f.Kind == spec.KindGroup:
			out = append(out, refsTo(f.Fields, kind, prefix+f.Key+".")...)
		}
	}
	return out
}

// namedInEnvironment returns the places where an environment names an object: as
// what it changes, and in what it changes of others.
func namedInEnvironment(p *config.Project, node *yaml.Node, file, kind, name string) []mention {
	objects := valueAt(node, "objects")
	if objects == nil || objects.Kind != yaml.MappingNode {
		return nil
	}
	what := "environment " + strconv.Quote(config.NameOfFile(file))
	var out []mention
	for i := 0; i+1 < len(objects.Content); i += 2 {
		key := follow(objects.Content[i])
		folder, of, _ := strings.Cut(key.Value, "/")
		ofKind := config.KindOfFolder(folder)
		if ofKind == kind && of == name {
			out = append(out, mention{at: fault.Position{File: file, Line: key.Line, Column: key.Column}, what: what, text: key.Value})
		}
		if d, ok := p.Find(ofKind, of); ok {
			out = append(out, named(objects.Content[i+1], file, ofKind, d.Type, kind, name, what)...)
		}
	}
	return out
}

// follower makes the files that name an object name it anew.
type follower struct {
	o        *opened
	kind     string
	from, to string
	checked  *check.Project // nil where no source names it
	files    map[string][]byte
}

// renamed returns the files that name an object as they are when it has another
// name. The error says what names it in a way that cannot follow.
func (o *opened) renamed(ctx context.Context, kind, from, to string) (map[string][]byte, error) {
	mentions, err := o.mentions(ctx, kind, from)
	if err != nil {
		return nil, err
	}
	f := follower{o: o, kind: kind, from: from, to: to, files: map[string][]byte{}}
	places := map[string][]splice{}
	for _, m := range mentions {
		text, err := f.text(m.at.File)
		if err != nil {
			return nil, err
		}
		var s splice
		ok := false
		if m.code {
			if f.checked == nil {
				if p, _ := o.Load(ctx); p != nil {
					f.checked = o.Checker.Check(ctx, p.Source)
				}
			}
			var file string
			if file, s, ok = f.inSource(m); ok && !slices.Contains(places[file], s) {
				places[file] = append(places[file], s)
			}
		} else if s, ok = inYAML(text, m, strings.TrimSuffix(m.text, from)+to); ok {
			places[m.at.File] = append(places[m.at.File], s)
		}
		if !ok {
			return nil, fault.New(fault.Conflict, "object.rename", "%s names it in a way that cannot be changed with it", m.what).
				WithHint("change it at %s by hand, or leave the name", m.at).WithAt(m.at)
		}
	}
	for file, all := range places {
		f.files[file] = applied(f.files[file], all)
	}
	return f.files, nil
}

// text returns a file, which is read once.
func (f *follower) text(file string) ([]byte, error) {
	if text, ok := f.files[file]; ok {
		return text, nil
	}
	text, err := f.o.ReadFile(file, maxGo)
	if err == nil {
		f.files[file] = text
	}
	return text, err
}

// maxGo bounds a Go file, in bytes.
const maxGo = 4 << 20

// splice puts a text in the place of a part of a file.
type splice struct {
	from, to int // bytes
	text     string
}

// applied returns a text with all its splices.
func applied(text []byte, all []splice) []byte {
	slices.SortFunc(all, func(a, b splice) int { return cmp.Compare(b.from, a.from) })
	for _, s := range all {
		text = slices.Concat(text[:s.from], []byte(s.text), text[s.to:])
	}
	return text
}

// inYAML returns how a name in a document becomes another one: in the quotes that
// it has, or plain.
func inYAML(text []byte, m mention, to string) (splice, bool) {
	at, ok := offset(text, m.at.Line, m.at.Column)
	if !ok {
		return splice{}, false
	}
	rest := string(text[at:])
	for _, quote := range []string{`"`, `'`} {
		if old := quote + m.text + quote; strings.HasPrefix(rest, old) {
			return splice{at, at + len(old), quote + to + quote}, true
		}
	}
	after, ok := strings.CutPrefix(rest, m.text)
	if !ok || after != "" && strings.IndexByte(" \t\r\n,}]:", after[0]) < 0 {
		return splice{}, false
	}
	written, err := spec.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: to})
	if err != nil {
		return splice{}, false
	}
	return splice{at, at + len(m.text), strings.TrimSuffix(string(written), "\n")}, true
}

// offset returns where a line and a column of letters are in a text.
func offset(text []byte, line, column int) (int, bool) {
	at := 0
	for ; line > 1; line-- {
		i := slices.Index(text[at:], '\n')
		if i < 0 {
			return 0, false
		}
		at += i + 1
	}
	rest := string(text[at:])
	for i := range rest {
		if column--; column == 0 {
			return at + i, true
		}
	}
	return 0, false
}

// inSource returns the file and the place of the literal that a name in the source
// comes from: it stands there itself, or a constant of the project does that has
// no other value.
func (f *follower) inSource(m mention) (string, splice, bool) {
	if f.checked == nil {
		return "", splice{}, false
	}
	for _, pkg := range f.checked.Packages {
		if pkg.Vendored || pkg.Dir != path.Dir(m.at.File) {
			continue
		}
		for _, file := range pkg.Files {
			if file.Name != m.at.File {
				continue
			}
			if lit := f.literal(pkg, file.AST, m.at); lit != nil {
				return f.quoted(lit.pkg, lit.lit)
			}
		}
	}
	return "", splice{}, false
}

// placed is a literal and the package that it stands in.
type placed struct {
	pkg *check.Package
	lit *ast.BasicLit
}

// literal returns the literal that an expression at a place has its value from.
func (f *follower) literal(pkg *check.Package, file *ast.File, at fault.Position) *placed {
	var out *placed
	ast.Inspect(file, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if out != nil || !ok || pkg.Position(e.Pos()) != at {
			return out == nil
		}
		switch e := ast.Unparen(e).(type) {
		case *ast.BasicLit:
			out = &placed{pkg, e}
		case *ast.Ident:
			out = f.constant(pkg.Info.Uses[e])
		case *ast.SelectorExpr:
			out = f.constant(pkg.Info.Uses[e.Sel])
		}
		return out == nil
	})
	return out
}

// constant returns the literal that a constant of the project is declared with.
func (f *follower) constant(obj types.Object) *placed {
	c, ok := obj.(*types.Const)
	if !ok || c.Pkg() == nil || c.Val().Kind() != constant.String {
		return nil
	}
	pkg := f.checked.Package(c.Pkg().Path())
	if pkg == nil || pkg.Vendored {
		return nil
	}
	var out *placed
	for _, file := range pkg.Files {
		ast.Inspect(file.AST, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return out == nil
			}
			for i, name := range v.Names {
				if name.Pos() == c.Pos() && i < len(v.Values) {
					if lit, ok := ast.Unparen(v.Values[i]).(*ast.BasicLit); ok {
						out = &placed{pkg, lit}
					}
				}
			}
			return out == nil
		})
	}
	return out
}

// quoted returns how a literal that is the name becomes the new one.
func (f *follower) quoted(pkg *check.Package, lit *ast.BasicLit) (string, splice, bool) {
	if value, err := strconv.Unquote(lit.Value); err != nil || value != f.from || lit.Kind != token.STRING {
		return "", splice{}, false
	}
	at := pkg.Fset.PositionFor(lit.Pos(), false)
	text, err := f.text(at.Filename)
	if err != nil || at.Offset+len(lit.Value) > len(text) || string(text[at.Offset:at.Offset+len(lit.Value)]) != lit.Value {
		return "", splice{}, false
	}
	return at.Filename, splice{at.Offset, at.Offset + len(lit.Value), strconv.Quote(f.to)}, true
}
