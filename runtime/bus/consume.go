package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

// Times of delivery. A message whose holder gives no sign of life for ackWait
// is delivered again; a running handler gives one every heartbeat.
const (
	ackWait         = 5 * time.Second
	heartbeat       = 1500 * time.Millisecond
	pullExpiry      = 4 * time.Second
	pullHeartbeat   = time.Second
	maxBuffered     = 256
	defaultParallel = 16
	maxParallel     = 10_000
	defaultAttempts = 6
)

// ConsumeOptions say how a queue is consumed.
type ConsumeOptions struct {
	Parallel int             // handlers at a time; 0 is 16, at most 10,000
	Attempts int             // deliveries of one message before it becomes a dead letter; 0 is 6
	Backoff  []time.Duration // pauses before the second, third… attempt, the last one repeated; nil is 1 s to 10 min
}

// Delivery is one attempt to handle a message.
type Delivery struct {
	Message
	Attempt int       // 1 for the first
	Stored  time.Time // when the bus accepted it
}

// ErrGiveBack is what a handler returns that has done nothing: the message is
// delivered again, after a second or by the next consumer.
var ErrGiveBack = errors.New("the message is given back")

// Handler handles a message. After nil the message is done. An error brings it
// back after a pause, until the attempts are used up; an error whose kind says
// that trying again is no use (Invalid, NotFound, Denied, Unauthenticated,
// Conflict) makes it a dead letter at once. The context carries the
// message's correlation id and ends when the consumer is stopped the hard way.
type Handler func(ctx context.Context, d Delivery) error

// Consumer hands the messages of a queue to a handler.
type Consumer struct {
	bus     *Bus
	queue   Queue
	opts    ConsumeOptions
	handle  Handler
	ctx     context.Context //nolint:containedctx // the life of the handlers
	cancel  context.CancelFunc
	pull    jetstream.ConsumeContext
	work    sync.WaitGroup // handlers
	beats   sync.WaitGroup // the heartbeat goroutine
	endBeat chan struct{}
	once    sync.Once

	mu       sync.Mutex // guards what follows
	inFlight map[uint64]jetstream.Msg
	stopping bool
	returned []jetstream.Msg // to be given back when nothing is delivered to us any more
}

// Consume starts to hand the messages of a queue to a handler. A queue has one
// consumer at a time. The values of ctx are those of the handlers' contexts; its
// end stops only the setting up.
func (b *Bus) Consume(ctx context.Context, q Queue, o ConsumeOptions, h Handler) (*Consumer, error) {
	s, err := b.stream(q)
	if err != nil {
		return nil, err
	}
	c := &Consumer{bus: b, queue: q, opts: o.withDefaults(), handle: h, inFlight: map[uint64]jetstream.Msg{}, endBeat: make(chan struct{})}
	b.setup.Lock()
	defer b.setup.Unlock()
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := b.add(c); err != nil {
		c.cancel()
		return nil, err
	}
	var cons jetstream.Consumer
	err = b.retry(ctx, func(ctx context.Context) (err error) {
		cons, err = s.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1,
			FilterSubject: q.allNow(), MaxAckPending: c.opts.Parallel,
		})
		return err
	})
	if err == nil {
		err = b.sweep(ctx, q, cons.CachedInfo().AckFloor.Stream)
	}
	if err == nil {
		c.pull, err = cons.Consume(c.receive, jetstream.PullMaxMessages(min(c.opts.Parallel, maxBuffered)),
			jetstream.PullExpiry(pullExpiry), jetstream.PullHeartbeat(pullHeartbeat),
			jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
				b.log.Debug("bus consumer", "queue", string(q), "error", err)
			}))
	}
	if err != nil {
		b.remove(c)
		c.cancel()
		return nil, wrap(err, "bus.consume", "consume the queue %q", q)
	}
	c.beats.Go(c.beat)
	return c, nil
}

func (o ConsumeOptions) withDefaults() ConsumeOptions {
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	o.Parallel = min(o.Parallel, maxParallel)
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if len(o.Backoff) == 0 {
		o.Backoff = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	}
	return o
}

func (b *Bus) add(c *Consumer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return fault.New(fault.Unavailable, "bus.closed", "consume the queue %q: the bus is closed", c.queue)
	}
	for other := range b.consumers {
		if other.queue == c.queue {
			return fault.New(fault.Conflict, "bus.consumed", "the queue %q has a consumer already", c.queue)
		}
	}
	b.consumers[c] = struct{}{}
	return nil
}

func (b *Bus) remove(c *Consumer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.consumers, c)
}

