// Package secret holds the stores that references to secrets are resolved from:
// the environment and an encrypted file. A value leaves this package only as the
// content of a spec.Secret, which does not show it.
package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Store is where values of secrets come from.
type Store interface {
	// Get returns the value of a secret, and whether there is one. An error
	// means that the store could not be asked.
	Get(ctx context.Context, name string) (value string, found bool, err error)
}

// Chain asks one store after the other; the first one that has the secret wins.
type Chain []Store

// Get returns the value that the first store has. A store that cannot be asked
// ends the search, since a later one may hold an outdated value.
func (c Chain) Get(ctx context.Context, name string) (string, bool, error) {
	for _, s := range c {
		if v, found, err := s.Get(ctx, name); found || err != nil {
			return v, found, err
		}
	}
	return "", false, nil
}

// Env reads secrets from the environment: crm/password from the variable
// MORTISE_SECRET_CRM_PASSWORD. Lookup is os.LookupEnv in a program.
type Env struct {
	Lookup func(name string) (string, bool)
}

// EnvPrefix is in front of the variables that hold secrets.
const EnvPrefix = "MORTISE_SECRET_"

// EnvName returns the name of the variable that holds a secret: its letters in
// upper case, and _ for everything that is neither letter nor digit.
func EnvName(name string) string {
	return EnvPrefix + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		default:
			return '_'
		}
	}, name)
}

// Get returns the value of the variable; one that is set and empty counts as
// found.
func (e Env) Get(_ context.Context, name string) (string, bool, error) {
	v, found := e.Lookup(EnvName(name))
	return v, found, nil
}

// versionKey keys the versions of values, so that a version that is shown
// somewhere tells nothing about the value. It differs from process to process,
// as versions are compared within one only.
var versionKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, it ends the program instead
	return key
})

// Version returns a text that changes whenever the value does, comparable within
// one process.
func Version(value string) string {
	mac := hmac.New(sha256.New, versionKey())
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Resolve sets the values of secrets from a store and returns one fault for each
// that it could not, with the place of the reference and the ways to set it.
func Resolve(ctx context.Context, store Store, secrets []*spec.Secret) fault.List {
	type answer struct {
		value string
		found bool
		err   error
	}
	var faults fault.List
	asked := make(map[string]answer, len(secrets))
	for _, s := range secrets {
		if !s.IsSet() {
			continue
		}
		a, ok := asked[s.Name]
		if !ok {
			a.value, a.found, a.err = store.Get(ctx, s.Name)
			asked[s.Name] = a
		}
		switch {
		case a.err != nil:
			e := fault.Wrap(fault.Unavailable, "secret.store", a.err, "read the secret %q", s.Name)
			if cause, ok := errors.AsType[*fault.Error](a.err); ok {
				e.Kind, e.Hint = cause.Kind, cause.Hint
			}
			faults = append(faults, e.WithAt(s.At))
		case !a.found:
			faults = append(faults, Missing(s.Name).WithAt(s.At))
		default:
			s.Resolve(a.value, Version(a.value))
		}
	}
	return faults
}

// Missing returns the fault of a secret that no store has.
func Missing(name string) *fault.Error {
	return fault.New(fault.Invalid, "secret.missing", "there is no secret %q", name).
		WithHint("set it with \"mortise secret set %s\" or in the environment variable %s", name, EnvName(name))
}
