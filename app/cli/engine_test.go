package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mortise/build/compiler"
	native "mortise/build/server"
)

// ways are the ways in which scripts run their services.
func ways() []string { return []string{"auto", "interpreted", "compiled", "linked"} }

// runElsewhere runs the scripts that say so with their services interpreted,
// compiled, and linked into a server of their own. They print the same.
func runElsewhere(t *testing.T, bin string) {
	t.Helper()
	for _, way := range ways()[1:] {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			switch {
			case testing.Short():
				t.Skip("runs the scripts again and again")
			case way == "compiled" && !hasCompiler():
				t.Skip("this build has no compiler: go run ./build/dev pack -fast")
			}
			runScripts(t, bin, way)
		})
	}
}

// runScripts runs the scripts that are to run in a way. A script names the ways
// in its first line, "# engines: auto linked"; those that do not run with auto.
func runScripts(t *testing.T, bin, way string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	p := testscript.Params{
		UpdateScripts: *update, RequireUniqueNames: true, Cmds: commands(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("WAY", way)
			if way == "interpreted" || way == "compiled" {
				e.Setenv("MORTISE_ENGINE", way)
			}
			return setup(e, bin)
		},
		Condition: func(cond string) (bool, error) {
			if name, ok := strings.CutPrefix(cond, "way:"); ok {
				return way == name, nil
			}
			if cond == "compiler" {
				return hasCompiler(), nil
			}
			return false, fmt.Errorf("there is no condition %q", cond)
		},
	}
	for _, name := range all {
		in, err := waysOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(in, way) {
			p.Files = append(p.Files, name)
		}
	}
	testscript.Run(t, p)
}

// waysOf returns the ways in which a script runs.
func waysOf(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n') // a script of one line has no ways
	list, ok := strings.CutPrefix(line, "# engines: ")
	if !ok {
		return []string{"auto"}, nil
	}
	in := strings.Fields(list)
	for _, way := range in {
		if !slices.Contains(ways(), way) {
			return nil, fmt.Errorf("%s: there is no engine %q", name, way)
		}
	}
	return in, nil
}

// hasCompiler reports whether the compiler travels with this build.
func hasCompiler() bool {
	return compiler.New(compiler.Options{Dir: os.TempDir()}).Available() == nil
}

// program returns the command that serves a project: mortise itself, or a server
// with the project's services in it.
func program(ts *testscript.TestScript, dir string) string {
	if ts.Getenv("WAY") != "linked" {
		return filepath.Join(ts.Getenv("BIN"), "mortise")
	}
	if _, err := exec.LookPath("go"); err != nil {
		ts.Fatalf("a server with linked services is built with go: %v", err)
	}
	source, err := filepath.Abs(filepath.Join("..", ".."))
	ts.Check(err)
	out := filepath.Join(ts.MkAbs("."), ".server", strings.ReplaceAll(dir, "/", "-"))
	ts.Check(native.Build(context.Background(), native.Options{Dir: ts.MkAbs(dir), Source: source, Output: out, Env: os.Environ()}))
	return out
}
