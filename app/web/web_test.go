package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"mortise/app/web"
	"mortise/runtime/fault"
)

// patience bounds what takes milliseconds on a machine that has much else to do.
const patience = 30 * time.Second

// echo is a session that says what it hears; "flood" makes it send frames until
// somebody fails.
type echo struct {
	send func([]byte) error
	done sync.WaitGroup
	over chan<- error
}

func (e *echo) Receive(frame []byte) error {
	switch string(frame) {
	case "nonsense":
		return errors.New("that is no frame")
	case "flood":
	default:
		_ = e.send(bytes.Clone(frame))
		return nil
	}
	e.done.Go(func() {
		for {
			if err := e.send(make([]byte, 1<<20)); err != nil {
				e.over <- err
				return
			}
		}
	})
	return nil
}

func (e *echo) Close() { e.done.Wait() }

// start serves a page and echoes; the second result tells of floods that ended.
func start(t *testing.T, o web.Options) (*web.Server, <-chan error) {
	t.Helper()
	over := make(chan error, 1)
	o.Connect = func(_ context.Context, send func([]byte) error) web.Session { return &echo{send: send, over: over} }
	if o.Page == nil {
		o.Page = fstest.MapFS{
			"index.html":        {Data: []byte("<!doctype html><title>page</title>")},
			"main.js":           {Data: []byte("let x = 1")},
			"assets/font.woff2": {Data: []byte("wOF2")},
			".gitkeep":          {},
		}
	}
	s, err := web.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, over
}

func token(s *web.Server) string {
	_, token, _ := strings.Cut(s.URL(), "#token=")
	return token
}

// ask sends a request and returns the answer, whose body has been read.
func ask(t *testing.T, s *web.Server, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := (&http.Client{Timeout: patience}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(data)
}

// cookie exchanges the token as the page does.
func cookie(t *testing.T, s *web.Server) string {
	t.Helper()
	answer, body := ask(t, s, "POST", "/session", token(s), "Origin", "http://"+s.Address())
	if answer.StatusCode != http.StatusNoContent || len(answer.Cookies()) != 1 {
		t.Fatalf("POST /session with the token = %d %q, %d cookies; want 204 and one", answer.StatusCode, body, len(answer.Cookies()))
	}
	c := answer.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie is %q; want it HttpOnly and SameSite=Strict", answer.Header.Get("Set-Cookie"))
	}
	return c.Name + "=" + c.Value
}

func dial(t *testing.T, s *web.Server, header ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	h := http.Header{}
	o := &websocket.DialOptions{HTTPHeader: h}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			o.Host = header[i+1]
		}
		h.Set(header[i], header[i+1])
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, "ws://"+s.Address()+"/pipe", o)
	if conn != nil {
		conn.SetReadLimit(web.MaxFrame)
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, answer, err
}

func page(t *testing.T, s *web.Server) *websocket.Conn {
	t.Helper()
	conn, _, err := dial(t, s, "Cookie", cookie(t, s), "Origin", "http://"+s.Address())
	if err != nil {
		t.Fatalf("connect to /pipe as the page does: %v", err)
	}
	return conn
}

func roundTrip(t *testing.T, conn *websocket.Conn, frame []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := conn.Write(ctx, websocket.MessageText, frame); err != nil {
		t.Fatalf("send a frame of %d bytes: %v", len(frame), err)
	}
	_, got, err := conn.Read(ctx)
	if err != nil || !bytes.Equal(got, frame) {
		t.Fatalf("echo of %d bytes = %d bytes, %v", len(frame), len(got), err)
	}
}

func TestFiles(t *testing.T) {
	s, _ := start(t, web.Options{})
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/index.html": "text/html; charset=utf-8", "/main.js": "text/javascript; charset=utf-8", "/assets/font.woff2": "font/woff2",
	} {
		answer, _ := ask(t, s, "GET", path, "")
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || got != want {
			t.Errorf("GET %s = %d, %s; want 200, %s", path, answer.StatusCode, got, want)
		}
		if again, _ := ask(t, s, "GET", path, "", "If-None-Match", answer.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("GET %s with its ETag = %d; want 304", path, again.StatusCode)
		}
		for name, part := range map[string]string{
			"Content-Security-Policy": "script-src 'self';", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if got := answer.Header.Get(name); !strings.Contains(got, part) {
				t.Errorf("GET %s: %s is %q; want %q in it", path, name, got, part)
			}
		}
	}
	for _, path := range []string{"/.gitkeep", "/assets", "/none.js", "/../web.go", "/%2e%2e/web.go", "/reload"} {
		if answer, _ := ask(t, s, "GET", path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, answer.StatusCode)
		}
	}
}

