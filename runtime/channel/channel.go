// Package channel is the contract of the ways in: how a request of the outside
// becomes the invocation of a service.
//
// The life of a channel. Its config is decoded from a file. Prepare checks all
// that can be checked, adds the channel's routes to the table of the generation
// that is being built and takes nothing exclusive; it may fail, and then the
// running generation goes on as if nothing had happened. After the swap Activate
// takes what only one can have: a client id, a consumer, a lock. Stop gives it
// back, when the channel has gone or its successor is to take over. A channel
// that only has routes embeds Passive.
//
// Listeners are not a channel's business: a Server owns the socket and outlives
// all generations, and a Table of routes belongs to one of them, so that a
// reload swaps tables and never touches a socket.
package channel

import (
	"context"
	"log/slog"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/spec"
)

// A Type describes one kind of channel. Connectors register one each, in init.
type Type struct {
	Name    string // as in files: "rest"
	Title   string // as on screen: "REST"
	Summary string // one sentence with a full stop
	New     func() Config
}

// Config is what a file says of one channel.
type Config interface {
	spec.Described
	// Prepare checks the channel and adds its routes. It has no effect outside
	// of env.Routes and returns at once.
	Prepare(ctx context.Context, env Env) (Channel, error)
}

// Public is what a config implements whose channel may let anybody in. Checking a
// project warns of those that do.
type Public interface {
	// Public reports whether callers need no credentials.
	Public() bool
}

// Channel is a way in that was prepared.
type Channel interface {
	// Activate takes what is exclusive, after the new generation has become the
	// running one.
	Activate(ctx context.Context) error
	// Stop ends the channel and waits for what it runs, until ctx ends.
	Stop(ctx context.Context) error
}

// Passive is embedded by channels that have only routes: they are live as long as
// their table is, so there is nothing to activate or to stop.
type Passive struct{}

// Activate does nothing.
func (Passive) Activate(context.Context) error { return nil }

// Stop does nothing.
func (Passive) Stop(context.Context) error { return nil }

// Env is what a channel is given.
type Env struct {
	Name     string                                        // the channel's name
	At       fault.Position                                // where it is defined
	Log      *slog.Logger                                  // of the project
	Security func(name string) (security.Definition, bool) // a security definition by its name
	Service  func(name string) (*shape.Service, bool)      // a service's signature by its name
	Invoke   Invoker                                       // invokes services
	Routes   *Table                                        // of the generation that is being built
	Metrics  Metrics                                       // counts this channel's requests; nil counts nothing
	Timeout  time.Duration                                 // how long a call may take where the channel does not say
}

// Line logs a line of a request. It takes less work than the methods of
// slog.Logger do, and adds the correlation id of ctx as they do.
func (e *Env) Line(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	observe.Line(ctx, e.Log, level, message, attrs...)
}

// LineAt is Line for who knows what time it is.
func (e *Env) LineAt(ctx context.Context, at time.Time, level slog.Level, message string, attrs ...slog.Attr) {
	observe.LineAt(ctx, e.Log, at, level, message, attrs...)
}

// Invoker invokes a service and waits for its result.
type Invoker interface {
	// Invoke checks the input against the service's shape, fills in its
	// defaults and calls the service. It returns at the latest when the
	// time-out is over or ctx ends. An error is a *fault.Error.
	Invoke(ctx context.Context, call Call) (service.Result, error)
}

// Call is one invocation by a channel. Input and Body belong to the call for
// good: the service may keep them for longer than Invoke takes.
type Call struct {
	Service string           // "users.GetDetails"
	Input   []byte           // JSON as it came, not checked; empty where nothing came
	Caller  service.Caller   // who called, as the security definition said
	Request *service.Request // what came, for the service's Context
	Body    []byte           // as it came, in the form of Request.Media
	Timeout time.Duration    // how long the call may take; 0 is the default of the project
}

// Metrics counts the requests of one channel; *observe.Meter is one.
type Metrics interface {
	// Start counts a request that begins; DoneStatus follows.
	Start()
	// DoneStatus counts a request that ended with an HTTP status after a time.
	DoneStatus(status int, took time.Duration)
}

// types are the registered types by name, filled in init.
var types = spec.NewRegistry[Type]("channel")

// Register adds a type. It is called in init; a name that is taken is a panic.
func Register(t Type) { types.Register(t.Name, t.New != nil, t) }

// Lookup returns the type called name.
func Lookup(name string) (Type, bool) { return types.Lookup(name) }

// Types returns all types, sorted by name.
func Types() []Type { return types.Types() }
