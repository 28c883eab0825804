package gatefuzz

import (
	"fmt"
	"strings"
)

// more returns a statement of those that authors write in their own ways: results
// of literals, entries of maps that change, goroutines that hand one value over.
func (g *wide) more() string {
	switch g.IntN(9) {
	case 0:
		return g.literalCall()
	case 1:
		return g.entry()
	case 2:
		t, c, v := g.typ(), g.fresh("c"), g.fresh("v")
		s := fmt.Sprintf("%s := make(chan %s)\ngo func() {\n%s <- %s\n}()\n%s := <-%s\n_ = %s\n", c, t.text, c, g.expr(t, 2), v, c, v)
		g.add(v, t)
		return s
	case 3:
		t := g.printable()
		return fmt.Sprintf("out(any(%s) == any(%s), any(%s) == nil)\n", g.sameValue(t), g.sameValue(t), g.typed(g.printable(), 1))
	case 4:
		for _, st := range g.structs {
			if v := g.variable(st); v != "" && st.face && g.chance(60) {
				m := g.fresh("m")
				return fmt.Sprintf("%s := %s.Num\n%s\nout(%s())\n", m, v, strings.TrimSuffix(g.assign(), "\n"), m)
			}
		}
	case 5:
		n := g.fresh("n")
		return fmt.Sprintf("for %s := 0; %s < 4 && %s; {\n%s++\n%s}\n", n, n, g.expr(g.boolean(), 1), n, g.block(0, 2))
	case 6:
		var args []string
		for range g.IntN(4) {
			args = append(args, g.typed(g.printable(), 1))
		}
		return g.one("out", "fmt.Println", "many") + "(" + strings.Join(args, ", ") + ")\n"
	case 7:
		return g.counter()
	}
	t := g.printable()
	return fmt.Sprintf("out(append([]%s{%s}, %s), append([]any{%s}, %s))\n", t.text, g.expr(t, 1), g.expr(t, 1), g.typed(g.printable(), 1), g.typed(g.printable(), 1))
}

// sameValue returns a value that can be compared, through any.
func (g *wide) sameValue(t *wtype) string {
	if !t.same {
		t = g.types[0]
	}
	return g.typed(t, 1)
}

// literalCall returns a call of a literal with parameters and several results.
func (g *wide) literalCall() string {
	var params, args, names []string
	var results []*wtype
	ts := []*wtype{g.typ(), g.typ()}[:1+g.IntN(2)]
	for _, t := range ts {
		args = append(args, g.expr(t, 1))
	}
	g.push()
	for _, t := range ts {
		p := g.fresh("p")
		params = append(params, p+" "+t.text)
		g.add(p, t)
	}
	var texts []string
	for range 1 + g.IntN(3) {
		t := g.typ()
		results, texts = append(results, t), append(texts, t.text)
	}
	body := g.assign() + "return " + g.values(results, 2) + "\n"
	g.pop()
	var use strings.Builder
	for _, t := range results {
		v := g.fresh("v")
		names = append(names, v)
		g.add(v, t)
		use.WriteString("_ = " + v + "\n")
	}
	return fmt.Sprintf("%s := func(%s) (%s) {\n%s}(%s)\n%s", strings.Join(names, ", "), strings.Join(params, ", "), strings.Join(texts, ", "), body, strings.Join(args, ", "), use.String())
}

// entry changes an entry of a map.
func (g *wide) entry() string {
	m := g.find(func(v wvar) bool { return v.t.kind == wMap })
	if m == "" {
		return g.assign()
	}
	t := g.typeOf(m)
	k := g.expr(t.key, 1)
	head := "if " + m + " != nil {\n"
	switch t.elem.kind {
	case wInt:
		return head + m + "[" + k + "]" + g.one("++", " += "+g.expr(t.elem, 1), " *= 3") + "\n}\n"
	case wString:
		return head + m + "[" + k + "] += " + g.expr(t.elem, 0) + "\n}\n"
	case wSlice:
		return head + m + "[" + k + "] = more(" + m + "[" + k + "], " + g.expr(t.elem.elem, 1) + ")\n}\n"
	case wStruct:
		f := t.elem.fields[0]
		e := g.fresh("e")
		return head + fmt.Sprintf("%s := %s[%s]\n%s.%s = %s\n%s[%s] = %s\n}\n", e, m, k, e, f.name, g.expr(f.t, 1), m, k, e)
	default:
		return fmt.Sprintf("delete(%s, %s)\nout(len(%s))\n", m, k, m)
	}
}

// counter returns functions that share variables with each other.
func (g *wide) counter() string {
	n, inc, get := g.fresh("n"), g.fresh("inc"), g.fresh("get")
	t := g.printable()
	v := g.fresh("v")
	s := fmt.Sprintf("%[1]s, %[2]s := 0, %[3]s(%[4]s)\n", n, v, t.text, g.expr(t, 1))
	g.add(v, t)
	return s + fmt.Sprintf("%[1]s := func(d int) func() int {\n%[2]s += d\nreturn func() int {\n%[2]s++\n%[5]s = %[6]s\nreturn %[2]s * d\n}\n}\n%[3]s := %[1]s(2)\nout(%[3]s(), %[1]s(3)(), %[3]s(), %[2]s, %[4]s)\n", inc, n, get, v, v, g.expr(t, 1))
}
