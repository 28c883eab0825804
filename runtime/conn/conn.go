// Package conn is the contract of an outgoing connection: the few things that a
// connector implements, and the wrapper around each of them that adds once what
// all of them need.
//
// The life of a connection. Its config is decoded from a file; Open makes the
// connector's part of it without reaching the other side, so that a server that
// is down does not block a deploy. The Handle around it carries the correlation
// id, writes the log lines, counts, keeps to the time-out, tries again, stops
// asking a system that does not answer, and says of every error what kind it is.
// A connection that has not changed keeps its Handle over a reload. Close waits
// for the requests in flight.
package conn

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// Family is what a connection can do, whatever technology stands behind it. Each
// family has one interface for its connectors and one wrapper.
type Family string

// The families of connections.
const (
	FamilyHTTP      Family = "http"      // requests and answers: see HTTP
	FamilySQL       Family = "sql"       // statements and rows
	FamilyKV        Family = "kv"        // keys and values
	FamilyDocuments Family = "documents" // documents in collections
	FamilySearch    Family = "search"    // full-text indexes
	FamilyQueue     Family = "queue"     // messages
	FamilyObjects   Family = "objects"   // blobs in buckets
	FamilyFiles     Family = "files"     // files in folders
	FamilyMail      Family = "mail"      // mails
	FamilyDirectory Family = "directory" // people and groups
)

// A Type describes one kind of connection. Connectors register one each, in init.
type Type struct {
	Name    string // as in files: "rest"
	Title   string // as on screen: "REST"
	Summary string // one sentence with a full stop
	Family  Family
	New     func() Config
}

// Config is what a file says of one connection.
type Config interface {
	spec.Described
	// Profile returns what the wrapper must know of the connection.
	Profile() Profile
	// Open returns the connector's part, which implements the interface of its
	// type's family. It returns at once and does not reach the other side.
	Open(ctx context.Context, env Env) (Conn, error)
}

// Conn is a connection as its connector makes it. It is used by several
// goroutines at a time.
type Conn interface {
	// Ping reaches the other side once; ErrNoPing where no harmless question
	// exists.
	Ping(ctx context.Context) error
	// Close releases the connection. It is called once, when nobody uses the
	// connection any more.
	Close() error
}

// ErrNoPing says that a connection cannot be pinged: every question that it can
// ask might change something on the other side.
var ErrNoPing = errors.New("the connection has no ping")

// Env is what a connection is given.
type Env struct {
	Name     string                                        // the connection's name
	Log      *slog.Logger                                  // of the project
	Security func(name string) (security.Definition, bool) // a security definition by its name; nil knows none
	Getenv   func(name string) string                      // the environment, for proxies; nil has no variables
	ReadFile func(name string) ([]byte, error)             // a file of the project, such as a CA; nil has no files
	Metrics  Metrics                                       // counts this connection's requests; nil counts nothing
}

// Metrics counts the requests of one connection; *observe.Meter is one.
type Metrics interface {
	// Start counts a request that begins; DoneStatus follows.
	Start()
	// Retry counts one more try of a request.
	Retry()
	// DoneStatus counts a request that ended after a time, all its tries
	// included. Without an answer the status is that of the error's kind.
	DoneStatus(status int, took time.Duration)
}

// types are the registered types by name, filled in init.
var types = spec.NewRegistry[Type]("conn")

// Register adds a type. It is called in init; a name that is taken is a panic.
func Register(t Type) { types.Register(t.Name, t.New != nil, t) }

// Lookup returns the type called name.
func Lookup(name string) (Type, bool) { return types.Lookup(name) }

// Types returns all types, sorted by name.
func Types() []Type { return types.Types() }
