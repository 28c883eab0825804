package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/conn"
	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/service"
	"mortise/runtime/shape"
)

var _ control.Runtime = (*Host)(nil)

// State returns everything that runs.
func (h *Host) State(ctx context.Context) (control.State, error) {
	name, _ := h.engine.Project()
	s := control.State{Project: name, Address: h.URL(), Ready: h.engine.Ready()}
	if !s.Ready {
		s.Why = h.why()
	}
	if since := h.since.Load(); since != nil {
		s.Deploying = *since
	}
	if r := h.report.Load(); r != nil {
		s.Problems = len(r.Faults)
	}
	for _, e := range h.engine.Services() {
		s.Services = append(s.Services, serviceOf(e))
	}
	objects := map[string]engine.ObjectState{}
	for _, o := range h.engine.Objects("") {
		objects[o.Kind+"/"+o.Name] = o
	}
	for _, o := range h.engine.Objects("") {
		if !o.Enabled {
			continue
		}
		switch o.Kind {
		case "connection":
			s.Connections = append(s.Connections, connectionOf(o))
		case "channel":
			s.Channels = append(s.Channels, channelOf(o, objects["security/"+o.Security]))
		case "security":
			s.Security = append(s.Security, control.Security{Name: o.Name, Type: o.Type, At: o.At})
		}
	}
	var err error
	s.Jobs, err = h.jobs(ctx, objects)
	return s, err
}

// why says why requests cannot be served.
func (h *Host) why() string {
	switch r := h.report.Load(); {
	case h.life.Err() != nil:
		return "stopping"
	case r != nil && len(r.Faults) > 0:
		if len(r.Faults) == 1 {
			return "the project has a problem"
		}
		return fmt.Sprintf("the project has %d problems", len(r.Faults))
	default:
		return "no worker is ready"
	}
}

func serviceOf(e engine.ServiceState) control.Service {
	s := control.Service{
		Name: e.Name, Doc: e.Doc, At: e.At, Status: e.Status, Compiling: e.Compiling, Engine: e.Engine, WhyNot: e.WhyNot.Whole(),
		Counts: control.Counts{Calls: e.Calls, Errors: e.Errors, Running: e.Running, LastUse: e.LastUse},
	}
	if e.Last != nil {
		s.LastError = e.Last.What
	}
	return s
}

func connectionOf(o engine.ObjectState) control.Connection {
	c := control.Connection{Name: o.Name, Type: o.Type, At: o.At, Target: text(o.Settings, "address")}
	if o.Conn == nil {
		return c
	}
	c.Counts = control.Counts{Calls: o.Conn.Requests, Errors: o.Conn.Errors, Running: o.Conn.Running, LastUse: o.Conn.LastUse}
	switch {
	case o.Conn.Circuit != "closed":
		c.State = "left alone: it did not answer"
	case o.Conn.LastUse.IsZero():
		c.State = "not used yet"
	case !o.Conn.ErrorAt.IsZero() && !o.Conn.ErrorAt.Before(o.Conn.LastUse):
		c.State = "failing"
	default:
		c.State = "ok"
	}
	if o.Conn.LastError != nil {
		c.LastError = o.Conn.LastError.Error()
	}
	return c
}

func channelOf(o, security engine.ObjectState) control.Channel {
	c := control.Channel{
		Name: o.Name, Type: o.Type, Service: o.Service, Security: o.Security, At: o.At,
		Counts: control.Counts{Calls: o.Requests, Errors: o.Errors},
	}
	methods, path, found := strings.Cut(o.Route, " ")
	if !found {
		methods, path = "", o.Route
	}
	c.Path = path
	if methods != "" && methods != "*" {
		c.Methods = strings.Split(methods, ",")
	}
	c.Header = text(security.Settings, "header")
	return c
}

// text returns a setting of an object that is a text, or "".
func text(settings any, key string) string {
	raw, ok := settings.(json.RawMessage)
	if !ok {
		return ""
	}
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	s, _ := m[key].(string)
	return s
}

// Service returns one service with its input and output.
func (h *Host) Service(_ context.Context, name string) (control.ServiceDetail, error) {
	var names []string
	for _, e := range h.engine.Services() {
		names = append(names, e.Name)
		if e.Name != name {
			continue
		}
		d := control.ServiceDetail{Service: serviceOf(e)}
		var err error
		if d.Input, err = schema(e.In); err != nil {
			return d, err
		}
		if d.Output, err = schema(e.Out); err != nil {
			return d, err
		}
		if e.In != nil {
			d.Example = e.In.Sample()
		}
		return d, nil
	}
	return control.ServiceDetail{}, fault.New(fault.NotFound, "service.unknown", "no service %q", name).
		WithHint("%s", fault.DidYouMean(name, names))
}

func schema(t *shape.Type) (json.RawMessage, error) {
	if t == nil {
		return nil, nil
	}
	b, err := json.Marshal(t.Schema())
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "serve.schema", err, "describe a type")
	}
	return b, nil
}

// Invoke runs a service. Its input may be given as name=value arguments.
func (h *Host) Invoke(ctx context.Context, in control.Invocation) (control.Answer, error) {
	input := in.Input
	if len(in.Arguments) > 0 {
		var err error
		if input, err = h.engine.Arguments(in.Service, in.Arguments); err != nil {
			return control.Answer{}, err
		}
	}
	id := cid.From(ctx)
	if id == "" {
		id = cid.New()
		ctx = cid.With(ctx, id)
	}
	start := time.Now()
	result, err := h.engine.Invoke(ctx, invoke.Call{
		Service: in.Service, Input: input, Body: input, Timeout: in.Timeout, Caller: service.Caller{Kind: "studio"},
	})
	if err != nil {
		return control.Answer{}, err
	}
	out := control.Answer{CID: string(id), Took: time.Since(start), Output: result.Body}
	if result.Meta != nil {
		out.Status, out.Header, out.Media, out.Body = result.Meta.Status, result.Meta.Header, result.Meta.Media, result.Meta.Body
	}
	return out, nil
}

// Ping reaches the other side of a connection once.
func (h *Host) Ping(ctx context.Context, name string) (conn.Report, error) {
	return h.engine.Ping(ctx, name)
}
