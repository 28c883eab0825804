package channel_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mortise/runtime/channel"
	"mortise/runtime/fault"
)

// say is a handler that answers with the route's text and its parameters.
func say(text string) channel.Handler {
	return channel.HandlerFunc(func(w http.ResponseWriter, _ *http.Request, p channel.Params) {
		out := text
		for i := range p.Len() {
			name, value := p.At(i)
			out += fmt.Sprintf(" %s=%s", name, value)
		}
		fmt.Fprint(w, out)
	})
}

func table(t testing.TB, routes ...string) *channel.Table {
	t.Helper()
	tab := channel.NewTable()
	for _, r := range routes {
		method, path, ok := strings.Cut(r, " ")
		var methods []string
		if !ok {
			path = method
		} else {
			methods = strings.Split(method, ",")
		}
		if err := tab.Add(channel.Route{Pattern: path, Methods: methods, Channel: r, Handler: say(r)}); err != nil {
			t.Fatalf("Add(%q) = %v, want none", r, err)
		}
	}
	return tab
}

func TestTable(t *testing.T) {
	tab := table(t,
		"/",
		"GET /a",
		"POST /a",
		"GET,PUT /users/me",
		"/users/{id}",
		"GET /users/{id}/orders/{order}",
		"GET /users/me/orders/last",
		"DELETE /users/{user}/orders/{nr}",
		"/files/{path...}",
		"GET /files/readme",
		"GET /with space/ümlaut",
		"OPTIONS /own",
		"GET /deep/{a}/x",
		"GET /deep/{a}/{b}/y",
		"POST /mixed",
		"/mixed",
	)
	tests := []struct {
		method, path string
		status       int
		want         string // body, or Allow
	}{
		{"GET", "/", 200, "/"},
		{"GET", "/a", 200, "GET /a"},
		{"GET", "/a/", 200, "GET /a"},
		{"GET", "/a//", 404, ""},
		{"GET", "//a", 404, ""},
		{"POST", "/a", 200, "POST /a"},
		{"HEAD", "/a", 200, "GET /a"},
		{"PUT", "/a", 405, "GET, HEAD, OPTIONS, POST"},
		{"OPTIONS", "/a", 204, "GET, HEAD, OPTIONS, POST"},
		{"OPTIONS", "/own", 200, "OPTIONS /own"},
		{"OPTIONS", "/users/7", 204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"},
		{"GET", "/users/me", 200, "GET,PUT /users/me"},
		{"POST", "/users/me", 200, "/users/{id} id=me"}, // the next best that takes the method
		{"GET", "/users/7", 200, "/users/{id} id=7"},
		{"GET", "/users/7/", 200, "/users/{id} id=7"},
		{"GET", "/users/", 404, ""},
		{"GET", "/users/a%2Fb", 200, "/users/{id} id=a/b"},
		{"GET", "/users/a%20b", 200, "/users/{id} id=a b"},
		{"GET", "/users/../a", 404, ""},
		{"GET", "/users/%2e%2e", 404, ""},
		{"GET", "/users/.", 404, ""},
		{"GET", "/users/7/orders/8", 200, "GET /users/{id}/orders/{order} id=7 order=8"},
		{"DELETE", "/users/7/orders/8", 200, "DELETE /users/{user}/orders/{nr} user=7 nr=8"},
		{"PUT", "/users/7/orders/8", 405, "DELETE, GET, HEAD, OPTIONS"},
		{"GET", "/users/me/orders/last", 200, "GET /users/me/orders/last"},
		{"GET", "/users/me/orders/9", 200, "GET /users/{id}/orders/{order} id=me order=9"},
		{"GET", "/files", 200, "/files/{path...} path="},
		{"GET", "/files/", 200, "/files/{path...} path="},
		{"GET", "/files/a/b", 200, "/files/{path...} path=a/b"},
		{"GET", "/files/a/b/", 200, "/files/{path...} path=a/b/"},
		{"GET", "/files/a//b", 200, "/files/{path...} path=a//b"},
		{"GET", "/files/a/../b", 404, ""},
		{"GET", "/files/a%2F..%2Fb", 404, ""},
		{"GET", "/files/readme", 200, "GET /files/readme"},
		{"POST", "/files/readme", 200, "/files/{path...} path=readme"},
		{"GET", "/with%20space/%C3%BCmlaut", 200, "GET /with space/ümlaut"},
		{"GET", "/deep/1/2/y", 200, "GET /deep/{a}/{b}/y a=1 b=2"},
		{"GET", "/deep/1/x", 200, "GET /deep/{a}/x a=1"},
		{"POST", "/mixed", 200, "POST /mixed"},
		{"GET", "/mixed", 200, "/mixed"},
		{"GET", "/nothing", 404, ""},
		{"GET", "/A", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			tab.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			got := w.Body.String()
			if tt.status == 405 || tt.status == 204 {
				got = w.Header().Get("Allow")
			}
			if tt.status == 404 {
				got = ""
			}
			if w.Code != tt.status || got != tt.want {
				t.Errorf("status %d, %q; want %d, %q", w.Code, got, tt.status, tt.want)
			}
		})
	}
}

