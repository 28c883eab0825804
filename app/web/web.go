package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"mortise/runtime/fault"
)

// MaxFrame is the size of the largest frame, in bytes.
const MaxFrame = 8 << 20

// A Session is what stands behind one page.
type Session interface {
	// Receive takes one frame of the page. While it blocks, no other is read. An
	// error says that the page does not speak our language; it ends the session.
	Receive(frame []byte) error
	// Close ends the session and waits for what it started. It is called once,
	// after the last Receive returned; the session's send function fails by then.
	Close()
}

// Connect begins a session for a page that has just connected. What the session
// has to say goes through send, one frame a call, from one goroutine at a time: it
// returns when the connection has taken the frame, and fails when ctx, the
// page's, has ended.
type Connect func(ctx context.Context, send func(frame []byte) error) Session

// Options says what is served and where.
type Options struct {
	// Listen is a loopback address with its port; "" is any free port.
	Listen string
	// Page holds the built page: index.html and what belongs to it.
	Page fs.FS
	// Fresh reads the files of the page at each request, and tells the page when
	// they changed, for those who work on it.
	Fresh <-chan struct{}
	// Connect begins a session for each page.
	Connect Connect
	// Log takes what goes wrong.
	Log *slog.Logger
}

// A Server serves the Studio until it is closed.
type Server struct {
	guard  *guard
	http   *http.Server
	log    *slog.Logger
	addr   string
	cancel context.CancelFunc // ends the pages' sessions
	pipes  *pipes
	reload *reloads
	done   sync.WaitGroup // of the listener and of reload
}

// Start listens and serves. The pages' sessions end with ctx.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := listen(ctx, o.Listen)
	if err != nil {
		return nil, err
	}
	page, err := Page(o.Page, o.Fresh != nil)
	if err != nil {
		_ = listener.Close() // nobody has connected
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	addr := listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr) // the listener wrote it
	s := &Server{
		guard: &guard{token: rand.Text(), cookie: rand.Text(), name: "mortise-" + port},
		log:   o.Log, addr: addr, cancel: cancel, reload: newReloads(),
	}
	s.pipes = &pipes{ctx: ctx, guard: s.guard, connect: o.Connect, log: o.Log}
	s.http = &http.Server{
		Handler:           s.guard.around(s.routes(page, o.Fresh != nil)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.done.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("the Studio's listener ended", "error", err)
		}
	})
	if o.Fresh != nil {
		s.done.Go(func() { s.reload.follow(ctx, o.Fresh) })
	}
	return s, nil
}

// listen opens the address, which must be one of this machine alone.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "web.listen", err, "read the address %q of the Studio", address).
			WithHint("write it as 127.0.0.1:17020")
	}
	if !isLoopback(host) {
		return nil, fault.New(fault.Invalid, "web.listen", "the Studio does not listen on %q: whoever reaches it can run code here", address).
			WithHint("listen on 127.0.0.1, and from another machine use: ssh -L 17020:127.0.0.1:17020 this-machine")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "web.listen", err, "listen on %q for the Studio", address).
			WithHint("another program may use that port; leave --listen out for any free one")
	}
	return listener, nil
}

func (s *Server) routes(page http.Handler, fresh bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", page)
	mux.HandleFunc("POST /session", s.guard.enter)
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, r *http.Request) {
		if !s.guard.known(r) {
			refuse(w, http.StatusUnauthorized, refusedToken)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.Handle("GET /pipe", s.pipes)
	if fresh {
		mux.HandleFunc("GET /reload", s.reload.serve)
	}
	return mux
}

// URL returns the address that opens the Studio, with the token.
func (s *Server) URL() string { return fmt.Sprintf("http://%s/#token=%s", s.addr, s.guard.token) }

// Address returns host and port.
func (s *Server) Address() string { return s.addr }

// Close ends the sessions of all pages and the listener, and waits for both.
func (s *Server) Close() {
	s.cancel()
	_ = s.http.Close() // what it could say is said by Serve
	s.done.Wait()
	s.pipes.close()
}
