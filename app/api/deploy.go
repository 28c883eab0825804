package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/serve"
)

// Pauses until a project is tried again that could not be started or deployed for
// a reason that lies outside of it.
const (
	retryFirst = 2 * time.Second
	retryMost  = 10 * time.Second
)

// morePorts is how many ports behind the usual one are tried.
const morePorts = 100

// deploys counts what was asked to be made live, and what came of it.
type deploys struct {
	wake chan struct{} // holds one token while something was asked for

	mu    sync.Mutex // guards what follows
	asked uint64
	done  uint64
	ended chan struct{} // closed and replaced when done grows
}

func newDeploys() deploys {
	return deploys{asked: 1, wake: make(chan struct{}, 1), ended: make(chan struct{})} // the start is the first one
}

// finish says that what was asked for until then is decided.
func (d *deploys) finish(asked uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = asked
	close(d.ended)
	d.ended = make(chan struct{})
}

// deploy asks that the project is read and made live. It returns at once.
func (o *opened) deploy() {
	o.deploys.mu.Lock()
	o.deploys.asked++
	o.deploys.mu.Unlock()
	signal(o.deploys.wake)
}

// settled returns when everything that was saved before has been made live or
// found wrong, or when ctx or the project ends.
func (o *opened) settled(ctx context.Context) error {
	o.deploys.mu.Lock()
	want := o.deploys.asked
	for o.deploys.done < want {
		ended := o.deploys.ended
		o.deploys.mu.Unlock()
		select {
		case <-ended:
		case <-ctx.Done():
			return fault.Wrap(fault.Canceled, "studio.canceled", ctx.Err(), "wait until what was saved is live")
		case <-o.life.Done():
			return fault.New(fault.Canceled, "studio.closed", "the project was closed")
		}
		o.deploys.mu.Lock()
	}
	o.deploys.mu.Unlock()
	return nil
}

// pending reports whether something that was saved is neither live nor found
// wrong.
func (o *opened) pending() bool {
	o.deploys.mu.Lock()
	defer o.deploys.mu.Unlock()
	return o.deploys.done < o.deploys.asked
}

// runtime starts the runtime of the project and deploys what is asked for until
// the project is closed.
func (o *opened) runtime() {
	pause := retryFirst
	again := time.NewTimer(retryMost)
	defer again.Stop()
	for {
		o.deploys.mu.Lock()
		asked := o.deploys.asked
		o.deploys.mu.Unlock()
		again.Stop()
		if o.attempt(o.life) {
			again.Reset(pause)
		}
		o.deploys.finish(asked)
		o.changed("live", "objects", "tutorial", "hello")
		select {
		case <-o.deploys.wake:
			pause = retryFirst
		case <-again.C:
			pause = min(2*pause, retryMost)
		case <-o.life.Done():
			return
		}
	}
}

// attempt starts the runtime, or deploys to it. Where what went wrong may pass by
// itself, it returns true.
func (o *opened) attempt(ctx context.Context) (again bool) {
	if h, err := o.running(); err == nil {
		report, err := h.Apply(ctx)
		if err != nil && ctx.Err() == nil {
			o.log.Logger().Error("project not read", "error", err)
		}
		return serve.Passing(report.Faults)
	}
	h, notice, err := o.start(ctx)
	o.mu.Lock()
	o.host, o.notice, o.down = h, notice, fault.As(err)
	o.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			o.log.Logger().Error("the runtime did not start", "error", err)
		}
		return fault.KindOf(err) == fault.Unavailable || fault.KindOf(err) == fault.Conflict
	}
	report, err := h.Report(ctx)
	return err == nil && serve.Passing(report.Faults)
}

// start starts the runtime, unless another process runs this project.
func (o *opened) start(ctx context.Context) (h *serve.Host, notice *fault.Error, err error) {
	if err := elsewhere(ctx, o.Root()); err != nil {
		return nil, nil, err
	}
	listen := o.s.o.Listen
	if listen == "" {
		if listen, notice, err = address(ctx); err != nil {
			return nil, nil, err
		}
	}
	h, err = serve.Start(ctx, serve.Options{
		Dir: o.Root(), Load: o.Load, Builder: o.builder, Secrets: o.Secrets, Log: o.log, Getenv: o.s.o.Machine.Lookup,
		Listen: listen, Version: o.s.o.Version, Changed: func() { o.changed("live") },
	})
	return h, notice, err
}

// elsewhere returns an error where another process runs the project in a folder.
func elsewhere(ctx context.Context, root string) error {
	client, other, err := control.Find(ctx, root)
	if err != nil {
		return nil //nolint:nilerr // nobody does
	}
	client.Close()
	return fault.New(fault.Conflict, "studio.served", "this project is run by process %d already, at %s", other.PID, other.Address).
		WithHint("stop it there, and the Studio takes over; until then what you save is made live by it")
}

// address returns where the channels are reached: the usual address or, with a
// notice that says who has that, the next one that is free.
func address(ctx context.Context) (string, *fault.Error, error) {
	if free(ctx, serve.DefaultListen) {
		return serve.DefaultListen, nil, nil
	}
	host, port, err := net.SplitHostPort(serve.DefaultListen)
	first, bad := strconv.Atoi(port)
	if err != nil || bad != nil {
		return "", nil, fault.New(fault.Internal, "studio.port", "%q is no address", serve.DefaultListen)
	}
	for p := first + 1; p <= first+morePorts; p++ {
		next := net.JoinHostPort(host, strconv.Itoa(p))
		if free(ctx, next) {
			return next, taken(ctx, next), nil
		}
	}
	return "", nil, fault.New(fault.Conflict, "studio.port", "all ports from %d to %d are taken", first, first+morePorts).
		WithHint("end a program that has one of them")
}

// free reports whether an address could be listened on.
func free(ctx context.Context, address string) bool {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// taken says who has the usual address; nil where it is free again.
func taken(ctx context.Context, next string) *fault.Error {
	s := channel.NewServer(http.NotFoundHandler(), nopLog())
	err := s.Listen(ctx, serve.DefaultListen)
	if err == nil {
		_ = s.Shutdown(ctx) // nobody has called it
		return nil
	}
	e := *fault.As(err)
	e.Err = nil
	return e.WithHint("%s", fmt.Sprintf("this project is reached at %s", next))
}
