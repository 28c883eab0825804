package gatefuzz

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// arithmetic puts one program together.
type arithmetic struct {
	*rand.Rand
	n int // for names
}

var (
	genInts   = strings.Fields("int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64")
	genFloats = strings.Fields("float64 float32")
	genAll    = append(append(append([]string{}, genInts...), genFloats...), "string", "bool")
	genBits   = map[string]int{"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
)

func (g *arithmetic) pick(s ...string) string { return s[g.IntN(len(s))] }

func isInt(t string) bool { return genBits[t] != 0 }

func isFloat(t string) bool { return strings.HasPrefix(t, "float") }

// lit returns a constant.
func (g *arithmetic) lit(t string) string {
	switch {
	case isInt(t) && t[0] == 'u':
		all := ^uint64(0) >> (64 - genBits[t])
		return g.pick("0", "1", "2", "5", strconv.FormatUint(all, 10), strconv.FormatUint(g.Uint64()&all, 10))
	case isInt(t):
		top := int64(^uint64(0) >> (65 - genBits[t]))
		return g.pick("0", "1", "2", "-1", "7", strconv.FormatInt(-top-1, 10), strconv.FormatInt(top, 10), strconv.FormatInt(g.Int64()&top, 10), strconv.FormatInt(-(g.Int64()&top), 10))
	case isFloat(t):
		return g.pick("0.5", "1.25", "-3.75", "100.0", "2", "1e3", "0.1")
	case t == "string":
		return g.pick(`"a"`, `"xyz"`, `"é世"`, `""`, `"q,r"`)
	}
	return g.pick("true", "false")
}

// read returns something of a type that is not a constant.
func (g *arithmetic) read(t string) string {
	r := g.Float64()
	switch {
	case t == "int" && r < .35:
		return g.pick("sl["+strconv.Itoa(g.IntN(4))+"]", "arr["+strconv.Itoa(g.IntN(3))+"]", `m["`+g.pick("a", "b", "c")+`"]`, "s1.A", "p1.A", "s2.In.A", "ss[1].A",
			"*pi", "len(str1)", "inc()", "fn("+strconv.Itoa(g.IntN(5))+", v_int_0)", "s1.Sum()", `mv["x"].A`, "gl")
	case t == "string" && r < .3:
		return g.pick("s1.B", "p1.B", "str1", "strs[0]", "ms[1]", "s2.Name()", "fmt.Sprint(s1)", "strconv.Itoa(gl)")
	case t == "float64" && r < .2:
		return g.pick("s1.C", "p1.C")
	}
	return g.variable(t)
}

func (g *arithmetic) variable(t string) string { return fmt.Sprintf("v_%s_%d", t, g.IntN(3)) }

func (g *arithmetic) convert(t string, depth int) string {
	from := g.pick("int", "int32", "uint16", "float64", "float32")
	if isInt(t) {
		from = g.pick(genInts...)
	}
	x := g.read(from)
	if depth > 1 {
		x = "(" + x + " + " + g.expr(from, depth-1) + ")"
	}
	return t + "(" + x + ")"
}

// expr returns an expression of a type.
func (g *arithmetic) expr(t string, depth int) string {
	if depth <= 0 {
		return g.pick(g.read(t), g.read(t), g.lit(t))
	}
	k, less := g.Float64(), depth-1
	switch {
	case isInt(t):
		switch {
		case k < .45:
			return "(" + g.read(t) + " " + g.pick("+", "-", "*", "&", "|", "^", "&^") + " " + g.expr(t, less) + ")"
		case k < .55:
			return "(" + g.expr(t, less) + " " + g.pick("/", "%") + " (" + g.read(t) + "|1))"
		case k < .65:
			return "(" + g.read(t) + " " + g.pick("<<", ">>") + " (" + g.read(g.pick("uint", "uint8", "int")) + " & " + g.pick("3", "7", "15", "63") + "))"
		case k < .8:
			return g.convert(t, depth)
		case k < .85:
			return g.pick("-", "^") + "(" + g.read(t) + ")"
		case k < .9:
			return g.pick("min", "max") + "(" + g.read(t) + ", " + g.expr(t, less) + ")"
		}
	case isFloat(t):
		switch {
		case k < .6:
			return "(" + g.read(t) + " " + g.pick("+", "-", "*", "/") + " " + g.expr(t, less) + ")"
		case k < .75:
			return g.convert(t, depth)
		}
	case t == "string":
		switch {
		case k < .5:
			return "(" + g.read(t) + " + " + g.expr(t, less) + ")"
		case k < .6:
			return "cut(" + g.read(t) + ", " + strconv.Itoa(g.IntN(4)) + ")"
		case k < .7:
			return "strings.ToUpper(" + g.expr(t, less) + ")"
		}
	case k < .6:
		s := g.pick(append([]string{"string", "float64"}, genInts...)...)
		return "(" + g.read(s) + " " + g.pick("<", "<=", ">", ">=", "==", "!=") + " " + g.expr(s, less) + ")"
	case k < .8:
		return "(" + g.expr(t, less) + " " + g.pick("&&", "||") + " " + g.expr(t, less) + ")"
	case k < .9:
		return "!" + g.read(t)
	}
	return g.read(t)
}
