package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/service"
)

// services are those of the workers of the tests.
var services = map[string]service.Func{
	"worker.Empty":     func(*service.Context, []byte) ([]byte, error) { return nil, nil },
	"worker.Echo":      func(_ *service.Context, in []byte) ([]byte, error) { return in, nil },
	"worker.Ask":       Ask,
	"worker.Twice":     Twice,
	"worker.FanOut":    FanOut,
	"worker.Settings":  Settings,
	"worker.Lines":     Lines,
	"worker.Print":     Print,
	"worker.Wait":      Wait,
	"worker.Deaf":      Deaf,
	"worker.Loop":      Loop,
	"worker.Recurse":   func(*service.Context, []byte) ([]byte, error) { return fmt.Append(nil, Recurse(1)), nil },
	"worker.Nil":       Nil,
	"worker.Panic":     func(*service.Context, []byte) ([]byte, error) { panic("no luck") },
	"worker.Goroutine": Goroutine,
	"worker.Exit":      func(*service.Context, []byte) ([]byte, error) { os.Exit(3); return nil, nil },
	"worker.Maps":      Maps,
	"worker.Terabyte":  Terabyte,
	"worker.Leak":      Leak,
	"worker.Goexit":    func(*service.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil },
	"worker.Error":     func(*service.Context, []byte) ([]byte, error) { return nil, errors.New("disk full") },
	"worker.Fault": func(*service.Context, []byte) ([]byte, error) {
		return nil, service.Errorf(service.Conflict, "order %d is closed: %w", 7, errors.New("cause"))
	},
	"worker.Big":      Big,
	"worker.Begin":    Begin,
	"worker.Outlive":  Outlive,
	"worker.Deadline": Deadline,
	"worker.Env":      func(*service.Context, []byte) ([]byte, error) { return []byte(strings.Join(os.Environ(), "\n")), nil },
	"worker.Files":    Files,
}

// Ask asks a connection and returns its answer.
func Ask(ctx *service.Context, in []byte) ([]byte, error) {
	a := ctx.REST("CRM").Post(in)
	return a.Bytes(), a.Err()
}

// Twice asks twice, one after the other.
func Twice(ctx *service.Context, in []byte) ([]byte, error) {
	a, b := ctx.REST("A").Get(in), ctx.REST("B").Get(in)
	return append(a.Bytes(), b.Bytes()...), errors.Join(a.Err(), b.Err())
}

// FanOut calls as many services at a time as it is told.
func FanOut(ctx *service.Context, in []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(in))
	if err != nil {
		return nil, err
	}
	calls := make([]service.Invocation, n)
	for i := range calls {
		calls[i] = service.Invocation{Service: "s", Input: strconv.Itoa(i)}
	}
	for i, a := range ctx.FanOut(calls...) {
		if a.Err() != nil || a.Body() != strconv.Itoa(i) {
			return nil, fmt.Errorf("answer %d is %q, %w", i, a.Body(), a.Err())
		}
	}
	return in, nil
}

// Settings sets its response.
func Settings(ctx *service.Context, _ []byte) ([]byte, error) {
	ctx.Response().SetStatus(201)
	ctx.Response().SetHeader("X-One", "1")
	return []byte(`{}`), nil
}

// Lines logs.
func Lines(ctx *service.Context, in []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(in))
	for i := range n {
		ctx.Log().Info("line", "i", i)
	}
	return nil, err
}

// Print prints.
func Print(_ *service.Context, in []byte) ([]byte, error) {
	fmt.Println("printed", string(in))
	var rest [1]byte
	n, err := os.Stdin.Read(rest[:])
	return fmt.Appendf(nil, "%d %v", n, err), nil
}

// Wait waits for the end of the call.
func Wait(ctx *service.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Deaf does not hear its cancellation, but ends when it is told by the host.
func Deaf(_ *service.Context, in []byte) ([]byte, error) {
	d, err := time.ParseDuration(string(in))
	time.Sleep(d)
	return []byte("awake"), err
}

var turns atomic.Int64

// Loop never ends.
func Loop(*service.Context, []byte) ([]byte, error) {
	for {
		turns.Add(1) // line of the loop
	}
}

// Recurse never ends either.
func Recurse(n int) int { // line of the recursion
	return Recurse(n+1) + 1
}

// Nil follows a nil pointer.
func Nil(*service.Context, []byte) ([]byte, error) {
	var t *struct{ name string }
	return []byte(t.name), nil // line of the nil pointer
}

// Goroutine panics outside of its own goroutine.
func Goroutine(*service.Context, []byte) ([]byte, error) {
	var wg sync.WaitGroup
	wg.Go(func() {
		panic("lost in a goroutine") // line of the goroutine
	})
	wg.Wait()
	return nil, nil
}

// Maps writes one map from several goroutines.
func Maps(*service.Context, []byte) ([]byte, error) {
	m := map[int]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 10_000_000 {
				m[i%100] = i // line of the map
			}
		})
	}
	wg.Wait()
	return nil, nil
}

var keep [][]byte

// Terabyte wants a terabyte and uses it.
func Terabyte(_ *service.Context, in []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(in))
	if err != nil {
		return nil, err
	}
	b := make([]byte, n<<30) // line of the terabyte
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	keep = append(keep, b)
	return nil, nil
}

// Leak keeps ever more.
func Leak(*service.Context, []byte) ([]byte, error) {
	for {
		b := make([]byte, 1<<20) // line of the leak
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		keep = append(keep, b)
	}
}

// Big returns as many bytes as it is told.
func Big(_ *service.Context, in []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(in))
	return []byte(strings.Repeat("x", n)), err
}

// Begin begins an operation, then dies when a second one is answered.
func Begin(ctx *service.Context, in []byte) ([]byte, error) {
	method, how, _ := strings.Cut(string(in), " ")
	if err := ctx.REST("CRM").Do(method, nil).Err(); err != nil {
		return nil, err
	}
	if how == "exit" {
		os.Exit(1)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Outlive leaves a goroutine behind that goes on asking.
func Outlive(ctx *service.Context, _ []byte) ([]byte, error) {
	go func() {
		for range 100 {
			ctx.REST("CRM").Get(nil)
			ctx.Log().Info("still here")
		}
	}()
	return nil, nil
}

// Deadline returns the time that is left.
func Deadline(ctx *service.Context, _ []byte) ([]byte, error) {
	at, ok := ctx.Deadline()
	if !ok {
		return []byte("none"), nil
	}
	return []byte(time.Until(at).Round(time.Second).String()), nil
}

// Files lists what the process has open.
func Files(*service.Context, []byte) ([]byte, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	var names []string
	for _, e := range entries {
		target, _ := os.Readlink("/proc/self/fd/" + e.Name())
		names = append(names, e.Name()+" "+target)
	}
	return []byte(strings.Join(names, "\n")), err
}
