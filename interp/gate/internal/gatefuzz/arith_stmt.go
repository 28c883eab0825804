package gatefuzz

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// place returns something that can be assigned.
func (g *arithmetic) place(t string) string {
	switch {
	case t == "int" && g.Float64() < .5:
		return g.pick("sl["+strconv.Itoa(g.IntN(4))+"]", "arr["+strconv.Itoa(g.IntN(3))+"]", `m["`+g.pick("a", "b", "c")+`"]`, "s1.A", "p1.A", "s2.In.A",
			"ss["+strconv.Itoa(g.IntN(2))+"].A", "*pi", "gl", "ss[v_int_0&1].A", "sl[v_int_1&3]")
	case t == "string" && g.Float64() < .3:
		return g.pick("s1.B", "p1.B", "str1", "strs[0]", "ms[1]", "s2.In.B")
	}
	return g.variable(t)
}

func (g *arithmetic) anyType() string {
	return g.pick(append([]string{"int", "int", "string"}, genAll...)...)
}

func (g *arithmetic) block(depth int, loop bool) string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(g.stmt(depth, loop) + "\n")
	}
	return b.String()
}

// stmt returns one statement.
func (g *arithmetic) stmt(depth int, loop bool) string {
	g.n++
	k := g.Float64()
	switch {
	case k < .25:
		t := g.anyType()
		return g.place(t) + " = " + g.expr(t, 2)
	case k < .33:
		t := g.pick(append([]string{"string", "float64"}, genInts...)...)
		op := g.pick("+=", "-=", "*=")
		if t == "string" {
			op = "+="
		} else if isInt(t) {
			op = g.pick("+=", "-=", "*=", "|=", "&=", "^=")
		}
		return g.place(t) + " " + op + " " + g.expr(t, 1)
	case k < .40:
		t, u := g.anyType(), g.anyType()
		return g.place(t) + ", " + g.place(u) + " = " + g.expr(t, 1) + ", " + g.expr(u, 1)
	case k < .45:
		return g.place("int") + g.pick("++", "--")
	case k < .80 && depth > 0:
		if s := g.compound(k, depth-1, loop); s != "" {
			return s
		}
	case k < .85:
		t := g.pick("int", "string")
		step := "1"
		if t == "string" {
			step = g.lit(t)
		}
		return fmt.Sprintf("x%[1]d, y%[1]d := %[2]s, %[3]s; fs = append(fs, func() string { x%[1]d += %[4]s; return fmt.Sprint(x%[1]d, y%[1]d) })", g.n, g.expr(t, 1), g.expr("int", 1), step)
	case k < .88:
		return g.shape()
	}
	return "out(" + g.expr(g.anyType(), 2) + ", " + g.expr(g.anyType(), 1) + ")"
}

// compound returns a statement with blocks, or "".
func (g *arithmetic) compound(k float64, depth int, loop bool) string {
	n := g.n
	switch {
	case k < .53:
		return "if " + g.expr("bool", 2) + " {\n" + g.block(depth, loop) + "} else {\n" + g.block(depth, loop) + "}"
	case k < .60:
		return fmt.Sprintf("for i%[1]d := 0; i%[1]d < %[2]d; i%[1]d++ {\nv_int_0 ^= i%[1]d\n%[3]s}", n, 1+g.IntN(3), g.block(depth, true))
	case k < .65:
		return fmt.Sprintf("for i%[1]d, e := range %[2]s {\nv_int_1 += i%[1]d + e\n%[3]s}", n, g.pick("sl", "arr", "[]int{3,4}"), g.block(depth, true))
	case k < .68 && loop:
		return "if " + g.expr("bool", 1) + " { " + g.pick("break", "continue") + " }"
	case k < .74:
		t := g.pick("int", "string", "uint8")
		other := g.read(t) + "+1"
		if t == "string" {
			other = g.lit(t) + "+v_string_0"
		}
		return "switch " + g.read(t) + " {\ncase " + g.read(t) + ", " + other + ":\n" + g.block(depth, loop) + "default:\n" + g.block(depth, loop) + "}"
	case k >= .74:
		return "func() {\n" + g.block(depth, false) + "}()"
	}
	return ""
}

// shape returns a statement that copies, appends or calls a method.
func (g *arithmetic) shape() string {
	i := func() string { return g.read("int") }
	return g.pick("sl = append(sl, "+g.expr("int", 1)+")", "sl = append(sl[1:], "+i()+")", "{ s3 := s1; s1.A++; out(s3.A, s1.A) }", "{ q := *p1; q.A += 5; out(q.A, p1.A) }",
		"ss[0] = s1", "s1 = ss[1]", "*p1 = s1", "p1 = &S1{A: "+i()+`, B: "n"}`, "s2.In = *p1", "{ a2 := arr; a2[0]++; out(a2, arr) }", `mv["x"] = s1`, "p1.Inc("+i()+")", "s1.Inc(2)",
		"s2.In.Inc(3)", "ss[1].Inc(4)", "pi = &sl["+strconv.Itoa(g.IntN(3))+"]", "pi = &s1.A", `delete(m, "`+g.pick("a", "b", "c")+`")`, "s1 = s1.With("+i()+")",
		"strs = append([]string{"+g.read("string")+"}, strs...)")
}

// arithmeticProgram returns a program of arithmetic over all the basic types, of
// assignments and of control flow.
func arithmeticProgram(r *rand.Rand) []byte {
	g := &arithmetic{Rand: r}
	var b strings.Builder
	b.WriteString(programHead)
	for _, t := range genAll {
		for i := range 3 {
			fmt.Fprintf(&b, "var v_%[1]s_%[2]d %[1]s = %[3]s\n_ = v_%[1]s_%[2]d\n", t, i, g.lit(t))
		}
	}
	b.WriteString(programVars)
	for range 90 {
		b.WriteString(g.stmt(3, false) + "\nif len(fs) > 20 { fs = fs[:5] }\n")
	}
	b.WriteString(programTail)
	return []byte(b.String())
}

const programHead = `package main

import ("fmt"; "strconv"; "strings")

type S1 struct { A int; B string; C float64 }
type S2 struct { In S1; L []S1 }
func (s S1) Sum() int { return s.A + len(s.B) }
func (s *S1) Inc(n int) { s.A += n; s.C++ }
func (s S1) With(n int) S1 { s.A = n; return s }
func (s S2) Name() string { return s.In.B + strconv.Itoa(s.In.A) }
var gl = 3
func fn(a, b int) int { if a <= 0 { return b }; return fn(a-1, b+a) }
func cut(s string, n int) string { if len(s) > 200 { s = s[:7] }; if n < len(s) { return s[n:] }; return s }
func out(xs ...any) { fmt.Println(xs...) }
var _ = strings.ToUpper

func main() {
`

const programVars = `sl := []int{1, 2, 3, 4, 5}
arr := [3]int{7, 8, 9}
m := map[string]int{"a": 1, "b": 2}
s1 := S1{1, "one", 1.5}
p1 := &S1{2, "two", 2.5}
s2 := S2{In: S1{A: 3, B: "three"}}
ss := []S1{{A: 4}, {A: 5, B: "five"}}
mv := map[string]S1{"x": {A: 6}}
x := 10
pi := &x
str1 := "str"
strs := []string{"p", "q"}
ms := map[int]string{1: "m"}
cn := 0
inc := func() int { cn++; return cn }
var fs []func() string
_, _, _ = inc, ms, mv
`

const programTail = `out(sl, arr, m, s1, *p1, s2, ss, mv, *pi, len(str1), strs, ms, cn, gl)
for _, f := range fs { out(f(), f()) }
}
`
