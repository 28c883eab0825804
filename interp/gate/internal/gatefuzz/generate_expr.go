package gatefuzz

import (
	"strconv"
	"strings"
)

// lit returns a value of a type that mentions no variable.
func (g *grammar) lit(t string) string {
	small := func() string { return strconv.Itoa(g.IntN(12)) }
	item := func() string { return f("Item{%s, %s, []int{%s}}", small(), g.lit("string"), small()) }
	switch t {
	case "int":
		return g.one("0", "1", "2", "3", "7", "-1", "-5", "100", "1 << 20", "int('a')")
	case "int64", "int32": // calls, because constants that overflow do not compile
		return f("val[%s](%s)", t, g.one("0", "1", "-3", "2147483647", "-2147483648", "77"))
	case "uint8":
		return f("val[uint8](%s)", g.one("0", "1", "200", "255", "7"))
	case "Num":
		return g.one("Low", "Mid", "High", "Num(7)", "5")
	case "float64":
		return g.one("0.5", "1.25", "-3.0", "100", "1e3", "0.1")
	case "string":
		return g.one(`"a"`, `"bc"`, `""`, `"x,y"`, `"é世"`, "`raw\\n`", `"Z9"`)
	case "bool":
		return g.one("true", "false")
	case "[]int":
		return g.one("[]int{1, 2, 3}", "[]int{}", "[]int(nil)", "[]int{5: 1, 9}", "make([]int, 2, 5)", "[]int{"+small()+", "+small()+"}")
	case "[]string":
		return g.one(`[]string{"p", "q"}`, "[]string{}", `strings.Split("k,l,m", ",")`, `[]string{"one", "two", "three"}`)
	case "Item":
		return g.one("Item{}", item(), item(), `Item{B: "named"}`)
	case "[]Item":
		return g.one("[]Item{{}, {A: 4}}", "[]Item{"+item()+"}", "[]Item(nil)", `[]Item{1: {B: "two"}}`)
	case "map[string]int":
		return g.one(`map[string]int{"a": 1, "b": 2}`, "map[string]int{}", `map[string]int{"x": 9}`)
	case "map[int]string":
		return g.one(`map[int]string{1: "one"}`, `make(map[int]string)`)
	case "map[string]Item":
		return g.one(`map[string]Item{"i": {A: 1}}`, `map[string]Item{}`)
	case "map[string][]int":
		return g.one(`map[string][]int{"l": {1, 2}}`, `map[string][]int{}`)
	case "map[Key]int":
		return g.one(`map[Key]int{{"k", 1}: 5}`, `map[Key]int{}`)
	case "*Item":
		return g.one("(&Item{A: 3})", "(&Item{})", "new(Item)", "(&"+item()+")")
	case "*int":
		return g.one("new(int)", "new(5)")
	case "[]*Item":
		return g.one("[]*Item{{A: 1}, {A: 2}}", "[]*Item{}", "[]*Item{nil, {B: \"z\"}}")
	case "[3]int":
		return g.one("[3]int{1, 2, 3}", "[3]int{}", "[...]int{4, 2: 6}")
	case "[2]Item":
		return g.one("[2]Item{{A: 1}, {B: \"arr\"}}", "[2]Item{}")
	case "Grid":
		return g.one("Grid{{1, 2}, {3, 4}}", "Grid{}")
	case "func(int) int":
		return g.one("func(n int) int { return n + 1 }", "double", "func(n int) int { return n * n }")
	case "func() string":
		return g.one(`func() string { return "lit" }`, "hello")
	case "Wide":
		return g.one(`Wide{Item: Item{A: 2}, W: 1}`, `Wide{}`)
	case "*Wide":
		return g.one("wide(8)", "wide(3)", "wide(0)", "new(Wide)", `(&Wide{Item: Item{A: 8, B: "w"}})`)
	case "Shape":
		return g.one("Shape(Square{3})", "Shape(&Circle{2})", "Shape(nil)")
	case "[]Shape":
		return g.one("[]Shape{Square{1}, &Circle{1}}", "[]Shape{nil}", "[]Shape{}")
	case "Pair[string, int]":
		return g.one(`Pair[string, int]{"k", 1}`, `MakePair("m", 2)`)
	case "Pair[int, Item]":
		return g.one(`Pair[int, Item]{K: 1}`, `MakePair(3, Item{A: 3})`)
	case "Stack[int]":
		return g.one(`Stack[int]{}`, `Stack[int]{items: []int{1}}`)
	case "*Stack[string]":
		return g.one(`&Stack[string]{}`, `NewStack("s", "t")`)
	case "error":
		return g.one(`errors.New("plain")`, `error(nil)`, `error(&Fail{Code: 3})`, `fmt.Errorf("wrap: %w", errBase)`, "errBase", `fmt.Errorf("deep: %w", &Fail{Code: 4})`)
	case "any":
		return g.one("any(1)", `any("s")`, "any(nil)", "any(2.5)", "any([]int{1})", "any(true)", `any(map[string]any{"k": 1})`)
	}
	panic("no value of type " + t)
}

