package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

func TestCall(t *testing.T) {
	p, log := start(t, nil)
	for _, c := range []struct{ service, in, want, code string }{
		{"worker.Empty", "", "", ""},
		{"worker.Echo", `{"a":1}`, `{"a":1}`, ""},
		{"worker.Ask", `{"q":2}`, `{"q":2}`, ""},
		{"worker.Twice", "ab", "abab", ""},
		{"worker.FanOut", "5", "5", ""},
		{"worker.FanOut", "1000", "1000", ""},
		{"worker.Deadline", "", "30s", ""},
		{"worker.Print", "this", "0 EOF", ""},
		{"worker.None", "", "", "service.unknown"},
		{"worker.Panic", "", "", "service.panic"},
		{"worker.Nil", "", "", "service.panic"},
		{"worker.Goexit", "", "", "service.exit"},
		{"worker.Error", "", "", "service.error"},
		{"worker.Fault", "", "", "service.error"},
		{"worker.Env", "", role + "=compiled\nGORACE=atexit_sleep_ms=0", ""},
	} {
		t.Run(c.service, func(t *testing.T) {
			got, err := invoke(p, c.service, c.in, &host{})
			if c.code == "" && (err != nil || got != c.want) {
				t.Errorf("Call(%s, %q) = %q, %v; want %q", c.service, c.in, got, err, c.want)
			}
			if c.code != "" && code(err) != c.code {
				t.Errorf("Call(%s, %q) = %q, %v; want code %s", c.service, c.in, got, err, c.code)
			}
		})
	}
	waitFor(t, "the printed line in the log", func() bool { return strings.Contains(log.String(), "printed this") })
}

func TestErrors(t *testing.T) {
	p, _ := start(t, nil)
	_, err := invoke(p, "worker.Nil", "", &host{})
	e := fault.As(err)
	if want := lineOf(t, "line of the nil pointer"); e.At.Line != want || !strings.HasSuffix(e.At.File, "services_test.go") {
		t.Errorf("a nil pointer at %v, want line %d of services_test.go", e.At, want)
	}
	if e.Kind != fault.Internal || !strings.Contains(e.What, "nil dereference") || e.Hint == "" {
		t.Errorf("a nil pointer gives %+v, want an internal error that says so, with a hint", e)
	}
	_, err = invoke(p, "worker.Fault", "", &host{})
	e = fault.As(err)
	if e.Kind != fault.Conflict || e.What != "order 7 is closed: cause" {
		t.Errorf("a fault comes back as %+v, want a conflict with its text", e)
	}
	_, err = invoke(p, "worker.Error", "", &host{})
	if e = fault.As(err); e.Kind != fault.Internal || e.Err == nil || e.Err.Error() != "disk full" {
		t.Errorf("a plain error comes back as %+v, want an internal one with the cause for the log", e)
	}
	refused := fault.New(fault.Limited, "rest.limited", "too often").WithHint("wait").WithAt(fault.Position{File: "connections/crm.yaml", Line: 2})
	refused.Details = []fault.Detail{{Path: "a.b", What: "is missing"}}
	_, err = invoke(p, "worker.Ask", "x", &host{do: func(context.Context, *service.Operation) (*service.Reply, error) { return nil, refused }})
	got, _ := json.Marshal(fault.As(err))
	want, _ := json.Marshal(refused)
	if !bytes.Equal(got, want) {
		t.Errorf("an operation's fault comes back as %s, want %s", got, want)
	}
	_, err = invoke(p, "worker.Ask", "x", &host{do: func(context.Context, *service.Operation) (*service.Reply, error) { panic("host") }})
	if code(err) != "host.panic" {
		t.Errorf("a panic of the host comes back as %v, want host.panic", err)
	}
}

func TestResponse(t *testing.T) {
	p, _ := start(t, nil)
	r, err := p.Call(t.Context(), Call{Service: "worker.Settings"}, &host{})
	if err != nil || r.Meta == nil || r.Meta.Status != 201 || r.Meta.Header["X-One"][0] != "1" || string(r.Body) != "{}" {
		t.Errorf("Call(Settings) = %+v, %v; want status 201, a header and {}", r, err)
	}
}

func TestLogBeforeResult(t *testing.T) {
	p, _ := start(t, nil)
	for _, n := range []int{1, 100, 3000} {
		h := &host{}
		if _, err := invoke(p, "worker.Lines", fmt.Sprint(n), h); err != nil {
			t.Fatal(err)
		}
		if len(h.lines) != n || h.lines[n-1] != fmt.Sprintf(`INFO line {"i":%d}`, n-1) {
			t.Errorf("%d lines have come when the call returned, want %d in order", len(h.lines), n)
		}
	}
}

