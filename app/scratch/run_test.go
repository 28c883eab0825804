package scratch_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mortise/app/scratch"
	"mortise/build/compiler"
	"mortise/runtime/fault"
)

// missing is the compiler of a build without one, or one that cannot work.
type missing struct{ absent, fails error }

func (m missing) Available() error { return m.absent }

func (missing) Find(context.Context, compiler.Job) (compiler.Binary, bool) {
	return compiler.Binary{}, false
}

func (m missing) Link(context.Context, compiler.Job) (compiler.Binary, error) {
	return compiler.Binary{}, m.fails
}

func (missing) Hold(compiler.Binary) func() { return func() {} }

// with runs a program with another compiler.
func with(t *testing.T, c scratch.Compiler, engine scratch.Engine, text string) (o outcome) {
	t.Helper()
	return within(t, t.TempDir(), c, engine, text)
}

// within runs a program with another compiler and another cache.
func within(t *testing.T, temp string, c scratch.Compiler, engine scratch.Engine, text string) (o outcome) {
	t.Helper()
	p, err := scratch.Check(t.Context(), scratch.Source{Name: "a.go", File: filepath.Join(t.TempDir(), "a.go"), Text: []byte(text)})
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	var stdout, stderr bytes.Buffer
	o.code, o.err = p.Run(t.Context(), scratch.Options{
		Engine: engine, Dir: t.TempDir(), Stdout: &stdout, Stderr: &stderr, Compiler: c, Temp: temp, Worker: interpreter(t),
	})
	o.stdout, o.stderr = stdout.String(), stderr.String()
	return o
}

const (
	simple = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"simple\") }\n"
	reads  = "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(len(os.Args)) }\n"
)

// TestWithoutCache runs a program where the cache cannot be written.
func TestWithoutCache(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tools := compiler.New(compiler.Options{Dir: file})
	for _, temp := range []string{filepath.Join(file, "runs"), ""} {
		if o := within(t, temp, tools, scratch.Auto, simple); o.stdout != "simple\n" || o.err != nil {
			t.Errorf("Run with the cache %q: printed %q, error %v, want it to run interpreted", temp, o.stdout, o.err)
		}
	}
	if tools.Available() != nil {
		return // this build has no compiler that a cache would help
	}
	if o := within(t, filepath.Join(file, "runs"), tools, scratch.Auto, reads); fault.As(o.err).Code != "compiler.cache" || !strings.Contains(fault.As(o.err).Hint, "set the variable ") {
		t.Errorf("Run of what has to be compiled: %v, want compiler.cache and how to choose another cache", o.err)
	}
}

func TestWithoutCompiler(t *testing.T) {
	t.Parallel()
	absent := fault.New(fault.Unavailable, "compiler.absent", "there is no compiler")
	full := fault.New(fault.Unavailable, "compiler.disk", "the disk is full")
	for _, tt := range []struct {
		name     string
		compiler missing
		engine   scratch.Engine
		text     string
		stdout   string
		err      string
		refused  bool
	}{
		{"absent", missing{absent: absent}, scratch.Auto, simple, "simple\n", "", false},
		{"absent and refused", missing{absent: absent}, scratch.Auto, reads, "", "there is no compiler", true},
		{"absent and asked for", missing{absent: absent}, scratch.Compiled, simple, "", "there is no compiler", false},
		{"broken", missing{fails: full}, scratch.Auto, simple, "simple\n", "", false},
		{"broken and refused", missing{fails: full}, scratch.Auto, reads, "", "the disk is full", false},
		{"broken and asked for", missing{fails: full}, scratch.Compiled, simple, "", "the disk is full", false},
		{"not asked for", missing{absent: absent}, scratch.Interpreted, simple, "simple\n", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := with(t, tt.compiler, tt.engine, tt.text)
			_, refused := errors.AsType[*scratch.RefusedError](o.err)
			if o.stdout != tt.stdout || refused != tt.refused || (o.err == nil) != (tt.err == "") || o.err != nil && !strings.Contains(o.err.Error(), tt.err) {
				t.Errorf("Run: printed %q, error %v (refused: %t), want %q, %q (%t)", o.stdout, o.err, refused, tt.stdout, tt.err, tt.refused)
			}
		})
	}
}

