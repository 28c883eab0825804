package scratch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/tools/txtar"

	"mortise/app/scratch"
	"mortise/build/compiler"
	"mortise/runtime/durable"
)

var only = flag.String("only", "", "run the program of this name alone")

// TestMain makes the test binary the process that interprets programs as well.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "program" {
		os.Exit(scratch.WorkerMain(context.Background()))
	}
	code := m.Run()
	if tools != nil {
		_ = tools.Close()
	}
	if ours.dir != "" {
		_ = os.RemoveAll(ours.dir)
	}
	os.Exit(code)
}

// ours is the process that interprets programs.
var ours struct {
	sync.Once
	dir  string // of its executable; "" where that is the tests' own
	argv []string
	err  error
}

// interpreter returns the command that interprets programs: these tests, without
// the race detector, which takes more memory than programs may have, makes them
// several times slower and reports the races of the programs.
func interpreter(t testing.TB) []string {
	t.Helper()
	ours.Do(func() {
		ours.argv = []string{os.Args[0], "program"}
		if info, ok := debug.ReadBuildInfo(); !ok || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
			return
		}
		if ours.dir, ours.err = os.MkdirTemp("", "mortise-scratch-*"); ours.err != nil { //nolint:usetesting // all tests share it
			return
		}
		ours.argv[0] = filepath.Join(ours.dir, "scratch.test")
		if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", ours.argv[0], ".").CombinedOutput(); err != nil {
			ours.err = fmt.Errorf("go test -c: %w\n%s", err, out)
		}
	})
	if ours.err != nil {
		t.Fatal(ours.err)
	}
	return ours.argv
}

var tools *compiler.Toolchain

var open = sync.OnceValues(func() (*compiler.Toolchain, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	tools = compiler.New(compiler.Options{Dir: filepath.Join(cache, "mortise-test", "mortise")})
	return tools, tools.Available()
})

// toolchain returns the compiler of this build, which all tests share.
func toolchain(t testing.TB) *compiler.Toolchain {
	t.Helper()
	c, err := open()
	if err != nil {
		t.Skipf("%v; run the tests with go run ./build/dev test", err)
	}
	return c
}

// outcome is what a program did.
type outcome struct {
	stdout, stderr string
	code           int
	err            error
	notes          string
}

// launch runs a program as mortise run does.
func launch(t testing.TB, engine scratch.Engine, file string, text []byte, stdin io.Reader, args ...string) (o outcome) {
	t.Helper()
	p, err := scratch.Check(t.Context(), scratch.Source{Name: filepath.Base(file), File: file, Text: text})
	if err != nil {
		return outcome{err: err}
	}
	var stdout, stderr bytes.Buffer
	o.code, o.err = p.Run(t.Context(), scratch.Options{
		Engine: engine, Args: args, Dir: filepath.Dir(file), Stdin: stdin, Stdout: &stdout, Stderr: &stderr,
		Compiler: toolchain(t), Temp: t.TempDir(), Worker: interpreter(t),
		Note: func(format string, args ...any) { o.notes += fmt.Sprintf(format, args...) + "\n" },
	})
	o.stdout, o.stderr = stdout.String(), stderr.String()
	return o
}

// program is one of an archive.
type program struct {
	name  string
	text  []byte
	stdin []byte
	args  []string
}

// write puts a program into a folder of its own, which stays from one run of the
// tests to the next: what was made of it by either side is not made again.
func (p program) write(t *testing.T) (file string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append([]byte(runtime.Version()), p.text...))
	dir := filepath.Join(cache, "mortise-test", "programs", fmt.Sprintf("%x", sum[:8]))
	file = filepath.Join(dir, p.name+".go")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(file, p.text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func programs(t *testing.T, archive string) []program {
	t.Helper()
	ar, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range ar.Files {
		files[f.Name] = f.Data
	}
	var out []program
	for _, f := range ar.Files {
		base, ok := strings.CutSuffix(f.Name, ".go")
		if !ok || *only != "" && *only != base {
			continue
		}
		p := program{name: base, text: f.Data, stdin: files[base+".in"]}
		if args := files[base+".args"]; args != nil {
			p.args = strings.Split(strings.TrimSuffix(string(args), "\n"), "\n")
		}
		out = append(out, p)
	}
	return out
}

// TestGoRun holds what mortise run does against what Go does, program by
// program.
func TestGoRun(t *testing.T) {
	t.Parallel()
	toolchain(t)
	for _, p := range programs(t, "testdata/programs.txtar") {
		if runtime.GOOS == "windows" && strings.HasPrefix(p.name, "signal") {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			file := p.write(t)
			want := goRun(t, file, p)
			got := launch(t, scratch.Auto, file, p.text, bytes.NewReader(p.stdin), p.args...)
			if got.err != nil {
				t.Fatalf("Run: %v", got.err)
			}
			if got.code != want.code || !alike(got.stdout, want.stdout) || !alike(got.stderr, want.stderr) {
				t.Errorf("Run: code %d, stdout\n%s\nstderr\n%s\n%swant %d\n%s\nand\n%s", got.code, clip(got.stdout), clip(plain(got.stderr)),
					got.notes, want.code, clip(want.stdout), clip(plain(want.stderr)))
			}
		})
	}
}

