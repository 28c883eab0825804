package compiler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"mortise/build/compiler"
	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// source is a source tree of an archive; it has a go.mod where the archive has
// none.
func source(archive string) fs.FS {
	files := fstest.MapFS{"go.mod": &fstest.MapFile{Data: []byte("module app\n\ngo 1.26\n")}}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

// newBuilder returns a builder over real tools.
func newBuilder(tb testing.TB, change func(*compiler.BuilderOptions)) *compiler.Builder {
	tb.Helper()
	opts := compiler.BuilderOptions{Linker: &installed{dir: tb.TempDir()}, Name: "test", Log: slog.New(slog.NewTextHandler(tb.Output(), nil))}
	if change != nil {
		change(&opts)
	}
	return compiler.NewBuilder(opts)
}

// build makes a program that must be without mistakes.
func build(tb testing.TB, b *compiler.Builder, archive string) *compiler.Program {
	tb.Helper()
	p, _, err := b.Build(tb.Context(), source(archive))
	if err != nil {
		tb.Fatalf("Build: %v", err)
	}
	return p.(*compiler.Program)
}

// start starts a program; it ends with the test.
func start(tb testing.TB, p worker.Program) worker.Executor {
	tb.Helper()
	x, err := p.Start(tb.Context())
	if err != nil {
		tb.Fatalf("Start: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = x.Close(ctx)
	})
	return x
}

// host answers operations with their own body.
type host struct{}

func (host) Do(_ context.Context, op *service.Operation) (*service.Reply, error) {
	return &service.Reply{Media: "application/json", Body: op.Body, Meta: json.RawMessage(`{"status":200}`)}, nil
}

func (host) Log(context.Context, slog.Level, string, json.RawMessage) {}

// call calls a service with some time.
func call(tb testing.TB, x worker.Executor, name, in string) (string, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	r, err := x.Call(ctx, worker.Call{Service: name, Input: []byte(in)}, host{})
	return string(r.Body), err
}

const shop = `
-- services/users/users.go --
// Package users answers.
package users

import (
	"strings"

	"app/helpers"
	"mortise/runtime/service"
)

type in struct {
	Name string ` + "`json:\"name\"`" + `
}

// Out comes out.
type Out struct {
	Greeting string ` + "`json:\"greeting\"`" + `
	Parts    []string
	Money    helpers.Money
	Any      any
}

// Get greets.
func Get(ctx *service.Context, in in) (Out, error) {
	return Out{Greeting: "Hello " + strings.ToUpper(in.Name), Money: helpers.Money{Cents: 150}}, nil
}

// Plain has neither.
func Plain(ctx *service.Context) error { return nil }

// In takes a type of another package.
func In(ctx *service.Context, in helpers.Order) error { return in.Check() }

// Out gives one.
func Give(ctx *service.Context) (*helpers.Order, error) { return nil, nil }
-- services/old/users/users.go --
// Package users has a name that is taken.
package users

import "mortise/runtime/service"

// Old is older.
func Old(ctx *service.Context) (string, error) { return "<old>", nil }
-- services/linked/services.go --
// Package services has a name that the registration uses itself.
package services

import "mortise/runtime/service"

// Name names.
func Name(ctx *service.Context) (string, error) { return ctx.Name(), nil }
-- services/a.b/dotted.go --
package dotted

import "mortise/runtime/service"

// Fails fails.
func Fails(ctx *service.Context) error {
	var p *struct{ n int }
	p.n = 1
	return nil
}
-- helpers/helpers.go --
package helpers

import (
	"errors"
	"fmt"
)

// Money has a way of its own to be written.
type Money struct{ Cents int }

// MarshalText writes it.
func (m Money) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d.%02d", m.Cents/100, m.Cents%100), nil }

// Order is read.
type Order struct{ ID int }

// Check checks.
func (o Order) Check() error {
	if o.ID == 0 {
		return errors.New("no id")
	}
	return nil
}
-- cmd/tool/main.go --
package main

func main() {}
`

func TestProgram(t *testing.T) {
	b := newBuilder(t, nil)
	p := build(t, b, shop)
	x := start(t, p)
	for _, c := range []struct{ name, in, want, code string }{
		{"users.Get", `{"name":"mike"}`, `{"greeting":"Hello MIKE","Parts":null,"Money":"1.50","Any":null}`, ""},
		{"users.Plain", "", "", ""},
		{"users.In", `{"ID":7}`, "", ""},
		{"users.In", "", "", "service.error"},
		{"users.In", `{"ID":"x"}`, "", "service.input"},
		{"users.Give", "", "null", ""},
		{"users.Old", "", `"\u003cold\u003e"`, ""},
		{"services.Name", "", `"services.Name"`, ""},
		{"users.None", "", "", "service.unknown"},
	} {
		got, err := call(t, x, c.name, c.in)
		code := ""
		if err != nil {
			code = fault.As(err).Code
		}
		if got != c.want || code != c.code {
			t.Errorf("Call(%s, %s) = %s, %v; want %s, code %q", c.name, c.in, got, err, c.want, c.code)
		}
	}
	again, _, err := b.Build(t.Context(), source(shop))
	if err != nil || again != worker.Program(p) {
		t.Errorf("Build of the same source gives another program, %v", err)
	}
	if !p.Ready(t.Context()) {
		t.Error("Ready() = false for a program that runs")
	}
	changed := build(t, b, strings.ReplaceAll(shop, "Hello ", "Hi "))
	if changed.Ready(t.Context()) && changed.Version("users.Get") == p.Version("users.Get") {
		t.Error("a changed program has the version of the one before")
	}
	if changed.Version("users.Old") != p.Version("users.Old") {
		t.Error("a service that was not changed has another version")
	}
}

// TestToolchain does the same with the compiler that travels with us.
func TestToolchain(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	tools := compiler.New(compiler.Options{Dir: filepath.Join(cache, "mortise-test", "mortise"), Log: slog.New(slog.DiscardHandler)})
	if err := tools.Available(); err != nil {
		t.Skipf("%v: go run ./build/dev pack", err)
	}
	defer func() {
		if err := tools.Close(); err != nil {
			t.Error(err)
		}
	}()
	p := build(t, newBuilder(t, func(o *compiler.BuilderOptions) { o.Linker = tools }), shop)
	if err := p.Prepare(t.Context()); err != nil {
		t.Fatalf("Prepare() = %v", err)
	}
	if !p.Ready(t.Context()) {
		t.Error("Ready() = false for a program that was prepared")
	}
	if got, err := call(t, start(t, p), "users.Get", `{"name":"mike"}`); err != nil || !strings.Contains(got, "MIKE") {
		t.Errorf("Call(users.Get) = %s, %v", got, err)
	}
}

// TestRegister is about the text: it must not change from run to run, and not
// where only the bodies of services change.
func TestRegister(t *testing.T) {
	text := func(archive string) string {
		t.Helper()
		got, err := compiler.Register(check.New().Check(t.Context(), source(archive)))
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	want := `// Code generated by Mortise. DO NOT EDIT.

package main

import (
	"mortise/runtime/linked"

	dotted "app/services/a.b"
	services2 "app/services/linked"
	users "app/services/old/users"
	users2 "app/services/users"
)

// services returns the services of the project.
func services() []linked.Service {
	return []linked.Service{
		linked.Plain("dotted.Fails", dotted.Fails),
		linked.Out("services.Name", services2.Name),
		linked.InOut("users.Get", users2.Get),
		linked.Out("users.Give", users2.Give),
		linked.In("users.In", users2.In),
		linked.Out("users.Old", users.Old),
		linked.Plain("users.Plain", users2.Plain),
	}
}
`
	if got := text(shop); got != want {
		t.Errorf("Register() =\n%s\nwant\n%s", got, want)
	}
	if got := text(strings.ReplaceAll(shop, "Hello ", "Hi ")); got != want {
		t.Errorf("Register() of other bodies =\n%s\nwant\n%s", got, want)
	}
}

func TestRefused(t *testing.T) {
	const head = "package a\n\nimport (\n\t\"mortise/runtime/service\"\n"
	const tail = ")\n\n// Run runs.\nfunc Run(ctx *service.Context) error { return nil }\n"
	for _, c := range []struct{ name, archive, code, at string }{
		{"unsafe", "-- services/a/a.go --\n" + head + "\t\"unsafe\"\n" + tail + "var _ unsafe.Pointer\n", "compile.unsafe", "services/a/a.go:5:2"},
		{"cgo", "-- services/a/a.go --\n" + head + "\t\"C\"\n" + tail, "import.cgo", "services/a/a.go:5:2"},
		{"body", "-- services/a/a.go --\n" + head + tail + "func fast(n int) int\n", "", "services/a/a.go:9:6"},
		{"missing", "-- services/a/a.go --\n" + head + "\t_ \"github.com/who/what\"\n" + tail, "import.unknown", "services/a/a.go:5:4"},
		{"embed", "-- services/a/a.go --\n" + head + "\t_ \"embed\"\n" + tail + "//go:embed x.txt\nvar text string\n", "compile.embed", "services/a/a.go:10:1"},
		{"main", "-- go.mod --\nmodule mortise\n\ngo 1.26\n-- services/a/a.go --\n" + head + tail, "compile.path", "go.mod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _, err := newBuilder(t, nil).Build(t.Context(), source(c.archive))
			list, _ := errors.AsType[fault.List](err)
			if len(list) != 1 || c.code != "" && list[0].Code != c.code || list[0].At.String() != c.at || list[0].Hint == "" && c.code != "" {
				t.Fatalf("Build() = %v; want %s at %s", err, c.code, c.at)
			}
			if p == nil {
				t.Fatal("Build() returns no outline")
			}
			if _, err := p.Start(t.Context()); err == nil {
				t.Error("an outline starts")
			}
		})
	}
}

// TestAllowUnsafe asks one builder for the same source with and without the
// project's leave to import unsafe, and for what no setting allows.
func TestAllowUnsafe(t *testing.T) {
	const archive = `
-- vendor/example.org/raw/raw.go --
package raw

import "unsafe"

// Word is the size of a word.
const Word = byte(unsafe.Sizeof(uintptr(0)))
-- services/a/a.go --
package a

import (
	"unsafe"

	"example.org/raw"
	"mortise/runtime/service"
)

// Run sums two bytes by way of their addresses.
func Run(ctx *service.Context) (int, error) {
	b := [2]byte{raw.Word, 1}
	return int(b[0]) + int(*(*byte)(unsafe.Add(unsafe.Pointer(&b[0]), 1))), nil
}
`
	b := newBuilder(t, nil)
	allowed := config.Engines{Unsafe: true}
	p, _, err := b.BuildFor(t.Context(), source(archive), allowed)
	if err != nil {
		t.Fatalf("BuildFor with unsafe = %v", err)
	}
	if got, err := call(t, start(t, p), "a.Run", ""); err != nil || got != "9" {
		t.Errorf("a.Run = %s, %v; want 9", got, err)
	}
	_, _, err = b.Build(t.Context(), source(archive))
	var at []string
	for _, f := range fault.All(err) {
		at = append(at, f.Code+" "+f.At.String())
	}
	if want := []string{"compile.unsafe services/a/a.go:4:2", "compile.unsafe vendor/example.org/raw/raw.go:3:8"}; !slices.Equal(slices.Sorted(slices.Values(at)), want) {
		t.Errorf("Build of the same without unsafe = %q, want %q", at, want)
	}
	if again, _, err := b.BuildFor(t.Context(), source(archive), allowed); again != p || err != nil {
		t.Errorf("BuildFor with unsafe again = another program, %v", err)
	}
	cgo := strings.Replace(archive, `"unsafe"`, `"C"`, 2)
	if _, _, err := b.BuildFor(t.Context(), source(cgo), allowed); len(fault.All(err)) == 0 || fault.All(err)[0].Code != "import.cgo" {
		t.Errorf("BuildFor of cgo with unsafe allowed = %v, want import.cgo", err)
	}
}

// TestHuge compiles 20,000 lines in one package, and in 200 of them.
func TestHuge(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for seconds")
	}
	lines := func(pkg string, functions int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "-- %s/%s.go --\npackage %s\n\n", pkg, pkg, pkg)
		for i := range functions {
			fmt.Fprintf(&b, "// F%d counts.\nfunc F%d(m map[string]int, n int) int {\n\tt := 0\n\tfor k, v := range m {\n\t\tif len(k) < n {\n\t\t\tt += v\n\t\t}\n\t}\n\treturn t\n}\n", i, i)
		}
		return b.String()
	}
	for _, packages := range []int{1, 200} {
		t.Run(strconv.Itoa(packages), func(t *testing.T) {
			var archive, imports, sum strings.Builder
			for i := range packages {
				archive.WriteString(lines(fmt.Sprintf("p%d", i), 2_000/packages))
				fmt.Fprintf(&imports, "\t\"app/p%d\"\n", i)
				fmt.Fprintf(&sum, " + p%d.F0(map[string]int{\"a\": 1}, 2)", i)
			}
			archive.WriteString("-- services/a/a.go --\npackage a\n\nimport (\n\t\"mortise/runtime/service\"\n" + imports.String() +
				")\n\n// Run sums.\nfunc Run(*service.Context) (int, error) { return 0" + sum.String() + ", nil }\n")
			x := start(t, build(t, newBuilder(t, nil), archive.String()))
			if got, err := call(t, x, "a.Run", ""); err != nil || got != strconv.Itoa(packages) {
				t.Errorf("a.Run = %s, %v; want %d", got, err, packages)
			}
		})
	}
}

// TestVendor compiles a dependency along, in the language that its module asks
// for: before Go 1.22 the rounds of a loop shared one variable.
func TestVendor(t *testing.T) {
	const archive = `
-- services/a/a.go --
package a

import (
	"example.com/old"
	"mortise/runtime/service"
)

// Run runs.
func Run(ctx *service.Context) ([]int, error) { return old.Rounds(), nil }
-- vendor/modules.txt --
# example.com/old v1.0.0
## explicit; go %
example.com/old
-- vendor/example.com/old/old.go --
package old

// Rounds returns what each round of a loop saw.
func Rounds() []int {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	var out []int
	for _, f := range fs {
		out = append(out, f())
	}
	return out
}
`
	for language, want := range map[string]string{"1.21": "[3,3,3]", "1.26": "[0,1,2]"} {
		x := start(t, build(t, newBuilder(t, nil), strings.Replace(archive, "%", language, 1)))
		if got, err := call(t, x, "a.Run", ""); got != want || err != nil {
			t.Errorf("in Go %s: Call(a.Run) = %s, %v; want %s", language, got, err, want)
		}
	}
}
