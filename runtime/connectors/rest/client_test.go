package rest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"mortise/runtime/conn"
	"mortise/runtime/conn/conntest"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// open opens a connection; env may be nil.
func open(t *testing.T, text string, env *conn.Env) (conn.HTTP, *conn.Handle, *conntest.Log) {
	t.Helper()
	log := &conntest.Log{}
	if env == nil {
		env = &conn.Env{}
	}
	env.Name, env.Log = "CRM", log.Logger()
	env.Security = func(name string) (security.Definition, bool) {
		d, err := (&security.APIKey{Header: "X-API-Key", Key: spec.NewSecret("key", "abc")}).Build(name)
		return d, err == nil && name == "key"
	}
	typ, _ := conn.Lookup("rest")
	h, err := conn.Open(t.Context(), typ, decode(t, text), *env)
	if err != nil {
		t.Fatalf("Open(%s) = %v, want none", text, err)
	}
	t.Cleanup(func() { _ = h.Close() })
	c, _ := h.HTTP()
	return c, h, log
}

// mirror answers with the request's target and the headers that matter here.
func mirror(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s key=%q own=%q host=%s", r.Method, r.RequestURI, r.Header.Get("X-Api-Key"), r.Header.Get("X-Own"), r.Host)
}

func TestRequestTarget(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(mirror))
	defer s.Close()
	tests := []struct {
		name, config string
		path         map[string]string
		query        url.Values
		want, err    string
	}{
		{"no path", "", nil, nil, "GET / ", ""},
		{"path", "path: /a/b", nil, nil, "GET /a/b ", ""},
		{"slash at the end", "path: /a/", nil, nil, "GET /a/ ", ""},
		{"space", "path: '/a b'", nil, nil, "GET /a%20b ", ""},
		{"escaped already", "path: /a%2Fb", nil, nil, "GET /a%2Fb ", ""},
		{"placeholder", "path: '/u/{id}.json'", map[string]string{"id": "7"}, nil, "GET /u/7.json ", ""},
		{"two", "path: '/{a}/{b}'", map[string]string{"a": "1", "b": "2"}, nil, "GET /1/2 ", ""},
		{"escaping", "path: '/u/{id}'", map[string]string{"id": "a/b?c#d é"}, nil, "GET /u/a%2Fb%3Fc%23d%20%C3%A9 ", ""},
		{"query", "query: {a: '1', b: '2'}", nil, url.Values{"b": {"3", "4"}, "c": {"&"}}, "GET /?a=1&b=3&b=4&c=%26 ", ""},
		{"unfilled", "path: '/u/{id}'", nil, nil, "", `"id" is not filled in`},
		{"empty", "path: '/u/{id}'", map[string]string{"id": ""}, nil, "", `"id" is empty`},
		{"climbing", "path: '/u/{id}/x'", map[string]string{"id": ".."}, nil, "", "segment of dots"},
		{"unknown", "path: '/u/{id}'", map[string]string{"id": "1", "ids": "2"}, nil, "", `"ids" is no placeholder`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := fmt.Sprintf("{address: %q", s.URL)
			if tt.config != "" {
				text += ", " + tt.config
			}
			c, _, _ := open(t, text+"}", nil)
			resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET", Path: tt.path, Query: tt.query})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || fault.KindOf(err) != fault.Internal {
					t.Errorf("Do = %v, want an internal error with %q", err, tt.err)
				}
				return
			}
			if err != nil || !strings.HasPrefix(string(resp.Body), tt.want) {
				t.Errorf("Do = %+v, %v; want %q", resp, err, tt.want)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s %v %s", r.Header.Get("X-Own"), r.Header.Get("Accept"), r.Host, r.TransferEncoding, r.Header.Get("X-Api-Key"))
	}))
	defer s.Close()
	c, _, _ := open(t, fmt.Sprintf("{address: %q, headers: {x-own: config}, security: key}", s.URL), nil)
	for _, tt := range []struct {
		header http.Header
		want   string
	}{
		{nil, "config application/json, */*;q=0.8 " + s.Listener.Addr().String() + " [] abc"},
		{http.Header{"x-own": {"mine"}, "Accept": {"text/plain"}, "host": {"other.example"}, "Transfer-Encoding": {"chunked"}, "X-Api-Key": {"forged"}}, "mine text/plain other.example [] abc"},
	} {
		resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET", Header: tt.header})
		if err != nil || string(resp.Body) != tt.want {
			t.Errorf("Do with %v = %v, %v; want %q", tt.header, resp, err, tt.want)
		}
	}
}