// compiledToo is how many of the programs that the interpreter runs there are for
// one that is compiled as well: compiling all of them takes minutes, and shows
// what the Go compiler does.
const compiledToo = 8

// TestFeatures runs the programs of one feature each, with what they print when
// Go runs them: interpreted those that are let in, the others as mortise run
// does, which then has to compile them.
func TestFeatures(t *testing.T) {
	t.Parallel()
	toolchain(t)
	const archive = "../../interp/gate/testdata/features.txtar"
	ar, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range ar.Files {
		want[f.Name] = string(f.Data)
	}
	var let atomic.Int32
	t.Cleanup(func() {
		if t.Logf("%d were interpreted", let.Load()); let.Load() == 0 && *only == "" {
			t.Error("not one was interpreted")
		}
	})
	for i, p := range programs(t, archive) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			code := 0
			if _, fails := want[p.name+".rc"]; fails {
				code = 2
			}
			run := func(engine scratch.Engine) error {
				got := launch(t, engine, p.write(t), p.text, nil)
				if _, refused := errors.AsType[*scratch.RefusedError](got.err); refused && engine == scratch.Interpreted {
					return got.err
				}
				if got.err != nil || got.code != code || strings.TrimSuffix(got.stdout, "\n") != strings.TrimSuffix(want[p.name+".out"], "\n") || code == 0 && got.stderr != "" {
					t.Errorf("Run as %s: code %d (%v), stdout\n%s\nstderr\n%s\n%swant %d\n%s",
						engine, got.code, got.err, got.stdout, got.stderr, got.notes, code, want[p.name+".out"])
				}
				return nil
			}
			refused := run(scratch.Interpreted)
			if refused == nil {
				let.Add(1)
			}
			if refused != nil || i%compiledToo == 0 {
				_ = run(scratch.Auto) // which refuses nothing
			}
		})
	}
}

// goRun does what go run does, without the words that it adds itself.
func goRun(t *testing.T, file string, p program) outcome {
	t.Helper()
	exe := filepath.Join(filepath.Dir(file), p.name)
	if _, err := os.Stat(exe); err != nil {
		made := fmt.Sprintf("%s~%d", exe, os.Getpid()) // another process may be at it, too
		build := exec.CommandContext(t.Context(), "go", "build", "-o", made, file)
		build.Dir, build.Env = filepath.Dir(file), append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		if err := os.Rename(made, exe); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), exe, p.args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = filepath.Dir(file), bytes.NewReader(p.stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{stdout: stdout.String(), stderr: stderr.String(), code: scratch.ShellCode(cmd.ProcessState)}
}

var (
	address = regexp.MustCompile(`0x[0-9a-f]+\??|goroutine \d+|\bm=\d+|[ \t]\+0x[0-9a-f]+`)
	usage   = regexp.MustCompile(`(?m)^Usage of \S+/(\S+):`)
	library = regexp.MustCompile(`(?m)^\t\S+/src/(\S+\.(?:go|s):)`)
)

// plain leaves out what differs from run to run, and where the standard library
// was when it was compiled.
func plain(s string) string {
	s = library.ReplaceAllString(address.ReplaceAllString(s, "*"), "\t$1")
	// Behind the program's own goroutines some of the runtime's may follow.
	s, _, _ = strings.Cut(s, "\n\n* gp=* m=nil")
	return usage.ReplaceAllString(s, "Usage of $1:")
}

// alike reports whether two texts are the same but for what differs from run to
// run.
func alike(a, b string) bool { return a == b || plain(a) == plain(b) }

func clip(s string) string {
	if len(s) > 2000 {
		return s[:1000] + "\n…\n" + s[len(s)-1000:]
	}
	return s
}
