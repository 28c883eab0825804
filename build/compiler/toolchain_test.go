package compiler

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mortise/runtime/fault"
)

// testToolchain returns a toolchain over the shared cache of this run's tests.
func testToolchain(t testing.TB) *Toolchain {
	t.Helper()
	return toolchainIn(t, sharedDir)
}

func toolchainIn(t testing.TB, dir string) *Toolchain {
	t.Helper()
	tc := New(Options{Dir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err := tc.Available(); err != nil {
		t.Skip("no pack of the compiler; make it with: go run ./build/dev pack")
	}
	t.Cleanup(func() {
		if err := tc.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return tc
}

// sharedDir is the cache of most tests: unpacking once is enough.
var sharedDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mortise-compiler-test-*")
	if err != nil {
		panic(err)
	}
	sharedDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program is a job of one file.
func program(source string) Job {
	return Job{Name: "a test", Units: []Unit{{Path: "main", Files: []File{{"main.go", []byte(source)}}}}}
}

// run runs a program and returns what it wrote and its exit code.
func run(t testing.TB, b Binary, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(b.Path, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("run %s: %v", b.Path, err)
	}
	return out.String(), errs.String(), code
}

func link(t testing.TB, tc *Toolchain, job Job) Binary {
	t.Helper()
	start := time.Now()
	b, err := tc.Link(t.Context(), job)
	if err != nil {
		t.Fatalf("Link(%s) = %v, %q", job.Name, err, errors.Unwrap(fault.As(err)))
	}
	t.Logf("linked in %s", time.Since(start))
	return b
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	tc := testToolchain(t)
	for name, c := range map[string]struct{ source, want string }{
		"fmt": {`package main
import "fmt"
func main() { fmt.Println("hello") }`, "hello\n"},
		"json": {`package main
import ("encoding/json"; "os")
type T struct { A int ` + "`json:\"a\"`" + ` }
func main() { json.NewEncoder(os.Stdout).Encode(T{1}) }`, "{\"a\":1}\n"},
		"http": {`package main
import ("fmt"; "io"; "net/http"; "net/http/httptest")
func main() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	defer s.Close()
	r, err := http.Get(s.URL + "/x")
	if err != nil { panic(err) }
	b, _ := io.ReadAll(r.Body)
	fmt.Println(string(b))
}`, "/x\n"},
		"generics": {`package main
import ("fmt"; "maps"; "slices")
func Map[T, U any](in []T, f func(T) U) (out []U) { for _, v := range in { out = append(out, f(v)) }; return }
func main() {
	fmt.Println(Map([]int{1, 2}, func(i int) string { return fmt.Sprint(i * 2) }), slices.Sorted(maps.Keys(map[string]int{"b": 1, "a": 2})))
	for i := range 2 { fmt.Print(i) }
}`, "[2 4] [a b]\n01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := link(t, tc, program(c.source))
			if out, errs, code := run(t, b); out != c.want || code != 0 {
				t.Errorf("the program wrote %q, %q and ended with %d, want %q", out, errs, code, c.want)
			}
		})
	}
}

func TestTrace(t *testing.T) {
	tc := testToolchain(t)
	job := Job{Name: "a test", Units: []Unit{
		{Path: "demo/services/users", Files: []File{{"services/users/users.go", []byte("package users\n\nfunc Get(m map[string]int) {\n\tm[\"a\"] = 1\n}\n")}}},
		{Path: "main", Generated: true, Files: []File{{"main.go", []byte("package main\n\nimport \"demo/services/users\"\n\nfunc main() { users.Get(nil) }\n")}}},
	}}
	_, errs, code := run(t, link(t, tc, job))
	for _, want := range []string{"panic: assignment to entry in nil map", "\tservices/users/users.go:4\n", "\tmain.go:5 +"} {
		if !strings.Contains(errs, want) {
			t.Errorf("the trace does not hold %q:\n%s", want, errs)
		}
	}
	if code != 2 || strings.Contains(errs, sharedDir) {
		t.Errorf("the program ended with %d, want 2, and no temporary paths in\n%s", code, errs)
	}
}
