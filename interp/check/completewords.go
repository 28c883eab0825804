package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// topSnippets are what stands outside of functions.
var topSnippets = []Completion{
	{Label: "func", Kind: "snippet", Detail: "function", Insert: "func ${1:name}(${2}) ${3} {\n\t${4}\n}"},
	{Label: "service", Kind: "snippet", Detail: "service with input and output", Insert: "// ${1:Name}In is what callers send.\ntype ${1:Name}In struct {\n\tName string `json:\"name\"`\n}\n\n// ${1:Name}Out is what they get.\ntype ${1:Name}Out struct {\n\tText string `json:\"text\"`\n}\n\n// ${1:Name} answers.\nfunc ${1:Name}(ctx *service.Context, in ${1:Name}In) (${1:Name}Out, error) {\n\treturn ${1:Name}Out{${2}}, nil\n}", Imports: sdkPath},
	{Label: "struct", Kind: "snippet", Detail: "type with fields", Insert: "type ${1:Name} struct {\n\t${2}\n}"},
	{Label: "type", Kind: "keyword"},
	{Label: "const", Kind: "keyword"},
	{Label: "var", Kind: "keyword"},
	{Label: "import", Kind: "keyword"},
}

// statements are what stands in functions.
var statements = []Completion{
	{Label: "iferr", Kind: "snippet", Detail: "return the error", Insert: "if err != nil {\n\treturn ${1:err}\n}"},
	{Label: "if", Kind: "snippet", Detail: "condition", Insert: "if ${1:condition} {\n\t${2}\n}"},
	{Label: "for", Kind: "snippet", Detail: "loop over a list", Insert: "for ${1:_}, ${2:v} := range ${3:list} {\n\t${4}\n}"},
	{Label: "fori", Kind: "snippet", Detail: "loop that counts", Insert: "for ${1:i} := range ${2:n} {\n\t${3}\n}"},
	{Label: "switch", Kind: "snippet", Detail: "one of several cases", Insert: "switch ${1:value} {\ncase ${2}:\n\t${3}\n}"},
	{Label: "return", Kind: "keyword"},
	{Label: "defer", Kind: "keyword"},
	{Label: "go", Kind: "keyword"},
	{Label: "break", Kind: "keyword"},
	{Label: "continue", Kind: "keyword"},
	{Label: "else", Kind: "keyword"},
	{Label: "case", Kind: "keyword"},
	{Label: "default", Kind: "keyword"},
	{Label: "var", Kind: "keyword"},
	{Label: "const", Kind: "keyword"},
	{Label: "select", Kind: "keyword"},
}

// values are what stands in expressions and types.
var values = []Completion{
	{Label: "func", Kind: "keyword"},
	{Label: "map", Kind: "keyword"},
	{Label: "struct", Kind: "keyword"},
	{Label: "interface", Kind: "keyword"},
	{Label: "range", Kind: "keyword"},
}

func (k *completer) topLevel() {
	for _, s := range topSnippets {
		if s.Imports != "" && k.imports(s.Imports) {
			s.Imports = ""
		}
		k.add(s)
	}
}

func (k *completer) imports(importPath string) bool {
	for _, spec := range k.cur.File.AST.Imports {
		if strings.Trim(spec.Path.Value, "\"`") == importPath {
			return true
		}
	}
	return false
}

// words adds keywords and snippets by the place where they stand.
func (k *completer) words() {
	if k.cur.statement() {
		for _, s := range statements {
			s.Rank = 8
			k.add(s)
		}
		k.contextSnippets()
	}
	if k.typed == "" {
		return
	}
	for _, s := range values {
		s.Rank = 13
		k.add(s)
	}
}

// statement reports whether a statement may begin at the cursor.
func (c *Cursor) statement() bool {
	switch c.node(0).(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		return true
	case *ast.Ident:
		switch c.node(1).(type) {
		case *ast.ExprStmt, *ast.BlockStmt, *ast.BadStmt:
			return true
		}
	case *ast.ExprStmt, *ast.BadStmt:
		return true
	}
	return false
}

// contextSnippets adds what services do most, with the name that the context has
// here.
func (k *completer) contextSnippets() {
	scope := k.cur.Package.Types.Scope().Innermost(k.cur.pos)
	for s := scope; s != nil; s = s.Parent() {
		for _, name := range s.Names() {
			v, ok := s.Lookup(name).(*types.Var)
			if !ok || v.Pos() == token.NoPos {
				continue
			}
			if t, _ := deref(v.Type()); !isContext(t) {
				continue
			}
			k.add(Completion{Label: "rest", Kind: "snippet", Detail: "call a system over REST", Rank: 7, Insert: "var ${1:answer} struct{ ${2} }\nif err := " + name + ".REST(\"${3}\").Get(nil).Into(&${1:answer}); err != nil {\n\treturn ${4:err}\n}"})
			k.add(Completion{Label: "call", Kind: "snippet", Detail: "call another service", Rank: 7, Insert: "var ${1:answer} struct{ ${2} }\nif err := " + name + ".Call(\"${3}\", ${4:nil}).Into(&${1:answer}); err != nil {\n\treturn ${5:err}\n}"})
			k.add(Completion{Label: "log", Kind: "snippet", Detail: "write to the log", Rank: 7, Insert: name + ".Log().Info(\"${1}\")"})
			return
		}
	}
}

// CompleteImport returns the packages that could be imported where a path is typed.
func (c *Checker) CompleteImport(cur *Cursor, typed string) []Completion {
	var out []Completion
	for _, p := range cur.Project.Packages {
		if p.Path != cur.Package.Path && p.Name != "main" && strings.Contains(p.Path, typed) && mayImport(cur.Package.Path, p.Path) {
			out = append(out, Completion{Label: p.Path, Kind: "package", Detail: "this project", Rank: 0})
		}
	}
	for _, e := range c.library.Packages() {
		if importable(e.Path) && strings.Contains(e.Path, typed) && len(out) < maxCompletions {
			out = append(out, Completion{Label: e.Path, Kind: "package", Rank: 1})
		}
	}
	return out
}

// candidates returns the import paths of packages that have a name and, where
// member is not "", an exported object of that name: those of the project first.
func (c *Checker) candidates(p *Project, from, name, member string) []string {
	var out []string
	has := func(importPath string) bool {
		t := c.typesOf(p, importPath)
		return t != nil && (member == "" || token.IsExported(member) && t.Scope().Lookup(member) != nil)
	}
	for _, pkg := range p.Packages {
		if pkg.Name == name && pkg.Path != from && mayImport(from, pkg.Path) && has(pkg.Path) {
			out = append(out, pkg.Path)
		}
	}
	if c.library == nil {
		return out
	}
	for _, importPath := range c.library.Named(name) {
		if importable(importPath) && has(importPath) {
			out = append(out, importPath)
		}
	}
	return out
}

// typesOf returns the types of a package of the project or the library; nil where
// there is none.
func (c *Checker) typesOf(p *Project, importPath string) *types.Package {
	if pkg := p.Package(importPath); pkg != nil {
		return pkg.Types
	}
	if c.library == nil || !c.library.Has(importPath) {
		return nil
	}
	t, err := c.library.Import(importPath)
	if err != nil {
		return nil
	}
	return t
}
