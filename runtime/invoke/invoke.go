// Package invoke runs services as the host sees them. It knows their
// signatures, checks what goes in, sets deadlines, calls them through an
// executor, a worker or linked code, and is the other side of every
// service.Context: it carries out what a service asks for.
package invoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// Limits of calls.
const (
	// DefaultTimeout is a call's deadline where nothing else says so.
	DefaultTimeout = 30 * time.Second
	// MaxDepth is how deep services may call each other.
	MaxDepth = 32
)

// Options are what a Set needs.
type Options struct {
	Services []shape.Service
	Crew     *Crew
	Timeout  time.Duration                             // of a call without one of its own; 0 is DefaultTimeout
	Conn     func(name string) (*conn.Handle, bool)    // connections by name
	Config   func(path string) (json.RawMessage, bool) // settings of the project by dotted path
	Secret   func(ctx context.Context, name string) (string, error)
	Later    Later
	States   *States
	Hide     func(text string) string // takes the values of secrets out of a text; nil leaves it as it is
	Log      *slog.Logger
	Quiet    bool // errors of calls are logged at the level of debugging: who calls shows them
}

// Later keeps calls that are made later, and survives a restart.
type Later interface {
	// Go stores a call that is to be made as soon as possible.
	Go(ctx context.Context, d Deferred) (id string, err error)
	// Schedule stores a call that is to be made at a time.
	Schedule(ctx context.Context, d Deferred, at time.Time) (id string, err error)
}

// Deferred is a call that is made later.
type Deferred struct {
	Service string          `json:"service"`
	Input   json.RawMessage `json:"input,omitempty"`
	CID     string          `json:"cid"`
	By      string          `json:"by"` // the service that asked for it
}

// Set is the services of one generation. It is safe for concurrent use.
type Set struct {
	o        Options
	services map[string]*entry
	names    []string

	deadlines deadlines
}

type entry struct {
	shape.Service

	checker *shape.Checker // nil where the service takes nothing
	state   *State
}

// NewSet returns the services ready for calls.
func NewSet(o Options) (*Set, error) {
	s := &Set{o: o, services: make(map[string]*entry, len(o.Services))}
	if s.o.Timeout <= 0 {
		s.o.Timeout = DefaultTimeout
	}
	for _, sig := range o.Services {
		e := &entry{Service: sig, state: o.States.of(sig.Name)}
		if sig.In != nil {
			var err error
			if e.checker, err = shape.Compile(sig.In); err != nil {
				return nil, err
			}
		}
		s.services[sig.Name] = e
		s.names = append(s.names, sig.Name)
	}
	slices.Sort(s.names)
	return s, nil
}

// Names returns the services' names, sorted. The slice must not be changed.
func (s *Set) Names() []string { return s.names }

// Service returns the signature of a service.
func (s *Set) Service(name string) (*shape.Service, bool) {
	e, ok := s.services[name]
	if !ok {
		return nil, false
	}
	return &e.Service, true
}

// Call is one invocation from outside.
type Call struct {
	Service string
	Input   []byte           // JSON as it came; Invoke checks it and fills defaults in
	Caller  service.Caller   // who calls
	Request *service.Request // what the caller sent; nil where no channel was involved
	Body    []byte           // the body as it came
	Timeout time.Duration    // 0 is the set's
	depth   int
}

// Invoke runs a service. The correlation id is that of ctx, or a new one. The
// error is a *fault.Error.
func (s *Set) Invoke(ctx context.Context, c Call) (service.Result, error) {
	e, ok := s.services[c.Service]
	if !ok {
		return service.Result{}, fault.New(fault.NotFound, "service.unknown", "no service %q", c.Service).
			WithHint("%s", fault.DidYouMean(c.Service, s.names))
	}
	if c.depth > MaxDepth {
		return service.Result{}, fault.New(fault.Internal, "service.depth", "call service %q: more than %d services deep", c.Service, MaxDepth).
			WithHint("do these services call each other without end?")
	}
	input, err := e.input(c.Input)
	if err != nil {
		return service.Result{}, err
	}
	if cid.From(ctx) == "" {
		ctx = cid.With(ctx, cid.New())
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = s.o.Timeout
	}
	start := time.Now()
	within := s.deadlines.within(ctx, start, timeout)
	defer within.end()
	return s.invoke(within, start, input, &host{set: s, call: c, entry: e}) //nolint:contextcheck // it is made of ctx
}

