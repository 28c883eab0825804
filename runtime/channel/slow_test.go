package channel

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"mortise/runtime/fault"
)

// pipes is a listener whose connections are pipes, so that synctest knows when
// everybody waits.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// talk sends text to a server with a handler and returns the line of the status.
func talk(t *testing.T, h http.HandlerFunc, text string) string {
	t.Helper()
	l := &pipes{make(chan net.Conn), make(chan struct{})}
	s := NewServer(h, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(newGuard(l, 1)) }()
	client, server := net.Pipe()
	l.conns <- server
	go fmt.Fprint(client, text)
	line, _ := bufio.NewReader(client).ReadString('\n')
	_ = client.Close()
	_ = s.http.Shutdown(context.Background())
	<-served
	return line
}

// A body that nobody reads does not hold the connection either.
func TestUnreadBodyIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		line := talk(t, func(w http.ResponseWriter, r *http.Request) {
			Refuse(w, CID(r), fault.New(fault.Unauthenticated, "test", "no"))
		}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
		if took := time.Since(start); took > requestTimeout+time.Second || line != "HTTP/1.1 401 Unauthorized\r\n" {
			t.Errorf("the answer is %q after %v; want 401 within %v", line, took, requestTimeout)
		}
	})
}

// A service may take longer than its caller had for sending the request.
func TestSlowServiceIsNotCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := talk(t, func(w http.ResponseWriter, r *http.Request) {
			if body, err := ReadBody(w, r, 100); err != nil || string(body) != "hello" {
				t.Errorf("ReadBody = %q, %v; want hello", body, err)
			}
			select {
			case <-time.After(time.Hour):
			case <-r.Context().Done():
				t.Error("the request was cancelled while its caller waited")
			}
		}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		if line != "HTTP/1.1 200 OK\r\n" {
			t.Errorf("the answer is %q, want 200", line)
		}
	})
}

func TestSlowBodyIsGivenUp(t *testing.T) {
	for name, head := range map[string]string{"with a length": "Content-Length: 5\r\n\r\nhel", "without": "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			line := talk(t, func(w http.ResponseWriter, r *http.Request) {
				_, err := ReadBody(w, r, 100)
				if took := time.Since(start); err == nil || took < requestTimeout || took > requestTimeout+time.Second {
					t.Errorf("%s: ReadBody = %v after %v; want an error after %v", name, err, took, requestTimeout)
				}
				Refuse(w, CID(r), err)
			}, "POST / HTTP/1.1\r\nHost: x\r\n"+head)
			if line != "HTTP/1.1 400 Bad Request\r\n" {
				t.Errorf("%s: the answer is %q, want 400", name, line)
			}
		})
	}
}

func TestSlowHeaderIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		talk(t, func(http.ResponseWriter, *http.Request) { t.Error("half a header reached the handler") }, "GET / HTTP/1.1\r\nHost:")
		if took := time.Since(start); took > headerTimeout+time.Second {
			t.Errorf("half a header kept the connection for %v, want %v", took, headerTimeout)
		}
	})
}

// A caller who does not read its answer loses the connection.
func TestSlowReaderIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server := net.Pipe()
		c := &guarded{Conn: server, guard: &guard{slots: make(chan struct{}, 1)}}
		start := time.Now()
		n, err := c.Write(make([]byte, 2*chunk))
		if took := time.Since(start); err == nil || n != 0 || took != writeTimeout {
			t.Errorf("Write to one who does not read = %d, %v after %v; want a time-out after %v", n, err, took, writeTimeout)
		}
	})
}
