package gate

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

var (
	randomCount = flag.Int("random", 5, "how many random programs to run")
	randomSeed  = flag.Uint64("seed", 1, "the seed of the first random program")
	randomFiles = flag.String("files", "", "run the programs that this pattern names instead of random ones")
)

// TestRandom runs programs of arithmetic, assignments, control flow, structs,
// maps, closures and methods, put together by chance, and compares what they
// print with what they print when Go runs them.
func TestRandom(t *testing.T) {
	programs := map[string][]byte{}
	files, err := filepath.Glob(*randomFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		programs[filepath.Base(file)] = src
	}
	for i := 0; *randomFiles == "" && i < *randomCount; i++ {
		seed := *randomSeed + uint64(i)
		programs[fmt.Sprintf("seed%d", seed)] = randomProgram(seed)
	}
	var admitted, refused, wrong atomic.Int32
	t.Run("programs", func(t *testing.T) {
		for name, src := range programs {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := try(t, name+".go", src)
				if o.refused != nil {
					refused.Add(1)
					if strings.HasPrefix(o.refused.Error(), "does not compile") || *randomFiles == "" {
						t.Errorf("refused: %v", o.refused)
					}
					return
				}
				want, fails := native(t, src)
				if o.stdout == want && (o.code != 0) == fails && o.races == "" {
					admitted.Add(1)
					return
				}
				wrong.Add(1)
				t.Errorf("exit code %d, want failure %t; %s\n%s%s\nthe program:\n%s", o.code, fails, firstDifference(o.stdout, want), o.stderr, o.races, src)
			})
		}
	})
	t.Logf("%d admitted, %d refused, %d wrong", admitted.Load(), refused.Load(), wrong.Load())
}

// native runs a program with Go.
func native(t testing.TB, src []byte) (stdout string, fails bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, src, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || err != nil && !strings.Contains(stderr.String(), "panic: ") {
		t.Fatalf("go run: %v\n%s\n%s", err, stderr.String(), src)
	}
	return string(out), err != nil
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g) || i >= len(w):
			return fmt.Sprintf("it printed %d lines, want %d", len(g), len(w))
		case g[i] != w[i]:
			return fmt.Sprintf("line %d is %q, want %q", i+1, g[i], w[i])
		}
	}
	return "it printed what was wanted"
}

// generator puts one program together.
type generator struct {
	*rand.Rand
	n int // for names
}

var (
	genInts   = strings.Fields("int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64")
	genFloats = strings.Fields("float64 float32")
	genAll    = append(append(append([]string{}, genInts...), genFloats...), "string", "bool")
	genBits   = map[string]int{"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
)

func (g *generator) pick(s ...string) string { return s[g.IntN(len(s))] }

func isInt(t string) bool { return genBits[t] != 0 }

func isFloat(t string) bool { return strings.HasPrefix(t, "float") }

// lit returns a constant.
func (g *generator) lit(t string) string {
	switch {
	case isInt(t) && t[0] == 'u':
		all := ^uint64(0) >> (64 - genBits[t])
		return g.pick("0", "1", "2", "5", fmt.Sprint(all), fmt.Sprint(g.Uint64()&all))
	case isInt(t):
		top := int64(^uint64(0) >> (65 - genBits[t]))
		return g.pick("0", "1", "2", "-1", "7", fmt.Sprint(-top-1), fmt.Sprint(top), fmt.Sprint(g.Int64()&top), fmt.Sprint(-(g.Int64() & top)))
	case isFloat(t):
		return g.pick("0.5", "1.25", "-3.75", "100.0", "2", "1e3", "0.1")
	case t == "string":
		return g.pick(`"a"`, `"xyz"`, `"é世"`, `""`, `"q,r"`)
	}
	return g.pick("true", "false")
}

// read returns something of a type that is not a constant.
func (g *generator) read(t string) string {
	r := g.Float64()
	switch {
	case t == "int" && r < .35:
		return g.pick("sl["+fmt.Sprint(g.IntN(4))+"]", "arr["+fmt.Sprint(g.IntN(3))+"]", `m["`+g.pick("a", "b", "c")+`"]`, "s1.A", "p1.A", "s2.In.A", "ss[1].A",
			"*pi", "len(str1)", "inc()", "fn("+fmt.Sprint(g.IntN(5))+", v_int_0)", "s1.Sum()", `mv["x"].A`, "gl")
	case t == "string" && r < .3:
		return g.pick("s1.B", "p1.B", "str1", "strs[0]", "ms[1]", "s2.Name()", "fmt.Sprint(s1)", "strconv.Itoa(gl)")
	case t == "float64" && r < .2:
		return g.pick("s1.C", "p1.C")
	}
	return g.variable(t)
}

func (g *generator) variable(t string) string { return fmt.Sprintf("v_%s_%d", t, g.IntN(3)) }

func (g *generator) convert(t string, depth int) string {
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
func (g *generator) expr(t string, depth int) string {
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
			return "cut(" + g.read(t) + ", " + fmt.Sprint(g.IntN(4)) + ")"
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
