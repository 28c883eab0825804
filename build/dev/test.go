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
	flags := []string{"test", "-json", "-timeout", "20m"}
	if _, err := exec.LookPath("gcc"); err == nil {
		flags = append(flags, "-race")
	} else {
		fmt.Println("no C compiler: the tests run without the race detector; apt-get install gcc brings it")
	}
	if !slices.ContainsFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") }) {
		args = append(args, "./...")
	}
	cmd := command(ctx, nil, "go", append(flags, args...)...)
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	t := tally{output: map[string][]string{}}
	t.read(out)
	err = cmd.Wait()

	fmt.Printf("\n%s\n%d passed, %d failed, %d skipped\n", time.Since(start).Round(time.Second), t.passed, t.failed, t.skipped)
	switch {
	case t.failed > 0 || t.broken:
		return fmt.Errorf("not all tests pass: %s", strings.Join(t.failures, ", "))
	case err != nil:
		return fmt.Errorf("go test: %w", err)
	case t.passed == 0:
		return errors.New("no test ran")
	}
	return nil
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
