package compiler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mortise/build/compiler"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// deadly are services that do what nobody should. A comment says what is to be
// found at its line.
const deadly = `
-- services/bad.v1/bad.go --
package bad

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"app/helpers"
	"example.com/broken"
	"mortise/runtime/service"
)

type In struct{ N int }

func deeper(n int) int { // Recursion
	return deeper(n+1) + 1
}

// Recursion never ends.
func Recursion(ctx *service.Context) (int, error) { return deeper(0), nil }

// Loop never ends either.
func Loop(ctx *service.Context) error {
	for {
		turns.Add(1) // Loop
	}
}

var turns atomic.Int64

// Empty is the emptiest of them.
func Empty(ctx *service.Context) error { // Empty
	for {
	}
}

// Deadlock waits for itself.
func Deadlock(ctx *service.Context) error {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock() // Deadlock
	return nil
}

type node struct {
	Value int
	Next  *node
}

func value(n *node) int { return n.Value } // Nil

// Nil uses a pointer that is nil, in a function that is inlined.
func Nil(ctx *service.Context) (int, error) { return value(nil), nil }

// Index reads behind the end.
func Index(ctx *service.Context, in In) (int, error) {
	list := []int{1, 2, 3}
	return list[in.N], nil // Index
}

// Zero divides by it.
func Zero(ctx *service.Context, in In) (int, error) {
	return 1 / in.N, nil // Zero
}

type refused struct{ code int }

func (r *refused) Error() string { return fmt.Sprintf("refused with %d", r.code) }

// Custom panics with an error of its own.
func Custom(ctx *service.Context) error {
	panic(&refused{7}) // Custom
}

// Again panics again with what it recovered.
func Again(ctx *service.Context) error {
	defer func() {
		if v := recover(); v != nil {
			panic(v)
		}
	}()
	panic("once") // Again
}

// Library panics in the library.
func Library(ctx *service.Context, in In) (string, error) {
	return strings.Repeat("x", in.N-1), nil // Library
}

// Others panics in what others wrote.
func Others(ctx *service.Context) error {
	broken.Break() // Others
	return nil
}

// Goroutine panics where nobody can recover it.
func Goroutine(ctx *service.Context) error {
	done := make(chan bool)
	go func() {
		panic(&refused{8}) // Goroutine
	}()
	<-done
	return nil
}

// Helper does so in a goroutine that another package starts.
func Helper(ctx *service.Context) error {
	helpers.Spawn(func(n *int) {
		*n = 1 // Helper
	})
	return nil
}

// Maps writes one map from several goroutines.
func Maps(ctx *service.Context) error {
	shared := map[int]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 10_000_000 {
				shared[i%10] = i // Maps
			}
		})
	}
	wg.Wait()
	return nil
}

// Terabyte asks for as many of them.
func Terabyte(ctx *service.Context, in In) (int, error) {
	list := make([]byte, in.N<<40) // Terabyte
	list[0] = 1
	return len(list), nil
}

// Leak takes memory until there is none.
func Leak(ctx *service.Context) (int, error) {
	var all [][]byte
	for {
		chunk := make([]byte, 1<<20) // Leak
		for i := 0; i < len(chunk); i += 4096 {
			chunk[i] = 1
		}
		all = append(all, chunk)
	}
}

// Exit ends the program.
func Exit(ctx *service.Context, in In) error {
	os.Exit(in.N) // Exit
	return nil
}

// Fatal ends it too.
func Fatal(ctx *service.Context) error {
	log.Fatal("that is enough") // Fatal
	return nil
}

// Error fails as services should.
func Error(ctx *service.Context) error { return errors.New("an ordinary error") }

// Wait waits for its end.
func Wait(ctx *service.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
-- helpers/helpers.go --
package helpers

// Spawn starts goroutines.
func Spawn(f func(*int)) {
	done := make(chan bool)
	go run(f)
	<-done
}

func run(f func(*int)) { f(nil) }
-- vendor/modules.txt --
# example.com/broken v1.0.0
## explicit; go 1.26
example.com/broken
-- vendor/example.com/broken/broken.go --
package broken

// Break breaks.
func Break() { panic("broken") }
-- services/good/good.go --
package good

import "mortise/runtime/service"

// Fine is fine.
func Fine(ctx *service.Context) (string, error) { return "fine", nil }

// Waits waits for the host.
func Waits(ctx *service.Context) error { return ctx.Call("slow", nil).Err() }
`

