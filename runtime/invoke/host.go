package invoke

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/service"
)

// maxAhead bounds how far in the future a call may be scheduled.
const maxAhead = 10 * 365 * 24 * time.Hour

// host is the other side of one call's Context.
type host struct {
	set   *Set
	call  Call
	entry *entry
}

// Do carries one operation out.
func (h *host) Do(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	switch op.Family {
	case "rest":
		return h.rest(ctx, op)
	case "service":
		return h.service(ctx, op)
	case "secret":
		value, err := h.set.o.Secret(ctx, op.Name)
		if err != nil {
			return nil, err
		}
		return reply(map[string]string{"value": value})
	case "config":
		value, ok := h.set.o.Config(op.Name)
		if !ok {
			return nil, fault.New(fault.Internal, "config.unknown", "no setting %q", op.Name).
				WithHint("settings stand under \"config\" in mortise.yaml")
		}
		return &service.Reply{Media: "application/json", Body: value}, nil
	case "call":
		return h.about(ctx, op)
	}
	return nil, fault.New(fault.Internal, "operation.unknown", "service %q asks for %q, which this runtime does not have", h.entry.Name, op.Family).
		WithHint("is the runtime older than the project?")
}

// Log writes a line of the service's own. A level above error is an error.
func (h *host) Log(ctx context.Context, level slog.Level, message string, attrs json.RawMessage) {
	log := h.set.o.Log
	if !log.Enabled(ctx, level) {
		return
	}
	if len(attrs) == 0 {
		log.LogAttrs(ctx, level, message, slog.String("service", h.entry.Name)) //nolint:sloglint // the author's own words
		return
	}
	log.LogAttrs(ctx, level, message, slog.String("service", h.entry.Name), observe.Attributes(attrs)) //nolint:sloglint // the author's own words
}

func (h *host) about(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	if op.Verb == "body" {
		return &service.Reply{Media: "application/octet-stream", Body: h.call.Body}, nil
	}
	request := h.call.Request
	if request == nil {
		request = &service.Request{CID: cidOf(ctx)}
	}
	return reply(map[string]any{"request": request, "caller": h.call.Caller})
}

// restArgs is how service.REST sends its options.
type restArgs struct {
	Query     url.Values        `json:"query"`
	Path      map[string]string `json:"path"`
	Header    map[string]string `json:"header"`
	Timeout   time.Duration     `json:"timeout"`
	AnyStatus bool              `json:"any_status"`
}

func (h *host) rest(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	handle, ok := h.set.o.Conn(op.Name)
	if !ok {
		return nil, fault.New(fault.Internal, "connection.unknown", "no connection %q", op.Name).
			WithHint("make it in connections/, or use the name of one that is there")
	}
	client, ok := handle.HTTP()
	if !ok {
		return nil, fault.New(fault.Internal, "connection.family", "connection %q does not speak HTTP", op.Name)
	}
	var args restArgs
	if len(op.Args) > 0 {
		if err := json.Unmarshal(op.Args, &args); err != nil {
			return nil, fault.Wrap(fault.Internal, "operation.arguments", err, "connection %q: read the options", op.Name)
		}
	}
	request := &conn.HTTPRequest{
		Method: op.Verb, Path: args.Path, Query: args.Query, Media: op.Media, Body: op.Body,
		Timeout: args.Timeout, AnyStatus: args.AnyStatus,
	}
	if len(args.Header) > 0 {
		request.Header = make(http.Header, len(args.Header))
		for name, value := range args.Header {
			request.Header.Set(name, value)
		}
	}
	response, err := client.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(struct {
		Status int         `json:"status"`
		Header http.Header `json:"header"`
	}{response.Status, response.Header})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "operation.reply", err, "connection %q: pass the answer on", op.Name)
	}
	return &service.Reply{Meta: meta, Media: response.Media, Body: response.Body}, nil
}

func (h *host) service(ctx context.Context, op *service.Operation) (*service.Reply, error) {
	if op.Verb == "call" {
		result, err := h.set.Invoke(ctx, Call{
			Service: op.Name, Input: op.Body, Body: op.Body, depth: h.call.depth + 1,
			Caller: service.Caller{Name: h.entry.Name, Kind: "service"},
		})
		if err != nil {
			return nil, h.inner(op.Name, err)
		}
		return &service.Reply{Media: "application/json", Body: result.Body}, nil
	}
	e, ok := h.set.services[op.Name]
	if !ok {
		return nil, fault.New(fault.NotFound, "service.unknown", "no service %q", op.Name).
			WithHint("%s", fault.DidYouMean(op.Name, h.set.names))
	}
	input, err := e.input(op.Body)
	if err != nil {
		return nil, h.inner(op.Name, err)
	}
	d := Deferred{Service: op.Name, Input: input, CID: cidOf(ctx), By: h.entry.Name}
	var id string
	switch op.Verb {
	case "go":
		id, err = h.set.o.Later.Go(ctx, d)
	case "schedule":
		var at struct {
			At time.Time `json:"at"`
		}
		if err := json.Unmarshal(op.Args, &at); err != nil {
			return nil, fault.Wrap(fault.Internal, "operation.arguments", err, "schedule service %q: read the time", op.Name)
		}
		if time.Until(at.At) > maxAhead {
			return nil, fault.New(fault.Internal, "schedule.far", "schedule service %q: %s is more than ten years away", op.Name, at.At.Format(time.RFC3339))
		}
		id, err = h.set.o.Later.Schedule(ctx, d, at.At)
	default:
		return nil, fault.New(fault.Internal, "operation.unknown", "service %q: nothing is called %q", op.Name, op.Verb)
	}
	if err != nil {
		return nil, err
	}
	return reply(map[string]string{"id": id})
}

// inner is the error of a service that another one called. What is wrong with
// the input that our own service made is no mistake of the outer caller, so the
// kind becomes Internal unless the inner service chose it.
func (h *host) inner(name string, err error) error {
	f := *fault.As(err)
	if strings.HasPrefix(f.Code, "input.") {
		f.Kind = fault.Internal
		f.What = "call service " + name + ": " + f.What
	}
	return &f
}

func reply(v any) (*service.Reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "operation.reply", err, "pass the answer on")
	}
	return &service.Reply{Media: "application/json", Body: body}, nil
}

func cidOf(ctx context.Context) string { return string(cid.From(ctx)) }
