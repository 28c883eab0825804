package interp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"mortise/runtime/worker"
)

// measured are the services of the benchmarks.
const measured = `
-- services/fast/fast.go --
package fast

import (
	"strings"

	"mortise/runtime/service"
)

// Empty does nothing.
func Empty(ctx *service.Context) error { return nil }

type Line struct {
	SKU   string   ` + "`json:\"sku\"`" + `
	Count int      ` + "`json:\"count\"`" + `
	Price float64  ` + "`json:\"price\"`" + `
	Tags  []string ` + "`json:\"tags\"`" + `
}

type In struct {
	Customer string ` + "`json:\"customer\"`" + `
	Lines    []Line ` + "`json:\"lines\"`" + `
}

type Out struct {
	Customer string             ` + "`json:\"customer\"`" + `
	Total    float64            ` + "`json:\"total\"`" + `
	PerTag   map[string]float64 ` + "`json:\"per_tag\"`" + `
	Lines    []Line             ` + "`json:\"lines\"`" + `
}

// Price adds an order of 2 KB up.
func Price(ctx *service.Context, in In) (Out, error) {
	out := Out{Customer: strings.ToUpper(in.Customer), PerTag: map[string]float64{}}
	for _, line := range in.Lines {
		if line.Count <= 0 {
			continue
		}
		amount := float64(line.Count) * line.Price
		out.Total += amount
		for _, tag := range line.Tags {
			out.PerTag[tag] += amount
		}
		out.Lines = append(out.Lines, line)
	}
	return out, nil
}
`

// order is an input of about 2 KB.
func order() []byte {
	type line struct {
		SKU   string   `json:"sku"`
		Count int      `json:"count"`
		Price float64  `json:"price"`
		Tags  []string `json:"tags"`
	}
	in := struct {
		Customer string `json:"customer"`
		Lines    []line `json:"lines"`
	}{Customer: "Ann"}
	for i := range 24 {
		in.Lines = append(in.Lines, line{fmt.Sprintf("SKU-%06d", i), i % 5, 9.99, []string{"food", fmt.Sprintf("shelf-%d", i%4)}})
	}
	b, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	return b
}

// BenchmarkCall calls interpreted services through a real worker's process.
func BenchmarkCall(b *testing.B) {
	_, x := build(b, newBuilder(b, worker.Limits{}), measured)
	in := order()
	for _, c := range []struct {
		name string
		call worker.Call
	}{
		{"empty", worker.Call{Service: "fast.Empty"}},
		{fmt.Sprintf("%dB", len(in)), worker.Call{Service: "fast.Price", Input: in}},
	} {
		h := &host{}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := x.Call(b.Context(), c.call, h); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"-parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := x.Call(b.Context(), c.call, h); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkEdit builds and starts a project of one package after an edit, up to
// the first answer.
func BenchmarkEdit(b *testing.B) {
	builder := newBuilder(b, worker.Limits{})
	_, _ = build(b, builder, measured)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		p, _, err := builder.Build(b.Context(), project(strings.ReplaceAll(measured, "line.Count <= 0", fmt.Sprintf("line.Count <= -%d", i))))
		if err != nil {
			b.Fatal(report(err))
		}
		x, err := p.Start(b.Context())
		if err != nil {
			b.Fatal(report(err))
		}
		if _, err := x.Call(b.Context(), worker.Call{Service: "fast.Empty"}, &host{}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		end(b, x)
		b.StartTimer()
	}
}

// BenchmarkMany builds and starts 500 packages of which one changed, up to the
// first answer of the changed one.
func BenchmarkMany(b *testing.B) {
	builder := newBuilder(b, worker.Limits{})
	tree := manyPackages(-1)
	p, _, err := builder.Build(b.Context(), tree)
	if err != nil {
		b.Fatal(report(err))
	}
	x := start(b, p)
	b.Logf("500 packages loaded: %s", resident(x))
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		tree["services/p7/p.go"] = &fstest.MapFile{Data: fmt.Appendf(nil, smallService, 7, fmt.Sprintf("changed %d", i))}
		p, _, err := builder.Build(b.Context(), tree)
		if err != nil {
			b.Fatal(report(err))
		}
		x, err := p.Start(b.Context())
		if err != nil {
			b.Fatal(report(err))
		}
		r, err := x.Call(b.Context(), worker.Call{Service: "p7.Hello", Input: []byte(`{"Name":"Ann"}`)}, &host{})
		if want := fmt.Sprintf(`{"Text":"changed %d, Ann"}`, i); err != nil || string(r.Body) != want {
			b.Fatalf("p7.Hello: got %s (%v), want %s", r.Body, err, want)
		}
		b.StopTimer()
		end(b, x)
		b.StartTimer()
	}
}

// resident returns the memory of a worker.
func resident(x worker.Executor) string {
	p, ok := x.(*worker.Process)
	if !ok {
		return "not known"
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS:") {
			return strings.TrimSpace(line)
		}
	}
	return "not known"
}

// manyPackages are 500 packages with a service each.
func manyPackages(changed int) fstest.MapFS {
	out := fstest.MapFS{"go.mod": {Data: []byte(goMod)}}
	for i := range 500 {
		word := "hello"
		if i == changed {
			word = "changed"
		}
		out[fmt.Sprintf("services/p%d/p.go", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, smallService, i, word)}
	}
	return out
}

const smallService = `package p%d

import (
	"fmt"
	"strings"

	"mortise/runtime/service"
)

type In struct {
	Name string
}

type Out struct {
	Text string
}

func Hello(ctx *service.Context, in In) (Out, error) {
	if strings.TrimSpace(in.Name) == "" {
		return Out{}, service.Errorf(service.Invalid, "no name")
	}
	return Out{Text: fmt.Sprintf("%s, %%s", in.Name)}, nil
}
`
