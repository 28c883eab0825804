package serve_test

import (
	"testing"
	"time"

	"mortise/runtime/control"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
	"mortise/runtime/serve"
)

// TestChanged looks at the state whenever the host says that it changed, and only
// then, and must see all that happens.
func TestChanged(t *testing.T) {
	p := &project{source: "one"}
	news := make(chan struct{}, 1)
	log := observe.NewLog(observe.LogOptions{Writer: t.Output()})
	defer func() { _ = log.Close() }()
	host, err := serve.Start(t.Context(), serve.Options{
		Dir: t.TempDir(), Load: p.load, Builder: &builder{make(chan struct{}), make(chan struct{})}, Secrets: secret.Chain{}, Log: log,
		Getenv: func(string) (string, bool) { return "", false }, Listen: "127.0.0.1:0", Version: "1.2.3", Private: true, JobsOff: true,
		Changed: func() {
			select {
			case news <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	defer func() { _ = host.Stop(t.Context()) }()
	until := func(what string, ok func(control.State) bool) {
		t.Helper()
		limit := time.After(30 * time.Second)
		for {
			select {
			case <-news:
				if state, err := host.State(t.Context()); err == nil && ok(state) {
					return
				}
			case <-limit:
				t.Fatalf("%s was not told", what)
			}
		}
	}
	until("the start", func(s control.State) bool { return s.Ready && s.Deploying.IsZero() })
	p.set("broken")
	if _, err := host.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	until("a deploy that failed", func(s control.State) bool { return s.Problems == 1 && s.Deploying.IsZero() })
	p.set("two")
	if _, err := host.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	until("a deploy that went well", func(s control.State) bool { return s.Problems == 0 && s.Deploying.IsZero() })
}