func TestThousandsInFlight(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Concurrency = 4 })
	const n = 3000
	var waiting atomic.Int64
	all := make(chan struct{})
	h := &host{do: func(_ context.Context, op *service.Operation) (*service.Reply, error) {
		if waiting.Add(1) == n { // every call is in the hands of the host at the same time
			close(all)
		}
		<-all
		return &service.Reply{Body: op.Body}, nil
	}}
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range n {
		wg.Go(func() {
			in := fmt.Sprint("call ", i)
			if got, err := invoke(p, "worker.Ask", in, h); err != nil || got != in {
				err = fmt.Errorf("Call(Ask, %q) = %q, %w", in, got, err)
				failed.Store(&err)
			}
		})
	}
	wg.Wait()
	if e := failed.Load(); e != nil {
		t.Error(*e)
	}
	if p.slots.used != 0 {
		t.Errorf("%d slots are taken after all calls, want 0", p.slots.used)
	}
}

func TestBigBodies(t *testing.T) {
	p, _ := start(t, nil)
	for _, n := range []int{maxPayload - 100, maxPayload, maxPayload + 1, 1 << 20, 20<<20 + 17} {
		in := strings.Repeat("abcdefg", n/7+1)[:n]
		for _, name := range []string{"worker.Echo", "worker.Ask"} {
			if got, err := invoke(p, name, in, &host{}); err != nil || got != in {
				t.Fatalf("Call(%s) with %d bytes returned %d bytes, %v; want the same", name, n, len(got), err)
			}
		}
	}
}

// TestSlowConsumer has an operation that holds a large body while other calls
// go on.
func TestSlowConsumer(t *testing.T) {
	p, _ := start(t, nil)
	release := make(chan struct{})
	entered := make(chan struct{}, 8)
	slow := &host{do: func(_ context.Context, op *service.Operation) (*service.Reply, error) {
		entered <- struct{}{}
		<-release
		return &service.Reply{Body: op.Body}, nil
	}}
	in := strings.Repeat("y", 8<<20)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := invoke(p, "worker.Ask", in, slow); err != nil || got != in {
				t.Errorf("a large call returned %d bytes, %v", len(got), err)
			}
		})
	}
	for range 8 {
		<-entered
	}
	for range 200 {
		if _, err := invoke(p, "worker.Ask", "small", &host{}); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	wg.Wait()
}

