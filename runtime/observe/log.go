package observe

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// Format is how lines look on the terminal; those of the file are always JSON.
type Format string

// The formats.
const (
	Text Format = "text" // for people: time, level, message, attributes
	JSON Format = "json" // for machines: one object a line
)

// LogOptions say where a log goes.
type LogOptions struct {
	Writer io.Writer    // the terminal, or what stands for it; nil is none
	Format Format       // of Writer; "" is Text
	Color  bool         // whether Writer understands colours
	Level  slog.Leveler // the least level that is logged; nil is Info
	File   string       // a file that gets every line as JSON, rotated at 20 MB, five old ones kept; "" is none
	Fields []slog.Attr  // attributes of every line
}

// Limits of a log. A line that does not fit is cut, with a note of how much is
// missing, and lines that come faster than they can be written are counted and
// left out, so that no request waits long for a terminal.
const (
	maxQueue = 16 << 10              // lines that wait to be written
	maxRing  = 2000                  // lines that a new subscriber gets
	maxValue = 8 << 10               // bytes of one value or message
	maxRaw   = 32 << 10              // bytes of the attributes that Attributes takes
	maxWait  = 20 * time.Millisecond // for room in the queue
	batching = 4 * time.Millisecond  // from the first line of a batch until it is written
)

// Log is the log of a process. It must be closed.
type Log struct {
	level  slog.Leveler
	logger *slog.Logger
	mask   atomic.Pointer[mask]
	sinks  []*sink
	file   io.Closer

	mu      sync.Mutex // guards queue, closed and stuck
	queue   []*entry
	closed  bool
	stuck   bool // the queue was full and nobody could wait for it: lines are left out until there is room
	dropped atomic.Uint64

	wake chan struct{} // holds one token while the queue is not empty
	hold chan struct{} // holds one token where the batch must not wait any longer
	room chan struct{} // holds one token after the queue was taken
	sync chan chan struct{}
	stop chan struct{}
	done chan struct{}

	ring ring
}

// NewLog returns a log that is ready.
func NewLog(o LogOptions) *Log {
	l := &Log{
		level: o.Level,
		wake:  make(chan struct{}, 1), hold: make(chan struct{}, 1), room: make(chan struct{}, 1),
		sync: make(chan chan struct{}), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if l.level == nil {
		l.level = slog.LevelInfo
	}
	l.mask.Store(&mask{})
	if o.Writer != nil {
		l.sinks = append(l.sinks, newSink(o.Writer, o.Format != JSON, o.Color))
	}
	if o.File != "" {
		f := &lumberjack.Logger{Filename: o.File, MaxSize: 20, MaxBackups: 5}
		l.file = f
		l.sinks = append(l.sinks, newSink(f, false, false))
	}
	h := &handler{log: l}
	if len(o.Fields) > 0 {
		h = h.with(o.Fields)
	}
	l.logger = slog.New(h)
	go l.run()
	return l
}

// Logger returns the logger. Its lines carry the attribute "cid" where their
// context carries a correlation id.
func (l *Log) Logger() *slog.Logger { return l.logger }

// Mask replaces these values by "***" in all that is logged from now on; it
// replaces those of an earlier call. Values of less than eight bytes are
// replaced where they stand as a word of their own, those of less than three
// are not: they would make the log unreadable and would not be hidden by it.
func (l *Log) Mask(values []string) { l.mask.Store(newMask(values)) }

// Hide returns a text with the values of Mask replaced, for errors that are shown
// elsewhere.
func (l *Log) Hide(text string) string { return l.mask.Load().hide(text) }

// Flush returns when everything that was logged before has been written, or
// when ctx ends.
func (l *Log) Flush(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case l.sync <- done:
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is waiting and closes the file; what is logged afterwards is
// lost. A terminal that takes nothing for two seconds does not stop it. It may be
// called more than once.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		<-l.done
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	close(l.stop)
	<-l.done
	if l.file != nil {
		return l.file.Close()
	}
	return nil
}

// Dropped returns how many lines were left out because they came faster than
// they could be written.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

// put hands an entry over to the writing goroutine.
func (l *Log) put(e *entry) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	if len(l.queue) >= maxQueue && !l.wait() {
		l.mu.Unlock()
		l.dropped.Add(1)
		e.free()
		return
	}
	l.queue = append(l.queue, e)
	n := len(l.queue)
	l.mu.Unlock()
	if n == 1 {
		signal(l.wake)
	}
	if n == maxQueue/2 || e.level >= slog.LevelError {
		signal(l.hold)
	}
}

// wait waits a little for room in the queue and reports whether there is some.
// Once somebody waited in vain nobody waits until there is room again. It is
// called and returns with the lock.
func (l *Log) wait() bool {
	if l.stuck {
		return false
	}
	l.mu.Unlock()
	t := time.NewTimer(maxWait)
	select {
	case <-l.room:
	case <-t.C:
	}
	t.Stop()
	l.mu.Lock()
	l.stuck = len(l.queue) >= maxQueue
	return !l.stuck
}

func (l *Log) take(into []*entry) []*entry {
	l.mu.Lock()
	out := l.queue
	l.queue = into[:0]
	l.stuck = false
	l.mu.Unlock()
	select {
	case <-l.wake:
	default:
	}
	signal(l.room)
	return out
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
