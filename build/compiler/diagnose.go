package compiler

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// diagnose turns what the compiler wrote into errors of the user's. The folder
// of its temporary files is never named.
func diagnose(u *planned, out outcome, dir string) error {
	text := scrub(out.output, dir)
	if isCrash(text) {
		return crash(u, out, text)
	}
	var faults fault.List
	left := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if more, ok := strings.CutPrefix(line, "\t"); ok {
			if len(faults) > 0 {
				last := faults[len(faults)-1]
				last.What += "; " + strings.TrimPrefix(strings.TrimSpace(more), "./")
			}
			continue
		}
		at, what, ok := splitPosition(strings.TrimPrefix(line, "./"))
		switch {
		case !ok || what == "too many errors":
		case len(faults) >= maxFaults:
			left++
		default:
			faults = append(faults, compileFault(u, at, what))
		}
	}
	if len(faults) == 0 {
		return crash(u, out, text)
	}
	if left > 0 {
		faults[len(faults)-1].What += "; there are " + strconv.Itoa(left) + " more errors in this package"
	}
	return faults
}

// compileFault is one error of the compiler's.
func compileFault(u *planned, at fault.Position, what string) *fault.Error {
	if u.Generated {
		return fault.New(fault.Internal, "compiler.generated", "compile what Mortise wrote around the services: %s", what).WithAt(at).
			WithHint("this is a mistake of ours: please report it, with the declarations of your services")
	}
	f := fault.New(fault.Invalid, "go.compile", "%s", what).WithAt(at)
	switch {
	case strings.Contains(what, "too large"):
		// Go as such allows it, so that no check of the source finds it.
		f.Code, f.Hint = "go.size", "the Go compiler has this limit: make it smaller, or hold it by pointer"
	case strings.HasPrefix(what, "missing function body"):
		f.Hint = "write the body; functions in assembly or C cannot be used here"
	case strings.Contains(what, "-lang was set to") || strings.Contains(what, "or later"):
		f.Hint = "raise the go line in go.mod"
	case strings.Contains(what, "imported and not used"):
		f.Hint = "remove the import"
	case strings.Contains(what, "declared and not used"):
		f.Hint = "remove the variable, or use it"
	case strings.Contains(what, "function main is undeclared"):
		f.Hint = "a program begins with func main() in package main"
	case strings.Contains(what, "go:linkname"):
		f.Hint = "link to another package by importing it"
	}
	return f
}

// position matches what stands before a message.
var position = regexp.MustCompile(`^(.+?):([0-9]+)(?::([0-9]+))?: (.*)$`)

func splitPosition(line string) (fault.Position, string, bool) {
	m := position.FindStringSubmatch(line)
	if m == nil {
		return fault.Position{}, "", false
	}
	n, _ := strconv.Atoi(m[2])
	c, _ := strconv.Atoi(m[3]) // 0 where there is none
	return fault.Position{File: m[1], Line: n, Column: c}, m[4], true
}

// scrub removes the names of temporary folders.
func scrub(text, dir string) string {
	text = strings.ReplaceAll(text, dir+"/", "")
	text = strings.ReplaceAll(text, dir+`\`, "")
	return strings.ReplaceAll(text, dir, "")
}

func isCrash(text string) bool {
	return strings.Contains(text, "internal compiler error") || strings.Contains(text, "goroutine 1 [running]") || strings.Contains(text, "fatal error: ")
}

// crash is the error of a compiler that broke down.
func crash(u *planned, out outcome, text string) error {
	if strings.Contains(text, "out of memory") || strings.Contains(text, "cannot allocate memory") {
		return fault.New(fault.Limited, "compiler.memory", "compile the package %q: there is not enough memory", u.Path).
			WithHint("split the largest file or function")
	}
	at, what, ok := splitPosition(strings.TrimPrefix(firstLine(text), "./"))
	if !ok {
		at, what = fault.Position{}, firstLine(text)
	}
	return fault.Wrap(fault.Internal, "compiler.internal", errors.New(beginning(text)), "compile the package %q: the compiler itself broke down (exit code %d): %s", u.Path, out.code, what).
		WithAt(at).WithHint("report it to us with this package; meanwhile, write the line in another way")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// beginning is as much of a text as a log wants.
func beginning(text string) string {
	if len(text) > 4096 {
		text = text[:4096] + "…"
	}
	return strings.TrimSpace(text)
}

// suspicious reports whether an error may come from a damaged compiler.
func suspicious(err error) bool {
	for _, f := range fault.All(err) {
		switch f.Code {
		case "compiler.internal", "compiler.tool", "compiler.link", "compiler.generated":
			return true
		}
		if strings.Contains(f.What, "could not import") {
			return true
		}
	}
	return false
}

var undefined = regexp.MustCompile(`^(.*?): relocation target (.*?) not defined`)

// diagnoseLink turns what the linker wrote into errors.
func diagnoseLink(p *plan, out outcome, dir string) error {
	text := scrub(out.output, dir)
	main := p.units[len(p.units)-1]
	var faults fault.List
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch m := undefined.FindStringSubmatch(line); {
		case len(faults) >= maxFaults:
		case strings.Contains(line, "function main is undeclared in the main package"):
			faults.Add(first(&main.Unit), "go.compile", "the program has no function main").WithHint("a program begins with func main() in package main")
		case m != nil:
			faults.Add(fault.Position{}, "go.link", "%q uses %q, which has no body", m[1], m[2]).
				WithHint("functions in assembly or C cannot be used here")
		case strings.Contains(line, "nosplit stack over"):
			faults.Add(fault.Position{}, "go.link", "functions that are marked go:nosplit call each other too deeply").WithHint("remove the mark")
		case strings.Contains(line, "invalid reference to") || strings.Contains(line, "linkname"):
			faults.Add(fault.Position{}, "go.link", "%s", strings.TrimPrefix(line, "link: ")).
				WithHint("go:linkname reaches only what its owner opened")
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return fault.Wrap(fault.Internal, "compiler.link", errors.New(beginning(text)), "link %s: %s", p.name, firstLine(text)).
		WithHint("report it to us, with the services")
}
