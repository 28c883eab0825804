package gatefuzz

import (
	"fmt"
	"strconv"
	"strings"
)

// lit returns a value that mentions no variable.
func (g *wide) lit(t *wtype, depth int) string {
	switch t.kind {
	case wInt:
		return g.one("0", "1", "2", "3", "7", "100")
	case wFloat:
		return g.one("0.5", "2", "-1.25", "1e3", "0.1")
	case wString:
		return g.one(`"a"`, `"bc"`, `""`, `"x,y"`, `"é世"`)
	case wBool:
		return g.one("true", "false")
	case wAny:
		if depth <= 0 {
			return g.one("any(1)", "any(nil)", `any("s")`)
		}
		e := g.printable()
		if e.kind == wAny || e.kind == wError {
			return "any(nil)"
		}
		return "any(" + g.typed(e, depth-1) + ")"
	case wError:
		return g.one("error(nil)", `errors.New("e")`, "error(&Fail{Code: 2})", `fmt.Errorf("w: %w", &Fail{Code: 3})`)
	case wFace:
		for _, s := range g.structs {
			if s.face && g.chance(60) {
				if s.ptr {
					return "Face(&" + g.composite(s, depth) + ")"
				}
				return "Face(" + g.composite(s, depth) + ")"
			}
		}
		return "Face(nil)"
	case wStruct, wArray:
		return g.composite(t, depth)
	case wPointer:
		return g.one("&"+g.composite(t.elem, depth), "new("+t.elem.text+")", "(*"+t.elem.text+")(nil)")
	case wSlice, wMap:
		if g.chance(20) {
			return t.text + "(nil)"
		}
		return g.composite(t, depth)
	default:
		return g.literal(t, depth)
	}
}

// typed returns a value whose type does not follow from where it stands.
func (g *wide) typed(t *wtype, depth int) string {
	if t.kind == wFunc || t.kind == wPointer {
		return "(" + t.text + ")(" + g.expr(t, depth) + ")"
	}
	return t.text + "(" + g.expr(t, depth) + ")"
}

// composite returns a composite literal.
func (g *wide) composite(t *wtype, depth int) string {
	var parts []string
	value := func(t *wtype) string {
		if depth <= 0 {
			return g.flat(t)
		}
		return g.expr(t, depth-1)
	}
	switch t.kind {
	case wStruct:
		all := g.chance(40)
		for _, f := range t.fields {
			if all || g.chance(60) {
				parts = append(parts, f.name+": "+value(f.t))
			}
		}
	case wArray:
		for range g.IntN(3) {
			parts = append(parts, value(t.elem))
		}
	case wSlice:
		for range g.IntN(4) {
			parts = append(parts, value(t.elem))
		}
	case wMap: // constant keys must differ
		if t.key.kind == wBool || t.key.kind == wStruct || t.key.kind == wArray {
			parts = append(parts, value(t.key)+": "+value(t.elem))
			break
		}
		for i := range g.IntN(3) {
			k := strconv.Itoa(i)
			if t.key.kind == wString {
				k = g.one(`"k`+k+`"`, `"a`+k+`"`)
			}
			parts = append(parts, k+": "+value(t.elem))
		}
	default:
	}
	return t.text + "{" + strings.Join(parts, ", ") + "}"
}

// flat returns the shortest value of a type.
func (g *wide) flat(t *wtype) string {
	switch t.kind {
	case wStruct, wArray:
		return t.text + "{}"
	case wSlice, wMap, wPointer, wFunc, wFace, wAny, wError:
		return "nil"
	default:
		return g.lit(t, 0)
	}
}

// literal returns a function literal.
func (g *wide) literal(t *wtype, depth int) string {
	g.push()
	defer g.pop()
	p := g.fresh("n")
	g.add(p, g.types[0])
	return "func(" + p + " int) " + t.elem.text + " { return " + g.expr(t.elem, max(depth-1, 0)) + " }"
}

// expr returns a value of a type. It changes nothing.
func (g *wide) expr(t *wtype, depth int) string {
	if v := g.variable(t); v != "" && g.chance(40) {
		return v
	}
	if depth <= 0 {
		return g.lit(t, 0)
	}
	d := depth - 1
	switch k := g.IntN(100); {
	case k < 8:
		return "trace(" + strconv.Quote(g.fresh("t")) + ", " + g.typed(t, d) + ")"
	case k < 14:
		return "func() " + t.text + " { return " + g.expr(t, d) + " }()"
	case k < 20:
		return "either(" + g.expr(g.boolean(), d) + ", " + g.typed(t, d) + ", " + g.expr(t, d) + ")"
	case k < 32:
		if s := g.called(t, d); s != "" {
			return s
		}
	case k < 62:
		if s := g.part(t, d); s != "" {
			return s
		}
	case k < 85:
		if s := g.operation(t, d); s != "" {
			return s
		}
	}
	return g.lit(t, depth)
}

func (g *wide) boolean() *wtype { return g.kind(func(t *wtype) bool { return t.kind == wBool }) }

// called returns a call of a function with one result.
func (g *wide) called(t *wtype, d int) string {
	for _, fn := range g.funcs {
		if len(fn.results) == 1 && fn.results[0] == t && g.chance(60) {
			return g.callOf(fn, d)
		}
	}
	if v := g.find(func(v wvar) bool { return v.t.kind == wFunc && v.t.elem == t }); v != "" {
		return v + "(" + g.expr(g.types[0], d) + ")"
	}
	return ""
}

