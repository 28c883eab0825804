package compiler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// first is the place of a package's first file.
func first(u *Unit) fault.Position {
	if len(u.Files) == 0 {
		return fault.Position{}
	}
	return fault.Position{File: u.Files[0].Name}
}

// validPath reports whether a path can stand in the compiler's configuration.
func validPath(path string) bool {
	return path != "" && len(path) <= maxName && path == strings.Trim(path, "/") && !strings.ContainsFunc(path, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("=\\\"'`;:*?<>|\ufffd", r)
	})
}

func isOurs(path string) bool { return path == "mortise" || strings.HasPrefix(path, "mortise/") }

func isInternal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}

// language is the -lang of a unit that is written for a version of Go: "" where
// the compiler is older.
func language(version, compiler string) string {
	if version == "" {
		version = compiler
	}
	major, minor, ok := release(version)
	_, most, _ := release(compiler)
	if !ok || major != 1 || minor > most {
		return ""
	}
	return fmt.Sprintf("go1.%d", minor)
}

// release reads the first two numbers of a version.
func release(version string) (major, minor int, ok bool) {
	a, rest, _ := strings.Cut(strings.TrimPrefix(version, "go"), ".")
	b := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		b = rest[:i]
	}
	major, err := strconv.Atoi(a)
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(b)
	return major, minor, err == nil
}
