// Package channeltest is the conformance suite of channels that take requests:
// what each of them must do with a service, whatever the protocol. A connector's
// own test hands it a way to make configs and to send a request.
package channeltest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/cid"
	"mortise/runtime/conn/conntest"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/spec"
)

// Suite is what the suite wants of a connector.
type Suite struct {
	Type channel.Type
	// Config returns a config of a channel that invokes a service, with a
	// security definition or "".
	Config func(t *testing.T, service, security string) channel.Config
	// Send sends an input, as JSON, to the channel's address with a credential,
	// or "", and returns the answer and whether it was a success.
	Send func(ctx context.Context, t *testing.T, address, credential, input string) (answer string, ok bool)
}

// Key is the credential of the security definition "key", an API key.
const Key = "s3cret-of-the-suite"

// Service is the name of the service that the suite offers. Its input has the
// optional fields name and n.
const Service = "test.Echo"

// Run runs the suite.
func Run(t *testing.T, s Suite) {
	t.Run("type", s.describes)
	t.Run("unknown names", s.unknown)
	t.Run("invoke", s.invoke)
	t.Run("security", s.security)
	t.Run("errors", s.errors)
	t.Run("panic", s.panics)
	t.Run("time-out", s.timeout)
	t.Run("gone", s.gone)
	t.Run("parallel", s.parallel)
}

// Invoker is a service that a test writes.
type Invoker func(ctx context.Context, call channel.Call) (service.Result, error)

// Invoke calls the function.
func (f Invoker) Invoke(ctx context.Context, call channel.Call) (service.Result, error) {
	return f(ctx, call)
}

// Running is a channel that is being served.
type Running struct {
	Address string // host and port
	Log     *conntest.Log
}

// Start serves a channel until the test ends.
func Start(t *testing.T, c channel.Config, invoke Invoker) Running {
	t.Helper()
	out := Running{Log: &conntest.Log{}}
	env := Env(t, invoke)
	env.Log = out.Log.Logger()
	ch, err := c.Prepare(t.Context(), env)
	if err != nil {
		t.Fatalf("Prepare = %v, want none", err)
	}
	if err := ch.Activate(t.Context()); err != nil {
		t.Fatalf("Activate = %v, want none", err)
	}
	server := channel.NewServer(env.Routes, slog.New(slog.DiscardHandler))
	if err := server.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatalf("Listen = %v, want none", err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := ch.Stop(ctx); err != nil {
			t.Errorf("Stop = %v, want none", err)
		}
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown = %v, want none", err)
		}
	})
	out.Address = server.Addr()
	return out
}

// Env returns what a channel is given in a test: the service Service and the
// security definition "key".
func Env(t testing.TB, invoke Invoker) channel.Env {
	t.Helper()
	key, err := (&security.APIKey{Header: "X-API-Key", Key: spec.NewSecret("key", Key)}).Build("key")
	if err != nil {
		t.Fatal(err)
	}
	text := &shape.Type{Kind: shape.Text}
	in := &shape.Type{Kind: shape.Object, Fields: []*shape.Field{
		{Name: "name", Type: text}, {Name: "n", Type: &shape.Type{Kind: shape.Int, Bits: 64}},
	}}
	return channel.Env{
		Name: "In", At: fault.Position{File: "channels/in.yaml", Line: 1}, Log: slog.New(slog.DiscardHandler),
		Security: func(name string) (security.Definition, bool) { return key, name == "key" },
		Service: func(name string) (*shape.Service, bool) {
			return &shape.Service{Name: Service, In: in, Out: &shape.Type{Kind: shape.Any}}, name == Service
		},
		Invoke: invoke, Routes: channel.NewTable(), Timeout: 30 * time.Second,
	}
}