// Stop takes no new messages and waits for the handlers that run. When ctx ends
// first, their contexts end too; what they do not finish is delivered again by
// the next consumer.
func (c *Consumer) Stop(ctx context.Context) error {
	c.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		c.cancel()
		<-done
	}
	c.cancel()
	return c.bus.conn.FlushTimeout(requestWait)
}

func (c *Consumer) stop() {
	c.mu.Lock()
	c.stopping = true
	c.mu.Unlock()
	c.pull.Drain() // what is buffered here is given back by receive
}

func (c *Consumer) wait() {
	<-c.pull.Closed()
	c.work.Wait()
	c.once.Do(func() { close(c.endBeat) })
	c.beats.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, msg := range c.returned {
		c.settle(msg.Nak())
	}
	c.returned = nil
	c.bus.remove(c)
}

// receive is called for one message after the other.
func (c *Consumer) receive(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		c.bus.log.Error("bus message without metadata", "queue", string(c.queue), "error", err)
		return
	}
	seq := meta.Sequence.Stream
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		c.returned = append(c.returned, msg)
		return
	}
	if _, running := c.inFlight[seq]; running {
		// The machine slept and the server gave the message up; its handler is
		// still at it.
		c.settle(msg.InProgress())
		return
	}
	c.inFlight[seq] = msg
	c.work.Go(func() {
		c.process(msg, meta)
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.inFlight, seq)
	})
}

func (c *Consumer) process(msg jetstream.Msg, meta *jetstream.MsgMetadata) {
	m, before := parse(msg.Headers(), msg.Data())
	d := Delivery{Message: m, Attempt: before + int(min(meta.NumDelivered, 1<<20)), Stored: meta.Timestamp}
	ctx := c.ctx
	if m.CID != "" {
		ctx = cid.With(ctx, m.CID)
	}
	var err error
	if d.Attempt > c.opts.Attempts {
		// It was delivered as often as allowed and nobody lived to say what became
		// of it: handling it may be what kills the process.
		err = fault.New(fault.Unavailable, "bus.attempts", "the process ended in each of %d attempts", c.opts.Attempts)
	} else if err = c.call(ctx, d); err == nil {
		c.settle(msg.Ack())
		return
	}
	if c.ctx.Err() != nil || errors.Is(err, ErrGiveBack) {
		c.giveBack(msg)
		return
	}
	if d.Attempt >= c.opts.Attempts || hopeless(err) {
		c.bury(ctx, msg, d, err)
		return
	}
	c.postpone(ctx, msg, d, err)
}

// giveBack returns a message whose fault it is not that it was not handled.
func (c *Consumer) giveBack(msg jetstream.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		c.returned = append(c.returned, msg)
		return
	}
	c.settle(msg.NakWithDelay(time.Second))
}

// call runs the handler; its panic is an error like others.
func (c *Consumer) call(ctx context.Context, d Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.bus.log.ErrorContext(ctx, "handler of a message panicked", "queue", string(c.queue), "id", d.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "bus.panic", "handle the message %q: panic: %v", d.ID, p)
		}
	}()
	return c.handle(ctx, d)
}

func hopeless(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Denied, fault.Unauthenticated, fault.Conflict:
		return true
	case fault.Internal, fault.Limited, fault.Timeout, fault.Unavailable, fault.Canceled:
		return false
	}
	return false
}

// postpone brings a message back after a pause: as a message for a later time,
// because one that the server holds back would take the place of others.
func (c *Consumer) postpone(ctx context.Context, msg jetstream.Msg, d Delivery, cause error) {
	pause := c.opts.Backoff[min(d.Attempt, len(c.opts.Backoff))-1]
	c.bus.log.WarnContext(ctx, "message will be tried again", "queue", string(c.queue), "topic", d.Topic, "id", d.ID,
		"attempt", strconv.Itoa(d.Attempt)+" of "+strconv.Itoa(c.opts.Attempts), "after", pause, "error", cause)
	l, _ := c.queue.layout()
	if l.kept || pause < time.Second {
		c.settle(msg.NakWithDelay(pause))
		return
	}
	again := d.Message
	again.At = time.Now().Add(pause)
	if _, err := c.bus.put(ctx, c.queue, &again, d.Attempt); err != nil {
		c.settle(msg.NakWithDelay(pause))
		return
	}
	c.settle(msg.Ack())
}

// settle logs an answer that could not be given; the message then comes again.
func (c *Consumer) settle(err error) {
	if err != nil {
		c.bus.log.Warn("bus acknowledgement", "queue", string(c.queue), "error", err)
	}
}

// beat tells the server that the handlers live.
func (c *Consumer) beat() {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-c.endBeat:
			return
		case <-t.C:
		}
		c.mu.Lock()
		for _, msg := range c.inFlight {
			c.settle(msg.InProgress())
		}
		c.mu.Unlock()
	}
}
