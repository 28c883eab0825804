package lsp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"strings"
	"sync"

	"mortise/interp/check"
)

// sdkFolder is where a project keeps its copy of the SDK, whose import paths begin
// with "mortise".
const sdkFolder = ".sdk"

// sdkIndex finds the comments and places of the SDK's objects, which the type data
// has not. It is made when it is first asked.
type sdkIndex struct {
	once    sync.Once
	entries map[string]sdkEntry // by import path, type and name: "mortise/runtime/service Context.REST"
}

type sdkEntry struct {
	doc string
	at  check.Span
}

// sdkEntryOf returns what is known of an object of the SDK.
func (s *Server) sdkEntryOf(o types.Object) (sdkEntry, bool) {
	if o == nil || o.Pkg() == nil || !strings.HasPrefix(o.Pkg().Path(), "mortise/") {
		return sdkEntry{}, false
	}
	s.sdk.once.Do(s.readSDK)
	if p, ok := o.(*types.PkgName); ok {
		e, ok := s.sdk.entries[p.Imported().Path()+" "]
		return e, ok
	}
	key := o.Pkg().Path() + " "
	if owner := check.Owner(o); owner != "" {
		key += owner + "."
	}
	e, ok := s.sdk.entries[key+o.Name()]
	return e, ok
}

func (s *Server) sdkDoc(o types.Object) string {
	if p, ok := o.(*types.PkgName); ok && strings.HasPrefix(p.Imported().Path(), "mortise/") {
		s.sdk.once.Do(s.readSDK)
		return s.sdk.entries[p.Imported().Path()+" "].doc
	}
	e, _ := s.sdkEntryOf(o)
	return e.doc
}

func (s *Server) sdkPlace(o types.Object) (check.Span, bool) {
	if p, ok := o.(*types.PkgName); ok {
		s.sdk.once.Do(s.readSDK)
		e, ok := s.sdk.entries[p.Imported().Path()+" "]
		return e.at, ok
	}
	e, ok := s.sdkEntryOf(o)
	return e.at, ok
}

func (s *Server) readSDK() {
	s.sdk.entries = map[string]sdkEntry{}
	if s.o.ListSDK == nil {
		return
	}
	for _, name := range s.o.ListSDK() {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := s.o.ReadFile(name)
		if err != nil {
			continue
		}
		fset := token.NewFileSet()
		f, _ := parser.ParseFile(fset, name, b, parser.ParseComments|parser.SkipObjectResolution)
		if f != nil && f.Name != nil {
			s.indexFile(fset, f, name)
		}
	}
}

func (s *Server) indexFile(fset *token.FileSet, f *ast.File, name string) {
	prefix := path.Join("mortise", strings.TrimPrefix(path.Dir(name), sdkFolder)) + " "
	put := func(key string, id *ast.Ident, docs ...*ast.CommentGroup) {
		at := fset.Position(id.Pos()).Offset
		e := sdkEntry{at: check.Span{File: name, Start: at, End: at + len(id.Name)}}
		for _, d := range docs {
			if e.doc == "" {
				e.doc = strings.TrimSpace(d.Text())
			}
		}
		s.sdk.entries[prefix+key] = e
	}
	if _, known := s.sdk.entries[prefix]; !known || f.Doc != nil {
		put("", f.Name, f.Doc)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			key := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) > 0 {
				key = receiver(d.Recv.List[0].Type) + "." + key
			}
			put(key, d.Name, d.Doc)
		case *ast.GenDecl:
			indexDecl(d, put)
		}
	}
}

func indexDecl(d *ast.GenDecl, put func(string, *ast.Ident, ...*ast.CommentGroup)) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			put(spec.Name.Name, spec.Name, spec.Doc, d.Doc, spec.Comment)
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range st.Fields.List {
					for _, id := range field.Names {
						put(spec.Name.Name+"."+id.Name, id, field.Doc, field.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			for _, id := range spec.Names {
				put(id.Name, id, spec.Doc, spec.Comment, d.Doc)
			}
		}
	}
}

// receiver returns the name of a receiver's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	}
	return ""
}
