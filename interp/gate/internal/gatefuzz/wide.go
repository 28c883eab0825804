package gatefuzz

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// wide puts one program together whose types are made by chance too: structs in
// structs, maps of structs, lists of lists, functions in fields. It prints values
// of every shape, and functions that were made in loops run after the loops.
type wide struct {
	*rand.Rand
	n       int
	types   []*wtype // that variables have
	structs []*wtype
	scopes  [][]wvar
	funcs   []wfunc
	loops   []string // labels of the loops around that may be left; "" is one without
	inLoop  int
	budget  int
	decls   strings.Builder
}

// wkind is the kind of a type.
type wkind int

const (
	wInt wkind = iota // of any size
	wFloat
	wString
	wBool
	wStruct
	wPointer
	wSlice
	wArray
	wMap
	wFunc
	wAny
	wFace
	wError
)

// wtype is a type of the program.
type wtype struct {
	text   string
	kind   wkind
	key    *wtype
	elem   *wtype // of a list, a map, a pointer; the result of a function
	fields []wfield
	face   bool // it has the method Num, of the interface Face
	ptr    bool // its methods have a pointer as receiver
	plain  bool // it prints the same each time: it holds no pointer and no function
	same   bool // its values can be compared
}

type wfield struct {
	name string
	t    *wtype
}

type wvar struct {
	name  string
	t     *wtype
	fixed bool // it must not be assigned
}

type wfunc struct {
	name    string
	params  []*wtype
	results []*wtype
}

func (g *wide) chance(percent int) bool { return g.IntN(100) < percent }

func (g *wide) one(s ...string) string { return s[g.IntN(len(s))] }

func (g *wide) fresh(prefix string) string { g.n++; return fmt.Sprintf("%s%d", prefix, g.n) }

func (g *wide) typ() *wtype { return g.types[g.IntN(len(g.types))] }

// printable returns a type whose values print the same each time.
func (g *wide) printable() *wtype {
	for {
		if t := g.typ(); t.plain {
			return t
		}
	}
}

// kind returns a type of some kind, or int where the program has none.
func (g *wide) kind(keep func(*wtype) bool) *wtype {
	from := g.IntN(len(g.types))
	for i := range g.types {
		if t := g.types[(from+i)%len(g.types)]; keep(t) {
			return t
		}
	}
	return g.types[0]
}

func (g *wide) push() { g.scopes = append(g.scopes, nil) }
func (g *wide) pop()  { g.scopes = g.scopes[:len(g.scopes)-1] }

func (g *wide) add(name string, t *wtype) {
	k := len(g.scopes) - 1
	g.scopes[k] = append(g.scopes[k], wvar{name: name, t: t})
}

// variable returns a variable of a type, or "".
func (g *wide) variable(t *wtype) string {
	return g.find(func(v wvar) bool { return v.t == t })
}

