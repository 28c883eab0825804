package conntest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

func (s *suite) exchange(t *testing.T) {
	ctx, id := traced(t)
	address := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Saw", fmt.Sprintf("%s q=%v h=%s m=%s key=%s cid=%s", r.Method, r.URL.Query()["q"], r.Header.Get("X-H"),
			r.Header.Get("Content-Type"), r.Header.Get("X-Api-Key"), cid.FromTraceparent(r.Header.Get("Traceparent"))))
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(append([]byte("got "), body...))
	})
	_, c, _ := s.open(t, Settings{Address: address, Security: "key"})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		header := http.Header{"X-H": {"h"}}
		resp, err := c.Do(ctx, &conn.HTTPRequest{
			Method: method, Query: url.Values{"q": {"1", "2 3"}}, Header: header, Media: "application/json", Body: []byte(`{"a":1}`),
		})
		if err != nil {
			t.Fatalf("%s = %v, want none", method, err)
		}
		want := fmt.Sprintf("%s q=[1 2 3] h=h m=application/json key=%s cid=%s", method, Secret, id)
		if got := resp.Header.Get("X-Saw"); got != want {
			t.Errorf("the server saw %q, want %q", got, want)
		}
		if resp.Status != http.StatusCreated || string(resp.Body) != `got {"a":1}` || resp.Media != "text/plain" {
			t.Errorf("%s = %d %q %q; want 201, the body and text/plain", method, resp.Status, resp.Body, resp.Media)
		}
		if len(header) != 1 {
			t.Errorf("%s changed the headers of its caller: %v", method, header)
		}
	}
}

func (s *suite) logs(t *testing.T) {
	ctx, id := traced(t)
	address := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "12345") })
	_, c, log := s.open(t, Settings{Address: address, Security: "key"})
	if _, err := c.Do(ctx, &conn.HTTPRequest{Method: "POST", Body: []byte("123")}); err != nil {
		t.Fatal(err)
	}
	out, in := log.Lines(t, "connection request"), log.Lines(t, "connection response")
	if len(out) != 1 || len(in) != 1 {
		t.Fatalf("there are %d lines of requests and %d of responses, want one each:\n%s", len(out), len(in), log.Text())
	}
	for key, want := range map[string]any{"cid": string(id), "connection": "Peer", "method": "POST", "length": 3.0, "security": "key"} {
		if out[0][key] != want {
			t.Errorf("request line: %s is %v, want %v", key, out[0][key], want)
		}
	}
	for key, want := range map[string]any{"cid": string(id), "connection": "Peer", "method": "POST", "status": 200.0, "length": 5.0} {
		if in[0][key] != want {
			t.Errorf("response line: %s is %v, want %v", key, in[0][key], want)
		}
	}
	if _, ok := in[0]["took"]; !ok {
		t.Errorf("response line: there is no took in %v", in[0])
	}
	if strings.Contains(log.Text(), Secret) {
		t.Errorf("the log shows the secret:\n%s", log.Text())
	}
}

func (s *suite) status(t *testing.T) {
	address := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, strings.Repeat("short and stout ", 100))
	})
	h, c, _ := s.open(t, Settings{Address: address})
	resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"})
	wants(t, "Do at a teapot", err, fault.Unavailable, "conn.status")
	if resp == nil || resp.Status != http.StatusTeapot || len(resp.Body) != 1600 {
		t.Errorf("the answer beside the error is %+v, want it whole", resp)
	}
	if text := err.Error(); !strings.Contains(text, "418") || !strings.Contains(text, "short and stout") || len(text) > 500 {
		t.Errorf("the error is %q; want the status and the beginning of the body for the log", text)
	}
	resp, err = c.Do(t.Context(), &conn.HTTPRequest{Method: "GET", AnyStatus: true})
	if err != nil || resp.Status != http.StatusTeapot {
		t.Errorf("Do with AnyStatus = %+v, %v; want 418 and no error", resp, err)
	}
	st := h.State()
	if st.Requests != 2 || st.Errors != 1 || st.LastError == nil || st.LastUse.IsZero() || st.Running != 0 {
		t.Errorf("State() = %+v, want 2 requests, 1 error, the error, the time and none running", st)
	}
}

func (s *suite) unreachable(t *testing.T) {
	_, c, log := s.open(t, Settings{Address: down(t), Security: "key"})
	resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "POST", Body: []byte("x")})
	wants(t, "Do at nobody", err, fault.Unavailable, "conn.unreachable")
	if resp != nil {
		t.Errorf("there is an answer of nobody: %+v", resp)
	}
	if lines := log.Lines(t, "connection response"); len(lines) != 1 || lines[0]["level"] != "WARN" || lines[0]["error"] == nil {
		t.Errorf("the response lines are %v; want one warning with the error", lines)
	}
	if strings.Contains(log.Text(), Secret) {
		t.Errorf("the log shows the secret:\n%s", log.Text())
	}
}