// lineOf returns the place of the comment that is called so.
func lineOf(tb testing.TB, archive, file, mark string) int {
	tb.Helper()
	_, src, _ := strings.Cut(archive, "-- "+file+" --\n")
	before, _, ok := strings.Cut(src, "// "+mark+"\n")
	if !ok {
		tb.Fatalf("no %q in %s", mark, file)
	}
	return strings.Count(before, "\n") + 1
}

const badFile = "services/bad.v1/bad.go"

// checkPlace checks that an error is at a mark.
func checkPlace(tb testing.TB, e *fault.Error, mark string) {
	tb.Helper()
	away := e.At.Line - lineOf(tb, deadly, badFile, mark)
	if mark == "Leak" && away >= 0 && away < 6 {
		away = 0 // it is somewhere in its loop
	}
	if e.At.File != badFile || away != 0 || e.At.Column == 0 {
		tb.Errorf("bad.%s is at %s, want %s:%d and a column", mark, e.At, badFile, lineOf(tb, deadly, badFile, mark))
	}
}

// limited is a builder of workers that die soon.
func limited(tb testing.TB) *compiler.Builder {
	return newBuilder(tb, func(o *compiler.BuilderOptions) {
		o.Limits = worker.Limits{Memory: 128 << 20, Grace: 50 * time.Millisecond, Kill: 100 * time.Millisecond}
	})
}

// TestPanics are mistakes that end one call and nothing else.
func TestPanics(t *testing.T) {
	x := start(t, build(t, limited(t), deadly))
	for _, c := range []struct{ name, in, what, hint string }{
		{"Nil", "", "nil dereference: a pointer or interface that is nil was used", "compare it with nil first"},
		{"Index", `{"N":7}`, "index out of range [7] with length 3", "compare the index with len first"},
		{"Zero", `{}`, "integer divide by zero", ""},
		{"Custom", "", "panic: refused with 7", ""},
		{"Again", "", "panic: once", ""},
		{"Library", `{}`, "panic: strings: negative Repeat count", ""},
		{"Others", "", "panic: broken", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := call(t, x, "bad."+c.name, c.in)
			e := fault.As(err)
			if e.Kind != fault.Internal || e.Code != "service.panic" || e.Error() != "bad."+c.name+": "+c.what || e.Hint != c.hint {
				t.Errorf("got %s %s\n%s\nwant bad.%s: %s\n  hint: %s", e.Kind, e.Code, e.Report(), c.name, c.what, c.hint)
			}
			checkPlace(t, e, c.name)
			if got, err := call(t, x, "good.Fine", ""); got != `"fine"` || err != nil {
				t.Errorf("the next call gives %s, %v", got, err)
			}
		})
	}
}

// TestDeaths are mistakes that end the worker: the call that made it gets the
// words and the place, another one that it is to be tried again.
func TestDeaths(t *testing.T) {
	p := build(t, limited(t), deadly)
	for _, c := range []struct{ name, in, what string }{
		{"Recursion", "", "endless recursion"},
		{"Goroutine", "", "panic: refused with 8"},
		{"Helper", "", "nil dereference: a pointer or interface that is nil was used"},
		{"Maps", "", "concurrent map writes"},
		{"Terabyte", `{"N":1}`, "out of memory"},
		{"Leak", "", "out of memory"},
		{"Exit", `{"N":3}`, "os.Exit was called (code 3)"},
		{"Exit", `{}`, "os.Exit was called (code 0)"},
		{"Fatal", "", "os.Exit was called (code 1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := start(t, p)
			sibling := make(chan error, 1)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			go func() {
				_, err := x.Call(ctx, worker.Call{Service: "bad.Wait"}, host{})
				sibling <- err
			}()
			_, err := call(t, x, "bad."+c.name, c.in)
			e := fault.As(err)
			if want := `service "bad.` + c.name + `" ended its process: ` + c.what; e.Code != "service.crashed" || e.Error() != want {
				t.Errorf("got %s %s\n%s\nwant %s", e.Kind, e.Code, e.Report(), want)
			}
			checkPlace(t, e, c.name)
			<-x.Done()
			if err := <-sibling; err == nil {
				t.Error("a call beside it went well")
			} else if lost := worker.LostIn(err); lost == nil || lost.Own {
				t.Errorf("a call beside it gives %v, want that it was lost", err)
			}
		})
	}
}

