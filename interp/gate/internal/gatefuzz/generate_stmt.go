package gatefuzz

import "strings"

// place returns something of a type that can be assigned, or "".
func (g *grammar) place(t string) string {
	var s []string
	add := func(v, format string) {
		if v != "" {
			s = append(s, f(format, v))
		}
	}
	if v := g.variable(t); v != "" && !strings.HasPrefix(v, "i") {
		s = append(s, v, v)
	}
	switch t {
	case "int":
		add(g.variable("Item"), "%s.A")
		if g.has["maps"] {
			add(g.variable("map[string]int"), `%s["`+g.one("a", "b", "new")+`"]`)
			add(g.variable("map[Key]int"), `%s[Key{"k", 1}]`)
		}
		if g.has["pointers"] {
			add(g.variable("*Item"), "%s.A")
			add(g.variable("*int"), "*%s")
		}
		if g.has["arrays"] {
			add(g.variable("[3]int"), f("%%s[%d]", g.IntN(3)))
			add(g.variable("Grid"), f("%%s[%d][1]", g.IntN(2)))
			add(g.variable("[2]Item"), "%s[1].A")
		}
		if g.has["embed"] {
			add(g.variable("Wide"), "%s.A")
			add(g.variable("*Wide"), "%s.Item.A")
		}
	case "string":
		add(g.variable("Item"), "%s.B")
		add(g.variable("map[int]string"), "%s[1]")
		add(g.variable("Pair[string, int]"), "%s.K")
	case "[]int":
		add(g.variable("Item"), "%s.C")
		add(g.variable("map[string][]int"), `%s["l"]`)
	case "Item":
		add(g.variable("map[string]Item"), `%s["i"]`)
		add(g.variable("[2]Item"), "%s[0]")
		add(g.variable("*Item"), "*%s")
		add(g.variable("*Wide"), "%s.Item")
	}
	if len(s) == 0 {
		return ""
	}
	return s[g.IntN(len(s))]
}

func (g *grammar) block(depth, n int) string {
	g.push()
	defer g.pop()
	var b strings.Builder
	for range 1 + g.IntN(n) {
		b.WriteString(g.stmt(depth))
	}
	return b.String()
}

// loop returns a block as the body of a loop.
func (g *grammar) loop(depth int, label string, vars ...local) string {
	g.loops = append(g.loops, label)
	g.push()
	for _, v := range vars {
		g.add(v.name, v.typ)
	}
	out := g.block(depth, 3)
	g.pop()
	g.loops = g.loops[:len(g.loops)-1]
	return out
}

// outside returns a block that the loops around cannot be left from.
func (g *grammar) outside(depth int) string {
	loops := g.loops
	g.loops = nil
	out := g.block(depth, 3)
	g.loops = loops
	return out
}

// assign returns an assignment.
func (g *grammar) assign() string {
	for range 8 {
		t := g.typ()
		p := g.place(t)
		if p == "" {
			continue
		}
		switch k := g.IntN(10); {
		case k < 2 && (t == "int" || t == "string" || t == "float64"):
			return f("%s %s %s\n", p, g.assignOp(t), g.expr(t, 2))
		case k < 3 && t == "int":
			return p + g.one("++", "--") + "\n"
		case k < 5:
			u := g.typ()
			if q := g.place(u); q != "" && !strings.ContainsAny(p+q, "*[") {
				return f("%s, %s = %s, %s\n", p, q, g.expr(t, 1), g.expr(u, 1))
			}
		}
		return f("%s = %s\n", p, g.expr(t, 2))
	}
	return "out(\"nothing\")\n"
}

func (g *grammar) assignOp(t string) string {
	switch t {
	case "string":
		return "+="
	case "float64":
		return g.one("+=", "-=", "*=")
	}
	return g.one("+=", "-=", "*=", "|=", "^=", "&^=")
}

// stmt returns a statement.
func (g *grammar) stmt(depth int) string {
	g.budget--
	if depth > 0 && g.budget > 0 && g.chance(45) {
		if s := g.compound(depth - 1); s != "" {
			return s
		}
	}
	switch k := g.IntN(100); {
	case k < 30:
		return g.declare(g.typ())
	case k < 60:
		return g.assign()
	case k < 68:
		return g.several()
	case k < 80:
		return g.special()
	}
	t := g.typ()
	if v := g.variable(t); v != "" {
		return g.show(v, t)
	}
	return f("out(%s)\n", g.expr(g.one("int", "string", "bool", "[]int", "[]string"), 3))
}