func (s *suite) timeout(t *testing.T) {
	address := server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, c, _ := s.open(t, Settings{Address: address, Timeout: 50 * time.Millisecond, Retries: 5})
	for name, r := range map[string]*conn.HTTPRequest{
		"the connection's time-out": {Method: "GET"},
		"the request's own":         {Method: "GET", Timeout: 20 * time.Millisecond},
	} {
		start := time.Now()
		_, err := c.Do(t.Context(), r)
		wants(t, "Do past "+name, err, fault.Timeout, "conn.timeout")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("Do past %s took %v; the time-out holds for all tries together", name, took)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Do(ctx, &conn.HTTPRequest{Method: "GET", Timeout: time.Minute})
	wants(t, "Do past the caller's deadline", err, fault.Timeout, "conn.timeout")
}

func (s *suite) cancel(t *testing.T) {
	entered := make(chan struct{}, 1)
	address := server(t, func(_ http.ResponseWriter, r *http.Request) { entered <- struct{}{}; <-r.Context().Done() })
	h, c, _ := s.open(t, Settings{Address: address})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	_, err := c.Do(ctx, &conn.HTTPRequest{Method: "GET"})
	wants(t, "Do of a caller who went away", err, fault.Canceled, "conn.canceled")
	if last := h.State().LastError; last != nil {
		t.Errorf("LastError = %v; a caller who went away is no error of the connection", last)
	}
}

func (s *suite) retries(t *testing.T) {
	tests := []struct {
		name    string
		fail    int // how many answers are errors
		status  int
		after   string
		request conn.HTTPRequest
		want    int // tries
		ok      bool
	}{
		{"heals", 2, 503, "", conn.HTTPRequest{Method: "GET"}, 3, true},
		{"gives up", 9, 502, "", conn.HTTPRequest{Method: "PUT", Body: []byte("abc")}, 3, false},
		{"post", 1, 503, "", conn.HTTPRequest{Method: "POST", Body: []byte("abc")}, 1, false},
		{"post that may", 1, 504, "", conn.HTTPRequest{Method: "POST", Body: []byte("abc"), Idempotent: true}, 2, true},
		{"too often", 1, 429, "0", conn.HTTPRequest{Method: "GET"}, 2, true},
		{"asks for longer than allowed", 1, 429, "3600", conn.HTTPRequest{Method: "GET"}, 1, false},
		{"server error", 1, 500, "", conn.HTTPRequest{Method: "GET"}, 1, false},
		{"not found", 1, 404, "", conn.HTTPRequest{Method: "GET"}, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tries atomic.Int64
			address := server(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if string(body) != string(tt.request.Body) {
					t.Errorf("try %d brought the body %q, want %q", tries.Load()+1, body, tt.request.Body)
				}
				if tries.Add(1) <= int64(tt.fail) {
					if tt.after != "" {
						w.Header().Set("Retry-After", tt.after)
					}
					w.WriteHeader(tt.status)
				}
			})
			h, c, _ := s.open(t, Settings{Address: address, Retries: 2})
			_, err := c.Do(t.Context(), &tt.request)
			if got := int(tries.Load()); got != tt.want || (err == nil) != tt.ok {
				t.Errorf("%d tries and the error %v; want %d tries, success %v", got, err, tt.want, tt.ok)
			}
			if got := h.State().Retries; got != uint64(tt.want-1) {
				t.Errorf("State().Retries = %d, want %d", got, tt.want-1)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		// Nothing was sent, so that even POST is tried again.
		h, c, _ := s.open(t, Settings{Address: down(t), Retries: 2})
		_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "POST", Body: []byte("x")})
		wants(t, "Do at nobody", err, fault.Unavailable, "conn.unreachable")
		if got := h.State().Retries; got != 2 {
			t.Errorf("State().Retries = %d, want 2", got)
		}
	})
}

func (s *suite) large(t *testing.T) {
	for name, length := range map[string]bool{"with its length": true, "without": false} {
		address := server(t, func(w http.ResponseWriter, _ *http.Request) {
			if !length {
				w.(http.Flusher).Flush() //nolint:forcetypeassert // a server of net/http
			} else {
				w.Header().Set("Content-Length", "1000000")
			}
			_, _ = w.Write(make([]byte, 1_000_000))
		})
		_, c, _ := s.open(t, Settings{Address: address, MaxBody: 100_000})
		_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"})
		wants(t, "Do of a large answer "+name, err, fault.Unavailable, "conn.too_large")

		_, c, _ = s.open(t, Settings{Address: address, MaxBody: 1_000_000})
		resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "GET"})
		if err != nil || len(resp.Body) != 1_000_000 {
			t.Errorf("Do of an answer as large as allowed %s = %v, want all of it", name, err)
		}
	}
}

