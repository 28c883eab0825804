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
// host for something, or a monitor sees that it takes too long. That holds where
// other calls have come in behind it, too, as long as all of them together take
// less than waking somebody for them.

// Bounds of leading.
const (
	maxSpares   = 64                     // goroutines that wait for their turn
	quickEnough = 200 * time.Microsecond // a service that took longer is not run while nobody reads
	worthWaking = 50 * time.Microsecond  // of work that waits, for which another goroutine is woken
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
type speed struct {
	slow atomic.Int32 // calls until it may run again while nobody reads
	took atomic.Int64 // nanoseconds that a call takes of late; 0 is not known
}

// note takes note of how long a call took. Those that run at the same time may
// overwrite each other's, which does no harm.
func (s *speed) note(took time.Duration) {
	if last := time.Duration(s.took.Load()); last > 0 {
		took = (3*last + took) / 4
	}
	s.took.Store(int64(max(took, 1)))
}

// keeps reports whether a call of so many bytes can be run while nobody reads,
// with so many bytes of other calls behind it, which are taken to be alike.
func (s *speed) keeps(size, behind int) bool {
	if s.slow.Load() > 0 {
		return false
	}
	if behind == 0 {
		return true
	}
	took := s.took.Load()
	return took > 0 && took*int64(1+behind/size) < int64(worthWaking)
}

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
		if speed.keeps(r.size, s.wire.r.buffered()) {
			if s.runAlone(r, speed) {
				continue
			}
		} else {
			if speed.slow.Load() > 0 {
				speed.slow.Add(-1)
			}
			began := time.Now()
			s.handOver()
			r.run()
			speed.note(time.Since(began))
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
	took := time.Since(began)
	speed.note(took)
	if took > quickEnough {
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

// monitor relieves calls that take too long, until there are none for a while.
func (s *program) monitor() {
	l := &s.leader
	for {
		s.watchAlone()
		l.watching.Store(false)
		// A call that began just before that relies on this goroutine.
		if s.ctx.Err() != nil || l.alone.Load() == nil || !l.watching.CompareAndSwap(false, true) {
			return
		}
	}
}

// watchAlone looks at the call that runs alone until there was none for so many
// looks, or Serve ends.
func (s *program) watchAlone() {
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
