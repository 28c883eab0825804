package observe

import (
	"io"
	"log/slog"
	"time"
)

const (
	maxBatch  = 64 << 10               // bytes that are written at once, about
	maxWaits  = 16                     // batches that wait for a writer
	sinkWait  = 100 * time.Millisecond // for a writer that is behind
	closeWait = 2 * time.Second        // for a writer at the end
)

// run takes the queue, batch by batch, and gives it to the sinks and the ring.
func (l *Log) run() {
	defer close(l.done)
	var batch []*entry
	var reported uint64
	var w writing
	for {
		flushed, stopping := l.await()
		batch = l.take(batch)
		if n := l.dropped.Load(); n != reported {
			batch = append(batch, leftOut(n-reported))
			reported = n
		}
		w.write(l.sinks, batch, l.mask.Load())
		l.ring.add(batch, l.mask.Load())
		clear(batch)
		if flushed != nil {
			for _, s := range l.sinks {
				s.flush()
			}
			close(flushed)
		}
		if stopping {
			for _, s := range l.sinks {
				s.close()
			}
			l.ring.close()
			return
		}
	}
}

// await waits until there is a batch to write. It lets a batch grow for a
// moment, as waking a goroutine for each line costs more than writing it.
func (l *Log) await() (flushed chan struct{}, stopping bool) {
	select {
	case <-l.wake:
	case flushed = <-l.sync:
		return flushed, false
	case <-l.stop:
		return nil, true
	}
	t := time.NewTimer(batching)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.hold:
	case flushed = <-l.sync:
	case <-l.stop:
		stopping = true
	}
	return flushed, stopping
}

// leftOut is the line that says how many lines are missing.
func leftOut(n uint64) *entry {
	e := newEntry()
	e.time, e.level, e.message = time.Now(), slog.LevelWarn, "log lines left out"
	e.attrs = append(e.attrs, slog.Uint64("count", n))
	return e
}

// writing formats batches, each line once a format.
type writing struct {
	formatter
	texts, jsons []byte
}

func (w *writing) write(sinks []*sink, batch []*entry, m *mask) {
	var text, json bool
	for _, s := range sinks {
		text, json, w.color = text || s.text, json || !s.text, w.color || s.color
	}
	w.mask = m
	for i, e := range batch {
		if text {
			w.texts = w.text(w.texts, e)
		}
		if json {
			w.jsons = w.json(w.jsons, e)
		}
		last := i == len(batch)-1
		if len(w.texts) >= maxBatch || last {
			send(sinks, true, w.texts)
			w.texts = w.texts[:0]
		}
		if len(w.jsons) >= maxBatch || last {
			send(sinks, false, w.jsons)
			w.jsons = w.jsons[:0]
		}
	}
	if cap(w.texts) > 4*maxBatch {
		w.texts = nil
	}
	if cap(w.jsons) > 4*maxBatch {
		w.jsons = nil
	}
}

func send(sinks []*sink, text bool, lines []byte) {
	for _, s := range sinks {
		if s.text == text && len(lines) > 0 {
			s.send(parcel{lines: append(s.buffer(), lines...)})
		}
	}
}

// sink writes to one writer in a goroutine of its own, so that a terminal that
// is held does not hold the file.
type sink struct {
	w           io.Writer
	text, color bool
	parcels     chan parcel
	free        chan []byte
	done        chan struct{}
	behind      bool // the writer took nothing for sinkWait: do not wait for it again until it does
}

// parcel is some whole lines, or a flush.
type parcel struct {
	lines   []byte
	flushed chan struct{}
}

func newSink(w io.Writer, text, color bool) *sink {
	s := &sink{
		w: w, text: text, color: color,
		parcels: make(chan parcel, maxWaits), free: make(chan []byte, maxWaits+2), done: make(chan struct{}),
	}
	go s.run()
	return s
}

func (s *sink) run() {
	defer close(s.done)
	for p := range s.parcels {
		if p.flushed != nil {
			close(p.flushed)
			continue
		}
		_, _ = s.w.Write(p.lines) // there is no place left to report it
		if cap(p.lines) <= 4*maxBatch {
			select {
			case s.free <- p.lines[:0]:
			default:
			}
		}
	}
}

func (s *sink) buffer() []byte {
	select {
	case b := <-s.free:
		return b
	default:
		return nil
	}
}

// send hands a parcel over and reports whether the writer's goroutine has room
// for it.
func (s *sink) send(p parcel) bool {
	select {
	case s.parcels <- p:
		s.behind = false
		return true
	default:
	}
	if s.behind {
		return false
	}
	t := time.NewTimer(sinkWait)
	defer t.Stop()
	select {
	case s.parcels <- p:
		return true
	case <-t.C:
		s.behind = true
		return false
	}
}

func (s *sink) flush() {
	p := parcel{flushed: make(chan struct{})}
	if s.send(p) {
		wait(p.flushed)
	}
}

func (s *sink) close() {
	close(s.parcels)
	wait(s.done)
}

func wait(done chan struct{}) {
	t := time.NewTimer(closeWait)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}
