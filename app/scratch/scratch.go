// Package scratch runs a program that is a single file, as `go run` does, with no
// Go on the machine: it checks the file, and runs it in a child process, made by
// the compiler that travels with us or interpreted.
//
// What is interpreted starts sooner, and is not in all things what Go defines: a
// panic reads otherwise, for one. So Auto lets the interpreter run a program only
// while the compiler works, only where the program can do nothing but compute and
// print, and believes it only where it came to its end without a mishap; else
// what it did is thrown away, unseen, and the compiled program runs. Whoever looks
// on sees what the compiled program does, sometimes a little earlier.
package scratch

import (
	"context"
	"io"
	"os"

	"mortise/build/compiler"
	"mortise/interp/check"
	"mortise/runtime/fault"
)

// Engine says what runs a program.
type Engine string

// The engines.
const (
	Auto        Engine = "auto"        // the sooner of the two that does exactly what Go defines
	Interpreted Engine = "interpreted" // at once, or not at all
	Compiled    Engine = "compiled"
)

// Source is a program's file.
type Source struct {
	Name string // as the user wrote it; faults name it so
	File string // its absolute path; stack traces and runtime.Caller name it so, as under go run
	Text []byte
}

// Program is a program that has passed the check.
type Program struct {
	src Source
	pkg *check.Package
}

// Check checks a program. The error is a fault.List of all that is wrong with it.
func Check(ctx context.Context, src Source) (*Program, error) {
	p := check.New().Program(ctx, src.Name, src.Text)
	if err := p.Faults.Err(); err != nil {
		return nil, err
	}
	if len(p.Packages) != 1 {
		return nil, fault.List{fault.New(fault.Internal, "program.empty", "check %q: nothing was found in it", src.Name)}
	}
	return &Program{src: src, pkg: p.Packages[0]}, nil
}

// Compiler makes executables: a *compiler.Toolchain.
type Compiler interface {
	// Available returns why there is no compiler in this build, if so.
	Available() error
	// Find returns the executable of a job if it was made before.
	Find(ctx context.Context, job compiler.Job) (compiler.Binary, bool)
	// Link makes the executable of a job.
	Link(ctx context.Context, job compiler.Job) (compiler.Binary, error)
	// Hold keeps an executable until release is called.
	Hold(b compiler.Binary) (release func())
}

// Options say how a program runs.
type Options struct {
	Engine   Engine   // "" is Auto
	Args     []string // the program's arguments, without its name
	Dir      string   // its working directory
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Compiler Compiler
	Temp     string // a folder for what a run needs while it lasts; made where it is missing; the system's own where that cannot be

	// Worker starts a process that calls WorkerMain: our own binary and its
	// arguments.
	Worker []string
	// Signals are those that this process is sent and the program is to have; nil
	// is none.
	Signals <-chan os.Signal
	// Note is told, in words for people, what happens on the way; nil is nobody.
	Note func(format string, args ...any)
}

func (o Options) note(format string, args ...any) {
	if o.Note != nil {
		o.Note(format, args...)
	}
}

// RefusedError is an error that says why a program does not run: a list of faults in
// its source, or of what keeps the interpreter from it.
type RefusedError struct{ fault.List }

// Unwrap returns the faults.
func (r *RefusedError) Unwrap() error { return r.List }

// Run runs the program and returns its exit code: 2 where it panicked, 128 and
// the signal's number where a signal ended it. The error is a *RefusedError where the
// program cannot run as the options want it to, else what went wrong with us.
func (p *Program) Run(ctx context.Context, opts Options) (code int, err error) {
	r := &run{Program: p, opts: opts, job: p.job()}
	switch opts.Engine {
	case Interpreted:
		return r.interpreted(ctx)
	case Compiled:
		return r.compiled(ctx)
	default:
		return r.auto(ctx)
	}
}
