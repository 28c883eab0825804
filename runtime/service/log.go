package service

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// logHandler sends what a service logs to its host.
type logHandler struct {
	ctx    context.Context
	host   Host
	attrs  []slog.Attr // with their groups resolved
	groups []string
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelDebug
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var attrs json.RawMessage
	if r.NumAttrs() > 0 || len(h.attrs) > 0 {
		all := slices.Clone(h.attrs)
		own := make([]slog.Attr, 0, r.NumAttrs())
		r.Attrs(func(a slog.Attr) bool {
			own = append(own, a)
			return true
		})
		attrs = object(nil, append(all, wrap(h.groups, own)...))
	}
	h.host.Log(h.ctx, r.Level, r.Message, attrs)
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *h
	out.attrs = append(slices.Clone(h.attrs), wrap(h.groups, attrs)...)
	return &out
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	out := *h
	out.groups = append(slices.Clone(h.groups), name)
	return &out
}

// wrap puts attributes into nested groups.
func wrap(groups []string, attrs []slog.Attr) []slog.Attr {
	for _, g := range slices.Backward(groups) {
		attrs = []slog.Attr{{Key: g, Value: slog.GroupValue(attrs...)}}
	}
	return attrs
}

// object appends attributes as a JSON object in their order.
func object(out []byte, attrs []slog.Attr) []byte {
	out = append(out, '{')
	for i, a := range attrs {
		if i > 0 {
			out = append(out, ',')
		}
		key, _ := json.Marshal(a.Key) //nolint:errchkjson // a string
		out = append(append(out, key...), ':')
		v := a.Value.Resolve()
		switch v.Kind() {
		case slog.KindGroup:
			out = object(out, v.Group())
			continue
		case slog.KindDuration:
			out = appendJSON(out, v.Duration().String())
		case slog.KindTime:
			out = appendJSON(out, v.Time().Format(time.RFC3339Nano))
		case slog.KindAny:
			if err, ok := v.Any().(error); ok {
				out = appendJSON(out, err.Error())
				continue
			}
			out = appendJSON(out, v.Any())
		default:
			out = appendJSON(out, v.Any())
		}
	}
	return append(out, '}')
}

func appendJSON(out []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(fmt.Sprintf("%+v", v)) //nolint:errchkjson // a string
	}
	return append(out, b...)
}
