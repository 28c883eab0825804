package gatefuzz

import (
	"fmt"
	"strings"
)

// compound returns a statement with blocks.
func (g *wide) compound(depth int) string {
	switch g.IntN(9) {
	case 0:
		return "if " + g.expr(g.boolean(), 2) + " {\n" + g.block(depth, 3) + "} else {\n" + g.block(depth, 2) + "}\n"
	case 1:
		g.push()
		defer g.pop()
		t, v := g.typ(), g.fresh("v")
		head := "if " + v + " := (" + g.typed(t, 1) + "); "
		g.add(v, t)
		return head + g.expr(g.boolean(), 1) + " {\n_ = " + v + "\n" + g.block(depth, 3) + "} else if " + g.expr(g.boolean(), 1) + " {\n" + g.block(depth, 2) + "}\n"
	case 2, 3, 4:
		return g.loop(depth)
	case 5:
		return g.choice(depth)
	case 6:
		return g.typeChoice(depth)
	case 7:
		loops := g.loops
		g.loops = nil
		s := "func() {\n" + g.block(depth, 4) + "}()\n"
		g.loops = loops
		return s
	}
	return g.selection(depth)
}

// loop returns a loop.
func (g *wide) loop(depth int) string {
	g.push()
	defer g.pop()
	i, e := g.fresh("i"), g.fresh("e")
	label := ""
	if g.chance(40) {
		label = g.fresh("L")
	}
	head := ""
	fixed := func(name string, t *wtype) {
		k := len(g.scopes) - 1
		g.scopes[k] = append(g.scopes[k], wvar{name, t, true})
	}
	use := "_ = " + i + "\n"
	switch g.IntN(6) {
	case 0:
		head = fmt.Sprintf("for %[1]s := 0; %[1]s < %[2]d; %[1]s++ {\n", i, 1+g.IntN(3))
	case 1:
		head = fmt.Sprintf("for %s := range %d {\n", i, 1+g.IntN(3))
	case 2, 3:
		l := g.kind(func(t *wtype) bool { return t.kind == wSlice })
		if l.kind != wSlice {
			return g.assign()
		}
		head = fmt.Sprintf("for %s, %s := range some(%s) {\n", i, e, g.typed(l, 1))
		use += "_ = " + e + "\n"
		fixed(e, l.elem)
	case 4:
		l := g.kind(func(t *wtype) bool { return t.kind == wArray })
		if l.kind != wArray {
			return g.assign()
		}
		x := g.variable(l)
		if x == "" {
			x = g.typed(l, 1)
			x = "(" + x + ")"
		}
		head = fmt.Sprintf("for %s, %s := range %s {\n", i, e, x)
		use += "_ = " + e + "\n"
		fixed(e, l.elem)
	default:
		head = fmt.Sprintf("for %s, %s := range short(%s) {\nif %s > 4 {\nbreak\n}\n", i, e, g.expr(g.kind(func(t *wtype) bool { return t.text == "string" }), 1), i)
		use += "_ = " + e + "\n"
	}
	fixed(i, g.types[0])
	g.loops = append(g.loops, label)
	g.inLoop++
	body := g.block(depth, 4)
	g.inLoop--
	g.loops = g.loops[:len(g.loops)-1]
	text := head + use + body + "}\n"
	if label != "" && (strings.Contains(text, "break "+label+"\n") || strings.Contains(text, "continue "+label+"\n")) {
		return label + ":\n" + text
	}
	return text
}

// leave returns a statement that leaves a loop or goes on with it, or "".
func (g *wide) leave(inner bool) string {
	if len(g.loops) == 0 {
		return ""
	}
	to := g.loops[g.IntN(len(g.loops))]
	word := g.one("break", "continue")
	if to == "" && inner {
		word = "continue"
	}
	return fmt.Sprintf("if %s {\n%s %s\n}\n", g.expr(g.boolean(), 1), word, to)
}

// choice returns a switch.
func (g *wide) choice(depth int) string {
	if g.chance(30) {
		if s := g.leave(false); s != "" {
			return s
		}
	}
	t := g.kind(func(t *wtype) bool { return t.same && t.kind != wBool && t.kind != wStruct && t.kind != wArray })
	v := g.variable(t)
	if v == "" {
		v = "val(" + g.typed(t, 1) + ")"
	}
	through := ""
	if g.chance(30) {
		through = "fallthrough\n"
	}
	clauses := []string{
		fmt.Sprintf("case %s:\n%s%s%s", g.lit(t, 0), g.block(depth, 2), g.leave(true), through),
		fmt.Sprintf("case val(%s), val(%s):\n%s", g.typed(t, 1), g.typed(t, 1), g.block(depth, 2)),
		fmt.Sprintf("case val(%s):\n%s", g.typed(t, 1), g.block(depth, 2)),
	}
	at := 1 + g.IntN(3)
	clauses = append(clauses[:at:at], append([]string{"default:\n" + g.block(depth, 2)}, clauses[at:]...)...)
	return "switch " + v + " {\n" + strings.Join(clauses, "") + "}\n"
}

// typeChoice returns a switch over the type of a value.
func (g *wide) typeChoice(depth int) string {
	x := g.find(func(v wvar) bool { return v.t.kind == wAny })
	if x == "" {
		x = "any(" + g.typed(g.kind(func(t *wtype) bool { return t.plain && t.kind != wAny && t.kind != wError }), 1) + ")"
	}
	w := g.fresh("w")
	var b strings.Builder
	fmt.Fprintf(&b, "switch %s := %s.(type) {\n", w, x)
	seen := map[string]bool{}
	for range 1 + g.IntN(4) {
		t := g.kind(func(t *wtype) bool { return t.plain && t.kind != wAny && t.kind != wError })
		if seen[t.text] {
			continue
		}
		seen[t.text] = true
		g.push()
		g.add(w, t)
		fmt.Fprintf(&b, "case %s:\nout(%q, %s)\n%s", t.text, t.text, w, g.block(depth, 2))
		g.pop()
	}
	fmt.Fprintf(&b, "case nil:\nout(\"nil\")\n%sdefault:\nout(\"other\", %s)\n%s}\n", g.leave(true), w, g.block(depth, 1))
	return b.String()
}

// selection returns a select whose case is known.
func (g *wide) selection(depth int) string {
	t, c, v := g.typ(), g.fresh("c"), g.fresh("v")
	g.push()
	defer g.pop()
	s := fmt.Sprintf("{\n%s := make(chan %s, 1)\nif %s {\n%s <- %s\n}\nselect {\n", c, t.text, g.expr(g.boolean(), 1), c, g.expr(t, 1))
	g.push()
	g.add(v, t)
	if g.chance(50) {
		s += fmt.Sprintf("case %s := <-%s:\n_ = %s\n%s%s", v, c, v, g.block(depth, 2), g.leave(true))
	} else {
		s += fmt.Sprintf("case %s, ok := <-%s:\n_, _ = %s, ok\n%s%s", v, c, v, g.block(depth, 2), g.leave(true))
	}
	g.pop()
	return s + "default:\n" + g.block(depth, 2) + "}\n}\n"
}
