package gate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"sort"
	"strings"

	"mortise/runtime/fault"
)

// rule says what of a library package may be used: all of it but what deny
// names, or where only is set what only names. Constants may always be used.
type rule struct {
	deny, only []string
}

// library is the packages that admitted source may import. Their code is the
// library's own, compiled; what the interpreter adds is the passing of values.
// So a package stands here as a whole where its functions take and return plain
// values, and was run against the real thing by some of its functions, not by
// each: what had been seen to differ stands in deny.
var library = map[string]rule{
	"bufio":                   {},
	"bytes":                   {},
	"cmp":                     {},
	"context":                 {},
	"crypto/aes":              {},
	"crypto/cipher":           {},
	"crypto/hmac":             {},
	"crypto/md5":              {},
	"crypto/rand":             {},
	"crypto/sha1":             {},
	"crypto/sha256":           {},
	"crypto/sha512":           {},
	"crypto/subtle":           {},
	"encoding/base32":         {},
	"encoding/base64":         {},
	"encoding/binary":         {deny: []string{"Read", "Write", "Size", "Append", "Encode", "Decode"}},
	"encoding/csv":            {},
	"encoding/hex":            {},
	"encoding/json":           {},
	"errors":                  {},
	"fmt":                     {deny: []string{"Scan", "Scanf", "Scanln", "FormatString"}},
	"hash":                    {},
	"hash/adler32":            {},
	"hash/crc32":              {},
	"hash/crc64":              {},
	"hash/fnv":                {},
	"html":                    {},
	"io":                      {},
	"iter":                    {only: []string{""}},
	"log/slog":                {deny: []string{"SetDefault", "SetLogLoggerLevel", "NewLogLogger"}},
	"maps":                    {only: []string{""}},
	"math":                    {},
	"math/big":                {},
	"math/bits":               {},
	"math/rand":               {},
	"math/rand/v2":            {deny: []string{"N"}},
	"mime":                    {},
	"mortise/runtime/fault":   {},
	"mortise/runtime/service": {deny: []string{"New", "ResultOf"}},
	"net/http":                {only: []string{""}},
	"net/netip":               {},
	"net/url":                 {},
	"path":                    {},
	"regexp":                  {},
	"slices":                  {only: []string{""}},
	"sort":                    {deny: []string{"Sort", "Stable", "Reverse", "IsSorted"}},
	"strconv":                 {},
	"strings":                 {deny: []string{"Lines", "SplitSeq", "SplitAfterSeq", "FieldsSeq", "FieldsFuncSeq"}},
	"sync":                    {deny: []string{"Pool"}},
	"sync/atomic":             {deny: []string{"Pointer"}},
	"text/template":           {},
	"time":                    {},
	"unicode":                 {},
	"unicode/utf16":           {},
	"unicode/utf8":            {},
}

func libraryPaths() []string {
	out := make([]string, 0, len(library))
	for p := range library {
		if p == "net/http" {
			continue // its constants are computed
		}
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}

func nearLibrary(path string) string {
	switch path {
	case "net/http":
		return `call other systems by ctx.REST("name")`
	case "os", "os/exec":
		return `read settings with ctx.Config("name") and secrets with ctx.Secret("name")`
	case "log":
		return "write to ctx.Log()"
	case "reflect":
		return "use the types themselves, or map[string]any"
	}
	if near := fault.Nearest(path, libraryPaths()); near != "" {
		return fmt.Sprintf("%q can be used", near)
	}
	return ""
}

// allowed reports whether a name of a library package may be used.
func (e *emitter) allowed(obj types.Object, at token.Pos) bool {
	path := obj.Pkg().Path()
	if path == libPath {
		return true
	}
	r, ok := library[path]
	if ok && r.only == nil {
		ok = true
		for _, d := range r.deny {
			ok = ok && d != obj.Name()
		}
	} else if ok {
		ok = false
		for _, d := range r.only {
			ok = ok || d == obj.Name()
		}
	}
	if _, known := library[path]; !known && e.foreign[path] {
		return false
	} else if !known {
		e.refuse(e.unit.Files[0].Package, "import", fmt.Sprintf("a use of the package %q", path), nearLibrary(path))
	} else if !ok {
		e.refuse(at, "library", obj.Pkg().Name()+"."+obj.Name(), nearLibrary(path))
	}
	return ok
}

func (e *emitter) libraryType(obj *types.TypeName, at token.Pos) bool {
	if !obj.Exported() {
		e.refuse(at, "library", fmt.Sprintf("the hidden type %s.%s", obj.Pkg().Name(), obj.Name()), "")
		return false
	}
	return e.allowed(obj, at)
}

func (e *emitter) libraryVar(obj *types.Var, at token.Pos) bool { return e.allowed(obj, at) }

// libraryFunc reports whether a function or method of the library may be used.
func (e *emitter) libraryFunc(obj *types.Func, at token.Pos) bool {
	if obj.Pkg() == nil {
		return true // error.Error
	}
	sig := obj.Signature()
	if sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
		e.refuse(at, "library.generic", fmt.Sprintf("%s.%s", obj.Pkg().Name(), obj.Name()), "write a loop")
		return false
	}
	if sig.Recv() != nil {
		if _, ok := library[obj.Pkg().Path()]; !ok {
			e.refuse(at, "library", obj.FullName(), "")
			return false
		}
		return true
	}
	return e.allowed(obj, at)
}

