package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// program is a worker as it sees itself.
type program struct {
	opts   ServeOptions
	wire   *wire
	limits setup
	apply  func(setup) (*Notes, error) // puts the limits into force
	notes  *Notes
	lookup atomic.Pointer[Lookup]
	ctx    context.Context // ends with Serve
	root   context.Context // of calls: it never ends, each call is canceled by its own
	leader leader
	drain  context.CancelFunc
	load   context.Context // of Load; ends with drain

	mu      sync.Mutex // guards what follows
	calls   map[uint64]*running
	loading bool

	tracing atomic.Bool
}

// Serve is the whole life of a worker's program: it answers the host until that
// closes its pipe, even in the middle of calls, or says goodbye. In and out are
// what Stdio returned. Goroutines of services may still run when it returns, so
// the program must end then. The error is a breach of the protocol, or one of
// the pipe.
func Serve(ctx context.Context, in io.Reader, out io.Writer, opts ServeOptions) error {
	return serve(ctx, in, out, opts, enforce)
}

func serve(ctx context.Context, in io.Reader, out io.Writer, opts ServeOptions, apply func(setup) (*Notes, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &program{
		opts: opts, apply: apply, ctx: ctx, root: context.WithoutCancel(ctx),
		leader: newLeader(), calls: map[uint64]*running{},
	}
	defer s.cancelAll()
	s.load, s.drain = context.WithCancel(ctx)
	defer s.drain()
	s.wire = newWire(in, out, s.messageLimit)
	if opts.Services != nil {
		services := opts.Services
		lookup := Lookup(func(name string) (service.Func, error) { return services[name], nil })
		s.lookup.Store(&lookup)
	}
	if _, err := io.WriteString(out, greeting); err != nil {
		return err
	}
	go s.wire.w.run()
	defer s.wire.w.close()
	defer close(s.wire.dead)
	go s.lead() //nolint:contextcheck // a call has the context of its own frame
	err := <-s.leader.over
	if errors.Is(err, io.EOF) || errors.Is(err, errBye) {
		return nil
	}
	return err
}

// errBye is how the host's goodbye ends Serve.
var errBye = errors.New("goodbye")

// messageLimit is the largest message of a kind that a host may send.
func (s *program) messageLimit(kind byte) int64 {
	switch kind {
	case frameCall, frameReply:
		return s.limits.Body + maxMeta
	case frameLoad:
		return maxBundle
	default:
		return 0
	}
}

// handle takes one message of the host, other than a call. It never waits.
func (s *program) handle(h header, payload []byte) error {
	if s.limits.Version == 0 {
		return s.handleSetup(h, payload)
	}
	switch h.kind {
	case frameReply:
		if r := s.call(h.call); r != nil {
			r.replied(h.op, payload)
		}
	case frameEnd:
		return s.handleEnd(h.call, h.op)
	case frameCancel:
		return s.handleCancel(h.call, payload)
	case frameLoad:
		return s.handleLoad(payload)
	case frameStacks:
		if s.tracing.CompareAndSwap(false, true) {
			go s.trace(h.call)
		}
	case framePing:
		return s.wire.w.send(header{kind: framePong}, nil, nil, false)
	case frameDrain:
		s.drain()
	case frameBye:
		return errBye
	default:
		return breach("a frame of kind %d from a host", h.kind)
	}
	return nil
}

// handleSetup takes the host's first frame and answers it.
func (s *program) handleSetup(h header, payload []byte) error {
	if h.kind != frameSetup {
		return breach("a frame of kind %d before the setup", h.kind)
	}
	var said setup
	if err := json.Unmarshal(payload, &said); err != nil {
		return breach("a setup that cannot be read: %v", err)
	}
	if said.Version <= 0 || said.Body <= 0 || said.Operations <= 0 {
		return breach("a setup without limits")
	}
	s.limits = said
	answer := hello{Version: version, Pid: os.Getpid(), Hash: s.opts.Hash, Loads: s.opts.Load != nil}
	var err error
	if s.notes, err = s.apply(said); err != nil {
		answer.Error = err.Error()
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return s.wire.w.send(header{kind: frameHello}, text, nil, false)
}

// enforce puts a worker's limits into force in this process.
func enforce(said setup) (*Notes, error) {
	debug.SetMaxStack(said.Stack)
	debug.SetMemoryLimit(said.Memory)
	if err := limitMemory(said.Memory); err != nil {
		return nil, fmt.Errorf("limit the memory: %w", err)
	}
	if !said.Notes {
		return nil, nil
	}
	return openNotes()
}

func (s *program) handleLoad(bundle []byte) error {
	s.mu.Lock()
	again := s.loading
	s.loading = true
	s.mu.Unlock()
	if again {
		return breach("two bundles")
	}
	go func() {
		lookup, err := s.loadBundle(bundle)
		if err != nil {
			_ = s.wire.send(s.ctx, frameFailed, address{}, appendFaults(nil, err), nil, true)
			return
		}
		s.lookup.Store(&lookup)
		_ = s.wire.send(s.ctx, frameReady, address{}, nil, nil, true)
	}()
	return nil
}

// loadBundle keeps a panic of the loader within the load.
func (s *program) loadBundle(bundle []byte) (lookup Lookup, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.Wrap(fault.Internal, "worker.load", fmt.Errorf("panic: %v\n%s", v, debug.Stack()), "load the services")
		}
	}()
	if s.opts.Load == nil {
		return nil, fault.New(fault.Internal, "worker.load", "this worker has its services and loads none")
	}
	lookup, err = s.opts.Load(s.load, Bundle{Data: bundle, Notes: s.notes})
	if err == nil && lookup == nil {
		err = fault.New(fault.Internal, "worker.load", "the loader returned no services")
	}
	return lookup, err
}