// What is meant for one host never reaches another.
func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(mirror))
	defer other.Close()
	s := httptest.NewServer(nil)
	defer s.Close()
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/far":
			http.Redirect(w, r, other.URL+"/there", http.StatusFound)
		case "/far307":
			http.Redirect(w, r, other.URL+"/there", http.StatusTemporaryRedirect)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			mirror(w, r)
		}
	})
	tests := []struct {
		method, path, more, body string
		want, code               string
	}{
		{"GET", "/near", "", "", `GET /here key="abc" own="1"`, ""},
		{"GET", "/far", "", "", `GET /there key="" own=""`, ""},
		{"POST", "/far307", "", "secret things", "", "conn.redirect"},
		{"GET", "/loop", "", "", "", "conn.redirect"},
		{"GET", "/far", ", follow_redirects: false", "", "<a href", ""},
	}
	for _, tt := range tests {
		c, _, _ := open(t, fmt.Sprintf("{address: %q, path: %q, security: key, headers: {X-Own: '1'}%s}", s.URL, tt.path, tt.more), nil)
		resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: tt.method, Body: []byte(tt.body)})
		if tt.code != "" {
			if e := fault.As(err); e == nil || e.Code != tt.code {
				t.Errorf("%s %s = %v, want the code %q", tt.method, tt.path, err, tt.code)
			}
			continue
		}
		if err != nil || !strings.HasPrefix(string(resp.Body), tt.want) {
			t.Errorf("%s %s%s = %v, %v; want %q", tt.method, tt.path, tt.more, resp, err, tt.want)
		}
	}
}

func TestGzip(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(bytes.Repeat([]byte("a"), 1_000_000))
		_ = z.Close()
	}))
	defer s.Close()
	c, _, _ := open(t, fmt.Sprintf("{address: %q}", s.URL), nil)
	if resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"}); err != nil || len(resp.Body) != 1_000_000 {
		t.Errorf("Do = %v, want a million bytes", err)
	}
	c, _, _ = open(t, fmt.Sprintf("{address: %q, max_body: 100KiB}", s.URL), nil)
	if _, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"}); err == nil || fault.As(err).Code != "conn.too_large" {
		t.Errorf("Do of a small answer that grows = %v, want conn.too_large", err)
	}
}

func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "proxied %s", r.RequestURI) }))
	defer proxy.Close()
	getenv := func(vars map[string]string) func(string) string {
		return func(name string) string { return vars[name] }
	}
	tests := []struct {
		name, proxy string
		env         map[string]string
		want        bool
	}{
		{"explicit", proxy.URL, nil, true},
		{"environment", "environment", map[string]string{"HTTP_PROXY": proxy.URL}, true},
		{"lower case", "environment", map[string]string{"http_proxy": proxy.URL}, true},
		{"excepted", "environment", map[string]string{"HTTP_PROXY": proxy.URL, "NO_PROXY": "crm.invalid"}, false},
		{"none", "none", map[string]string{"HTTP_PROXY": proxy.URL}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := open(t, fmt.Sprintf("{address: 'http://crm.invalid', proxy: %q, retries: {max: 0}}", tt.proxy), &conn.Env{Getenv: getenv(tt.env)})
			resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"})
			if (err == nil) != tt.want || (err == nil && string(resp.Body) != "proxied http://crm.invalid/") {
				t.Errorf("Do = %v, %v; want it by the proxy: %v", resp, err, tt.want)
			}
		})
	}
}

// stages is a report in short: name+ for a stage that was passed, name- else.
func stages(r conn.Report) string {
	var out []string
	for _, s := range r.Stages {
		mark := "-"
		if s.OK {
			mark = "+"
		}
		out = append(out, s.Name+mark)
	}
	return strings.Join(out, " ")
}

