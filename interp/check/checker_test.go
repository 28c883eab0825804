package check_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"mortise/interp/check"
	"mortise/runtime/fault"
)

// TestMain runs the check of TestWithoutToolchain where the test calls itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "check-without-toolchain" {
		p := check.New().Check(context.Background(), project(map[string]string{"services/users/users.go": everything}))
		fmt.Printf("PATH=%q GOROOT=%q faults=%d services=%d types=%d\n", os.Getenv("PATH"), os.Getenv("GOROOT"), len(p.Faults), len(p.Services), len(p.Packages[0].Info.Types))
		for _, f := range p.Faults {
			fmt.Println(f.Report())
		}
		return
	}
	os.Exit(m.Run())
}

// everything uses a good part of the standard library.
const everything = `package users

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

type In struct {
	Name string ` + "`json:\"name\"`" + `
}

func Get(ctx *service.Context, in In) (any, error) {
	var c context.Context = ctx
	var mu sync.Mutex
	mu.Lock()
	_ = sql.ErrNoRows
	_, _ = http.NewRequestWithContext(c, http.MethodGet, (&url.URL{}).String(), bytes.NewReader(nil))
	_ = fmt.Sprint(sha256.Sum256(nil), os.Args, regexp.MustCompile("a"), template.New("x"), time.Now())
	names := strings.Fields(in.Name)
	slices.SortFunc(names, strings.Compare)
	ctx.Log().Info("x", slog.String("a", "b"))
	_ = fault.KindOf(nil)
	return json.Marshal(slices.Collect(slices.Values(names)))
}
`

func TestWithoutToolchain(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "check-without-toolchain")
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=", "GOROOT=", "HOME=" + cmd.Dir}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "faults=0 services=1") {
		t.Fatalf("a check with an empty PATH and no GOROOT = %v\n%s", err, out)
	}
}

// TestCache checks that one edit makes the edited package and its dependants new
// and leaves all others as they are.
func TestCache(t *testing.T) {
	src := fstest.MapFS{
		"go.mod": {Data: []byte("module app\n\ngo 1.26\n")},
		"a/a.go": {Data: []byte("package a\n\nvar A = 1\n")},
		"b/b.go": {Data: []byte("package b\n\nimport \"app/a\"\n\nvar B = a.A\n")},
		"c/c.go": {Data: []byte("package c\n\nimport \"app/b\"\n\nvar C = b.B\n")},
		"d/d.go": {Data: []byte("package d\n\nvar D = 1\n")},
	}
	c := check.New()
	first := c.Check(t.Context(), src)
	steps := []struct {
		file, text string
		fresh      string // the packages that must be new, against the first check
	}{
		{"d/d.go", "package d\n\nvar D = 1\n", ""},
		{"d/d.go", "package d\n\nvar D = 2\n", "d"},
		{"d/d.go", "package d\n\nvar D = 1\n", ""},
		{"a/a.go", "package a\n\nvar A = 2\n", "abc"},
		{"a/a.go", "package a\n\nvar A = 1\n", ""},
		{"b/b.go", "package b\n\nvar B = \"x\"\n", "bc"},
	}
	for i, s := range steps {
		src[s.file] = &fstest.MapFile{Data: []byte(s.text)}
		p := c.Check(t.Context(), src)
		if err := p.Faults.Err(); err != nil {
			t.Fatal(err)
		}
		for _, pkg := range p.Packages {
			old := first.Package(pkg.Path)
			fresh := strings.Contains(s.fresh, pkg.Name)
			if (old != pkg) != fresh || (old.Hash != pkg.Hash) != fresh {
				t.Errorf("step %d, %s = %q: package %q is new: %v, its hash: %v; want %v", i, s.file, s.text, pkg.Path, old != pkg, old.Hash != pkg.Hash, fresh)
			}
			if at := p.Position(pkg.Files[0].AST.Name.Pos()); at.File != pkg.Files[0].Name || at.Line != 1 || at.Column != 9 {
				t.Errorf("step %d: Position(package clause of %q) = %v", i, pkg.Path, at)
			}
		}
	}
}

