package machine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"

	"mortise/interp/machine"
	"mortise/runtime/fault"
)

func load(t testing.TB, opts machine.Options, pkgs ...*machine.Package) *machine.Machine {
	t.Helper()
	m, err := machine.Load(pkgs, opts)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return m
}

func pkg(path, src string, imports ...string) *machine.Package {
	return &machine.Package{Path: path, Name: path[strings.LastIndex(path, "/")+1:], Source: []byte(src), Imports: imports}
}

func call(t testing.TB, m *machine.Machine, path, name string, args ...any) (out []reflect.Value, err error) {
	t.Helper()
	f, ok := m.Func(path, name)
	if !ok {
		t.Fatalf("Func(%q, %q): nothing there", path, name)
	}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		in[i] = reflect.ValueOf(a)
	}
	err = m.Guard(path+"."+name, func() error {
		out = f.Call(in)
		return nil
	})
	return out, err
}

// TestPackages loads packages whose paths share parts, which the interpreter's
// own search for packages mixes up, and two of one name.
func TestPackages(t *testing.T) {
	var out bytes.Buffer
	m := load(t, machine.Options{Stdout: &out},
		pkg("app/users", "package users\n\nvar n = 1\n\nfunc Next() int { n++; return n }\n"),
		pkg("app/services/users", "package users\n\nimport other \"app/users\"\n\nfunc Get() int { return other.Next() * 10 }\n"),
		pkg("app/services/app/users", "package users\n\nimport (\n\t\"fmt\"\n\n\tother \"app/services/users\"\n)\n\nfunc Get() string { println(\"hi\"); return fmt.Sprint(other.Get()) }\n", "fmt"),
	)
	got, err := call(t, m, "app/services/app/users", "Get")
	if err != nil || got[0].String() != "20" {
		t.Errorf("Get: got %v (%v), want 20", got, err)
	}
	if out.String() != "hi\n" {
		t.Errorf("Get printed %q, want hi", out.String())
	}
	if _, ok := m.Func("app/users", "next"); ok {
		t.Errorf("Func(next): there is one")
	}
}

func TestSlot(t *testing.T) {
	var slot uint32
	m := load(t, machine.Options{Slot: &slot}, pkg("app/a", "package a\n\nimport \"mortise/interp/note\"\n\nfunc F() { *note.Slot = 7 }\n", machine.NotePath))
	if _, err := call(t, m, "app/a", "F"); err != nil || slot != 7 {
		t.Errorf("F: got slot %d (%v), want 7", slot, err)
	}
}

// noted are options under which a note is a line of services/a/a.go.
func noted() machine.Options {
	return machine.Options{Slot: new(uint32), Place: func(note uint32, entry fault.Position) fault.Position {
		if entry.File != "services/a/a.go" || note == 0 {
			return entry
		}
		return fault.Position{File: entry.File, Line: int(note)}
	}}
}

// TestPanics holds what a panic in the author's code is called and where it is,
// although the interpreter's own words for it are others.
func TestPanics(t *testing.T) {
	const head = "package a\n\nimport (\n\t\"errors\"\n\n\t\"mortise/interp/note\"\n)\n\ntype T struct{ N int; P *T }\n\nvar Err = errors.New(\"mine\")\n\n//line services/a/a.go:12\nfunc F(n int) (int, error) {\n\tvar p *T\n\tvar s []int\n\tvar m map[string]int\n\tvar q any = \"text\"\n\t_, _, _, _ = p, s, m, q\n\t*note.Slot = 20\n\t"
	for _, c := range []struct{ name, body, want string }{
		{"nil pointer", "return p.N, nil", "nil dereference"},
		{"nil pointer, write", "p.N = 3; return 0, nil", "nil dereference"},
		{"index", "return s[n], nil", "index out of range"},
		{"index, write", "s[n] = 3; return 0, nil", "index out of range"},
		{"slice", "return len(s[n:]), nil", "out of range"},
		{"nil map", "m[\"a\"] = 1; return 0, nil", "a map that is nil"},
		{"division", "return n / (n - 3), nil", "integer divide by zero"},
		{"text", "panic(\"oh no\")", "oh no"},
		{"error", "panic(Err)", "mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := load(t, noted(), pkg("app/services/a", head+c.body+"\n}\n", "errors", machine.NotePath))
			out, err := call(t, m, "app/services/a", "F", 3)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("F: got %v (%v), want a fault", out, err)
			}
			if !strings.Contains(e.Error(), c.want) || e.Code != "service.panic" || e.Kind != fault.Internal {
				t.Errorf("F: got %q, %s, %s; want %q", e.Error(), e.Code, e.Kind, c.want)
			}
			if e.At.File != "services/a/a.go" || e.At.Line != 20 {
				t.Errorf("F: got position %v, want services/a/a.go:20", e.At)
			}
		})
	}
}

