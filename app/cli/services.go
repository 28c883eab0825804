package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// maxReasons bounds what a list says of one service.
const maxReasons = 3

type servicesCommand struct {
	Name string `arg:"" optional:"" help:"Service to show with its input and output, or the folder of the project."`
	listing
}

// Run lists services, or shows one.
func (c servicesCommand) Run(ctx context.Context, env *Env) error {
	if c.Name != "" && env.machine().IsProject(c.Name) {
		c.Project, c.Name = c.Name, ""
	}
	if c.Name != "" {
		return c.one(ctx, env)
	}
	var waiting []control.Service
	var state control.State
	err := show(ctx, env, c.listing, "SERVICE|STATE|CALLS|ERRORS|LAST|ABOUT",
		func(rt control.Runtime) (_ []control.Service, err error) {
			state, err = rt.State(ctx)
			return state.Services, err
		},
		func(s control.Service) []string {
			if s.Status != worker.Live {
				waiting = append(waiting, s)
			}
			return append(append([]string{s.Name, stateOf(s)}, counts(s.Counts)...), firstLine(s.Doc))
		})
	for _, s := range waiting {
		if len(s.WhyNot) > 0 {
			env.printf("\nwhy %s is not live yet:\n", s.Name)
			env.reasons(s.WhyNot, maxReasons)
		}
	}
	if err == nil {
		env.pending(state, c.Project)
	}
	if err == nil && !state.Ready && !slices.ContainsFunc(state.Services, func(s control.Service) bool { return s.Status == worker.Live }) {
		env.errorf("%s\n", c.notLive(env, state))
		return errReported
	}
	return err
}

// notLive says why nothing of a project is live.
func (c servicesCommand) notLive(env *Env, s control.State) string {
	name := shownName(s, filepath.Base(env.path(c.Project)))
	switch {
	case s.Problems > 0 && c.Server == "":
		return fmt.Sprintf("%s is not live: %s; mortise check %s shows %s", name, plural(s.Problems, "problem"), c.Project, them(s.Problems))
	case s.Problems > 0:
		return fmt.Sprintf("%s is not live: %s", name, plural(s.Problems, "problem"))
	case s.Why == "stopping":
		return name + " is stopping"
	default:
		return name + " is starting"
	}
}

// stateOf says in words how a service is.
func stateOf(s control.Service) string {
	if s.Status == worker.Live && s.Compiling {
		return "live, compiling"
	}
	return s.Status
}

// reasons prints why something is not so, at most so many reasons of it.
func (e *Env) reasons(faults fault.List, most int) {
	for i, f := range faults {
		if i == most {
			e.printf("  and %s more\n", plural(len(faults)-i, "reason"))
			break
		}
		if at := f.At.String(); at != "" {
			e.printf("  %s: %s\n", at, f.Error())
		} else {
			e.printf("  %s\n", f.Error())
		}
		if f.Hint != "" {
			e.printf("    hint: %s\n", f.Hint)
		}
	}
}

func (c servicesCommand) one(ctx context.Context, env *Env) error {
	rt, end, err := c.runtime(ctx, env, false)
	if err != nil {
		return err
	}
	defer end()
	s, err := rt.Service(ctx, c.Name)
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(s)
	}
	env.printf("%s\n%s\n%s\n", s.Name, strings.TrimSpace(s.Doc), s.At)
	env.printf("\nstate: %s\n", stateOf(s.Service))
	if s.Engine != "" {
		env.printf("details: %s\n", s.Engine)
	}
	if len(s.WhyNot) > 0 {
		env.printf("%s:\n", whyNot(s.Service))
		env.reasons(s.WhyNot, len(s.WhyNot))
	}
	if s.Example != nil {
		env.printf("\nexample:\n  mortise invoke %s '%s'\n", s.Name, s.Example)
	}
	for _, part := range []struct {
		name   string
		schema []byte
	}{{"input", s.Input}, {"output", s.Output}} {
		if part.schema != nil {
			env.printf("\n%s:\n  %s\n", part.name, part.schema)
		}
	}
	return nil
}

// whyNot says what the reasons are for.
func whyNot(s control.Service) string {
	switch {
	case s.Status != worker.Live:
		return "why not yet"
	case s.Engine == worker.Compiled:
		return "why it has to be compiled before it is live"
	default:
		return "why it is not compiled"
	}
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
