package gatefuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Native runs programs with the installed Go. It compiles the programs of a batch
// as packages and links them into one binary, which costs a fraction of a
// binary each.
type Native struct {
	tools  string // folder of compile and link
	config string // text of the importcfg of the standard library
	limit  time.Duration
}

// NewNative prepares to compile programs that import packages of the standard
// library. A program may run for limit.
func NewNative(ctx context.Context, limit time.Duration) (*Native, error) {
	tools, err := exec.CommandContext(ctx, "go", "env", "GOTOOLDIR").Output()
	if err != nil {
		return nil, fmt.Errorf("find the Go compiler: %w", err)
	}
	list := exec.CommandContext(ctx, "go", "list", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "std")
	list.Env = append(list.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	config, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the archives of the standard library: %w\n%s", err, stderr.String())
	}
	return &Native{tools: strings.TrimSpace(string(tools)), config: string(config), limit: limit}, nil
}

// Batch is programs that were compiled together.
type Batch struct {
	native *Native
	dir    string
	errs   []error
}

// Build compiles programs. Those that the compiler does not take have an error in
// Run. Close deletes the files.
func (n *Native) Build(ctx context.Context, programs []Program) (*Batch, error) {
	dir, err := os.MkdirTemp("", "gatefuzz")
	if err != nil {
		return nil, err
	}
	b := &Batch{native: n, dir: dir, errs: make([]error, len(programs))}
	if err := b.build(ctx, programs); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close deletes the files of the batch.
func (b *Batch) Close() { os.RemoveAll(b.dir) }

func (b *Batch) build(ctx context.Context, programs []Program) error {
	if err := b.write("std.cfg", []byte(b.native.config)); err != nil {
		return err
	}
	var wg sync.WaitGroup
	turns := make(chan struct{}, runtime.NumCPU())
	for k, p := range programs {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			b.errs[k] = b.compile(ctx, k, p)
		})
	}
	wg.Wait()
	var config, imports, cases strings.Builder
	config.WriteString(b.native.config)
	for k := range programs {
		if b.errs[k] != nil {
			continue
		}
		fmt.Fprintf(&config, "packagefile fuzz/p%d=%s\n", k, b.path(k, ".a"))
		fmt.Fprintf(&imports, "import p%d \"fuzz/p%d\"\n", k, k)
		fmt.Fprintf(&cases, "case \"%d\":\np%d.%s()\n", k, k, entry)
	}
	if err := b.write("all.cfg", []byte(config.String())); err != nil {
		return err
	}
	main := fmt.Sprintf("package main\nimport \"os\"\n%s\nfunc main() {\nswitch os.Args[1] {\n%s}\n}\n", imports.String(), cases.String())
	if err := b.write("main.go", []byte(main)); err != nil {
		return err
	}
	if err := b.tool(ctx, "compile", "-p", "main", "-importcfg", b.in("all.cfg"), "-o", b.in("main.a"), b.in("main.go")); err != nil {
		return err
	}
	return b.tool(ctx, "link", "-importcfg", b.in("all.cfg"), "-buildmode", "exe", "-s", "-w", "-o", b.in("programs"), b.in("main.a"))
}

func (b *Batch) compile(ctx context.Context, k int, p Program) error {
	src := append(bytes.TrimRight(p.Source, "\n"), "\n\nfunc "+entry+"() { main() }\n"...)
	if err := b.write(fmt.Sprintf("p%d.go", k), src); err != nil {
		return err
	}
	return b.tool(ctx, "compile", "-p", fmt.Sprintf("fuzz/p%d", k), "-complete", "-lang=go1.26", "-importcfg", b.in("std.cfg"), "-o", b.path(k, ".a"), b.path(k, ".go"))
}

func (b *Batch) in(name string) string            { return filepath.Join(b.dir, name) }
func (b *Batch) path(k int, suffix string) string { return b.in("p" + strconv.Itoa(k) + suffix) }

func (b *Batch) write(name string, data []byte) error {
	return os.WriteFile(b.in(name), data, 0o600)
}

func (b *Batch) tool(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.native.tools, name), args...)
	cmd.Env = []string{} // their results must not depend on the environment
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// Alone compiles one program as what it is, package main, and runs it.
func (n *Native) Alone(ctx context.Context, p Program) (Outcome, error) {
	b, err := n.BuildAlone(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	defer b.Close()
	return b.Run(ctx, 0)
}

// BuildAlone compiles one program as what it is, package main. Unlike in a batch
// of several, the names of its types are then those that Go prints, and nothing
// else is initialized with it.
func (n *Native) BuildAlone(ctx context.Context, p Program) (*Batch, error) {
	dir, err := os.MkdirTemp("", "gatefuzz")
	if err != nil {
		return nil, err
	}
	b := &Batch{native: n, dir: dir, errs: make([]error, 1)}
	if err := b.buildAlone(ctx, p); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Batch) buildAlone(ctx context.Context, p Program) error {
	if err := errors.Join(b.write("all.cfg", []byte(b.native.config)), b.write("main.go", p.Source)); err != nil {
		return err
	}
	if err := b.tool(ctx, "compile", "-p", "main", "-complete", "-lang=go1.26", "-importcfg", b.in("all.cfg"), "-o", b.in("main.a"), b.in("main.go")); err != nil {
		return err
	}
	return b.tool(ctx, "link", "-importcfg", b.in("all.cfg"), "-buildmode", "exe", "-s", "-w", "-o", b.in("programs"), b.in("main.a"))
}

// Quiet reports whether the initialization of the programs prints nothing and
// does not fail: it happens whichever of them runs.
func (b *Batch) Quiet(ctx context.Context) bool {
	o, err := b.start(ctx, "none")
	return err == nil && o.Code == 0 && o.Stdout == ""
}

// Run runs the program of a number. The error is the compiler's.
func (b *Batch) Run(ctx context.Context, k int) (Outcome, error) {
	if b.errs[k] != nil {
		return Outcome{}, b.errs[k]
	}
	return b.start(ctx, strconv.Itoa(k))
}

// start runs the binary.
func (b *Batch) start(ctx context.Context, which string, env ...string) (Outcome, error) {
	limited, cancel := context.WithTimeout(ctx, b.native.limit)
	defer cancel()
	cmd := exec.CommandContext(limited, b.in("programs"), which)
	cmd.Env = append(append(cmd.Environ(), "GOMEMLIMIT=1GiB", "GOTRACEBACK=none"), env...)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := Outcome{Stdout: stdout.String(), Stderr: stderr.String()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return out, ctx.Err()
	case limited.Err() != nil:
		out.Hung, out.Code = true, -1
	case errors.As(err, &exit):
		out.Code = exit.ExitCode()
	case err != nil:
		return out, err
	}
	return out, nil
}
