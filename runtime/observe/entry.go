package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mortise/runtime/cid"
)

// entry is one line as its caller left it: with values that do not change any
// more, not yet formatted.
type entry struct {
	time    time.Time
	level   slog.Level
	message string
	cid     string
	fixed   []slog.Attr // of the logger; shared, not changed
	attrs   []slog.Attr // of the line; the entry's own
}

// raw is a JSON object whose members are attributes of the line.
type raw []byte

// encoded is a value that was encoded as JSON when it was logged.
type encoded []byte

var entries = sync.Pool{New: func() any { return &entry{attrs: make([]slog.Attr, 0, 6)} }}

func newEntry() *entry { return entries.Get().(*entry) }

// free gives the entry back, for another line.
func (e *entry) free() {
	clear(e.attrs)
	*e = entry{attrs: e.attrs[:0]}
	entries.Put(e)
}

// Attributes returns an attribute that stands for all members of a JSON object,
// in their order, as a worker sends those of its lines. What is not an object
// is logged as a text.
func Attributes(object json.RawMessage) slog.Attr {
	if len(object) == 0 {
		return slog.Attr{}
	}
	if len(object) > maxRaw || object[0] != '{' || !json.Valid(object) {
		return slog.String("attributes", cut(string(object[:min(len(object), 2*maxValue)])))
	}
	return slog.Any("", raw(object))
}

// Line logs a line with little work: it is what the paths of requests use
// instead of the methods of slog.Logger, which find out who called them.
func Line(ctx context.Context, logger *slog.Logger, level slog.Level, message string, attrs ...slog.Attr) {
	LineAt(ctx, logger, time.Now(), level, message, attrs...)
}

// LineAt is Line for who knows what time it is.
func LineAt(ctx context.Context, logger *slog.Logger, at time.Time, level slog.Level, message string, attrs ...slog.Attr) {
	h := logger.Handler()
	if own, ok := h.(*handler); ok {
		if own.Enabled(ctx, level) {
			e := own.entry(ctx, at, level, message)
			e.attrs = appendAttrs(e.attrs, attrs)
			own.finish(e)
		}
		return
	}
	other(ctx, h, at, level, message, attrs)
}

// other is Line for a handler that is not ours; it is apart because it makes
// its attributes escape to the heap.
func other(ctx context.Context, h slog.Handler, at time.Time, level slog.Level, message string, attrs []slog.Attr) {
	if h.Enabled(ctx, level) {
		r := slog.NewRecord(at, level, message, 0)
		for _, a := range attrs {
			r.AddAttrs(a)
		}
		_ = h.Handle(ctx, r) // like slog.Logger
	}
}

// handler is the log as a slog.Handler.
type handler struct {
	log    *Log
	fixed  []slog.Attr
	groups []string
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.level.Level()
}

// Handle takes a record over.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	e := h.entry(ctx, r.Time, r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		e.attrs = appendAttr(e.attrs, a)
		return true
	})
	h.finish(e)
	return nil
}

// WithAttrs returns a handler whose lines have these attributes too.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.with(attrs) }

func (h *handler) with(attrs []slog.Attr) *handler {
	out := &handler{log: h.log, groups: h.groups}
	out.fixed = append(out.fixed, h.fixed...)
	var own []slog.Attr
	for _, a := range attrs {
		own = appendAttr(own, a)
	}
	out.fixed = append(out.fixed, wrap(h.groups, own)...)
	return out
}

// WithGroup returns a handler that puts the attributes to come into a group.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	groups := append(append([]string(nil), h.groups...), name)
	return &handler{log: h.log, fixed: h.fixed, groups: groups}
}

func (h *handler) entry(ctx context.Context, t time.Time, level slog.Level, message string) *entry {
	e := newEntry()
	e.time, e.level, e.message, e.fixed = t, level, cut(message), h.fixed
	e.cid = string(cid.From(ctx))
	return e
}

func (h *handler) finish(e *entry) {
	if len(h.groups) > 0 {
		own := append([]slog.Attr(nil), e.attrs...)
		e.attrs = append(e.attrs[:0], wrap(h.groups, own)...)
	}
	h.log.put(e)
}

// wrap puts attributes into nested groups.
func wrap(groups []string, attrs []slog.Attr) []slog.Attr {
	for i := len(groups) - 1; i >= 0 && len(attrs) > 0; i-- {
		attrs = []slog.Attr{{Key: groups[i], Value: slog.GroupValue(attrs...)}}
	}
	return attrs
}

// appendAttrs appends attributes as appendAttr does, at once where they are as
// they will be, which is nearly always.
func appendAttrs(out, attrs []slog.Attr) []slog.Attr {
	for i := range attrs {
		if !settled(&attrs[i]) {
			out = append(out, attrs[:i]...)
			for _, a := range attrs[i:] {
				out = appendAttr(out, a)
			}
			return out
		}
	}
	return append(out, attrs...)
}

// settled reports whether appendAttr appends an attribute as it is.
func settled(a *slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindString:
		return a.Key != "" && len(a.Value.String()) <= maxValue
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64:
		return a.Key != ""
	default:
		return false
	}
}

// appendAttr appends an attribute whose value cannot change any more and is
// not too long. A group without a name is its members.
func appendAttr(out []slog.Attr, a slog.Attr) []slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if len(a.Value.String()) > maxValue {
			a.Value = slog.StringValue(cut(a.Value.String()))
		}
	case slog.KindLogValuer:
		a.Value = a.Value.Resolve()
		return appendAttr(out, a)
	case slog.KindGroup:
		var members []slog.Attr
		for _, m := range a.Value.Group() {
			members = appendAttr(members, m)
		}
		if a.Key == "" {
			return append(out, members...)
		}
		if len(members) == 0 {
			return out
		}
		a.Value = slog.GroupValue(members...)
	case slog.KindAny:
		a.Value = freeze(a.Value.Any())
	}
	if a.Key == "" && a.Value.Kind() != slog.KindAny {
		return out // an empty attribute is ignored, as slog asks of its handlers
	}
	return append(out, a)
}

// compact returns a copy on one line.
func (r raw) compact() raw {
	var b bytes.Buffer
	_ = json.Compact(&b, r) // Attributes has checked it
	return b.Bytes()
}

// freeze turns a value into one that cannot change: a text, or JSON.
func freeze(v any) (out slog.Value) {
	defer func() {
		if p := recover(); p != nil { // a method of the value's; slog does the same
			out = slog.StringValue(cut(fmt.Sprintf("!PANIC: %v", p)))
		}
	}()
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(encoded("null"))
	case raw:
		return slog.AnyValue(v.compact())
	case error:
		return slog.StringValue(cut(v.Error()))
	case fmt.Stringer:
		return slog.StringValue(cut(v.String()))
	}
	b, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(cut(fmt.Sprintf("%+v", v)))
	}
	if len(b) > maxValue {
		return slog.StringValue(cut(string(b)))
	}
	return slog.AnyValue(encoded(b))
}

// cut shortens a text that is too long and says how much is missing.
func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(s[:maxValue], "") + fmt.Sprintf("… (%d bytes more)", len(s)-maxValue)
}