func (g *wide) callOf(fn wfunc, d int) string {
	args := make([]string, len(fn.params))
	for i, p := range fn.params {
		args[i] = g.expr(p, min(d, 1))
	}
	return fn.name + "(" + strings.Join(args, ", ") + ")"
}

// part returns a part of a variable, or "".
func (g *wide) part(t *wtype, d int) string {
	var s []string
	for _, scope := range g.scopes {
		for _, v := range scope {
			switch v.t.kind {
			case wSlice:
				if v.t.elem == t {
					s = append(s, "pick("+v.name+", "+g.expr(g.types[0], 0)+")")
				}
			case wArray:
				if v.t.elem == t {
					s = append(s, v.name+"["+g.one("0", "1", g.expr(g.types[0], 0)+"&1")+"]")
				}
			case wMap:
				if v.t.elem == t {
					s = append(s, v.name+"["+g.expr(v.t.key, min(d, 1))+"]")
				}
			case wPointer:
				if v.t.elem == t {
					s = append(s, "deref("+v.name+")")
				}
			case wStruct:
				s = append(s, fieldsOf(v.name, v.t, t, 0)...)
			default:
			}
		}
	}
	for _, st := range g.structs {
		if st == t {
			s = append(s, g.expr(t, d)+".With("+g.expr(st.fields[0].t, d)+")")
		}
	}
	if len(s) == 0 {
		return ""
	}
	return s[g.IntN(len(s))]
}

// fieldsOf returns what selects a value of a type from a struct.
func fieldsOf(name string, st, t *wtype, depth int) []string {
	var s []string
	for _, f := range st.fields {
		if f.t == t {
			s = append(s, name+"."+f.name)
		}
		if f.t.kind == wStruct && depth < 2 {
			s = append(s, fieldsOf(name+"."+f.name, f.t, t, depth+1)...)
		}
	}
	return s
}

// operation returns an operation whose result has a type, or "". Its left side is no
// constant, so that it does not overflow when it is compiled.
func (g *wide) operation(t *wtype, d int) string {
	left := func(t *wtype) string {
		if v := g.variable(t); v != "" {
			return v
		}
		return "val[" + t.text + "](" + g.expr(t, d) + ")"
	}
	x := func(t *wtype) string { return g.expr(t, d) }
	switch t.kind {
	case wInt:
		switch g.IntN(7) {
		case 0:
			return "(" + left(t) + " " + g.one("/", "%") + " (" + left(t) + " | 1))"
		case 1:
			return "(" + left(t) + " " + g.one("<<", ">>") + " (" + left(t) + " & 3))"
		case 2:
			l := g.kind(func(t *wtype) bool { return t.kind == wSlice || t.kind == wMap || t.kind == wString })
			return t.text + "(len(" + g.typed(l, d) + "))"
		case 3:
			o := g.kind(func(t *wtype) bool { return t.kind == wInt || t.kind == wFloat })
			if o.kind == wInt {
				return t.text + "(" + left(o) + ")"
			}
		case 4:
			return t.text + "(num(" + g.lit(&wtype{text: "Face", kind: wFace}, d) + "))"
		case 5:
			return g.one("min", "max") + "(" + left(t) + ", " + x(t) + ")"
		}
		return "(" + left(t) + " " + g.one("+", "-", "*", "&", "|", "^", "&^") + " " + x(t) + ")"
	case wFloat:
		if g.chance(30) { // nothing whose result may be -0, whose sign is lost
			return "(" + left(t) + g.one(" * 3", " / 4", " / 0.5") + ")"
		}
		return "(" + left(t) + " " + g.one("+", "-") + " " + x(t) + ")"
	case wString:
		switch g.IntN(5) {
		case 0:
			return t.text + "(short(fmt.Sprint(" + x(g.printable()) + ")))"
		case 1:
			return t.text + "(short(" + g.format(2) + "))"
		case 2:
			return t.text + "(text(" + g.lit(&wtype{kind: wError}, d) + "))"
		}
		return "(" + left(t) + " + " + x(t) + ")"
	case wBool:
		switch g.IntN(4) {
		case 0:
			return "!" + left(t)
		case 1:
			return "(" + left(t) + " " + g.one("&&", "||") + " " + x(t) + ")"
		}
		o := g.kind(func(t *wtype) bool { return t.same })
		switch o.kind {
		case wInt, wString, wFloat:
			return "(" + left(o) + " " + g.one("<", ">", "==", "!=", "<=") + " " + x(o) + ")"
		default:
			return "(" + left(o) + " " + g.one("==", "!=") + " val[" + o.text + "](" + x(o) + "))"
		}
	case wSlice:
		return g.one("append("+left(t)+"[:0:0], "+x(t.elem)+")", "append("+t.text+"{}, "+left(t)+"...)", "some("+left(t)+")")
	default:
		return ""
	}
}

// format returns a text that is formatted by verbs made by chance.
func (g *wide) format(n int) string {
	var verbs, args []string
	for range 1 + g.IntN(n) {
		t := g.printable()
		verbs = append(verbs, "%"+g.verb(t))
		args = append(args, g.typed(t, 1))
	}
	return fmt.Sprintf("fmt.Sprintf(%q, %s)", strings.Join(verbs, "|"), strings.Join(args, ", "))
}

// verb returns a verb for values of a type. Those that do not fit pointers print
// pointers in lists of errors as if they stood alone, as the gate says.
func (g *wide) verb(t *wtype) string {
	switch t.kind {
	case wInt, wFloat, wString, wBool:
		return g.one("v", "+v", "#v", "d", "s", "q", "x", "T", "5v", "-4v", "t", "05d")
	default:
		return g.one("v", "v", "+v", "#v", "s", "q", "T", "5v")
	}
}
