// Package security holds the definitions of who may call and how we show
// ourselves to others. A definition works both ways: a channel asks it who sent
// a request, and a connection has it sign the requests that go out.
//
// No method of a definition puts a credential, right or wrong, into an error or
// a log line.
package security

import (
	"net/http"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/spec"
)

// A Type describes one kind of security definition. Each registers itself once,
// in init.
type Type struct {
	Name    string // as in files: "api-key"
	Title   string // as on screen: "API key"
	Summary string // one sentence with a full stop
	New     func() Config
}

// Config is what a file says of one definition.
type Config interface {
	spec.Described
	// Build returns the definition called name. The config's secrets are
	// resolved by then; one that is empty is an error, so that nobody gets in
	// with an empty credential.
	Build(name string) (Definition, error)
}

// Definition is a security definition that is ready for use, by several
// goroutines at a time.
type Definition interface {
	// Kind returns the name of the type: "api-key".
	Kind() string
	// Check returns who sent the request. An error is a *fault.Error of kind
	// Unauthenticated where nobody can tell, of kind Denied where the caller is
	// known and may not.
	Check(r *http.Request) (service.Caller, error)
	// Sign puts the credentials into a request that is about to leave.
	Sign(r *http.Request) error
	// Challenge returns the WWW-Authenticate header of an answer with status
	// 401 (RFC 9110, section 11.6.1); "" where the kind has no scheme.
	Challenge() string
}

// types are the registered types by name, filled in init.
var types = spec.NewRegistry[Type]("security")

// Register adds a type. It is called in init; a name that is taken is a panic.
func Register(t Type) { types.Register(t.Name, t.New != nil, t) }

// Lookup returns the type called name.
func Lookup(name string) (Type, bool) { return types.Lookup(name) }

// Types returns all types, sorted by name.
func Types() []Type { return types.Types() }

// unset is the error of a definition whose secret has no value.
func unset(name, field string, s spec.Secret) error {
	return fault.New(fault.Invalid, "security.empty", "security %q: the secret %q of its %s is empty", name, s.Name, field).
		WithHint("set it with `mortise secret set %s`", s.Name).WithAt(s.At)
}