func (s *Suite) describes(t *testing.T) {
	if s.Type.Title == "" || !strings.HasSuffix(s.Type.Summary, ".") {
		t.Errorf("the type has the title %q and the summary %q; want both, and a full stop", s.Type.Title, s.Type.Summary)
	}
	for _, f := range spec.Describe(s.Type.New()) {
		first, _, _ := strings.Cut(f.Help, "\n")
		if !strings.HasSuffix(first, ".") || len(first) > 80 {
			t.Errorf("the help of %q begins %q; want one sentence with a full stop under 80 characters", f.Key, first)
		}
	}
}

func (s *Suite) unknown(t *testing.T) {
	tests := []struct{ service, security, code string }{
		{"no.Such", "", "service.unknown"},
		{Service, "nobody", "security.unknown"},
	}
	for _, tt := range tests {
		env := Env(t, nil)
		_, err := s.Config(t, tt.service, tt.security).Prepare(t.Context(), env)
		if e := fault.As(err); e == nil || e.Code != tt.code || !strings.Contains(e.What, `channel "In"`) {
			t.Errorf("Prepare with the service %q and security %q = %v; want code %q and the channel's name", tt.service, tt.security, err, tt.code)
		}
		if n := len(env.Routes.Routes()); n != 0 {
			t.Errorf("a channel that could not be prepared left %d routes", n)
		}
	}
}

func (s *Suite) invoke(t *testing.T) {
	var got channel.Call
	var id cid.ID
	run := Start(t, s.Config(t, Service, ""), func(ctx context.Context, call channel.Call) (service.Result, error) {
		got, id = call, cid.From(ctx)
		return service.Result{Body: []byte(`{"hello":"Mike"}`)}, nil
	})
	answer, ok := s.Send(t.Context(), t, run.Address, "", `{"name":"Mike"}`)
	if !ok || !strings.Contains(answer, `{"hello":"Mike"}`) {
		t.Fatalf("the answer is %q, success %v; want the service's output", answer, ok)
	}
	var in map[string]any
	if err := json.Unmarshal(got.Input, &in); err != nil || in["name"] != "Mike" || len(in) != 1 {
		t.Errorf("the input was %s, want the name Mike", got.Input)
	}
	if got.Service != Service || got.Caller != (service.Caller{Channel: "In"}) || got.Timeout != 30*time.Second {
		t.Errorf("the call was of %q by %+v with %v; want %q by the channel In with 30s", got.Service, got.Caller, got.Timeout, Service)
	}
	if got.Request == nil || got.Request.CID != string(id) || len(id) != 32 {
		t.Errorf("the request was %+v and the context's id %q; want the same id of 32 digits", got.Request, id)
	}
	in1, out := run.Log.Lines(t, "channel request"), run.Log.Lines(t, "channel response")
	if len(in1) != 1 || len(out) != 1 {
		t.Fatalf("there are %d lines of requests and %d of responses, want one each:\n%s", len(in1), len(out), run.Log.Text())
	}
	for _, line := range []map[string]any{in1[0], out[0]} {
		if line["cid"] != string(id) || line["channel"] != "In" {
			t.Errorf("the log line %v does not have the id %q and the channel In", line, id)
		}
	}
}

func (s *Suite) security(t *testing.T) {
	calls := 0
	var caller service.Caller
	run := Start(t, s.Config(t, Service, "key"), func(_ context.Context, call channel.Call) (service.Result, error) {
		calls++
		caller = call.Caller
		return service.Result{Body: []byte(`1`)}, nil
	})
	for _, credential := range []string{"", "wrong-one"} {
		answer, ok := s.Send(t.Context(), t, run.Address, credential, `{}`)
		if ok || calls != 0 {
			t.Errorf("with the credential %q the answer is %q after %d calls; want none", credential, answer, calls)
		}
	}
	if answer, ok := s.Send(t.Context(), t, run.Address, Key, `{}`); !ok || calls != 1 {
		t.Errorf("with the right credential the answer is %q, success %v, after %d calls; want a success", answer, ok, calls)
	}
	if want := (service.Caller{Name: "key", Kind: "api-key", Channel: "In"}); caller != want {
		t.Errorf("the caller is %+v, want %+v", caller, want)
	}
	if text := run.Log.Text(); strings.Contains(text, Key) || strings.Contains(text, "wrong-one") {
		t.Errorf("the log shows a credential:\n%s", text)
	}
}

