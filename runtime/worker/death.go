package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"time"

	"mortise/runtime/child"
	"mortise/runtime/fault"
)

// What happened to a worker that wanted too much memory, and what to do.
const (
	outOfMemory = "out of memory"
	memoryHint  = "work through the data in parts, or raise the memory limit"
)

// wasClosed is why a worker is ended whose owner is done with it.
const wasClosed = "it was closed"

// bury is the end of a worker: it finds out why, and gives every call that was
// in flight its error.
func (p *Process) bury(ctx context.Context) {
	d := p.death()
	p.mu.Lock()
	p.closing = true
	calls := make([]*call, 0, len(p.calls))
	for _, c := range p.calls {
		calls = append(calls, c)
	}
	killed := p.killed
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	slices.SortFunc(calls, func(a, b *call) int { return int(int64(a.id) - int64(b.id)) })
	v := p.verdict(d)
	for _, c := range calls {
		p.finish(c, nil, p.deathOf(c, v))
	}
	p.retire()
	switch {
	case len(calls) == 0 && (d.Exit == 0 || killed != "") || killed == wasClosed:
		p.log.DebugContext(ctx, "worker ended", "pid", p.cmd.Process.Pid)
	default:
		p.log.ErrorContext(ctx, "worker died", "pid", p.cmd.Process.Pid, "why", v.What, "service", v.Culprit,
			"at", v.At.String(), "calls", len(calls))
		level := slog.LevelDebug
		if v.Culprit == "" || v.At.IsZero() {
			level = slog.LevelError // its own words are all there is to go by
		}
		p.log.Log(ctx, level, "what the worker wrote last", "pid", p.cmd.Process.Pid, "stderr", clip(d.Stderr, 4<<10))
	}
}

// death gathers what is known of a worker that has ended.
func (p *Process) death() Death {
	d := Death{Stderr: string(p.output.crash), Notes: p.notes.read(), Limit: p.limits.Memory, Symbols: p.hooks.Load().Symbols}
	var signal syscall.Signal
	if d.Exit, signal = child.Ending(p.cmd.ProcessState); signal != 0 {
		d.Signal = signal.String()
	}
	d.Memory = child.Peak(p.cmd.ProcessState)
	p.mu.Lock()
	defer p.mu.Unlock()
	d.Killed = p.killed
	for _, c := range p.calls {
		d.Inflight = append(d.Inflight, c.name)
		c.mu.Lock()
		if len(c.ops) == 0 {
			d.Running = append(d.Running, c.name)
		}
		if c.overdue {
			d.Overdue = append(d.Overdue, c.name)
		}
		c.mu.Unlock()
	}
	slices.Sort(d.Inflight)
	slices.Sort(d.Running)
	slices.Sort(d.Overdue)
	return d
}

// lastWords is how long a worker that never became ready has to say where it is.
const lastWords = 2 * time.Second

// stuck ends a worker that does not become ready and returns the place at which
// it is: that of its main goroutine, which initializes the packages.
func (p *Process) stuck() fault.Position {
	if !p.askStacks() {
		return fault.Position{}
	}
	t := time.NewTimer(lastWords)
	defer t.Stop()
	select {
	case <-p.exited:
	case <-t.C:
		return fault.Position{}
	}
	_, main, _ := strings.Cut(string(p.output.crash), "\ngoroutine 1 ")
	main, _, _ = strings.Cut(main, "\n\n")
	_, at, fn := Trace{Frames: parseStack(append(strings.Split(main, "\n")[1:], ""))}.find(nil)
	return p.complete(at, fn)
}

// askStacks makes a worker end with the stacks of its goroutines, where the
// system has a way to ask for that.
func (p *Process) askStacks() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.reaped && p.leash != nil && child.Quit(p.cmd.Process)
}

// verdict asks the program's maker, and falls back to what can be seen without
// knowing the program.
func (p *Process) verdict(d Death) (v Verdict) {
	defer func() { v.At = p.complete(v.At, "") }()
	plain := BlameTrace(d)
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("finding out why a worker died panicked", "panic", fmt.Sprint(r))
			v = plain
		}
	}()
	if blame := p.hooks.Load().Blame; blame != nil {
		v = blame(d)
		if v.What == "" {
			v.What = plain.What
		}
		if v.Hint == "" {
			v.Hint = plain.Hint
		}
		return v
	}
	return plain
}

// deathOf is the error of one call that was in flight.
func (p *Process) deathOf(c *call, v Verdict) *fault.Error {
	lost := &Lost{Culprit: v.Culprit, What: v.What, At: v.At, Begun: c.begun.Load()}
	if v.Culprit != "" && v.Culprit == c.name {
		lost.Own = true
		return fault.Wrap(fault.Internal, "service.crashed", hiddenCause{lost}, "service %q ended its process: %s", c.name, v.What).
			WithAt(v.At).WithHint("%s", v.Hint)
	}
	e := fault.Wrap(fault.Unavailable, "worker.lost", lost, "service %q was lost with its process", c.name).
		WithHint("try again")
	if v.Culprit != "" {
		e.Err = hiddenCause{lost}
		e.What = fmt.Sprintf("service %q was lost: service %q ended the process that both ran in: %s", c.name, v.Culprit, v.What)
	}
	return e
}

