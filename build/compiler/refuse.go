package compiler

import (
	"go/ast"
	"go/token"
	"strings"

	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// refuseImport refuses an import that no code here may have, and reports whether
// it did. Whose are the words for the code that has it.
func refuseImport(whose, path string, unsafe bool, at fault.Position, faults *fault.List) bool {
	switch {
	case path == "C":
		faults.Add(at, "compile.cgo", "%s cannot use C", whose).WithHint("look for a package written in Go alone")
	case path == "unsafe" && !unsafe:
		faults.Add(at, "compile.unsafe", "import \"unsafe\": %s must not go round Go's types", whose).
			WithHint("write it without, or allow it with `unsafe: true` in %s", config.MainFile)
	default:
		return false
	}
	return true
}

// refuseEmbeds refuses embedded files: there are none where programs are compiled
// or run.
func refuseEmbeds(f *ast.File, position func(token.Pos) fault.Position, faults *fault.List) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			rest, embeds := strings.CutPrefix(c.Text, "//go:embed")
			if embeds && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
				faults.Add(position(c.Pos()), "compile.embed", "go:embed puts files into a program, and there are none beside services when they run").
					WithHint("keep the text in a constant, or read it through a connection")
			}
		}
	}
}
