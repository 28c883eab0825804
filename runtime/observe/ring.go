package observe

import (
	"bytes"
	"log/slog"
	"sync"
	"time"
)

// maxBehind is how many lines a subscriber may be behind before lines are left
// out for it.
const maxBehind = 4096

// Record is one line of the log, secrets hidden.
type Record struct {
	Time    time.Time
	Level   slog.Level
	Message string
	CID     string
	Line    []byte // the line as JSON, without the line feed; not to be changed
}

// ring keeps the last lines and hands new ones to subscribers.
type ring struct {
	mu     sync.Mutex // guards what follows
	lines  []*entry   // at most maxRing; the oldest at next, once it is full
	next   int
	subs   map[*Subscription]struct{}
	f      formatter
	closed bool
}

// Subscription is a stream of the log: first its last lines, then those to come.
type Subscription struct {
	ring *ring
	c    chan Record

	mu      sync.Mutex // guards dropped
	dropped uint64
}

// Subscribe returns a stream that begins with the last backlog lines, at most
// 2000 of them, and goes on with those to come. It must be closed.
func (l *Log) Subscribe(backlog int) *Subscription {
	r := &l.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &Subscription{ring: r, c: make(chan Record, maxBehind)}
	r.f.mask = l.mask.Load()
	n := min(max(backlog, 0), len(r.lines))
	for i := len(r.lines) - n; i < len(r.lines); i++ {
		s.c <- r.f.record(r.lines[(r.next+i)%len(r.lines)])
	}
	if r.closed {
		close(s.c)
		return s
	}
	if r.subs == nil {
		r.subs = map[*Subscription]struct{}{}
	}
	r.subs[s] = struct{}{}
	return s
}

// C is the stream. It is closed by Close and when the log is closed.
func (s *Subscription) C() <-chan Record { return s.c }

// Dropped returns how many lines were left out because nobody took them in time.
func (s *Subscription) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Close ends the stream. It may be called more than once.
func (s *Subscription) Close() {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	if _, ok := s.ring.subs[s]; ok {
		delete(s.ring.subs, s)
		close(s.c)
	}
}

// add takes a batch over: its entries belong to the ring.
func (r *ring) add(batch []*entry, m *mask) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.f.mask = m
	for _, e := range batch {
		if len(r.subs) > 0 {
			r.publish(r.f.record(e))
		}
		if len(r.lines) < maxRing {
			r.lines = append(r.lines, e)
			continue
		}
		r.lines[r.next].free()
		r.lines[r.next] = e
		r.next = (r.next + 1) % maxRing
	}
}

func (r *ring) publish(rec Record) {
	for s := range r.subs {
		select {
		case s.c <- rec:
		default:
			s.mu.Lock()
			s.dropped++
			s.mu.Unlock()
		}
	}
}

func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for s := range r.subs {
		close(s.c)
	}
	r.subs = nil
}

func (f *formatter) record(e *entry) Record {
	line := bytes.TrimSuffix(f.json(nil, e), []byte("\n"))
	return Record{Time: e.time, Level: e.level, Message: f.mask.hide(e.message), CID: e.cid, Line: line}
}
