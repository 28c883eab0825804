package gate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"mortise/interp/box"
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
	"container/heap":          {},
	"container/list":          {},
	"container/ring":          {},
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
	"encoding/xml":            {},
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
	"sort":                    {},
	"strconv":                 {},
	"strings":                 {deny: []string{"Lines", "SplitSeq", "SplitAfterSeq", "FieldsSeq", "FieldsFuncSeq"}},
	"sync":                    {deny: []string{"Pool"}},
	"sync/atomic":             {deny: []string{"Pointer"}},
	"text/tabwriter":          {},
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
	format int  // of sinkFormat: which argument is the format
	spaced bool // of sinkPrint: it puts spaces between operands that are no texts
}

type sinkKind int

const (
	sinkPrint sinkKind = iota
	sinkFormat
	sinkJSON
	sinkFill // from JSON
	sinkXML
	sinkTemplate
	sinkSort
	sinkForeign // nothing of the project's types
)

var sinks = map[string]sink{
	"fmt.Print": {kind: sinkPrint, spaced: true}, "fmt.Println": {kind: sinkPrint}, "fmt.Sprint": {kind: sinkPrint, spaced: true}, "fmt.Sprintln": {kind: sinkPrint},
	"fmt.Fprint": {kind: sinkPrint, spaced: true}, "fmt.Fprintln": {kind: sinkPrint}, "fmt.Append": {kind: sinkPrint, spaced: true}, "fmt.Appendln": {kind: sinkPrint},
	"fmt.Printf": {kind: sinkFormat}, "fmt.Sprintf": {kind: sinkFormat}, "fmt.Errorf": {kind: sinkFormat},
	"fmt.Fprintf": {kind: sinkFormat, format: 1}, "fmt.Appendf": {kind: sinkFormat, format: 1},
	"mortise/runtime/service.Errorf": {kind: sinkFormat, format: 1},
	"mortise/runtime/fault.New":      {kind: sinkFormat, format: 2}, "mortise/runtime/fault.Wrap": {kind: sinkFormat, format: 3},
	"(*mortise/runtime/fault.Error).WithHint": {kind: sinkFormat},
	"encoding/json.Marshal":                   {kind: sinkJSON}, "encoding/json.MarshalIndent": {kind: sinkJSON}, "(*encoding/json.Encoder).Encode": {kind: sinkJSON},
	"encoding/json.Unmarshal": {kind: sinkFill}, "(*encoding/json.Decoder).Decode": {kind: sinkFill},
	libPath + ".sort_Slice": {kind: sinkSort}, libPath + ".sort_SliceStable": {kind: sinkSort},
	"sort.Slice": {kind: sinkSort}, "sort.SliceStable": {kind: sinkSort}, "sort.SliceIsSorted": {kind: sinkSort},
	"errors.As":                         {kind: sinkForeign},
	"(*text/template.Template).Execute": {kind: sinkTemplate}, "(*text/template.Template).ExecuteTemplate": {kind: sinkTemplate},
	"encoding/xml.Marshal": {kind: sinkXML}, "encoding/xml.MarshalIndent": {kind: sinkXML}, "(*encoding/xml.Encoder).Encode": {kind: sinkXML},
	"(*encoding/xml.Encoder).EncodeElement": {kind: sinkXML}, "encoding/xml.Unmarshal": {kind: sinkXML},
	"(*encoding/xml.Decoder).Decode": {kind: sinkXML}, "(*encoding/xml.Decoder).DecodeElement": {kind: sinkXML},
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
		if obj.Name() == "Value" {
			return nil // of a context
		}
		if obj.Name() == "Into" {
			return &sink{kind: sinkFill}
		}
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
		if s.kind == sinkXML && types.IsInterface(t) {
			f.refuse(a, "any", "a value of an interface type as XML", "use its own type")
		}
		if s.kind == sinkTemplate && types.IsInterface(t) {
			return f.e.templated(f.conv(a, pt), a.Pos())
		}
		named := false
		if s.kind == sinkFormat && i > s.format && f.isError(t) {
			f.verbs(c, i, s, func(v verb) {
				f.checkWrap(a, v, s, true)
				named = v.letter == 'T' && f.retyped(c, s)
			})
		}
		if s.spaced && len(c.Args) > 1 && !f.isError(t) && f.e.spaced == token.NoPos {
			f.e.spaced = a.Pos()
		}
		if s.kind == sinkFormat && i > s.format && !f.isNil(a) && !f.isError(t) {
			f.verbs(c, i, s, func(v verb) {
				f.checkWrap(a, v, s, false)
				switch {
				case v.letter == 'T' && f.retyped(c, s):
					named = true
				case v.letter == 'p', v.letter == 'T':
					f.refuse(a, "format", "this verb with a value of any type", "use %v")
				}
			})
		}
		if named {
			return f.e.use(box.Path) + ".TypeName(" + f.conv(a, pt) + ")"
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
	case sinkFill:
		return f.filled(text, t, a)
	case sinkXML:
		return f.xmlArg(text, t, a, strings.HasSuffix(s.name, "ncode") || strings.Contains(s.name, "Marshal"))
	case sinkTemplate:
		return f.templateArg(text, t, a)
	case sinkPrint:
		if s.spaced && f.e.mentionsOwn(t) {
			if b, ok := under(t).(*types.Basic); !ok || b.Info()&types.IsString == 0 {
				return f.box(text, t, pt, a.Pos()) // fmt puts spaces between what are no texts
			}
		}
		return f.printed(c, s, a, text, t, pt, verb{letter: 'v'})
	case sinkFormat:
		if i > s.format && f.e.mentionsOwn(t) {
			out := text
			f.verbs(c, i, s, func(v verb) {
				f.checkWrap(a, v, s, types.Implements(t, f.e.errorType()))
				out = f.printed(c, s, a, text, t, pt, v)
			})
			return out
		}
	}
	return f.toInterface(text, t, pt, a.Pos(), purposeStore)
}

