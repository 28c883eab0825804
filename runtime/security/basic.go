package security

import (
	"net/http"
	"strings"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/spec"
)

func init() {
	Register(Type{
		Name:    "basic-auth",
		Title:   "Basic Auth",
		Summary: "A user name and a password, as browsers ask for them.",
		New:     func() Config { return &BasicAuth{} },
	})
}

// BasicAuth is the config of a definition of type "basic-auth" (RFC 7617).
type BasicAuth struct {
	Username string
	Password spec.Secret
	Realm    string // what callers without credentials are told they need them for
}

// Fields binds the config.
func (c *BasicAuth) Fields(f *spec.Fields) {
	f.Text("username", &c.Username).Need().Match(`[^:\x00-\x1f\x7f]+`).Range(1, 200).
		Help("Name of the user, without a colon.")
	f.Secret("password", &c.Password).Need().Help("Password of the user.")
	f.Text("realm", &c.Realm).Or("API").Match(`[^"\\\x00-\x1f\x7f]+`).Range(1, 100).
		Help("What callers without a password are told that they need it for.")
}

// Build returns the definition.
func (c *BasicAuth) Build(name string) (Definition, error) {
	if c.Password.Value() == "" {
		return nil, unset(name, "password", c.Password)
	}
	return &basicAuth{
		username:  c.Username,
		password:  c.Password,
		pair:      newCredential(c.Username + ":" + c.Password.Value()),
		caller:    service.Caller{Name: name, Kind: "basic-auth", User: c.Username},
		challenge: `Basic realm="` + c.Realm + `", charset="UTF-8"`,
		missing: fault.New(fault.Unauthenticated, "security.missing", "there is no user name and password in the request").
			WithHint("send them with Basic authentication"),
		wrong: fault.New(fault.Unauthenticated, "security.wrong", "the user name and password in the request are not the right ones"),
	}, nil
}

type basicAuth struct {
	username       string
	password       spec.Secret
	pair           *credential
	caller         service.Caller
	challenge      string
	missing, wrong *fault.Error
}

func (b *basicAuth) Kind() string      { return "basic-auth" }
func (b *basicAuth) Challenge() string { return b.challenge }

func (b *basicAuth) Check(r *http.Request) (service.Caller, error) {
	sent := r.Header["Authorization"]
	if len(sent) == 0 || sent[0] == "" {
		return service.Caller{}, b.missing
	}
	username, password, ok := r.BasicAuth()
	// The name may not hold a colon, so no other pair gives the same text.
	if len(sent) > 1 || !ok || strings.Contains(username, ":") || !b.pair.matches(username+":"+password) {
		return service.Caller{}, b.wrong
	}
	return b.caller, nil
}

func (b *basicAuth) Sign(r *http.Request) error {
	r.SetBasicAuth(b.username, b.password.Value())
	return nil
}