// several returns a statement that takes several values at once.
func (g *grammar) several() string {
	switch g.IntN(5) {
	case 0:
		for _, fn := range g.funcs {
			if len(fn.results) == 2 && g.chance(60) {
				call := g.callOf(fn, 1)
				a, b := g.fresh("v"), g.fresh("v")
				g.add(a, fn.results[0])
				g.add(b, fn.results[1])
				return f("%s, %s := %s\n%s", a, b, call, g.use(a, b))
			}
		}
	case 1:
		a, b, c := g.fresh("v"), g.fresh("v"), g.fresh("v")
		s := f("%s, %s, %s := %s, %s, %s\n%s", a, b, c, g.expr("int", 1), g.expr("[]int", 1), g.expr("string", 1), g.use(a, b, c))
		g.add(a, "int")
		g.add(b, "[]int")
		g.add(c, "string")
		return s
	case 2:
		t := g.one("int", "string", "Item", "[]int")
		if a, b := g.variable(t), g.variable(t); a != "" && a != b && !strings.HasPrefix(a, "i") && !strings.HasPrefix(b, "i") {
			return f("%s, %s = %s, %s\n", a, b, b, a)
		}
	case 3:
		if m := g.variable("map[string]int"); m != "" {
			v, ok := g.fresh("v"), g.fresh("ok")
			s := f("%s, %s := %s[%s]\nout(%s, %s)\n", v, ok, m, g.expr("string", 1), v, ok)
			g.add(v, "int")
			g.add(ok, "bool")
			return s
		}
	default:
		if s := g.variable("[]int"); s != "" {
			return f("if len(%[1]s) > 1 {\n%[1]s[0], %[1]s[1] = %[1]s[1], %[2]s\n}\n", s, g.expr("int", 1))
		}
	}
	return g.assign()
}

// use returns a statement that uses variables without doing anything.
func (g *grammar) use(names ...string) string {
	if g.chance(10) {
		return strings.Repeat("_, ", len(names)-1) + "_ = " + strings.Join(names, ", ") + "\n"
	}
	return "_ = " + strings.Join(names, "\n_ = ") + "\n"
}

