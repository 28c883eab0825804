package spec

import (
	"fmt"
	"io"
	"log/slog"

	"mortise/runtime/fault"
)

// Secret is a reference to a secret and, once it is resolved, its value. However
// it is printed, logged or marshalled, the value does not show.
type Secret struct {
	Name string         // as in the store: "crm/password"
	At   fault.Position // where the reference stands

	// Behind two pointers, since fmt follows one of them where the secret stands
	// in an unexported field, whose methods it cannot call.
	sealed *sealed
}

type sealed struct{ content *content }

type content struct{ value, version string }

// NewSecret returns a secret that has its value already, for tests and for
// values that no file names.
func NewSecret(name, value string) Secret {
	return Secret{Name: name, sealed: &sealed{&content{value: value}}}
}

// IsSet reports whether the config names a secret.
func (s Secret) IsSet() bool { return s.Name != "" }

// Value returns the secret itself; "" before it is resolved.
func (s Secret) Value() string {
	if s.sealed == nil {
		return ""
	}
	return s.sealed.content.value
}

// Version returns a text that changes whenever the value does and tells nothing
// about it; "" before the secret is resolved.
func (s Secret) Version() string {
	if s.sealed == nil {
		return ""
	}
	return s.sealed.content.version
}

// Resolve sets the value and its version.
func (s *Secret) Resolve(value, version string) { s.sealed = &sealed{&content{value, version}} }

// String returns the name of the secret.
func (s Secret) String() string {
	if s.Name == "" {
		return ""
	}
	return "[secret " + s.Name + "]"
}

// GoString returns the name of the secret.
func (s Secret) GoString() string { return fmt.Sprintf("spec.Secret{Name: %q}", s.Name) }

// Format prints the name of the secret, whatever the verb.
func (s Secret) Format(st fmt.State, verb rune) {
	if verb == 'v' && st.Flag('#') {
		_, _ = io.WriteString(st, s.GoString())
		return
	}
	_, _ = io.WriteString(st, s.String())
}

// MarshalJSON writes the reference.
func (s Secret) MarshalJSON() ([]byte, error) { return s.MarshalText() }

// MarshalText writes the reference as JSON, so that a secret that is the key of
// a map does not show either.
func (s Secret) MarshalText() ([]byte, error) {
	if s.Name == "" {
		return []byte("null"), nil
	}
	return []byte(`{"secret":` + quoteJSON(s.Name) + `}`), nil
}

// LogValue returns the name of the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Ref is the name of another object or of a service.
type Ref struct {
	Name string         `json:"name"`
	At   fault.Position `json:"at,omitzero"` // where it stands
}

// IsSet reports whether something is named.
func (r Ref) IsSet() bool { return r.Name != "" }

// String returns the name.
func (r Ref) String() string { return r.Name }
