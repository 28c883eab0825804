package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/channel"
	"mortise/runtime/channel/channeltest"
	"mortise/runtime/connectors/rest"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/spec"
)

func TestChannel(t *testing.T) {
	typ, _ := channel.Lookup("rest")
	channeltest.Run(t, channeltest.Suite{
		Type: typ,
		Config: func(t *testing.T, service, security string) channel.Config {
			return decodeChannel(t, fmt.Sprintf("{path: /in, service: %q, security: %q}", service, security))
		},
		Send: func(ctx context.Context, t *testing.T, address, credential, input string) (string, bool) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/in", strings.NewReader(input))
			if err != nil {
				t.Error(err)
				return "", false
			}
			if credential != "" {
				req.Header.Set("X-API-Key", credential)
			}
			resp, body := send(t, req)
			return body, resp != nil && resp.StatusCode < 300
		},
	})
}

// send returns nil where nobody waited for the answer.
func send(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		if req.Context().Err() == nil {
			t.Errorf("%s %s = %v", req.Method, req.URL, err)
		}
		return nil, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("read the answer of %s %s: %v", req.Method, req.URL, err)
	}
	return resp, string(body)
}

func decodeChannel(t testing.TB, text string) *rest.Channel {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("the test's YAML %s: %v", text, err)
	}
	var c rest.Channel
	if faults := spec.Decode(doc.Content[0], "channels/in.yaml", &c); len(faults) > 0 {
		t.Fatalf("Decode(%s) = %v, want no faults", text, faults)
	}
	return &c
}

// echo answers with the input, or {} where there is none.
func echo(_ context.Context, call channel.Call) (service.Result, error) {
	if len(call.Input) == 0 {
		return service.Result{Body: []byte("{}")}, nil
	}
	return service.Result{Body: call.Input}, nil
}

func TestChannelInput(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, config, method, target, media, body string
		status                                    int
		want                                      string
	}{
		{"nothing", "", "GET", "/in", "", "", 200, `{}`},
		{"JSON", "", "POST", "/in", "application/json", `{"name":"Mike","n":1}`, 200, `{"n":1,"name":"Mike"}`},
		{"GET with a body, as curl -d says it", "", "GET", "/in", form, ` {"name":"Mike"}`, 200, `{"name":"Mike"}`},
		{"form", "", "POST", "/in", form, "name=Mike&n=7", 200, `{"n":7,"name":"Mike"}`},
		{"form with a charset", "", "POST", "/in", form + "; charset=utf-8", "name=M+S", 200, `{"name":"M S"}`},
		{"form that is JSON", "input: form", "POST", "/in", "", "name=Mike", 200, `{"name":"Mike"}`},
		{"JSON only", "input: json", "POST", "/in", form, `"text"`, 200, `"text"`},
		{"query", "", "GET", "/in?name=Mike&n=3", "", "", 200, `{"n":3,"name":"Mike"}`},
		{"query over body", "", "POST", "/in?n=3", "", `{"name":"Mike","n":1}`, 200, `{"n":3,"name":"Mike"}`},
		{"path over query", "path: '/in/{name}'", "POST", "/in/Path?name=Query", "", `{"name":"Body"}`, 200, `{"name":"Path"}`},
		{"escaped path", "path: '/in/{name}'", "GET", "/in/a%2Fb", "", "", 200, `{"name":"a/b"}`},
		{"number that is none, which invoke refuses", "", "GET", "/in?n=abc", "", "", 200, `{"n":"abc"}`},
		{"bad query", "", "GET", "/in?n=%zz", "", "", 400, "request.query"},
		{"bad form", "", "POST", "/in", form, "n=%zz", 400, "request.form"},
		{"multipart", "", "POST", "/in", "multipart/form-data; boundary=x", "--x--", 400, "request.media"},
		{"as large as allowed", "max_body: 20", "POST", "/in", "", `{"name":"1234567890"`, 200, ""},
		{"too large", "max_body: 20", "POST", "/in", "", `{"name":"12345678901"}`, 413, "request.too_large"},
		{"method", "methods: [PUT]", "POST", "/in", "", "", 405, "request.method"},
		{"HEAD of GET", "methods: [GET]", "HEAD", "/in", "", "", 200, ""},
		{"elsewhere", "", "GET", "/out", "", "", 404, "route.unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "{service: test.Echo"
			if !strings.HasPrefix(tt.config, "path") {
				text += ", path: /in"
			}
			if tt.config != "" {
				text += ", " + tt.config
			}
			run := channeltest.Start(t, decodeChannel(t, text+"}"), echo)
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+run.Address+tt.target, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.media != "" {
				req.Header.Set("Content-Type", tt.media)
			}
			resp, body := send(t, req)
			if resp.StatusCode != tt.status || !strings.Contains(canonical(body), tt.want) {
				t.Errorf("status %d, body %s; want %d, %s", resp.StatusCode, body, tt.status, tt.want)
			}
			if id := resp.Header.Get(channel.HeaderCID); len(id) != 32 {
				t.Errorf("the header %s is %q, want 32 digits", channel.HeaderCID, id)
			}
		})
	}
}