// TestCompileFaults shows errors that only the compiler finds.
func TestCompileFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"no body", "package main\n\nfunc f()\n\nfunc main() { f() }\n", "a.go:3:6: missing function body"},
		{"marked", "\ufeffpackage main\n\nfunc f()\n\nfunc main() { f() }\n", "a.go:3:6: missing function body"},
	} {
		o := with(t, toolchain(t), scratch.Auto, tt.text)
		if _, refused := errors.AsType[*scratch.RefusedError](o.err); !refused || !strings.HasPrefix(o.err.Error(), tt.want) {
			t.Errorf("%s: Run: %v, want a refusal with %q", tt.name, o.err, tt.want)
		}
	}
}

// TestInterpreted holds what a program looks like that is interpreted because
// somebody asks for it: as Go's, but for the lines of outer frames.
func TestInterpreted(t *testing.T) {
	t.Parallel()
	const head = "package main\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n)\n\nvar _ = fmt.Sprint(errors.New(\"\"))\n\n"
	for _, tt := range []struct{ name, body, stdout, stderr string }{
		{"text", "func main() {\n\tfmt.Println(\"a\")\n\tpanic(\"oh\\nno\")\n}\n", "a\n", "panic: oh\n\tno\n\ngoroutine 1 [running]:\nmain.main(...)\n\tFILE:12\n"},
		{"error", "func f() { panic(errors.New(\"mine\")) }\n\nfunc main() {\n\tfmt.Println(\"a\")\n\tf()\n}\n", "a\n", "panic: mine\n\ngoroutine 1 [running]:\nmain.f(...)\n\tFILE:10\nmain.main(...)\n\tFILE:12\n"},
		{"number", "func main() {\n\tpanic(fmt.Sprint(3) == \"3\")\n}\n", "", "panic: true\n\ngoroutine 1 [running]:\nmain.main(...)\n\tFILE:11\n"},
		{"index", "func at(s []int, i int) int { return s[i] }\n\nfunc main() { fmt.Println(at([]int{1}, 5)) }\n", "", "panic: runtime error: index out of range"},
		{"divide", "func div(a, b int) int { return a / b }\n\nfunc main() { fmt.Println(div(1, 0)) }\n", "", "panic: runtime error: integer divide by zero"},
		{"nil map", "func main() {\n\tvar m map[string]int\n\tm[\"a\"] = 1\n}\n", "", "panic: assignment to entry in nil map"},
		{"goroutine", "func work() { panic(\"alone\") }\n\nfunc main() {\n\tdone := make(chan int)\n\tgo work()\n\t<-done\n}\n", "", "main.work(...)\n\tFILE:10\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "a.go")
			p, err := scratch.Check(t.Context(), scratch.Source{Name: "a.go", File: file, Text: []byte(head + tt.body)})
			if err != nil {
				t.Fatalf("Check: %v", err)
			}
			var stdout, stderr bytes.Buffer
			code, err := p.Run(t.Context(), scratch.Options{
				Engine: scratch.Interpreted, Stdout: &stdout, Stderr: &stderr, Compiler: missing{}, Temp: t.TempDir(), Worker: interpreter(t),
			})
			if err != nil || code != 2 || stdout.String() != tt.stdout || !strings.Contains(stderr.String(), strings.ReplaceAll(tt.stderr, "FILE", file)) {
				t.Errorf("Run: code %d (%v), printed %q and\n%s\nwant 2, %q and\n%s", code, err, stdout.String(), stderr.String(), tt.stdout, tt.stderr)
			}
		})
	}
}

// TestCanceled ends a program that would not end by itself.
func TestCanceled(t *testing.T) {
	t.Parallel()
	for _, engine := range []scratch.Engine{scratch.Auto, scratch.Interpreted, scratch.Compiled} {
		text := "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"begun\")\n\tfor {\n\t}\n}\n"
		p, err := scratch.Check(t.Context(), scratch.Source{Name: "a.go", File: filepath.Join(t.TempDir(), "a.go"), Text: []byte(text)})
		if err != nil {
			t.Fatalf("Check: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begun := &waits{text: "begun", then: cancel}
		code, err := p.Run(ctx, scratch.Options{
			Engine: engine, Stdout: begun, Stderr: begun, Compiler: toolchain(t), Temp: t.TempDir(), Worker: interpreter(t),
		})
		cancel()
		if err != nil || code == 0 {
			t.Errorf("Run as %s: code %d, %v, want another code than 0", engine, code, err)
		}
	}
}

// waits does something once it is written a text.
type waits struct {
	text string
	then func()
}

func (w *waits) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.then()
	}
	return len(p), nil
}
