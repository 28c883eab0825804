package cli

import (
	"context"
	"io"
	"strings"

	"mortise/projects"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/secret"
)

type secretCommand struct {
	Set    secretSet    `cmd:"" help:"Set a secret; its value is read from standard input."`
	List   secretList   `cmd:"" help:"List the names of secrets, never their values."`
	Delete secretDelete `cmd:"" help:"Delete a secret."`
}

// projectFlag is the project of a command that needs no running host.
type projectFlag struct {
	Project string `help:"Folder of the project (default: the current one)." default:"." placeholder:"DIR"`
}

// store returns the encrypted store of the project.
func (f projectFlag) store(env *Env) (*secret.File, error) {
	p, err := projects.Open(env.path(f.Project))
	if err != nil {
		return nil, err
	}
	root := p.Root()
	_ = p.Close() // it was only looked for
	return env.machine().SecretFile(root)
}

type secretSet struct {
	Name string `arg:"" help:"Name of the secret, such as crm/password."`
	projectFlag
}

// Help shows how it is used.
func (secretSet) Help() string {
	return `The value is not an argument, so that it stays out of the shell's history and the list of processes.
A line feed at its end is left out. Secrets are encrypted in .mortise/secrets.age of the project; the key is kept
outside of it. Servers may have them in the environment instead: crm/password is MORTISE_SECRET_CRM_PASSWORD.

Examples:
  mortise secret set crm/password --project demo < password.txt
  printf %s "$PASSWORD" | mortise secret set crm/password`
}

// Run stores a secret and lets a running host take it over.
func (c secretSet) Run(ctx context.Context, env *Env) error {
	store, err := c.store(env)
	if err != nil {
		return err
	}
	if env.Terminal {
		env.errorf("value of %s, then Enter and Ctrl-D: ", c.Name)
	}
	value, err := io.ReadAll(io.LimitReader(env.Stdin, secret.MaxValue+3))
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.input", err, "read the value of the secret %q", c.Name)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(value), "\n"), "\r")
	if text == "" {
		return fault.New(fault.Invalid, "cli.input", "the value of the secret %q is empty", c.Name).
			WithHint("write it to standard input: printf %%s \"$VALUE\" | mortise secret set %s", c.Name)
	}
	if err := store.Set(ctx, c.Name, text); err != nil {
		return err
	}
	return c.refresh(ctx, env)
}

// refresh lets the project's running host, if there is one, read the secrets
// again.
func (f projectFlag) refresh(ctx context.Context, env *Env) error {
	client, _, err := control.Find(ctx, env.path(f.Project))
	if err != nil {
		return nil
	}
	defer client.Close()
	report, err := client.Apply(ctx)
	if err != nil {
		return err
	}
	if !report.OK() {
		// The secret itself is in its place; the project may want others.
		env.errorf("the project still does not run as its files say:\n")
		for _, f := range report.Faults {
			env.errorf("%s\n", f.Report())
		}
	}
	return nil
}

type secretList struct {
	projectFlag
	JSON bool `help:"Print JSON."`
}

// Run lists the names of the secrets that are stored.
func (c secretList) Run(ctx context.Context, env *Env) error {
	store, err := c.store(env)
	if err != nil {
		return err
	}
	names, err := store.Names(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		if names == nil {
			names = []string{}
		}
		return env.printJSON(names)
	}
	for _, n := range names {
		env.printf("%s\n", n)
	}
	return nil
}

type secretDelete struct {
	Name string `arg:"" help:"Name of the secret."`
	projectFlag
}

// Run deletes a secret.
func (c secretDelete) Run(ctx context.Context, env *Env) error {
	store, err := c.store(env)
	if err != nil {
		return err
	}
	if err := store.Delete(ctx, c.Name); err != nil {
		return err
	}
	return c.refresh(ctx, env)
}
