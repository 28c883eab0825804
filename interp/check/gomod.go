package check

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// goMod is what we need of a go.mod file.
type goMod struct {
	module string // "app"
	goVer  string // "go1.26"; "" where the file names none
}

var goVersion = regexp.MustCompile(`^1\.(\d{1,3})(\.\d{1,3}|rc\d{1,3}|beta\d{1,3})?$`)

// languageVersion is the newest language that the type checker knows.
const languageVersion = 26

// readGoMod reads the go.mod of a source tree. Where it is missing the module is
// called app, so that the rest can be checked all the same.
func readGoMod(src fs.FS, faults *fault.List) goMod {
	mod := goMod{module: "app"}
	at := fault.Position{File: "go.mod"}
	text, err := readLimited(src, "go.mod")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		faults.Add(at, "go.mod.missing", "the project has no file \"go.mod\"").
			WithHint("make one with the two lines `module app` and `go 1.%d`", languageVersion)
		return mod
	case err != nil:
		e := faults.Add(at, "go.mod.unreadable", "read \"go.mod\"")
		e.Err = err
		return mod
	}
	found := false
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "//")
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		at := fault.Position{File: "go.mod", Line: i + 1, Column: 1}
		switch f[0] {
		case "module":
			found = true
			if path := unquote(f[1]); validImportPath(path) {
				mod.module = path
			} else {
				faults.Add(at, "go.mod.module", "%q is not a module path", path).WithHint("write a plain word, such as `module app`")
			}
		case "go":
			mod.goVer = checkGoVersion(f[1], at, faults)
		}
	}
	if !found {
		faults.Add(at, "go.mod.module", "\"go.mod\" does not name the module").WithHint("its first line reads `module app`")
	}
	return mod
}

func checkGoVersion(v string, at fault.Position, faults *fault.List) string {
	m := goVersion.FindStringSubmatch(v)
	if m == nil {
		faults.Add(at, "go.mod.go", "%q is not a version of Go", v).WithHint("write `go 1.%d`", languageVersion)
		return ""
	}
	if n, _ := strconv.Atoi(m[1]); n > languageVersion {
		faults.Add(at, "go.mod.go", "the project asks for Go %s, and Mortise knows Go up to 1.%d", v, languageVersion).
			WithHint("write `go 1.%d`", languageVersion)
		return fmt.Sprintf("go1.%d", languageVersion)
	}
	return "go" + v
}

func unquote(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// validImportPath reports whether a path can stand in an import.
func validImportPath(path string) bool {
	return fs.ValidPath(path) && path != "." && !strings.ContainsAny(path, " \t\"`\\!#$%&'()*,:;<=>?[]^{|}\x00\ufffd")
}
