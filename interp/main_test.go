package interp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"mortise/interp"
	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// role says as what the test's binary was started again.
const role = "MORTISE_TEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "worker" {
		os.Exit(m.Run())
	}
	if err := interp.WorkerMain(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	os.Exit(0)
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

// newBuilder returns a builder whose workers are this test's binary.
func newBuilder(tb testing.TB, limits worker.Limits) *interp.Builder {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	log := &syncBuffer{}
	b := interp.New(tb.Context(), interp.Options{
		Executable: exe, Args: []string{}, Env: []string{role + "=worker"}, Dir: filepath.Dir(exe), Name: "test",
		Limits: limits,
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	tb.Cleanup(func() {
		b.Close()
		if tb.Failed() {
			tb.Logf("log of the workers:\n%s", log)
		}
	})
	return b
}

const goMod = "module app\n\ngo 1.26\n"

// project makes a source tree of a txtar text.
func project(text string) fs.FS {
	out := fstest.MapFS{"go.mod": {Data: []byte(goMod)}}
	for _, f := range txtar.Parse([]byte(text)).Files {
		out[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return out
}

// build builds and starts a project; the worker ends with the test.
func build(tb testing.TB, b *interp.Builder, text string) (worker.Program, worker.Executor) {
	tb.Helper()
	p, _, err := b.Build(tb.Context(), project(text))
	if err != nil {
		tb.Fatalf("Build: %v", report(err))
	}
	return p, start(tb, p)
}

func start(tb testing.TB, p worker.Program) worker.Executor {
	tb.Helper()
	x, err := p.Start(tb.Context())
	if err != nil {
		tb.Fatalf("Start: %v", report(err))
	}
	tb.Cleanup(func() { end(tb, x) })
	return x
}

// end ends a worker at once.
func end(tb testing.TB, x worker.Executor) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := x.Close(ctx); err != nil {
		tb.Errorf("Close: %v", err)
	}
}

func report(err error) string {
	var out []string
	for _, e := range fault.All(err) {
		out = append(out, e.Report())
	}
	return strings.Join(out, "\n")
}

// host is what stands behind the services of a test.
type host struct {
	do func(op *service.Operation) (string, error) // the answer's JSON

	mu    sync.Mutex
	lines []string
}

func (h *host) Do(_ context.Context, op *service.Operation) (*service.Reply, error) {
	if h.do == nil {
		return nil, fault.New(fault.Unavailable, "test", "no host")
	}
	body, err := h.do(op)
	if err != nil {
		return nil, err
	}
	return &service.Reply{Meta: json.RawMessage(`{"status":200}`), Media: "application/json", Body: []byte(body)}, nil
}

func (h *host) Log(_ context.Context, level slog.Level, message string, attrs json.RawMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf("%s %s %s", level, message, attrs))
}

// call calls a service with a deadline far away.
func call(tb testing.TB, x worker.Executor, name, in string, h service.Host) (string, error) {
	tb.Helper()
	if h == nil {
		h = &host{}
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	r, err := x.Call(ctx, worker.Call{Service: name, Input: []byte(in)}, h)
	return string(r.Body), err
}

// want calls a service and compares its answer.
func want(tb testing.TB, x worker.Executor, name, in, out string) {
	tb.Helper()
	got, err := call(tb, x, name, in, nil)
	if err != nil || got != out {
		tb.Errorf("%s(%s): got %s (%v), want %s", name, in, got, err, out)
	}
}

// asFault returns the fault in an error.
func asFault(tb testing.TB, err error) *fault.Error {
	tb.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		tb.Fatalf("got error %v, want a fault", err)
	}
	return e
}
