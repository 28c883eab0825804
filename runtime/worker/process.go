package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/child"
	"mortise/runtime/fault"
)

// Waiting times of the host's side.
const (
	defaultWait = 10 * time.Second       // for hello
	byeWait     = time.Second            // from bye until the worker is killed
	pipeWait    = time.Second            // from a worker's end until its pipes are given up
	watchEvery  = 250 * time.Millisecond // between two looks at a worker's memory
)

// errGone is what waits for a worker that takes no more calls.
var errGone = errors.New("the worker takes no more calls")

// Process is a worker: a child process that runs services. It is an Executor.
//
// It begins with Start, takes calls after Load (or at once, where its services
// are part of its program), takes no more calls once Done is closed, and has
// given everything back once Exited is closed.
type Process struct {
	opts   Options
	limits Limits
	log    *slog.Logger
	cmd    *exec.Cmd
	leash  *child.Leash
	notes  *notesFile
	wire   *wire
	toward *os.File // what the worker reads
	from   *os.File // what it writes
	stderr *os.File
	output output
	slots  slots
	turns  reading
	hooks  atomic.Pointer[Hooks]

	hello  chan hello    // its first frame
	loaded chan error    // the answer to a bundle
	stacks chan []byte   // the answer to a question for stacks
	pong   chan struct{} // the answer to a ping
	tasks  sync.WaitGroup
	done   chan struct{}
	idle   chan struct{}
	exited chan struct{}

	mu       sync.Mutex // guards what follows
	calls    map[uint64]*call
	last     uint64 // the id of the newest call
	overdue  int    // calls that were past their deadline when the worker was retired
	retired  bool   // done is closed
	closing  bool   // not even nested calls come in any more
	reaped   bool   // the process has been waited for
	killed   string // why the host ended it
	timer    *time.Timer
	loading  bool
	asking   bool
	greeted  bool
	finished bool // idle is closed
}

var _ Executor = (*Process)(nil)

