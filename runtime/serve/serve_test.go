package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
	"mortise/runtime/serve"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"

	_ "mortise/runtime/connectors/all"
)

// builder makes programs of services that are linked into the test.
type builder struct{ entered, leave chan struct{} }

func (b *builder) Build(_ context.Context, source fs.FS) (worker.Program, fault.List, error) {
	data, err := fs.ReadFile(source, "version.go")
	if err == nil && strings.HasPrefix(string(data), "broken") {
		var faults fault.List
		faults.Add(fault.Position{File: "version.go", Line: 3, Column: 7}, "go.type", "undefined: x").WithHint("define it")
		return nil, nil, faults.Err()
	}
	return b, nil, err
}

func (b *builder) Services() []shape.Service {
	text := &shape.Type{Kind: shape.Text}
	in := &shape.Type{Kind: shape.Object, Fields: []*shape.Field{{Name: "name", Type: text, Required: true, Example: []byte(`"Mike"`)}}}
	return []shape.Service{{Name: "demo.Echo", Doc: "Echo returns its input.", In: in, Out: in}, {Name: "demo.Slow"}, {Name: "demo.Wrong"}}
}

func (b *builder) Uses() []worker.Use { return nil }

func (b *builder) Start(context.Context) (worker.Executor, error) {
	return worker.NewLinked(map[string]service.Func{
		"demo.Echo": func(_ *service.Context, in []byte) ([]byte, error) { return in, nil },
		"demo.Slow": func(*service.Context, []byte) ([]byte, error) {
			close(b.entered)
			<-b.leave
			return nil, nil
		},
		"demo.Wrong": func(*service.Context, []byte) ([]byte, error) { return nil, errors.New("the disk is full") },
	}, worker.LinkedOptions{}), nil
}

// project is a project whose source may change.
type project struct {
	mu     sync.Mutex // guards source
	source string
}

func (p *project) set(source string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.source = source
}

func (p *project) load(context.Context) (*config.Project, fault.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	main, faults := config.ParseMain(config.MainFile, []byte("name: test\n"))
	if len(faults) > 0 {
		return nil, faults
	}
	parts := config.Parts{Name: "test", Main: main, Source: config.NewFiles([]config.File{config.NewFile("version.go", []byte(p.source))})}
	for name, data := range map[string]string{
		"channels/echo.yaml": "type: rest\npath: /echo\nservice: demo.Echo\nmethods: [POST]\n",
		"channels/slow.yaml": "type: rest\npath: /slow\nservice: demo.Slow\n",
		"jobs/echo.yaml":     "service: demo.Echo\nevery: 1h\ninput: {name: Job}\n",
	} {
		folder, _, _ := strings.Cut(name, "/")
		doc, faults := config.ParseDocument(config.KindOfFolder(folder), name, []byte(data))
		if len(faults) > 0 {
			return nil, faults
		}
		parts.Documents = append(parts.Documents, doc)
	}
	return config.Assemble(parts)
}

type fixture struct {
	*project

	dir     string
	host    *serve.Host
	builder *builder
	changes chan struct{}
	log     *observe.Log
}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{
		project: &project{source: "one"}, dir: t.TempDir(), changes: make(chan struct{}),
		builder: &builder{make(chan struct{}), make(chan struct{})}, log: observe.NewLog(observe.LogOptions{Writer: t.Output()}),
	}
	var err error
	f.host, err = serve.Start(t.Context(), serve.Options{
		Dir: f.dir, Load: f.load, Changes: f.changes, Builder: f.builder, Secrets: secret.Chain{}, Log: f.log,
		Getenv: func(string) (string, bool) { return "", false }, Listen: "127.0.0.1:0", Version: "1.2.3",
	})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		if err := f.host.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
		_ = f.log.Close()
	})
	return f
}

