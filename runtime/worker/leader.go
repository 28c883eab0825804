package worker

import (
	"sync"
	"sync/atomic"
	"time"
)

// The goroutines of a worker's program take turns in leading: the leader reads
// the pipe, and when a call comes it makes another one the leader and runs the
// service itself, so that nobody has to be woken between the call and its answer.
//
// Even waking the next leader costs more than many a service. So a service that
// was quick of late is run while nobody reads: until it returns, or asks the
// host for something, or a monitor sees that it takes too long.

// Bounds of leading.
const (
	maxSpares   = 64                     // goroutines that wait for their turn
	quickEnough = 200 * time.Microsecond // a service that took longer is not run while nobody reads
	penalty     = 64                     // so many calls
	monitorTick = 2 * time.Millisecond   // between two looks at a call that runs while nobody reads
	monitorIdle = 100                    // looks without seeing one until the monitor rests
)

// leader is what the goroutines that lead share.
type leader struct {
	turn   chan struct{} // makes a waiting goroutine the leader
	spares atomic.Int32  // how many wait
	over   chan error    // why nobody leads any more; it has room for one

	alone    atomic.Pointer[running] // the call that runs while nobody reads
	watching atomic.Bool             // whether the monitor runs

	mu    sync.Mutex // guards what follows
	speed map[string]*speed
}

// speed is what is known of a service.
type speed struct{ slow atomic.Int32 } // calls until it may run again while nobody reads

func newLeader() leader {
	return leader{turn: make(chan struct{}), over: make(chan error, 1), speed: map[string]*speed{}}
}

// of returns what is known of a service.
func (l *leader) of(name string) *speed {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.speed[name]
	if s == nil {
		s = &speed{}
		if len(l.speed) < maxName { // a host may ask for services that do not exist
			l.speed[name] = s
		}
	}
	return s
}

// lead is the life of a goroutine that begins as the leader.
func (s *program) lead() {
	for {
		r, err := s.nextCall()
		if err != nil {
			s.leader.over <- err
			return
		}
		speed := s.leader.of(r.name)
		if s.wire.r.buffered() == 0 && speed.slow.Load() == 0 {
			if s.runAlone(r, speed) {
				continue
			}
		} else {
			if speed.slow.Load() > 0 {
				speed.slow.Add(-1)
			}
			s.handOver()
			r.run()
		}
		if !s.wait() {
			return
		}
	}
}

// nextCall handles what comes until a call does.
func (s *program) nextCall() (*running, error) {
	for {
		h, payload, err := s.wire.next()
		if err != nil {
			return nil, err
		}
		if h.kind == frameCall && s.limits.Version != 0 {
			return s.begin(h.call, payload)
		}
		if err := s.handle(h, payload); err != nil {
			return nil, err
		}
	}
}

// handOver makes another goroutine the leader.
func (s *program) handOver() {
	select {
	case s.leader.turn <- struct{}{}:
	default:
		go s.lead()
	}
}

// wait waits to be made the leader again; false where there is no need.
func (s *program) wait() bool {
	defer s.leader.spares.Add(-1)
	if s.leader.spares.Add(1) > maxSpares {
		return false
	}
	select {
	case <-s.leader.turn:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// runAlone runs a call while nobody reads. It reports whether the goroutine is
// still the leader.
func (s *program) runAlone(r *running, speed *speed) (leads bool) {
	l := &s.leader
	l.alone.Store(r)
	if !l.watching.Load() && l.watching.CompareAndSwap(false, true) {
		go s.monitor()
	}
	returned := false
	defer func() {
		if !returned { // the service ended the goroutine
			s.relieve(r)
		}
	}()
	began := time.Now()
	r.run()
	returned = true
	if time.Since(began) > quickEnough {
		speed.slow.Store(penalty)
	}
	return l.alone.CompareAndSwap(r, nil)
}

// relieve sees to it that somebody reads, where the call is one that runs while
// nobody does.
func (s *program) relieve(r *running) {
	if s.leader.alone.CompareAndSwap(r, nil) {
		s.leader.of(r.name).slow.Store(penalty)
		s.handOver()
	}
}

// monitor relieves calls that take too long.
func (s *program) monitor() {
	defer s.leader.watching.Store(false)
	tick := time.NewTicker(monitorTick)
	defer tick.Stop()
	var last *running
	for idle := 0; idle < monitorIdle; idle++ {
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
		now := s.leader.alone.Load()
		if now != nil {
			idle = 0
			if now == last {
				s.relieve(now)
			}
		}
		last = now
	}
}
