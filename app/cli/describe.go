package cli

import (
	"fmt"
	"slices"
	"strings"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/schedule"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

type describeCommand struct {
	What   string `arg:"" optional:"" help:"Kind of object: connection, channel, security, job or project (default: list all)."`
	Type   string `arg:"" optional:"" help:"Its type, such as rest or api-key."`
	JSON   bool   `help:"Print the fields as JSON."`
	Schema bool   `help:"Print the JSON Schema of the file."`
}

// Help shows how it is used.
func (describeCommand) Help() string {
	return `Examples:
  mortise describe
  mortise describe connection rest
  mortise describe job`
}

// described is one kind of file of a project.
type described struct {
	what, kind, summary string
	config              func() spec.Described
}

// files returns every kind of file, as the connectors that are there define them.
func files() []described {
	list := []described{
		{"project", "", "mortise.yaml: the project as a whole.", func() spec.Described { return &config.Main{} }},
		{config.Job, "", "Runs a service by the clock.", func() spec.Described { return &schedule.Job{} }},
	}
	for _, t := range conn.Types() {
		list = append(list, described{config.Connection, t.Name, t.Summary, func() spec.Described { return t.New() }})
	}
	for _, t := range channel.Types() {
		list = append(list, described{config.Channel, t.Name, t.Summary, func() spec.Described { return t.New() }})
	}
	for _, t := range security.Types() {
		list = append(list, described{config.Security, t.Name, t.Summary, func() spec.Described { return t.New() }})
	}
	return list
}

// Run prints what a file of a project may say.
func (c describeCommand) Run(env *Env) error {
	all := files()
	if c.What == "" {
		rows := [][]string{{"KIND", "TYPE", "ABOUT"}}
		for _, d := range all {
			rows = append(rows, []string{d.what, d.kind, d.summary})
		}
		env.table(rows)
		return nil
	}
	found := slices.DeleteFunc(slices.Clone(all), func(d described) bool {
		return d.what != c.What || c.Type != "" && d.kind != c.Type
	})
	switch {
	case len(found) == 0:
		names := make([]string, len(all))
		for i, d := range all {
			names[i] = strings.TrimSpace(d.what + " " + d.kind)
		}
		asked := strings.TrimSpace(c.What + " " + c.Type)
		return fault.New(fault.NotFound, "cli.describe", "there is no %q", asked).WithHint("%s", fault.DidYouMean(asked, names))
	case c.Schema && len(found) == 1:
		return env.printJSON(spec.Schema(found[0].config()))
	case c.JSON && len(found) == 1:
		return env.printJSON(spec.Describe(found[0].config()))
	}
	for i, d := range found {
		if i > 0 {
			env.printf("\n")
		}
		env.printf("%s %s: %s\n\n", d.what, d.kind, d.summary)
		env.fields("  ", "", spec.Describe(d.config()))
	}
	return nil
}

// fields prints the keys of a config, those of a group below it.
func (e *Env) fields(indent, prefix string, list []spec.FieldInfo) {
	for _, f := range list {
		e.printf("%s%s%s  %s\n", indent, prefix, f.Key, takes(f))
		for line := range strings.Lines(f.Help) {
			e.printf("%s    %s\n", indent, strings.TrimSpace(line))
		}
		e.fields(indent, prefix+f.Key+".", f.Fields)
	}
}

// takes says in words what a field takes.
func takes(f spec.FieldInfo) string {
	parts := []string{string(f.Kind)}
	if f.Of != "" {
		parts[0] = "name of a " + f.Of
	}
	if len(f.Choices) > 0 {
		values := make([]string, len(f.Choices))
		for i, choice := range f.Choices {
			values[i] = choice.Value
		}
		parts[0] = strings.Join(values, " | ")
	}
	if f.Min != "" || f.Max != "" {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s to %s", f.Min, f.Max)))
	}
	if f.Need {
		parts = append(parts, "needed")
	}
	if f.Default != nil {
		parts = append(parts, "default "+string(f.Default))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
