package check

import (
	"bytes"
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"mortise/runtime/fault"
)

// unit is a folder's files as the parser read them. It is immutable.
type unit struct {
	dir     string
	hash    string // of the folder's files
	name    string // of the package; "" where no file says
	fset    *token.FileSet
	files   []File
	tokens  []*token.File // those of files, for the project's file set
	imports []importUse   // one entry an import declaration, in the order of the files
	faults  fault.List    // of the syntax
}

// importUse is one import in a file.
type importUse struct {
	path string
	spec *ast.ImportSpec
}

// positions hands out ranges of token.Pos, so that no two packages of a Checker
// share a position although each has a file set of its own, which is freed with
// it.
type positions struct{ next atomic.Int64 }

// fileSet returns a file set whose positions begin beyond all others handed out,
// with room for size.
func (p *positions) fileSet(size int) *token.FileSet {
	base := p.next.Add(int64(size)) - int64(size) + 1
	fset := token.NewFileSet()
	if base > 1 {
		// Removing the file keeps the base that it moved.
		fset.RemoveFile(fset.AddFile("", int(base)-1, 0))
	}
	return fset
}

// parse reads a folder.
func parse(f *folder, pos *positions) *unit {
	u := &unit{dir: f.dir, hash: f.hash}
	size := 2
	for _, s := range f.files {
		size += len(s.text) + 2
	}
	u.fset = pos.fileSet(size)
	for _, s := range f.files {
		u.parseFile(s)
	}
	u.agree()
	return u
}

func (u *unit) parseFile(s *source) {
	if at := tooDeep(s.name, s.text); !at.IsZero() {
		u.faults.Add(at, "go.depth", "the code is nested too deeply here").WithHint("split it into several statements or functions")
		return
	}
	file, err := parser.ParseFile(u.fset, s.name, s.text, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	list, _ := errors.AsType[scanner.ErrorList](err)
	for _, e := range independent(list, s.text) {
		at := fault.Position{File: s.name, Line: e.Pos.Line, Column: e.Pos.Column}
		what, hint := syntaxHint(e.Msg, s.text, at)
		u.faults.Add(at, "go.syntax", "%s", what).Hint = hint
	}
	if err != nil && len(list) == 0 {
		u.faults.Add(fault.Position{File: s.name}, "go.syntax", "read the file").Err = err
	}
	if file == nil || file.Name == nil {
		return
	}
	u.files = append(u.files, File{Name: s.name, Source: s.text, AST: file})
	if t := u.fset.File(file.FileStart); t != nil {
		u.tokens = append(u.tokens, t)
	}
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			u.imports = append(u.imports, importUse{p, spec})
		}
	}
}

// agree finds the package's name and reports the files that have another one.
func (u *unit) agree() {
	var first File
	for _, f := range u.files {
		name := f.AST.Name.Name
		switch {
		case name == "_" || name == "":
			if len(u.faults) == 0 {
				u.faults.Add(position(u.fset, f.AST.Name.Pos()), "go.package-name", "%q is not a name for a package", name).
					WithHint("write `package` and the name of the folder")
			}
		case u.name == "":
			u.name, first = name, f
		case name != u.name:
			u.faults.Add(position(u.fset, f.AST.Name.Pos()), "go.package-names", "two packages stand in folder %q: %q here and %q in %s",
				u.dir, name, u.name, first.Name).
				WithHint("a folder holds one package: write `package %s`, or move the file to a folder of its own", u.name)
		}
	}
	u.files = slices.DeleteFunc(u.files, func(f File) bool { return f.AST.Name.Name != u.name })
	slices.SortFunc(u.files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
}

// independent leaves out the errors that only follow from the one in front of
// them, because a mistake throws the parser off for a while: all but the most
// telling of a line, those about separators right behind another one, and those
// about the end of the file or of functions behind any.
func independent(list scanner.ErrorList, src []byte) scanner.ErrorList {
	for _, e := range list {
		// The parser's lines follow line directives; its offsets do not.
		before := src[:min(e.Pos.Offset, len(src))]
		e.Pos.Line, e.Pos.Column = 1+bytes.Count(before, []byte{'\n'}), len(before)-bytes.LastIndexByte(before, '\n')
	}
	slices.SortStableFunc(list, func(a, b *scanner.Error) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	var out scanner.ErrorList
	for _, e := range list {
		if len(out) == 0 {
			out = append(out, e)
			continue
		}
		last := out[len(out)-1]
		switch near := e.Pos.Line - last.Pos.Line; {
		case near == 0 && telling(e.Msg) > telling(last.Msg):
			out[len(out)-1] = e
		case near == 0, near <= 2 && telling(e.Msg) < 2, strings.Contains(e.Msg, "'EOF'"), strings.HasPrefix(e.Msg, "expected declaration, found"):
		default:
			out = append(out, e)
		}
	}
	return out
}

// telling ranks the parser's messages.
func telling(msg string) int {
	switch {
	case strings.Contains(msg, "'ILLEGAL'"):
		return 0
	case strings.HasPrefix(msg, "expected ';'"), strings.HasPrefix(msg, "expected operand"), strings.HasPrefix(msg, "expected '('"),
		strings.HasPrefix(msg, "expected declaration, found"), strings.HasPrefix(msg, "expected '{'"), strings.HasPrefix(msg, "expected 'IDENT', found '}'"):
		return 1
	}
	return 2
}