func TestConcurrent(t *testing.T) {
	c := check.New()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 12 {
				src := project(map[string]string{
					"money/money.go":           fmt.Sprintf("package money\n\nconst C = %d\n\nfunc F() int { return %s }\n", n%3, []string{"1", "missing", "C"}[n%3]),
					"services/a/a.go":          "package a\n\nimport \"app/money\"\n\nvar A = money.F()\n\nvar B = money.Not\n",
					"services/users/users.go":  everything,
					fmt.Sprintf("x%d/x.go", i): "package x\n\nimport \"app/money\"\n\nvar X = money.C\n",
				})
				p := c.Check(t.Context(), src)
				// Behind an incomplete package its missing names are not reported.
				if got := len(p.Faults); got != 1 {
					t.Errorf("Check() = %d faults, want 1:\n%v", got, p.Faults)
				}
				if len(p.Packages) != 4 {
					t.Errorf("Check() = %d packages, want 4", len(p.Packages))
				}
				// Packages of one project agree on what they import.
				if a, m := p.Package("app/services/a"), p.Package("app/money"); a.Imports[0] != m || a.Types.Imports()[0] != m.Types {
					t.Errorf("Check(): %q imports another version of %q", a.Path, m.Path)
				}
			}
		})
	}
	wg.Wait()
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := check.New().Check(ctx, project(map[string]string{"a/a.go": "package a\n"}))
	if len(p.Faults) != 1 || p.Faults[0].Kind != fault.Canceled || !errors.Is(p.Faults[0], context.Canceled) {
		t.Errorf("Check(cancelled) = %v, want one fault of kind canceled", p.Faults)
	}
}

func TestNothing(t *testing.T) {
	p := check.New().Check(t.Context(), fstest.MapFS{"mortise.yaml": {}})
	if len(p.Faults)+len(p.Warnings)+len(p.Packages) != 0 {
		t.Errorf("Check(project without Go) = %+v, want nothing", p)
	}
}