func (s *Suite) errors(t *testing.T) {
	var fail error
	run := Start(t, s.Config(t, Service, ""), func(context.Context, channel.Call) (service.Result, error) {
		return service.Result{}, fail
	})
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		fail = fault.Wrap(kind, "test.code", fmt.Errorf("the cause, for the log"), "what is wrong").
			WithAt(fault.Position{File: "services/test/x.go", Line: 7})
		answer, ok := s.Send(t.Context(), t, run.Address, "", `{}`)
		if ok || strings.Contains(answer, "the cause") || strings.Contains(answer, "x.go") {
			t.Errorf("the answer to a failure of kind %q is %q, success %v; want an error without its cause and place", kind, answer, ok)
		}
		if shown := strings.Contains(answer, "what is wrong"); shown != (kind != fault.Internal) {
			t.Errorf("the answer to a failure of kind %q is %q; want its text only where it is not internal", kind, answer)
		}
	}
	fail = fmt.Errorf("an error of another sort")
	if answer, ok := s.Send(t.Context(), t, run.Address, "", `{}`); ok || strings.Contains(answer, "another sort") {
		t.Errorf("the answer to a plain error is %q, success %v; want an internal error", answer, ok)
	}
	if text := run.Log.Text(); !strings.Contains(text, "the cause, for the log") || !strings.Contains(text, "an error of another sort") {
		t.Errorf("the log does not have the causes:\n%s", text)
	}
}

func (s *Suite) panics(t *testing.T) {
	run := Start(t, s.Config(t, Service, ""), func(context.Context, channel.Call) (service.Result, error) { panic("boom") })
	for range 2 { // it goes on after the first
		if answer, ok := s.Send(t.Context(), t, run.Address, "", `{}`); ok || strings.Contains(answer, "boom") {
			t.Errorf("the answer to a panic is %q, success %v; want an internal error", answer, ok)
		}
	}
	if text := run.Log.Text(); !strings.Contains(text, "boom") || !strings.Contains(text, "channeltest.go") {
		t.Errorf("the log does not say where the panic was:\n%s", text)
	}
}

func (s *Suite) timeout(t *testing.T) {
	run := Start(t, s.Config(t, Service, ""), func(context.Context, channel.Call) (service.Result, error) {
		return service.Result{}, fault.New(fault.Timeout, "service.timeout", "too slow")
	})
	if answer, ok := s.Send(t.Context(), t, run.Address, "", `{}`); ok || !strings.Contains(answer, "too slow") {
		t.Errorf("the answer to a time-out is %q, success %v; want the error", answer, ok)
	}
}

// gone sends a request whose caller does not wait: the service is cancelled.
func (s *Suite) gone(t *testing.T) {
	entered, left := make(chan struct{}), make(chan error, 1)
	run := Start(t, s.Config(t, Service, ""), func(ctx context.Context, _ channel.Call) (service.Result, error) {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return service.Result{}, fault.Wrap(fault.Canceled, "service.canceled", ctx.Err(), "cancelled")
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	s.Send(ctx, t, run.Address, "", `{}`)
	if err := <-left; err == nil {
		t.Error("the service's context ended without an error, want a cancellation")
	}
}

func (s *Suite) parallel(t *testing.T) {
	run := Start(t, s.Config(t, Service, ""), func(_ context.Context, call channel.Call) (service.Result, error) {
		return service.Result{Body: call.Input}, nil
	})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				want := fmt.Sprintf(`{"name":"%d/%d"}`, i, j)
				if answer, ok := s.Send(t.Context(), t, run.Address, "", want); !ok || !strings.Contains(answer, want) {
					t.Errorf("the answer is %q, success %v; want %s", answer, ok, want)
					return
				}
			}
		})
	}
	wg.Wait()
}
