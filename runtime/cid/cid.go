// Package cid makes and carries correlation ids. One id groups everything that
// happens because of one request: it is the trace id of W3C Trace Context
// (https://www.w3.org/TR/trace-context/), so logs, traces and other systems
// agree on it.
package cid

import (
	"context"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
)

// ID is a correlation id: 32 lower-case hexadecimal digits, not all zero.
type ID string

type key struct{}

// New returns a new random id.
func New() ID {
	var b [16]byte
	for i := 0; i < 16; i += 8 {
		u := rand.Uint64()
		for j := range 8 {
			b[i+j] = byte(u >> (8 * j))
		}
	}
	var out [32]byte
	hex.Encode(out[:], b[:])
	return ID(out[:])
}

// FromTraceparent returns the trace id of a traceparent header; "" where the
// header is not well formed.
func FromTraceparent(h string) ID {
	// version "-" trace-id "-" parent-id "-" flags; later versions may add more.
	if len(h) < 55 || h[2] != '-' || h[35] != '-' || h[52] != '-' || h[:2] == "ff" ||
		(len(h) > 55 && (h[:2] == "00" || h[55] != '-')) {
		return ""
	}
	if !lowerHex(h[:2]) || !lowerHex(h[3:35]) || !lowerHex(h[36:52]) || !lowerHex(h[53:55]) ||
		zero(h[3:35]) || zero(h[36:52]) {
		return ""
	}
	return ID(h[3:35])
}

// Traceparent returns the header that carries the id to another system, with a
// new parent id.
func (id ID) Traceparent() string {
	var b [8]byte
	u := rand.Uint64() | 1
	for j := range 8 {
		b[j] = byte(u >> (8 * j))
	}
	out := make([]byte, 0, 55)
	out = append(out, "00-"...)
	out = append(out, id...)
	out = append(out, '-')
	out = hex.AppendEncode(out, b[:])
	return string(append(out, "-01"...))
}

// With returns a context that carries the id.
func With(ctx context.Context, id ID) context.Context { return &carrier{ctx, id} }

// carrier is what context.WithValue would make, with one allocation less: every
// request has one.
type carrier struct {
	context.Context

	id ID
}

// Value returns the carrier itself for the key of ids.
func (c *carrier) Value(k any) any {
	if k == (key{}) {
		return c
	}
	return c.Context.Value(k)
}

// From returns the id that the context carries, or "".
func From(ctx context.Context) ID {
	if c, ok := ctx.Value(key{}).(*carrier); ok {
		return c.id
	}
	return ""
}

// Handler returns a slog handler that adds the attribute "cid" to every record
// whose context carries an id.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if id := From(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("cid", string(id)))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zero(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}
