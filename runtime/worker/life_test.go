package worker

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mortise/runtime/fault"
)

// hostOfOrphans is a host that starts a worker with calls in it and a spare, says
// their ids and waits to be killed.
func hostOfOrphans() {
	opts := Options{Path: os.Args[0], Env: []string{role + "=compiled"}}
	p, err := Start(context.Background(), opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	pool := NewPool(context.Background(), opts)
	spare := <-pool.spares
	for _, name := range []string{"worker.Loop", "worker.Wait"} {
		go func() { _, _ = p.Call(context.Background(), Call{Service: name}, &host{}) }()
	}
	for inflight(p) < 2 {
		runtime.Gosched()
	}
	fmt.Println(p.Pid(), spare.Pid())
	select {}
}

// TestHostKilled kills a host and looks for its workers.
func TestHostKilled(t *testing.T) {
	opts, _ := options(t, "host")
	cmd := exec.Command(opts.Path)
	cmd.Env, cmd.Stderr = opts.Env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for f := range strings.FieldsSeq(said) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatalf("the host said %q", said)
		}
		pids = append(pids, pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		waitFor(t, fmt.Sprintf("worker %d to end with its host", pid), func() bool { return !lives(pid) })
	}
}

// lives reports whether a process runs; a zombie does not.
func lives(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// TestWorkerKilled kills a worker under load.
func TestWorkerKilled(t *testing.T) {
	p, _ := start(t, nil)
	var calls, lost atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for {
				got, err := invoke(p, "worker.Ask", "x", &host{})
				switch {
				case err == nil && got == "x":
					calls.Add(1)
				case fault.KindOf(err) == fault.Unavailable && LostIn(err) != nil:
					lost.Add(1)
					return
				default:
					t.Errorf("Call() = %q, %v; want the answer or Unavailable", got, err)
					return
				}
			}
		})
	}
	waitFor(t, "calls to be answered", func() bool { return calls.Load() > 100 })
	proc, err := os.FindProcess(p.Pid())
	if err != nil {
		t.Fatal(err)
	}
	if err := proc.Kill(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	<-p.Exited()
	if lost.Load() != 32 {
		t.Errorf("%d of 32 callers were told that their call was lost", lost.Load())
	}
}

// TestNoLeak starts and ends many workers in every way.
func TestNoLeak(t *testing.T) {
	if testing.Short() {
		t.Skip("200 processes")
	}
	turn := func(i int) {
		opts, _ := options(t, "compiled")
		opts.Notes = true
		p, err := Start(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := invoke(p, "worker.Ask", "x", &host{}); err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			_, _ = invoke(p, "worker.Exit", "", &host{})
		case 1:
			p.kill("the test does so")
		}
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		turn(i)
	}
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for i := range 200 {
		turn(i)
	}
	waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	if got := openFiles(t); got > files {
		t.Errorf("%d files are open after 200 workers, %d before", got, files)
	}
}

func openFiles(tb testing.TB) int {
	tb.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		tb.Skip("no /proc")
	}
	return len(entries)
}

// TestFewFiles looks at what a worker has open: nothing of the host's.
func TestFewFiles(t *testing.T) {
	secret, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = secret.Close() }()
	p, _ := start(t, func(o *Options) { o.Notes = true })
	got, err := invoke(p, "worker.Files", "", &host{})
	if err != nil {
		t.Fatal(err)
	}
	// Go's own runtime reads its processor limit from a control group.
	for l := range strings.Lines(got) {
		_, target, _ := strings.Cut(strings.TrimSpace(l), " ")
		switch {
		case strings.HasPrefix(target, "pipe:"), strings.HasPrefix(target, "anon_inode:"), target == os.DevNull,
			strings.HasPrefix(target, "/proc/"), strings.HasPrefix(target, "/sys/fs/cgroup/"), target == "":
		default:
			t.Errorf("the worker has %s open, want only its pipes", target)
		}
	}
}

func TestPool(t *testing.T) {
	opts, _ := options(t, "loads")
	pool := NewPool(t.Context(), opts)
	defer pool.Close()
	first, err := pool.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close(t.Context()) }()
	// A spare that dies is replaced.
	dead := <-pool.spares
	dead.kill("the test does so")
	_ = dead.Close(t.Context())
	for range 3 {
		p, err := pool.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Load(t.Context(), []byte("hello"), Hooks{}); err != nil {
			t.Errorf("Load of a pool's worker: %v", err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	pool.Close()
	if p, err := pool.Get(t.Context()); err == nil { // it starts one of its own
		_ = p.Close(t.Context())
	} else {
		t.Errorf("Get of a closed pool: %v", err)
	}
}

func TestProgramIsLight(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		for _, heavy := range []string{"net/http", "database/sql", "crypto/tls", "github.com/", "go.yaml.in/", "modernc.org/"} {
			if dep == heavy || strings.HasSuffix(heavy, "/") && strings.HasPrefix(dep, heavy) {
				t.Errorf("a worker's program imports %s, which makes every compiled worker larger and slower to start", dep)
			}
		}
	}
}

func BenchmarkStart(b *testing.B) {
	opts, _ := options(b, "compiled")
	opts.Log = nil
	for b.Loop() {
		p, err := Start(b.Context(), opts)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := invoke(p, "worker.Empty", "", &host{}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = p.Close(b.Context())
		b.StartTimer()
	}
}
