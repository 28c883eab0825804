package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"mortise/app/host"
	"mortise/interp"
	"mortise/runtime/fault"
)

// TestMain makes the test binary the mortise binary that hosts start for workers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := interp.WorkerMain(context.Background()); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what has to come.
const patience = 60 * time.Second

// testOptions are those of a Studio in folders of its own. Compiled services have
// the cache that all tests share.
func testOptions(t testing.TB) Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	return Options{
		Machine: host.Machine{
			Lookup: func(string) (string, bool) { return "", false },
			Dir:    home, ConfigDir: filepath.Join(home, "config"), CacheDir: filepath.Join(cache, "mortise-test"), Executable: self,
		},
		Home: home, Listen: "127.0.0.1:0", Version: "test",
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// newStudio returns a Studio that ends with the test.
func newStudio(t testing.TB, o Options) *Studio {
	t.Helper()
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

// newProject creates a project from a template and opens it.
func newProject(t testing.TB, s *Studio, template string) Project {
	t.Helper()
	p, err := s.CreateProject(t.Context(), NewProject{Dir: filepath.Join(t.TempDir(), "demo"), Template: template})
	if err != nil {
		t.Fatalf("CreateProject(%q) = %v", template, err)
	}
	return p
}

// testPage is a page that speaks frames.
type testPage struct {
	t    testing.TB
	c    *Session
	next int64

	mu      sync.Mutex // guards what follows
	got     []testFrame
	results map[int64]testFrame
	news    chan struct{} // closed and replaced when something came
}

type testFrame struct {
	Type    string          `json:"t"`
	ID      int64           `json:"id"`
	Result  json.RawMessage `json:"r"`
	Error   *Failure        `json:"e"`
	Event   string          `json:"n"`
	Channel string          `json:"c"`
	Data    json.RawMessage `json:"d"`
}

// connect returns a page of the Studio that ends with the test.
func connect(t testing.TB, s *Studio) *testPage {
	t.Helper()
	p := &testPage{t: t, results: map[int64]testFrame{}, news: make(chan struct{})}
	p.c = s.Connect(t.Context(), func(frame []byte) error {
		var f testFrame
		if err := json.Unmarshal(frame, &f); err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if f.Type == "result" {
			p.results[f.ID] = f
		} else {
			p.got = append(p.got, f)
		}
		close(p.news)
		p.news = make(chan struct{})
		return nil
	})
	t.Cleanup(p.c.Close)
	return p
}

// send sends a frame.
func (p *testPage) send(frame any) {
	p.t.Helper()
	raw, err := json.Marshal(frame)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.c.Receive(raw); err != nil {
		p.t.Fatalf("Receive(%s) = %v", raw, err)
	}
}

// begin starts a call and returns its id.
func (p *testPage) begin(method string, in any) int64 {
	p.t.Helper()
	p.next++
	p.send(map[string]any{"t": "call", "id": p.next, "m": method, "p": in})
	return p.next
}

// end waits for the answer to a call.
func (p *testPage) end(id int64) testFrame {
	p.t.Helper()
	var found testFrame
	p.wait(fmt.Sprintf("the answer to call %d", id), func() bool {
		var ok bool
		found, ok = p.results[id]
		return ok
	})
	return found
}

// wait waits until ok, which is called with the lock, is true.
func (p *testPage) wait(what string, ok func() bool) {
	p.t.Helper()
	limit := time.After(patience)
	for {
		p.mu.Lock()
		done, news := ok(), p.news
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-news:
		case <-limit:
			p.t.Fatalf("%s did not come", what)
		}
	}
}

// event waits for an event that is as wanted and came after the first skip frames.
func (p *testPage) event(name string, wanted func(data json.RawMessage) bool) {
	p.t.Helper()
	p.wait("the event "+name, func() bool {
		return slices.ContainsFunc(p.got, func(f testFrame) bool { return f.Event == name && wanted(f.Data) })
	})
}

// forget drops the events that came.
func (p *testPage) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = nil
}

// ask makes a call and returns what it returned.
func ask[Out any](p *testPage, method string, in any) Out {
	p.t.Helper()
	out, err := try[Out](p, method, in)
	if err != nil {
		p.t.Fatalf("%s(%+v) = %v", method, in, err)
	}
	return out
}

// try is ask for calls that may fail.
func try[Out any](p *testPage, method string, in any) (out Out, err error) {
	p.t.Helper()
	f := p.end(p.begin(method, in))
	if f.Error != nil {
		return out, f.Error.Faults
	}
	if err := json.Unmarshal(f.Result, &out); err != nil {
		p.t.Fatalf("%s returned %s: %v", method, f.Result, err)
	}
	return out, nil
}

// live waits until the project is live and nothing is pending.
func (p *testPage) live() {
	p.t.Helper()
	p.event("live", func(data json.RawMessage) bool {
		var l struct{ Status string }
		return json.Unmarshal(data, &l) == nil && l.Status == "live"
	})
}

// code returns the code of the first fault of an error.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.All(err)[0].Code
}