// printed writes an argument that a verb prints.
func (f *fn) printed(c *ast.CallExpr, s *sink, a ast.Expr, text string, t, pt types.Type, v verb) string {
	if !f.e.mentionsOwn(t) {
		return text
	}
	if v.letter == 0 || v.letter == 'w' || v.sharp && v.letter == 'v' {
		return f.box(text, t, pt, a.Pos())
	}
	if v.letter == 'T' && f.retyped(c, s) {
		if f.quiet(a) {
			return strconv.Quote(f.e.printedName(t))
		}
		return f.e.use(box.Path) + ".TypeName(" + f.box(text, t, pt, a.Pos()) + ")"
	}
	if v.letter == 'T' || v.letter == 'p' {
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
					if !f.alone(c, a) {
						return f.box(text, t, pt, a.Pos())
					}
					return f.methodName(a, n, m) + "(" + text + ")"
				}
			}
		}
	}
	if b, ok := under(t).(*types.Basic); ok && named && !hasFormat(n) && strings.IndexByte(plainVerbs(b), v.letter) >= 0 {
		return b.Name() + "(" + text + ")"
	}
	p := purposePrint
	if v.plus || v.letter != 'v' {
		return f.box(text, t, pt, a.Pos())
	}
	return f.toInterface(text, t, pt, a.Pos(), p)
}

// alone reports whether no other argument of a call may call a method when it is
// printed, so that calling this one's before the call makes no difference.
func (f *fn) alone(c *ast.CallExpr, a ast.Expr) bool {
	return !slices.ContainsFunc(c.Args, func(x ast.Expr) bool {
		t := f.typeOf(x)
		return x != a && (types.IsInterface(t) && !f.isNil(x) || f.e.mentionsOwn(t) && !isFunc(t) && !f.boxless(t))
	})
}