// libraryInterface reports whether an interface type is one of the library.
func (e *emitter) libraryInterface(t types.Type, at token.Pos) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if ok && n.Obj().Pkg() == nil {
		return true
	}
	if ok && !e.own(n) {
		return e.libraryType(n.Obj(), at)
	}
	e.refuse(at, "interface", "an interface type of your own", "use the concrete type, or a function type: func(string) error")
	return false
}

// sink is what a function of the library does with its arguments of any type.
type sink struct {
	name   string
	kind   sinkKind
	format int // of sinkFormat: which argument is the format
}

type sinkKind int

const (
	sinkPrint sinkKind = iota
	sinkFormat
	sinkJSON
	sinkSort
	sinkForeign // nothing of the project's types
)

var sinks = map[string]sink{
	"fmt.Print": {kind: sinkPrint}, "fmt.Println": {kind: sinkPrint}, "fmt.Sprint": {kind: sinkPrint}, "fmt.Sprintln": {kind: sinkPrint},
	"fmt.Fprint": {kind: sinkPrint}, "fmt.Fprintln": {kind: sinkPrint}, "fmt.Append": {kind: sinkPrint}, "fmt.Appendln": {kind: sinkPrint},
	"fmt.Printf": {kind: sinkFormat}, "fmt.Sprintf": {kind: sinkFormat}, "fmt.Errorf": {kind: sinkFormat},
	"fmt.Fprintf": {kind: sinkFormat, format: 1}, "fmt.Appendf": {kind: sinkFormat, format: 1},
	"mortise/runtime/service.Errorf": {kind: sinkFormat, format: 1},
	"mortise/runtime/fault.New":      {kind: sinkFormat, format: 2}, "mortise/runtime/fault.Wrap": {kind: sinkFormat, format: 3},
	"(*mortise/runtime/fault.Error).WithHint": {kind: sinkFormat},
	"encoding/json.Marshal":                   {kind: sinkJSON}, "encoding/json.MarshalIndent": {kind: sinkJSON}, "(*encoding/json.Encoder).Encode": {kind: sinkJSON},
	"encoding/json.Unmarshal": {kind: sinkJSON}, "(*encoding/json.Decoder).Decode": {kind: sinkJSON},
	libPath + ".sort_Slice": {kind: sinkSort}, libPath + ".sort_SliceStable": {kind: sinkSort},
	"sort.Slice": {kind: sinkSort}, "sort.SliceStable": {kind: sinkSort}, "sort.SliceIsSorted": {kind: sinkSort},
	"context.WithValue": {kind: sinkForeign}, "(context.Context).Value": {kind: sinkForeign},
	"(*mortise/runtime/service.Context).Value": {kind: sinkForeign},
	"errors.As":                         {kind: sinkForeign},
	"(*text/template.Template).Execute": {kind: sinkForeign}, "(*text/template.Template).ExecuteTemplate": {kind: sinkForeign},
}

// sinkOf returns what a function does with values of any type; nil is anything.
func (e *emitter) sinkOf(obj *types.Func) *sink {
	if obj == nil || obj.Pkg() == nil {
		return nil
	}
	if s, ok := sinks[obj.FullName()]; ok {
		s.name = obj.FullName()
		return &s
	}
	switch obj.Pkg().Path() {
	case "mortise/runtime/service":
		return &sink{kind: sinkJSON}
	case "log/slog":
		return &sink{kind: sinkJSON}
	}
	return nil
}

