package engine

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"

	"mortise/runtime/channel"
)

// ServeHTTP answers the requests of all channels, and the addresses of the
// runtime itself: /mortise/ping, /healthz, /readyz and /metrics.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.own(w, r) {
		return
	}
	g := e.enter()
	if g == nil {
		w.Header().Set("Retry-After", "1")
		channel.Refuse(w, channel.CID(r), notRunning())
		return
	}
	defer g.leave()
	g.routes.ServeHTTP(w, r)
}

// own answers what is asked of the runtime itself.
func (e *Engine) own(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/mortise/ping":
		text(w, http.StatusOK, "pong")
	case "/healthz":
		text(w, http.StatusOK, "ok")
	case "/readyz":
		if why := cmp.Or(e.notReady(), e.notComplete()); why != "" {
			text(w, http.StatusServiceUnavailable, why)
		} else {
			text(w, http.StatusOK, "ready")
		}
	case "/metrics":
		if !e.o.Trusted(r) {
			text(w, http.StatusForbidden, "metrics are for this machine, or for who has the control token")
		} else {
			e.o.Metrics.ServeHTTP(w, r)
		}
	default:
		return false
	}
	return true
}

// Ready reports whether requests can be served.
func (e *Engine) Ready() bool { return e.notReady() == "" }

// notReady says why requests cannot be served, or "".
func (e *Engine) notReady() string {
	switch g := e.current.Load(); {
	case e.draining.Load():
		return "stopping"
	case g == nil:
		if r := e.last.Load(); r != nil && len(r.Faults) > 0 {
			return fmt.Sprintf("the project does not run: problems: %d; mortise check shows them", len(r.Faults))
		}
		return "no project is running yet"
	case g.crew != nil && (g.crew.value.Executor() == nil || g.execution() != nil && !g.execution().able()):
		return "no worker is ready"
	}
	return ""
}

// notComplete says which part of the first version cannot be served yet, or "".
// Versions that follow one that was served do not count: their calls may have to
// wait for a moment, and nobody else would take them sooner.
func (e *Engine) notComplete() string {
	if e.wasLive.Load() {
		return ""
	}
	if g := e.current.Load(); g != nil {
		if x := g.execution(); x != nil {
			if n := x.waiting(); n > 0 {
				return fmt.Sprintf("services that are still being compiled: %d", n)
			}
		}
		e.wasLive.Store(true)
	}
	return ""
}

// Closing makes /readyz say that the runtime is about to stop, so that a
// balancer sends no more requests, while those that come are still served.
func (e *Engine) Closing() { e.draining.Store(true) }

func text(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, s+"\n") // a caller that went away is no concern of ours
}

// fromThisMachine reports whether a request came over loopback and through no
// proxy.
func fromThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}
