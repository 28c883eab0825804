package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// warm makes calls one after the other until callers read for themselves.
func warm(tb testing.TB, p *Process) {
	tb.Helper()
	for range 3 * loneResults {
		if got, err := invoke(p, "worker.Echo", "x", &host{}); got != "x" || err != nil {
			tb.Fatalf("Call(worker.Echo) = %q, %v", got, err)
		}
	}
}

// TestTurns mixes calls of all kinds, so that the turns of reading change all the
// time on both sides.
func TestTurns(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Concurrency = 100 })
	var wg sync.WaitGroup
	for g := range 12 {
		random := rand.New(rand.NewPCG(1, uint64(g)))
		wg.Go(func() {
			for i := range 150 {
				text := fmt.Sprintf("%d.%d", g, i)
				var name, in, want string
				switch random.IntN(8) {
				case 0:
					name, in, want = "worker.Ask", text, text
				case 1:
					name, in, want = "worker.Deaf", "300us", "awake"
				case 2:
					name, in, want = "worker.Lines", "3", ""
				case 3:
					text = strings.Repeat(text, 40_000)
					name, in, want = "worker.Echo", text, text
				case 4:
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(2000))*time.Microsecond)
					_, err := p.Call(ctx, Call{Service: "worker.Wait"}, &host{})
					cancel()
					if kind := fault.KindOf(err); kind != fault.Timeout && kind != fault.Canceled {
						t.Errorf("Call(worker.Wait) = %v, want a time-out", err)
					}
					continue
				case 5:
					time.Sleep(time.Duration(random.IntN(6)) * time.Millisecond) // the turns go back
					fallthrough
				default:
					name, in, want = "worker.Echo", text, text
				}
				if got, err := invoke(p, name, in, &host{}); got != want || err != nil {
					t.Errorf("Call(%s, %.20s) = %.20q, %v; want %.20q", name, in, got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// TestTurnsNested calls the worker while it carries a call out.
func TestTurnsNested(t *testing.T) {
	p, _ := start(t, nil)
	warm(t, p)
	h := &host{do: func(ctx context.Context, op *service.Operation) (*service.Reply, error) {
		r, err := p.Call(ctx, Call{Service: "worker.Echo", Input: op.Body}, &host{})
		return &service.Reply{Body: r.Body}, err
	}}
	for range 50 {
		if got, err := invoke(p, "worker.Twice", "x", h); got != "xx" || err != nil {
			t.Fatalf("Call(worker.Twice) = %q, %v", got, err)
		}
	}
}

// TestDeathUnread kills a worker when nobody is reading what it sends.
func TestDeathUnread(t *testing.T) {
	p, _ := start(t, nil)
	warm(t, p)
	other, err := os.FindProcess(p.Pid())
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed that the worker died")
	}
	<-p.Exited()
}

// TestCloseUnread ends a worker when nobody is reading what it sends.
func TestCloseUnread(t *testing.T) {
	p, _ := start(t, nil)
	warm(t, p)
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping() = %v", err)
	}
	warm(t, p)
	began := time.Now()
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if took := time.Since(began); took > byeWait {
		t.Errorf("Close() took %s: the worker had to be killed", took)
	}
}

// TestSlowAlone lets a service that was quick so far take its time: the calls
// beside it must not wait for it.
func TestSlowAlone(t *testing.T) {
	p, _ := start(t, nil)
	for range 3 * loneResults {
		if _, err := invoke(p, "worker.Deaf", "0s", &host{}); err != nil {
			t.Fatal(err)
		}
	}
	slow := make(chan error, 1)
	go func() {
		_, err := invoke(p, "worker.Deaf", "2s", &host{})
		slow <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for range 100 {
		if _, err := p.Call(ctx, Call{Service: "worker.Echo"}, &host{}); err != nil {
			t.Fatalf("a call beside a slow one: %v", err)
		}
	}
	select {
	case err := <-slow:
		t.Fatalf("the slow call is over already: %v", err)
	default:
	}
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

// TestGoexitAlone lets a service take the reading goroutine along.
func TestGoexitAlone(t *testing.T) {
	p, _ := start(t, nil)
	for range 20 {
		if _, err := invoke(p, "worker.Goexit", "", &host{}); code(err) != "service.exit" {
			t.Fatalf("Call(worker.Goexit) = %v, want service.exit", err)
		}
		if got, err := invoke(p, "worker.Echo", "x", &host{}); got != "x" || err != nil {
			t.Fatalf("the next call gives %q, %v", got, err)
		}
	}
}

// watched is a context as those of calls are.
type watched struct {
	context.Context
	end context.CancelFunc

	mu   sync.Mutex // guards what follows
	call func()
}

func newWatched(ctx context.Context) *watched {
	w := &watched{}
	w.Context, w.end = context.WithCancel(ctx)
	return w
}

func (w *watched) Watch(f func()) bool {
	w.mu.Lock()
	free, ended := w.call == nil, w.Err() != nil
	if free && !ended {
		w.call = f
	}
	w.mu.Unlock()
	if free && ended {
		f()
	}
	return free
}

func (w *watched) Unwatch() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.call != nil
	w.call = nil
	return was
}

func (w *watched) cancel() {
	w.mu.Lock()
	w.end()
	call := w.call
	w.call = nil
	w.mu.Unlock()
	if call != nil {
		call()
	}
}

// TestTurnsWatched ends calls whose callers read for themselves, and calls beside
// them whose callers do not.
func TestTurnsWatched(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Concurrency = 100 })
	warm(t, p)
	for round := range 20 {
		var wg sync.WaitGroup
		var waiting [3]*watched
		for i := range waiting {
			w := newWatched(t.Context())
			waiting[i] = w
			wg.Go(func() {
				if _, err := p.Call(w, Call{Service: "worker.Wait"}, &host{}); fault.KindOf(err) != fault.Canceled {
					t.Errorf("round %d: Call(worker.Wait) = %v, want Canceled", round, err)
				}
			})
		}
		ctx := newWatched(t.Context())
		for range 5 {
			if r, err := p.Call(ctx, Call{Service: "worker.Echo", Input: []byte("x")}, &host{}); string(r.Body) != "x" || err != nil {
				t.Errorf("round %d: Call(worker.Echo) = %q, %v", round, r.Body, err)
			}
		}
		ctx.cancel()
		for _, w := range waiting {
			w.cancel()
		}
		wg.Wait()
	}
}
