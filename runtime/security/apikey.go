package security

import (
	"net/http"
	"net/textproto"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/spec"
)

func init() {
	Register(Type{
		Name:    "api-key",
		Title:   "API key",
		Summary: "A secret text in a header of each request.",
		New:     func() Config { return &APIKey{} },
	})
}

// APIKey is the config of a definition of type "api-key".
type APIKey struct {
	Header string      // the header that carries the key
	Key    spec.Secret // the key itself
}

// Fields binds the config.
func (c *APIKey) Fields(f *spec.Fields) {
	f.Text("header", &c.Header).Or("X-API-Key").Match("[A-Za-z0-9!#$%&'*+.^_`|~-]+").Range(1, 100).
		Help("Name of the header that carries the key.")
	f.Secret("key", &c.Key).Need().Help("The key that callers send.")
}

// Build returns the definition.
func (c *APIKey) Build(name string) (Definition, error) {
	if c.Key.Value() == "" {
		return nil, unset(name, "key", c.Key)
	}
	header := textproto.CanonicalMIMEHeaderKey(c.Header)
	return &apiKey{
		header: header,
		value:  c.Key,
		key:    newCredential(c.Key.Value()),
		caller: service.Caller{Name: name, Kind: "api-key"},
		missing: fault.New(fault.Unauthenticated, "security.missing", "there is no API key in the request").
			WithHint("send it in the header %s", c.Header),
		wrong: fault.New(fault.Unauthenticated, "security.wrong", "the API key in the request is not the right one"),
	}, nil
}

type apiKey struct {
	header         string
	value          spec.Secret
	key            *credential
	caller         service.Caller
	missing, wrong *fault.Error
}

func (k *apiKey) Kind() string      { return "api-key" }
func (k *apiKey) Challenge() string { return "" }

func (k *apiKey) Check(r *http.Request) (service.Caller, error) {
	sent := r.Header[k.header]
	switch {
	case len(sent) == 0 || sent[0] == "":
		return service.Caller{}, k.missing
	case len(sent) > 1 || !k.key.matches(sent[0]):
		return service.Caller{}, k.wrong
	}
	return k.caller, nil
}

func (k *apiKey) Sign(r *http.Request) error {
	r.Header[k.header] = []string{k.value.Value()}
	return nil
}
