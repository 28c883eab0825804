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

	"mortise/app/scratch"
	"mortise/runtime/fault"
)

// maxProgram bounds a program's file as it is read; the check has a limit of its
// own, with a better message.
const maxProgram = 16 << 20

type runCommand struct {
	Engine  string   `help:"What runs it: auto, interpreted or compiled." enum:"auto,interpreted,compiled" default:"auto" placeholder:"auto"`
	Verbose bool     `short:"v" help:"Say when it is live, and by what."`
	File    string   `arg:"" passthrough:"partial" help:"File of the program, or - for standard input."`
	Args    []string `arg:"" optional:"" passthrough:"partial" help:"Arguments of the program."`
}

// Help shows how it is used.
func (runCommand) Help() string {
	return `Runs one file of package main that imports the standard library alone, as go run does, on a machine that has no Go.
Options stand in front of the file; what stands behind it are the program's arguments. Standard input is the program's.

Examples:
  mortise run hello.go
  mortise run -v sum.go -by name < orders.csv
  echo 'package main; func main() { println("hi") }' | mortise run -

Exit codes: the program's own, 2 where it panicked, 4 where it does not compile or cannot be run as asked.`
}

// Run runs a program.
func (c runCommand) Run(ctx context.Context, env *Env) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	src, err := c.source(env)
	if err != nil {
		return err
	}
	program, err := scratch.Check(ctx, src)
	if err != nil {
		return env.refused(err)
	}
	tools := env.machine().Toolchain(nil)
	defer func() { _ = tools.Close() }() // the program has run
	worker := env.Worker
	if worker == nil {
		worker = []string{"worker"}
	}
	opts := scratch.Options{
		Engine: scratch.Engine(c.Engine), Args: c.Args, Dir: env.Dir, Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr,
		Compiler: tools, Worker: append(append([]string{env.Executable}, worker...), programWorker), Signals: env.Signals,
	}
	if cache := env.machine().Cache(); cache != "" {
		opts.Temp = filepath.Join(cache, "runs")
	}
	if c.File == "-" {
		opts.Stdin = nil // the program's text was all there is
	}
	if c.Verbose {
		opts.Note = func(format string, args ...any) { env.errorf("mortise: "+format+"\n", args...) }
	}
	code, err := program.Run(ctx, opts)
	if refusal, ok := errors.AsType[*scratch.RefusedError](err); ok {
		err = env.refused(refusal.List)
		if opts.Engine == scratch.Interpreted {
			env.errorf("  hint: leave out --engine %s, and it is compiled\n", c.Engine)
		}
		return err
	}
	if err != nil || code == OK {
		return err
	}
	return endedError(code)
}

// programWorker is the argument that makes a worker run a program.
const programWorker = "program"

// Plain reports whether these are the arguments of a process that is nothing but
// somebody's program: it must not ask for signals, so that they end it.
func Plain(args []string) bool {
	return len(args) > 1 && args[0] == "worker" && args[1] == programWorker
}

// endedError is the exit code of a program, which has said itself what there is
// to say.
type endedError int

func (e endedError) Error() string {
	return fmt.Sprintf("the program ended with exit code %d", int(e))
}

// errRefused is errReported of a program that does not run.
var errRefused = fmt.Errorf("%w: refused", errReported)

// refused reports why a program does not run, as compilers do.
func (e *Env) refused(err error) error {
	out := *e
	out.Stdout = e.Stderr // the other is for what programs print
	faults := fault.All(err)
	out.problems("", faults)
	e.errorf("%s found\n", plural(len(faults), "problem"))
	return errRefused
}

// source reads the program.
func (c runCommand) source(env *Env) (src scratch.Source, err error) {
	src = scratch.Source{Name: filepath.ToSlash(c.File), File: env.path(c.File)}
	in := env.Stdin
	if c.File == "-" {
		src.Name, src.File = "stdin.go", env.path("stdin.go")
	} else {
		f, err := os.Open(src.File)
		if err != nil {
			return src, env.unreadable(c.File, err)
		}
		defer func() { _ = f.Close() }() // it is only read
		in = f
		switch info, err := f.Stat(); {
		case err != nil:
			return src, env.unreadable(c.File, err)
		case info.IsDir():
			return src, env.refused(fault.New(fault.Invalid, "run.folder", "%q is a folder", c.File).
				WithHint("name the file; a project is started with mortise serve %s", c.File))
		case !strings.HasSuffix(c.File, ".go"):
			return src, env.refused(fault.New(fault.Invalid, "run.name", "%q is no Go file: its name does not end in .go", c.File).
				WithHint("a program is a file such as hello.go, of package main; mortise run - reads one from standard input"))
		case strings.HasSuffix(c.File, "_test.go"):
			return src, env.refused(fault.New(fault.Invalid, "run.test", "%q is a test, not a program", c.File).
				WithHint("a program's file has a name that does not end in _test.go"))
		}
	}
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(in, maxProgram))
		done <- read{text, err}
	}()
	select {
	case r := <-done:
		if src.Text = r.text; r.err != nil {
			return src, env.unreadable(c.File, r.err)
		}
		return src, nil
	case <-env.Signals:
		// A read from a terminal cannot be called off. The process ends now, and the
		// read with it.
		return src, endedError(interrupted)
	}
}

// interrupted is the exit code of a program that was interrupted before it began.
const interrupted = 130

// unreadable reports a program's file that cannot be read.
func (e *Env) unreadable(name string, err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		err = path.Err
	}
	f := fault.Wrap(fault.Invalid, "run.unreadable", err, "read %q", name)
	if errors.Is(err, fs.ErrNotExist) {
		f.WithHint("name a Go file as it is reached from this folder, or - for standard input")
	}
	return e.refused(f)
}