// Start starts a worker and waits until it says hello; ctx bounds that waiting,
// not the life of the worker. The error is a *fault.Error.
func Start(ctx context.Context, opts Options) (*Process, error) {
	p := &Process{
		opts: opts, limits: opts.Limits.withDefaults(), log: opts.Log,
		hello: make(chan hello, 1), loaded: make(chan error, 1), stacks: make(chan []byte, 1), pong: make(chan struct{}, 1),
		done: make(chan struct{}), idle: make(chan struct{}), exited: make(chan struct{}),
		calls: map[uint64]*call{},
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if opts.Name != "" {
		p.log = p.log.With("worker", opts.Name)
	}
	p.slots.limit, p.slots.queue = p.limits.Concurrency, p.limits.Queue
	p.hooks.Store(&opts.Hooks)
	p.output.log = p.log
	if err := p.start(context.WithoutCancel(ctx)); err != nil {
		return nil, fault.Wrap(fault.Internal, "worker.start", err, "start a worker from %q", opts.Path)
	}
	if err := p.greet(ctx); err != nil {
		p.kill("it could not be started")
		<-p.exited
		return nil, err
	}
	return p, nil
}

// start starts the process and the goroutines that belong to it. The context is
// that of the log's lines.
func (p *Process) start(ctx context.Context) (err error) {
	var opened []*os.File
	pipe := func() (r, w *os.File) {
		if err != nil {
			return nil, nil
		}
		if r, w, err = os.Pipe(); err == nil {
			opened = append(opened, r, w)
		}
		return r, w
	}
	stdin, toward := pipe()
	from, stdout := pipe()
	stderr, stderrIn := pipe()
	if err == nil && p.opts.Notes {
		p.notes, err = newNotes()
	}
	if err == nil {
		p.cmd = exec.Command(p.opts.Path, p.opts.Args...) //nolint:noctx // its life has no context
		p.cmd.Env = append([]string{}, p.opts.Env...)     // not nil: nil would inherit the host's
		p.cmd.Dir = p.opts.Dir
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderrIn
		p.cmd.ExtraFiles = p.notes.files()
		p.cmd.SysProcAttr = child.Apart()
		p.toward, p.from, p.stderr = toward, from, stderr
		p.wire = newWire(from, toward, p.messageLimit)
		p.turns.prepare(from)
		started := make(chan error)
		go p.hold(ctx, started)
		err = <-started
	}
	if err != nil {
		for _, f := range opened {
			_ = f.Close()
		}
		p.notes.close()
		return err
	}
	for _, f := range []*os.File{stdin, stdout, stderrIn} {
		_ = f.Close()
	}
	return nil
}

// hold starts the child and stays until it has ended and everything is given
// back. It keeps its thread to itself: on Linux the child dies with the thread
// that started it.
func (p *Process) hold(ctx context.Context, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	if err == nil {
		if p.leash, err = child.Hold(p.cmd.Process, ceiling(p.limits.Memory)); err != nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	}
	if err != nil {
		started <- err
		return
	}
	var readers, writer, watcher sync.WaitGroup
	over := make(chan struct{})
	readers.Go(func() { p.read(ctx) })
	readers.Go(func() { p.output.read(ctx, p.stderr) })
	writer.Go(p.wire.w.run)
	watcher.Go(func() { p.watch(over) })
	started <- nil

	_ = p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	close(over)
	watcher.Wait()
	// A process that the worker left behind may hold the pipes open.
	until := time.Now().Add(pipeWait)
	p.turns.giveUp(p.from, until)
	_ = p.stderr.SetReadDeadline(until)
	readers.Wait()
	_ = p.toward.Close()
	p.wire.w.close()
	writer.Wait()
	p.bury(ctx)
	p.tasks.Wait()
	_ = p.from.Close()
	_ = p.stderr.Close()
	p.notes.close()
	p.leash.Close()
	close(p.exited)
}

// greet tells the worker its limits and waits for its answer.
func (p *Process) greet(ctx context.Context) error {
	text, err := json.Marshal(setup{
		Version: version, Memory: p.limits.Memory, Stack: p.limits.Stack,
		Body: p.limits.Body, Operations: maxOperations, Notes: p.notes != nil,
	})
	if err == nil {
		err = p.wire.send(ctx, frameSetup, address{}, text, nil, false)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "worker.start", err, "start a worker")
	}
	wait := time.NewTimer(orInt(p.opts.Wait, defaultWait))
	defer wait.Stop()
	select {
	case h := <-p.hello:
		switch {
		case h.Error != "":
			return fault.New(fault.Internal, "worker.start", "start a worker: %s", h.Error)
		case h.Version != version:
			return fault.New(fault.Internal, "worker.version", "the worker speaks version %d of the protocol, the host version %d", h.Version, version).
				WithHint("build the project again")
		}
		return nil
	case <-p.done:
		<-p.exited
		v := p.verdict(p.death())
		return fault.New(fault.Internal, "worker.start", "the worker ended before it was ready: %s", v.What).WithAt(v.At).WithHint("%s", v.Hint)
	case <-wait.C:
		return fault.New(fault.Internal, "worker.start", "the worker did not say hello within %s", orInt(p.opts.Wait, defaultWait)).
			WithAt(p.stuck())
	case <-ctx.Done():
		return fault.Wrap(fault.Canceled, "worker.start", context.Cause(ctx), "start a worker")
	}
}

// Load hands a bundle to a worker that loads its services and waits until it is
// ready for calls. Hooks are those of the program in the bundle; they take the
// place of those of Options. The error is a fault.List of what is wrong with the
// bundle, or a *fault.Error. A worker is loaded once.
func (p *Process) Load(ctx context.Context, bundle []byte, hooks Hooks) error {
	if len(bundle) > maxBundle {
		return fault.New(fault.Invalid, "worker.bundle", "the project's services take %d MiB, %d are allowed", len(bundle)>>20, maxBundle>>20)
	}
	p.mu.Lock()
	again := p.loading
	p.loading = true
	p.mu.Unlock()
	if again {
		return fault.New(fault.Internal, "worker.loaded", "the worker was loaded already")
	}
	p.hooks.Store(&hooks)
	if err := p.wire.send(ctx, frameLoad, address{}, bundle, nil, false); err != nil && ctx.Err() == nil {
		<-p.done
	}
	select {
	case err := <-p.loaded:
		return err
	default:
	}
	select {
	case err := <-p.loaded:
		return err
	case <-p.done:
		<-p.exited
		d := p.death()
		v := p.verdict(d)
		return fault.New(fault.Internal, "worker.load", "load the services: the worker ended: %s", v.What).
			WithAt(v.At).WithHint("%s", v.Hint)
	case <-ctx.Done():
		return fault.Wrap(contextKind(ctx), "worker.load", context.Cause(ctx), "load the services")
	}
}

