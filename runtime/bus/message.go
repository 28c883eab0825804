package bus

import (
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

// Message is one message of a queue.
type Message struct {
	ID    string    // a second message with the same ID within five minutes is dropped; "" makes a new one
	Topic string    // what the message is about within its queue: a job, a service; at most 200 bytes
	CID   cid.ID    // the correlation id that the handler's context carries
	At    time.Time // not before this time, rounded up to the second; zero is now
	Body  []byte
}

// The headers of a message. Names of NATS' own are dropped from messages that
// come due, so the id is kept under a name of ours, too.
const (
	headerID      = "Mortise-Id"
	headerTopic   = "Mortise-Topic"
	headerCID     = "Mortise-Cid"
	headerAt      = "Mortise-At"
	headerAttempt = "Mortise-Attempt" // the number of attempts before this message
	headerReason  = "Mortise-Reason"
	headerQueue   = "Mortise-Queue"
	headerFailed  = "Mortise-Failed-At"
)

const maxName = 200

// Publish stores a message and returns its ID and whether it had been published
// before. It tries again until the bus has confirmed, at most until ctx ends or
// for a minute. Only Jobs and Calls take messages for a later time.
func (b *Bus) Publish(ctx context.Context, q Queue, m Message) (id string, duplicate bool, err error) {
	if m.ID == "" {
		m.ID = string(cid.New())
	}
	if err := b.check(ctx, q, &m); err != nil {
		return "", false, err
	}
	duplicate, err = b.put(ctx, q, &m, 0)
	return m.ID, duplicate, err
}

func (b *Bus) check(ctx context.Context, q Queue, m *Message) error {
	l, ok := q.layout()
	switch {
	case !ok:
		return fault.New(fault.Internal, "bus.queue", "there is no queue %q", q)
	case len(m.ID) > maxName || len(m.Topic) > maxName:
		return fault.New(fault.Invalid, "bus.name", "the id or the topic of a message is longer than %d bytes: %.40q", maxName, m.Topic)
	case len(m.Body) > b.maxMessage:
		return fault.New(fault.Limited, "bus.too_large", "a message for %q is %d bytes long, %d are allowed", m.Topic, len(m.Body), b.maxMessage).
			WithHint("store the data elsewhere and send its name")
	case l.kept && !m.At.IsZero():
		return fault.New(fault.Internal, "bus.queue", "the queue %q takes no messages for a later time", q)
	}
	return b.room(ctx, q)
}

// put stores a message that was attempted some times before.
func (b *Bus) put(ctx context.Context, q Queue, m *Message, attempts int) (duplicate bool, err error) {
	msg := &nats.Msg{Subject: q.now(m.Topic), Data: m.Body, Header: nats.Header{}}
	msg.Header[headerID] = []string{strconv.QuoteToASCII(m.ID)}
	msg.Header[headerTopic] = []string{strconv.QuoteToASCII(m.Topic)}
	if m.CID != "" {
		msg.Header[headerCID] = []string{string(m.CID)}
	}
	opts := make([]jetstream.PublishOpt, 1, 3)
	opts[0] = jetstream.WithMsgID(token(m.ID))
	if attempts > 0 {
		msg.Header[headerAttempt] = []string{strconv.Itoa(attempts)}
		opts[0] = jetstream.WithMsgID(token(m.ID) + "." + strconv.Itoa(attempts))
	}
	if !m.At.IsZero() {
		msg.Header[headerAt] = []string{m.At.UTC().Format(time.RFC3339Nano)}
		if at := roundUp(m.At); at.After(time.Now()) {
			msg.Subject = q.later(m.ID)
			opts = append(opts, jetstream.WithScheduleAt(at), jetstream.WithScheduleTarget(q.now(m.Topic)))
		}
	}
	var ack *jetstream.PubAck
	err = b.retry(ctx, func(ctx context.Context) (err error) {
		ack, err = b.js.PublishMsg(ctx, msg, opts...)
		return err
	})
	if err != nil {
		return false, wrap(err, "bus.publish", "store a message for %q in the queue %q", m.Topic, q)
	}
	return ack.Duplicate, nil
}

// roundUp is the next whole second: the server cuts fractions off, and a
// message must not come early.
func roundUp(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		return whole.Add(time.Second)
	}
	return t
}

// parse reads a message back.
func parse(h nats.Header, body []byte) (m Message, attempts int) {
	m = Message{ID: unquote(h.Get(headerID)), Topic: unquote(h.Get(headerTopic)), CID: cid.ID(h.Get(headerCID)), Body: body}
	m.At, _ = time.Parse(time.RFC3339Nano, h.Get(headerAt)) // zero where there is none
	attempts, _ = strconv.Atoi(h.Get(headerAttempt))        // likewise
	return m, attempts
}

