package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mortise/app/host"
	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/secret"
)

// BenchmarkStart measures the real binary: from its start to the first answer,
// and the memory of its processes when nothing happens.
func BenchmarkStart(b *testing.B) {
	dir := benchProject(b)
	binary := filepath.Join(b.TempDir(), "mortise")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "mortise")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	var total time.Duration
	var memory float64
	for b.Loop() {
		took, used := startOnce(b, binary, dir, address)
		total += took
		memory = max(memory, used)
	}
	b.ReportMetric(float64(total.Microseconds())/1e3/float64(b.N), "ms")
	b.ReportMetric(memory, "MB")
}

func startOnce(b *testing.B, binary, dir, address string) (took time.Duration, megabytes float64) {
	b.Helper()
	cmd := exec.Command(binary, "serve", dir, "--listen", address)
	cmd.Env = append(os.Environ(), "MORTISE_SECRET_KEY=abc")
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			c := dial(b, "http://"+address, "/get")
			err = c.do()
			c.conn.Close()
		}
		if err == nil {
			break
		}
		if time.Since(start) > 20*time.Second {
			b.Fatalf("no answer 20 s after the start: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
	took = time.Since(start)
	time.Sleep(time.Second) // for the spare, and to come to rest
	return took, resident(b, cmd.Process.Pid)
}

// resident returns the memory of a process and its children in megabytes, with
// pages that they share divided among them.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		b.Skipf("no figures of processes here: %v", err)
	}
	pids := append(strings.Fields(string(children)), strconv.Itoa(pid))
	if tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)); err == nil {
		pids = pids[len(pids)-1:]
		for _, t := range tasks {
			data, _ := os.ReadFile(t)
			pids = append(pids, strings.Fields(string(data))...)
		}
	}
	total := 0.0
	for _, p := range pids {
		data, err := os.ReadFile("/proc/" + p + "/smaps_rollup")
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if value, ok := strings.CutPrefix(line, "Pss:"); ok {
				kb, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
				total += kb / 1000
			}
		}
	}
	return total
}

// BenchmarkApply measures an Apply of 500 services and 500 objects of which one
// changed.
func BenchmarkApply(b *testing.B) {
	setup := func(b *testing.B) (dir string, p *host.Project, e *engine.Engine) {
		b.Helper()
		dir = benchProject(b)
		for i := range 499 {
			put(b, dir, fmt.Sprintf("services/s%d/s.go", i), strings.Replace(benchSource, "package users", fmt.Sprintf("package s%d", i), 1))
			put(b, dir, fmt.Sprintf("connections/c%d.yaml", i), fmt.Sprintf("name: c%d\ntype: rest\naddress: http://127.0.0.1:9\npath: /%d\n", i, i))
		}
		env := benchEnv(b)
		p, err := env.machine().Open(dir, "")
		if err != nil {
			b.Fatal(err)
		}
		e, err = engine.New(b.Context(), engine.Options{
			Builder: p.Builder(b.Context(), slog.New(slog.DiscardHandler), false), Dir: b.TempDir(), Secrets: secret.Chain{p.Secrets},
			Log: slog.New(slog.DiscardHandler), JobsOff: true, Getenv: env.Lookup,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), closeWait)
			defer cancel()
			if err := e.Close(ctx); err != nil {
				b.Error(err)
			}
			_ = p.Close()
		})
		applied(b, p, e, 0)
		return dir, p, e
	}
	run := func(b *testing.B, change func(dir string, n int)) {
		b.Helper()
		dir, p, e := setup(b)
		var total time.Duration
		for n := 0; b.Loop(); n++ {
			change(dir, n)
			time.Sleep(150 * time.Millisecond) // see BenchmarkSaveToLive
			start := time.Now()
			applied(b, p, e, 1)
			total += time.Since(start)
		}
		b.ReportMetric(float64(total.Microseconds())/1e3/float64(b.N), "ms")
	}
	b.Run("object", func(b *testing.B) {
		run(b, func(dir string, n int) {
			put(b, dir, "connections/c7.yaml", fmt.Sprintf("name: c7\ntype: rest\naddress: http://127.0.0.1:9\npath: /changed/%d\n", n))
		})
	})
	b.Run("service", func(b *testing.B) {
		run(b, func(dir string, n int) {
			put(b, dir, "services/s7/s.go", strings.Replace(strings.Replace(benchSource, "package users", "package s7", 1), "Hello", fmt.Sprintf("Hello %d", n), 1))
		})
	})
}

// applied reads and applies the project, of which so many parts changed.
func applied(b *testing.B, p *host.Project, e *engine.Engine, changed int) {
	b.Helper()
	project, faults := p.Load(b.Context())
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	report, err := e.Apply(b.Context(), project)
	if err != nil {
		b.Fatal(err)
	}
	if n := report.Count(config.Changed); changed > 0 && n != changed {
		b.Fatalf("%d parts changed, want %d: %s", n, changed, report.String())
	}
}
