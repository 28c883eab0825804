package channel_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/fault"
)

func serve(t *testing.T, h http.Handler) *channel.Server {
	t.Helper()
	s := channel.NewServer(h, slog.New(slog.DiscardHandler))
	if err := s.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatalf("Listen = %v", err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

func TestServer(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "pong") }))
	body := get(t, "http://"+s.Addr())
	if body != "pong" {
		t.Errorf("GET = %q, want pong", body)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown = %v, want none", err)
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err after Shutdown = %v, want none", err)
	}
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("after Shutdown somebody still listens")
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("GET %s = %v", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	return string(body)
}

// Shutdown waits for a request in flight, which is told to close.
func TestServerDrains(t *testing.T) {
	entered, proceed := make(chan struct{}), make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-proceed
		fmt.Fprint(w, "late")
	}))
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	<-s.Done() // no new callers
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown returned %v while a request was in flight", err)
	default:
	}
	close(proceed)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("the request in flight got %v, want its answer", err)
	}
	body, _ := io.ReadAll(resp.Body)
	if string(body) != "late" || !resp.Close {
		t.Errorf("the request in flight got %q, close %v; want late, true", body, resp.Close)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v, want none", err)
	}
}

func TestShutdownGivesUp(t *testing.T) {
	entered, proceed := make(chan struct{}), make(chan struct{})
	s := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(entered); <-proceed }))
	defer close(proceed)
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); fault.KindOf(err) != fault.Timeout {
		t.Errorf("Shutdown = %v, want a time-out", err)
	}
}

func TestListenFaults(t *testing.T) {
	first := serve(t, http.NotFoundHandler())
	tests := []struct{ name, address, code, says, hint string }{
		{"taken", first.Addr(), "listen.taken", fmt.Sprintf("process %d", os.Getpid()), "--listen 127.0.0.1:"},
		{"no port", "localhost", "listen.address", "not an address", "127.0.0.1:17010"},
		{"not ours", "192.0.2.1:80", "listen.address", "no network interface", "127.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := channel.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
			err := s.Listen(t.Context(), tt.address)
			e := fault.As(err)
			if e == nil || e.Code != tt.code || !strings.Contains(e.What, tt.says) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("Listen(%q) = %v, hint %q; want code %q, %q, hint %q", tt.address, err, e.Hint, tt.code, tt.says, tt.hint)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown of one that never listened = %v", err)
			}
		})
	}
}

// A header that is too large is refused, and costs no more than its limit.
func TestServerLimitsHeaders(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request reached the handler") }))
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("a", 100<<10))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, " 431 ") {
		t.Errorf("the answer is %q, %v; want 431", line, err)
	}
}
