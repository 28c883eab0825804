package cli

import (
	"context"
	"slices"
	"strings"

	"mortise/projects"
	"mortise/runtime/fault"
)

type newCommand struct {
	Dir      string `arg:"" help:"Folder to make."`
	Template string `help:"What to begin with: tutorial (a service to start from), tutorial-finished (all that the tutorial builds), or nothing." placeholder:"NAME"`
	Name     string `help:"Name of the project (default: that of the folder)."`
}

// Help shows how it is used.
func (newCommand) Help() string {
	return `Examples:
  mortise new shop
  mortise new demo --template tutorial-finished

Development secrets of a template go into the project's encrypted store, never into a file of the project.`
}

// Run creates a project.
func (c newCommand) Run(ctx context.Context, env *Env) error {
	dir := env.path(c.Dir)
	if c.Template != "" {
		if err := knownTemplate(c.Template); err != nil {
			return err
		}
	}
	secrets, err := env.machine().SecretFile(dir)
	if err != nil {
		return err
	}
	p, err := projects.Create(ctx, projects.New{Dir: dir, Template: c.Template, Name: c.Name, SetSecret: secrets.Set})
	if err != nil {
		return err
	}
	_ = p.Close() // everything is written
	env.printf("created %s\n\nnext:\n  mortise serve %s\n", env.shown(dir), env.shown(dir))
	return nil
}

func knownTemplate(name string) error {
	templates, err := projects.Templates()
	if err != nil {
		return err
	}
	names := make([]string, len(templates))
	for i, t := range templates {
		names[i] = t.Name
	}
	if slices.Contains(names, name) {
		return nil
	}
	e := fault.New(fault.Invalid, "cli.template", "there is no template %q", name)
	if near := fault.Nearest(name, names); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("there is %s", strings.Join(names, ", "))
}