// begin makes a call known.
func (s *program) begin(id uint64, payload []byte) (*running, error) {
	name, left, input, err := cutCall(payload)
	if err != nil {
		return nil, err
	}
	if id == 0 || s.call(id) != nil {
		return nil, breach("two calls of one number")
	}
	r := &running{s: s, id: id, name: name, input: input, size: headerSize + len(payload)}
	r.ctx.Context = s.root
	if left > 0 {
		r.ctx.at = time.Now().Add(left)
	}
	s.mu.Lock()
	s.calls[id] = r
	s.mu.Unlock()
	return r, nil
}

// cancelAll cancels every call when Serve ends.
func (s *program) cancelAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.calls {
		r.ctx.end()
	}
}

// deadlineNear is how soon the call's own clock must stop it for a cancel at the
// deadline to be left to that: the author then sees which of the two it was.
const deadlineNear = 50 * time.Millisecond

func (s *program) handleCancel(id uint64, payload []byte) error {
	if len(payload) != 1 {
		return breach("a cancel of %d bytes", len(payload))
	}
	r := s.call(id)
	if r == nil {
		return nil
	}
	if at, ok := r.ctx.Deadline(); ok && payload[0] == 1 && time.Until(at) < deadlineNear {
		return nil
	}
	r.ctx.end()
	return nil
}

// handleEnd takes note that the rest of a message will not come. A call whose
// input was not complete is over; a reply that was not is of a call that is being
// canceled.
func (s *program) handleEnd(id uint64, op uint32) error {
	if op != 0 || id == 0 {
		return nil
	}
	err := fault.New(fault.Canceled, "service.canceled", "the call was canceled before its input was there")
	return s.wire.w.send(header{kind: frameResult, call: id}, appendError(nil, err), nil, false)
}

func (s *program) call(id uint64) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[id]
}

// maxTrace bounds the text of all stacks.
const maxTrace = 1 << 20

// trace sends the stacks of all goroutines.
func (s *program) trace(call uint64) {
	defer s.tracing.Store(false)
	buf := make([]byte, maxTrace)
	_ = s.wire.send(s.ctx, frameTrace, address{call: call}, buf[:runtime.Stack(buf, true)], nil, true)
}
