package interp_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// deadly are services that do what nobody should.
const deadly = `
-- services/bad/bad.go --
package bad

import (
	"errors"

	"mortise/runtime/service"
)

type In struct {
	N int
}

type node struct {
	Value int
	Next  *node
}

func deeper(n int) int {
	return deeper(n+1) + 1
}

// Recursion never ends.
func Recursion(ctx *service.Context) (int, error) {
	return deeper(0), nil
}

// Loop never ends either.
func Loop(ctx *service.Context) error {
	n := 0
	for {
		n++
	}
}

// Nil uses a pointer that is nil.
func Nil(ctx *service.Context, in In) (int, error) {
	var first *node
	n := in.N + 1
	return first.Value + n, nil
}

// Index reads behind the end.
func Index(ctx *service.Context, in In) (int, error) {
	list := []int{1, 2, 3}
	return list[in.N], nil
}

// Panic panics.
func Panic(ctx *service.Context) error {
	panic("the author's own words")
}

// Goroutine panics where nobody can recover it.
func Goroutine(ctx *service.Context) error {
	done := make(chan bool)
	go func() {
		var first *node
		first.Value = 3
		done <- true
	}()
	<-done
	return nil
}

// Maps writes one map from two goroutines.
func Maps(ctx *service.Context) error {
	shared := map[int]int{}
	done := make(chan bool)
	for w := 0; w < 4; w++ {
		go func() {
			for i := 0; i < 1000000; i++ {
				shared[i%10] = i
			}
			done <- true
		}()
	}
	for w := 0; w < 4; w++ {
		<-done
	}
	return nil
}

// Memory asks for a terabyte.
func Memory(ctx *service.Context, in In) (int, error) {
	list := make([]byte, in.N<<40)
	list[0] = 1
	return len(list), nil
}

// Leak takes memory until there is none.
func Leak(ctx *service.Context) (int, error) {
	var all [][]byte
	for {
		chunk := make([]byte, 1<<20)
		for i := 0; i < len(chunk); i += 4096 {
			chunk[i] = 1
		}
		all = append(all, chunk)
	}
	return len(all), nil
}

// Error fails as services should.
func Error(ctx *service.Context) error {
	return errors.New("an ordinary error")
}
-- services/good/good.go --
package good

import "mortise/runtime/service"

func Fine(ctx *service.Context) (string, error) { return "fine", nil }

func Waits(ctx *service.Context) (string, error) {
	a := ctx.Call("slow", nil)
	return a.Text("x"), a.Err()
}
`

// line returns the line in services/bad/bad.go at which a text stands.
func line(tb testing.TB, text string) int {
	tb.Helper()
	_, src, _ := strings.Cut(deadly, "-- services/bad/bad.go --\n")
	before, _, ok := strings.Cut(src, text)
	if !ok {
		tb.Fatalf("no %q in the services", text)
	}
	return strings.Count(before, "\n") + 1
}

// TestPanics are mistakes that end one call and nothing else.
func TestPanics(t *testing.T) {
	_, x := build(t, newBuilder(t, worker.Limits{}), deadly)
	for _, c := range []struct{ name, in, want, first, last string }{
		{"bad.Nil", `{"N":1}`, "nil dereference", "func Nil", "return first.Value"},
		{"bad.Index", `{"N":7}`, "index out of range", "func Index", "return list[in.N]"},
		{"bad.Panic", ``, "the author's own words", "func Panic", `panic("the author's`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := call(t, x, c.name, c.in, nil)
			e := asFault(t, err)
			if e.Kind != fault.Internal || e.Code != "service.panic" || !strings.Contains(e.Error(), c.want) || !strings.Contains(e.Error(), c.name) {
				t.Errorf("%s: got %s %s %q, want %q", c.name, e.Kind, e.Code, e.Error(), c.want)
			}
			if e.At.File != "services/bad/bad.go" || e.At.Line < line(t, c.first) || e.At.Line > line(t, c.last) {
				t.Errorf("%s: got place %s, want a line from %d to %d", c.name, e.At, line(t, c.first), line(t, c.last))
			}
			want(t, x, "good.Fine", "", `"fine"`)
		})
	}
	_, err := call(t, x, "bad.Error", "", nil)
	if e := asFault(t, err); e.Kind != fault.Internal || e.Code == "service.panic" {
		t.Errorf("bad.Error: got %v", err)
	}
}

