package cli

import (
	"context"

	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/serve"
)

type checkCommand struct {
	Dir         string `arg:"" optional:"" default:"." help:"Folder of the project."`
	Environment string `help:"Name of the file in environments/ that is merged in." placeholder:"NAME"`
	JSON        bool   `help:"Print the report as JSON."`
}

// Help shows how it is used.
func (checkCommand) Help() string {
	return `Checks Go code, objects, names, routes, jobs and secrets, all at once, without a Go toolchain and without starting anything.

Examples:
  mortise check demo
  mortise check demo --json | jq '.faults[].at'`
}

// Run checks a project.
func (c checkCommand) Run(ctx context.Context, env *Env) error {
	project, err := env.machine().Open(c.Dir, c.Environment)
	if err != nil {
		return err
	}
	defer func() { _ = project.Close() }() // nothing was written through it
	log := env.log(false)
	defer func() { _ = log.Close() }()
	e, err := engine.New(ctx, engine.Options{
		Builder: project.Builder(ctx, log.Logger(), true), Dir: project.State(), Secrets: project.Secrets, Log: log.Logger(), Mask: log.Mask,
		Getenv: env.Lookup, JobsOff: true, Self: func() string { return "http://" + serve.DefaultListen },
	})
	if err != nil {
		return err
	}
	defer func() { _ = e.Close(ctx) }() // it ran nothing
	loaded, faults := project.Load(ctx)
	report := config.Report{Faults: faults}
	if loaded != nil {
		report, err = e.Check(ctx, loaded)
		if err != nil && len(report.Faults) == 0 {
			return err
		}
		report.Faults = serve.Union(faults, report.Faults)
	}
	if c.JSON {
		if report.Faults == nil {
			report.Faults = fault.List{} // an empty list says that it was looked for
		}
		if err := env.printJSON(report); err != nil {
			return err
		}
		if !report.OK() {
			return errReported
		}
		return nil
	}
	return env.verdict(report)
}

// problems prints errors as compilers do, each with its hint.
func (e *Env) problems(prefix string, faults fault.List) {
	for _, f := range faults {
		line := f.At.String()
		if line != "" {
			line += ": "
		}
		e.printf("%s%s%s\n", line, prefix, f.Error())
		if f.Hint != "" {
			e.printf("  hint: %s\n", f.Hint)
		}
	}
}

// verdict prints what is wrong for people.
func (e *Env) verdict(report config.Report) error {
	e.problems("", report.Faults)
	e.problems("warning: ", report.Warnings)
	if n := len(report.Faults); n > 0 {
		e.errorf("%s found\n", plural(n, "problem"))
		return errReported
	}
	services := 0
	for _, o := range report.Objects {
		if o.Kind == "service" {
			services++
		}
	}
	e.printf("nothing is wrong: %s, %s\n", plural(services, "service"), plural(len(report.Objects)-services, "object"))
	return nil
}
