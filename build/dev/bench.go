package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// measure is one promise of the product about its speed: a figure that a
// benchmark reports. Ratios are measured inside of one benchmark, in turns.
type measure struct {
	what        string
	pkg         string
	bench       string
	unit        string // "ns/op" or a unit that the benchmark reports
	least, most float64
}

// measures are the promises. Speed is judged as a ratio wherever there is a
// reference that runs on the same machine in the same minute.
func measures() []measure {
	const engine, compiler = "./app/cli", "./build/compiler"
	return []measure{
		{"REST channel → linked service, of bare net/http", engine, "HTTP", "linked/bare", 0.85, 0},
		{"REST channel → interpreted worker, of bare net/http", engine, "HTTP", "interpreted/bare", 0.4, 0},
		{"in-host linked call, overhead in µs", engine, "LinkedCall", "µs", 0, 2},
		{"REST channel → compiled worker, of bare net/http", engine, "HTTP", "compiled/bare", 0.6, 0},
		{"write of a file → first new answer, in ms", engine, "SaveToLive/admitted", "ms", 0, 50},
		{"write of a file → compiled, 200 lines, in ms", engine, "SaveToLive/compiled", "ms", 0, 300},
		{"the same, at the 95th percentile", engine, "SaveToLive/compiled", "p95-ms", 0, 600},
		{"write of a file → first new answer that waits for it, in ms", engine, "SaveToLive/refused", "ms", 0, 300},
		{"start → first answer, in ms", engine, "Start", "ms", 0, 400},
		{"idle memory of host, worker and spare, in MB", engine, "Start", "MB", 0, 110},
		{"Apply, 500 services and 500 objects, one object changed, in ms", engine, "Apply/object", "ms", 0, 50},
		{"Apply, 500 services and 500 objects, one service changed, in ms", engine, "Apply/service", "ms", 0, 50},
		{"edit of a 200-line service → worker linked, in ms of processor time", compiler, "Link/lines=200", "cpu-ms/op", 0, 300},
		{"start of a compiled worker → first answer, in ms", compiler, "Start", "ms-median", 0, 15},
		{"memory of a compiled worker, in MB", compiler, "Start", "MB", 0, 12},
		{"100,000 rows in a compiled service, of a program of go build", compiler, "Rows", "of-go-build", 0.95, 0},
		{"2 KB JSON service, interpreted, of compiled", compiler, "Interpreted", "interpreted/compiled", 0, 3},
		{"empty call over the pipe of a compiled worker, in µs", compiler, "Calls/empty", "µs-call", 0, 12},
	}
}

func bench(ctx context.Context, args []string) error {
	if err := pack(ctx, []string{"-fast"}); err != nil {
		return err
	}
	figures := map[string]map[string][]float64{}
	var packages []string
	for _, m := range measures() {
		if !slices.Contains(packages, m.pkg) {
			packages = append(packages, m.pkg)
		}
	}
	for _, p := range packages {
		var names []string
		for _, m := range measures() {
			if n, _, _ := strings.Cut(m.bench, "/"); m.pkg == p && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		run := []string{"test", "-run", "^$", "-bench", "^Benchmark(" + strings.Join(names, "|") + ")$", "-benchmem", "-count", "3", "-timeout", "30m"}
		cmd := command(ctx, nil, "go", append(append(run, args...), p)...)
		var out bytes.Buffer
		cmd.Stdout = io.MultiWriter(os.Stdout, &out)
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("benchmarks of %s: %w", p, err)
		}
		collect(figures, p, out.String())
	}
	return report(figures)
}

// collect reads the lines of benchmarks: the name, the number of runs, then
// pairs of a value and a unit.
func collect(figures map[string]map[string][]float64, pkg, out string) {
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		key := pkg + " " + name
		if figures[key] == nil {
			figures[key] = map[string][]float64{}
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				figures[key][words[i+1]] = append(figures[key][words[i+1]], v)
			}
		}
	}
}

func report(figures map[string]map[string][]float64) error {
	missed := 0
	fmt.Printf("\n%-66s %10s %12s\n", "medians of this run", "is", "promised")
	for _, m := range measures() {
		value, ok := median(figures[m.pkg+" "+m.bench][m.unit])
		promise, kept := fmt.Sprintf("≥ %g", m.least), value >= m.least
		if m.most > 0 {
			promise, kept = fmt.Sprintf("≤ %g", m.most), value <= m.most
		}
		mark := ""
		switch {
		case !ok:
			mark, kept = "  not measured", false
		case !kept:
			mark = "  missed"
		}
		if !kept {
			missed++
		}
		fmt.Printf("%-66s %10.3g %12s%s\n", m.what, value, promise, mark)
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d promises are not kept in this run", missed, len(measures()))
	}
	return nil
}

func median(v []float64) (float64, bool) {
	if len(v) == 0 {
		return 0, false
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2], true
}