func TestPingStages(t *testing.T) {
	start := func(h http.Handler, begin func(*httptest.Server)) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		begin(s)
		t.Cleanup(s.Close)
		return s
	}
	plain := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/401":
			w.WriteHeader(http.StatusUnauthorized)
		case "/404":
			w.WriteHeader(http.StatusNotFound)
		case "/500":
			w.WriteHeader(http.StatusInternalServerError)
		case "/moved":
			http.Redirect(w, r, "/404", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/stuck":
			<-r.Context().Done()
		case "/get":
			if r.Method != http.MethodGet || r.Header.Get("X-Api-Key") != "abc" {
				w.WriteHeader(http.StatusTeapot)
			}
		}
	}), (*httptest.Server).Start)
	secure := start(http.NotFoundHandler(), (*httptest.Server).StartTLS)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	files := func(name string) ([]byte, error) {
		if name != "ca.pem" {
			return nil, os.ErrNotExist
		}
		return []byte(ca), nil
	}
	port := secure.URL[strings.LastIndex(secure.URL, ":"):]
	tests := []struct{ name, config, stages, hint string }{
		{"up", fmt.Sprintf("{address: %q}", plain.URL), "connect+ status+", ""},
		{"not found is there", fmt.Sprintf("{address: %q, ping: {path: /404}}", plain.URL), "connect+ status+", ""},
		{"not found is not wanted", fmt.Sprintf("{address: %q, ping: {path: /404, status: 200}}", plain.URL), "connect+ status-", "ping.status"},
		{"method and security", fmt.Sprintf("{address: %q, path: '/x/{id}', ping: {path: /get, method: GET, status: 200}, security: key}", plain.URL), "connect+ status+", ""},
		{"who are you", fmt.Sprintf("{address: %q, path: /401}", plain.URL), "connect+ status-", "security"},
		{"not you", fmt.Sprintf("{address: %q, path: /401, security: key}", plain.URL), "connect+ status-", "credentials"},
		{"error", fmt.Sprintf("{address: %q, path: /500}", plain.URL), "connect+ status-", "its log"},
		{"moved", fmt.Sprintf("{address: %q, path: /moved}", plain.URL), "connect+ redirect+ status+", ""},
		{"moved to what is not wanted", fmt.Sprintf("{address: %q, path: /moved, ping: {status: 200}}", plain.URL), "connect+ redirect+ status-", "ping.status"},
		{"moved and not followed", fmt.Sprintf("{address: %q, path: /moved, follow_redirects: false}", plain.URL), "connect+ status+", ""},
		{"round and round", fmt.Sprintf("{address: %q, path: /loop}", plain.URL), "connect+ redirect-", "ping.path"},
		{"stuck", fmt.Sprintf("{address: %q, path: /stuck, timeout: 200ms}", plain.URL), "connect+ status-", "timeout"},
		{"nobody", fmt.Sprintf("{address: %q}", gone.URL), "connect-", "is the server started"},
		{"no such name", "{address: 'http://no-such-host.invalid'}", "name-", ""},
		{"TLS", fmt.Sprintf("{address: %q, tls: {ca: %q}}", secure.URL, ca), "connect+ tls+ status+", ""},
		{"CA in a file", fmt.Sprintf("{address: %q, tls: {ca_file: ca.pem}}", secure.URL), "connect+ tls+ status+", ""},
		{"unknown authority", fmt.Sprintf("{address: %q}", secure.URL), "connect+ tls-", "tls.ca"},
		{"other name", fmt.Sprintf("{address: 'https://localhost%s', tls: {ca: %q}}", port, ca), "name+ connect+ tls-", "the name that stands in the certificate"},
		{"TLS to plain", fmt.Sprintf("{address: %q}", strings.Replace(plain.URL, "http:", "https:", 1)), "connect+ tls-", "http://"},
		{"plain to TLS", fmt.Sprintf("{address: %q, ping: {status: 200}}", strings.Replace(secure.URL, "https:", "http:", 1)), "connect+ status-", "ping.status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, h, _ := open(t, tt.config, &conn.Env{ReadFile: files})
			r := h.Ping(t.Context())
			if got := stages(r); got != tt.stages {
				t.Errorf("stages %q, want %q: %+v", got, tt.stages, r)
			}
			if ok := !strings.Contains(tt.stages, "-"); r.OK != ok || (r.Error == nil) != ok {
				t.Errorf("OK %v with the error %v, want OK %v", r.OK, r.Error, ok)
			}
			if r.Error != nil && (r.Error.What == "" || !strings.Contains(r.Error.Hint, tt.hint)) {
				t.Errorf("the error is %q with the hint %q; want one with %q", r.Error.What, r.Error.Hint, tt.hint)
			}
			for _, s := range r.Stages {
				if s.What == "" || s.Took < 0 || s.Took > 10*time.Second {
					t.Errorf("stage %+v; want what was found, and its time", s)
				}
			}
		})
	}
}