// TestHostile checks source that was made to hurt: it must end, soon and with a
// fault at most.
func TestHostile(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	repeat := strings.Repeat
	tests := map[string]struct {
		body string
		code string // of the first fault; "" is none
	}{
		"parentheses":        {"var A = " + repeat("(", 100_000) + "1" + repeat(")", 100_000), "go.depth"},
		"open":               {"var A = " + repeat("(", 1_000_000), "go.depth"},
		"unary":              {"var A = " + repeat("-", 100_000) + "1", "go.depth"},
		"slices":             {"type A " + repeat("[]", 100_000) + "int", "go.depth"},
		"pointers":           {"type A " + repeat("*", 15_000) + "int", ""},
		"functions":          {"type A " + repeat("func() ", 50_000) + "int", "go.depth"},
		"calls":              {"func f() func() { return nil }\nvar A = f" + repeat("()", 50_000), "go.depth"},
		"sum":                {"var A = 1" + repeat(" + 1", 9_000), ""},
		"sum of strings":     {"const s = \"a\"" + repeat(" + \"b\"", 9_000) + "\nconst t = len(s)", ""},
		"else":               {"func f(n int) {\n" + repeat("if n == 1 {\n} else ", 5_000) + "{}\n}", "go.depth"},
		"blocks":             {"func f() {\n" + repeat("{\n", 5_000) + repeat("}\n", 5_000) + "}", "go.depth"},
		"literals":           {"var A = []any" + repeat("{[]any", 900) + "{}" + repeat("}", 900), ""},
		"doubling types":     {"type T0 struct{ a, b int }\n" + many(60, func(i int) string { return fmt.Sprintf("type T%d struct{ a, b T%d }\n", i+1, i) }) + "var x T60", "go.type-size"},
		"big shift":          {"const a = 1 << 511\nconst b = a * a", "go.invalid-const-val"},
		"many errors":        {many(20_000, func(i int) string { return fmt.Sprintf("var v%d = m%d\n", i, i) }), "go.undeclared-name"},
		"long":               {many(20_000, func(i int) string { return fmt.Sprintf("var v%d = %d\n", i, i) }), ""},
		"zeroes":             {repeat("\x00", 1<<20), "go.syntax"},
		"not text":           {repeat("\xff\xfe", 1<<10), "go.syntax"},
		"generic":            {"type T[P any] struct { f *T[[]P] }\nvar x T[int]", "go.invalid-instance-cycle"},
		"too large":          {repeat(" ", 3<<20), "source.size"},
		"giant array":        {"var x [1 << 40]int", "go.variable-size"},
		"endless array":      {"var x [1 << 62]int", "go.variable-size"},
		"giant literal":      {"var x = [...]byte{1 << 30: 1}", "go.variable-size"},
		"nested array":       {"var x " + repeat("[2]", 62) + "int", "go.variable-size"},
		"large array":        {"var x [1 << 30]byte", ""},
		"generic by value":   {"type D[T any] struct{ a, b T }\nvar x " + repeat("D[", 40) + "int" + repeat("]", 40), "go.type-size"},
		"generic by pointer": {"type D[T any] struct{ a, b *T }\nvar x " + repeat("D[", 40) + "int" + repeat("]", 40), ""},
		"generic alias":      {"type D[T any] = struct{ a, b *T }\nvar x " + repeat("D[", 40) + "int" + repeat("]", 40), "go.type-size"},
		"generic calls":      {"func d[T any](x T) struct{ a, b T } { return struct{ a, b T }{x, x} }\nvar x = " + repeat("d(", 40) + "1" + repeat(")", 40), "go.type-size"},
		"generic variables":  {"func d[A, B any](A, B) func(A, B) { return nil }\nfunc f() {\n\tx0 := 1\n" + many(40, func(i int) string { return fmt.Sprintf("\tx%d := d(x%d, x%d)\n", i+1, i, i) }) + "\t_ = x40\n}", "go.type-size"},
		"generic shadows":    {"func d[A any](A) (a, b A) { return }\nfunc e[A any](A) func(A) A { return nil }\nfunc f() {\n\tx := 1\n" + repeat("{\nx := e(x)\n", 40) + "_ = x\n" + repeat("}\n", 40) + "}", "go.type-size"},
		"generic globals":    {"func e[A any](A) map[string]func(A) A { return nil }\nvar x0 = 1\n" + many(40, func(i int) string { return fmt.Sprintf("var x%d = e(x%d)\n", i+1, i) }), "go.type-size"},
		"generic methods":    {"type P[A, B any] struct { a *A; b *B }\nfunc (p P[A, B]) Twice() P[P[A, B], P[A, B]] { panic(0) }\nvar x = P[int, int]{}" + repeat(".Twice()", 1), "go.invalid-instance-cycle"},
		"generic sums":       {"type N interface{ ~int | ~float64 }\nfunc add[T N](a, b T) T { return a + b }\nfunc f() int {\n\tx0, x1 := 1, 1\n" + many(60, func(i int) string { return fmt.Sprintf("\tx%d := add(x%d, x%d)\n", i+2, i+1, i) }) + "\treturn x61\n}", ""},
		"generic pipeline":   {"type M[K comparable, V any] map[K]V\nfunc (m M[K, V]) Where(f func(K, V) bool) M[K, V] { return m }\nfunc clean[K comparable, V any](m M[K, V]) M[K, V] { return m }\nfunc f(m0 M[string, []int]) {\n" + many(60, func(i int) string { return fmt.Sprintf("\tm%d := clean(m%d.Where(nil).Where(nil))\n", i+1, i) }) + "\t_ = m60\n}", ""},
		"many methods":       {"type T struct{}\n" + many(20_000, func(i int) string { return fmt.Sprintf("func (T) M%d(n int) int { return n }\n", i) }), ""},
		"huge literal":       {"var x = []int{\n" + many(100_000, func(i int) string { return fmt.Sprintf("%d,\n", i) }) + "}", ""},
		"huge float":         {"const a = 1e999999999", "go.invalid-const-val"},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			tt := tests[name]
			p := check.New().Check(t.Context(), project(map[string]string{"services/a/a.go": "package a\n\n" + tt.body + "\n"}))
			code := ""
			if len(p.Faults) > 0 {
				code = p.Faults[0].Code
			}
			if code != tt.code {
				t.Errorf("Check() = first fault %q (%d of them), want %q", code, len(p.Faults), tt.code)
				for _, f := range p.Faults[:min(len(p.Faults), 3)] {
					t.Log(f.At, shortText(f.Error()))
				}
			}
		})
	}
}

func shortText(s string) string { return s[:min(len(s), 200)] }

// TestMemory checks that a Checker does not keep what is gone.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("1,000 checks take a second")
	}
	c := check.New()
	heap := func(from, to int) uint64 {
		for n := from; n < to; n++ {
			src := project(map[string]string{
				"money/money.go":           fmt.Sprintf("package money\n\nconst C = %d\n", n),
				"services/users/users.go":  everything + fmt.Sprintf("\nvar V%d int\n", n),
				fmt.Sprintf("p%d/p.go", n): "package p\n",
			})
			if p := c.Check(t.Context(), src); len(p.Faults) > 0 {
				t.Fatal(p.Faults)
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap(0, 100)
	if after := heap(100, 1_000); after > before+2<<20 {
		t.Errorf("heap after 1,000 checks = %d KB, after 100 it was %d KB", after>>10, before>>10)
	}
}
