package gatefuzz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// Generate returns a program that the grammar makes by chance. It compiles, ends,
// and prints the same each time. A program uses some of the features only, so
// that those that the gate refuses do not hide the others.
func Generate(r *rand.Rand) []byte {
	switch k := r.IntN(10); {
	case k == 0:
		return arithmeticProgram(r)
	case k < 6:
		return wideProgram(r)
	}
	g := &grammar{Rand: r, has: map[string]bool{}, budget: 400}
	for _, f := range features {
		g.has[f] = r.IntN(3) == 0
	}
	return g.program()
}

// features are what a program may use beyond the plain language.
var features = strings.Fields("stringer embed iface generic goroutine recover defer errtype funcs maps pointers labels rangefunc anyval switch shadow risky select closures arrays consts json methodvalues sort loopdefer")

// grammar puts one program together.
type grammar struct {
	*rand.Rand
	has    map[string]bool
	n      int        // for names
	scopes [][]local  // innermost last
	funcs  []function // that may be called
	loops  []string   // labels of the loops around; "" for one without
	budget int        // statements that may still be written
}

// local is a variable that can be read and assigned.
type local struct{ name, typ string }

// function is a function of the program.
type function struct {
	name    string
	params  []string
	results []string
}

func (g *grammar) chance(percent int) bool    { return g.IntN(100) < percent }
func (g *grammar) one(s ...string) string     { return s[g.IntN(len(s))] }
func (g *grammar) fresh(prefix string) string { g.n++; return fmt.Sprintf("%s%d", prefix, g.n) }
func (g *grammar) push()                      { g.scopes = append(g.scopes, nil) }
func (g *grammar) pop()                       { g.scopes = g.scopes[:len(g.scopes)-1] }
func (g *grammar) add(name, typ string) {
	k := len(g.scopes) - 1
	g.scopes[k] = append(g.scopes[k], local{name, typ})
}
func f(format string, args ...any) string       { return fmt.Sprintf(format, args...) }
func joined(sep string, parts ...string) string { return strings.Join(parts, sep) }

// types returns the types that variables have.
func (g *grammar) types() []string {
	out := strings.Fields("int int int string string bool float64 uint8 int32 int64 Num []int []string Item []Item")
	if g.has["maps"] {
		out = append(out, "map[string]int", "map[string]int", "map[int]string", "map[string]Item", "map[string][]int", "map[Key]int")
	}
	if g.has["pointers"] {
		out = append(out, "*Item", "*int", "[]*Item", "*Item")
	}
	if g.has["arrays"] {
		out = append(out, "[3]int", "[2]Item", "Grid")
	}
	if g.has["funcs"] {
		out = append(out, "func(int) int", "func() string")
	}
	if g.has["embed"] {
		out = append(out, "Wide", "*Wide")
	}
	if g.has["iface"] {
		out = append(out, "Shape", "[]Shape")
	}
	if g.has["generic"] {
		out = append(out, "Pair[string, int]", "Stack[int]", "*Stack[string]", "Pair[int, Item]")
	}
	if g.has["errtype"] {
		out = append(out, "error")
	}
	if g.has["anyval"] {
		out = append(out, "any")
	}
	return out
}

func (g *grammar) typ() string { t := g.types(); return t[g.IntN(len(t))] }

// variable returns a variable of a type that can be seen here, or "".
func (g *grammar) variable(typ string) string {
	hidden := map[string]bool{}
	var found []string
	for _, scope := range slices.Backward(g.scopes) {
		for _, v := range slices.Backward(scope) {
			if !hidden[v.name] && v.typ == typ {
				found = append(found, v.name)
			}
			hidden[v.name] = true
		}
	}
	if len(found) == 0 {
		return ""
	}
	return found[min(g.IntN(len(found)), g.IntN(len(found)))]
}

// name returns the name of a new variable: sometimes that of one outside, which
// it hides.
func (g *grammar) name() string {
	if k := len(g.scopes) - 1; g.has["shadow"] && k > 0 && g.chance(30) {
		outer := g.scopes[g.IntN(k)]
		if len(outer) > 0 {
			v := outer[g.IntN(len(outer))]
			taken := strings.HasPrefix(v.name, "i")
			for _, l := range g.scopes[k] {
				taken = taken || l.name == v.name
			}
			if !taken {
				return v.name
			}
		}
	}
	return g.fresh("v")
}