// canonical sorts the keys of JSON, or returns a text that is none as it is.
func canonical(s string) string {
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// A body without a length is bounded as well.
func TestChannelChunkedTooLarge(t *testing.T) {
	run := channeltest.Start(t, decodeChannel(t, "{service: test.Echo, path: /in, max_body: 1MB}"), echo)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+run.Address+"/in", io.LimitReader(zeros{}, 1_000_001))
	if err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, req); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, %s; want 413", resp.StatusCode, body)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestChannelAnswer(t *testing.T) {
	tests := []struct {
		name   string
		result service.Result
		status int
		media  string
		body   string
	}{
		{"output", service.Result{Body: []byte(`{"a":1}`)}, 200, "application/json", `{"a":1}`},
		{"no output", service.Result{}, 204, "", ""},
		{"status", service.Result{Body: []byte(`1`), Meta: &service.Response{Status: 201}}, 201, "application/json", "1"},
		{"body of its own", service.Result{Body: []byte(`1`), Meta: &service.Response{Media: "text/csv", Body: []byte("a,b")}}, 200, "text/csv", "a,b"},
		{"headers", service.Result{Body: []byte(`1`), Meta: &service.Response{Header: map[string][]string{"content-type": {"text/x"}, "connection": {"close"}, "Location": {"/x"}}}}, 200, "text/x", "1"},
		{"large", service.Result{Body: []byte(`"` + strings.Repeat("x", 100_000) + `"`)}, 200, "application/json", `"` + strings.Repeat("x", 100_000) + `"`},
		{"impossible status", service.Result{Meta: &service.Response{Status: 99}}, 500, "application/json", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := channeltest.Start(t, decodeChannel(t, "{service: test.Echo, path: /in}"), func(context.Context, channel.Call) (service.Result, error) {
				return tt.result, nil
			})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+run.Address+"/in", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, body := send(t, req)
			if resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != tt.media || (tt.status < 500 && body != tt.body) {
				t.Errorf("%d %q %.40q; want %d %q %.40q", resp.StatusCode, resp.Header.Get("Content-Type"), body, tt.status, tt.media, tt.body)
			}
			if tt.name == "headers" && (resp.Header.Get("Location") != "/x" || resp.Close) {
				t.Errorf("Location %q, close %v; want /x and the connection kept", resp.Header.Get("Location"), resp.Close)
			}
		})
	}
}

func TestChannelStatuses(t *testing.T) {
	var kind fault.Kind
	run := channeltest.Start(t, decodeChannel(t, "{service: test.Echo, path: /in}"), func(context.Context, channel.Call) (service.Result, error) {
		return service.Result{}, fault.New(kind, "test.code", "what is wrong").WithHint("what to do")
	})
	for kind = fault.Internal; kind <= fault.Unavailable; kind++ {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+run.Address+"/in", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := send(t, req)
		var got struct {
			Error struct{ Kind, Code, What, Hint, CID string }
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("the answer %q is not JSON: %v", body, err)
		}
		want := []string{kind.String(), "test.code", "what is wrong", "what to do"}
		if kind == fault.Internal {
			want = []string{"internal", "", "internal error", ""}
		}
		e := got.Error
		if resp.StatusCode != kind.Status() || fmt.Sprint([]string{e.Kind, e.Code, e.What, e.Hint}) != fmt.Sprint(want) || e.CID != resp.Header.Get(channel.HeaderCID) {
			t.Errorf("kind %q: status %d, %s; want %d, %v", kind, resp.StatusCode, body, kind.Status(), want)
		}
	}
}

func TestChannelConfigFaults(t *testing.T) {
	tests := []struct{ text, code string }{
		{"{path: in, service: a.B}", "route.pattern"},
		{"{path: '/in/{', service: a.B}", "route.pattern"},
		{"{path: /in}", ""},
		{"{path: /in, service: a.B, methods: [get]}", ""},
		{"{path: /in, service: a.B, pathh: x}", ""},
	}
	for _, tt := range tests {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(tt.text), &doc); err != nil {
			t.Fatal(err)
		}
		faults := spec.Decode(doc.Content[0], "channels/in.yaml", &rest.Channel{})
		if len(faults) != 1 || (tt.code != "" && faults[0].Code != tt.code) || faults[0].At.Line != 1 {
			t.Errorf("Decode(%s) = %v; want one fault with a position and the code %q", tt.text, faults, tt.code)
		}
	}
}

func TestChannelChallenge(t *testing.T) {
	env := channeltest.Env(t, echo)
	env.Security = func(name string) (security.Definition, bool) {
		d, err := (&security.BasicAuth{Username: "me", Password: spec.NewSecret("p", "abc"), Realm: "Staff"}).Build(name)
		return d, err == nil
	}
	if _, err := decodeChannel(t, "{path: /in, service: test.Echo, security: basic}").Prepare(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	env.Routes.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/in", nil))
	if got, want := w.Header().Get("WWW-Authenticate"), `Basic realm="Staff", charset="UTF-8"`; w.Code != http.StatusUnauthorized || got != want {
		t.Errorf("status %d with the challenge %q, want 401 with %q", w.Code, got, want)
	}
	r := httptest.NewRequest(http.MethodGet, "/in", nil)
	r.SetBasicAuth("me", "abc")
	w = httptest.NewRecorder()
	env.Routes.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("status %d with the password, want 200", w.Code)
	}
}

func TestChannelPublic(t *testing.T) {
	for text, want := range map[string]bool{"{path: /in, service: a.B}": true, "{path: /in, service: a.B, security: key}": false} {
		var c channel.Public = decodeChannel(t, text)
		if got := c.Public(); got != want {
			t.Errorf("Public() of %s = %v, want %v", text, got, want)
		}
	}
}