// invoke runs a service whose input was checked.
func (s *Set) invoke(ctx *deadline, start time.Time, input []byte, h *host) (service.Result, error) {
	e := h.entry
	e.state.begin()
	result, err := s.run(ctx, e, input, h)
	if err != nil {
		err = s.hide(inTime(err, e.Name, ctx.at.Sub(start)))
	}
	e.state.end(ctx, err, start, s.o.Log)
	if err != nil {
		s.logFailure(ctx, e, err)
		return service.Result{}, err
	}
	return result, nil
}

// inTime says how long a service had, which its executor does not know.
func inTime(err error, name string, had time.Duration) error {
	f := fault.As(err)
	if f.Code != worker.CodeTimeout {
		return err
	}
	out := *f
	out.What = fmt.Sprintf("service %q did not answer within %s", name, had.Round(time.Millisecond))
	return &out
}

func (e *entry) input(raw []byte) ([]byte, error) {
	if e.checker == nil {
		return nil, nil
	}
	out, err := e.checker.Check(raw)
	if err == nil {
		return out, nil
	}
	wrong := *fault.As(err)
	if wrong.Code == "input.invalid" {
		wrong.What = "the input of " + e.Name + " is wrong"
	}
	return nil, &wrong
}

// run calls the executor. A call that was lost with its worker, through no fault
// of its own and before it did anything that must not be done twice, is tried
// once more.
func (s *Set) run(ctx context.Context, e *entry, input []byte, h *host) (service.Result, error) {
	for again := false; ; again = true {
		x := s.o.Crew.Executor()
		if x == nil {
			var err error
			if x, err = s.o.Crew.Get(ctx, e.Name); err != nil {
				return service.Result{}, err
			}
		}
		result, err := x.Call(ctx, worker.Call{Service: e.Name, Input: input}, h)
		if err == nil {
			return result, nil
		}
		lost, isLost := errors.AsType[*worker.Lost](err)
		if !isLost || again || lost.Own || lost.Begun || ctx.Err() != nil {
			return service.Result{}, err
		}
		s.o.Log.LogAttrs(ctx, slog.LevelWarn, "trying again what was lost with another call", slog.String("service", e.Name), slog.String("culprit", lost.Culprit))
	}
}

// hide returns an error without the values of secrets, which a service may have
// put into its own words.
func (s *Set) hide(err error) error {
	if s.o.Hide == nil {
		return err
	}
	shown := *fault.As(err)
	shown.What, shown.Hint = s.o.Hide(shown.What), s.o.Hide(shown.Hint)
	shown.Details = slices.Clone(shown.Details)
	for i, d := range shown.Details {
		shown.Details[i].What = s.o.Hide(d.What)
	}
	if shown.Err != nil {
		shown.Err = hidden{shown.Err, s.o.Hide(shown.Err.Error())}
	}
	return &shown
}

// hidden is a cause whose text shows no secret.
type hidden struct {
	cause error
	text  string
}

func (h hidden) Error() string { return h.text }
func (h hidden) Unwrap() error { return h.cause }

// logFailure writes what the caller must not see, and what the author needs.
func (s *Set) logFailure(ctx context.Context, e *entry, err error) {
	f := fault.As(err)
	level := slog.LevelWarn
	switch {
	case s.o.Quiet:
		level = slog.LevelDebug
	case f.Kind == fault.Internal:
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("service", e.Name), slog.String("kind", f.Kind.String()), slog.String("code", f.Code),
		slog.String("error", err.Error()),
	}
	if f.Hint != "" {
		attrs = append(attrs, slog.String("hint", f.Hint))
	}
	if !f.At.IsZero() {
		attrs = append(attrs, slog.String("at", f.At.String()))
	}
	s.o.Log.LogAttrs(ctx, level, "service failed", attrs...)
}
