package bus

import (
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/fault"
)

// Dead is a message that was given up: it stays 90 days, until Retry or Discard.
type Dead struct {
	Message
	Queue    Queue
	Attempts int
	Reason   string    // the error of the last attempt
	Failed   time.Time // when it was given up
}

const maxReason = 4 << 10

// bury makes a message a dead letter.
func (c *Consumer) bury(ctx context.Context, msg jetstream.Msg, d Delivery, cause error) {
	reason := cause.Error()
	dead := &nats.Msg{Subject: c.queue.deadSubject(d.ID), Data: d.Body, Header: nats.Header{}}
	dead.Header[headerID] = []string{strconv.QuoteToASCII(d.ID)}
	dead.Header[headerTopic] = []string{strconv.QuoteToASCII(d.Topic)}
	dead.Header[headerCID] = []string{string(d.CID)}
	dead.Header[headerQueue] = []string{string(c.queue)}
	dead.Header[headerAttempt] = []string{strconv.Itoa(d.Attempt)}
	dead.Header[headerReason] = []string{strconv.QuoteToASCII(reason[:min(len(reason), maxReason)])}
	dead.Header[headerFailed] = []string{time.Now().UTC().Format(time.RFC3339Nano)}
	err := c.bus.retry(ctx, func(ctx context.Context) error {
		_, err := c.bus.js.PublishMsg(ctx, dead)
		return err
	})
	if err != nil {
		c.bus.log.ErrorContext(ctx, "store a dead letter", "queue", string(c.queue), "id", d.ID, "error", err)
		c.settle(msg.NakWithDelay(c.opts.Backoff[len(c.opts.Backoff)-1]))
		return
	}
	c.bus.log.ErrorContext(ctx, "message given up", "queue", string(c.queue), "topic", d.Topic, "id", d.ID, "attempts", d.Attempt, "error", cause)
	c.settle(msg.Ack())
}

// Dead returns the dead letters of a queue, oldest first, at most limit of them.
func (b *Bus) Dead(ctx context.Context, q Queue, limit int) ([]Dead, error) {
	var list []Dead
	err := b.each(ctx, b.dead, deadPrefix+string(q)+".>", limit, func(raw *jetstream.RawStreamMsg) {
		list = append(list, parseDead(raw))
	})
	return list, err
}

func parseDead(raw *jetstream.RawStreamMsg) Dead {
	m, attempts := parse(raw.Header, raw.Data)
	d := Dead{Message: m, Queue: Queue(raw.Header.Get(headerQueue)), Attempts: attempts, Reason: unquote(raw.Header.Get(headerReason))}
	d.Failed, _ = time.Parse(time.RFC3339Nano, raw.Header.Get(headerFailed)) // we wrote it ourselves
	return d
}

// Retry puts a dead letter back into its queue, with all its attempts before it.
func (b *Bus) Retry(ctx context.Context, q Queue, id string) error {
	raw, err := b.dead.GetLastMsgForSubject(ctx, q.deadSubject(id))
	if err != nil {
		return b.noDead(err, q, id)
	}
	m, _ := parse(raw.Header, raw.Data)
	// The server must not take it for the first publication, nor a second click
	// for another message.
	msg := &nats.Msg{Subject: q.now(m.Topic), Data: m.Body, Header: nats.Header{}}
	for _, h := range []string{headerID, headerTopic, headerCID} {
		msg.Header[h] = raw.Header[h]
	}
	err = b.retry(ctx, func(ctx context.Context) error {
		_, err := b.js.PublishMsg(ctx, msg, jetstream.WithMsgID(token(m.ID)+".retry."+strconv.FormatUint(raw.Sequence, 10)))
		return err
	})
	if err != nil {
		return wrap(err, "bus.publish", "put the dead letter %q back", id)
	}
	if err := b.dead.DeleteMsg(ctx, raw.Sequence); err != nil && !isNotFound(err) {
		return wrap(err, "bus.drop", "delete the dead letter %q", id)
	}
	return nil
}

// Discard deletes a dead letter.
func (b *Bus) Discard(ctx context.Context, q Queue, id string) error {
	found, err := b.drop(ctx, b.dead, q.deadSubject(id))
	if err == nil && !found {
		return b.noDead(jetstream.ErrMsgNotFound, q, id)
	}
	return err
}

func (b *Bus) noDead(err error, q Queue, id string) error {
	if isNotFound(err) {
		return fault.New(fault.NotFound, "bus.dead.unknown", "there is no dead letter %q in the queue %q", id, q)
	}
	return wrap(err, "bus.read", "read the dead letter %q", id)
}
