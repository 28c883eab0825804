package worker

import (
	"context"
	"sync"

	"mortise/runtime/fault"
)

// slots bounds how many calls run at a time. A call takes a slot when it enters,
// gives it up while it waits for the host and takes it back after. Only entering
// waits: taking back does not, nor does a nested call, because somebody who
// holds a slot may be waiting for them; the count then passes the limit for a
// while and new calls wait longer.
type slots struct {
	mu    sync.Mutex // guards what follows
	limit int
	queue int // how many may wait
	used  int
	wait  []*ticket // in the order in which they came; entries may be nil
	head  int       // the first entry of wait
	size  int       // entries that are not nil
}

// ticket is a place in the queue.
type ticket struct {
	turn  chan struct{}
	index int
}

// enter waits for a slot.
func (s *slots) enter(ctx context.Context, gone <-chan struct{}) error {
	s.mu.Lock()
	if s.used < s.limit && s.size == 0 {
		s.used++
		s.mu.Unlock()
		return nil
	}
	if s.size >= s.queue {
		s.mu.Unlock()
		return fault.New(fault.Unavailable, "worker.busy", "%d calls wait for their turn already", s.queue).
			WithHint("try again a little later")
	}
	t := &ticket{turn: make(chan struct{}), index: len(s.wait)}
	s.wait = append(s.wait, t)
	s.size++
	s.mu.Unlock()

	var err error
	select {
	case <-t.turn:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-gone:
		err = errGone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-t.turn: // it came meanwhile: pass it on
		s.used--
		s.admit()
	default:
		s.wait[t.index] = nil
		s.size--
		s.trim()
	}
	return err
}

// take takes a slot without waiting.
func (s *slots) take() {
	s.mu.Lock()
	s.used++
	s.mu.Unlock()
}

// leave gives a slot back.
func (s *slots) leave() {
	s.mu.Lock()
	s.used--
	s.admit()
	s.mu.Unlock()
}

// admit lets in who may enter.
func (s *slots) admit() {
	for s.size > 0 && s.used < s.limit {
		s.trim()
		t := s.wait[s.head]
		s.wait[s.head] = nil
		s.head++
		s.size--
		s.used++
		close(t.turn)
	}
	s.trim()
}

// trim drops the entries in front that are empty.
func (s *slots) trim() {
	for s.head < len(s.wait) && s.wait[s.head] == nil {
		s.head++
	}
	switch {
	case s.head == len(s.wait):
		s.wait, s.head = s.wait[:0], 0
	case s.head > 1024 && s.head > len(s.wait)/2:
		n := copy(s.wait, s.wait[s.head:])
		clear(s.wait[n:])
		s.wait, s.head = s.wait[:n], 0
		for i, t := range s.wait {
			if t != nil {
				t.index = i
			}
		}
	}
}