func unquote(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// Last returns the newest message of a topic in Ticks, handled or not; false
// where there is none.
func (b *Bus) Last(ctx context.Context, q Queue, topic string) (Message, bool, error) {
	s, err := b.stream(q)
	if err != nil {
		return Message{}, false, err
	}
	raw, err := s.GetLastMsgForSubject(ctx, q.now(topic))
	if isNotFound(err) {
		return Message{}, false, nil
	}
	if err != nil {
		return Message{}, false, wrap(err, "bus.read", "read the last message of %q", topic)
	}
	m, _ := parse(raw.Header, raw.Data)
	return m, true, nil
}

// Forget drops all messages of a topic, handled or not.
func (b *Bus) Forget(ctx context.Context, q Queue, topic string) error {
	s, err := b.stream(q)
	if err != nil {
		return err
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(q.now(topic))); err != nil {
		return wrap(err, "bus.purge", "drop the messages of %q", topic)
	}
	return nil
}

// Later returns the messages that wait for their time, at most limit of them, in
// the order in which they were published.
func (b *Bus) Later(ctx context.Context, q Queue, limit int) ([]Message, error) {
	s, err := b.stream(q)
	if err != nil {
		return nil, err
	}
	var list []Message
	err = b.each(ctx, s, q.allLater(), limit, func(raw *jetstream.RawStreamMsg) {
		m, _ := parse(raw.Header, raw.Data)
		list = append(list, m)
	})
	return list, err
}

// Cancel drops a message that waits for its time; false where there is none of
// that ID, because it came due or never was.
func (b *Bus) Cancel(ctx context.Context, q Queue, id string) (bool, error) {
	s, err := b.stream(q)
	if err != nil {
		return false, err
	}
	return b.drop(ctx, s, q.later(id))
}

// Depth returns how many messages a queue holds: those that wait for a handler
// and those that wait for their time.
func (b *Bus) Depth(ctx context.Context, q Queue) (int, error) {
	s, err := b.stream(q)
	if err != nil {
		return 0, err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return 0, wrap(err, "bus.read", "look into the queue %q", q)
	}
	return int(info.State.Msgs), nil
}

// drop deletes the one message of a subject.
func (b *Bus) drop(ctx context.Context, s jetstream.Stream, subject string) (bool, error) {
	raw, err := s.GetLastMsgForSubject(ctx, subject)
	if err == nil {
		err = s.DeleteMsg(ctx, raw.Sequence)
	}
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, wrap(err, "bus.drop", "drop a message")
	}
	return true, nil
}

// each calls f with the messages of a subject filter, oldest first.
func (b *Bus) each(ctx context.Context, s jetstream.Stream, filter string, limit int, f func(*jetstream.RawStreamMsg)) error {
	for seq := uint64(1); limit > 0; limit-- {
		raw, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(filter))
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return wrap(err, "bus.read", "list messages")
		}
		f(raw)
		seq = raw.Sequence + 1
	}
	return nil
}

// sweep brings back the messages that the server would never deliver: those that
// its consumer counts as done (up to floor) and that are still in the queue.
// About one kill in a hundred leaves such a one, because the two facts are
// stored one after the other. It was probably handled; handled twice is better
// than not at all.
func (b *Bus) sweep(ctx context.Context, q Queue, floor uint64) error {
	if l, _ := q.layout(); l.kept {
		return nil
	}
	s := b.streams[q]
	var stuck []*jetstream.RawStreamMsg
	for seq := uint64(1); seq <= floor; {
		raw, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(q.allNow()))
		if isNotFound(err) || err == nil && raw.Sequence > floor {
			break
		}
		if err != nil {
			return err
		}
		stuck = append(stuck, raw)
		seq = raw.Sequence + 1
	}
	for _, raw := range stuck {
		msg := &nats.Msg{Subject: raw.Subject, Data: raw.Data, Header: nats.Header{}}
		for _, h := range []string{headerID, headerTopic, headerCID, headerAt, headerAttempt} {
			if v := raw.Header[h]; v != nil {
				msg.Header[h] = v
			}
		}
		id := jetstream.WithMsgID("swept." + strconv.FormatUint(raw.Sequence, 10))
		if err := b.retry(ctx, func(ctx context.Context) error { _, err := b.js.PublishMsg(ctx, msg, id); return err }); err != nil {
			return err
		}
		if err := s.DeleteMsg(ctx, raw.Sequence); err != nil && !isNotFound(err) {
			return err
		}
		b.log.DebugContext(ctx, "bus message brought back", "queue", string(q), "id", unquote(raw.Header.Get(headerID)))
	}
	return nil
}
