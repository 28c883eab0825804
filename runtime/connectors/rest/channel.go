package rest

import (
	"context"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Channel is the config of a channel of type "rest".
type Channel struct {
	Path     string
	Methods  []string // empty is any
	Service  spec.Ref
	Security spec.Ref      // without it anybody may call
	Timeout  time.Duration // 0 is the project's
	MaxBody  int64         // bytes of a request's body
	Input    string        // the format of the body
}

// Values of Channel.Input.
const (
	inputAuto = "auto"
	inputJSON = "json"
	inputForm = "form"
)

// Fields binds the config.
func (c *Channel) Fields(f *spec.Fields) {
	f.Text("path", &c.Path).Need().
		Help("Path of the requests, such as /customers/{id}.\n{id} takes one segment and becomes the field id of the input; {path...} at the end takes all that follows. A slash at the end makes no difference.")
	f.Texts("methods", &c.Methods).Range(0, 20).Match("[A-Z-]+").
		Help("HTTP methods that are served; without it any.\nGET serves HEAD too.")
	f.Ref("service", &c.Service, "service").Need().Help("Service that is invoked.")
	f.Ref("security", &c.Security, "security").
		Help("Security definition that callers must satisfy.\nWithout it anybody who reaches the server may call.")
	f.Duration("timeout", &c.Timeout).Range("1ms", "24h").
		Help("How long a call may take.\nWithout it what the project says.")
	f.Size("max_body", &c.MaxBody).Or("10MiB").Range("0", "1GiB").Help("Largest body that is taken.")
	f.Choice("input", &c.Input,
		spec.Choice{Value: inputAuto, Title: "As the request says"},
		spec.Choice{Value: inputJSON, Title: "JSON"},
		spec.Choice{Value: inputForm, Title: "Form"},
	).Or(inputAuto).Advanced().
		Help("Format of the body.\nauto takes a form where the request says so and its body does not begin like JSON, else JSON.")
}

// Check finds what the fields by themselves cannot know.
func (c *Channel) Check(p *spec.Problems) {
	if _, err := channel.ParsePattern(c.Path); err != nil {
		e := fault.As(err)
		p.Add("path", e.Code, "%s", e.What).WithHint("%s", e.Hint)
	}
}

// Public reports whether anybody may call.
func (c *Channel) Public() bool { return !c.Security.IsSet() }

// Prepare adds the channel's route.
func (c *Channel) Prepare(_ context.Context, env channel.Env) (channel.Channel, error) {
	svc, ok := env.Service(c.Service.Name)
	if !ok {
		return nil, fault.New(fault.Invalid, "service.unknown", "channel %q: there is no service %q", env.Name, c.Service.Name).WithAt(c.Service.At)
	}
	h := &handler{
		env: env, config: *c, service: svc.Name, input: svc.In,
		timeout: c.Timeout, channel: env.Name,
	}
	if h.timeout == 0 {
		h.timeout = env.Timeout
	}
	if c.Security.IsSet() {
		if h.security, ok = env.Security(c.Security.Name); !ok {
			return nil, fault.New(fault.Invalid, "security.unknown", "channel %q: there is no security definition %q", env.Name, c.Security.Name).WithAt(c.Security.At)
		}
	}
	err := env.Routes.Add(channel.Route{Pattern: c.Path, Methods: c.Methods, Channel: env.Name, At: env.At, Handler: h})
	if err != nil {
		return nil, err
	}
	return channel.Passive{}, nil
}
