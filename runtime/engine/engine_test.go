package engine

import (
	"context"
	"encoding/json"
	pemfile "encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/config"
	_ "mortise/runtime/connectors/all"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/secret"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// linked is a builder of services that are linked into the test: the source's
// version chooses what demo.Hello says.
type linked struct {
	funcs  map[string]service.Func
	starts atomic.Int64
	closed atomic.Int64
}

type program struct {
	*linked
	version string
	uses    []worker.Use
}

func (l *linked) Build(_ context.Context, source fs.FS) (worker.Program, fault.List, error) {
	data, err := fs.ReadFile(source, "version.go")
	if err != nil {
		return nil, nil, err
	}
	version := strings.TrimSpace(string(data))
	if version == "broken" {
		var faults fault.List
		faults.Add(fault.Position{File: "version.go", Line: 1, Column: 1}, "go.type", "the source is broken")
		return nil, nil, faults.Err()
	}
	p := &program{linked: l, version: version}
	if name, ok := strings.CutPrefix(version, "uses "); ok {
		p.uses = []worker.Use{{Family: "rest", Name: name, In: "demo.Hello", At: fault.Position{File: "version.go", Line: 3, Column: 7}}}
	}
	return p, nil, nil
}

func (p *program) Services() []shape.Service {
	name := &shape.Type{Kind: shape.Object, Fields: []*shape.Field{{Name: "name", Type: &shape.Type{Kind: shape.Text}}}}
	out := []shape.Service{{Name: "demo.Hello", In: name, Out: name}, {Name: "demo.Version"}}
	for n := range p.funcs {
		out = append(out, shape.Service{Name: n, In: &shape.Type{Kind: shape.Any}, Out: &shape.Type{Kind: shape.Any}})
	}
	return out
}

func (p *program) Uses() []worker.Use { return p.uses }

func (p *program) Start(context.Context) (worker.Executor, error) {
	p.starts.Add(1)
	funcs := map[string]service.Func{
		"demo.Hello": func(_ *service.Context, in []byte) ([]byte, error) { return in, nil },
		"demo.Version": func(*service.Context, []byte) ([]byte, error) {
			return json.Marshal(p.version)
		},
	}
	maps.Copy(funcs, p.funcs)
	return &counted{worker.NewLinked(funcs, worker.LinkedOptions{}), p.linked}, nil
}

type counted struct {
	*worker.Linked

	of *linked
}

func (c *counted) Close(ctx context.Context) error {
	c.of.closed.Add(1)
	return c.Linked.Close(ctx)
}

// project makes a project of files: objects by their folder, version.go the
// source.
func project(t testing.TB, version string, files map[string]string) *config.Project {
	t.Helper()
	main, faults := config.ParseMain(config.MainFile, []byte("name: test\nconfig: {limit: 5}\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	parts := config.Parts{Name: "test", Main: main, Source: config.NewFiles([]config.File{config.NewFile("version.go", []byte(version))})}
	for name, data := range files {
		folder, _, _ := strings.Cut(name, "/")
		doc, faults := config.ParseDocument(config.KindOfFolder(folder), name, []byte(data))
		if len(faults) > 0 {
			t.Fatalf("%s: %v", name, faults)
		}
		parts.Documents = append(parts.Documents, doc)
	}
	p, faults := config.Assemble(parts)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

func open(t testing.TB, l *linked) (*Engine, *httptest.Server) {
	t.Helper()
	var server *httptest.Server
	e, err := New(t.Context(), Options{
		Builder: l, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Secrets: secret.Env{Lookup: func(name string) (string, bool) { return "abc", name == "MORTISE_SECRET_KEY" }},
		Self:    func() string { return server.URL },
		Getenv:  func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	server = httptest.NewServer(e)
	t.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e, server
}

func apply(t testing.TB, e *Engine, p *config.Project) config.Report {
	t.Helper()
	r, err := e.Apply(t.Context(), p)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return r
}

func get(t testing.TB, url string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(body))
}

const (
	hello   = "name: hello\ntype: rest\npath: /hello\nservice: demo.Hello\n"
	version = "name: version\ntype: rest\npath: /version\nservice: demo.Version\n"
	key     = "name: key\ntype: api-key\nkey: {secret: key}\n"
	crm     = "name: CRM\ntype: rest\naddress: ${self}\npath: /hello\n"
)

func TestWalk(t *testing.T) {
	l := &linked{funcs: map[string]service.Func{
		"demo.Ask": func(ctx *service.Context, _ []byte) ([]byte, error) {
			a := ctx.REST("CRM").Get(nil, service.Query{"name": "Mike"})
			limit := ctx.Config("limit").Int()
			return fmt.Appendf(nil, `{"crm":%q,"limit":%d,"caller":%q}`, a.Text("name"), limit, ctx.Caller().Name), a.Err()
		},
	}}
	e, server := open(t, l)
	if status, _ := get(t, server.URL+"/readyz"); status != 503 {
		t.Errorf("/readyz before the first project answers %d, want 503", status)
	}
	apply(t, e, project(t, "1", map[string]string{
		"channels/hello.yaml": hello, "connections/crm.yaml": crm, "security/key.yaml": key,
		"channels/ask.yaml": "name: ask\ntype: rest\npath: /ask\nservice: demo.Ask\nsecurity: key\n",
	}))
	for _, tt := range []struct {
		path, key string
		status    int
		body      string
	}{
		{"/ask", "abc", 200, `{"crm":"Mike","limit":5,"caller":"key"}`},
		{"/ask", "", 401, ""},
		{"/ask", "abd", 401, ""},
		{"/none", "", 404, ""},
		{"/hello?nam=x", "", 400, ""},
		{"/mortise/ping", "", 200, "pong"},
		{"/healthz", "", 200, "ok"},
		{"/readyz", "", 200, "ready"},
		{"/metrics", "", 200, ""},
	} {
		var header []string
		if tt.key != "" {
			header = []string{"X-API-Key", tt.key}
		}
		status, body := get(t, server.URL+tt.path, header...)
		if status != tt.status || tt.body != "" && body != tt.body {
			t.Errorf("GET %s with key %q answers %d %s, want %d %s", tt.path, tt.key, status, body, tt.status, tt.body)
		}
	}
	if out, err := e.Ping(t.Context(), "CRM"); err != nil || len(out.Stages) == 0 {
		t.Errorf("Ping = %+v, %v", out, err)
	}
}

func TestApplyIsAllOrNothing(t *testing.T) {
	e, server := open(t, &linked{})
	good := map[string]string{"channels/version.yaml": version}
	apply(t, e, project(t, "1", good))
	for name, tt := range map[string]struct {
		version string
		files   map[string]string
		want    string
	}{
		"source":     {"broken", good, `version.go:1:1: the source is broken`},
		"service":    {"2", map[string]string{"channels/version.yaml": strings.Replace(version, "demo.Version", "demo.Versoin", 1)}, `channels/version.yaml:4:10: channel "version": no service "demo.Versoin"`},
		"security":   {"2", map[string]string{"channels/version.yaml": version + "security: none\n"}, `no security definition "none"`},
		"connection": {"uses CRN", map[string]string{"connections/crm.yaml": crm}, `version.go:3:7: service "demo.Hello": no connection "CRN"`},
		"type":       {"2", map[string]string{"connections/crm.yaml": "type: rst\n"}, `connections/crm.yaml:1:7: connection "crm": there is no type "rst"`},
		"secret":     {"2", map[string]string{"security/key.yaml": strings.Replace(key, "secret: key", "secret: other", 1)}, `other`},
		"routes":     {"2", map[string]string{"channels/version.yaml": version, "channels/b.yaml": strings.Replace(version, "name: version", "name: b", 1)}, `/version`},
	} {
		r, err := e.Apply(t.Context(), project(t, tt.version, tt.files))
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(r.Faults) == 0 {
			t.Errorf("%s: Apply = %v, want %s", name, err, tt.want)
		}
		if _, body := get(t, server.URL+"/version"); body != `"1"` {
			t.Errorf("%s: after a bad deploy the version is %s, want that of before", name, body)
		}
	}
}

func TestReuse(t *testing.T) {
	l := &linked{}
	e, _ := open(t, l)
	files := map[string]string{"channels/version.yaml": version, "connections/crm.yaml": crm, "connections/b.yaml": strings.Replace(crm, "CRM", "B", 1)}
	apply(t, e, project(t, "1", files))
	before := e.current.Load()
	files["connections/b.yaml"] = strings.Replace(files["connections/b.yaml"], "/hello", "/version", 1)
	r := apply(t, e, project(t, "1", files))
	after := e.current.Load()
	got := map[string]config.What{}
	for _, c := range r.Objects {
		got[c.Kind+" "+c.Name] = c.What
	}
	if got["connection CRM"] != config.Same || got["connection B"] != config.Changed || got["service demo.Hello"] != config.Same {
		t.Errorf("the report says %v", got)
	}
	a, _ := before.connection("CRM")
	b, _ := after.connection("CRM")
	c, _ := before.connection("B")
	d, _ := after.connection("B")
	if a != b || c == d || l.starts.Load() != 1 {
		t.Errorf("CRM reused %v, B reused %v, %d starts of a worker; want true, false, 1", a == b, c == d, l.starts.Load())
	}
	delete(files, "connections/b.yaml")
	apply(t, e, project(t, "2", files))
	e.old.Wait()
	if l.starts.Load() != 2 || l.closed.Load() != 1 {
		t.Errorf("%d starts and %d ends of workers, want 2 and 1", l.starts.Load(), l.closed.Load())
	}
}

// TestFileOfConnection changes nothing but the file that a connection names.
func TestFileOfConnection(t *testing.T) {
	e, _ := open(t, &linked{})
	root := t.TempDir()
	p := project(t, "1", map[string]string{"connections/crm.yaml": crm + "tls: {ca_file: ca.pem}\n"})
	p.Root = root
	for n, want := range []config.What{config.Added, config.Same, config.Changed} {
		if n != 1 {
			pem := httptest.NewUnstartedServer(nil)
			pem.StartTLS()
			block := &pemfile.Block{Type: "CERTIFICATE", Bytes: pem.Certificate().Raw}
			pem.Close()
			if err := os.WriteFile(filepath.Join(root, "ca.pem"), append(pemfile.EncodeToMemory(block), byte('0'+n)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range apply(t, e, p).Objects {
			if o.Name == "CRM" && o.What != want {
				t.Errorf("Apply number %d says that the connection is %s, want %s", n+1, o.What, want)
			}
		}
	}
}

func TestReloadLosesNothing(t *testing.T) {
	e, server := open(t, &linked{})
	files := map[string]string{"channels/version.yaml": version}
	apply(t, e, project(t, "0", files))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	var requests atomic.Int64
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if status, body := get(t, server.URL+"/version"); status != 200 {
				t.Errorf("a request during a reload got %d %s", status, body)
			}
			requests.Add(1)
		}
	}()
	for i := range 100 {
		apply(t, e, project(t, fmt.Sprint(i+1), files))
		if _, body := get(t, server.URL+"/version"); body != fmt.Sprintf("%q", fmt.Sprint(i+1)) {
			t.Fatalf("after Apply of %d the version is %s", i+1, body)
		}
	}
	cancel()
	<-done
	if requests.Load() == 0 {
		t.Error("no request was made during the reloads")
	}
}

func TestStoredCalls(t *testing.T) {
	called := make(chan string, 10)
	l := &linked{funcs: map[string]service.Func{
		"demo.Later": func(ctx *service.Context, in []byte) ([]byte, error) {
			called <- string(in) + " " + ctx.CID()
			return nil, nil
		},
		"demo.Start": func(ctx *service.Context, _ []byte) ([]byte, error) {
			if _, err := ctx.Go("demo.Later", service.JSON{"n": 1}); err != nil {
				return nil, err
			}
			_, err := ctx.Schedule("demo.Later", service.JSON{"n": 2}, time.Now().Add(100*time.Millisecond))
			return json.RawMessage(`"` + ctx.CID() + `"`), err
		},
	}}
	e, _ := open(t, l)
	apply(t, e, project(t, "1", map[string]string{"jobs/j.yaml": "name: j\nservice: demo.Later\nevery: 1h\ninput: {n: 3}\n"}))
	result, err := e.Invoke(t.Context(), invoke.Call{Service: "demo.Start"})
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	id := strings.Trim(string(result.Body), `"`)
	if _, err := e.RunJob(t.Context(), "j"); err != nil {
		t.Fatalf("RunJob: %v", err)
	}
	want := map[string]bool{`{"n":1} ` + id: true, `{"n":2} ` + id: true}
	for range 3 {
		select {
		case got := <-called:
			if !want[got] && !strings.HasPrefix(got, `{"n":3} `) {
				t.Errorf("demo.Later was called with %s, want one of %v", got, want)
			}
			delete(want, got)
		case <-time.After(10 * time.Second):
			t.Fatalf("still to come after 10 s: %v", want)
		}
	}
}