// special returns a statement of one of the features.
func (g *grammar) special() string {
	var s []string
	add := func(format string, args ...any) { s = append(s, f(format, args...)) }
	x := func(t string) string { return g.expr(t, 1) }
	if v := g.variable("[]int"); v != "" {
		// How much room append makes is not Go's to say, so nothing may share it.
		add("%[1]s = append(%[1]s[:len(%[1]s):len(%[1]s)], %[2]s)\n", v, x("int"))
		w := g.fresh("v")
		add("if len(%[1]s) > 2 {\n%[2]s := %[1]s[1:2]\n%[2]s = append(%[2]s, %[3]s)\n%[2]s[0] = 77\nout(%[1]s, %[2]s)\n}\n", v, w, g.lit("int"))
		add("copy(%s, []int{%s})\n", v, x("int"))
	}
	if v := g.variable("Item"); v != "" {
		add("%s.Grow(%s)\n", v, x("int"))
		add("{ c := %[1]s; c.A++; c.B += \"c\"; out(c.A, %[1]s.A, c.B, %[1]s.B) }\n", v)
	}
	if v := g.variable("[]Item"); v != "" {
		add("for i := range %[1]s {\n%[1]s[i].Grow(i)\n}\n", v)
		add("for _, e := range %[1]s {\ne.A = 99\nout(e.A)\n}\n", v)
	}
	if v := g.variable("*Item"); v != "" {
		add("if %[1]s != nil {\n%[1]s.Grow(%[2]s)\n}\n", v, x("int"))
	}
	if v := g.variable("map[string]int"); v != "" {
		add("delete(%s, %s)\n", v, x("string"))
		add("%s[%s]++\n", v, x("string"))
	}
	if v := g.variable("map[string][]int"); v != "" {
		add("%[1]s[\"n\"] = push(%[1]s[\"n\"], %[2]s)\n", v, x("int"))
	}
	if v := g.variable("map[string]Item"); v != "" {
		add("{ e := %[1]s[\"i\"]; e.A++; %[1]s[\"j\"] = e }\n", v)
	}
	if v := g.variable("Stack[int]"); v != "" {
		add("%[1]s.Push(%[2]s)\nout(%[1]s.Len())\n", v, x("int"))
	}
	if v := g.variable("*Stack[string]"); v != "" {
		add("if e, ok := %s.Pop(); ok {\nout(e)\n}\n", v)
	}
	if v := g.variable("error"); v != "" {
		add("{ var fe *Fail\nif errors.As(%s, &fe) {\nout(\"fail\", fe.Code)\n}\n}\n", v)
		add("if %[1]s != nil {\nout(%[1]s.Error())\n}\n", v)
	}
	if v := g.variable("any"); v != "" {
		add("if n, ok := %s.(int); ok {\nout(n + 1)\n}\n", v)
	}
	if v := g.variable("Shape"); v != "" {
		add("switch s := %s.(type) {\ncase nil:\nout(\"nil\")\ncase Square:\nout(\"square\", s.Side)\ncase *Circle:\nout(\"circle\", s.R)\n}\n", v)
		add("if sq, ok := %s.(Square); ok {\nout(sq.Side)\n}\n", v)
	}
	if v := g.variable("Wide"); v != "" {
		add("%s.Grow(%s)\n", v, x("int"))
	}
	if v := g.variable("func(int) int"); v != "" && !strings.HasPrefix(v, "p") {
		w := g.fresh("w")
		add("{ %[2]s := %[1]s\n%[1]s = func(n int) int { return %[2]s(n) + 1 }\n}\n", v, w)
	}
	g.idioms(add)
	if g.has["defer"] {
		add("func() {\ndefer out(\"deferred\", %s)\nout(\"body\")\n}()\n", x("int"))
		if v := g.variable("int"); v != "" && !strings.HasPrefix(v, "i") {
			add("func() {\ndefer func(n int) { out(\"d\", n, %[1]s) }(%[1]s)\n%[1]s += 3\n}()\n", v)
		}
	}
	if g.has["closures"] {
		if v := g.variable("int"); v != "" && !strings.HasPrefix(v, "i") {
			c := g.fresh("c")
			add("%[1]s := func(n int) { %[2]s += n }\n%[1]s(%[3]s)\n%[1]s(1)\nout(%[2]s)\n", c, v, g.lit("int"))
		}
	}
	if g.has["risky"] {
		risk := g.one("_ = []int{1}[zero+4]", "_ = 1 / zero", "var np *Item; np.A = 1", "var nm map[string]int; nm[\"x\"] = 1", "panic(\"own\")", "_ = any(zero).(string)", "panic(errors.New(\"err\"))", "_ = \"abc\"[zero+3:zero+1]")
		add("func() {\ndefer func() {\nif r := recover(); r != nil {\nout(\"recovered\")\n}\n}()\n%s\nout(\"not here\")\n}()\n", risk)
		if g.has["recover"] {
			add("func() {\ndefer func() { out(recover()) }()\n%s\n}()\n", risk)
		}
	}
	if g.has["json"] {
		add("{ var back Item\nerr := json.Unmarshal([]byte(encode(%s)), &back)\nout(back.A, back.B, len(back.C), err)\n}\n", x("Item"))
	}
	if len(s) == 0 {
		return g.assign()
	}
	return s[g.IntN(len(s))]
}

// idioms adds loops whose rounds must not know of each other, and others that
// authors write all the time.
func (g *grammar) idioms(add func(format string, args ...any)) {
	x := func(t string) string { return g.expr(t, 1) }
	keys := `[]string{"a", "zz", "b", "i", "q"}`
	for _, t := range []string{"map[string]int", "map[string]Item", "map[string][]int"} {
		if v := g.variable(t); v != "" {
			add("for _, key := range (%s) {\ne, ok := %s[key]\nout(key, e, ok)\n}\n", keys, v)
			add("for _, key := range (%s) {\nif e, ok := %s[key]; !ok {\nout(key, e)\n}\n}\n", keys, v)
		}
	}
	add("for k := range 3 {\nvar n int\nvar s []string\nvar it Item\nif k == 1 {\nn, s, it.A = 5, append(s, %s), %s\n}\nout(n, s, it, s == nil)\n}\n", x("string"), x("int"))
	add("for k := range 3 {\nit := Item{A: k}\nif k == 1 {\nit.B = %s\n}\np := &it\np.Grow(k)\nout(it, *p)\n}\n", x("string"))
	add("{ p, q := new(Item), new(Item)\np.A = %s\nout(p.A, q.A, p == q)\n}\n", x("int"))
	add("{ rows := make([][]int, 2)\nfor k := range rows {\nrows[k] = append(rows[k], k, %s)\n}\nout(rows)\n}\n", x("int"))
	add("{ s := []string{%s, %s}\nfor k, e := range s {\ns[k] = e + \"!\"\n}\nout(s)\n}\n", x("string"), x("string"))
	add("{ a, b := %s, %s\na, b = b, a+b\nout(a, b)\n}\n", x("int"), x("int"))
	if g.has["maps"] {
		add("{ groups := map[bool][]int{}\nfor _, e := range (%s) {\ngroups[e > 2] = append(groups[e > 2], e)\n}\nout(groups)\n}\n", x("[]int"))
	}
	if g.has["pointers"] {
		add("{ byName := map[string]*Item{}\nfor _, e := range first3(%s) {\nif byName[e.B] == nil {\nbyName[e.B] = &e\n}\nbyName[e.B].A++\n}\nout(len(byName))\n}\n", x("[]Item"))
	}
}

