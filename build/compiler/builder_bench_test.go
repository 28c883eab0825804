package compiler_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"mortise/build/compiler"
	"mortise/interp"
	"mortise/runtime/child"
	"mortise/runtime/worker"
)

// measured are the services of the benchmarks: one that does nothing, one with
// JSON of 2 KB, and one that computes.
const measured = `
-- services/bench/bench.go --
// Package bench is measured.
package bench

import (
	"strings"

	"app/rows"
	"mortise/runtime/service"
)

// Nothing does nothing.
func Nothing(ctx *service.Context) error { return nil }

// Item is one of many.
type Item struct {
	ID    int               ` + "`json:\"id\"`" + `
	Name  string            ` + "`json:\"name\"`" + `
	Price float64           ` + "`json:\"price\"`" + `
	Tags  []string          ` + "`json:\"tags\"`" + `
	More  map[string]string ` + "`json:\"more\"`" + `
}

// In goes in.
type In struct {
	Items []Item ` + "`json:\"items\"`" + `
}

// Out comes out.
type Out struct {
	Items []Item  ` + "`json:\"items\"`" + `
	Total float64 ` + "`json:\"total\"`" + `
}

// Items changes each.
func Items(ctx *service.Context, in In) (Out, error) {
	out := Out{Items: make([]Item, 0, len(in.Items))}
	for _, item := range in.Items {
		item.Name = strings.ToUpper(item.Name)
		item.More["seen"] = "yes"
		out.Total += item.Price
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// Rows transforms as many rows as it is told.
func Rows(ctx *service.Context, in struct{ N int }) (int, error) { return rows.Transform(in.N), nil }
-- rows/rows.go --
` + rows

// rows computes.
const rows = `// Package rows computes.
package rows

import (
	"fmt"
	"sort"
	"strings"
)

type row struct {
	Key, City string
	Amount    float64
	Count     int
}

// Transform makes n rows, groups them and returns a number that depends on all.
func Transform(n int) int {
	list := make([]row, n)
	for i := range list {
		list[i] = row{Key: fmt.Sprintf("k%05d", i%977), City: strings.ToUpper("city" + string(rune('a'+i%26))), Amount: float64(i%1000) / 7, Count: i}
	}
	groups := map[string]*row{}
	for _, r := range list {
		g := groups[r.Key]
		if g == nil {
			g = &row{Key: r.Key, City: r.City}
			groups[r.Key] = g
		}
		g.Amount += r.Amount
		g.Count += r.Count % 13
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	sum := 0
	for i, k := range keys {
		sum += i * groups[k].Count
	}
	return sum
}
`

