package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// maxPages bounds how many pages look at one Studio.
	maxPages = 32
	// pingEvery is how often a page is asked whether it is there.
	pingEvery = 20 * time.Second
	// patience is how long a page may take for a frame, or for the answer to a ping.
	patience = 60 * time.Second
)

// pipes serves the WebSocket of each page.
type pipes struct {
	ctx     context.Context
	guard   *guard
	connect Connect
	log     *slog.Logger

	mu     sync.Mutex // guards what follows
	closed bool
	pages  int
	gone   sync.WaitGroup // of those that were let in
}

// enter lets a page in, if there is room.
func (p *pipes) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.pages == maxPages {
		return false
	}
	p.pages++
	p.gone.Add(1)
	return true
}

func (p *pipes) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages--
	p.gone.Done()
}

// close lets nobody in any more and waits for those that are. Their context has
// ended by then.
func (p *pipes) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.gone.Wait()
}

func (p *pipes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.guard.known(r) {
		refuse(w, http.StatusUnauthorized, refusedToken)
		return
	}
	if !p.enter() {
		refuse(w, http.StatusServiceUnavailable, "Too many pages of this Studio are open, or it ends.\n")
		return
	}
	defer p.leave()
	// What comes over loopback gains nothing from being compressed.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		p.log.Debug("a page could not connect", "error", err)
		return
	}
	conn.SetReadLimit(MaxFrame)
	p.serve(conn) //nolint:contextcheck // a session ends with the server, not with the request that began it
}

// serve runs one page's session until either side ends it.
func (p *pipes) serve(conn *websocket.Conn) {
	ctx, cancel := context.WithCancel(p.ctx)
	session := p.connect(ctx, func(frame []byte) error {
		writing, done := context.WithTimeout(ctx, patience)
		defer done()
		err := conn.Write(writing, websocket.MessageText, frame)
		if err != nil {
			cancel()
		}
		return err
	})
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(ctx, conn) })

	// The connection, not this context, ends the reading: a context would cut the
	// connection before the page could be told why.
	reading := context.WithoutCancel(ctx)
	for {
		kind, frame, err := conn.Read(reading)
		if err != nil {
			break
		}
		if kind != websocket.MessageText {
			_ = conn.Close(websocket.StatusUnsupportedData, "frames are text") // it may be gone
			break
		}
		if err := session.Receive(frame); err != nil {
			p.log.Warn("a page was sent away", "error", err)
			_ = conn.Close(websocket.StatusPolicyViolation, "that is no frame") // it may be gone
			break
		}
	}
	cancel()
	session.Close()
	watching.Wait()
}

// watch pings the page and closes its connection when it does not answer, or when
// ctx ends.
func (p *pipes) watch(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			waiting, done := context.WithTimeout(ctx, patience)
			err := conn.Ping(waiting)
			done()
			if err != nil {
				_ = conn.CloseNow() // it is broken
				return
			}
		}
	}
	if p.ctx.Err() != nil {
		_ = conn.Close(websocket.StatusGoingAway, "the Studio ends") // the page may be gone
	}
	_ = conn.CloseNow() // it may be closed
}
