// Package worker runs user code in child processes. It holds the frames that
// host and worker speak over a pair of pipes, the host's side, which starts,
// feeds, drains and ends a worker, and the program's side, which a worker's main
// calls. The contract that a worker and linked code both satisfy is Executor.
package worker

import (
	"context"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/shape"
)

// Executor runs services: those of one version of a project.
type Executor interface {
	// Call runs one service and returns its result. The call's deadline and
	// cancellation are those of ctx; host carries out what the service asks
	// for. The error is a *fault.Error; where the executor died under the
	// call it is a *Lost in its chain.
	Call(ctx context.Context, call Call, host service.Host) (service.Result, error)
	// Close ends the executor: it takes no new calls, waits for those in
	// flight until ctx ends, then stops them. It may be called more than once.
	Close(ctx context.Context) error
	// Done is closed when the executor takes no more calls for whatever reason:
	// it was closed, died, or holds a call that did not stop at its deadline.
	Done() <-chan struct{}
}

// Call is one invocation.
type Call struct {
	Service string // "users.GetDetails"
	Input   []byte // JSON, checked against the shape and with defaults filled in; empty where the service takes nothing
}

// Program is what a builder makes of a project's source: the services that it
// holds and the way to run them. It is immutable.
type Program interface {
	// Services returns the signatures, sorted by name.
	Services() []shape.Service
	// Uses returns the names of connections, services, secrets and settings
	// that stand as constants in the source, with their places.
	Uses() []Use
	// Start returns an executor that is ready for calls. It may be called again,
	// for instance after a worker died.
	Start(ctx context.Context) (Executor, error)
}

// Use is one place in the source that names something of the project's.
type Use struct {
	Family string // "rest", "service", "secret", "config", as in service.Operation
	Name   string
	In     string // the service or function in whose body it stands: "users.GetDetails"
	At     fault.Position
}

// Lost is the cause of the error of a call whose worker died or was stopped
// before the call returned.
type Lost struct {
	Culprit string         // the service that ended the worker, or "" where that is not known
	Own     bool           // this call itself ended it
	What    string         // what happened, in words: "concurrent map writes", "endless recursion"
	At      fault.Position // in the author's source, where it is known
	Begun   bool           // an operation that is not idempotent had begun, so trying again may do it twice
}

// Error returns what happened.
func (l *Lost) Error() string { return l.What }

// CodeTimeout is the code of the error of a call that passed its deadline.
const CodeTimeout = "service.timeout"

// Grace periods after a call's deadline: see Limits.
const (
	defaultGrace = time.Second
	defaultKill  = 5 * time.Second
)

// Limits bound a worker.
type Limits struct {
	Memory      int64         // bytes of memory for the whole process; 0 is 1 GiB
	Stack       int           // bytes of one goroutine's stack; 0 is 64 MiB
	Concurrency int           // calls at a time, those that wait for the host not counted; 0 is 8 per processor
	Queue       int           // calls that wait for their turn; 0 is 10,000
	Body        int64         // bytes of one input, output or operation; 0 is 64 MiB
	Grace       time.Duration // from a call's deadline until the worker takes no new calls; 0 is 1 s
	Kill        time.Duration // from then until it is killed at the latest; 0 is 5 s
}
