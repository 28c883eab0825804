package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mortise/app/host"
	"mortise/runtime/config"
	"mortise/runtime/observe"
	"mortise/runtime/serve"
)

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

// machine is what opens and runs projects.
func (e *Env) machine() host.Machine {
	return host.Machine{
		Lookup: e.Lookup, Dir: e.Dir, ConfigDir: e.ConfigDir, CacheDir: e.CacheDir, Executable: e.Executable, Worker: e.Worker,
	}
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
	o, err := e.machine().Open(dir, "")
	if err != nil {
		return nil, nil, err
	}
	o.Engine = cmp.Or(engine, o.Engine)
	log := e.log(verbose)
	workers := log.Logger()
	if !verbose {
		workers = slog.New(slog.DiscardHandler) // the error of the call says it all
	}
	host, err := serve.Start(ctx, serve.Options{
		Dir: o.Root(), Load: o.Load, Builder: o.Builder(ctx, workers, true), Secrets: o.Secrets, Log: log, Getenv: e.Lookup,
		Listen: "127.0.0.1:0", JobsOff: true, Private: true, Version: e.Version,
	})
	if err != nil {
		_ = o.Close() // nothing was written through it
		_ = log.Close()
		return nil, nil, err
	}
	end := func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
		defer cancel()
		if err := host.Stop(stopping); err != nil {
			e.errorf("mortise: stop the project: %v\n", err)
		}
		_ = o.Close() // nothing was written through it
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