// TestDeadlines are services that do not come back.
func TestDeadlines(t *testing.T) {
	p := build(t, limited(t), deadly)
	for _, name := range []string{"Loop", "Empty", "Deadlock"} {
		t.Run(name, func(t *testing.T) {
			x := start(t, p)
			if got, err := call(t, x, "good.Fine", ""); got != `"fine"` || err != nil {
				t.Fatalf("the first call gives %s, %v", got, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := x.Call(ctx, worker.Call{Service: "bad." + name}, host{})
			e := fault.As(err)
			if e.Kind != fault.Timeout {
				t.Fatalf("got %s, want a time-out", e.Report())
			}
			line := lineOf(t, deadly, badFile, name)
			if e.At.File != badFile || e.At.Line < line-1 || e.At.Line > line {
				t.Errorf("it is at %s, want line %d of %s", e.At, line, badFile)
			}
			<-x.Done()
		})
	}
}

// TestInit is about code that runs before any service does.
func TestInit(t *testing.T) {
	const head = "-- services/a/a.go --\npackage a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"mortise/runtime/service\"\n)\n\n// Run runs.\nfunc Run(ctx *service.Context) error { return nil }\n\nfunc init() {\n"
	for _, c := range []struct{ name, body, what, at string }{
		{"prints", `fmt.Print("one\ntwo", os.Args[1:])`, "", ""},
		{"panics", `panic(fmt.Sprint("broken", os.Args[1:]))`, "panic: broken[]", "services/a/a.go:14:2"},
		{"exits", `fmt.Print(); os.Exit(3)`, "os.Exit was called (code 3)", ""},
		{"loops", `fmt.Print(os.Args[1:]); for { }`, "the worker did not say hello within ", "services/a/a.go:13:6"}, // an empty loop has no line of its own,
		{"recursive", `var f func(int) int; f = func(n int) int { return f(n+1)+1 }; fmt.Print(f(0), os.Args)`, "endless recursion", "services/a/a.go:14:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			begin := func(wait time.Duration) (worker.Executor, error) {
				b := newBuilder(t, func(o *compiler.BuilderOptions) { o.Wait = wait })
				return build(t, b, head+"\t"+c.body+"\n}\n").Start(t.Context())
			}
			wait := time.Minute
			if c.name == "loops" {
				wait = time.Second
			}
			x, err := begin(wait)
			for c.name == "loops" && fault.As(err).At.IsZero() && wait < time.Minute {
				wait *= 4 // on a busy machine it had not come as far as the loop
				x, err = begin(wait)
			}
			if c.what == "" {
				if err != nil {
					t.Fatalf("Start() = %v", err)
				}
				if _, err := call(t, x, "a.Run", ""); err != nil {
					t.Errorf("Call() = %v", err)
				}
				_ = x.Close(t.Context())
				return
			}
			if e := fault.As(err); err == nil || !strings.Contains(e.Error(), c.what) || e.At.String() != c.at {
				t.Errorf("Start() = %s\nwant %s at %s", e.Report(), c.what, c.at)
			}
		})
	}
}

// TestCanceled ends a start in the middle.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := build(t, newBuilder(t, nil), deadly).Start(ctx); err == nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("Start() with a canceled context = %v", err)
	}
}