// compound returns a statement with blocks, or "".
func (g *grammar) compound(depth int) string {
	switch g.IntN(12) {
	case 0:
		return "if (" + g.expr("bool", 2) + ") {\n" + g.block(depth, 3) + "}\n"
	case 1:
		v := g.fresh("v")
		cond := f("if %s := (%s); %s > %s {\n", v, g.expr("int", 1), v, g.lit("int"))
		g.push()
		g.add(v, "int")
		defer g.pop()
		return cond + g.block(depth, 2) + "} else if (" + g.expr("bool", 1) + ") {\n" + g.block(depth, 2) + "} else {\n" + g.block(depth, 2) + "}\n"
	case 2, 3, 4:
		return g.forLoop(depth)
	case 5:
		if len(g.loops) > 0 {
			to := g.loops[g.IntN(len(g.loops))]
			if to == "" && g.loops[len(g.loops)-1] != "" {
				to = ""
			}
			word := g.one("break", "continue")
			return f("if (%s) {\n%s %s\n}\n", g.expr("bool", 1), word, to)
		}
	case 6, 7:
		if g.has["switch"] {
			return g.switches(depth)
		}
	case 8:
		if g.has["closures"] || g.has["defer"] {
			return "func() {\n" + g.outside(depth) + "}()\n"
		}
	case 9:
		return "{\n" + g.block(depth, 3) + "}\n"
	case 10:
		if g.has["goroutine"] {
			return g.concurrent()
		}
	case 11:
		if g.has["loopdefer"] {
			return f("func() {\nfor k := range %d {\ndefer func() { out(\"late\", k) }()\n}\n}()\n", 1+g.IntN(3))
		}
	}
	return ""
}

func (g *grammar) forLoop(depth int) string {
	label, head := "", ""
	if g.has["labels"] && g.chance(40) {
		label = g.fresh("L")
	}
	i, e := g.fresh("i"), g.fresh("e")
	vars := []local{{i, "int"}}
	var use strings.Builder
	switch g.IntN(8) {
	case 0:
		head = f("for %[1]s := 0; %[1]s < %[2]d; %[1]s++ {\n", i, 1+g.IntN(4))
	case 1:
		head = f("for %s := range %d {\n", i, 1+g.IntN(4))
	case 2:
		head = f("for %s, %s := range first3(%s) {\n", i, e, g.expr("[]int", 1))
		vars = append(vars, local{e, "int"})
	case 3:
		head = f("for %s, %s := range cut(%s, 2) {\n", i, e, g.expr("string", 1))
		vars = append(vars, local{e, "int32"})
	case 4:
		head = f("for _, %s := range first3(%s) {\n", e, g.expr("[]Item", 1))
		vars = []local{{e, "Item"}}
	case 5:
		head = f("for %s := %d; %s > 0; %s /= 2 {\n", i, g.IntN(20), i, i)
	case 6:
		if g.has["rangefunc"] {
			head = f("for %s := range count(%d) {\n", i, 1+g.IntN(4))
			break
		}
		fallthrough
	default:
		a := g.fresh("i")
		head = f("for %[1]s, %[2]s := 0, 5; %[1]s < %[2]s; %[1]s, %[2]s = %[1]s+1, %[2]s-1 {\n", i, a)
		vars = append(vars, local{a, "int"})
	}
	for _, v := range vars {
		use.WriteString("_ = " + v.name + "\n")
	}
	body := ""
	if g.has["closures"] && vars[0].typ == "int" && g.chance(25) {
		fs := g.fresh("fs")
		tail := f("for _, fn := range %s {\nout(fn())\n}\n", fs)
		body = f("%s = append(%s, func() int { return %s * 10 })\n", fs, fs, i)
		loop := head + use.String() + body + g.loop(depth, label, vars...) + "}\n"
		return f("var %s []func() int\n", fs) + g.labelled(label, loop) + tail
	}
	return g.labelled(label, head+use.String()+g.loop(depth, label, vars...)+"}\n")
}

