package worker

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Bounds of a writer.
const (
	bulkChunks  = 8        // chunks of data that wait to be written
	directTurns = 4        // batches that a sender writes before it hands over
	keepBuffer  = 1 << 20  // a buffer that grew beyond it is not kept
	pace        = 1 << 20  // bytes of waiting frames beyond which paced senders wait
	maxUrgent   = 64 << 20 // bytes of waiting frames beyond which the other side is taken for dead
)

// errNotRead is the error of sending to a side that does not read.
var errNotRead = errors.New("the other side does not read")

// writer puts frames on a pipe. Whoever sends writes itself, without waiting,
// and takes what others send meanwhile along in the same system call; what does
// not fit into the pipe is left to a goroutine, so that nobody waits for the
// other side. Urgent frames overtake data.
type writer struct {
	out    io.Writer
	direct func([]byte) int // writes what can be written without waiting
	crowd  atomic.Bool      // others are likely to send something in this moment

	mu     sync.Mutex // guards what follows
	room   sync.Cond  // told when urgent was taken
	urgent []byte
	bulk   []byte
	chunks int  // chunks in bulk
	busy   bool // somebody writes
	err    error

	spare  []byte        // the buffer that is not in use; of whoever is busy
	rest   []byte        // what the goroutine writes first; of whoever is busy
	freed  int           // chunks that rest holds; of whoever is busy
	tokens chan struct{} // one entry a chunk that waits
	kick   chan struct{} // wakes the goroutine
	quit   chan struct{} // ends it
}

func newWriter(out io.Writer) *writer {
	w := &writer{
		out: out, direct: directWriter(out),
		tokens: make(chan struct{}, bulkChunks),
		kick:   make(chan struct{}, 1), quit: make(chan struct{}),
	}
	w.room.L = &w.mu
	return w
}

// send queues an urgent frame and writes it. The payload is head and body, which
// are not kept. A paced sender waits while much waits to be written; a reader of
// frames must not be one, or two sides could wait for each other.
func (w *writer) send(h header, head, body []byte, paced bool) error {
	h.size = uint32(len(head) + len(body))
	w.mu.Lock()
	for paced && w.err == nil && len(w.urgent) > pace {
		w.room.Wait()
	}
	if w.err == nil && len(w.urgent) > maxUrgent {
		w.err = errNotRead
	}
	if w.err != nil {
		w.mu.Unlock()
		return w.err
	}
	w.urgent = append(append(appendHeader(w.urgent, h), head...), body...)
	w.release()
	return nil
}

// sendData queues a chunk of data. The caller has put a token into tokens, which
// is taken out once the chunk is written.
func (w *writer) sendData(h header, chunk []byte) error {
	h.size = uint32(len(chunk))
	w.mu.Lock()
	if w.err != nil {
		w.mu.Unlock()
		<-w.tokens
		return w.err
	}
	w.bulk = append(appendHeader(w.bulk, h), chunk...)
	w.chunks++
	w.release()
	return nil
}

// release unlocks and writes, unless somebody does so already.
func (w *writer) release() {
	if w.busy {
		w.mu.Unlock()
		return
	}
	w.busy = true
	w.mu.Unlock()
	if w.crowd.Load() {
		runtime.Gosched() // those who are about to send then come along in the same system call
	}
	for turn := 0; ; turn++ {
		buf, chunks := w.take()
		if buf == nil {
			return
		}
		n := 0
		if turn < directTurns {
			n = w.direct(buf)
		}
		if n < len(buf) {
			w.rest, w.spare, w.freed = buf[n:], buf, chunks
			w.kick <- struct{}{}
			return
		}
		w.give(buf, chunks)
	}
}

// take returns the bytes to be written next and how many chunks they hold; nil
// where there are none, and then nobody is busy any more.
func (w *writer) take() ([]byte, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	buf, chunks := w.urgent, 0
	switch {
	case len(w.urgent) > 0:
		w.urgent = w.spare[:0]
		w.room.Broadcast()
	case len(w.bulk) > 0:
		buf, chunks = w.bulk, w.chunks
		w.bulk, w.chunks = w.spare[:0], 0
	default:
		w.busy = false
		return nil, 0
	}
	w.spare = nil
	return buf, chunks
}

// give takes a buffer back whose bytes were written.
func (w *writer) give(buf []byte, chunks int) {
	if cap(buf) <= keepBuffer {
		w.spare = buf[:0]
	}
	for range chunks {
		<-w.tokens
	}
}

// run is the goroutine that writes what does not fit into the pipe at once. It
// ends with close.
func (w *writer) run() {
	for {
		select {
		case <-w.quit:
			return
		case <-w.kick:
		}
		buf, chunks, whole := w.rest, w.freed, w.spare
		for buf != nil {
			_, err := w.out.Write(buf)
			w.spare, w.rest = nil, nil
			w.give(whole, chunks)
			if err != nil {
				w.fail(err)
			}
			buf, chunks = w.take()
			whole = buf
		}
	}
}

// fail makes every later send return an error.
func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.room.Broadcast()
}

// close ends the goroutine. The pipe must be closed first, so that it does not
// wait for the other side.
func (w *writer) close() {
	w.fail(io.ErrClosedPipe)
	close(w.quit)
}
