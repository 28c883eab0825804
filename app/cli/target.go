package cli

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"

	"mortise/runtime/control"
	"mortise/runtime/fault"
)

// tokenVariable is the environment variable with the token of a control API.
const tokenVariable = "MORTISE_TOKEN"

// maxToken bounds what is read of a file with a token.
const maxToken = 64 << 10

// target says which runtime a command is for.
type target struct {
	Project   string `help:"Folder of the project (default: the current one)." default:"." placeholder:"DIR"`
	Server    string `help:"Address of a running one: its control API, or with --project its channels." placeholder:"URL"`
	TokenFile string `help:"File with the control API's token, or a run.json (default: the one of --project; or the variable MORTISE_TOKEN)." placeholder:"FILE"`
}

// remote returns a client of a running runtime.
func (t target) remote(ctx context.Context, env *Env) (*control.Client, error) {
	if t.Server == "" {
		c, _, err := control.Find(ctx, env.path(t.Project))
		return c, err
	}
	address, token := t.Server, ""
	host, err := control.ReadHost(env.path(t.Project))
	if t.TokenFile != "" {
		token, host, err = env.token(t.TokenFile)
		if err != nil {
			return nil, err
		}
	} else if v, ok := env.Lookup(tokenVariable); ok && v != "" {
		token = v
	} else if err == nil {
		token = host.Token
	}
	if token == "" {
		return nil, fault.New(fault.Invalid, "cli.token", "no token for %s", t.Server).
			WithHint("give it with --token-file, or in the variable %s, or name the project's folder with --project", tokenVariable)
	}
	if same(address, host.Address) {
		address = host.Control // they meant the project, and it is at hand
	}
	return control.NewClient(address, token)
}

// token reads a token from a file that holds nothing else, or from a run.json.
func (e *Env) token(name string) (string, control.Host, error) {
	var host control.Host
	data, err := os.ReadFile(e.path(name))
	if err != nil || len(data) > maxToken {
		return "", host, fault.Wrap(fault.Invalid, "cli.token", err, "read the token in %q", name)
	}
	if json.Unmarshal(data, &host) == nil && host.Token != "" {
		return host.Token, host, nil
	}
	return strings.TrimSpace(string(data)), control.Host{}, nil
}

// same reports whether two addresses mean the same listener; localhost is
// 127.0.0.1.
func same(a, b string) bool {
	plain := func(s string) string {
		u, err := url.Parse(strings.TrimRight(s, "/"))
		if err != nil {
			return s
		}
		if u.Hostname() == "localhost" {
			u.Host = "127.0.0.1:" + u.Port()
		}
		return u.Scheme + "://" + u.Host
	}
	return a != "" && b != "" && plain(a) == plain(b)
}

// runtime returns the running runtime of a project; where none runs it starts
// one for this command. The returned function ends what was started.
func (t target) runtime(ctx context.Context, env *Env, verbose bool) (control.Runtime, func(), error) {
	c, err := t.remote(ctx, env)
	if err == nil {
		return c, c.Close, nil
	}
	if t.Server != "" || fault.As(err).Code != control.Unreachable {
		return nil, nil, err
	}
	return env.private(ctx, t.Project, "", verbose)
}

// printJSON prints a value for machines.
func (e *Env) printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "cli.json", err, "print JSON")
	}
	e.printf("%s\n", b)
	return nil
}
