// Package bus keeps what must not be lost between two processes or two moments:
// accepted calls, ticks of jobs and messages for a later time. It is NATS
// JetStream, embedded in this process and without a port; what it has accepted
// is on the disk (fsync) before it says so, and is handled at least once.
//
// # Promises
//
// Publish returns without an error only when the message is on the disk. A
// message whose handler returned nil is not handled again, with two exceptions:
// the process is killed between the handler's return and the storing of that
// fact, or the machine sleeps in the middle. Handlers therefore bear a second
// delivery of the same Message.ID. What was in the hands of a process that ended
// comes back within five seconds of the next start. A message with an ID that
// was published in the last five minutes is accepted and dropped: a publisher
// that does not know whether it succeeded publishes again.
package bus

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/fault"
)

// Limits and times of the bus.
const (
	defaultMaxStore   = 4 << 30
	defaultMaxMessage = 8 << 20
	headerRoom        = 64 << 10 // what headers may take beside the body
	readyWait         = 30 * time.Second
	requestWait       = 5 * time.Second
	storeMode         = "standalone" // one folder a mode: another mode deletes what it does not know
)

// Options say how a Bus is opened.
type Options struct {
	Dir        string       // the folder of its files; it is made where it is missing
	Log        *slog.Logger // nil discards
	MaxStore   int64        // bytes on disk of all queues together; 0 is 4 GiB
	MaxMessage int          // bytes of one body; 0 is 8 MiB
}

// Bus is an open bus. Its methods may be called by several goroutines.
type Bus struct {
	log        *slog.Logger
	maxMessage int
	maxStore   int64
	lock       *dirLock
	server     *server.Server
	conn       *nats.Conn
	js         jetstream.JetStream
	streams    map[Queue]jetstream.Stream
	dead       jetstream.Stream
	depths     map[Queue]*depth

	setup sync.Mutex // held while a consumer is set up and while the bus closes

	mu        sync.Mutex // guards what follows
	consumers map[*Consumer]struct{}
	closed    bool
}

// Open starts the bus on a folder. A folder that another process uses is
// refused with a Conflict error that names the process.
func Open(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{
		log: o.Log, maxMessage: o.MaxMessage, maxStore: o.MaxStore,
		streams: map[Queue]jetstream.Stream{}, depths: map[Queue]*depth{}, consumers: map[*Consumer]struct{}{},
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.maxMessage == 0 {
		b.maxMessage = defaultMaxMessage
	}
	if b.maxStore == 0 {
		b.maxStore = defaultMaxStore
	}
	store := filepath.Join(o.Dir, storeMode)
	if err := os.MkdirAll(store, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "bus.dir", err, "make the folder of the bus %q", store).
			WithHint("check that the user of this process may write there")
	}
	var err error
	if b.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	if err = b.start(ctx, store); err != nil {
		_ = b.stop() // the first error says what is wrong
		return nil, err
	}
	return b, nil
}

func (b *Bus) start(ctx context.Context, store string) error {
	s, err := server.NewServer(&server.Options{
		ServerName: "local", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: store, SyncAlways: true, DisableJetStreamBanner: true,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: b.maxStore,
		MaxPayload: int32(min(b.maxMessage+headerRoom, 64<<20)),
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "bus.start", err, "set the bus up")
	}
	b.server = s
	s.SetLoggerV2(&natsLog{b.log}, false, false, false)
	s.Start()
	wait := readyWait
	if d, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(d))
	}
	if !s.ReadyForConnections(wait) || !s.JetStreamEnabled() {
		return fault.New(fault.Unavailable, "bus.start", "start the bus on %q: its store did not open", store).
			WithHint("the log lines before this one say why; the disk may be full or the folder not writable")
	}
	b.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("mortise"),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { b.log.Warn("bus connection", "error", err) }))
	if err != nil {
		return fault.Wrap(fault.Internal, "bus.start", err, "connect to the bus")
	}
	if b.js, err = jetstream.New(b.conn, jetstream.WithDefaultTimeout(requestWait)); err != nil {
		return fault.Wrap(fault.Internal, "bus.start", err, "connect to the bus")
	}
	return b.layOut(ctx)
}

// Close stops the consumers that still run and the bus itself. Handlers see
// their context end and are waited for; Consumer.Stop before it lets them finish.
func (b *Bus) Close() error {
	b.setup.Lock()
	defer b.setup.Unlock()
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	running := make([]*Consumer, 0, len(b.consumers))
	for c := range b.consumers {
		running = append(running, c)
	}
	b.mu.Unlock()
	for _, c := range running {
		c.cancel()
		c.stop()
		c.wait()
	}
	return b.stop()
}

// stop releases what start had taken, also where it went only halfway.
func (b *Bus) stop() error {
	if b.conn != nil {
		_ = b.conn.FlushTimeout(requestWait) // acknowledgements on their way; without them a message comes again
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	return b.lock.release()
}
