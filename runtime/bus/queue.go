package bus

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/fault"
)

// Queue is one durable queue. Their set and their layout on disk are fixed.
type Queue string

// The queues.
const (
	// Ticks holds the ticks of jobs. It keeps the last message of every topic
	// after it was handled, so that Last knows how far a job came; of a topic
	// that is not handled for long it keeps the newest TicksKept.
	Ticks Queue = "ticks"
	// Jobs holds one-time jobs and jobs started by hand.
	Jobs Queue = "jobs"
	// Calls holds asynchronous calls of services.
	Calls Queue = "calls"
)

// TicksKept is how many ticks of one job the bus holds at most.
const TicksKept = 100

// window is how long an ID is remembered against a second publication. It must
// be longer than any publisher retries.
const window = 5 * time.Minute

// layout is what stands on disk: do not change a stream's name or subjects.
type layout struct {
	stream   string
	kept     bool  // handled messages stay; else they go
	maxCount int64 // messages that wait, above which Publish says that the queue is full
	maxBytes int64
}

// Queues returns all queues.
func Queues() []Queue { return []Queue{Ticks, Jobs, Calls} }

func (q Queue) layout() (layout, bool) {
	switch q {
	case Ticks:
		return layout{stream: "MORTISE_TICKS", kept: true, maxBytes: 256 << 20}, true
	case Jobs:
		return layout{stream: "MORTISE_JOBS", maxCount: 1_000_000, maxBytes: 1 << 30}, true
	case Calls:
		return layout{stream: "MORTISE_CALLS", maxCount: 1_000_000, maxBytes: 2 << 30}, true
	default:
		return layout{}, false
	}
}

const (
	deadStream   = "MORTISE_DEAD"
	deadPrefix   = "mortise.dead."
	deadMaxBytes = 512 << 20
	deadMaxAge   = 90 * 24 * time.Hour
	consumerName = "main" // of the one consumer of a queue
)

func (q Queue) now(topic string) string      { return "mortise." + string(q) + ".now." + token(topic) }
func (q Queue) later(id string) string       { return "mortise." + string(q) + ".at." + token(id) }
func (q Queue) allNow() string               { return "mortise." + string(q) + ".now.>" }
func (q Queue) allLater() string             { return "mortise." + string(q) + ".at.>" }
func (q Queue) deadSubject(id string) string { return deadPrefix + string(q) + "." + token(id) }

// layOut makes the streams or brings them up to date.
func (b *Bus) layOut(ctx context.Context) error {
	share := b.maxStore / 8 // what the server sets aside for a stream must fit in the whole
	for _, q := range Queues() {
		l, _ := q.layout()
		cfg := jetstream.StreamConfig{
			Name: l.stream, Subjects: []string{"mortise." + string(q) + ".>"}, Storage: jetstream.FileStorage,
			Duplicates: window, MaxMsgSize: int32(b.maxMessage + headerRoom), AllowDirect: true,
		}
		if l.kept {
			// The oldest gives way: nobody wants the ticks of the day before yesterday.
			cfg.Retention, cfg.Discard = jetstream.LimitsPolicy, jetstream.DiscardOld
			cfg.MaxMsgsPerSubject, cfg.MaxBytes = TicksKept, min(l.maxBytes, share)
		} else {
			// No hard limit: the server would drop a scheduled message that comes
			// due while the queue is full. Publish looks at the depth instead.
			cfg.Retention, cfg.AllowMsgSchedules = jetstream.WorkQueuePolicy, true
			b.depths[q] = &depth{}
		}
		s, err := b.makeStream(ctx, cfg)
		if err != nil {
			return err
		}
		b.streams[q] = s
	}
	var err error
	b.dead, err = b.makeStream(ctx, jetstream.StreamConfig{
		Name: deadStream, Subjects: []string{deadPrefix + ">"}, Storage: jetstream.FileStorage,
		Duplicates: window, MaxBytes: min(deadMaxBytes, share), MaxAge: deadMaxAge, Discard: jetstream.DiscardOld, AllowDirect: true,
	})
	return err
}

func (b *Bus) makeStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	var s jetstream.Stream
	err := b.retry(ctx, func(ctx context.Context) (err error) {
		s, err = b.js.CreateOrUpdateStream(ctx, cfg)
		return err
	})
	if err != nil {
		return nil, wrap(err, "bus.start", "open the queue store %q", cfg.Name)
	}
	return s, nil
}

func (b *Bus) stream(q Queue) (jetstream.Stream, error) {
	s, ok := b.streams[q]
	if !ok {
		return nil, fault.New(fault.Internal, "bus.queue", "there is no queue %q", q)
	}
	return s, nil
}

// depth remembers for a moment how full a queue is.
type depth struct {
	mu    sync.Mutex // guards what follows
	asked time.Time
	full  error
}

const depthAge = 200 * time.Millisecond

// room returns an error where the queue is full.
func (b *Bus) room(ctx context.Context, q Queue) error {
	d := b.depths[q]
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.asked) < depthAge {
		return d.full
	}
	info, err := b.streams[q].Info(ctx)
	if err != nil {
		return nil
	}
	l, _ := q.layout()
	d.asked, d.full = time.Now(), nil
	if info.State.Msgs >= uint64(l.maxCount) || info.State.Bytes >= uint64(min(l.maxBytes, b.maxStore/4)) {
		d.full = fault.New(fault.Limited, "bus.full", "the queue %q is full: %d messages of %d MB wait in it",
			q, info.State.Msgs, info.State.Bytes>>20).WithHint("they come in faster than they are handled, or their handlers fail; try again later")
	}
	return d.full
}

const hexDigits = "0123456789ABCDEF"

// token writes any text as one token of a subject: what is not a letter, digit,
// "-" or "_" becomes "%" and two hexadecimal digits.
func token(s string) string {
	plain := true
	for i := range len(s) {
		if !plainByte(s[i]) {
			plain = false
			break
		}
	}
	if plain && s != "" {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plainByte(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	if s == "" {
		return "%"
	}
	return b.String()
}

func plainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
