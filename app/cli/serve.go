package cli

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mortise/app/host"
	"mortise/projects"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/serve"
)

type serveCommand struct {
	Dir         string     `arg:"" optional:"" default:"." help:"Folder of the project."`
	Listen      string     `help:"Address of the channels; port 0 is any free one." default:"127.0.0.1:17010" placeholder:"HOST:PORT"`
	Log         string     `help:"Log for people (text) or machines (json)." enum:"text,json" default:"text"`
	Level       string     `help:"Least level that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	Environment string     `help:"Name of the file in environments/ that is merged in." placeholder:"NAME"`
	NoWatch     bool       `help:"Do not follow changes of the files."`
	NoJobs      bool       `help:"Do not run jobs."`
	Engine      engineName `help:"How services run, whatever the project says: auto, interpreted or compiled." placeholder:"NAME"`

	Control     string `help:"Address of the control API (default: a free port of 127.0.0.1). Others than this machine need a certificate." placeholder:"HOST:PORT"`
	ControlCert string `help:"File with the control API's certificate." placeholder:"FILE"`
	ControlKey  string `help:"File with its key." placeholder:"FILE"`
}

// Help shows how it is used.
func (serveCommand) Help() string {
	return `Saved files are live at once; what is wrong is logged and the version before goes on serving.
It stops gracefully on Ctrl-C and SIGTERM, at once on the second one.

The log goes to standard error and, as JSON lines, to .mortise/logs/server.log of the project.
The control API's token is a new one at each start, in .mortise/run.json; the variable MORTISE_TOKEN sets it.

Services run at once and, as soon as that is ready, compiled. The setting engine in mortise.yaml chooses otherwise, the
variable MORTISE_ENGINE and --engine go before it.

Examples:
  mortise serve demo
  mortise serve demo --listen 0.0.0.0:8080 --environment prod --log json --no-watch`
}

// Run serves a project until a signal comes.
func (c serveCommand) Run(ctx context.Context, env *Env) error {
	start := time.Now()
	project, err := env.machine().Open(c.Dir, c.Environment)
	if err != nil {
		return err
	}
	defer func() { _ = project.Close() }() // nothing was written through it
	project.Engine = cmp.Or(string(c.Engine), project.Engine)
	if err := os.MkdirAll(project.State("logs"), 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, "cli.state", err, "make the folder of the log")
	}
	log := c.log(env, project)
	defer func() { _ = log.Close() }()

	o := serve.Options{
		Dir: project.Root(), Load: project.Load, Secrets: project.Secrets, Log: log, Getenv: env.Lookup,
		Listen: c.Listen, JobsOff: c.NoJobs, Version: env.Version,
		Control: control.Options{Address: c.Control, Cert: c.ControlCert, Key: c.ControlKey},
	}
	if token, ok := env.Lookup(tokenVariable); ok {
		o.Control.Token = token
	}
	if !c.NoWatch {
		changes, stop, err := watchFiles(ctx, project.Root(), log.Logger())
		if err != nil {
			return err
		}
		defer stop()
		o.Changes = changes
	}
	o.Builder = project.Builder(ctx, log.Logger(), false)
	host, err := serve.Start(ctx, o)
	if err != nil {
		return err
	}
	report, err := host.Report(ctx)
	if err == nil && len(report.Faults) > 0 && c.NoWatch {
		// Nothing would ever put it right.
		return errors.Join(host.Wait(canceled(ctx), nil), report.Faults.Err())
	}
	c.welcome(ctx, env, host, time.Since(start))
	return host.Wait(ctx, env.Signals)
}

func canceled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func (c serveCommand) log(env *Env, p *host.Project) *observe.Log {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // the grammar has checked it
	return observe.NewLog(observe.LogOptions{
		Writer: env.Stderr, Format: observe.Format(c.Log), Color: env.Terminal, Level: level,
		File: p.State("logs", "server.log"),
	})
}

// welcome says what is served and how to try it.
func (c serveCommand) welcome(ctx context.Context, env *Env, host *serve.Host, took time.Duration) {
	state, err := host.State(ctx)
	if err != nil || c.Log == string(observe.JSON) {
		return
	}
	if !state.Ready {
		env.printf("%s is not live: %s\n  waiting for changes; mortise check %s shows what is wrong\n", shownName(state, c.Dir), state.Why, c.Dir)
		return
	}
	env.printf("%s is live at %s, after %s\n", shownName(state, c.Dir), state.Address, took.Round(time.Millisecond))
	rows := make([][]string, 0, len(state.Channels))
	for _, ch := range state.Channels {
		rows = append(rows, []string{"", methods(ch), ch.Path, ch.Service, secured(ch)})
	}
	env.table(rows)
	if ch, ok := example(state); ok {
		detail, err := host.Service(ctx, ch.Service)
		if err == nil {
			env.printf("try:  %s\n", curl(state.Address, ch, string(detail.Example)))
		}
	}
	if len(state.Jobs) > 0 {
		names := make([]string, len(state.Jobs))
		for i, j := range state.Jobs {
			names[i] = j.Name + " (" + j.When + ")"
		}
		env.printf("jobs: %s\n", strings.Join(names, ", "))
	}
	env.printf("logs: %s\n", env.shown(filepath.Join(env.path(c.Dir), projects.StateFolder, "logs", "server.log")))
}

func shownName(s control.State, dir string) string {
	if s.Project != "" {
		return s.Project
	}
	return dir
}

func methods(ch control.Channel) string {
	if len(ch.Methods) == 0 {
		return "ANY"
	}
	return strings.Join(ch.Methods, ",")
}

func secured(ch control.Channel) string {
	switch {
	case ch.Security == "":
		return "open to all"
	case ch.Header != "":
		return "key in " + ch.Header
	default:
		return ch.Security
	}
}

// example returns the channel that a person would try first: one that asks for
// a key before those that do not, as that is what others will call.
func example(s control.State) (control.Channel, bool) {
	var found control.Channel
	for _, ch := range s.Channels {
		if ch.Path != "" && !strings.Contains(ch.Path, "{") && (found.Path == "" || (found.Security == "" && ch.Security != "")) {
			found = ch
		}
	}
	return found, found.Path != ""
}

// curl returns the command that calls a channel; the key in it is for the reader
// to fill in.
func curl(address string, ch control.Channel, input string) string {
	parts := []string{"curl"}
	if len(ch.Methods) > 0 {
		parts = append(parts, "-X "+ch.Methods[0])
	}
	switch {
	case ch.Header != "":
		parts = append(parts, "-H '"+ch.Header+": YOUR-KEY'")
	case ch.Security != "":
		parts = append(parts, "-u USER")
	}
	parts = append(parts, address+ch.Path)
	if input != "" && input != "{}" && input != "null" {
		parts = append(parts, "-d '"+strings.ReplaceAll(input, "'", `'\''`)+"'")
	}
	return strings.Join(parts, " ")
}
