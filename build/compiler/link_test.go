package compiler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/fault"
)

// recorder is a toolchain whose runs of the compiler and the linker are counted.
func recorder(t *testing.T, limits Limits) (*Toolchain, func() []string) {
	t.Helper()
	testToolchain(t) // skips without a pack
	var mu sync.Mutex
	var log bytes.Buffer
	out := New(Options{Dir: sharedDir, Limits: limits, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	t.Cleanup(func() { _ = out.Close() })
	return out, func() []string {
		mu.Lock()
		defer mu.Unlock()
		var did []string
		for line := range strings.Lines(log.String()) {
			if _, rest, ok := strings.Cut(line, "msg=compiled package="); ok {
				name, _, _ := strings.Cut(rest, " ")
				did = append(did, name)
			} else if strings.Contains(line, "msg=linked") {
				did = append(did, "link")
			}
		}
		log.Reset()
		slices.Sort(did)
		return did
	}
}

// chain is a program of packages c0 … cn-1, each of which imports the next one.
func chain(n int, edit map[int]string) Job {
	job := Job{Name: "a chain"}
	for i := n - 1; i >= 0; i-- {
		var b strings.Builder
		fmt.Fprintf(&b, "package c%d\n\n", i)
		next := "0"
		if i < n-1 {
			fmt.Fprintf(&b, "import \"demo/c%d\"\n\n", i+1)
			next = fmt.Sprintf("c%d.F()", i+1)
		}
		fmt.Fprintf(&b, "//go:noinline\nfunc F() int { return %s + 1 }\n%s", next, edit[i])
		job.Units = append(job.Units, Unit{Path: fmt.Sprintf("demo/c%d", i), Files: []File{{fmt.Sprintf("c%d/c.go", i), []byte(b.String())}}})
	}
	job.Units = append(job.Units, Unit{Path: "main", Files: []File{{"main.go", []byte("package main\n\nimport \"demo/c0\"\n\nfunc main() { print(c0.F()) }\n")}}})
	return job
}

func TestOnlyWhatChanged(t *testing.T) {
	tc, did := recorder(t, Limits{})
	for _, c := range []struct {
		what string
		edit map[int]string
		want []string
	}{
		{"first", nil, []string{"demo/c0", "demo/c1", "demo/c2", "demo/c3", "link", "main"}},
		{"the same again", nil, nil},
		{"a body", map[int]string{2: "func g() int { return 7 }\n"}, []string{"demo/c2", "link"}},
		{"a new function for others", map[int]string{2: "//go:noinline\nfunc G() int { return 7 }\n"}, []string{"demo/c1", "demo/c2", "link"}},
		{"back", nil, nil},
		{"the first package", map[int]string{0: "func h() {}\n"}, []string{"demo/c0", "link"}},
	} {
		b, err := tc.Link(t.Context(), chain(4, c.edit))
		if err != nil {
			t.Fatalf("%s: Link() = %v", c.what, err)
		}
		if got := did(); !slices.Equal(got, c.want) {
			t.Errorf("%s: Link() ran %q, want %q", c.what, got, c.want)
		}
		if _, errs, _ := run(t, b); errs != "4" {
			t.Errorf("%s: the program wrote %q, want 4", c.what, errs)
		}
	}
	// The order of the units does not matter, but for the program.
	mixed := chain(4, nil)
	slices.Reverse(mixed.Units[:4])
	if _, err := tc.Link(t.Context(), mixed); err != nil {
		t.Errorf("Link() of units in another order = %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	tc, did := recorder(t, Limits{})
	job := chain(40, map[int]string{39: "// many at once\n"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := tc.Link(t.Context(), job); err != nil {
				t.Errorf("Link() = %v", err)
			}
		})
	}
	all.Wait()
	if got := did(); len(got) != 42 {
		t.Errorf("8 times the same job ran the tools %d times, want 42: each package once, and the linker", len(got))
	}
}

// main returns a job of one file.
func mainOf(lines ...string) Job {
	return program("package main\n\n" + strings.Join(lines, "\n") + "\n")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tc := testToolchain(t)
	unit := func(path, name, source string) Unit {
		return Unit{Path: path, Files: []File{{name, []byte(source)}}}
	}
	with := func(units ...Unit) Job {
		return Job{Name: "a test", Units: append(units, unit("main", "main.go", "package main\n\nfunc main() {}\n"))}
	}
	old := mainOf("func main() {", "\tfor range 3 {", "\t}", "}")
	old.Units[0].GoVersion = "1.20"
	for _, c := range []struct {
		name string
		job  Job
		want []string // "position: code: text"; the text may be a part
	}{
		{"types", mainOf("func main() {", "\tvar a int = \"x\"", "\tb := 1", "}"), []string{
			"main.go:4:6: go.compile: declared and not used: a", "main.go:4:14: go.compile: cannot use \"x\" (untyped string constant) as int value in variable declaration", "main.go:5:2: go.compile: declared and not used: b",
		}},
		{"syntax", mainOf("func main() {", "\tx := := 1", "}"), []string{"main.go:4:7: go.compile: syntax error: unexpected :="}},
		{"redeclared", mainOf("func main() {}", "", "func main() {}"), []string{"main.go:5:6: go.compile: main redeclared in this block; main.go:3:6: other declaration of main"}},
		{"two packages", with(unit("demo/a", "a/a.go", "package a\n\nvar A int = \"\"\n"), unit("demo/b", "b/b.go", "package b\n\nimport _ \"demo/a\"\n"), unit("demo/c", "c/c.go", "package c\n\nvar C = x\n")), []string{
			"a/a.go:3:13: go.compile: cannot use", "c/c.go:3:9: go.compile: undefined: x",
		}},
		{"no import", mainOf("import \"enconding/json\"", "func main() { json.Marshal(1) }"), []string{`main.go:3:8: go.import: there is no package "enconding/json"`}},
		{"internal", mainOf("import _ \"internal/abi\"", "func main() {}"), []string{"main.go:3:10: go.internal"}},
		{"cgo and unsafe", mainOf("import \"C\"", "import _ \"unsafe\"", "func main() {}"), []string{"main.go:3:8: compile.cgo", "main.go:4:10: compile.unsafe"}},
		{"linkname", mainOf("//go:linkname now time.now", "func now() int64", "func main() { now() }"), []string{"main.go:3:3: go.compile: //go:linkname only allowed in Go files that import \"unsafe\"", "main.go:4:6: go.compile: missing function body"}},
		{"embed", mainOf("import _ \"embed\"", "", "//go:embed x.txt", "var x string", "", "func main() { print(x) }"), []string{"main.go:5:1: compile.embed"}},
		{"assembly", Job{Name: "a test", Units: []Unit{{Path: "main", Files: []File{{"main.go", []byte("package main\nfunc main() {}\n")}, {"a.s", nil}}}}}, []string{"a.s: go.assembly"}},
		{"body", mainOf("func f()", "", "func main() { f() }"), []string{"main.go:3:6: go.compile: missing function body"}},
		{"no main", mainOf("func f() {}"), []string{"main.go: go.compile: the program has no function main"}},
		{"cycle", with(unit("demo/a", "a/a.go", "package a\n\nimport _ \"demo/b\"\n"), unit("demo/b", "b/b.go", "package b\n\nimport _ \"demo/a\"\n")), []string{"a/a.go:3:10: go.cycle: packages import each other in a circle: demo/a → demo/b → demo/a"}},
		{"old language", old, []string{"main.go:4:12: go.compile: cannot range over 3 (untyped int constant): requires go1.22 or later"}},
		{"new language", Job{Name: "a test", Units: []Unit{{Path: "main", GoVersion: "1.99", Files: []File{{"main.go", nil}}}}}, []string{"main.go: go.version"}},
		{"path of the library", with(unit("fmt", "fmt/a.go", "package fmt\n")), []string{"fmt/a.go: go.path"}},
		{"names", with(unit("demo/a", "../a.go", "package a\n"), unit("demo/b", "b;c.go", "package b\n"), unit("demo/c", "c=>d.go", "package c\n")), []string{": go.name", ": go.name", ": go.name"}},
		{"odd names", with(unit("demo/a", "-a @b 'c' ü.go", "package a\n\nvar A int = nil\n")), []string{"-a @b 'c' ü.go:3:13: go.compile: cannot use nil"}},
		{"empty package", with(Unit{Path: "demo/a"}), []string{": go.empty"}},
		{"generated", Job{Name: "a test", Units: []Unit{{Path: "main", Generated: true, Files: []File{{"main.go", []byte("package main\n\nfunc main() { x() }\n")}}}}}, []string{"main.go:3:15: compiler.generated"}},
		{"nothing", Job{Name: "a test"}, []string{": compiler.job"}},
		{"settings", program("//go:debug panicnl=1\n//go:debug x\npackage main\n\nfunc main() {}\n"), []string{"main.go:1:1: go.debug: there is no GODEBUG setting \"panicnl\"", "main.go:2:1: go.debug"}},
		{"line directive", mainOf("//line /etc/passwd:7", "var x int = nil", "func main() {}"), []string{"/etc/passwd:7: go.compile: cannot use nil"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := tc.Link(t.Context(), c.job)
			var got []string
			for _, f := range fault.All(err) {
				got = append(got, strings.TrimPrefix(fmt.Sprintf("%s: %s: %s", f.At, f.Code, f.Error()), " "))
			}
			if len(got) != len(c.want) {
				t.Fatalf("Link() returned %q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) || strings.Contains(got[i], sharedDir) {
					t.Errorf("Link() returned %q, want it to hold %q and no temporary path", got[i], c.want[i])
				}
			}
		})
	}
}

func TestManyFaults(t *testing.T) {
	tc := testToolchain(t)
	_, err := tc.Link(t.Context(), mainOf("func main() {", strings.Repeat("\tx()\n", 5_000), "}"))
	list := fault.All(err)
	if len(list) != maxFaults || !strings.Contains(list[len(list)-1].What, "more errors in this package") {
		t.Errorf("Link() of 5,000 mistakes returned %d, the last %v, want %d and a note", len(list), list[len(list)-1], maxFaults)
	}
}

func TestSettingsOfOldPrograms(t *testing.T) {
	tc := testToolchain(t)
	source := "func main() {\n\tdefer func() { println(recover() == nil) }()\n\tpanic(nil)\n}"
	for _, c := range []struct{ version, directive, want string }{
		{"", "", "false\n"},
		{"1.20", "", "true\n"},
		{"1.26", "//go:debug panicnil=1\n", "true\n"},
		{"1.26", "//go:debug default=go1.20\n", "true\n"},
		{"1.20", "//go:debug panicnil=0\n", "false\n"},
	} {
		job := program(c.directive + "package main\n\n" + source)
		job.Units[0].GoVersion = c.version
		if _, errs, _ := run(t, link(t, tc, job)); errs != c.want {
			t.Errorf("a program of Go %q with %q wrote %q, want %q", c.version, c.directive, errs, c.want)
		}
	}
}

func TestBuildInfo(t *testing.T) {
	tc := testToolchain(t)
	job := mainOf("import \"runtime/debug\"", "func main() {", "\tinfo, ok := debug.ReadBuildInfo()", "\tprint(ok, \" \", info.Path, \" \", info.GoVersion)", "}")
	job.Units[0].Path = "command-line-arguments"
	b, err := tc.base()
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := run(t, link(t, tc, job)); got != "true command-line-arguments go"+b.known.version {
		t.Errorf("the program knows of itself: %q", got)
	}
}

// TestOwnVersion links a project that brings its own copy of a package that our
// worker consists of.
func TestOwnVersion(t *testing.T) {
	tc := testToolchain(t)
	b, err := tc.base()
	if err != nil {
		t.Fatal(err)
	}
	path := ""
	for p, k := range b.known.packages {
		if k.sdk && !isOurs(p) {
			path = p
		}
	}
	if path == "" {
		t.Skip("our packages need none of others")
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	job := Job{Name: "a test", Units: []Unit{
		{Path: path, Files: []File{{"vendor/" + path + "/a.go", []byte("package " + name + "\n\nconst Own = \"their own\"\n")}}},
		{Path: "main", Files: []File{{"main.go", []byte("package main\n\nimport (\n\t_ \"mortise/runtime/worker\"\n\t\"" + path + "\"\n)\n\nfunc main() { print(" + name + ".Own) }\n")}}},
	}}
	if _, errs, _ := run(t, link(t, tc, job)); errs != "their own" {
		t.Errorf("the program wrote %q, want what its own version of %s says", errs, path)
	}
}

func TestUnsafe(t *testing.T) {
	tc := testToolchain(t)
	job := mainOf("import (", "\t\"time\"", "\t_ \"unsafe\"", ")", "//go:linkname nano runtime.nanotime", "func nano() int64", "//go:linkname no main.nowhere", "func no()", "var _ = time.Now", "func main() { nano(); no() }")
	job.AllowUnsafe = true
	_, err := tc.Link(t.Context(), job)
	if list := fault.All(err); len(list) != 1 || list[0].Code != "go.link" || !strings.Contains(list[0].What, "main.nowhere") {
		t.Errorf("Link() of a function without a body = %v, want go.link that names it", err)
	}
}

// large returns a program that takes the compiler long.
func large(functions int) Job {
	var b strings.Builder
	b.WriteString("package main\n\nimport \"fmt\"\n\nfunc main() {}\n")
	for i := range functions {
		fmt.Fprintf(&b, "func f%d(m map[string][]any) string {\n\tfor k, v := range m {\n\t\tm[k] = append(v, fmt.Sprint(k, len(v), %d))\n\t\tswitch x := v[0].(type) {\n\t\tcase int:\n\t\t\treturn fmt.Sprint(x)\n\t\tcase string:\n\t\t\treturn x\n\t\t}\n\t}\n\treturn \"\"\n}\n", i, i)
	}
	return program(b.String())
}

func TestLimits(t *testing.T) {
	hurting := mainOf("type T0 [1 << 20]int",
		"func f[T any](n int, x T) int {", "\tif n == 0 {", "\t\treturn 0", "\t}", "\treturn f(n-1, struct{ a, b T }{x, x})", "}", "func main() { f(5, 1) }")
	lines := []string{"func f0[T any](x T) int { return 0 }", "func main() { print(f40(1)) }"}
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("func f%d[T any](x T) int { return f%d([]T{x}) + f%d([1]T{x}) }", i+1, i, i))
	}
	doubling := mainOf(lines...)
	for _, c := range []struct {
		name   string
		limits Limits
		job    Job
		want   string
	}{
		{"time", Limits{Time: 150 * time.Millisecond}, large(3_000), "compiler.time"},
		{"memory", Limits{Memory: 48 << 20}, large(3_000), "compiler.memory"},
		{"source", Limits{Source: 1 << 10}, large(100), "compiler.size"},
		{"endless generics", Limits{}, hurting, "go.compile"},
		{"doubling generics", Limits{Time: 2 * time.Second}, doubling, "compiler.time"},
		{"giant channel", Limits{}, mainOf("var c chan [1 << 20]int", "func main() { print(c) }"), "go.size"},
		{"giant array", Limits{}, mainOf("var a [1 << 40]int", "func main() { print(len(a), a[main2()]) }", "func main2() int { return 1 }"), "go.size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tc, _ := recorder(t, c.limits)
			if _, err := tc.open(t.Context()); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err := tc.Link(t.Context(), c.job)
			if f := fault.As(err); f == nil || f.Code != c.want || strings.Contains(f.Error(), sharedDir) {
				t.Errorf("Link() = %v after %s, want %s", err, time.Since(start), c.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	tc := testToolchain(t)
	o, err := tc.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { stop(errors.New("a newer version came")) })
	start := time.Now()
	_, err = tc.Link(ctx, large(20_000))
	if f := fault.As(err); f.Kind != fault.Canceled || time.Since(start) > 3*time.Second {
		t.Errorf("Link() = %v after %s, want canceled at once", err, time.Since(start))
	}
	if left, err := os.ReadDir(o.work.dir); err != nil || len(left) > 0 {
		t.Errorf("after a canceled job %v, %v are left of its temporary files", left, err)
	}
}

func TestTrim(t *testing.T) {
	tc, _ := recorder(t, Limits{Programs: 1, Objects: 1})
	jobs := []Job{mainOf("func main() { print(1) }"), mainOf("func main() { print(2) }"), mainOf("func main() { print(3) }")}
	var made []Binary
	for _, j := range jobs {
		made = append(made, link(t, tc, j))
	}
	for i, b := range made {
		if _, err := os.Stat(b.Path); err != nil {
			t.Errorf("program %d was removed though it is new: %v", i, err)
		}
	}
	release := tc.Hold(made[0])
	long := time.Now().Add(-2 * keepUsed)
	for _, b := range made {
		if err := os.Chtimes(b.Path+noteSuffix, long, long); err != nil {
			t.Fatal(err)
		}
	}
	link(t, tc, mainOf("func main() { print(4) }"))
	if _, ok := tc.Find(t.Context(), jobs[0]); !ok {
		t.Error("a program that is held was removed")
	}
	for i, j := range jobs[1:] {
		if _, ok := tc.Find(t.Context(), j); ok {
			t.Errorf("program %d is still there, past the limit and unused", i+1)
		}
	}
	release()
	if err := os.Chtimes(made[0].Path+noteSuffix, long, long); err != nil {
		t.Fatal(err)
	}
	link(t, tc, mainOf("func main() { print(5) }"))
	if _, ok := tc.Find(t.Context(), jobs[0]); ok {
		t.Error("a program that was released is still there")
	}
}
