package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json; the format is that of "go doc test2json".
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// tally collects what the tests say.
type tally struct {
	passed, failed, skipped int
	output                  map[string][]string // of tests and packages that have not ended
	failures                []string
	broken                  bool // a package failed outside of its tests
}

// test runs all tests, with the race detector where there is a C
// compiler for it.
func test(ctx context.Context, args []string) error {
	start := time.Now()
	if err := pack(ctx, []string{"-fast"}); err != nil {
		return err
	}
	whole := !slices.ContainsFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
	var page error
	if whole {
		page = testPage(ctx)
		args = append(args, "./...")
	}
	flags := []string{"test", "-json", "-timeout", "20m"}
	if _, err := exec.LookPath("gcc"); err == nil {
		flags = append(flags, "-race")
	} else {
		fmt.Println("no C compiler: the tests run without the race detector; apt-get install gcc brings it")
	}
	t := tally{output: map[string][]string{}}
	err := t.run(ctx, nil, append(flags, args...))
	if whole {
		err = errors.Join(err, testWindow(ctx, &t))
	}

	fmt.Printf("\n%s\n%d passed, %d failed, %d skipped\n", time.Since(start).Round(time.Second), t.passed, t.failed, t.skipped)
	switch {
	case t.failed > 0 || t.broken:
		return errors.Join(fmt.Errorf("not all tests pass: %s", strings.Join(t.failures, ", ")), page)
	case page != nil:
		return page
	case err != nil:
		return err
	case t.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// run runs go test and adds what it says.
func (t *tally) run(ctx context.Context, env, args []string) error {
	cmd := command(ctx, env, "go", args...)
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	t.read(out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return nil
}

// testWindow runs some of the tests that open the Studio once more, in real windows
// on an X server of their own.
func testWindow(ctx context.Context, t *tally) error {
	if runtime.GOOS != "linux" || !has("npm") {
		return nil
	}
	drives := func(context.Context) bool { return has("WebKitWebDriver") && has("Xvfb") && has("import") }
	if !ensure(ctx, "GTK and WebKit", hasWindow, windowPackages) || !ensure(ctx, "what drives windows", drives, driverPackages) {
		fmt.Println("the Studio's window is not tested")
		return nil
	}
	bin, err := compile(ctx, "mortise-e2e", []string{"CGO_ENABLED=1"}, "-tags", windowTags()+",e2e")
	if err != nil {
		return err
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	fmt.Println("in real windows:")
	// What differs between a window and a browser is the pipe, the keys and the end.
	// The rest is the same page; go test ./app/e2e with the variable runs all of it.
	few := "^(TestInvoke|TestKilled|TestChangedByAnother|TestPipe)$"
	return t.run(ctx, []string{"MORTISE_E2E_WINDOW=" + bin}, []string{"test", "-json", "-timeout", "20m", "-run", few, "./app/e2e"})
}

// testPage bundles the Studio's page for the tests that open it in a browser,
// which it installs where it may, and runs the page's own unit tests.
func testPage(ctx context.Context) error {
	if !has("npm") {
		return bundle(ctx) // which says so
	}
	if err := bundle(ctx); err != nil {
		return err
	}
	ensure(ctx, "Chromium", func(context.Context) bool { return has("chromedriver") }, chromePackages)
	return bundle(ctx, "-test")
}

func (t *tally) read(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				t.add(e)
			} else {
				fmt.Print(string(line))
			}
		}
		if err != nil {
			return
		}
	}
}

func (t *tally) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		t.output[key] = append(t.output[key], e.Output)
		return
	case "build-output":
		fmt.Print(e.Output)
		return
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok    %s %.1fs\n", e.Package, e.Elapsed)
		} else {
			t.passed++
		}
	case "skip":
		if e.Test != "" {
			t.skipped++
			fmt.Printf("skip  %s %s\n%s", e.Package, e.Test, why(t.output[key]))
		}
	case "fail":
		fmt.Printf("FAIL  %s\n%s", key, strings.Join(t.output[key], ""))
		t.failures = append(t.failures, strings.TrimSpace(key))
		if e.Test != "" {
			t.failed++
		} else {
			t.broken = true
		}
	default:
		return
	}
	delete(t.output, key)
}

// why returns what a skipped test said, without the frame around it.
func why(lines []string) string {
	var out strings.Builder
	for _, l := range lines {
		if !strings.HasPrefix(l, "===") && !strings.HasPrefix(strings.TrimSpace(l), "---") {
			out.WriteString(l)
		}
	}
	return out.String()
}
