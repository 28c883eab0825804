// Package service is what the author of a service imports. A service is an
// exported function with one of four signatures:
//
//	func(ctx *service.Context) error
//	func(ctx *service.Context) (Out, error)
//	func(ctx *service.Context, in In) error
//	func(ctx *service.Context, in In) (Out, error)
//
// Everything that a service needs of the outside hangs off its Context:
// connections by name, other services, jobs, settings, secrets, the caller and
// the log. The package does no input or output of its own: each call is an
// operation that the host carries out.
package service

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Context is one invocation of a service. It is a context.Context: it carries
// the deadline of the call and is cancelled when the caller goes away. It may be
// used by several goroutines, and not after the service has returned.
type Context struct {
	ctx  context.Context
	host Host
	name string

	mu       sync.Mutex // guards what follows
	request  *Request
	caller   *Caller
	response Response
	log      *slog.Logger // made when it is first asked for
}

// New returns the Context of one invocation of the service called name. Engines
// and tests call it; services get theirs as an argument.
func New(ctx context.Context, name string, host Host) *Context {
	return &Context{ctx: ctx, host: host, name: name}
}

// Deadline returns when the call must be done.
func (c *Context) Deadline() (time.Time, bool) { return c.ctx.Deadline() }

// Done returns a channel that is closed when the call must stop.
func (c *Context) Done() <-chan struct{} { return c.ctx.Done() }

// Err returns nil while the call may go on, then why it must stop.
func (c *Context) Err() error { return c.ctx.Err() }

// Value returns the value that the context carries for a key.
func (c *Context) Value(key any) any { return c.ctx.Value(key) }

// Name returns the name of the running service, such as "users.GetDetails".
func (c *Context) Name() string { return c.name }

// Now returns the time: the real one, or in a test the time that the test set.
func (c *Context) Now() time.Time { return time.Now() }

// Log returns the logger of this call. Its lines carry the correlation id and
// the service's name.
func (c *Context) Log() *slog.Logger {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.log == nil {
		c.log = slog.New(&logHandler{ctx: c.ctx, host: c.host})
	}
	return c.log
}

// CID returns the correlation id of this call: 32 hexadecimal digits.
func (c *Context) CID() string { return c.Request().CID }

// Call invokes another service and waits for its answer. The input is a struct,
// a map or JSON; nil is no input.
//
//	err := ctx.Call("users.GetDetails", service.JSON{"name": "Mike"}).Into(&out)
func (c *Context) Call(name string, in any) *Answer {
	return c.do("service", name, "call", nil, in)
}

// Go invokes another service without waiting for it. The call is stored before
// Go returns, survives a restart and is made at least once, so the service must
// bear being called twice with the same input. It returns the id of the message.
func (c *Context) Go(name string, in any) (string, error) {
	a := c.do("service", name, "go", nil, in)
	return a.Text("id"), a.Err()
}

// Invocation is one call of several that FanOut makes.
type Invocation struct {
	Service string // the name of the service
	Input   any    // its input: a struct, a map or JSON; nil is no input
}

// FanOut invokes several services at the same time and waits for all of them.
// The answers stand in the order of the calls, each with its own error.
func (c *Context) FanOut(calls ...Invocation) []*Answer {
	answers := make([]*Answer, len(calls))
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(func() { answers[i] = c.Call(call.Service, call.Input) })
	}
	wg.Wait()
	return answers
}

// Schedule makes a job that invokes the service once, at the time given, which
// survives a restart. Times are kept to the second, never early. It returns the
// id of the job.
func (c *Context) Schedule(name string, in any, at time.Time) (string, error) {
	a := c.do("service", name, "schedule", map[string]any{"at": at}, in)
	return a.Text("id"), a.Err()
}

// Secret returns the value of a secret by its name, such as "crm/password". The
// value must not be logged or returned to a caller.
func (c *Context) Secret(name string) (string, error) {
	a := c.do("secret", name, "get", nil, nil)
	return a.Text("value"), a.Err()
}

// Config returns the value of a setting of the project by its dotted path, such
// as "billing.limit". Settings stand under "config" in mortise.yaml and may
// differ between environments.
func (c *Context) Config(path string) *Value {
	return &Value{path: path, answer: c.do("config", path, "get", nil, nil)}
}

func (c *Context) do(family, name, verb string, args map[string]any, in any) *Answer {
	op := &Operation{Family: family, Name: name, Verb: verb}
	var err error
	if op.Body, op.Media, err = encode(in); err != nil {
		return &Answer{err: fmt.Errorf("%s %q: encode the input: %w", family, name, err)}
	}
	if len(args) > 0 {
		if op.Args, err = json.Marshal(args); err != nil {
			return &Answer{err: fmt.Errorf("%s %q: encode the arguments: %w", family, name, err)}
		}
	}
	return c.send(op)
}

func (c *Context) send(op *Operation) *Answer {
	reply, err := c.host.Do(c.ctx, op)
	if err != nil {
		return &Answer{err: err}
	}
	return newAnswer(op, reply)
}
