package channel

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"mortise/runtime/fault"
)

// Limits of a server. They hold for every caller, known or not.
const (
	headerTimeout  = 10 * time.Second // for the header of a request to come in
	requestTimeout = 2 * time.Minute  // for a whole request to come in, its body included
	idleTimeout    = 2 * time.Minute  // between two requests on one connection
	writeTimeout   = 30 * time.Second // for a caller to take some of the answer
	maxHeader      = 64 << 10         // bytes of a request's header
	maxConnections = 10_000           // at a time; more wait to be accepted
)

// Server owns a listener and outlives all generations: what it hands requests to
// is set once, and whatever changes stands behind that.
type Server struct {
	http *http.Server
	log  *slog.Logger
	done chan struct{} // closed when serving has ended

	mu       sync.Mutex // guards what follows
	listener net.Listener
	err      error
}

// NewServer returns a server that does not listen yet. It hands every request to
// handler. A request whose answer may take more than two minutes must be read with
// ReadBody, even where it has no body: the time-out for reading would cancel it.
func NewServer(handler http.Handler, log *slog.Logger) *Server {
	return &Server{
		log:  log,
		done: make(chan struct{}),
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       requestTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
}

// Listen takes an address such as "127.0.0.1:17010" and serves it from then on;
// port 0 is any free one. It is called once. The error is a *fault.Error, which
// for an address that is taken says by whom, where that can be known, and names
// one that is free.
func (s *Server) Listen(ctx context.Context, address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return fault.New(fault.Internal, "listen.twice", "listen on %q: the server listens on %s already", address, s.listener.Addr())
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return listenFault(ctx, address, err)
	}
	s.listener = l
	go func() {
		defer close(s.done)
		err := s.http.Serve(newGuard(l, maxConnections))
		if errors.Is(err, http.ErrServerClosed) {
			return
		}
		s.mu.Lock()
		s.err = fault.Wrap(fault.Internal, "listen.ended", err, "serve %s", l.Addr())
		s.mu.Unlock()
		s.log.Error("listener ended", "address", l.Addr().String(), "error", err)
	}()
	return nil
}

// Addr returns the address that the server listens on, with its real port; ""
// before Listen.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Done is closed when the server has stopped serving; Err then says why.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why serving ended by itself; nil while it goes on and after
// Shutdown.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Shutdown takes no new requests, waits for those in flight and tells their
// callers to close the connection. When ctx ends first it closes what is left and
// returns an error that says so.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	listening := s.listener != nil
	s.mu.Unlock()
	s.http.SetKeepAlivesEnabled(false)
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // what it returns is the close of the listener, which is closed
		err = fault.Wrap(fault.Timeout, "listen.shutdown", err, "stop listening: some requests did not end in time")
	}
	if listening {
		<-s.done
	}
	return err
}
