package gatefuzz

import (
	"fmt"
	"strconv"
	"strings"
)

// function returns a function with some results.
func (g *wide) function() string {
	fn := wfunc{name: g.fresh("f")}
	g.push()
	defer func() { g.funcs = append(g.funcs, fn) }()
	var params []string
	for range g.IntN(4) {
		t, p := g.typ(), g.fresh("p")
		fn.params = append(fn.params, t)
		params = append(params, p+" "+t.text)
		g.add(p, t)
	}
	named := g.chance(40)
	var results []string
	for range 1 + g.IntN(4) {
		t, r := g.typ(), g.fresh("r")
		fn.results = append(fn.results, t)
		if named {
			results = append(results, r+" "+t.text)
			g.add(r, t)
		} else {
			results = append(results, t.text)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s(%s) (%s) {\nvar fs []func()\n_ = fs\n", fn.name, strings.Join(params, ", "), strings.Join(results, ", "))
	if named && g.chance(30) {
		b.WriteString("defer func() {\n" + g.assign() + "}()\n")
	}
	for g.budget = 5; g.budget > 0; {
		b.WriteString(g.stmt(2))
	}
	if g.chance(40) {
		b.WriteString("if " + g.expr(g.boolean(), 2) + " {\nreturn " + g.values(fn.results, 1) + "\n}\n")
	}
	b.WriteString("return " + g.values(fn.results, 2) + "\n}\n")
	g.pop()
	return b.String()
}

// values returns values of some types: sometimes the results of one call.
func (g *wide) values(list []*wtype, depth int) string {
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = g.expr(t, depth)
	}
	return strings.Join(parts, ", ")
}

// define returns the declaration of a variable.
func (g *wide) define(t *wtype) string {
	x, v := g.expr(t, 3), g.fresh("v")
	typed := t.text + "(" + x + ")"
	if t.kind == wFunc || t.kind == wPointer {
		typed = "(" + t.text + ")(" + x + ")"
	}
	g.add(v, t)
	switch g.IntN(5) {
	case 0:
		return fmt.Sprintf("var %s %s = %s\n_ = %s\n", v, t.text, x, v)
	case 1:
		return fmt.Sprintf("var %s %s\nif %s {\n%s = %s\n}\n_ = %s\n", v, t.text, g.expr(g.boolean(), 1), v, x, v)
	}
	if strings.HasPrefix(x, t.text+"{") || strings.HasPrefix(x, "func(") {
		return fmt.Sprintf("%s := %s\n_ = %s\n", v, x, v)
	}
	return fmt.Sprintf("%s := %s\n_ = %s\n", v, typed, v)
}

// place returns a variable, or a part of one, that may be assigned, and its type.
func (g *wide) place() (string, *wtype) {
	var found []wvar
	for _, s := range g.scopes {
		for _, v := range s {
			if !v.fixed {
				found = append(found, v)
			}
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	v := found[g.IntN(len(found))]
	name, t := v.name, v.t
	for t.kind == wStruct && g.chance(60) {
		f := t.fields[g.IntN(len(t.fields))]
		name, t = name+"."+f.name, f.t
	}
	if t.kind == wArray && g.chance(60) {
		return name + "[" + g.one("0", "1") + "]", t.elem
	}
	return name, t
}

func (g *wide) assign() string {
	p, t := g.place()
	if p == "" {
		return "out(1)\n"
	}
	switch {
	case t.kind == wInt && g.chance(50):
		return p + g.one("++", "--", " += "+g.expr(t, 1), " ^= "+g.expr(t, 1), " <<= 1", " *= 3") + "\n"
	case t.kind == wString && g.chance(40):
		return p + " += " + g.expr(t, 1) + "\n" + p + " = " + t.text + "(short(string(" + p + ")))\n"
	case t.kind == wSlice && g.chance(50):
		if g.chance(40) {
			return "if len(" + p + ") > 1 {\n" + p + "[1] = " + g.expr(t.elem, 1) + "\n}\n"
		}
		return p + " = more(" + p + ", " + g.expr(t.elem, 1) + ")\n" // how much room append makes is not Go's to say
	case t.kind == wMap && g.chance(70):
		return "if " + p + " != nil {\n" + p + "[" + g.expr(t.key, 1) + "] = " + g.expr(t.elem, 2) + "\n}\n"
	case t.kind == wPointer && g.chance(60):
		return "if " + p + " != nil {\n" + p + "." + g.one("Set("+g.expr(t.elem.fields[0].t, 1)+")", t.elem.fields[0].name+" = "+g.expr(t.elem.fields[0].t, 1)) + "\n}\n"
	case t.kind == wStruct && g.chance(40):
		return p + ".Set(" + g.expr(t.fields[0].t, 1) + ")\n"
	}
	if q, u := g.place(); q != "" && q != p && g.chance(25) && !strings.ContainsAny(p+q, ".[") {
		return p + ", " + q + " = " + g.expr(t, 1) + ", " + g.expr(u, 1) + "\n"
	}
	return p + " = " + g.expr(t, 2) + "\n"
}

// show prints a variable.
func (g *wide) show(v wvar) string {
	switch {
	case v.t.plain && g.chance(30):
		return fmt.Sprintf("logf(%q, %s)\n", v.name+" %"+g.verb(v.t), v.name)
	case v.t.plain:
		return fmt.Sprintf("out(%q, %s)\n", v.name, v.name)
	case v.t.kind == wFunc && v.t.elem.plain:
		return fmt.Sprintf("if %s != nil {\nout(%q, %s(2))\n}\n", v.name, v.name, v.name)
	case v.t.kind == wPointer && v.t.elem.plain:
		return fmt.Sprintf("if %s != nil {\nout(%q, *%s)\n}\n", v.name, v.name, v.name)
	case v.t.kind == wFace:
		return fmt.Sprintf("out(%q, num(%s))\n", v.name, v.name)
	case v.t.kind == wSlice || v.t.kind == wMap:
		return fmt.Sprintf("out(%q, len(%s), %s == nil)\n", v.name, v.name, v.name)
	}
	return ""
}

func (g *wide) showAll() string {
	var b strings.Builder
	for _, s := range g.scopes {
		for _, v := range s {
			b.WriteString(g.show(v))
		}
	}
	return b.String()
}

func (g *wide) block(depth, n int) string {
	g.push()
	defer g.pop()
	var b strings.Builder
	for range 1 + g.IntN(n) {
		b.WriteString(g.stmt(depth))
	}
	return b.String()
}

// stmt returns a statement.
func (g *wide) stmt(depth int) string {
	g.budget--
	if depth > 0 && g.budget > 0 && g.chance(40) {
		return g.compound(depth - 1)
	}
	switch k := g.IntN(100); {
	case k < 30:
		return g.define(g.typ())
	case k < 55:
		return g.assign()
	case k < 65:
		return g.several()
	case k < 73:
		return g.more()
	case k < 85:
		return g.later()
	}
	if s := g.scopes[g.IntN(len(g.scopes))]; len(s) > 0 {
		if text := g.show(s[g.IntN(len(s))]); text != "" {
			return text
		}
	}
	return "out(" + g.format(3) + ")\n"
}

// several returns a statement with several results of one expression.
func (g *wide) several() string {
	v, ok := g.fresh("v"), g.fresh("ok")
	b := g.boolean()
	switch g.IntN(4) {
	case 0, 1:
		for _, fn := range g.funcs {
			if len(fn.results) < 2 || !g.chance(40) {
				continue
			}
			call := g.callOf(fn, 1)
			plain := true
			for _, t := range fn.results {
				plain = plain && t.plain
			}
			if plain && g.chance(25) {
				return "out(" + call + ")\n"
			}
			names, use := make([]string, len(fn.results)), strings.Builder{}
			for i, t := range fn.results {
				names[i] = g.fresh("v")
				if g.chance(15) && i > 0 {
					names[i] = "_"
					continue
				}
				g.add(names[i], t)
				use.WriteString("_ = " + names[i] + "\n")
			}
			return strings.Join(names, ", ") + " := " + call + "\n" + use.String()
		}
	case 2:
		if m := g.find(func(v wvar) bool { return v.t.kind == wMap }); m != "" {
			t := g.typeOf(m)
			s := fmt.Sprintf("%s, %s := %s[%s]\n_, _ = %s, %s\n", v, ok, m, g.expr(t.key, 1), v, ok)
			g.add(v, t.elem)
			g.add(ok, b)
			return s
		}
	case 3:
		if x := g.find(func(v wvar) bool { return v.t.kind == wAny }); x != "" {
			t := g.kind(func(t *wtype) bool { return t.plain && t.kind != wAny && t.kind != wError })
			s := fmt.Sprintf("%s, %s := %s.(%s)\n_, _ = %s, %s\n", v, ok, x, t.text, v, ok)
			g.add(v, t)
			g.add(ok, b)
			return s
		}
	}
	return g.assign()
}

func (g *wide) typeOf(name string) *wtype {
	for _, s := range g.scopes {
		for _, v := range s {
			if v.name == name {
				return v.t
			}
		}
	}
	return g.types[0]
}

// later returns a statement that keeps a function to run at the end.
func (g *wide) later() string {
	var shown []string
	for range 1 + g.IntN(3) {
		if v := g.find(func(v wvar) bool { return v.t.plain }); v != "" {
			shown = append(shown, v)
		}
	}
	if len(shown) == 0 {
		return g.assign()
	}
	body := "out(" + strconv.Quote(g.fresh("later")) + ", " + strings.Join(shown, ", ") + ")\n"
	if g.chance(30) {
		body = g.assign() + body
	}
	switch {
	case g.inLoop == 0 && g.chance(40):
		g.push()
		defer g.pop()
		return "func() {\nfor k := range 2 {\n" + g.define(g.printable()) + "defer func(n int) {\nout(k, n)\n" + body + "}(k + 1)\n}\n}()\n"
	}
	return "if len(fs) < 12 {\nfs = append(fs, func() {\n" + body + "})\n}\n"
}
