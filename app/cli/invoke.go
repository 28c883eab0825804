package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"mortise/runtime/control"
	"mortise/runtime/fault"
)

// maxInput bounds an input that is read from a file.
const maxInput = 64 << 20

type invokeCommand struct {
	Service string   `arg:"" help:"Name of the service: package.Function."`
	Input   []string `arg:"" optional:"" help:"name=value…, or JSON, or @file.json, or - for standard input."`
	target
	Timeout time.Duration `help:"Deadline of the call (default: the project's)." placeholder:"30s"`
	JSON    bool          `help:"Print the answer with its correlation id, time and status."`
	Engine  engineName    `help:"Start the project for this call, and run its services so: auto, interpreted or compiled." placeholder:"NAME"`
	Verbose bool          `short:"v" help:"Show the log, where a host has to be started."`
}

// Help shows how it is used.
func (invokeCommand) Help() string {
	return `Uses the running host of the project; where there is none it starts the project for this one call, with jobs off.

Arguments take their types from the service's input. A repeated name makes a list, a.b=1 an object, name:=3 is JSON.

Examples:
  mortise invoke users.GetDetails name=Mike --project demo
  mortise invoke users.GetDetails '{"name":"Mike"}'
  mortise invoke orders.Create @order.json
  mortise invoke orders.Create customer.name=Mike item=apple item=pear express:=true`
}

// Run invokes a service and prints what it returns.
func (c invokeCommand) Run(ctx context.Context, env *Env) error {
	in := control.Invocation{Service: c.Service, Timeout: c.Timeout}
	var err error
	if in.Input, in.Arguments, err = env.input(c.Input); err != nil {
		return err
	}
	rt, end, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer end()
	answer, err := rt.Invoke(ctx, in)
	if state, err := rt.State(ctx); err == nil && c.Engine == "" {
		env.pending(state, c.Project)
	}
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return env.printJSON(answer)
	case answer.Body != nil:
		_, err = env.Stdout.Write(answer.Body)
		return err
	case len(answer.Output) > 0:
		env.printf("%s\n", env.pretty(answer.Output))
	}
	return nil
}

// open returns the runtime that is to answer: where the engine is chosen, one of
// its own.
func (c invokeCommand) open(ctx context.Context, env *Env) (control.Runtime, func(), error) {
	switch {
	case c.Engine == "":
		return c.runtime(ctx, env, c.Verbose)
	case c.Server != "":
		return nil, nil, fault.New(fault.Invalid, "cli.engine", "a runtime that is running already cannot be told to run services %s", c.Engine).
			WithHint("leave out --server or --engine")
	}
	return env.private(ctx, c.Project, string(c.Engine), c.Verbose)
}

// pretty indents JSON for people; for programs it stays on one line.
func (e *Env) pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if !e.Terminal || json.Indent(&b, raw, "", "  ") != nil {
		return string(bytes.TrimSpace(raw))
	}
	return b.String()
}

// input reads the arguments of a call: JSON as one argument, in a file or on
// standard input, else name=value.
func (e *Env) input(args []string) (json.RawMessage, []string, error) {
	if len(args) != 1 || isPair(args[0]) {
		return nil, args, nil
	}
	arg := args[0]
	switch {
	case arg == "-":
		data, err := io.ReadAll(io.LimitReader(e.Stdin, maxInput+1))
		return checked(data, err, "standard input")
	case strings.HasPrefix(arg, "@"):
		name := arg[1:]
		f, err := os.Open(e.path(name))
		if err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, "cli.input", err, "read the input")
		}
		defer func() { _ = f.Close() }() // it is only read
		data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
		return checked(data, err, name)
	default:
		return checked([]byte(arg), nil, "the argument")
	}
}

// isPair reports whether an argument is of the form name=value.
func isPair(arg string) bool {
	i := strings.IndexByte(arg, '=')
	return i > 0 && !strings.ContainsAny(arg[:1], `{["-@`)
}

func checked(data []byte, err error, where string) (json.RawMessage, []string, error) {
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, "cli.input", err, "read the input from %s", where)
	}
	if len(data) > maxInput {
		return nil, nil, fault.New(fault.Invalid, "cli.input", "the input from %s has more than %d bytes", where, maxInput)
	}
	data = bytes.TrimSpace(data)
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, "cli.input", err, "read the input from %s as JSON", where).
			WithHint(`write name=value, or JSON such as '{"name":"Mike"}'`)
	}
	return data, nil, nil
}
