package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/control"
)

// listing is what all commands that show something have in common.
type listing struct {
	target
	JSON bool `help:"Print JSON."`
}

// inFolder is a listing whose project may be given as an argument.
type inFolder struct {
	Dir string `arg:"" optional:"" help:"Folder of the project, instead of --project."`
	listing
}

func (f inFolder) of() listing {
	if f.Dir != "" {
		f.Project = f.Dir
	}
	return f.listing
}

// show prints what get returns, as JSON or as rows under a heading.
func show[T any](ctx context.Context, env *Env, l listing, heading string, get func(control.Runtime) ([]T, error), row func(T) []string) error {
	rt, end, err := l.runtime(ctx, env, false)
	if err != nil {
		return err
	}
	defer end()
	list, err := get(rt)
	if err != nil {
		return err
	}
	if l.JSON {
		if list == nil {
			list = []T{}
		}
		return env.printJSON(list)
	}
	rows := [][]string{strings.Split(heading, "|")}
	for _, e := range list {
		rows = append(rows, row(e))
	}
	env.table(rows)
	return nil
}

// table prints rows in columns.
func (e *Env) table(rows [][]string) {
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintln(w, strings.TrimRight(strings.Join(r, "\t"), "\t")) // whoever reads may stop reading
	}
	_ = w.Flush() // the same
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// since says how long ago something was.
func since(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return time.Since(t).Round(time.Second).String() + " ago"
}

func counts(c control.Counts) []string {
	return []string{strconv.FormatUint(c.Calls, 10), strconv.FormatUint(c.Errors, 10), since(c.LastUse)}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

type channelsCommand struct{ inFolder }

// Run lists channels.
func (c channelsCommand) Run(ctx context.Context, env *Env) error {
	return show(ctx, env, c.of(), "CHANNEL|METHODS|PATH|SERVICE|SECURITY|CALLS|ERRORS",
		func(rt control.Runtime) ([]control.Channel, error) { s, err := rt.State(ctx); return s.Channels, err },
		func(ch control.Channel) []string {
			return []string{ch.Name, methods(ch), ch.Path, ch.Service, ch.Security, strconv.FormatUint(ch.Calls, 10), strconv.FormatUint(ch.Errors, 10)}
		})
}

type connectionsCommand struct{ inFolder }

// Run lists connections.
func (c connectionsCommand) Run(ctx context.Context, env *Env) error {
	return show(ctx, env, c.of(), "CONNECTION|TYPE|TO|STATE|CALLS|ERRORS|LAST|LAST ERROR",
		func(rt control.Runtime) ([]control.Connection, error) {
			s, err := rt.State(ctx)
			return s.Connections, err
		},
		func(cn control.Connection) []string {
			return append(append([]string{cn.Name, cn.Type, cn.Target, cn.State}, counts(cn.Counts)...), firstLine(cn.LastError))
		})
}

type pingCommand struct {
	Connection string `arg:"" help:"Name of the connection."`
	listing
}

// Run reaches the other side of a connection and says how far it came.
func (c pingCommand) Run(ctx context.Context, env *Env) error {
	rt, end, err := c.runtime(ctx, env, false)
	if err != nil {
		return err
	}
	defer end()
	p, err := rt.Ping(ctx, c.Connection)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(p); err != nil {
			return err
		}
		if !p.OK {
			return errReported
		}
		return nil
	}
	var rows [][]string
	for _, s := range p.Stages {
		rows = append(rows, []string{map[bool]string{true: "ok", false: "failed"}[s.OK], s.Name, s.Took.Round(10 * time.Microsecond).String(), s.What})
	}
	env.table(rows)
	if p.Error != nil {
		return p.Error
	}
	env.printf("%s answers, after %s\n", c.Connection, p.Took.Round(10*time.Microsecond))
	return nil
}

type applyCommand struct{ listing }

// Run makes a running project read its files again.
func (c applyCommand) Run(ctx context.Context, env *Env) error {
	client, err := c.remote(ctx, env)
	if err != nil {
		return err
	}
	defer client.Close()
	report, err := client.Apply(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(report); err != nil {
			return err
		}
	} else if report.OK() {
		for _, o := range report.Objects {
			if o.What != config.Same {
				env.printf("%s %s %q\n", o.What, o.Kind, o.Name)
			}
		}
		env.printf("live, after %s\n", report.Took.Round(100*time.Microsecond))
		return nil
	} else {
		return env.verdict(report)
	}
	if !report.OK() {
		return errReported
	}
	return nil
}