func TestBodyLimit(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Body = 1 << 20 })
	long := strings.Repeat("z", 1<<20+1)
	if _, err := invoke(p, "worker.Echo", long, &host{}); code(err) != "worker.body" {
		t.Errorf("an input over the limit: %v, want worker.body", err)
	}
	if _, err := invoke(p, "worker.Big", "2000000", &host{}); code(err) != "worker.body" {
		t.Errorf("an output over the limit: %v, want worker.body", err)
	}
	h := &host{do: func(context.Context, *service.Operation) (*service.Reply, error) {
		return &service.Reply{Body: []byte(long)}, nil
	}}
	if _, err := invoke(p, "worker.Ask", "x", h); code(err) != "worker.body" {
		t.Errorf("a reply over the limit: %v, want worker.body", err)
	}
	if _, err := invoke(p, "worker.Echo", "x", &host{}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestCancel(t *testing.T) {
	p, _ := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	inHost := make(chan struct{})
	stopped := make(chan struct{})
	h := &host{do: func(ctx context.Context, _ *service.Operation) (*service.Reply, error) {
		close(inHost)
		<-ctx.Done()
		close(stopped)
		return nil, ctx.Err()
	}}
	go func() {
		<-inHost
		cancel()
	}()
	_, err := p.Call(ctx, Call{Service: "worker.Ask", Input: []byte("x")}, h)
	if fault.KindOf(err) != fault.Canceled {
		t.Errorf("a canceled call returns %v, want Canceled", err)
	}
	<-stopped
	waitFor(t, "the worker to let the call go", func() bool { return inflight(p) == 0 })
	if _, err := invoke(p, "worker.Echo", "x", &host{}); err != nil {
		t.Errorf("the next call: %v", err)
	}
	if _, err := p.Call(ctx, Call{Service: "worker.Echo"}, &host{}); fault.KindOf(err) != fault.Canceled {
		t.Errorf("a call under an ended context returns %v, want Canceled", err)
	}
}

// TestCancelUpload cancels calls whose large input is on its way.
func TestCancelUpload(t *testing.T) {
	p, _ := start(t, nil)
	in := bytes.Repeat([]byte("u"), 32<<20)
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		_, err := p.Call(ctx, Call{Service: "worker.Echo", Input: in}, &host{})
		cancel()
		if err != nil && fault.KindOf(err) != fault.Timeout {
			t.Errorf("a call whose deadline passes during its input returns %v, want Timeout", err)
		}
	}
	waitFor(t, "the worker to let the calls go", func() bool { return inflight(p) == 0 })
	if _, err := invoke(p, "worker.Echo", "x", &host{}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestDeadlineHeard(t *testing.T) {
	p, _ := start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := p.Call(ctx, Call{Service: "worker.Wait"}, &host{})
	if fault.KindOf(err) != fault.Timeout || !strings.Contains(err.Error(), `service "worker.Wait" did not answer in time`) {
		t.Errorf("a call past its deadline returns %v, want Timeout", err)
	}
	waitFor(t, "the call to end", func() bool { return inflight(p) == 0 })
	select {
	case <-p.Done():
		t.Error("a worker whose call stopped at its deadline takes no more calls, want more")
	default:
	}
}

func TestDeadlineUnheard(t *testing.T) {
	p, log := start(t, func(o *Options) { o.Limits.Grace, o.Limits.Kill = 50*time.Millisecond, 400*time.Millisecond })
	sibling := make(chan error, 1)
	inHost := make(chan struct{})
	go func() {
		_, err := invoke(p, "worker.Ask", "x", &host{do: func(ctx context.Context, _ *service.Operation) (*service.Reply, error) {
			close(inHost)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		sibling <- err
	}()
	<-inHost
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := p.Call(ctx, Call{Service: "worker.Loop"}, &host{})
	e := fault.As(err)
	if took := time.Since(began); e.Kind != fault.Timeout || took > 500*time.Millisecond {
		t.Errorf("a loop returns %v after %s, want Timeout after 50ms", err, took)
	}
	if want := lineOf(t, "line of the loop"); e.At.Line != want {
		t.Errorf("a loop at its deadline stands at %v, want line %d", e.At, want)
	}
	<-p.Done()
	if _, err := invoke(p, "worker.Echo", "", &host{}); code(err) != "worker.gone" || LostIn(err) == nil || LostIn(err).Begun {
		t.Errorf("a new call returns %v, want worker.gone that may be tried again", err)
	}
	nested, stop := context.WithTimeout(Nested(t.Context()), 10*time.Second)
	defer stop()
	if _, err := p.Call(nested, Call{Service: "worker.Echo"}, &host{}); err != nil {
		t.Errorf("a nested call returns %v, want its result", err)
	}
	err = <-sibling
	l := LostIn(err)
	if fault.KindOf(err) != fault.Unavailable || l == nil || l.Culprit != "worker.Loop" || l.Own || !l.Begun {
		t.Errorf("a sibling returns %v (%+v), want Unavailable because of worker.Loop, begun", err, l)
	}
	<-p.Exited()
	if !strings.Contains(log.String(), "service did not stop at its deadline") {
		t.Errorf("the log does not name the loop:\n%s", log)
	}
}

// TestKilledWhenAlone sees that a worker is killed at once when only calls past
// their deadline are left.
func TestKilledWhenAlone(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Grace, o.Limits.Kill = 20*time.Millisecond, time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Call(ctx, Call{Service: "worker.Loop"}, &host{}); fault.KindOf(err) != fault.Timeout {
		t.Errorf("a loop returns %v, want Timeout", err)
	}
	select {
	case <-p.Exited():
	case <-time.After(10 * time.Second):
		t.Error("the worker lives on with nothing but a call past its deadline")
	}
}

func TestCloseWaits(t *testing.T) {
	p, _ := start(t, nil)
	inHost, release := make(chan struct{}), make(chan struct{})
	result := make(chan error, 1)
	go func() {
		_, err := invoke(p, "worker.Ask", "x", &host{do: func(context.Context, *service.Operation) (*service.Reply, error) {
			close(inHost)
			<-release
			return &service.Reply{}, nil
		}})
		result <- err
	}()
	<-inHost
	closed := make(chan error, 1)
	go func() { closed <- p.Close(context.Background()) }()
	<-p.Done()
	select {
	case <-p.Exited():
		t.Error("the worker ended under a call")
	default:
	}
	close(release)
	if err := <-result; err != nil {
		t.Errorf("the call in flight returns %v, want its result", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("Close() again = %v", err)
	}
}

func TestCloseGivesUp(t *testing.T) {
	p, _ := start(t, nil)
	inHost := make(chan struct{})
	result := make(chan error, 1)
	go func() {
		_, err := invoke(p, "worker.Begin", "GET x", &host{do: func(context.Context, *service.Operation) (*service.Reply, error) {
			close(inHost)
			return &service.Reply{}, nil
		}})
		result <- err
	}()
	<-inHost
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := <-result; fault.KindOf(err) != fault.Unavailable || LostIn(err) == nil || LostIn(err).Begun {
		t.Errorf("the call in flight returns %v, want Unavailable that may be tried again", err)
	}
}

func TestOutlivingGoroutines(t *testing.T) {
	p, _ := start(t, nil)
	for range 50 {
		if _, err := invoke(p, "worker.Outlive", "", &host{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping() = %v", err)
	}
	waitFor(t, "all slots to be free", func() bool {
		p.slots.mu.Lock()
		defer p.slots.mu.Unlock()
		return p.slots.used == 0
	})
}

func TestConcurrency(t *testing.T) {
	p, _ := start(t, func(o *Options) { o.Limits.Concurrency, o.Limits.Queue = 2, 3 })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 + 3 {
		wg.Go(func() {
			_, err := p.Call(ctx, Call{Service: "worker.Wait"}, &host{})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("a call returns %v, want Canceled", err)
			}
		})
	}
	waitFor(t, "two calls to run and three to wait", func() bool {
		p.slots.mu.Lock()
		defer p.slots.mu.Unlock()
		return p.slots.used == 2 && p.slots.size == 3
	})
	if _, err := invoke(p, "worker.Echo", "", &host{}); code(err) != "worker.busy" {
		t.Errorf("a call beyond the queue returns %v, want worker.busy", err)
	}
	nested, stop := context.WithTimeout(Nested(t.Context()), 10*time.Second)
	defer stop()
	if _, err := p.Call(nested, Call{Service: "worker.Echo"}, &host{}); err != nil {
		t.Errorf("a nested call returns %v, want its result", err)
	}
	cancel()
	wg.Wait()
	waitFor(t, "all slots to be free", func() bool {
		p.slots.mu.Lock()
		defer p.slots.mu.Unlock()
		return p.slots.used == 0 && p.slots.size == 0
	})
}

func TestLoad(t *testing.T) {
	for _, c := range []struct{ bundle, code, at string }{
		{"hello", "", ""},
		{strings.Repeat("b", 3<<20), "", ""},
		{"panic", "worker.load", ""},
		{"exit", "worker.load", ""},
	} {
		opts, _ := options(t, "loads")
		p, err := Start(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := invoke(p, "bundle.Len", "", &host{}); code(err) != "worker.empty" {
			t.Errorf("Call before Load returns %v, want worker.empty", err)
		}
		err = p.Load(t.Context(), []byte(c.bundle), Hooks{})
		if c.code == "" {
			if got, cerr := invoke(p, "bundle.Len", "", &host{}); err != nil || cerr != nil || got != fmt.Sprint(len(c.bundle)) {
				t.Errorf("Load(%.9s) = %v, and a call returns %q, %v", c.bundle, err, got, cerr)
			}
			if _, err := invoke(p, "bundle.Lazy", "", &host{}); code(err) != "load.lazy" {
				t.Errorf("a service whose package cannot be loaded returns %v, want load.lazy", err)
			}
		} else if code(err) != c.code {
			t.Errorf("Load(%.9s) = %v, want code %s", c.bundle, err, c.code)
		}
		_ = p.Close(t.Context())
	}
	opts, _ := options(t, "loads")
	p, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(t.Context()) }()
	err = p.Load(t.Context(), []byte("fail"), Hooks{})
	var list fault.List
	if !errors.As(err, &list) || len(list) != 2 || list[0].At.Line != 3 || list[0].Hint != "use an int" {
		t.Errorf("Load(fail) = %v, want both faults", err)
	}
}

func TestStartFails(t *testing.T) {
	for _, c := range []struct{ role, want string }{
		{"garbage", "did not say hello|broke the rules of its pipe"}, // whichever is seen first
		{"dies", "no luck"},
		{"silent", "did not say hello"},
	} {
		opts, _ := options(t, c.role)
		if c.role == "silent" || c.role == "garbage" {
			opts.Wait = 100 * time.Millisecond
		}
		_, err := Start(t.Context(), opts)
		if code(err) != "worker.start" || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("Start of a worker that is %s: %v, want %q", c.role, err, c.want)
		}
	}
	if _, err := Start(t.Context(), Options{Path: "/does/not/exist"}); code(err) != "worker.start" {
		t.Errorf("Start of nothing: %v", err)
	}
}

// waitFor waits for something that other processes do.
func waitFor(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			tb.Fatalf("waited 10s for %s", what)
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond) // another process has no channel
	}
}

func inflight(p *Process) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}