// Done is closed when the worker takes no more calls.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exited is closed when the process has ended and all that belonged to it was
// given back.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Pid returns the id of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Ping asks the worker for a sign of life.
func (p *Process) Ping(ctx context.Context) error {
	if err := p.wire.send(ctx, framePing, address{}, nil, nil, false); err != nil {
		return fault.Wrap(fault.Unavailable, "worker.ping", err, "reach the worker")
	}
	p.turns.recall()
	select {
	case <-p.pong:
		return nil
	case <-p.done:
		return fault.Wrap(fault.Unavailable, "worker.ping", errGone, "reach the worker")
	case <-ctx.Done():
		return fault.Wrap(contextKind(ctx), "worker.ping", context.Cause(ctx), "reach the worker")
	}
}

// Close ends the worker: it takes no new calls, lets those in flight end until
// ctx ends, then stops them, and returns when the process is gone.
func (p *Process) Close(ctx context.Context) error {
	p.retire()
	_ = p.wire.send(ctx, frameDrain, address{}, nil, nil, false)
	select {
	case <-p.idle:
	case <-p.exited:
	case <-ctx.Done():
		p.kill(wasClosed)
	}
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	_ = p.wire.send(context.WithoutCancel(ctx), frameBye, address{}, nil, nil, false)
	wait := time.NewTimer(byeWait)
	defer wait.Stop()
	select {
	case <-p.exited:
		return nil
	case <-wait.C:
		p.kill(wasClosed)
	}
	<-p.exited
	return nil
}

// retire makes the worker take no new calls.
func (p *Process) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retireLocked()
}

func (p *Process) retireLocked() {
	if !p.retired {
		p.retired = true
		close(p.done)
		p.turns.recall()
	}
	p.settle()
}

// settle closes idle when a retired worker has no calls, and kills it when it has
// none but those that did not stop at their deadline. The caller holds mu.
func (p *Process) settle() {
	switch {
	case !p.retired:
	case len(p.calls) == 0 && !p.finished:
		p.finished = true
		close(p.idle)
	case p.overdue > 0 && p.overdue == len(p.calls):
		p.killLocked("a call did not stop at its deadline")
	}
}

// kill ends the process; why is what the log and the callers are told.
func (p *Process) kill(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killLocked(why)
}

func (p *Process) killLocked(why string) {
	if p.reaped || p.leash == nil {
		return
	}
	if p.killed == "" {
		p.killed = why
	}
	p.leash.Kill()
}

// watch ends a worker that holds more memory than it may, where the system does
// not do so itself.
func (p *Process) watch(over <-chan struct{}) {
	if child.Watch(p.cmd.Process.Pid, ceiling(p.limits.Memory), watchEvery, over) {
		p.kill(outOfMemory)
	}
}

// messageLimit is the largest message of a kind that a worker may send.
func (p *Process) messageLimit(kind byte) int64 {
	switch kind {
	case frameResult, frameOp:
		return p.limits.Body + maxMeta
	case frameFailed, frameTrace:
		return maxMeta
	default:
		return 0
	}
}

// contextKind is the kind of error that an ended context means.
func contextKind(ctx context.Context) fault.Kind {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.Timeout
	}
	return fault.Canceled
}

// read takes what the worker sends until its pipe ends.
func (p *Process) read(ctx context.Context) {
	err := p.prelude(ctx)
	if err == nil {
		err = p.receive()
	}
	close(p.wire.dead)
	p.retire()
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		p.kill(fmt.Sprintf("it broke the rules of its pipe: %v", err))
		return
	}
	// A worker that closed its pipe is of no use, but one that is dying still
	// has to write why.
	time.AfterFunc(pipeWait, func() { p.kill("it closed its pipe") })
}

// maxPrelude bounds what is kept of what a program prints while it is
// initialized.
const maxPrelude = 64 << 10

// prelude reads what the program printed while it was initialized.
func (p *Process) prelude(ctx context.Context) error {
	text, err := p.wire.r.skipTo(greeting, maxPrelude)
	o := output{log: p.log}
	o.read(ctx, bytes.NewReader(text))
	return err
}
