package cid

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestFromTraceparent(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for header, want := range map[string]ID{
		"00-" + id + "-00f067aa0ba902b7-01":                       id,
		"01-" + id + "-00f067aa0ba902b7-01-extra":                 id,
		"00-" + id + "-00f067aa0ba902b7-01-extra":                 "",
		"ff-" + id + "-00f067aa0ba902b7-01":                       "",
		"00-" + strings.ToUpper(id) + "-00f067aa0ba902b7-01":      "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": "",
		"00-" + id + "-0000000000000000-01":                       "",
		"00-" + id + "-00f067aa0ba902b7":                          "",
		"":                                                        "",
	} {
		if got := FromTraceparent(header); got != want {
			t.Errorf("FromTraceparent(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestNewTravels(t *testing.T) {
	id := New()
	if len(id) != 32 || id == New() {
		t.Errorf("New() = %q", id)
	}
	if got := FromTraceparent(id.Traceparent()); got != id {
		t.Errorf("FromTraceparent(%q) = %q, want %q", id.Traceparent(), got, id)
	}
	var out bytes.Buffer
	log := slog.New(Handler(slog.NewTextHandler(&out, nil)))
	log.With("a", 1).InfoContext(With(context.Background(), id), "hello")
	log.Info("without")
	if n := strings.Count(out.String(), "cid="+string(id)); n != 1 {
		t.Errorf("the log has the id %d times, want once:\n%s", n, out.String())
	}
}

func FuzzFromTraceparent(f *testing.F) {
	f.Add(New().Traceparent())
	f.Fuzz(func(t *testing.T, header string) {
		if id := FromTraceparent(header); id != "" && len(id) != 32 {
			t.Errorf("FromTraceparent(%q) = %q", header, id)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = New()
	}
}
