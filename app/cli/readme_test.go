package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// step is one thing that the reader of a tutorial does: write a file, or type a
// command and see what it prints.
type step struct {
	file, data    string
	command, want string
}

// cmdReadme follows a section of a page of Markdown word by word:
//
//	readme FILE HEADING
//
// A line that is nothing but a path in backquotes and a colon names the file of
// the block that follows. In a console block lines that begin with $ are typed,
// the others are what is printed; … stands for any text in a line, or for any
// lines. The server listens on a free port, wherever the page says 17010.
func cmdReadme(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: readme FILE HEADING")
	}
	steps := stepsOf(ts.ReadFile(args[0]), args[1])
	if len(steps) == 0 {
		ts.Fatalf("no section %q with something to do in %s", args[1], args[0])
	}
	for _, s := range steps {
		if s.file != "" {
			name := ts.MkAbs(s.file)
			ts.Check(os.MkdirAll(filepath.Dir(name), 0o750))
			ts.Check(os.WriteFile(name+"~", []byte(s.data), 0o600))
			ts.Check(os.Rename(name+"~", name))
			continue
		}
		follow(ts, s)
	}
}

func stepsOf(page, heading string) []step {
	_, section, _ := strings.Cut(page, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	name := regexp.MustCompile("^`([^`]+)`:$")
	var steps []step
	file, block, language := "", "", ""
	for line := range strings.Lines(section) {
		text := strings.TrimSuffix(line, "\n")
		fence, isFence := strings.CutPrefix(text, "```")
		switch {
		case isFence && language == "":
			language, block = fence, ""
		case isFence && language == "console":
			steps, language = append(steps, typed(block)...), ""
		case isFence:
			if file != "" {
				steps = append(steps, step{file: file, data: block})
			}
			file, language = "", ""
		case language != "":
			block += line
		case name.MatchString(text):
			file = name.FindStringSubmatch(text)[1]
		}
	}
	return steps
}

// typed returns the commands of a console block.
func typed(block string) []step {
	var steps []step
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, step{command: strings.TrimSpace(command)})
		} else if len(steps) > 0 {
			steps[len(steps)-1].want += line
		}
	}
	return steps
}

// follow types a command, again and again until it prints what the page says: a
// reader is slower than a script, and looks again.
func follow(ts *testscript.TestScript, s step) {
	if dir, ok := strings.CutPrefix(s.command, "mortise serve "); ok {
		cmdServe(ts, false, []string{dir})
		if out := ts.ReadFile(dir + ".out"); !printed(ts, s.want).MatchString(out) {
			ts.Fatalf("$ %s\n%s\nthe page says\n%s", s.command, out, s.want)
		}
		return
	}
	host := ts.Getenv("HOST")
	command := strings.NewReplacer("localhost:17010", host, "127.0.0.1:17010", host).Replace(s.command)
	first := ""
	wait(ts, func() error {
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = ts.MkAbs(".")
		for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "TZ", "NO_COLOR"} {
			cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
		}
		out, _ := cmd.CombinedOutput() // a command may be shown to fail
		if first == "" {
			first = string(out)
		}
		if !printed(ts, s.want).Match(out) {
			return fmt.Errorf("$ %s (%s)\n%s\nbefore that it printed\n%s\nthe page says\n%s", s.command, cmd.ProcessState, out, first, s.want)
		}
		return nil
	})
	ts.Logf("$ %s", s.command)
}

// printed returns the expression of what a page says is printed.
func printed(ts *testscript.TestScript, want string) *regexp.Regexp {
	if host := ts.Getenv("HOST"); host != "" {
		want = strings.ReplaceAll(want, "127.0.0.1:17010", host)
	}
	expr := `\A`
	for line := range strings.Lines(want) {
		if line == "…\n" {
			expr += `(?:.*\n)*`
			continue
		}
		parts := strings.Split(strings.TrimRight(line, " \n"), "…")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		expr += strings.Join(parts, ".*") + ` *\n?`
	}
	re, err := regexp.Compile(expr + `\z`)
	ts.Check(err)
	return re
}
