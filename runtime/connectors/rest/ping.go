package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// Ping reaches the other side once.
func (c *client) Ping(ctx context.Context) error {
	_, err := c.PingStages(ctx)
	return err
}

// PingStages reaches the other side over a connection of its own, so that every
// stage is passed anew.
func (c *client) PingStages(ctx context.Context) ([]conn.Stage, error) {
	path := c.config.Ping.Path
	if path == "" && len(c.path.names) == 0 {
		path = c.config.Path
	}
	t, e := parseTemplate(path)
	if e != nil {
		return nil, e
	}
	filled, err := t.fill(c.name, nil)
	if err != nil {
		return nil, err
	}
	trace := &tracer{start: time.Now()}
	req, err := c.request(httptrace.WithClientTrace(ctx, trace.hooks()), &conn.HTTPRequest{Method: c.config.Ping.Method}, filled)
	if err != nil {
		return nil, err
	}
	transport := c.transport.Clone()
	transport.DisableKeepAlives = true
	defer transport.CloseIdleConnections()
	once := &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		err := c.redirect(req, via)
		trace.pointed(req, via, err)
		return err
	}}
	resp, err := once.Do(req)
	if err != nil {
		return trace.failed(plain(err)), plain(err)
	}
	_ = resp.Body.Close() // nothing of it is wanted
	return trace.answered(c, resp)
}

// tracer notes when each stage began and ended. Hooks may run in goroutines of
// net/http, several at a time where a name has several addresses.
type tracer struct {
	mu     sync.Mutex // guards what follows
	stages []conn.Stage
	start  time.Time // of the stage that is under way
	now    string    // its name
	again  bool      // the host was reached before, so that how it is reached is no news
}

func (t *tracer) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { t.begin("name") },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			if i.Err == nil && len(i.Addrs) > 0 {
				t.pass("name", i.Addrs[0].String())
			}
		},
		ConnectStart: func(_, _ string) { t.begin("connect") },
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				t.pass("connect", address)
			}
		},
		TLSHandshakeStart: func() { t.begin("tls") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err == nil {
				t.pass("tls", tls.VersionName(s.Version))
			}
		},
		WroteHeaders: func() { t.begin("status") },
	}
}

func (t *tracer) begin(stage string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != stage {
		t.now, t.start = stage, time.Now()
	}
}

func (t *tracer) pass(stage, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != stage {
		return
	}
	if !t.again {
		t.stages = append(t.stages, conn.Stage{Name: stage, OK: true, Took: time.Since(t.start), What: what})
	}
	t.now = ""
}

// pointed notes that the server pointed elsewhere, and whether that is followed:
// one stage, however often it happens.
func (t *tracer) pointed(req *http.Request, via []*http.Request, err error) {
	if errors.Is(err, http.ErrUseLastResponse) {
		return
	}
	from := via[len(via)-1].URL
	t.mu.Lock()
	defer t.mu.Unlock()
	t.again = req.URL.Scheme == from.Scheme && req.URL.Host == from.Host
	to := req.URL.EscapedPath()
	if !t.again {
		to = req.URL.Scheme + "://" + req.URL.Host + to
	}
	s := conn.Stage{Name: "redirect", OK: err == nil, Took: time.Since(t.start), What: "the server points to " + to}
	if err != nil {
		s.What = fmt.Sprintf("the server points to %s, which is not followed: %s", to, fault.As(err).What)
		s.Hint = "ping.path may name a page that answers by itself; follow_redirects says whether to go where it points to"
	}
	i := slices.IndexFunc(t.stages, func(s conn.Stage) bool { return s.Name == "redirect" })
	if i < 0 {
		t.stages = append(t.stages, s)
	} else {
		t.stages[i] = s
	}
	t.now = ""
}

// failed returns the stages with the one at which err happened.
func (t *tracer) failed(err error) []conn.Stage {
	d := conn.Diagnose(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.stages); n > 0 && !t.stages[n-1].OK {
		return t.stages // a redirect that was refused
	}
	name := t.now
	if d.Stage == "name" || d.Stage == "tls" {
		name = d.Stage
	}
	if name == "" {
		name = "connect"
	}
	return append(t.stages, conn.Stage{Name: name, Took: time.Since(t.start), What: d.What, Hint: d.Hint})
}

// answered returns the stages with the status as the last.
func (t *tracer) answered(c *client, resp *http.Response) ([]conn.Stage, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := conn.Stage{Name: "status", OK: true, Took: time.Since(t.start), What: resp.Status}
	want := c.config.Ping.Status
	switch status := resp.StatusCode; {
	case want != 0 && status != want:
		s.OK, s.What, s.Hint = false, fmt.Sprintf("the status is %s, not %d", resp.Status, want), "change ping.status, ping.path or ping.method"
	case want != 0:
	case status == http.StatusUnauthorized && c.security == nil:
		s.OK, s.What, s.Hint = false, "the server wants to know who is calling: "+resp.Status, "name a security definition in security"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		s.OK, s.What, s.Hint = false, "the server does not let us in: "+resp.Status, "check the credentials, or ask those who run it for access"
	case status == http.StatusProxyAuthRequired:
		s.OK, s.What, s.Hint = false, "the proxy does not let us through: "+resp.Status, "set user and password in HTTPS_PROXY"
	case status >= 300 && status < 400 && !c.config.Redirects:
		s.What = resp.Status + ": the server points elsewhere, and follow_redirects is off"
	case status >= 500:
		s.OK, s.What, s.Hint = false, "the server has an error: "+resp.Status, "its log may say why; ping.path may name a page that works"
	case status >= 400:
		s.What = resp.Status + ": the server is there, though it has nothing for this ping"
	}
	stages := append(t.stages, s)
	if s.OK {
		return stages, nil
	}
	return stages, fault.New(fault.Unavailable, "conn.status", "ping connection %q: %s", c.name, s.What).WithHint("%s", s.Hint)
}
