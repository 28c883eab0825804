package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/textproto"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/shape"
)

// handler answers the requests of one channel.
type handler struct {
	env      channel.Env
	config   Channel
	channel  string
	service  string
	input    *shape.Type         // nil where the service takes nothing
	security security.Definition // nil lets anybody in
	timeout  time.Duration
}

// answered is what became of a request, for the log and the metrics.
type answered struct {
	status, length int
	err            error
}

// ServeRoute answers one request.
func (h *handler) ServeRoute(w http.ResponseWriter, r *http.Request, params channel.Params) {
	start := time.Now()
	id := channel.CID(r)
	ctx := cid.With(r.Context(), id)
	if h.env.Metrics != nil {
		h.env.Metrics.Start()
	}
	h.env.LineAt(ctx, start, slog.LevelInfo, "channel request",
		slog.String("channel", h.channel), slog.String("method", clip(r.Method)), slog.String("path", clip(r.URL.Path)),
		slog.Int64("length", max(r.ContentLength, 0)), slog.String("agent", clip(first(r.Header["User-Agent"]))), slog.String("remote", r.RemoteAddr))
	done := h.guarded(ctx, w, r, &params, id)
	end := time.Now()
	took := end.Sub(start)
	h.logAnswer(ctx, done, end, took)
	if h.env.Metrics != nil {
		h.env.Metrics.DoneStatus(done.status, took)
	}
}

func (h *handler) logAnswer(ctx context.Context, done answered, at time.Time, took time.Duration) {
	if done.err == nil {
		h.env.LineAt(ctx, at, slog.LevelInfo, "channel response", slog.String("channel", h.channel),
			slog.Int("status", done.status), slog.Duration("took", took), slog.Int("length", done.length))
		return
	}
	level := slog.LevelWarn
	e := fault.As(done.err)
	if done.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := make([]slog.Attr, 0, 6)
	attrs = append(attrs, slog.String("channel", h.channel), slog.Int("status", done.status), slog.Duration("took", took),
		slog.Int("length", done.length), slog.String("error", done.err.Error()))
	if !e.At.IsZero() {
		attrs = append(attrs, slog.String("at", e.At.String()))
	}
	h.env.LineAt(ctx, at, level, "channel response", attrs...)
}

// guarded answers a request and turns a panic of ours into an internal error.
func (h *handler) guarded(ctx context.Context, w http.ResponseWriter, r *http.Request, params *channel.Params, id cid.ID) (done answered) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		h.env.Line(ctx, slog.LevelError, "channel panic", slog.String("channel", h.channel),
			slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		done.err = fault.New(fault.Internal, "channel.panic", "channel %q: %v", h.channel, p)
		done.status, done.length = channel.Refuse(w, id, done.err)
	}()
	result, err := h.invoke(ctx, w, r, params, id)
	if err == nil {
		done, err = h.write(w, r, result, id)
	}
	if err == nil {
		return done
	}
	if r.Context().Err() != nil {
		// Nobody is there to read an answer.
		return answered{status: fault.Canceled.Status(), err: err}
	}
	if h.security != nil && fault.KindOf(err) == fault.Unauthenticated {
		if challenge := h.security.Challenge(); challenge != "" {
			w.Header()["Www-Authenticate"] = []string{challenge}
		}
	}
	done.status, done.length = channel.Refuse(w, id, err)
	done.err = err
	return done
}

// invoke finds out who is calling, reads what was sent and invokes the service.
func (h *handler) invoke(ctx context.Context, w http.ResponseWriter, r *http.Request, params *channel.Params, id cid.ID,
) (service.Result, error) {
	var caller service.Caller
	if h.security != nil {
		var err error
		if caller, err = h.security.Check(r); err != nil {
			return service.Result{}, err
		}
	}
	caller.Channel = h.channel
	body, err := channel.ReadBody(w, r, h.config.MaxBody)
	if err != nil {
		return service.Result{}, err
	}
	req := &service.Request{
		CID: string(id), Method: r.Method, URL: r.RequestURI, Header: r.Header, Remote: r.RemoteAddr,
		Media: first(r.Header["Content-Type"]),
	}
	input, err := h.read(r, params, body, req)
	if err != nil {
		return service.Result{}, err
	}
	return h.env.Invoke.Invoke(ctx, channel.Call{
		Service: h.service, Input: input, Caller: caller, Request: req, Body: body, Timeout: h.timeout,
	})
}

// write sends the result. An error means that nothing was sent yet.
func (h *handler) write(w http.ResponseWriter, r *http.Request, result service.Result, id cid.ID) (answered, error) {
	body, status, media := result.Body, http.StatusOK, "application/json"
	header := w.Header()
	if m := result.Meta; m != nil {
		if m.Status != 0 && (m.Status < 200 || m.Status > 599) {
			return answered{}, fault.New(fault.Internal, "response.status", "service %q: it set the status %d, which is not from 200 to 599", h.service, m.Status)
		}
		for name, values := range m.Header {
			if name = textproto.CanonicalMIMEHeaderKey(name); !hop(name) {
				header[name] = values
			}
		}
		if m.Body != nil {
			body, media = m.Body, m.Media
		}
		status = m.Status
	}
	if status == 0 {
		status = http.StatusOK
	}
	own := [...]string{string(id), media, "nosniff"} // each header has its own part of it
	header[channel.HeaderCID] = own[0:1:1]
	if status == http.StatusOK && len(body) == 0 && (result.Meta == nil || result.Meta.Status == 0) {
		status = http.StatusNoContent
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return answered{status: status}, nil
	}
	if header["Content-Type"] == nil && media != "" && len(body) > 0 {
		header["Content-Type"] = own[1:2:2]
	}
	if header["X-Content-Type-Options"] == nil {
		header["X-Content-Type-Options"] = own[2:3:3]
	}
	if r.Method == http.MethodHead || len(body) > 2048 { // net/http counts shorter ones itself
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return answered{status: status}, nil
	}
	_, _ = w.Write(body) // a caller that went away is no error of ours
	return answered{status: status, length: len(body)}, nil
}

// hop reports whether a header belongs to the transport, so that a service must
// not set it.
func hop(name string) bool {
	return slices.Contains(hopByHop, name)
}

// first returns the first value of a header, or "".
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// clip shortens what a stranger sent, for log lines.
func clip(s string) string {
	const longest = 200
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