// labelled puts a label before a loop that uses it.
func (g *grammar) labelled(label, loop string) string {
	if label != "" && (strings.Contains(loop, "break "+label+"\n") || strings.Contains(loop, "continue "+label+"\n")) {
		return label + ":\n" + loop
	}
	return loop
}

func (g *grammar) switches(depth int) string {
	loops := g.loops
	g.loops = nil // break would leave the switch
	defer func() { g.loops = loops }()
	switch g.IntN(4) {
	case 0:
		return f("switch {\ncase %s:\n%scase %s:\n%sdefault:\n%s}\n", g.expr("bool", 1), g.block(depth, 2), g.expr("bool", 1), g.block(depth, 2), g.block(depth, 2))
	case 1:
		return f("switch (%s) {\ncase 0, 1, 2:\n%sfallthrough\ncase 3:\n%sdefault:\n%s}\n", g.expr("int", 2), g.block(depth, 2), g.block(depth, 2), g.block(depth, 2))
	case 2:
		v := g.fresh("v")
		head := f("switch %s := (%s); %s {\ncase \"a\", \"\":\n", v, g.expr("string", 1), v)
		g.push()
		g.add(v, "string")
		defer g.pop()
		return head + g.block(depth, 2) + f("case %s:\n", g.expr("string", 1)+"+\"~\"") + g.block(depth, 2) + "}\n"
	}
	if g.has["anyval"] {
		return f("switch w := %s.(type) {\ncase int:\nout(w + 1)\n%scase string:\nout(w + \"?\")\ncase []int, float64:\nout(w)\ncase nil:\nout(\"nil\")\n%sdefault:\nout(\"other\")\n}\n", "any("+g.expr("any", 1)+")", g.block(depth, 2), g.block(depth, 1))
	}
	return ""
}

// concurrent returns goroutines whose result does not depend on their order.
func (g *grammar) concurrent() string {
	n := 1 + g.IntN(4)
	x := g.lit("int")
	switch g.IntN(5) {
	case 0:
		r := g.fresh("v")
		g.add(r, "[]int")
		return f("%[1]s := make([]int, %[2]d)\n{\nvar wg sync.WaitGroup\nfor k := range %[2]d {\nwg.Add(1)\ngo func() {\ndefer wg.Done()\n%[1]s[k] = k*k + %[3]s\n}()\n}\nwg.Wait()\n}\n", r, n, x)
	case 1:
		r := g.fresh("v")
		g.add(r, "int")
		return f("%[1]s := 0\n{\nvar mu sync.Mutex\nvar wg sync.WaitGroup\nfor k := range %[2]d {\nwg.Go(func() {\nmu.Lock()\ndefer mu.Unlock()\n%[1]s += k + %[3]s\n})\n}\nwg.Wait()\n}\n", r, n, x)
	case 2:
		c := g.fresh("ch")
		return f("%[1]s := make(chan int, %[2]d)\ngo func() {\ndefer close(%[1]s)\nfor k := range %[3]d {\n%[1]s <- k * 2\n}\n}()\nfor e := range %[1]s {\nout(\"got\", e)\n}\n", c, g.IntN(3), n)
	case 3:
		c, d := g.fresh("ch"), g.fresh("done")
		return f("%[1]s, %[2]s := make(chan Item), make(chan bool)\ngo func() {\nfor e := range %[1]s {\nout(e.A, e.B)\n}\nclose(%[2]s)\n}()\n%[1]s <- %[3]s\n%[1]s <- Item{B: \"last\"}\nclose(%[1]s)\n<-%[2]s\n", c, d, g.lit("Item"))
	}
	if !g.has["select"] {
		return ""
	}
	c := g.fresh("ch")
	return f("%[1]s := make(chan int, 2)\n%[1]s <- %[2]s\nfor k := range 3 {\nselect {\ncase e, ok := <-%[1]s:\nout(\"sel\", e, ok)\ndefault:\nout(\"empty\", k)\n}\n}\n", c, x)
}
