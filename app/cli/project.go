package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mortise/build/compiler"
	"mortise/interp"
	"mortise/interp/check"
	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
	"mortise/runtime/serve"
	"mortise/runtime/worker"

	_ "mortise/runtime/connectors/all" // every type of connection and channel
)

// The environment variables that a server's secrets are opened with.
const (
	keyVariable     = "MORTISE_SECRETS_KEY"      // the key itself
	keyFileVariable = "MORTISE_SECRETS_KEY_FILE" // a file with it
)

// engineVariable says how services run where no option does, whatever the project
// says.
const engineVariable = "MORTISE_ENGINE"

// engineName is an option that says how services run; "" leaves it to others.
type engineName string

// Validate refuses what is no way to run services.
func (n engineName) Validate() error {
	if names := config.EngineNames(); n != "" && !slices.Contains(names, string(n)) {
		return fmt.Errorf("%q is no way to run services: it must be one of %s", string(n), strings.Join(names, ", "))
	}
	return nil
}

// closeWait bounds how long a command waits for what it started.
const closeWait = 10 * time.Second

// opened is a project that a command works with, and what runs it.
type opened struct {
	*projects.Project
	env     *Env
	secrets secret.Store
	engine  string // how services run, whatever the project says; "" is as it says
	builder *interp.Builder
	tools   *compiler.Toolchain
}

// open opens the project in a folder.
func (e *Env) open(dir, environment string) (*opened, error) {
	p, err := projects.OpenIn(e.path(dir), environment)
	if err != nil {
		return nil, err
	}
	file, err := e.secretFile(p.Root())
	if err != nil {
		_ = p.Close() // nothing was written
		return nil, err
	}
	o := &opened{Project: p, env: e, secrets: secret.Chain{secret.Env{Lookup: e.Lookup}, file}}
	if way, ok := e.Lookup(engineVariable); ok {
		o.engine = way
	}
	if o.engine != "" && !slices.Contains(config.EngineNames(), o.engine) {
		_ = p.Close() // nothing was written
		return nil, fault.New(fault.Invalid, "cli.engine", "the variable %s names %q, which is no way to run services", engineVariable, o.engine).
			WithHint("%s", fault.DidYouMean(o.engine, config.EngineNames()))
	}
	return o, nil
}

// isProject reports whether a folder of this name is a project.
func (e *Env) isProject(dir string) bool {
	_, err := os.Stat(filepath.Join(e.path(dir), config.MainFile))
	return err == nil
}

// secretFile returns the encrypted store of the project in a folder.
func (e *Env) secretFile(root string) (*secret.File, error) {
	file := filepath.Join(root, projects.StateFolder, "secrets.age")
	if key, ok := e.Lookup(keyVariable); ok && key != "" {
		return secret.NewFileWithKey(file, key)
	}
	key := filepath.Join(e.ConfigDir, "mortise", "secrets.key")
	if name, ok := e.Lookup(keyFileVariable); ok && name != "" {
		key = e.path(name)
	}
	return secret.NewFile(file, key), nil
}

// Load reads the project; with faults it may be nil.
func (o *opened) Load(ctx context.Context) (*config.Project, fault.List) {
	p, faults := o.Project.Load(ctx)
	if p != nil && o.engine != "" {
		chosen := *p
		chosen.Engines = config.Engines{All: o.engine, Unsafe: p.Engines.Unsafe}
		p = &chosen
	}
	return p, faults
}

// build starts what makes programs of the project's source. With onDemand
// nothing is compiled unless a call waits for it.
func (o *opened) build(ctx context.Context, log *slog.Logger, onDemand bool) engine.Builder {
	checker := check.New()
	options := interp.Options{
		Executable: o.env.Executable, Args: o.env.Worker, Dir: o.Root(), Name: filepath.Base(o.Root()), Log: log, Checker: checker,
	}
	if zone, ok := o.env.Lookup("TZ"); ok {
		options.Env = append(options.Env, "TZ="+zone)
	}
	// What is wrong with the project is reported where it is applied.
	if p, _ := o.Load(ctx); p != nil {
		options.Name = p.Name
		options.Limits = worker.Limits{Memory: p.Workers.Memory, Stack: int(p.Workers.Stack), Concurrency: p.Workers.Concurrency}
	}
	o.builder, o.tools = interp.New(ctx, options), o.env.toolchain(log)
	auto := engine.AutoOptions{Interpreted: o.builder, Log: log, OnDemand: onDemand}
	if auto.Absent = o.tools.Available(); auto.Absent == nil {
		auto.Compiled = compiler.NewBuilder(compiler.BuilderOptions{
			Linker: o.tools, Checker: checker, Env: options.Env, Dir: options.Dir, Name: options.Name, Limits: options.Limits, Log: log,
		})
	}
	return engine.NewAuto(auto)
}

// close ends what was started.
func (o *opened) close() {
	if o.builder != nil {
		o.builder.Close()
		_ = o.tools.Close() // what it leaves behind is swept by the next one
	}
	_ = o.Close() // nothing was written through it
}

// log returns a log for a command that is not a server: what is wrong, on
// standard error.
func (e *Env) log(verbose bool) *observe.Log {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return observe.NewLog(observe.LogOptions{Writer: e.Stderr, Color: e.Terminal, Level: level})
}

// private starts a project for one command: on a free port, with jobs off, and
// nobody is told. The returned function ends it.
func (e *Env) private(ctx context.Context, dir, engine string, verbose bool) (*serve.Host, func(), error) {
	o, err := e.open(dir, "")
	if err != nil {
		return nil, nil, err
	}
	o.engine = cmp.Or(engine, o.engine)
	log := e.log(verbose)
	workers := log.Logger()
	if !verbose {
		workers = slog.New(slog.DiscardHandler) // the error of the call says it all
	}
	host, err := serve.Start(ctx, serve.Options{
		Dir: o.Root(), Load: o.Load, Builder: o.build(ctx, workers, true), Secrets: o.secrets, Log: log, Getenv: e.Lookup,
		Listen: "127.0.0.1:0", JobsOff: true, Private: true, Version: e.Version,
	})
	if err != nil {
		o.close()
		_ = log.Close()
		return nil, nil, err
	}
	end := func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
		defer cancel()
		if err := host.Stop(stopping); err != nil {
			e.errorf("mortise: stop the project: %v\n", err)
		}
		o.close()
		_ = log.Close()
	}
	report, err := host.Report(ctx)
	if err == nil {
		err = report.Faults.Err()
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return host, end, nil
}
