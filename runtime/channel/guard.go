package channel

import (
	"net"
	"sync"
	"time"
)

// guard is a listener that bounds how many connections there are, and how long a
// caller may refuse to take its answer.
type guard struct {
	net.Listener
	slots chan struct{}
	once  sync.Once
	ended chan struct{}
}

func newGuard(l net.Listener, limit int) *guard {
	return &guard{Listener: l, slots: make(chan struct{}, limit), ended: make(chan struct{})}
}

// Accept waits for a free slot, then for a caller.
func (g *guard) Accept() (net.Conn, error) {
	select {
	case g.slots <- struct{}{}:
	case <-g.ended:
		return nil, net.ErrClosed
	}
	c, err := g.Listener.Accept()
	if err != nil {
		<-g.slots
		return nil, err
	}
	return &guarded{Conn: c, guard: g}, nil
}

// Close stops accepting.
func (g *guard) Close() error {
	g.once.Do(func() { close(g.ended) })
	return g.Listener.Close()
}

// guarded is one connection of a guard.
type guarded struct {
	net.Conn
	guard *guard
	once  sync.Once
	until time.Time // when a write is given up; set ahead, so that most writes need not
}

// chunk is how much a caller must take within one time-out.
const chunk = 256 << 10

// Write writes in chunks, so that the time-out bounds how slow a caller may be
// and not how long an answer may be. net/http writes from one goroutine at a time.
func (c *guarded) Write(b []byte) (int, error) {
	written := 0
	for {
		if now := time.Now(); c.until.Sub(now) < writeTimeout/2 {
			c.until = now.Add(writeTimeout)
			if err := c.SetWriteDeadline(c.until); err != nil {
				return written, err
			}
		}
		n, err := c.Conn.Write(b[written:min(len(b), written+chunk)])
		written += n
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// CloseWrite ends the sending side, so that net/http can let a caller read an
// early answer while it still sends.
func (c *guarded) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes the connection and gives its slot back.
func (c *guarded) Close() error {
	c.once.Do(func() { <-c.guard.slots })
	return c.Conn.Close()
}