func (g *wide) find(keep func(wvar) bool) string {
	var found []string
	for _, s := range g.scopes {
		for _, v := range s {
			if keep(v) {
				found = append(found, v.name)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return found[max(g.IntN(len(found)), g.IntN(len(found)))]
}

// wideProgram returns a program whose types are made by chance.
func wideProgram(r *rand.Rand) []byte {
	g := &wide{Rand: r}
	g.universe()
	var b strings.Builder
	g.push()
	for range 3 + g.IntN(4) {
		b.WriteString(g.function())
	}
	b.WriteString("func main() {\nvar fs []func()\n_ = fs\n")
	g.push()
	for range 4 {
		b.WriteString(g.define(g.printable()))
	}
	for g.budget = 40 + g.IntN(50); g.budget > 0; {
		b.WriteString(g.stmt(3))
	}
	b.WriteString(g.showAll() + "for _, f := range fs {\nf()\n}\n}\n")
	return []byte(wideHead + g.decls.String() + b.String())
}

// universe makes the types of the program.
func (g *wide) universe() {
	basic := func(text string, k wkind) *wtype {
		t := &wtype{text: text, kind: k, plain: true, same: true}
		g.types = append(g.types, t)
		return t
	}
	basic("int", wInt)
	for _, s := range []string{"int64", "uint8", "int32", "uint16"} {
		if g.chance(30) {
			basic(s, wInt)
		}
	}
	basic("string", wString)
	basic("bool", wBool)
	basic("float64", wFloat)
	g.types = append(g.types, &wtype{text: "any", kind: wAny, plain: true}, &wtype{text: "error", kind: wError, plain: true})
	for _, base := range []string{"int", "string", "uint8"} {
		if g.chance(50) {
			t := basic(g.fresh("N"), map[string]wkind{"int": wInt, "uint8": wInt, "string": wString}[base])
			fmt.Fprintf(&g.decls, "type %s %s\n", t.text, base)
			if g.chance(60) {
				fmt.Fprintf(&g.decls, "func (x %s) String() string { return \"<\" + fmt.Sprint(%s(x)) + \">\" }\n", t.text, base)
			}
		}
	}
	for range 2 + g.IntN(3) {
		g.structType()
		for range 2 {
			g.derived()
		}
	}
	if g.chance(50) {
		g.types = append(g.types, &wtype{text: "Face", kind: wFace})
	}
}

// structType declares a struct.
func (g *wide) structType() {
	t := &wtype{text: g.fresh("S"), kind: wStruct, plain: true, same: true}
	var b strings.Builder
	fmt.Fprintf(&b, "type %s struct {\n", t.text)
	embedded := false
	for i := range 1 + g.IntN(4) {
		ft, name := g.typ(), string(rune('A'+i))
		if g.chance(15) {
			name = strings.ToLower(name)
		}
		if ft.kind == wStruct && !embedded && g.chance(50) {
			name, embedded = ft.text, true
			b.WriteString(name + "\n")
		} else {
			b.WriteString(name + " " + ft.text + "\n")
		}
		t.fields = append(t.fields, wfield{name, ft})
		t.plain, t.same = t.plain && ft.plain, t.same && ft.same
	}
	b.WriteString("}\n")
	self := "x " + t.text
	if t.ptr = g.chance(30); t.ptr {
		self = "x *" + t.text
	}
	if t.face = g.chance(60); t.face {
		g.push()
		g.add("x", &wtype{})
		fmt.Fprintf(&b, "func (%s) Num() int { return %d + len(fmt.Sprint(x.%s)) }\n", self, g.IntN(9), t.fields[0].name)
		g.pop()
		if !t.fields[0].t.plain {
			b.Reset()
			return
		}
	}
	if g.chance(25) && t.fields[0].t.plain {
		fmt.Fprintf(&b, "func (x %s) String() string { return fmt.Sprintf(\"%s(%%v)\", x.%s) }\n", t.text, t.text, t.fields[0].name)
	}
	fmt.Fprintf(&b, "func (x *%s) Set(v %s) { x.%s = v }\n", t.text, t.fields[0].t.text, t.fields[0].name)
	fmt.Fprintf(&b, "func (x %s) With(v %s) %s { x.%s = v; return x }\n", t.text, t.fields[0].t.text, t.text, t.fields[0].name)
	g.decls.WriteString(b.String())
	g.types = append(g.types, t, t)
	g.structs = append(g.structs, t)
}

// derived adds a type that is made of others.
func (g *wide) derived() {
	e := g.typ()
	switch g.IntN(7) {
	case 0, 1:
		g.types = append(g.types, &wtype{text: "[]" + e.text, kind: wSlice, elem: e, plain: e.plain})
	case 2:
		g.types = append(g.types, &wtype{text: "[2]" + e.text, kind: wArray, elem: e, plain: e.plain, same: e.same})
	case 3, 4:
		k := g.kind(func(t *wtype) bool { return t.same && t.kind != wFloat })
		g.types = append(g.types, &wtype{text: "map[" + k.text + "]" + e.text, kind: wMap, key: k, elem: e, plain: e.plain})
	case 5:
		if len(g.structs) > 0 {
			s := g.structs[g.IntN(len(g.structs))]
			g.types = append(g.types, &wtype{text: "*" + s.text, kind: wPointer, elem: s})
		}
	case 6:
		g.types = append(g.types, &wtype{text: "func(int) " + e.text, kind: wFunc, elem: e})
	}
}

const wideHead = `package main

import ("errors"; "fmt"; "strings"; "sync")

var zero = 0
var _ = strings.ToUpper
var _ sync.Mutex
type Face interface{ Num() int }
type Fail struct{ Code int }
func (f *Fail) Error() string { return fmt.Sprint("fail ", f.Code) }
func out(xs ...any) { fmt.Println(xs...) }
func many(xs ...any) (n int) { for _, x := range xs { n += len(fmt.Sprint(x)) }; out(n, xs); return }
func logf(format string, xs ...any) { fmt.Printf(format + "\n", xs...) }
func val[T any](v T) T { return v }
func trace[T any](s string, v T) T { out("trace", s); return v }
func pick[T any](s []T, i int) (v T) { if i >= 0 && i < len(s) { return s[i] }; return }
func deref[T any](p *T) (v T) { if p != nil { v = *p }; return v }
func either[T any](c bool, a, b T) T { if c { return a }; return b }
func short(s string) string { if len(s) > 40 { return s[:7] }; return s }
func more[T any](s []T, v T) []T { s = some(s); return append(s[:len(s):len(s)], v) }
func some[T any](s []T) []T { return s[:min(len(s), 3)] }
func num(f Face) int { if f == nil { return -1 }; return f.Num() }
func text(err error) string {
	var f *Fail
	if errors.As(err, &f) { return fmt.Sprint("as ", f.Code) }
	if err == nil { return "ok" }
	return err.Error()
}

`
