package scratch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mortise/build/compiler"
	"mortise/runtime/fault"
)

// run is one run of a program.
type run struct {
	*Program
	opts  Options
	job   compiler.Job
	start time.Time
}

// auto runs the program by whatever is exact and there first.
func (r *run) auto(ctx context.Context) (int, error) {
	r.start = time.Now()
	if err := r.opts.Compiler.Available(); err != nil {
		code, refused := r.without(ctx, err)
		if refusal, ok := errors.AsType[*RefusedError](refused); ok {
			refusal.List = append(refusal.List, fault.As(err))
		}
		return code, refused
	}
	code, made, err := r.compile(ctx, true)
	if _, refused := errors.AsType[*RefusedError](err); made || refused || ctx.Err() != nil {
		return code, err
	}
	// What keeps the compiler from working need not keep the program.
	code, refused := r.without(ctx, err)
	if refused != nil {
		return 0, err
	}
	return code, nil
}

// without runs the program interpreted because it cannot be compiled.
func (r *run) without(ctx context.Context, why error) (int, error) {
	r.opts.note("why it is not compiled: %v", why)
	return r.interpreted(ctx)
}

// compiled runs the program compiled.
func (r *run) compiled(ctx context.Context) (int, error) {
	r.start = time.Now()
	if err := r.opts.Compiler.Available(); err != nil {
		return 0, err
	}
	code, _, err := r.compile(ctx, false)
	return code, err
}

// compile makes the executable, unless it is there, and runs it. With guess the
// interpreter may come to the end first. Where made is false the executable could
// not be made, and nothing has run.
func (r *run) compile(ctx context.Context, guess bool) (code int, made bool, err error) {
	linking, cancel := context.WithCancel(ctx)
	done := make(chan linked, 1)
	var end sync.WaitGroup
	end.Go(func() { done <- r.link(linking) })
	defer end.Wait()
	defer cancel()
	guessing, stop := context.WithCancel(ctx)
	var printed <-chan []byte
	if guess {
		printed = r.guess(guessing, &end)
	}
	defer stop()
	for {
		select {
		case l := <-done:
			stop()
			if l.err != nil {
				return 0, false, l.err
			}
			code, err = r.execute(ctx, l.binary)
			return code, true, err
		case out, ok := <-printed:
			if !ok { // it came to nothing
				printed = nil
				continue
			}
			r.opts.note("live after %s, without waiting for the compiler", r.took())
			_, err := r.opts.Stdout.Write(out)
			return 0, true, brokenPipe(err)
		case s := <-r.opts.Signals:
			return signalCode(s), true, nil
		}
	}
}

func (r *run) took() time.Duration { return time.Since(r.start).Round(time.Millisecond) }

// linked is what came out of looking for the executable, and of making it.
type linked struct {
	binary compiler.Binary
	err    error
}

func (r *run) link(ctx context.Context) linked {
	if b, ok := r.opts.Compiler.Find(ctx, r.job); ok {
		return linked{binary: b}
	}
	r.opts.note("compiling %s", r.src.Name)
	b, err := r.opts.Compiler.Link(ctx, r.job)
	if list, ok := errors.AsType[fault.List](err); ok {
		err = &RefusedError{r.shown(list)}
	}
	return linked{b, err}
}

// shown names the program in faults as the user does.
func (r *run) shown(list fault.List) fault.List {
	out := make(fault.List, len(list))
	for i, e := range list {
		c := *e
		switch c.At.File {
		case r.src.File:
			c.At.File = r.src.Name
		case unitFile: // as it stands behind our own directive
			c.At.File = r.src.Name
			c.At.Line--
		}
		out[i] = &c
	}
	return out
}

// execute runs the compiled program.
func (r *run) execute(ctx context.Context, b compiler.Binary) (int, error) {
	defer r.opts.Compiler.Hold(b)()
	command, remove := r.opts.named(b.Path, r.src.Name)
	defer remove()
	r.opts.note("live after %s, compiled", r.took())
	return r.opts.child(ctx, process{
		argv: append([]string{command}, r.opts.Args...), stdin: r.opts.Stdin, stdout: r.opts.Stdout, stderr: r.opts.Stderr,
	})
}

// interpreted runs the program interpreted, come what may.
func (r *run) interpreted(ctx context.Context) (int, error) {
	r.start = time.Now()
	s, why, err := r.admit(ctx)
	if err != nil {
		return 0, err
	}
	if s == nil {
		return 0, &RefusedError{withoutServices(why)}
	}
	dir, remove, err := r.opts.temp()
	if err != nil {
		return 0, fault.Wrap(fault.Unavailable, "scratch.temp", err, "make room to run %q", r.src.Name)
	}
	defer remove()
	s.Last = filepath.Join(dir, "last")
	in, err := json.Marshal(s)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "scratch.script", err, "start %q", r.src.Name)
	}
	r.opts.note("live after %s, interpreted", r.took())
	code, err := r.opts.child(ctx, process{argv: r.opts.Worker, env: quiet, stdin: bytes.NewReader(in), stdout: r.opts.Stdout, stderr: r.opts.Stderr})
	if last, missing := os.ReadFile(s.Last); code == panicked && missing == nil {
		_, _ = r.opts.Stderr.Write(last) // there is no other place
	}
	return code, err
}

// withoutServices leaves out the hints that are for services.
func withoutServices(why fault.List) fault.List {
	out := make(fault.List, len(why))
	for i, e := range why {
		c := *e
		if strings.Contains(c.Hint, "ctx.") {
			c.Hint = ""
		}
		out[i] = &c
	}
	return out
}

// brokenPipe leaves out the error of writing to somebody who has stopped reading.
func brokenPipe(err error) error {
	if err == nil || errors.Is(err, io.ErrClosedPipe) || isBrokenPipe(err) {
		return nil
	}
	return fault.Wrap(fault.Unavailable, "scratch.output", err, "write what the program printed")
}