func (f *fixture) client(t *testing.T) *control.Client {
	t.Helper()
	c, _, err := control.Find(t.Context(), f.dir)
	if err != nil {
		t.Fatalf("Find(%q): %v", f.dir, err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestControl(t *testing.T) {
	f := start(t)
	c, ctx := f.client(t), t.Context()

	state, err := c.State(ctx)
	if err != nil || state.Project != "test" || !state.Ready || len(state.Services) != 3 || len(state.Channels) != 2 || len(state.Jobs) != 1 {
		t.Fatalf("State() = %+v, %v", state, err)
	}
	if ch := state.Channels[0]; ch.Path != "/echo" || ch.Service != "demo.Echo" || len(ch.Methods) != 1 || ch.Methods[0] != "POST" {
		t.Errorf("the first channel is %+v", ch)
	}
	if s, err := c.Service(ctx, "demo.Echo"); err != nil || string(s.Example) != `{"name":"Mike"}` || !strings.Contains(string(s.Input), "required") {
		t.Errorf("Service(demo.Echo) = %+v, %v", s, err)
	}
	for name, in := range map[string]control.Invocation{
		"JSON":      {Service: "demo.Echo", Input: json.RawMessage(`{"name":"Mike"}`)},
		"arguments": {Service: "demo.Echo", Arguments: []string{"name=Mike"}},
	} {
		a, err := c.Invoke(ctx, in)
		if err != nil || string(a.Output) != `{"name":"Mike"}` || len(a.CID) != 32 {
			t.Errorf("Invoke with %s = %+v, %v", name, a, err)
		}
	}
	for _, tt := range []struct{ service, code, text string }{
		{"demo.Ecko", "service.unknown", `did you mean "demo.Echo"?`},
		{"demo.Echo", "input.invalid", "name"},
		{"demo.Wrong", "", "the disk is full"},
	} {
		_, err := c.Invoke(ctx, control.Invocation{Service: tt.service})
		if got := fault.As(err); err == nil || (tt.code != "" && got.Code != tt.code) || !strings.Contains(got.Report(), tt.text) {
			t.Errorf("Invoke(%s): %v, want the code %q and %q", tt.service, err, tt.code, tt.text)
		}
	}
	id, err := c.RunJob(ctx, "echo")
	if err != nil || id == "" {
		t.Errorf("RunJob = %q, %v", id, err)
	}
	if v, err := c.Version(ctx); err != nil || v.Version != "1.2.3" || v.PID != os.Getpid() {
		t.Errorf("Version() = %+v, %v", v, err)
	}
	if _, err := c.Ping(ctx, "CRM"); fault.As(err).Code != "connection.unknown" {
		t.Errorf("Ping of no connection: %v", err)
	}
	if err := c.CancelOneTime(ctx, "nothing"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("CancelOneTime of nothing: %v", err)
	}
	if jobs, err := c.OneTime(ctx); err != nil || jobs == nil {
		t.Errorf("OneTime() = %v, %v, want an empty list", jobs, err)
	}
	if _, err := c.Secrets(ctx); err != nil {
		t.Errorf("Secrets: %v", err)
	}
}

func TestApply(t *testing.T) {
	f := start(t)
	c, ctx := f.client(t), t.Context()
	f.set("broken")
	report, err := c.Apply(ctx)
	if err != nil || report.OK() || len(report.Faults) != 1 || report.Faults[0].At.Line != 3 {
		t.Fatalf("Apply of a broken project = %+v, %v", report, err)
	}
	if a, err := c.Invoke(ctx, control.Invocation{Service: "demo.Echo", Arguments: []string{"name=x"}}); err != nil {
		t.Errorf("the version before does not serve: %+v, %v", a, err)
	}
	if again, err := c.Report(ctx); err != nil || len(again.Faults) != 1 {
		t.Errorf("Report() = %+v, %v", again, err)
	}

	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	f.set("two")
	f.changes <- struct{}{} // as a saved file
	enough := errors.New("enough")
	var seen []string
	deployed := 0
	err = c.Logs(ctx, control.LogOptions{Backlog: 100, Follow: true}, func(l control.Line) error {
		seen = append(seen, string(l.Raw))
		if l.Msg == "deployed" {
			if deployed++; deployed == 2 {
				return enough
			}
		}
		return nil
	})
	all := strings.Join(seen, "\n")
	if !errors.Is(err, enough) || !strings.Contains(all, `"problem":"version.go:3:7: undefined: x","hint":"define it"`) {
		t.Errorf("Logs: %v, want the problem with its place, then the deploy:\n%s", err, all)
	}
}

func TestGracefulStop(t *testing.T) {
	f := start(t)
	signals := make(chan os.Signal, 2)
	stopped := make(chan error, 1)
	go func() { stopped <- f.host.Wait(t.Context(), signals) }()
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Post(f.host.URL()+"/slow", "application/json", nil)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		answer <- resp.Status + string(b)
	}()
	<-f.builder.entered
	signals <- syscall.SIGTERM
	for start := time.Now(); ; { // new requests are refused while the old one goes on
		resp, err := http.Get(f.host.URL() + "/readyz")
		if err != nil {
			break
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusServiceUnavailable || time.Since(start) > 10*time.Second {
			break
		}
	}
	select {
	case got := <-answer:
		t.Fatalf("the request ended with %s before its service did", got)
	default:
	}
	close(f.builder.leave)
	if got := <-answer; !strings.HasPrefix(got, "204") {
		t.Errorf("the request in flight got %s, want 204", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Wait: %v", err)
	}
	if _, err := os.Stat(filepath.Join(f.dir, ".mortise", "run.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("run.json after the end: %v, want none", err)
	}
	if _, _, err := control.Find(t.Context(), f.dir); fault.As(err).Code != control.Unreachable {
		t.Errorf("Find after the end: %v", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	f := start(t)
	signals := make(chan os.Signal, 2)
	go func() {
		if resp, err := http.Post(f.host.URL()+"/slow", "application/json", nil); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-f.builder.entered
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM
	begin := time.Now()
	if err := f.host.Wait(t.Context(), signals); err == nil {
		t.Error("Wait: no error, want one that says that a request did not end")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("two signals: it took %v to end", took)
	}
	close(f.builder.leave)
}

func TestRunFile(t *testing.T) {
	f := start(t)
	path := filepath.Join(f.dir, ".mortise", "run.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("run.json: %v, %v, want the mode 0600", info, err)
	}
	h, err := control.ReadHost(f.dir)
	if err != nil || h.Address != f.host.URL() || h.Control != f.host.ControlURL() || len(h.Token) != 64 {
		t.Errorf("ReadHost = %+v, %v", h, err)
	}
	// What a host that was killed leaves behind is not taken for a running one.
	stale := t.TempDir()
	if _, err := control.Announce(stale, control.Host{PID: 1, Control: "http://127.0.0.1:1", Token: h.Token}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := control.Find(t.Context(), stale); fault.As(err).Code != control.Unreachable {
		t.Errorf("Find of a stale file: %v, want %s", err, control.Unreachable)
	}
}

func TestControlGuard(t *testing.T) {
	f := start(t)
	h, err := control.ReadHost(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"the token", func(*http.Request) {}, 200},
		{"no token", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"a wrong token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat("0", 64)) }, 401},
		{"another scheme", func(r *http.Request) { r.Header.Set("Authorization", "Basic "+h.Token) }, 401},
		{"a page", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1") }, 403},
		{"a foreign name", func(r *http.Request) { r.Host = "evil.example:80" }, 403},
		{"an unknown path", func(r *http.Request) { r.URL.Path = "/v2/state" }, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.Control+"/v1/version", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+h.Token)
			tt.change(r)
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status {
				t.Errorf("GET /v1/version with %s: %s %s, want %d", tt.name, resp.Status, body, tt.status)
			}
			if tt.status >= 400 && !bytes.Contains(body, []byte(`{"faults":[{"kind":`)) {
				t.Errorf("the error is %s, want an envelope of faults", body)
			}
		})
	}
}

func TestControlNeedsTLSElsewhere(t *testing.T) {
	log := observe.NewLog(observe.LogOptions{})
	defer func() { _ = log.Close() }()
	for _, o := range []control.Options{
		{Address: "0.0.0.0:0", Token: control.NewToken()},
		{Address: "127.0.0.1:0", Token: "short"},
		{Address: "nonsense", Token: control.NewToken()},
		{Address: "127.0.0.1:0", Token: control.NewToken(), Cert: "nothing.pem", Key: "nothing.pem"},
	} {
		o.Log = log
		if s, err := control.Start(t.Context(), o); err == nil {
			_ = s.Close(t.Context())
			t.Errorf("Start(%q, token of %d) went well, want it refused", o.Address, len(o.Token))
		}
	}
	if _, err := control.NewClient("http://example.com:80", "x"); err == nil {
		t.Error("NewClient of another machine without TLS went well, want it refused")
	}
}