func TestTableRefusesInJSON(t *testing.T) {
	const trace = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
	tab := table(t, "GET /a")
	for path, want := range map[string]string{"POST /a": "request.method", "GET /b": "route.unknown"} {
		method, path, _ := strings.Cut(path, " ")
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Traceparent", trace)
		w := httptest.NewRecorder()
		tab.ServeHTTP(w, r)
		var got struct {
			Error struct{ Kind, Code, What, Hint, CID string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("the body %q is not JSON: %v", w.Body, err)
		}
		if got.Error.Code != want || got.Error.CID != trace[3:35] || got.Error.What == "" {
			t.Errorf("%s %s answered %+v, want the code %q and the caller's id", method, path, got.Error, want)
		}
		if id := w.Header().Get(channel.HeaderCID); id != trace[3:35] {
			t.Errorf("%s %s: header %s is %q, want %q", method, path, channel.HeaderCID, id, trace[3:35])
		}
	}
}

func TestAddRefuses(t *testing.T) {
	at := func(line int) fault.Position { return fault.Position{File: "channels/x.yaml", Line: line, Column: 7} }
	tests := []struct{ name, path, methods, code, says string }{
		{"no slash", "a", "", "route.pattern", "does not start"},
		{"empty", "", "", "route.pattern", "does not start"},
		{"empty segment", "/a//b", "", "route.pattern", "empty segment"},
		{"dots", "/a/../b", "", "route.pattern", `".."`},
		{"mixed", "/a{id}", "", "route.pattern", "mixes"},
		{"open brace", "/{id", "", "route.pattern", "mixes"},
		{"no name", "/{}", "", "route.pattern", "name of a parameter"},
		{"digit first", "/{1a}", "", "route.pattern", "name of a parameter"},
		{"rest in the middle", "/{a...}/b", "", "route.pattern", "last"},
		{"twice", "/{a}/{a}", "", "route.pattern", "twice"},
		{"too many", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "", "route.pattern", "8 parameters"},
		{"too deep", strings.Repeat("/a", 33), "", "route.pattern", "segments"},
		{"too long", "/" + strings.Repeat("a", 1000), "", "route.pattern", "longer"},
		{"percent", "/a%20b", "", "route.pattern", "percent"},
		{"query", "/a?b=c", "", "route.pattern", "does not belong"},
		{"reserved", "/mortise/x", "", "route.reserved", "reserved"},
		{"reserved itself", "/healthz", "", "route.reserved", "reserved"},
		{"method", "/ok", "get", "route.method", "not an HTTP method"},
		{"same", "/users/{id}", "GET", "route.duplicate", `by channel "first"`},
		{"same but for names", "/users/{other}/", "POST,GET", "route.duplicate", `by channel "first"`},
		{"same for any", "/any", "", "route.duplicate", "any method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := channel.NewTable()
			for _, r := range []channel.Route{
				{Pattern: "/users/{id}", Methods: []string{"GET"}, Channel: "first", At: at(1)},
				{Pattern: "/any", Channel: "second", At: at(2)},
			} {
				if err := tab.Add(r); err != nil {
					t.Fatal(err)
				}
			}
			r := channel.Route{Pattern: tt.path, Channel: "third", At: at(3)}
			if tt.methods != "" {
				r.Methods = strings.Split(tt.methods, ",")
			}
			e := fault.As(tab.Add(r))
			if e == nil || e.Code != tt.code || !strings.Contains(e.What, tt.says) || e.At != at(3) {
				t.Fatalf("Add(%q) = %v at %v; want code %q with %q at line 3", tt.path, e, e.At, tt.code, tt.says)
			}
			if tt.code == "route.duplicate" && !strings.Contains(e.Hint, "channels/x.yaml:") {
				t.Errorf("the hint %q does not name the other place", e.Hint)
			}
			if len(tab.Routes()) != 2 {
				t.Errorf("a route that was refused is in the table: %v", tab.Routes())
			}
		})
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"/", "/a/{b}/c", "/{x...}", "/a%2fb", "/{a}{b}", "/ü/{ß}", "//", "/a/../b"} {
		f.Add(s, "/a/b/c")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := channel.ParsePattern(pattern)
		if err != nil {
			if e := fault.As(err); e.Kind != fault.Invalid || e.What == "" {
				t.Fatalf("ParsePattern(%q) = %v, want an invalid one with words", pattern, err)
			}
			return
		}
		tab := channel.NewTable()
		if err := tab.Add(channel.Route{Pattern: pattern, Channel: "x", Handler: say("")}); err != nil {
			return // reserved
		}
		// Whatever is asked, the look-up ends and the parameters are whole.
		r := &http.Request{Method: "GET", URL: &url.URL{Path: path}}
		if route, params, ok := tab.Find(r); ok {
			if route.Pattern != pattern || params.Len() != len(p.Names()) {
				t.Fatalf("Find(%q) = %q with %d parameters, want %q with %d", path, route.Pattern, params.Len(), pattern, len(p.Names()))
			}
			for i := range params.Len() {
				name, value := params.At(i)
				if value == "." || value == ".." {
					t.Fatalf("Find(%q) gave %q the value %q", path, name, value)
				}
			}
		}
		// A path that is made from the pattern reaches it.
		made := pattern
		for _, name := range p.Names() {
			made = strings.Replace(strings.Replace(made, "{"+name+"...}", "v/w", 1), "{"+name+"}", "v", 1)
		}
		r.URL = &url.URL{Path: made}
		if _, _, ok := tab.Find(r); !ok {
			t.Fatalf("pattern %q is not found at %q", pattern, made)
		}
	})
}

// routes is a table such as a middle-sized project has.
func routes() []string {
	var out []string
	for i := range 100 {
		out = append(out, fmt.Sprintf("/api/v1/thing%d", i), fmt.Sprintf("/api/v1/thing%d/{id}", i), fmt.Sprintf("/api/v1/thing%d/{id}/parts/{part}", i))
	}
	return out
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func BenchmarkTable(b *testing.B) {
	for name, path := range map[string]string{"exact": "/api/v1/thing57", "params": "/api/v1/thing57/17/parts/4"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		w := discard{http.Header{}}
		b.Run(name+"/table", func(b *testing.B) {
			tab := channel.NewTable()
			for _, p := range routes() {
				err := tab.Add(channel.Route{Pattern: p, Handler: channel.HandlerFunc(func(http.ResponseWriter, *http.Request, channel.Params) {})})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				tab.ServeHTTP(w, r)
			}
		})
		b.Run(name+"/ServeMux", func(b *testing.B) {
			mux := http.NewServeMux()
			for _, p := range routes() {
				mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
			}
			b.ReportAllocs()
			for b.Loop() {
				mux.ServeHTTP(w, r)
			}
		})
	}
}
