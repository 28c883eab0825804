package worker

import (
	"context"
	"strings"
	"testing"

	"mortise/runtime/service"
)

// benchCall calls a service through a real worker's pipes.
func benchCall(b *testing.B, name, in string) {
	p, _ := start(b, func(o *Options) { o.Log = nil })
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	h := &host{}
	call := Call{Service: name, Input: []byte(in)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Call(ctx, call, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCallEmpty(b *testing.B)     { benchCall(b, "worker.Empty", "") }
func BenchmarkCallEcho2KB(b *testing.B)   { benchCall(b, "worker.Echo", strings.Repeat("x", 2048)) }
func BenchmarkCallEcho1MB(b *testing.B)   { benchCall(b, "worker.Echo", strings.Repeat("x", 1<<20)) }
func BenchmarkCallOperation(b *testing.B) { benchCall(b, "worker.Ask", "x") }

// BenchmarkCallPipelined has 64 calls in flight.
func BenchmarkCallPipelined(b *testing.B) {
	p, _ := start(b, func(o *Options) { o.Log, o.Limits.Concurrency = nil, 1000 })
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	h := &host{}
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Call(ctx, Call{Service: "worker.Empty"}, h); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkLinked calls services that are part of this program.
func BenchmarkLinked(b *testing.B) {
	l := NewLinked(map[string]service.Func{"a.Empty": func(*service.Context, []byte) ([]byte, error) { return nil, nil }}, LinkedOptions{})
	h := &host{}
	call := Call{Service: "a.Empty"}
	for _, c := range []struct {
		name string
		ctx  context.Context
	}{{"deadline", b.Context()}, {"none", context.Background()}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Call(c.ctx, call, h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
