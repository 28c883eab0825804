package worker

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// Options say how a worker's process is started.
type Options struct {
	Path   string        // the program: the mortise binary itself, or a compiled worker
	Args   []string      // its arguments, without the program's name
	Env    []string      // its whole environment; nothing of the host's is inherited
	Dir    string        // its working directory; "" is the host's
	Name   string        // what the log calls it: the project or the version
	Limits Limits        // zero values are the defaults
	Log    *slog.Logger  // nil discards
	Notes  bool          // give it memory in which it notes its position, see Notes
	Wait   time.Duration // for it to say hello; 0 is 10 s

	// Hooks are those of a worker whose services are known when it starts. One
	// that is loaded gets its own from Load.
	Hooks
}

// Hooks are what the maker of a program knows of its code. Each may be nil.
type Hooks struct {
	// Blame reads what a dead worker left behind and says who ended it. Nil is
	// BlameTrace, which reads the traces of compiled code.
	Blame func(d Death) Verdict
	// Place says where in the author's source a call of the service stands, at
	// the moment at which it passed its deadline. Nil asks the worker for the
	// stacks of its goroutines and reads those with BlameTrace's rules.
	Place func(notes *Notes, service string) fault.Position
	// Idempotent reports whether an operation may be done twice without harm.
	// Nil is Idempotent.
	Idempotent func(op *service.Operation) bool
	// Symbols are the names of the services by those of their functions in the
	// traces of compiled code: "app/services/users.GetDetails". Nil takes the
	// last element of the import path for the package's name.
	Symbols map[string]string
	// Complete adds to a position what the traces of compiled code do not tell:
	// the column, and the line where that is 0, for which fn is the function as
	// the trace has it, or "". Nil leaves them open.
	Complete func(at fault.Position, fn string) fault.Position
}

// Death is what is known of a worker that ended.
type Death struct {
	Stderr   string            // what it wrote to its standard error, from the line at which a crash began, at most 256 KiB
	Exit     int               // its exit code; -1 where a signal ended it
	Signal   string            // the signal that ended it, such as "killed", or ""
	Killed   string            // why the host itself ended it, or ""
	Inflight []string          // the services whose calls were in it, one entry a call
	Running  []string          // those of them that were not in the hands of the host
	Overdue  []string          // those of them that had passed their deadline
	Memory   int64             // the most memory that it held, in bytes; 0 where that is not known
	Limit    int64             // the most that it was to hold
	Notes    *Notes            // the positions noted last; nil where none were asked for
	Symbols  map[string]string // see Hooks
}

// Verdict says who ended a worker.
type Verdict struct {
	Culprit string         // the service, or "" where that is not known
	What    string         // what happened, in words: "endless recursion"
	Hint    string         // what to do about it, or ""
	At      fault.Position // where in the author's source, as far as it is known
}

// Bundle is what a host hands to a worker that loads its services.
type Bundle struct {
	Data  []byte // as the host's Load got it
	Notes *Notes // where the program notes its position; nil where the host asked for none
}

// Lookup returns the service called name, nil where there is none. It may take
// its time at the first call, for instance to load a package; it is called from
// several goroutines.
type Lookup func(name string) (service.Func, error)

// ServeOptions are what a worker's main gives to Serve: services that are known
// at once, or a way to load them.
type ServeOptions struct {
	Services map[string]service.Func // those that are known at once, of a compiled worker
	Hash     string                  // of the program, for the host to compare
	// Load makes services of a bundle, where they are not known at once. Its
	// ctx ends when the worker is drained: work in the background stops then.
	// An error that is a fault.List reaches the host with all its entries.
	Load func(ctx context.Context, bundle Bundle) (Lookup, error)
	// Recovered makes the error of a call whose service panicked. Nil is
	// Recovered.
	Recovered func(name string, value any, stack []byte) *fault.Error
}

// defaults of Limits.
const (
	defaultMemory = 1 << 30
	defaultStack  = 64 << 20
	defaultBody   = 64 << 20
	defaultQueue  = 10_000
	callsPerCPU   = 8
)

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	l.Memory = orInt(l.Memory, defaultMemory)
	l.Stack = orInt(l.Stack, defaultStack)
	l.Concurrency = orInt(l.Concurrency, callsPerCPU*runtime.GOMAXPROCS(0))
	l.Queue = orInt(l.Queue, defaultQueue)
	l.Body = orInt(l.Body, defaultBody)
	l.Grace = orInt(l.Grace, defaultGrace)
	l.Kill = orInt(l.Kill, defaultKill)
	return l
}

// orInt returns v, or the default where v is not positive.
func orInt[T ~int | ~int64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Idempotent reports whether an operation may be done twice without harm:
// reading what the host knows, and the methods of HTTP that RFC 9110, section
// 9.2.2, calls idempotent.
func Idempotent(op *service.Operation) bool {
	switch op.Family {
	case "secret", "config", "call":
		return true
	case "rest":
		switch op.Verb {
		case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
			return true
		}
	}
	return false
}

type nestedKey struct{}

// Nested marks the context of what is done on behalf of a running call. A call
// that is made under it enters a worker without waiting for a slot and is let
// into one that is being drained: refusing or delaying it could stop the very
// call that the worker waits for. The host's side marks the context of every
// operation, so only code that makes calls of its own for a running call needs
// this.
func Nested(ctx context.Context) context.Context {
	if IsNested(ctx) {
		return ctx
	}
	return context.WithValue(ctx, nestedKey{}, true)
}

// IsNested reports whether the context was marked by Nested.
func IsNested(ctx context.Context) bool { return ctx.Value(nestedKey{}) != nil }