func TestNoPage(t *testing.T) {
	s, _ := start(t, web.Options{Page: fstest.MapFS{".gitkeep": {}}})
	if answer, body := ask(t, s, "GET", "/", ""); answer.StatusCode != 200 || !strings.Contains(body, "go run ./build/dev build") {
		t.Errorf("GET / of a build without a page = %d %q; want it to say how to build one", answer.StatusCode, body)
	}
}

// TestStrangers tries what pages of other sites and rebound names can send.
func TestStrangers(t *testing.T) {
	s, _ := start(t, web.Options{})
	own, good := "http://"+s.Address(), cookie(t, s)
	_, port, _ := strings.Cut(s.Address(), ":")
	rebound := "studio.example.com:" + port
	for _, c := range []struct {
		what, method, path, body string
		header                   []string
		want                     int
	}{
		{"a rebound name", "GET", "/", "", []string{"Host", rebound}, 421},
		{"a rebound name with its own origin", "POST", "/session", token(s), []string{"Host", rebound, "Origin", "http://" + rebound}, 421},
		{"a name that begins like ours", "GET", "/", "", []string{"Host", "127.0.0.1.example.com:" + port}, 421},
		{"another address", "GET", "/", "", []string{"Host", "192.168.1.7:" + port}, 421},
		{"no host", "GET", "/", "", []string{"Host", ""}, 200}, // net/http sends the address
		{"localhost", "GET", "/", "", []string{"Host", "localhost:" + port}, 200},
		{"a tunnel's port", "GET", "/", "", []string{"Host", "127.0.0.1:9"}, 200},
		{"a strange origin", "POST", "/session", token(s), []string{"Origin", "https://example.com"}, 403},
		{"another port of this machine", "POST", "/session", token(s), []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"a page without an origin", "POST", "/session", token(s), []string{"Origin", "null"}, 403},
		{"no origin", "POST", "/session", token(s), nil, 403},
		{"a script tag of another site", "GET", "/main.js", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a link of another site", "GET", "/", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"a wrong token", "POST", "/session", "abc", []string{"Origin", own}, 401},
		{"no token", "POST", "/session", "", []string{"Origin", own}, 401},
		{"a token of any length", "POST", "/session", strings.Repeat("a", 1<<16), []string{"Origin", own}, 401},
		{"no cookie", "GET", "/session", "", nil, 401},
		{"a wrong cookie", "GET", "/session", "", []string{"Cookie", good + "x"}, 401},
		{"the cookie", "GET", "/session", "", []string{"Cookie", good}, 204},
		{"another method", "DELETE", "/session", "", []string{"Origin", own, "Cookie", good}, 405},
	} {
		if answer, body := ask(t, s, c.method, c.path, c.body, c.header...); answer.StatusCode != c.want {
			t.Errorf("%s: %s %s = %d %q; want %d", c.what, c.method, c.path, answer.StatusCode, body, c.want)
		}
	}
	for _, c := range []struct {
		what   string
		header []string
		want   int
	}{
		{"no cookie", []string{"Origin", own}, 401},
		{"a wrong cookie", []string{"Origin", own, "Cookie", good + "x"}, 401},
		{"no origin", []string{"Cookie", good}, 403},
		{"a strange origin", []string{"Cookie", good, "Origin", "https://example.com"}, 403},
		{"a rebound name", []string{"Cookie", good, "Host", rebound, "Origin", "http://" + rebound}, 421},
		{"the page, followed from elsewhere", []string{"Cookie", good, "Origin", own, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
	} {
		_, answer, err := dial(t, s, c.header...)
		if err == nil || answer == nil || answer.StatusCode != c.want {
			t.Errorf("/pipe with %s: %v; want status %d", c.what, err, c.want)
		}
	}
	if conn := page(t, s); conn != nil {
		roundTrip(t, conn, []byte("still there"))
	}
}

func TestFrames(t *testing.T) {
	s, _ := start(t, web.Options{})
	conn := page(t, s)
	for _, size := range []int{1, 1 << 10, 1 << 20, web.MaxFrame} {
		roundTrip(t, conn, bytes.Repeat([]byte("a"), size))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_ = conn.Write(ctx, websocket.MessageText, make([]byte, web.MaxFrame+1)) // the other side may close before it is whole
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("after a frame that is too big, Read = %v; want it closed with %v", err, websocket.StatusMessageTooBig)
	}

	conn = page(t, s)
	if err := conn.Write(ctx, websocket.MessageBinary, []byte{0}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusUnsupportedData {
		t.Errorf("after a binary frame, Read = %v; want it closed with %v", err, websocket.StatusUnsupportedData)
	}

	conn = page(t, s)
	if err := conn.Write(ctx, websocket.MessageText, []byte("nonsense")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("after a frame that the session refuses, Read = %v; want it closed with %v", err, websocket.StatusPolicyViolation)
	}
}

// TestSlowPage has one page that reads nothing while it is flooded. Another one is
// served as ever, and the flood ends when the slow one goes.
func TestSlowPage(t *testing.T) {
	s, over := start(t, web.Options{})
	slow, quick := page(t, s), page(t, s)
	if err := slow.Write(t.Context(), websocket.MessageText, []byte("flood")); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		roundTrip(t, quick, []byte("hello"))
	}
	select {
	case err := <-over:
		t.Fatalf("the flood ended with %v while the page was there", err)
	default:
	}
	_ = slow.CloseNow()
	select {
	case <-over:
	case <-time.After(patience):
		t.Error("the flood goes on though its page is gone")
	}
}

// TestAgain loses the connection and comes back with the same cookie.
func TestAgain(t *testing.T) {
	s, _ := start(t, web.Options{})
	good := cookie(t, s)
	for range 3 {
		conn, _, err := dial(t, s, "Cookie", good, "Origin", "http://"+s.Address())
		if err != nil {
			t.Fatalf("connect again: %v", err)
		}
		roundTrip(t, conn, []byte("hello"))
		_ = conn.CloseNow()
	}
}

func TestTooManyPages(t *testing.T) {
	s, _ := start(t, web.Options{})
	good := cookie(t, s)
	for i := range 33 {
		_, answer, err := dial(t, s, "Cookie", good, "Origin", "http://"+s.Address())
		switch {
		case i < 32 && err != nil:
			t.Fatalf("page %d: %v", i+1, err)
		case i == 32 && (err == nil || answer.StatusCode != http.StatusServiceUnavailable):
			t.Errorf("page 33: %v; want status 503", err)
		}
	}
}

func TestClose(t *testing.T) {
	s, _ := start(t, web.Options{})
	conn := page(t, s)
	gone := make(chan error, 1)
	go func() {
		_, _, err := conn.Read(context.WithoutCancel(t.Context()))
		gone <- err
	}()
	s.Close()
	select {
	case err := <-gone:
		if websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("when the server closes, a page reads %v; want status %v", err, websocket.StatusGoingAway)
		}
	case <-time.After(patience):
		t.Error("the page was not told that the server closed")
	}
}

func TestReload(t *testing.T) {
	changes := make(chan struct{})
	s, _ := start(t, web.Options{Fresh: changes})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.Address()+"/reload", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	changes <- struct{}{}
	got := make([]byte, len("event: change"))
	if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != "event: change" {
		t.Errorf("GET /reload after a change = %q, %v; want an event", got, err)
	}
}

func TestListen(t *testing.T) {
	for _, c := range []struct{ listen, want string }{
		{"0.0.0.0:0", "whoever reaches it can run code"},
		{":0", "whoever reaches it can run code"},
		{"192.0.2.1:0", "whoever reaches it can run code"},
		{"127.0.0.1", "read the address"},
		{"localhost:0", ""},
		{"[::1]:0", ""},
	} {
		s, err := web.Start(t.Context(), web.Options{Listen: c.listen, Page: fstest.MapFS{}})
		if err == nil {
			if u, err := url.Parse(s.URL()); err != nil || u.Hostname() == "" {
				t.Errorf("Start on %q: URL %q, %v", c.listen, s.URL(), err)
			}
			s.Close()
		}
		if c.listen == "[::1]:0" && err != nil && !errors.Is(err, context.Canceled) {
			continue // a machine without IPv6
		}
		if got := message(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
			t.Errorf("Start on %q = %q; want %q in it", c.listen, got, c.want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Report()
}

func BenchmarkRoundTrip(b *testing.B) {
	s, err := web.Start(b.Context(), web.Options{
		Page:    fstest.MapFS{},
		Connect: func(_ context.Context, send func([]byte) error) web.Session { return &echo{send: send} },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r, err := http.NewRequestWithContext(b.Context(), "POST", "http://"+s.Address()+"/session", strings.NewReader(token(s)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Origin", "http://"+s.Address())
	answer, err := (&http.Client{}).Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_ = answer.Body.Close()
	conn, _, err := websocket.Dial(b.Context(), "ws://"+s.Address()+"/pipe", &websocket.DialOptions{
		HTTPHeader: http.Header{"Cookie": {answer.Header.Get("Set-Cookie")}, "Origin": {"http://" + s.Address()}},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.CloseNow()
	frame := bytes.Repeat([]byte("a"), 200)
	for b.Loop() {
		if err := conn.Write(b.Context(), websocket.MessageText, frame); err != nil {
			b.Fatal(err)
		}
		if _, _, err := conn.Read(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