func TestLoadFaults(t *testing.T) {
	for _, c := range []struct{ name, src, code, want string }{
		{"init panics", "package a\n\n//line services/a/a.go:5\nfunc init() {\n\tpanic(\"not me\")\n}\n", "service.panic", "not me"},
		{"not taken", "package a\n\n//line services/a/a.go:5\nfunc F() int { return nothing }\n", "interp.load", "undefined: nothing"},
		{"not imported", "package a\n\nimport \"os\"\n\nfunc F() { os.Exit(1) }\n", "interp.load", "os"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := machine.Load([]*machine.Package{pkg("app/services/a", c.src)}, machine.Options{})
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != c.code || !strings.Contains(e.Error(), c.want) {
				t.Fatalf("Load: got %v, want %s with %q", err, c.code, c.want)
			}
			if c.name != "not imported" && (e.At.File != "services/a/a.go" || e.At.Line/2 != 5/2 && e.At.Line != 6) {
				t.Errorf("Load: got position %v, want services/a/a.go:5", e.At)
			}
		})
	}
}

// TestConcurrent calls one function from many goroutines, some of which panic;
// each gets its own answer and its own place.
func TestConcurrent(t *testing.T) {
	m := load(t, machine.Options{}, pkg("app/services/a", `package a

import "strconv"

type T struct{ N int }

//line services/a/a.go:100
func G(n int) {
	var p *T
	p.N = 1
}

//line services/a/a.go:200
func H(n int) {
	panic("five")
}

func F(n int) string {
	total := 0
	for i := 0; i < n; i++ {
		total += i
	}
	if n%7 == 3 {
		G(n)
	}
	if n%7 == 5 {
		H(n)
	}
	return strconv.Itoa(total)
}
`, "strconv"))
	var wg sync.WaitGroup
	for n := range 500 {
		wg.Go(func() {
			out, err := call(t, m, "app/services/a", "F", n)
			e, _ := errors.AsType[*fault.Error](err)
			switch {
			case n%7 == 3 && (e == nil || e.At.Line/10 != 10):
				t.Errorf("F(%d): got %v, want a panic in line 100", n, err)
			case n%7 == 5 && (e == nil || e.At.Line/10 != 20):
				t.Errorf("F(%d): got %v, want a panic in line 200", n, err)
			case n%7 != 3 && n%7 != 5 && (err != nil || out[0].String() != fmt.Sprint(n*(n-1)/2)):
				t.Errorf("F(%d): got %v (%v)", n, out, err)
			}
		})
	}
	wg.Wait()
}

// TestStranded runs itself as a child, which dies of a panic in a goroutine of
// the interpreted code; its last words name the place.
func TestStranded(t *testing.T) {
	if os.Getenv("MORTISE_TEST_STRANDED") != "" {
		m := load(t, machine.Options{Stranded: func(at fault.Position) { _, _ = io.WriteString(os.Stderr, "LAST "+at.String()+"\n") }},
			pkg("app/services/a", "package a\n\nfunc F() {\n\tdone := make(chan int)\n//line services/a/a.go:30\n\tgo func() {\n\t\tpanic(\"alone\")\n\t}()\n\t<-done\n}\n"))
		_, _ = call(t, m, "app/services/a", "F")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=TestStranded$")
	cmd.Env = append(os.Environ(), "MORTISE_TEST_STRANDED=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "LAST services/a/a.go:3") || !strings.Contains(string(out), "panic: ") {
		t.Errorf("the child: %v, wrote %s", err, out)
	}
}

func BenchmarkLoad(b *testing.B) {
	var body strings.Builder
	for i := range 12 {
		fmt.Fprintf(&body, "func F%d(in In) (Out, error) {\n\tif in.Name == \"\" {\n\t\treturn Out{}, errors.New(\"no name\")\n\t}\n\treturn Out{Text: fmt.Sprintf(\"%%s %%d\", strings.ToUpper(in.Name), len(in.Name))}, nil\n}\n", i)
	}
	src := "package a\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n\t\"strings\"\n)\n\ntype In struct{ Name string }\n\ntype Out struct{ Text string }\n\n" + body.String()
	p := pkg("app/services/a", src, "errors", "fmt", "strings", "mortise/runtime/service")
	b.ReportAllocs()
	for b.Loop() {
		load(b, machine.Options{}, p)
	}
}