// binary returns an operation on two operands of a type.
func (g *grammar) binary(t, a, b string) string {
	switch t {
	case "string":
		return "(" + a + " + " + b + ")"
	case "float64":
		return "(" + a + " " + g.one("+", "-", "*") + " " + b + ")"
	case "bool":
		return "(" + a + " " + g.one("&&", "||", "==", "!=") + " " + b + ")"
	}
	switch g.IntN(6) {
	case 0:
		return "(" + a + " " + g.one("/", "%") + " (" + b + " | 1))"
	case 1:
		return "(" + a + " " + g.one("<<", ">>") + " (" + b + " & 3))"
	}
	return "(" + a + " " + g.one("+", "-", "*", "&", "|", "^", "&^") + " " + b + ")"
}

// expr returns a value of a type. It changes nothing that it reads, as Go leaves
// the order of such things open, but may print.
func (g *grammar) expr(t string, depth int) string {
	if v := g.variable(t); v != "" && g.chance(45) {
		return v
	}
	if depth <= 0 {
		return g.lit(t)
	}
	if g.chance(12) {
		if s := g.call(t, depth-1); s != "" {
			return s
		}
	}
	if g.chance(6) {
		return f("trace(%q, %s)", g.fresh("t"), g.typed(t, depth-1))
	}
	if g.has["closures"] && g.chance(6) {
		return f("func() %s { return %s }()", t, g.expr(t, depth-1))
	}
	if s := g.from(t, depth-1); s != "" && g.chance(80) {
		return s
	}
	return g.lit(t)
}

// typed returns a value whose type is that one also where it could be inferred.
func (g *grammar) typed(t string, depth int) string { return paren(t) + "(" + g.expr(t, depth) + ")" }

// call returns a call of a function of the program with one result of a type.
func (g *grammar) call(t string, depth int) string {
	for range 4 {
		if len(g.funcs) == 0 {
			return ""
		}
		fn := g.funcs[g.IntN(len(g.funcs))]
		if len(fn.results) == 1 && fn.results[0] == t {
			return g.callOf(fn, depth)
		}
	}
	return ""
}

func (g *grammar) callOf(fn function, depth int) string {
	args := make([]string, len(fn.params))
	for i, p := range fn.params {
		args[i] = g.expr(p, min(depth, 1))
	}
	return fn.name + "(" + strings.Join(args, ", ") + ")"
}