func (s *suite) broken(t *testing.T) {
	address := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	})
	_, c, _ := s.open(t, Settings{Address: address})
	_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "POST"})
	wants(t, "Do of half an answer", err, fault.Unavailable, "conn.broken")
}

func (s *suite) circuit(t *testing.T) {
	var healthy atomic.Bool
	var tries atomic.Int64
	address := server(t, func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		if !healthy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	h, c, _ := s.open(t, Settings{Address: address, Failures: 3})
	do := func() error {
		_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "POST"})
		return err
	}
	for range 3 {
		wants(t, "Do at a sick server", do(), fault.Unavailable, "conn.status")
	}
	wants(t, "Do with an open circuit", do(), fault.Unavailable, "conn.circuit")
	if got := tries.Load(); got != 3 {
		t.Errorf("the server was asked %d times, want 3", got)
	}
	healthy.Store(true)
	deadline := time.After(10 * time.Second)
	for do() != nil {
		select {
		case <-deadline:
			t.Fatalf("the circuit did not close within 10 s: %+v", h.State())
		case <-time.After(5 * time.Millisecond):
		}
	}
	if got := h.State().Circuit; got != "closed" {
		t.Errorf("State().Circuit = %q, want closed", got)
	}
}

func (s *suite) closes(t *testing.T) {
	entered, proceed := make(chan struct{}), make(chan struct{})
	address := server(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-proceed
		_, _ = io.WriteString(w, "late")
	})
	h, c, _ := s.open(t, Settings{Address: address})
	type result struct {
		resp *conn.HTTPResponse
		err  error
	}
	running, closed := make(chan result, 1), make(chan error, 1)
	go func() {
		resp, err := c.Do(context.WithoutCancel(t.Context()), &conn.HTTPRequest{Method: "GET"})
		running <- result{resp, err}
	}()
	<-entered
	go func() { closed <- h.Close() }()
	for {
		_, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "OPTIONS", Timeout: time.Nanosecond})
		if fault.As(err).Code == "conn.closed" {
			break
		}
	}
	select {
	case err := <-closed:
		t.Fatalf("Close returned %v while a request was in flight", err)
	default:
	}
	close(proceed)
	if r := <-running; r.err != nil || string(r.resp.Body) != "late" {
		t.Errorf("the request in flight ended with %+v, %v; want its answer", r.resp, r.err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v, want none", err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close once more = %v, want none", err)
	}
	if report := h.Ping(t.Context()); report.Error == nil || report.Error.Code != "conn.closed" {
		t.Errorf("Ping after Close = %+v, want conn.closed", report)
	}
}

func (s *suite) ping(t *testing.T) {
	h, _, _ := s.open(t, Settings{Address: server(t, func(http.ResponseWriter, *http.Request) {})})
	report := h.Ping(t.Context())
	if !report.OK || report.Error != nil || report.Took <= 0 {
		t.Errorf("Ping = %+v, want OK and the time that it took", report)
	}
	h, _, _ = s.open(t, Settings{Address: down(t)})
	report = h.Ping(t.Context())
	if report.OK || report.Error == nil || report.Error.Kind != fault.Unavailable || report.Error.Hint == "" {
		t.Errorf("Ping of nobody = %+v, want an unavailable one with a hint", report)
	}
	h, _, _ = s.open(t, Settings{Address: server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), Timeout: 50 * time.Millisecond})
	report = h.Ping(t.Context())
	if report.OK || report.Error == nil || report.Error.Kind != fault.Timeout {
		t.Errorf("Ping of one who does not answer = %+v, want a time-out", report)
	}
}

func (s *suite) parallel(t *testing.T) {
	address := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	h, c, _ := s.open(t, Settings{Address: address})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 20 {
				body := fmt.Sprintf("%d/%d", i, j)
				resp, err := c.Do(t.Context(), &conn.HTTPRequest{Method: "POST", Body: []byte(body)})
				if err != nil || string(resp.Body) != body {
					t.Errorf("Do(%q) = %+v, %v; want the same back", body, resp, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := h.State(); got.Requests != 320 || got.Running != 0 || got.Errors != 0 {
		t.Errorf("State() = %+v, want 320 requests, none running, no errors", got)
	}
}