// boxless reports whether values of a type are printed without calling methods, or
// by the call of one before, as their neighbours are.
func (f *fn) boxless(t types.Type) bool {
	_, ok := under(t).(*types.Basic)
	return ok
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
	f, ok := obj.(*types.Func)
	return ok && methodShape(f.Signature()) == "(fmt.State, rune)"
}

// verb is one verb of a format.
type verb struct {
	letter      byte // 0 where it is not known
	sharp, plus bool
	at          int // where the letter stands
}

// verbs calls use with the verb of the argument at index i.
func (f *fn) verbs(c *ast.CallExpr, i int, s *sink, use func(verb)) {
	tv := f.u.Info.Types[c.Args[s.format]]
	if tv.Value == nil || tv.Value.Kind() != constant.String || c.Ellipsis.IsValid() {
		use(verb{})
		return
	}
	list, ok := parseFormat(constant.StringVal(tv.Value))
	switch n := i - s.format - 1; {
	case !ok:
		use(verb{})
	case n < len(list) && list[n].letter < utf8.RuneSelf:
		use(list[n])
	default:
		f.refuse(c, "format", "a format whose verbs and arguments do not fit", "give each argument a verb")
	}
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
		v.letter, v.at = s[i], i
		out = append(out, v)
	}
	return out, true
}

// retyped reports whether the verbs %T of a format can be written as %s, for the
// name of a type.
func (f *fn) retyped(c *ast.CallExpr, s *sink) bool {
	tv := f.u.Info.Types[c.Args[s.format]]
	if tv.Value == nil || tv.Value.Kind() != constant.String || c.Ellipsis.IsValid() {
		return false
	}
	_, ok := parseFormat(constant.StringVal(tv.Value))
	return ok
}

// formatArg writes the format of a call, with %s for those verbs %T whose
// argument is written as the name of its type.
func (f *fn) formatArg(c *ast.CallExpr, s *sink, a ast.Expr) (string, bool) {
	if !f.retyped(c, s) {
		return "", false
	}
	text := constant.StringVal(f.u.Info.Types[a].Value)
	list, _ := parseFormat(text)
	var out strings.Builder
	from, changed := 0, false
	for n, v := range list {
		i := s.format + 1 + n
		if v.letter != 'T' || i >= len(c.Args) || f.isNil(c.Args[i]) {
			continue
		}
		if t := f.typeOf(c.Args[i]); !types.IsInterface(t) && !f.e.mentionsOwn(t) {
			continue
		}
		out.WriteString(text[from:v.at] + "s")
		from, changed = v.at+1, true
	}
	out.WriteString(text[from:])
	return strconv.Quote(out.String()), changed
}

// filled writes a pointer that is filled in from JSON.
func (f *fn) filled(text string, t types.Type, a ast.Expr) string {
	p, ok := under(t).(*types.Pointer)
	if !ok || !f.e.mentionsOwn(t) {
		return text
	}
	if why, _ := f.e.harm(t, purposeFill, map[types.Type]bool{}, false); why == "" {
		return text
	}
	if _, ok := under(p.Elem()).(*types.Interface); ok {
		return text
	}
	if why, hint := f.e.unfillable(p.Elem(), map[types.Type]bool{}); why != "" {
		f.refuse(a, "any", fmt.Sprintf("%s as what is filled in: %s", types.TypeString(p.Elem(), shortNames), why), hint)
		return text
	}
	return f.e.use(box.Path) + ".Target(" + f.e.ownTypeOf(p.Elem(), a.Pos()).def() + ", " + text + ")"
}

// plainVerbs are those that print a basic type with a name as they print the type
// without it, whatever methods it has.
func plainVerbs(b *types.Basic) string {
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		return "t"
	case info&types.IsInteger != 0:
		return "dboOcU"
	case info&types.IsFloat != 0:
		return "bgGfFeE"
	}
	return ""
}