// TestDeaths are mistakes that end the worker: the call that made it gets the
// words and the place, others get a 503, and the next worker works.
func TestDeaths(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	b := newBuilder(t, worker.Limits{Memory: 256 << 20})
	p, _, err := b.Build(t.Context(), project(deadly))
	if err != nil {
		t.Fatalf("Build: %v", report(err))
	}
	for _, c := range []struct {
		name, in, want string
		first, last    string // the place is between these
	}{
		{"bad.Recursion", ``, "endless recursion", "func deeper", "return deeper(n+1)"},
		{"bad.Goroutine", ``, "", "go func() {\n\t\tvar first", "done <- true"},
		{"bad.Maps", ``, "concurrent map", "shared := map", "done <- true\n\t\t}()\n\t}\n\tfor w"},
		{"bad.Memory", `{"N":1}`, "", "func Memory", "list[0] = 1"},
		{"bad.Leak", ``, "memory", "func Leak", "return len(all)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if raceEnabled && c.name == "bad.Leak" {
				t.Skip("the race detector's memory counts for the host, but not for Go")
			}
			x := start(t, p)
			waiting := make(chan struct{})
			release := make(chan struct{})
			h := &host{do: func(*service.Operation) (string, error) {
				close(waiting)
				<-release
				return `{}`, nil
			}}
			var wg sync.WaitGroup
			var bystander error
			wg.Go(func() { _, bystander = call(t, x, "good.Waits", "", h) })
			<-waiting
			_, err := call(t, x, c.name, c.in, nil)
			e := asFault(t, err)
			t.Logf("%s: %s", c.name, e.Report())
			if e.Kind != fault.Internal || !strings.Contains(e.Error(), c.want) || !strings.Contains(e.Error(), c.name) {
				t.Errorf("%s: got %s %q, want %q", c.name, e.Kind, e.Error(), c.want)
			}
			if e.At.File != "services/bad/bad.go" || e.At.Line < line(t, c.first) || e.At.Line > line(t, c.last) {
				t.Errorf("%s: got place %s, want a line from %d to %d", c.name, e.At, line(t, c.first), line(t, c.last))
			}
			close(release)
			wg.Wait()
			if e.Code == "service.crashed" {
				lost := worker.LostIn(bystander)
				if k := fault.KindOf(bystander); k != fault.Unavailable || lost == nil || lost.Culprit != c.name {
					t.Errorf("good.Waits beside %s: got %v (%+v), want it lost to %s", c.name, bystander, lost, c.name)
				}
			}
			want(t, start(t, p), "good.Fine", "", `"fine"`)
		})
	}
}

// TestDeadline stops a service that never ends: its caller is told where it
// stands, at once.
func TestDeadline(t *testing.T) {
	b := newBuilder(t, worker.Limits{Grace: 50 * time.Millisecond, Kill: 100 * time.Millisecond})
	p, x := build(t, b, deadly)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := x.Call(ctx, worker.Call{Service: "bad.Loop"}, &host{})
	took := time.Since(began)
	e := asFault(t, err)
	if e.Kind != fault.Timeout || took > 2*time.Second {
		t.Errorf("bad.Loop: got %v after %s, want a time-out", err, took)
	}
	if e.At.File != "services/bad/bad.go" || e.At.Line < line(t, "func Loop") || e.At.Line > line(t, "func Loop")+4 {
		t.Errorf("bad.Loop: got place %s, want its loop in line %d", e.At, line(t, "func Loop")+2)
	}
	<-x.Done()
	want(t, start(t, p), "good.Fine", "", `"fine"`)
}

// TestInit holds packages whose initialization goes wrong.
func TestInit(t *testing.T) {
	b := newBuilder(t, worker.Limits{})
	p, _, err := b.Build(t.Context(), project(`
-- services/a/a.go --
package a

import (
	"strconv"

	"mortise/runtime/service"
)

var list = []int{1}

var first = pick(3)

func pick(n int) int {
	return list[n]
}

func F(ctx *service.Context) (string, error) { return strconv.Itoa(first), nil }
`))
	if err != nil {
		t.Fatalf("Build: %v", report(err))
	}
	_, err = p.Start(t.Context())
	var l fault.List
	if !errors.As(err, &l) || len(l) != 1 || !strings.Contains(l[0].Error(), "index out of range") || l[0].At.File != "services/a/a.go" {
		t.Errorf("Start: got %v, want index out of range in services/a/a.go", report(err))
	}
}
