package control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
)

// Options are what a Server needs.
type Options struct {
	Runtime Runtime
	Log     *observe.Log
	Token   string // of at least 16 bytes; see NewToken
	Address string // to listen on; "" is a free port of 127.0.0.1
	Cert    string // files of a certificate and its key, in PEM; both are needed where Address is not loopback
	Key     string
	Version Version
}

// Limits of the API.
const (
	maxHeader  = 32 << 10
	maxBody    = 64 << 20         // of an invocation
	maxRequest = 1 << 20          // of everything else
	maxRuns    = 1000             // runs in one answer
	stopWait   = 10 * time.Second // for requests in flight, where ctx does not say less
)

// Server serves the API. It must be closed after Start.
type Server struct {
	o        Options
	token    [sha256.Size]byte
	http     *http.Server
	listener net.Listener
	url      string
	done     chan struct{}
	life     context.Context // of streams: ends when the server is closed
	end      context.CancelFunc
	once     sync.Once
}

// NewToken returns a new token: 32 random bytes as text.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, it ends the program instead
	return hex.EncodeToString(b[:])
}

// Start listens and serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if len(o.Token) < 16 {
		return nil, fault.New(fault.Invalid, "control.token", "the control API's token has %d characters", len(o.Token)).
			WithHint("a token needs at least 16 characters; 32 random bytes as text are best")
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "control.listen", err, "listen for the control API on %q", o.Address)
	}
	s := &Server{o: o, token: sha256.Sum256([]byte(o.Token)), listener: l, url: "http://" + l.Addr().String(), done: make(chan struct{})}
	if config != nil {
		s.listener, s.url = tls.NewListener(l, config), "https://"+l.Addr().String()
	}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.http = &http.Server{
		Handler: s.handler(), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(o.Log.Logger().Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Logger().Error("control API ended", "error", err)
		}
	}()
	return s, nil
}

// URL returns where the API is: "http://127.0.0.1:40123".
func (s *Server) URL() string { return s.url }

// Token returns the token that callers must send.
func (s *Server) Token() string { return s.o.Token }

// Close ends the streams, lets requests in flight end until ctx does, and stops
// listening. It may be called more than once.
func (s *Server) Close(ctx context.Context) error {
	var err error
	s.once.Do(func() {
		s.end()
		ctx, cancel := context.WithTimeout(ctx, stopWait)
		defer cancel()
		if err = s.http.Shutdown(ctx); err != nil {
			_ = s.http.Close() // the listener is closed already
		}
		<-s.done
	})
	return err
}

// tlsConfig returns nil where the API is to be served without TLS, which is for
// loopback alone: the token would be readable on the way.
func tlsConfig(o Options) (*tls.Config, error) {
	if o.Cert != "" || o.Key != "" {
		cert, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "control.tls", err, "read the control API's certificate %q and key %q", o.Cert, o.Key)
		}
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
	}
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "control.address", err, "the control API's address %q", o.Address).
			WithHint("write host:port, such as 127.0.0.1:17011")
	}
	if !loopback(host) {
		return nil, fault.New(fault.Invalid, "control.address", "the control API would listen on %q, which others can reach, without TLS", o.Address).
			WithHint("give it a certificate and a key, or an address of this machine such as 127.0.0.1:17011")
	}
	return nil, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.Unmap().IsLoopback())
}

// guard lets in who has the token. A browser that a foreign page drives would
// come with an Origin, or under a foreign name that was made to point here.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
			fail(w, fault.New(fault.Denied, "control.origin", "the control API does not serve pages"))
		case s.o.Cert == "" && !loopback((&url.URL{Host: r.Host}).Hostname()):
			fail(w, fault.New(fault.Denied, "control.host", "the control API is not called %q", r.Host).
				WithHint("call it by its address, %s", s.url))
		case !s.allowed(r):
			w.Header().Set("WWW-Authenticate", `Bearer realm="mortise control"`)
			fail(w, fault.New(fault.Unauthenticated, "control.token", "the control API needs its token").
				WithHint("send it as Authorization: Bearer; it stands in .mortise/run.json of the project"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) allowed(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(got[:], s.token[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