// body is 2 KB of JSON for bench.Items.
func body(tb testing.TB) string {
	type item struct {
		ID    int               `json:"id"`
		Name  string            `json:"name"`
		Price float64           `json:"price"`
		Tags  []string          `json:"tags"`
		More  map[string]string `json:"more"`
	}
	var items []item
	for i := range 16 {
		items = append(items, item{i, fmt.Sprintf("item number %d", i), float64(i) * 1.25, []string{"red", "green"}, map[string]string{"from": "stock", "unit": "kg"}})
	}
	out, err := json.Marshal(map[string]any{"items": items})
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

// asWorker is set where this test's binary is a worker with the interpreter.
const asWorker = "MORTISE_TEST_WORKER"

func init() {
	if os.Getenv(asWorker) == "" {
		return
	}
	if err := interp.WorkerMain(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// quiet is a builder without a log.
func quiet(b *testing.B) *compiler.Builder {
	return newBuilder(b, func(o *compiler.BuilderOptions) { o.Log = slog.New(slog.DiscardHandler) })
}

// median returns the middle of a list.
func median[T int | float64 | time.Duration](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// BenchmarkStart measures from nothing to the first answer.
func BenchmarkStart(b *testing.B) {
	p := build(b, quiet(b), measured)
	if err := p.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	var memory []float64
	for b.Loop() {
		began := time.Now()
		x, err := p.Start(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.Call(b.Context(), worker.Call{Service: "bench.Nothing"}, host{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		memory = append(memory, float64(child.Resident(x.(interface{ Pid() int }).Pid()))/(1<<20))
		if err := x.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(took).Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
	b.ReportMetric(median(memory), "MB")
}

// BenchmarkCalls measures calls of a worker. Each round is compared with one of
// a bare exchange of a line between two processes, so that what else the machine
// does meets both.
func BenchmarkCalls(b *testing.B) {
	x := start(b, build(b, quiet(b), measured))
	ping := newPing(b)
	for _, c := range []struct{ name, service, in string }{{"empty", "bench.Nothing", ""}, {"2KB", "bench.Items", body(b)}} {
		b.Run(c.name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			const rounds = 200
			var calls, pings []time.Duration
			for b.Loop() {
				began := time.Now()
				for range rounds {
					if _, err := x.Call(ctx, worker.Call{Service: c.service, Input: []byte(c.in)}, host{}); err != nil {
						b.Fatal(err)
					}
				}
				calls = append(calls, time.Since(began)/rounds)
				began = time.Now()
				for range rounds {
					if err := ping.once(); err != nil {
						b.Fatal(err)
					}
				}
				pings = append(pings, time.Since(began)/rounds)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(calls).Nanoseconds())/1000, "µs-call")
			b.ReportMetric(float64(median(pings).Nanoseconds())/1000, "µs-ping")
		})
	}
}

// BenchmarkInterpreted compares the same service compiled and interpreted.
func BenchmarkInterpreted(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	builder := interp.New(b.Context(), interp.Options{Executable: self, Args: []string{}, Env: []string{asWorker + "=1"}})
	defer builder.Close()
	program, _, err := builder.Build(b.Context(), source(measured))
	if err != nil {
		b.Fatal(err)
	}
	engines := []worker.Executor{start(b, build(b, quiet(b), measured)), start(b, program)}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	in := worker.Call{Service: "bench.Items", Input: []byte(body(b))}
	const rounds = 100
	var took [2][]float64
	for b.Loop() {
		var answers [2]string
		for i, x := range engines {
			began := time.Now()
			for range rounds {
				r, err := x.Call(ctx, in, host{})
				if err != nil {
					b.Fatal(err)
				}
				answers[i] = string(r.Body)
			}
			took[i] = append(took[i], float64(time.Since(began).Microseconds())/rounds)
		}
		if answers[0] != answers[1] {
			b.Fatalf("compiled answers\n%s\ninterpreted\n%s", answers[0], answers[1])
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took[0]), "µs-compiled")
	b.ReportMetric(median(took[1]), "µs-interpreted")
	b.ReportMetric(median(took[1])/median(took[0]), "interpreted/compiled")
}

// ping is a process that sends back each line that it gets, and nothing else.
type ping struct {
	in  io.Writer
	out *bufio.Reader
}

const pingMain = `package main

import (
	"bufio"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if _, err := os.Stdout.Write(line); err != nil {
			return
		}
	}
}
`

func newPing(b *testing.B) *ping {
	b.Helper()
	in, out := begin(b, goBuild(b, map[string]string{"main.go": pingMain}))
	return &ping{in, out}
}

// begin starts a program that reads from in and writes to out, until the
// benchmark is over.
func begin(b *testing.B, program string) (in io.Writer, out *bufio.Reader) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), program)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	return stdin, bufio.NewReader(stdout)
}

func (p *ping) once() error {
	if _, err := io.WriteString(p.in, "a line of a few bytes\n"); err != nil {
		return err
	}
	_, err := p.out.ReadSlice('\n')
	return err
}

// goBuild builds a program with the installed Go.
func goBuild(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := tb.TempDir()
	files["go.mod"] = "module app\n\ngo 1.26\n"
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	program := filepath.Join(dir, "program")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-o", program, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// BenchmarkRows compares a service that computes with a program that does the
// same, built by the installed Go; the program measures itself.
func BenchmarkRows(b *testing.B) {
	x := start(b, build(b, quiet(b), measured))
	program := goBuild(b, map[string]string{"rows/rows.go": rows, "main.go": `package main

import (
	"fmt"
	"time"

	"app/rows"
)

func main() {
	var n int
	for {
		if _, err := fmt.Scan(&n); err != nil {
			return
		}
		began := time.Now()
		sum := rows.Transform(n)
		fmt.Println(sum, time.Since(began).Nanoseconds())
	}
}
`})
	in, lines := begin(b, program)
	var program100k, service []float64
	for b.Loop() {
		if _, err := io.WriteString(in, "100000\n"); err != nil {
			b.Fatal(err)
		}
		var sum, nanoseconds int
		if _, err := fmt.Fscan(lines, &sum, &nanoseconds); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		got, err := call(b, x, "bench.Rows", `{"N":100000}`)
		took := time.Since(began)
		if err != nil || got != strconv.Itoa(sum) {
			b.Fatalf("the service gives %s, %v; the program %d", got, err, sum)
		}
		program100k = append(program100k, float64(nanoseconds)/1e6)
		service = append(service, float64(took.Microseconds())/1000)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(service), "ms-service")
	// What else the machine does only ever adds, so the best of each are compared.
	b.ReportMetric(slices.Min(program100k)/slices.Min(service), "of-go-build")
}

// BenchmarkSize says how large a worker's program is.
func BenchmarkSize(b *testing.B) {
	tools := &installed{dir: b.TempDir()}
	p := build(b, newBuilder(b, func(o *compiler.BuilderOptions) { o.Linker = tools }), measured)
	for b.Loop() {
		if err := p.Prepare(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	entries, err := os.ReadDir(tools.dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			b.ReportMetric(float64(info.Size())/(1<<20), "MB")
		}
	}
}
