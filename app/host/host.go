// Package host opens a project on this machine and says how it is run: where its
// secrets are, which engine its services have, what makes programs of its source.
// The command line and the Studio both open projects here, so that the same
// folder runs the same way whoever runs it.
package host

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"mortise/build/compiler"
	"mortise/interp"
	"mortise/interp/check"
	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/secret"
	"mortise/runtime/worker"

	_ "mortise/runtime/connectors/all" // every type of connection and channel
)

// The environment variables that say how a project is run.
const (
	keyVariable     = "MORTISE_SECRETS_KEY"      // the key of the encrypted store itself
	keyFileVariable = "MORTISE_SECRETS_KEY_FILE" // a file with it
	engineVariable  = "MORTISE_ENGINE"           // how services run where no option says it, whatever the project says
)

// Machine is what is known of the machine and of this program.
type Machine struct {
	Lookup     func(name string) (string, bool) // of the environment: os.LookupEnv in a program
	Dir        string                           // the working directory; relative names of files are relative to it
	ConfigDir  string                           // where this user's own settings and keys are kept
	CacheDir   string                           // where what can be made anew is kept for this user; "" is a folder of this user's among the temporary ones
	Executable string                           // the mortise binary, which is started for workers
	Worker     []string                         // the arguments that make it a worker; nil is "worker"
}

// Project is an open project with what runs it. It must be closed.
type Project struct {
	*projects.Project
	Checker    *check.Checker // reads its source; what it learned is used by whoever checks next
	Secrets    secret.Store   // the environment, then SecretFile
	SecretFile *secret.File   // the encrypted store of the project
	Engine     string         // how services run, whatever the project says; "" is as it says

	machine Machine
	builder *interp.Builder
	tools   *compiler.Toolchain
}

// Open opens the project in a folder; environment is the name of the file in
// environments/ that is merged in, or "".
func (m Machine) Open(dir, environment string) (*Project, error) {
	p, err := projects.OpenIn(m.path(dir), environment)
	if err != nil {
		return nil, err
	}
	file, err := m.SecretFile(p.Root())
	if err != nil {
		_ = p.Close() // nothing was written
		return nil, err
	}
	o := &Project{
		Project: p, Checker: check.New(), machine: m,
		Secrets: secret.Chain{secret.Env{Lookup: m.Lookup}, file}, SecretFile: file,
	}
	if way, ok := m.Lookup(engineVariable); ok {
		o.Engine = way
	}
	if o.Engine != "" && !slices.Contains(config.EngineNames(), o.Engine) {
		_ = p.Close() // nothing was written
		return nil, fault.New(fault.Invalid, "cli.engine", "the variable %s names %q, which is no way to run services", engineVariable, o.Engine).
			WithHint("%s", fault.DidYouMean(o.Engine, config.EngineNames()))
	}
	return o, nil
}

// IsProject reports whether a folder is a project.
func (m Machine) IsProject(dir string) bool {
	_, err := os.Stat(filepath.Join(m.path(dir), config.MainFile))
	return err == nil
}

// SecretFile returns the encrypted store of the project in a folder, which need
// not exist yet.
func (m Machine) SecretFile(root string) (*secret.File, error) {
	file := filepath.Join(root, projects.StateFolder, "secrets.age")
	if key, ok := m.Lookup(keyVariable); ok && key != "" {
		return secret.NewFileWithKey(file, key)
	}
	key := filepath.Join(m.ConfigDir, "mortise", "secrets.key")
	if name, ok := m.Lookup(keyFileVariable); ok && name != "" {
		key = m.path(name)
	}
	return secret.NewFile(file, key), nil
}

// path returns a file's name relative to the working directory as an absolute
// one.
func (m Machine) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(m.Dir, name)
}

// Load reads the project; with faults it may be nil.
func (o *Project) Load(ctx context.Context) (*config.Project, fault.List) {
	p, faults := o.Project.Load(ctx)
	if p != nil && o.Engine != "" {
		chosen := *p
		chosen.Engines = config.Engines{All: o.Engine, Unsafe: p.Engines.Unsafe}
		p = &chosen
	}
	return p, faults
}

// Builder starts what makes programs of the project's source; Close ends it. It is
// called once. With onDemand nothing is compiled unless a call waits for it.
func (o *Project) Builder(ctx context.Context, log *slog.Logger, onDemand bool) engine.Builder {
	options := interp.Options{
		Executable: o.machine.Executable, Args: o.machine.Worker, Dir: o.Root(), Name: filepath.Base(o.Root()), Log: log, Checker: o.Checker,
	}
	if zone, ok := o.machine.Lookup("TZ"); ok {
		options.Env = append(options.Env, "TZ="+zone)
	}
	// What is wrong with the project is reported where it is applied.
	if p, _ := o.Load(ctx); p != nil {
		options.Name = cmp.Or(p.Name, options.Name)
		options.Limits = worker.Limits{Memory: p.Workers.Memory, Stack: int(p.Workers.Stack), Concurrency: p.Workers.Concurrency}
	}
	o.builder, o.tools = interp.New(ctx, options), o.machine.Toolchain(log)
	auto := engine.AutoOptions{Interpreted: o.builder, Log: log, OnDemand: onDemand}
	if auto.Absent = o.tools.Available(); auto.Absent == nil {
		auto.Compiled = compiler.NewBuilder(compiler.BuilderOptions{
			Linker: o.tools, Checker: o.Checker, Env: options.Env, Dir: options.Dir, Name: options.Name, Limits: options.Limits, Log: log,
		})
	}
	return engine.NewAuto(auto)
}

// Close ends what was started and closes the folder. Whatever serves the project
// must have stopped.
func (o *Project) Close() error {
	if o.builder != nil {
		o.builder.Close()
		_ = o.tools.Close() // what it leaves behind is swept by the next one
	}
	return o.Project.Close()
}
