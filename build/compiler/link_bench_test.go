package compiler

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// service returns the source of a service of about as many lines, in the manner of
// real ones; edit makes it another one.
func service(lines int, edit string) string {
	var b strings.Builder
	b.WriteString("package users\n\nimport (\n\t\"cmp\"\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"slices\"\n\t\"strings\"\n\t\"time\"\n\n\t\"mortise/runtime/service\"\n)\n\nconst edit = \"" + edit + "\"\n")
	for i := range max(1, (lines-15)/30) {
		fmt.Fprintf(&b, `
// Order%[1]d is one order.
type Order%[1]d struct {
	ID     string         `+"`json:\"id\"`"+`
	Lines  []Line%[1]d    `+"`json:\"lines\"`"+`
	Placed time.Time      `+"`json:\"placed\"`"+`
	Extra  map[string]any `+"`json:\"extra\"`"+`
}

type Line%[1]d struct {
	Article  string
	Quantity int
}

// Handle%[1]d sums an order up.
func Handle%[1]d(ctx *service.Context, in Order%[1]d) (map[string]any, error) {
	slices.SortFunc(in.Lines, func(a, b Line%[1]d) int { return cmp.Compare(a.Article, b.Article) })
	total := 0
	for _, l := range in.Lines {
		total += l.Quantity * len(strings.TrimSpace(l.Article))
	}
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("order %%q: %%w", in.ID, err)
	}
	return map[string]any{"total": total, "size": len(text), "year": in.Placed.Year(), "edit": edit}, nil
}
`, i)
	}
	return b.String()
}

// workerJob is a worker with one package of services.
func workerJob(lines int, edit string) Job {
	var main strings.Builder
	main.WriteString("package main\n\nimport (\n\t\"context\"\n\n\t\"demo/services/users\"\n\t\"mortise/runtime/linked\"\n)\n\nfunc main() {\n\tif err := linked.Work(context.Background(), []linked.Service{\n")
	for i := range max(1, (lines-15)/30) {
		fmt.Fprintf(&main, "\t\tlinked.InOut(\"users.Handle%d\", users.Handle%d),\n", i, i)
	}
	main.WriteString("\t}); err != nil {\n\t\tpanic(err)\n\t}\n}\n")
	return Job{Name: "a benchmark", Units: []Unit{
		{Path: "demo/services/users", Files: []File{{"services/users/users.go", []byte(service(lines, edit))}}},
		{Path: "main", Generated: true, Files: []File{{"main.go", []byte(main.String())}}},
	}}
}

// BenchmarkLink measures an edit of a service: its package is compiled, and the
// worker linked.
func BenchmarkLink(b *testing.B) {
	for _, lines := range []int{50, 200, 1_000, 5_000} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
			tc := testToolchain(b)
			link(b, tc, workerJob(lines, "first"))
			tc.spent.Store(0)
			edit, began := 0, time.Now().UnixNano() // each edit is one that was never linked
			for b.Loop() {
				edit++
				if _, err := tc.Link(b.Context(), workerJob(lines, fmt.Sprintf("%d of %d", edit, began))); err != nil {
					b.Fatalf("Link(…) = %v", err)
				}
			}
			// On a busy machine this says more than the time on the clock.
			b.ReportMetric(float64(tc.spent.Load())/1e6/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkFind measures how long a start waits for a binary that is there.
func BenchmarkFind(b *testing.B) {
	tc := testToolchain(b)
	job := workerJob(200, "found")
	if _, err := tc.Link(b.Context(), job); err != nil {
		b.Fatalf("Link(…) = %v", err)
	}
	b.Run("warm", func(b *testing.B) {
		for b.Loop() {
			if _, ok := tc.Find(b.Context(), job); !ok {
				b.Fatal("Find(…) found nothing")
			}
		}
	})
	b.Run("cold", func(b *testing.B) { // as a new process does it
		for b.Loop() {
			if _, ok := New(Options{Dir: sharedDir}).Find(b.Context(), job); !ok {
				b.Fatal("Find(…) found nothing")
			}
		}
	})
}
