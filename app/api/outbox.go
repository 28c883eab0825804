package api

import (
	"context"
	"sync"
	"time"
)

// outbox is what waits to be sent to one page. Answers and texts of channels keep
// their order and their senders wait while there is too much of them; of a state
// only the newest waits; changed files are gathered; lines of the log are left out
// when there are too many.
type outbox struct {
	wake chan struct{} // holds one token while something waits

	mu      sync.Mutex // guards what follows
	frames  [][]byte
	bytes   int           // of frames
	room    chan struct{} // closed and replaced when frames get fewer
	states  map[string][]byte
	changed FileChanged
	lines   []LogLine
	lost    int
	lineAt  time.Time // before it no lines are sent
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), room: make(chan struct{}), states: map[string][]byte{}}
}

// push puts a frame behind those that wait. It blocks while there is too much, and
// false says that ctx ended first.
func (b *outbox) push(ctx context.Context, frame []byte) bool {
	b.mu.Lock()
	for b.bytes > maxQueued {
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return false
		}
		b.mu.Lock()
	}
	b.frames, b.bytes = append(b.frames, frame), b.bytes+len(frame)
	b.mu.Unlock()
	signal(b.wake)
	return true
}

// run sends until ctx ends or send fails.
func (b *outbox) run(ctx context.Context, send func([]byte) error) {
	pause := time.NewTimer(eventPause)
	defer pause.Stop()
	for {
		frame, later := b.next(time.Now())
		if frame != nil {
			if ctx.Err() != nil || send(frame) != nil {
				return
			}
			continue
		}
		if later > 0 {
			pause.Reset(later)
		}
		select {
		case <-b.wake:
		case <-pause.C:
		case <-ctx.Done():
			return
		}
	}
}

// next takes what is to be sent first; nil is nothing, and later how long to wait
// for what must not be sent yet.
func (b *outbox) next(now time.Time) (frame []byte, later time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.frames) > 0 {
		frame = b.frames[0]
		b.frames[0] = nil
		b.frames, b.bytes = b.frames[1:], b.bytes-len(frame)
		close(b.room)
		b.room = make(chan struct{})
		return frame, 0
	}
	for _, name := range stateEvents() {
		if frame, ok := b.states[name]; ok {
			delete(b.states, name)
			return frame, 0
		}
	}
	if len(b.changed.Names) > 0 || b.changed.All {
		data := b.changed
		b.changed = FileChanged{}
		frame, _ := eventFrame("changed", data) // it holds nothing but texts
		return frame, 0
	}
	if len(b.lines) == 0 {
		return nil, 0
	}
	if wait := b.lineAt.Sub(now); wait > 0 {
		return nil, wait
	}
	n := min(len(b.lines), maxBatch)
	batch := LogBatch{Lines: b.lines[:n:n], Lost: b.lost}
	b.lines, b.lost, b.lineAt = b.lines[n:], 0, now.Add(eventPause)
	frame, err := eventFrame("log", batch)
	if err != nil { // a line that is no JSON after all
		frame, _ = eventFrame("log", LogBatch{Lost: n + batch.Lost})
	}
	return frame, 0
}

// state puts the newest frame of a state in place of an older one.
func (b *outbox) state(name string, frame []byte) {
	b.mu.Lock()
	b.states[name] = frame
	b.mu.Unlock()
	signal(b.wake)
}

func (b *outbox) fileChanged(names []string, all bool) {
	b.mu.Lock()
	known := map[string]bool{}
	for _, n := range b.changed.Names {
		known[n] = true
	}
	for _, n := range names {
		if !known[n] {
			b.changed.Names = append(b.changed.Names, n)
		}
	}
	if all || len(b.changed.Names) > maxChanged {
		b.changed = FileChanged{All: true}
	}
	b.mu.Unlock()
	signal(b.wake)
}

// line puts a line of the log behind those that wait; lost are lines before it
// that did not get here.
func (b *outbox) line(l LogLine, lost int) {
	b.mu.Lock()
	if b.lost += lost; len(b.lines) >= maxLines {
		b.lines = b.lines[1:]
		b.lost++
	}
	b.lines = append(b.lines, l)
	first := len(b.lines) == 1
	b.mu.Unlock()
	if first {
		signal(b.wake)
	}
}

// state and fileChanged are what the hub tells a page.
func (c *Session) state(name string, frame []byte)      { c.out.state(name, frame) }
func (c *Session) fileChanged(names []string, all bool) { c.out.fileChanged(names, all) }
