package gatefuzz

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mortise/interp/machine"
)

// Interpreter runs admitted programs in processes of its own, so that a hang or
// a crash ends one of those alone. A process serves several programs, one after
// the other. Its methods are not for concurrent use; Close ends the process.
type Interpreter struct {
	// Command starts a process that calls Serve with its standard input and
	// output: the program and its arguments, to which the name of the file stdout
	// is added.
	Command []string
	// Alone gives each program a process of its own, and collects what the race
	// detector says.
	Alone bool
	// Limit is how long a program may take; 0 is a minute.
	Limit time.Duration

	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
	dir    string
	served int
}

// perProcess is how many programs one process serves: interpreters leak.
const perProcess = 100

// Run runs a program. The error says that no process could be started.
func (i *Interpreter) Run(ctx context.Context, a *Admitted) (Outcome, error) {
	if err := i.start(ctx); err != nil {
		return Outcome{}, err
	}
	request, err := json.Marshal(a)
	if err != nil {
		return Outcome{}, err
	}
	limit := i.Limit
	if limit == 0 {
		limit = time.Minute
	}
	var hung bool
	var mu sync.Mutex // guards hung
	cmd := i.cmd
	timer := time.AfterFunc(limit, func() {
		mu.Lock()
		defer mu.Unlock()
		hung = true
		cmd.Process.Kill() //nolint:errcheck // it has ended by itself
	})
	var answer reply
	_, err = i.in.Write(append(request, '\n'))
	if err == nil {
		var line []byte
		if line, err = i.out.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &answer)
		}
	}
	timer.Stop()
	mu.Lock()
	defer mu.Unlock()
	if err != nil { // the program ended the process
		out := i.end()
		out.Code, out.Hung = 2, hung
		return out, ctx.Err()
	}
	out := Outcome{Stdout: string(answer.Stdout), Stderr: answer.Stderr, Code: answer.Code}
	i.served++
	if i.Alone || i.served >= perProcess {
		out.Races = i.end().Races
	}
	return out, ctx.Err()
}

// Close ends the process.
func (i *Interpreter) Close() { i.end() }

func (i *Interpreter) start(ctx context.Context) error {
	if i.cmd != nil {
		return nil
	}
	dir, err := os.MkdirTemp("", "gatefuzz")
	if err != nil {
		return err
	}
	args := append(slices.Clone(i.Command[1:]), filepath.Join(dir, "stdout"))
	cmd := exec.CommandContext(ctx, i.Command[0], args...)
	cmd.Env = append(cmd.Environ(), "GORACE=exitcode=0 atexit_sleep_ms=0 log_path="+filepath.Join(dir, "race"))
	i.stderr = &tail{}
	cmd.Stderr = i.stderr
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return fmt.Errorf("start the interpreter: %w", err)
	}
	i.cmd, i.in, i.out, i.dir, i.served = cmd, in, bufio.NewReader(out), dir, 0
	return nil
}

// end ends the process and returns what it left behind.
func (i *Interpreter) end() Outcome {
	if i.cmd == nil {
		return Outcome{}
	}
	i.in.Close()
	io.Copy(io.Discard, i.out) //nolint:errcheck // it may have been killed
	i.cmd.Wait()               //nolint:errcheck // what ended it is in what it wrote
	out := Outcome{Stderr: i.stderr.String()}
	stdout, err := os.ReadFile(filepath.Join(i.dir, "stdout"))
	if err == nil {
		out.Stdout = string(stdout)
	}
	reports, err := filepath.Glob(filepath.Join(i.dir, "race.*"))
	if err == nil {
		for _, r := range reports {
			text, err := os.ReadFile(r)
			if err == nil {
				out.Races += string(text)
			}
		}
	}
	os.RemoveAll(i.dir)
	i.cmd = nil
	return out
}

// Serve is the other side of Interpreter: it runs the programs that come in on r
// and writes to w what they did. What a program prints goes to the file stdout
// as it is printed, so that it survives the program's death: Serve makes that
// file the standard output of this process, which does nothing else.
func Serve(r io.Reader, w io.Writer, stdout string) error {
	in := bufio.NewReader(r)
	slot, err := noteSlot()
	if err != nil {
		return err
	}
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var a Admitted
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		f, err := os.Create(stdout)
		if err != nil {
			return err
		}
		os.Stdout = f
		var answer reply
		if err := interpret(a, slot, f); err != nil {
			answer.Code, answer.Stderr = 2, err.Error()
		}
		answer.Stdout, err = os.ReadFile(stdout)
		if err != nil {
			return err
		}
		f.Close()
		text, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
}

// reply is what Serve answers: JSON takes bytes that are not UTF-8 as bytes only.
type reply struct {
	Stdout []byte `json:"stdout"`
	Stderr string `json:"stderr"`
	Code   int    `json:"code"`
}

// interpret runs a rewritten program as workers do.
func interpret(a Admitted, slot *uint32, stdout io.Writer) error {
	p := &machine.Package{Path: "app/program", Name: "program", Source: a.Source, Imports: a.Imports}
	m, err := machine.Load([]*machine.Package{p}, machine.Options{Slot: slot, Stdout: stdout})
	if err != nil {
		return err
	}
	run, ok := m.Func(p.Path, entry)
	if !ok {
		return errors.New("the program has no main")
	}
	return m.Guard("run the program", func() error {
		run.Call(nil)
		return nil
	})
}

// tail keeps the end of what is written.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

const tailSize = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if t.buf.Len() > tailSize {
		t.buf.Next(t.buf.Len() - tailSize)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(t.buf.String(), "?")
}
