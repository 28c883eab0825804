package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// role says as what the test's binary was started again.
const role = "MORTISE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "compiled":
		workerMain(ServeOptions{Services: services})
	case "loads":
		workerMain(ServeOptions{Load: load})
	case "garbage":
		_, _ = os.Stdout.WriteString(strings.Repeat("not a frame", 100))
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "dies":
		fmt.Fprintln(os.Stderr, "panic: no luck")
		os.Exit(2)
	case "host":
		hostOfOrphans()
	}
	os.Exit(0)
}

// workerMain is the main function of a worker.
func workerMain(opts ServeOptions) {
	in, out, err := Stdio()
	if err == nil {
		go WatchMemory(nil) // as workers do
		err = Serve(context.Background(), in, out, opts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// load makes the service "bundle.Text", which returns the bundle, or fails as the
// bundle says.
func load(_ context.Context, b Bundle) (Lookup, error) {
	switch string(b.Data) {
	case "fail":
		var list fault.List
		list.Add(fault.Position{File: "a.go", Line: 3}, "go.type", "wrong type").WithHint("use an int")
		list.Add(fault.Position{File: "b.go", Line: 1}, "go.import", "unused import")
		return nil, list
	case "panic":
		panic("loader broke")
	case "exit":
		os.Exit(7)
	}
	return func(name string) (service.Func, error) {
		switch name {
		case "bundle.Len":
			return func(*service.Context, []byte) ([]byte, error) { return fmt.Appendf(nil, "%d", len(b.Data)), nil }, nil
		case "bundle.Note":
			return func(_ *service.Context, in []byte) ([]byte, error) {
				b.Notes[5] = 77
				if string(in) == "die" {
					os.Exit(3)
				}
				for string(in) == "loop" {
				}
				return nil, nil
			}, nil
		case "bundle.Lazy":
			return nil, fault.New(fault.Internal, "load.lazy", "the package cannot be loaded")
		}
		return nil, nil
	}, nil
}

// host is the other side of the services in tests.
type host struct {
	do func(ctx context.Context, op *service.Operation) (*service.Reply, error)

	mu    sync.Mutex
	lines []string
}

func (h *host) Do(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	if h.do == nil {
		return &service.Reply{Media: "application/json", Body: op.Body, Meta: json.RawMessage(`{"status":200}`)}, nil
	}
	return h.do(ctx, op)
}

func (h *host) Log(_ context.Context, level slog.Level, message string, attrs json.RawMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf("%s %s %s", level, message, attrs))
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// options start this test's binary again in a role.
func options(tb testing.TB, as string) (Options, *syncBuffer) {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	log := &syncBuffer{}
	return Options{
		// Without it a program with the race detector ends a second late.
		Path: exe, Env: []string{role + "=" + as, "GORACE=atexit_sleep_ms=0"}, Dir: filepath.Dir(exe), Name: "test",
		Log:  slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Wait: 20 * time.Second,
	}, log
}

// start starts a compiled worker that ends with the test.
func start(tb testing.TB, change func(*Options)) (*Process, *syncBuffer) {
	tb.Helper()
	opts, log := options(tb, "compiled")
	if change != nil {
		change(&opts)
	}
	p, err := Start(tb.Context(), opts)
	if err != nil {
		tb.Fatalf("Start: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := p.Close(ctx); err != nil {
			tb.Errorf("Close: %v", err)
		}
		if tb.Failed() {
			tb.Logf("log of the worker:\n%s", log)
		}
	})
	return p, log
}

// invoke calls a service with a deadline far away.
func invoke(p Executor, name, in string, h service.Host) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := p.Call(ctx, Call{Service: name, Input: []byte(in)}, h)
	return string(r.Body), err
}

// code returns the code of an error's fault.
func code(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Code
	}
	return fmt.Sprintf("no fault: %v", err)
}