// from returns a value of a type that comes from values of others, or "".
func (g *grammar) from(t string, d int) string {
	x := func(t string) string { return g.expr(t, d) }
	v := func(t string) string { return g.variable(t) }
	var s []string
	add := func(format string, args ...any) { s = append(s, f(format, args...)) }
	switch t {
	case "int", "int64", "int32", "uint8", "float64", "bool", "string":
		add("%s", g.binary(t, x(t), x(t)))
		add("%s", g.binary(t, x(t), x(t)))
	}
	switch t {
	case "int":
		add("len(%s)", x("[]int"))
		add("len(%s)", x("string"))
		add("%s.A", x("Item"))
		add("%s.Sum(%s)", x("Item"), x("int"))
		add("int(%s)", g.typed(g.one("int32", "uint8", "int64", "Num"), d))
		add("at(%s, %s)", x("[]int"), x("int"))
		add("total(%s...)", x("[]int"))
		add("total(%s, %s)", x("int"), x("int"))
		add("strings.Index(%s, %s)", x("string"), x("string"))
		add("min(%s, %s)", x("int"), x("int"))
		if g.has["maps"] {
			add("%s[%s]", x("map[string]int"), x("string"))
			add("len(%s[%s])", x("map[string][]int"), x("string"))
			add("%s[Key{%s, %s}]", x("map[Key]int"), x("string"), x("int"))
		}
		if g.has["arrays"] {
			add("%s[%d]", x("[3]int"), g.IntN(3))
			if w := v("Grid"); w != "" {
				add("%s[%d][%d]", w, g.IntN(2), g.IntN(2))
			}
		}
		if g.has["funcs"] {
			add("%s(%s)", paren(x("func(int) int")), x("int"))
		}
		if g.has["embed"] {
			add("%s.Sum(%s)", x("Wide"), x("int"))
			add("%s.A", x("*Wide"))
		}
		if g.has["generic"] {
			add("%s.V", x("Pair[string, int]"))
			add("Reduce(%s, %s, func(a, b int) int { return a + b })", x("[]int"), x("int"))
			add("Largest(%s, %s)", x("int"), x("int"))
			add("len(Convert(%s, func(s string) int { return len(s) }))", x("[]string"))
		}
		if g.has["methodvalues"] {
			add("apply(%s.Sum, %s)", x("Item"), x("int"))
			add("Item.Sum(%s, %s)", x("Item"), x("int"))
		}
	case "string":
		add("strings.ToUpper(%s)", x("string"))
		add("strconv.Itoa(%s)", x("int"))
		add("cut(%s, %s)", x("string"), x("int"))
		add("%s.B", x("Item"))
		add("fmt.Sprint(%s)", x(g.one("int", "string", "[]int", "float64", "bool")))
		add("fmt.Sprintf(\"%%d|%%v|%%q\", %s, %s, %s)", x("int"), x("bool"), x("string"))
		add("strings.Join(%s, \"-\")", x("[]string"))
		add("string([]rune(%s))", x("string"))
		if g.has["maps"] {
			add("%s[%s]", x("map[int]string"), x("int"))
		}
		if g.has["stringer"] {
			add("%s.String()", g.typed("Num", d))
			add("fmt.Sprintf(\"%%v %%s %%d\", %s, %s, %s)", g.typed("Num", 0), g.typed("Num", 0), g.typed("Num", 0))
		}
		if g.has["iface"] {
			add("nameOf(%s)", x("Shape"))
		}
		if g.has["errtype"] {
			add("fail(%s)", x("error"))
		}
		if g.has["anyval"] {
			add("kind(%s)", x("any"))
		}
		if g.has["json"] {
			add("encode(%s)", x("Item"))
		}
	case "bool":
		c := g.one("int", "string", "float64", "uint8", "Num")
		add("(%s %s %s)", g.typed(c, d), g.one("<", "<=", "==", "!=", ">"), x(c))
		add("!%s", x("bool"))
		add("strings.Contains(%s, %s)", x("string"), x("string"))
		if g.has["pointers"] {
			add("(%s == nil)", g.typed("*Item", d))
		}
		if g.has["errtype"] {
			add("errors.Is(%s, errBase)", x("error"))
		}
		if g.has["arrays"] {
			add("(%s == %s)", g.typed("[3]int", d), g.typed("[3]int", d))
		}
	case "Num":
		add("Num(%s)", x("int"))
		add("(%s + %s)", g.typed("Num", d), x("Num"))
	case "float64":
		add("float64(%s)", g.typed("int", d))
	case "int32", "int64", "uint8":
		add("%s(val[int](%s))", t, x("int"))
	case "[]int":
		add("append(%s, %s)", "[]int(nil)", x("int"))
		add("push(%s, %s)", x("[]int"), x("int"))
		add("[]int{%s, %s}", x("int"), x("int"))
		add("%s.C", x("Item"))
		if g.has["sort"] {
			add("slices.Sorted(slices.Values(%s))", x("[]int"))
			add("sorted(%s)", x("[]int"))
		}
		if g.has["generic"] {
			add("Keep(%s, func(n int) bool { return n%%2 == 0 })", x("[]int"))
			add("Convert(%s, func(s string) int { return len(s) })", x("[]string"))
		}
		if g.has["rangefunc"] {
			add("collect(count(%s))", x("int"))
		}
	case "[]string":
		add("strings.Split(%s, %s)", x("string"), g.one(`","`, `"e"`, `"-"`))
		add("[]string{%s, %s}", x("string"), x("string"))
		if g.has["maps"] && g.has["sort"] {
			add("slices.Sorted(maps.Keys(%s))", x("map[string]int"))
		}
	case "Item":
		add("Item{A: %s, B: %s}", x("int"), x("string"))
		add("%s.With(%s)", x("Item"), x("int"))
		add("first(%s)", x("[]Item"))
		if w := v("*Item"); w != "" {
			add("deref(%s)", w)
		}
		if g.has["maps"] {
			add("%s[%s]", x("map[string]Item"), x("string"))
		}
		if g.has["embed"] {
			add("%s.Item", x("Wide"))
		}
		if g.has["generic"] {
			add("%s.V", x("Pair[int, Item]"))
		}
	case "[]Item":
		add("append([]Item{%s}, %s...)", x("Item"), x("[]Item"))
	case "*Item":
		if w := v("Item"); w != "" {
			add("&%s", w)
		}
		if w := v("[]Item"); w != "" {
			add("pick(%s)", w)
		}
	case "*int":
		if w := v("int"); w != "" && !strings.HasPrefix(w, "i") {
			add("&%s", w)
		}
	case "[]*Item":
		add("[]*Item{%s, %s}", x("*Item"), x("*Item"))
	case "func(int) int":
		if w := v("int"); w != "" {
			add("func(n int) int { return n + %s }", w)
			if !strings.HasPrefix(w, "i") {
				add("func(n int) int { return n - %s }", w)
			}
		}
		add("adder(%s)", x("int"))
		if g.has["methodvalues"] {
			add("%s.Sum", x("Item"))
		}
	case "func() string":
		if w := v("string"); w != "" {
			add("func() string { return %s + \"!\" }", w)
		}
	case "Wide":
		add("Wide{Item: %s, W: %s}", x("Item"), x("int"))
	case "Shape":
		add("Square{%s}", x("int"))
		add("&Circle{%s}", x("int"))
	case "[]Shape":
		add("[]Shape{%s, %s}", x("Shape"), x("Shape"))
	case "error":
		add("fmt.Errorf(\"%%s: %%w\", %s, %s)", x("string"), g.one("errBase", "error(&Fail{Code: 9})"))
		add("check(%s)", x("int"))
	case "any":
		add("any(%s)", g.typed(g.one("int", "string", "float64", "bool", "[]int", "uint8"), d))
	case "Pair[string, int]":
		add("MakePair(%s, %s)", x("string"), x("int"))
	case "map[string]int":
		add("counts(%s)", x("[]string"))
	}
	if len(s) == 0 {
		return ""
	}
	return s[g.IntN(len(s))]
}
