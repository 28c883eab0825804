// Package native is the body of a natively built server: a program that carries
// a project's services in itself and reads everything else, channels,
// connections, security and jobs, from the project's folder, as mortise serve
// does. It holds no interpreter and no compiler, so the services change only by
// building the server again.
package native

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mortise/projects"
	"mortise/projects/watch"
	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/linked"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
	"mortise/runtime/serve"

	_ "mortise/runtime/connectors/all" // every type of connection and channel
)

// The exit codes of a server, which are those of mortise.
const (
	OK     = 0
	Failed = 1
	Usage  = 2
)

// Env is what a server sees of the world.
type Env struct {
	Args         []string // without the program's name
	Stdout       io.Writer
	Stderr       io.Writer
	Lookup       func(name string) (string, bool) // of the environment
	ConfigDir    string                           // where this user's own keys are kept
	Signals      <-chan os.Signal                 // SIGINT and SIGTERM
	Version      string
	Registration linked.Registration
}

// options are what the command line says.
type options struct {
	dir, listen, format, environment string
	level                            slog.Level
	noWatch, noJobs                  bool
	control                          control.Options
}

// Run serves the project until a signal comes, and returns the exit code. Its
// arguments are those of mortise serve, with or without the word serve.
func Run(ctx context.Context, env Env) int {
	o, err := parse(env)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return OK
	case err != nil:
		_, _ = fmt.Fprintln(env.Stderr, err)
		return Usage
	}
	if err := run(ctx, env, o); err != nil {
		for _, f := range fault.All(err) {
			_, _ = fmt.Fprintln(env.Stderr, f.Report())
		}
		return Failed
	}
	return OK
}

func parse(env Env) (options, error) {
	o := options{dir: "."}
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.SetOutput(env.Stderr)
	f.StringVar(&o.listen, "listen", serve.DefaultListen, "`address` of the channels; port 0 is any free one")
	f.StringVar(&o.format, "log", "text", "log for people (text) or machines (json)")
	f.TextVar(&o.level, "level", slog.LevelInfo, "least `level` that is logged")
	f.StringVar(&o.environment, "environment", "", "`name` of the file in environments/ that is merged in")
	f.BoolVar(&o.noWatch, "no-watch", false, "do not follow changes of the files")
	f.BoolVar(&o.noJobs, "no-jobs", false, "do not run jobs")
	f.StringVar(&o.control.Address, "control", "", "`address` of the control API")
	f.StringVar(&o.control.Cert, "control-cert", "", "`file` with the control API's certificate")
	f.StringVar(&o.control.Key, "control-key", "", "`file` with its key")
	args := env.Args
	if len(args) > 0 && args[0] == "serve" {
		args = args[1:]
	}
	var dirs []string
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			return o, err
		}
		if args = f.Args(); len(args) > 0 {
			dirs, args = append(dirs, args[0]), args[1:]
		}
	}
	if len(dirs) > 1 {
		return o, fmt.Errorf("one folder is served, not %d", len(dirs))
	}
	if len(dirs) == 1 {
		o.dir = dirs[0]
	}
	if o.format != string(observe.Text) && o.format != string(observe.JSON) {
		return o, fmt.Errorf("the log is %q or %q, not %q", observe.Text, observe.JSON, o.format)
	}
	return o, nil
}

func run(ctx context.Context, env Env, o options) error {
	start := time.Now()
	p, err := projects.OpenIn(o.dir, o.environment)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }() // nothing was written through it
	secrets, err := secretsOf(env, p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.State("logs"), 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, "server.state", err, "make the folder of the log")
	}
	log := observe.NewLog(observe.LogOptions{
		Writer: env.Stderr, Format: observe.Format(o.format), Level: o.level, File: p.State("logs", "server.log"),
	})
	defer func() { _ = log.Close() }()
	builder, err := linked.NewBuilder(linked.Options{Registration: env.Registration, Log: log.Logger()})
	if err != nil {
		return err
	}
	changes, stop, err := follow(ctx, o, p, log.Logger())
	if err != nil {
		return err
	}
	defer stop()
	if token, ok := env.Lookup("MORTISE_TOKEN"); ok {
		o.control.Token = token
	}
	host, err := serve.Start(ctx, serve.Options{
		Dir: p.Root(), Load: p.Load, Builder: engine.Builder(builder), Secrets: secrets, Log: log, Getenv: env.Lookup,
		Listen: o.listen, JobsOff: o.noJobs, Version: env.Version, Control: o.control, Changes: changes,
	})
	if err != nil {
		return err
	}
	report, err := host.Report(ctx)
	if err == nil && len(report.Faults) > 0 && o.noWatch {
		// Nothing would ever put it right.
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return errors.Join(host.Wait(ended, nil), report.Faults.Err())
	}
	welcome(ctx, env, o, host, time.Since(start))
	return host.Wait(ctx, env.Signals)
}

// secretsOf returns where the values of secrets come from: the environment, then
// the project's encrypted store.
func secretsOf(env Env, p *projects.Project) (secret.Store, error) {
	file := p.State("secrets.age")
	if key, ok := env.Lookup("MORTISE_SECRETS_KEY"); ok && key != "" {
		store, err := secret.NewFileWithKey(file, key)
		if err != nil {
			return nil, err
		}
		return secret.Chain{secret.Env{Lookup: env.Lookup}, store}, nil
	}
	key := filepath.Join(env.ConfigDir, "mortise", "secrets.key")
	if name, ok := env.Lookup("MORTISE_SECRETS_KEY_FILE"); ok && name != "" {
		key = name
	}
	return secret.Chain{secret.Env{Lookup: env.Lookup}, secret.NewFile(file, key)}, nil
}

// follow reports changes of the project's files until stop is called; never,
// where the options say so.
func follow(ctx context.Context, o options, p *projects.Project, log *slog.Logger) (changes <-chan struct{}, stop func(), err error) {
	if o.noWatch {
		return nil, func() {}, nil
	}
	w, err := watch.New(ctx, p.Root(), watch.Options{Ignored: projects.Ignored, Log: log})
	if err != nil {
		return nil, nil, err
	}
	out, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for b := range w.Batches() {
			if b.All || slices.ContainsFunc(b.Names, projects.Relevant) {
				select {
				case out <- struct{}{}:
				default:
				}
			}
		}
	}()
	return out, func() {
		w.Close()
		<-done
	}, nil
}

// welcome says what is served.
func welcome(ctx context.Context, env Env, o options, host *serve.Host, took time.Duration) {
	state, err := host.State(ctx)
	if err != nil || o.format == string(observe.JSON) {
		return
	}
	name := state.Project
	if name == "" {
		name = o.dir
	}
	if !state.Ready {
		_, _ = fmt.Fprintf(env.Stdout, "%s is not live: %s\n", name, state.Why)
		return
	}
	_, _ = fmt.Fprintf(env.Stdout, "%s is live at %s, after %s\n", name, state.Address, took.Round(time.Millisecond))
	for _, c := range state.Channels {
		_, _ = fmt.Fprintf(env.Stdout, "  %s  %s\n", c.Path, c.Service)
	}
}