func TestConnectionConfigFaults(t *testing.T) {
	const hidden = "p4ssw0rd"
	tests := []struct{ text, code string }{
		{"{}", ""},
		{"{address: crm.example}", "rest.address"},
		{"{address: 'ftp://crm.example'}", "rest.address"},
		{"{address: 'http://'}", "rest.address"},
		{"{address: 'http://me:" + hidden + "@crm.example'}", "rest.address"},
		{"{address: 'http://crm.example/?a=b'}", "rest.address"},
		{"{address: 'http://crm.example', path: x}", "rest.path"},
		{"{address: 'http://crm.example', path: '/{x'}", "rest.path"},
		{"{address: 'http://crm.example', path: '/x}'}", "rest.path"},
		{"{address: 'http://crm.example', path: '/{}'}", "rest.path"},
		{"{address: 'http://crm.example', path: '/x?y'}", "rest.path"},
		{"{address: 'http://crm.example', proxy: nowhere}", "rest.proxy"},
		{"{address: 'http://crm.example', proxy: 'http://me:" + hidden + "@proxy'}", "rest.proxy"},
		{"{address: 'http://crm.example', headers: {authorization: " + hidden + "}}", "rest.credentials"},
		{"{address: 'http://crm.example', retries: {wait: 10s, max_wait: 1s}}", "rest.retries"},
	}
	for _, tt := range tests {
		_, faults := tryDecode(t, tt.text)
		if len(faults) != 1 || (tt.code != "" && faults[0].Code != tt.code) || faults[0].At.Line != 1 {
			t.Errorf("Decode(%s) = %v; want one fault with a position and the code %q", tt.text, faults, tt.code)
		}
		if strings.Contains(faults.Error(), hidden) {
			t.Errorf("the fault repeats the password: %v", faults)
		}
	}
	if _, faults := tryDecode(t, "{address: '${self}', path: /x}"); len(faults) > 0 {
		t.Errorf("Decode with a placeholder = %v, want no faults", faults)
	}
}

func TestOpenFaults(t *testing.T) {
	typ, _ := conn.Lookup("rest")
	tests := []struct{ text, code string }{
		{"{address: 'http://crm.example', security: nobody}", "security.unknown"},
		{"{address: 'https://crm.example', tls: {ca: nothing}}", "rest.ca"},
		{"{address: 'https://crm.example', tls: {ca_file: x.pem}}", "rest.ca"},
		{"{address: 'x${self}'}", "rest.address"},
	}
	for _, tt := range tests {
		_, err := conn.Open(t.Context(), typ, decode(t, tt.text), conn.Env{Name: "CRM"})
		if e := fault.As(err); e == nil || e.Code != tt.code || !strings.Contains(e.What, `connection "CRM"`) {
			t.Errorf("Open(%s) = %v; want code %q and the connection's name", tt.text, err, tt.code)
		}
	}
}

// A query may hold a key, so no error and no log line shows it.
func TestQueryStaysOutOfErrors(t *testing.T) {
	c, _, log := open(t, "{address: 'http://127.0.0.1:1', retries: {max: 1, wait: 1ms}}", nil)
	_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET", Query: url.Values{"key": {"s3cret"}}})
	if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(log.Text(), "s3cret") {
		t.Errorf("Do = %v with the log\n%s; want an error, and no key in either", err, log.Text())
	}
	_, err = c.Do(t.Context(), &conn.HTTPRequest{Method: "GET", Header: http.Header{"X": {"a\nb"}}})
	if fault.KindOf(err) != fault.Internal || err == nil || fault.As(err).Code != "conn.request" {
		t.Errorf("Do with a line break in a header = %v, want conn.request", err)
	}
}
