package api

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"mortise/runtime/serve"
)

// TestPort opens a project where another program has the usual port.
func TestPort(t *testing.T) {
	if l, err := net.Listen("tcp", serve.DefaultListen); err == nil {
		defer l.Close()
	}
	o := testOptions(t)
	o.Listen = ""
	s := newStudio(t, o)
	newProject(t, s, "tutorial")
	p := connect(t, s)
	p.live()
	p.event("live", func(raw json.RawMessage) bool {
		var l Live
		if err := json.Unmarshal(raw, &l); err != nil || l.Status != "live" {
			return false
		}
		if l.Notice == nil || l.Notice.Code != "listen.taken" || !strings.Contains(l.Notice.Hint, strings.TrimPrefix(l.State.Address, "http://")) || strings.HasSuffix(l.State.Address, ":17010") {
			t.Errorf("live = %s, want a notice that names the taken address and the one in use", raw)
		}
		return true
	})
}

// TestPending holds that a deploy that was asked for is waited for.
func TestPending(t *testing.T) {
	o := &opened{deploys: newDeploys(), life: t.Context()}
	if !o.pending() {
		t.Error("pending is false before the start")
	}
	o.deploys.finish(1)
	if err := o.settled(t.Context()); err != nil || o.pending() {
		t.Errorf("settled after the start = %v, pending %v", err, o.pending())
	}
	o.deploy()
	o.deploy()
	if !o.pending() {
		t.Error("pending is false after deploy")
	}
	done := make(chan error)
	go func() { done <- o.settled(t.Context()) }()
	o.deploys.finish(2)
	select {
	case err := <-done:
		t.Errorf("settled = %v before the second deploy", err)
	default:
	}
	o.deploys.finish(3)
	if err := <-done; err != nil {
		t.Errorf("settled = %v", err)
	}
}
