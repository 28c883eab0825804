package web

import (
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy is what the page may do: its own files, and the pipe. Styles may stand
// inline because the editor measures and colours text with a style sheet of its
// own making.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; " +
	"img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const (
	refusedHost   = "The Studio answers only requests for 127.0.0.1, localhost and [::1].\n"
	refusedOrigin = "The Studio answers only its own page.\n"
	refusedToken  = "Open the Studio by the address that it printed when it was started.\n"
)

// guard decides which requests come from our page.
type guard struct {
	token  string // what stands in the address
	cookie string // what the page got for it
	name   string // of the cookie; cookies do not tell ports apart, so the name does
}

// around refuses what does not come from this machine's own page and sets the
// headers that keep the page to itself.
func (g *guard) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Secure(w.Header())
		switch {
		case !localHost(r.Host):
			refuse(w, http.StatusMisdirectedRequest, refusedHost)
		case !sameOrigin(r):
			refuse(w, http.StatusForbidden, refusedOrigin)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Secure sets the headers of every answer: they keep the page to itself.
func Secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// localHost reports whether a request names this machine by an address that no
// name server can hand out. Its port is not looked at: a tunnel has another one.
func localHost(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostPort, "["), "]")
	}
	return isLoopback(host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// sameOrigin reports whether no other site is behind a request. Reading files of
// the page needs no Origin; all else does.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		// A link to the page is followed; nothing of the page is loaded into others.
		if r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate" || isPipe(r) {
			return false
		}
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Method == http.MethodGet && !isPipe(r) || r.Method == http.MethodHead
	}
	return origin == "http://"+r.Host
}

func isPipe(r *http.Request) bool { return r.URL.Path == "/pipe" }

// enter exchanges the token for the cookie.
func (g *guard) enter(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256))
	if err != nil || !equal(string(body), g.token) {
		refuse(w, http.StatusUnauthorized, refusedToken)
		return
	}
	//nolint:gosec // not Secure: it is plain HTTP, which no other machine hears
	http.SetCookie(w, &http.Cookie{Name: g.name, Value: g.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.WriteHeader(http.StatusNoContent)
}

// known reports whether a request has the cookie.
func (g *guard) known(r *http.Request) bool {
	cookie, err := r.Cookie(g.name)
	return err == nil && equal(cookie.Value, g.cookie)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, why) // whoever asked may be gone
}