func (g *grammar) program() []byte {
	var b strings.Builder
	g.push()
	for range 2 + g.IntN(4) {
		b.WriteString(g.function())
	}
	b.WriteString("func main() {\n")
	g.push()
	g.budget = 60 + g.IntN(60)
	for _, t := range []string{"int", "string", "[]int", "Item"} {
		b.WriteString(g.declare(t))
	}
	for g.budget > 0 {
		b.WriteString(g.stmt(4))
	}
	for _, scope := range g.scopes {
		for _, v := range scope {
			b.WriteString(g.show(v.name, v.typ))
		}
	}
	b.WriteString("}\n")
	var head strings.Builder
	head.WriteString(prelude)
	for _, f := range features {
		if g.has[f] {
			head.WriteString(preludes[f])
		}
	}
	if !g.has["stringer"] {
		head.WriteString("func (n Num) Text() string { return fmt.Sprint(int(n)) }\n")
	}
	body := head.String() + b.String()
	var imports strings.Builder
	imports.WriteString("package main\n\nimport (\n")
	for p := range strings.FieldsSeq("cmp encoding/json errors fmt maps slices sort strconv strings sync") {
		base := p[strings.LastIndexByte(p, '/')+1:]
		if strings.Contains(body, base+".") {
			imports.WriteString("\t\"" + p + "\"\n")
		}
	}
	return []byte(imports.String() + ")\n\n" + body)
}

// function returns a function of the program that others may call from now on.
func (g *grammar) function() string {
	fn := function{name: g.fresh("f")}
	g.push()
	var params []string
	for range g.IntN(4) {
		t := g.typ()
		p := g.fresh("p")
		fn.params = append(fn.params, t)
		params = append(params, p+" "+t)
		g.add(p, t)
	}
	var results, values []string
	named := g.chance(50)
	for range 1 + g.IntN(2) {
		t := g.typ()
		r := g.fresh("r")
		fn.results = append(fn.results, t)
		results = append(results, r+" "+t)
		if named {
			g.add(r, t)
		}
	}
	if !named {
		results = fn.results
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s(%s) (%s) {\n", fn.name, joined(", ", params...), joined(", ", results...))
	if named && g.has["recover"] && g.chance(50) {
		b.WriteString("defer func() {\nif r := recover(); r != nil {\nout(\"caught\")\n" + g.assign() + "}\n}()\n")
	}
	g.budget = 8
	for g.budget > 0 {
		b.WriteString(g.stmt(2))
	}
	for _, t := range fn.results {
		values = append(values, g.expr(t, 2))
	}
	if named && g.chance(50) {
		b.WriteString("return\n}\n\n")
	} else {
		b.WriteString("return " + joined(", ", values...) + "\n}\n\n")
	}
	g.pop()
	g.funcs = append(g.funcs, fn)
	return b.String()
}

// declare returns the declaration of a new variable.
func (g *grammar) declare(t string) string {
	value := g.expr(t, 2)
	v := g.name()
	g.add(v, t)
	switch g.IntN(4) {
	case 0:
		return f("var %s %s = %s\n_ = %s\n", v, t, value, v)
	case 1:
		return f("var %s %s\n%s = %s\n_ = %s\n", v, t, v, g.own(v, value, t), v)
	}
	if t == "int" || t == "string" || t == "bool" {
		return f("%s := %s\n_ = %s\n", v, value, v)
	}
	return f("%s := %s(%s)\n_ = %s\n", v, paren(t), value, v)
}

// own returns a value that does not mention the variable that is declared just
// before: it might have hidden one of another type.
func (g *grammar) own(v, value, t string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if slices.Contains(words, v) {
		return g.lit(t)
	}
	return value
}

func paren(t string) string {
	if strings.HasPrefix(t, "*") || strings.HasPrefix(t, "func") {
		return "(" + t + ")"
	}
	return t
}

// show returns a statement that prints a variable of a type.
func (g *grammar) show(v, t string) string {
	switch {
	case t == "func(int) int":
		return f("out(%q, %s(3))\n", v, v)
	case t == "func() string":
		return f("out(%q, %s())\n", v, v)
	case t == "*int" || t == "*Item" || t == "*Wide":
		return f("if %s != nil {\nout(%q, *%s)\n}\n", v, v, v)
	case t == "*Stack[string]":
		return f("out(%q, %s.Len())\n", v, v)
	case t == "[]*Item":
		return f("for _, e := range %s {\nif e != nil {\nout(%q, e.A, e.B)\n}\n}\n", v, v)
	case t == "Shape":
		return f("if %s != nil {\nout(%q, %s.Area(), %s.Name())\n}\n", v, v, v, v)
	case t == "[]Shape":
		return f("for _, e := range %s {\nif e != nil {\nout(%q, e.Area())\n}\n}\n", v, v)
	case t == "Item" && g.chance(40):
		return f("fmt.Printf(\"%%+v %%v\\n\", %s, %s)\n", v, v)
	case t == "[]int" && g.chance(30):
		return f("out(%q, len(%s), cap(%s) >= len(%s))\n", v, v, v, v)
	}
	return f("out(%q, %s)\n", v, v)
}
