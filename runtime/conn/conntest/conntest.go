// Package conntest is the conformance suite of connections: what every connector
// of a family must do, whatever stands behind it. A connector's own test hands it
// a way to make configs and is done.
package conntest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// Settings are what the suite wants of a config; a zero is the type's default.
type Settings struct {
	Address  string        // of the server, such as http://127.0.0.1:4711
	Security string        // the name of a security definition, or ""
	Timeout  time.Duration // of one request with all its tries
	Retries  int           // how many more tries; the pauses are to be a few milliseconds
	MaxBody  int64         // bytes of an answer
	Failures int           // after which the circuit opens, for 50 ms; 0 is never
}

// HTTP runs the suite of the HTTP family.
func HTTP(t *testing.T, typ conn.Type, config func(t *testing.T, s Settings) conn.Config) {
	h := &suite{typ: typ, config: config}
	t.Run("type", h.describes)
	t.Run("exchange", h.exchange)
	t.Run("log", h.logs)
	t.Run("status", h.status)
	t.Run("unreachable", h.unreachable)
	t.Run("timeout", h.timeout)
	t.Run("cancel", h.cancel)
	t.Run("retries", h.retries)
	t.Run("large", h.large)
	t.Run("broken", h.broken)
	t.Run("circuit", h.circuit)
	t.Run("close", h.closes)
	t.Run("ping", h.ping)
	t.Run("parallel", h.parallel)
}

type suite struct {
	typ    conn.Type
	config func(t *testing.T, s Settings) conn.Config
}

// Secret is the credential of the definition "key" that the suite offers.
const Secret = "s3cret-of-the-suite"

// Log is a log that tests read. It may be used by several goroutines.
type Log struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// Write appends a line.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// Logger returns a logger that writes to the log, as JSON and with correlation
// ids.
func (l *Log) Logger() *slog.Logger { return slog.New(cid.Handler(slog.NewJSONHandler(l, nil))) }

// Text returns all that was written.
func (l *Log) Text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Lines returns the lines with a message.
func (l *Log) Lines(t testing.TB, message string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(l.Text()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("the log line %q is not JSON: %v", line, err)
		}
		if m["msg"] == message {
			out = append(out, m)
		}
	}
	return out
}

func (s *suite) open(t *testing.T, set Settings) (*conn.Handle, conn.HTTP, *Log) {
	t.Helper()
	log := &Log{}
	definition, err := (&security.APIKey{Header: "X-API-Key", Key: spec.NewSecret("key", Secret)}).Build("key")
	if err != nil {
		t.Fatal(err)
	}
	h, err := conn.Open(t.Context(), s.typ, s.config(t, set), conn.Env{
		Name: "Peer", Log: log.Logger(),
		Security: func(name string) (security.Definition, bool) { return definition, name == "key" },
	})
	if err != nil {
		t.Fatalf("Open = %v, want none", err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("Close = %v, want none", err)
		}
	})
	c, ok := h.HTTP()
	if !ok {
		t.Fatalf("HTTP() = false for a type of the family %q", s.typ.Family)
	}
	return h, c, log
}

func server(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

// down returns an address at which nobody listens.
func down(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}

// wants fails the test unless err is a *fault.Error of the kind and code.
func wants(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	e := fault.As(err)
	if e == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s = %v; want an error of kind %q with code %q", what, err, kind, code)
		return
	}
	if strings.Contains(e.Error(), Secret) {
		t.Errorf("the error of %s shows the secret: %v", what, err)
	}
	if strings.Contains(e.What+e.Hint, "127.0.0.1") {
		t.Errorf("the error of %s shows callers where the system is: %s %s", what, e.What, e.Hint)
	}
}

func (s *suite) describes(t *testing.T) {
	if found, ok := conn.Lookup(s.typ.Name); !ok || found.Title != s.typ.Title {
		t.Errorf("Lookup(%q) = %q, %v; want %q", s.typ.Name, found.Title, ok, s.typ.Title)
	}
	if s.typ.Title == "" || !strings.HasSuffix(s.typ.Summary, ".") {
		t.Errorf("the type has the title %q and the summary %q; want both, and a full stop", s.typ.Title, s.typ.Summary)
	}
	for _, f := range spec.Describe(s.typ.New()) {
		first, _, _ := strings.Cut(f.Help, "\n")
		if !strings.HasSuffix(first, ".") || len(first) > 80 {
			t.Errorf("the help of %q begins %q; want one sentence with a full stop under 80 characters", f.Key, first)
		}
	}
	p := s.config(t, Settings{Address: "http://peer.example", Timeout: time.Second}).Profile()
	if p.Timeout != time.Second || !strings.HasPrefix(p.Address, "http://peer.example") {
		t.Errorf("Profile() = %+v, want the time-out and the address of the config", p)
	}
}

// traced returns a context with a new correlation id.
func traced(t *testing.T) (context.Context, cid.ID) {
	t.Helper()
	id := cid.New()
	return cid.With(t.Context(), id), id
}