// hiddenCause is a cause whose text stands in the error around it already.
type hiddenCause struct{ *Lost }

func (h hiddenCause) Error() string { return "" }
func (h hiddenCause) Unwrap() error { return h.Lost }

// causes are the words for what Go writes when it ends, and what to do.
var causes = []struct{ mark, what, hint string }{
	{"stack overflow", "endless recursion", "see which call of the function has nothing that ends it"},
	{"goroutine stack exceeds", "endless recursion", "see which call of the function has nothing that ends it"},
	{"concurrent map writes", "concurrent map writes", "guard the map with a sync.Mutex"},
	{"concurrent map read and map write", "concurrent map read and map write", "guard the map with a sync.RWMutex"},
	{"concurrent map iteration and map write", "concurrent map iteration and map write", "guard the map with a sync.RWMutex"},
	{"out of memory", outOfMemory, memoryHint},
	{"cannot allocate memory", outOfMemory, memoryHint},
	{"all goroutines are asleep", "all goroutines are asleep: deadlock", "see which channel or lock nobody serves"},
	{"makeslice: len out of range", "panic: makeslice: len out of range", "check the size before make"},
}

// BlameTrace is the Blame of compiled code: it reads the trace that Go writes
// when a program ends and finds the service among its frames.
func BlameTrace(d Death) Verdict {
	if d.Killed != "" {
		return blameKill(d)
	}
	t := ParseTrace(d.Stderr)
	t.Symbols = d.Symbols
	v := describe(t.Message, d)
	switch {
	case v.What != "":
		v.Culprit, v.At = t.Find(d.Inflight)
		if v.Culprit == "" {
			v.Culprit = t.FindCreator(d.Stderr, d.Inflight)
		}
		if v.Culprit == "" {
			var at fault.Position
			if v.Culprit, at = FindBusy(d.Stderr, d.Inflight, d.Symbols); v.At.IsZero() {
				v.At = at
			}
		}
		if v.Culprit == "" {
			v.Culprit = d.only()
		}
	case d.Signal != "":
		v.What = fmt.Sprintf("it was ended from outside (signal: %s)", d.Signal)
		v.Hint = "if nobody did so, the system may have run out of memory"
	default:
		v = exited(d)
		v.Culprit = d.only()
	}
	return v
}

// describe puts the message with which Go ended the program into plain words.
func describe(message string, d Death) Verdict {
	v := Verdict{What: message}
	for _, c := range causes {
		if strings.Contains(message, c.mark) {
			return Verdict{What: c.what, Hint: c.hint}
		}
	}
	switch text, isPanic := strings.CutPrefix(message, "panic: "); {
	case isPanic:
		v.What, v.Hint = Explain(text)
	case message == exitMessage:
		return exited(d)
	case strings.HasPrefix(message, "SIGSEGV: ") && d.Memory >= d.Limit/4*3:
		// Go's collector itself trips where there is no memory left for it.
		v.What, v.Hint = outOfMemory, memoryHint
	}
	return v
}

// exitMessage is what a compiled worker says before it ends by os.Exit, with the
// stack of the call.
const exitMessage = "os.Exit was called"

// exited is the verdict on a worker that ended itself.
func exited(d Death) Verdict {
	return Verdict{What: fmt.Sprintf("%s (code %d)", exitMessage, d.Exit), Hint: "return an error instead"}
}

// complete adds to a position what the traces of compiled code do not tell.
func (p *Process) complete(at fault.Position, fn string) fault.Position {
	f := p.hooks.Load().Complete
	if f == nil || at.File == "" || at.Line > 0 && at.Column > 0 {
		return at
	}
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("completing a position panicked", "panic", fmt.Sprint(r))
		}
	}()
	return f(at, fn)
}

// blameKill is the verdict on a worker that the host ended.
func blameKill(d Death) Verdict {
	v := Verdict{What: d.Killed}
	switch {
	case len(d.Overdue) > 0:
		v.Culprit = d.Overdue[0]
		v.What = "it did not stop at its deadline"
		v.Hint = "end loops when ctx.Err() is not nil"
	case d.Killed == outOfMemory:
		v.Culprit = d.only()
		v.Hint = memoryHint
	}
	return v
}

// only returns the one service that can have done it: the one that was in
// flight, or that did not wait for the host; "" where there were others.
func (d Death) only() string {
	for _, list := range [][]string{d.Inflight, d.Running} {
		if names := slices.Compact(slices.Clone(list)); len(names) == 1 {
			return names[0]
		}
	}
	return ""
}

// LostIn returns the Lost in an error's chain, nil where there is none.
func LostIn(err error) *Lost {
	l, _ := errors.AsType[*Lost](err)
	return l
}