// sinkArg writes an argument of any type for a function that is known.
func (f *fn) sinkArg(c *ast.CallExpr, i int, a ast.Expr, pt types.Type, s *sink) string {
	t := f.typeOf(a)
	if isUntyped(t) && !f.isNil(a) {
		t = types.Default(t)
	}
	if types.IsInterface(t) || f.isNil(a) {
		if s.kind == sinkFormat && i > s.format && !f.isNil(a) && !f.isError(t) {
			f.verbs(c, i, s, func(v verb) {
				if v.letter == 'T' || v.sharp && v.letter == 'v' || v.letter == 0 {
					f.refuse(a, "format", "this verb with a value of any type", "use %v")
				}
			})
		}
		return f.conv(a, pt)
	}
	text := f.x(a)
	if tv, ok := f.u.Info.Types[a]; ok && tv.Value != nil {
		text = f.constantAs(a.Pos(), tv.Value, t)
	}
	if !emptyInterface(pt) {
		return f.toInterface(text, t, pt, a.Pos(), purposeStore)
	}
	switch s.kind {
	case sinkSort:
		return text
	case sinkForeign:
		if f.e.mentionsOwn(t) {
			f.refuse(a, "any", fmt.Sprintf("%s as a value of any type here", types.TypeString(t, shortNames)), "use a string or a map[string]any")
		}
		return text
	case sinkJSON:
		return f.toInterface(text, t, pt, a.Pos(), purposeJSON)
	case sinkPrint:
		return f.printed(a, text, t, pt, verb{letter: 'v'})
	case sinkFormat:
		if i > s.format && f.e.mentionsOwn(t) {
			out := text
			f.verbs(c, i, s, func(v verb) { out = f.printed(a, text, t, pt, v) })
			return out
		}
	}
	return f.toInterface(text, t, pt, a.Pos(), purposeStore)
}

// printed writes an argument that a verb prints.
func (f *fn) printed(a ast.Expr, text string, t, pt types.Type, v verb) string {
	if !f.e.mentionsOwn(t) {
		return text
	}
	if v.letter == 'T' || v.letter == 0 || v.letter == 'p' || v.letter == 'w' || v.sharp && v.letter == 'v' {
		f.refuse(a, "format", fmt.Sprintf("this verb with %s", types.TypeString(t, shortNames)), "use %v, or print the fields one by one")
		return text
	}
	n, named := types.Unalias(t).(*types.Named)
	if named && f.e.own(n) && strings.ContainsRune("vsqxX", rune(v.letter)) {
		for _, name := range []string{"Error", "String"} {
			obj, path, _ := types.LookupFieldOrMethod(n, false, n.Obj().Pkg(), name)
			m, ok := obj.(*types.Func)
			if ok && len(path) == 1 && isTextMethod(m) && !hasFormat(n) {
				if _, ptr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer); !ptr {
					return f.methodName(a, n, m) + "(" + text + ")"
				}
			}
		}
	}
	p := purposePrint
	if v.plus {
		p = purposeJSON
	}
	if b, ok := under(t).(*types.Basic); ok && named && !hasFormat(n) && !strings.ContainsRune("vsqxX", rune(v.letter)) {
		return b.Name() + "(" + text + ")"
	}
	return f.toInterface(text, t, pt, a.Pos(), p)
}

func isTextMethod(m *types.Func) bool {
	s := m.Signature()
	if s.Params().Len() != 0 || s.Results().Len() != 1 {
		return false
	}
	b, ok := s.Results().At(0).Type().(*types.Basic)
	return ok && b.Kind() == types.String
}

func hasFormat(n *types.Named) bool {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), false, n.Obj().Pkg(), "Format")
	return obj != nil
}

// verb is one verb of a format.
type verb struct {
	letter      byte // 0 where it is not known
	sharp, plus bool
}

// verbs calls use with the verb of the argument at index i.
func (f *fn) verbs(c *ast.CallExpr, i int, s *sink, use func(verb)) {
	tv := f.u.Info.Types[c.Args[s.format]]
	if tv.Value == nil || tv.Value.Kind() != constant.String || c.Ellipsis.IsValid() {
		use(verb{})
		return
	}
	list, ok := parseFormat(constant.StringVal(tv.Value))
	if n := i - s.format - 1; ok && n < len(list) {
		use(list[n])
		return
	}
	use(verb{})
}

// parseFormat returns the verbs of a format in the order of their arguments;
// false where it counts its arguments itself.
func parseFormat(s string) ([]verb, bool) {
	var out []verb
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		var v verb
		for i++; i < len(s); i++ {
			switch c := s[i]; {
			case c == '#':
				v.sharp = true
				continue
			case c == '+':
				v.plus = true
				continue
			case c == '[' || c == '*':
				return nil, false
			case c == '-' || c == ' ' || c == '.' || c >= '0' && c <= '9':
				continue
			}
			break
		}
		if i >= len(s) {
			return out, true
		}
		if s[i] == '%' {
			continue
		}
		v.letter = s[i]
		out = append(out, v)
	}
	return out, true
}
