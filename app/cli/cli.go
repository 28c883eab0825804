// Package cli is the command line of Mortise. A command is a value of Env: what
// it reads, writes and sees of the machine is passed in, so that whole commands
// run inside a test.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"mortise/app/desktop"
	"mortise/app/scratch"
	"mortise/interp"
	"mortise/runtime/control"
	"mortise/runtime/fault"
)

// The exit codes of a command.
const (
	OK          = 0 // it did what was asked
	Failed      = 1 // it did not; standard error says why
	Usage       = 2 // the command line is wrong
	Unreachable = 3 // the runtime that was asked for does not answer
	Refused     = 4 // the program that was to run does not compile, or cannot run as asked
)

// Env is what a command sees of the world.
type Env struct {
	Args       []string // without the program's name
	Stdin      io.Reader
	Stdout     io.Writer
	Stderr     io.Writer
	Lookup     func(name string) (string, bool) // of the environment: os.LookupEnv in a program
	Dir        string                           // the working directory
	ConfigDir  string                           // where this user's own settings and keys are kept
	CacheDir   string                           // where what can be made anew is kept for this user; "" is a folder of this user's among the temporary ones
	Executable string                           // the mortise binary, which is started for workers
	Worker     []string                         // the arguments that make it a worker; nil is "worker"
	Signals    <-chan os.Signal                 // SIGINT and SIGTERM; nil is never
	Terminal   bool                             // whether Stdout and Stderr are a terminal that shows colours
	Version    string                           // "" is a version of its own making: "dev"
	Home       string                           // the user's folder, in which new projects are suggested
	Page       fs.FS                            // the Studio's page; nil is a build without one
	Icon       []byte                           // of the Studio's window, a PNG
}

// grammar is every command.
type grammar struct {
	Studio      studioCommand      `cmd:"" help:"Open the Studio: make, edit, run and watch projects."`
	New         newCommand         `cmd:"" help:"Create a project."`
	Serve       serveCommand       `cmd:"" help:"Run a project and keep it up to date with its files."`
	Invoke      invokeCommand      `cmd:"" help:"Invoke a service and print its answer."`
	Run         runCommand         `cmd:"" help:"Run a single file of Go, as a scratch pad."`
	Check       checkCommand       `cmd:"" help:"Find everything that is wrong with a project."`
	Apply       applyCommand       `cmd:"" help:"Make a running project read its files again."`
	Services    servicesCommand    `cmd:"" help:"List services, or show one."`
	Channels    channelsCommand    `cmd:"" help:"List channels: the ways in."`
	Connections connectionsCommand `cmd:"" help:"List connections: the ways out."`
	Ping        pingCommand        `cmd:"" help:"Reach the other side of a connection once."`
	Jobs        jobsCommand        `cmd:"" help:"List jobs and when they run next."`
	RunJob      runJobCommand      `cmd:"" help:"Run a job now."`
	Runs        runsCommand        `cmd:"" help:"List the last runs of jobs."`
	DeadLetters deadLettersCommand `cmd:"" help:"List stored calls and runs that were given up; try them again or delete them."`
	Describe    describeCommand    `cmd:"" help:"Show what the files of a project may say."`
	Logs        logsCommand        `cmd:"" help:"Show the log of a running project."`
	Secret      secretCommand      `cmd:"" help:"Set, list and delete a project's secrets."`
	LSP         lspCommand         `cmd:"" name:"lsp" help:"Speak LSP with an editor, which starts it."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
	Worker      workerCommand      `cmd:"" hidden:"" help:"Run services for a host. Hosts start it."`
}

const description = `Mortise runs integration projects: services written in Go, with their channels, connections and jobs.

A project is a folder. Most commands take it with --project, the current folder by default.

  mortise new demo --template tutorial-finished
  mortise serve demo
  mortise invoke users.GetDetails name=Mike --project demo

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the runtime cannot be reached.
Those of mortise run are its program's own, and 4 where the program was refused.`

// exit is how kong ends a command: a panic that Run catches.
type exit int

// Run runs one command and returns its exit code.
func Run(ctx context.Context, env Env) (code int) {
	if len(env.Args) > 0 && env.Args[0] == "worker" { // started often, so it starts fast
		if Plain(env.Args) {
			return scratch.WorkerMain(ctx)
		}
		return env.report(interp.WorkerMain(ctx))
	}
	if env.Version == "" {
		env.Version = "dev"
	}
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	var g grammar
	parser, err := kong.New(&g, kong.Name("mortise"), kong.Description(description), kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&env))
	if err != nil {
		return env.report(fault.Wrap(fault.Internal, "cli.grammar", err, "read the command line's own definition"))
	}
	args := env.Args
	switch {
	case len(args) > 0:
	case desktop.Available(env.Lookup): // it was started by its icon
		args = []string{"studio"}
	default:
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return env.usage(err)
	}
	return env.report(parsed.Run())
}

// usage reports a command line that cannot be read.
func (e *Env) usage(err error) int {
	e.errorf("mortise: %v\n", err)
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		e.errorf("  hint: mortise %s --help\n", parse.Context.Selected().FullPath()[len("mortise "):])
	} else {
		e.errorf("  hint: mortise --help\n")
	}
	return Usage
}

// errReported is an error that has been reported already.
var errReported = errors.New("reported")

// report writes an error for people and returns the exit code.
func (e *Env) report(err error) int {
	ended, isProgram := errors.AsType[endedError](err)
	switch {
	case err == nil:
		return OK
	case isProgram:
		return int(ended)
	case errors.Is(err, errRefused):
		return Refused
	case errors.Is(err, errReported):
		return Failed
	}
	faults := fault.All(err)
	for _, f := range faults {
		e.errorf("%s\n", f.Report())
	}
	if len(faults) > 0 && faults[0].Code == control.Unreachable {
		return Unreachable
	}
	return Failed
}

func (e *Env) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(e.Stdout, format, args...) // whoever reads may stop reading
}

func (e *Env) errorf(format string, args ...any) {
	_, _ = fmt.Fprintf(e.Stderr, format, args...) // there is no other place for it
}

// path returns a file's name relative to the working directory as an absolute
// one.
func (e *Env) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(e.Dir, name)
}

// shown returns a path as a person would write it here.
func (e *Env) shown(path string) string {
	if rel, err := filepath.Rel(e.Dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

type workerCommand struct{}

// Run is not reached: see the function Run.
func (workerCommand) Run(ctx context.Context) error { return interp.WorkerMain(ctx) }

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(env *Env) error {
	env.printf("mortise %s\n", env.Version)
	return nil
}
