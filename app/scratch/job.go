package scratch

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"mortise/build/compiler"
)

// unitFile is what the compiler calls the program's file; the program itself
// knows it by its absolute path.
const unitFile = "main.go"

// mark is the byte order mark, which Go allows at the beginning of a file.
var mark = []byte("\ufeff")

// job is what the compiler is given.
func (p *Program) job() compiler.Job {
	unit := compiler.Unit{
		Path: "main", GoVersion: strings.TrimPrefix(version, "go"), Files: []compiler.File{{Name: unitFile, Source: p.placed()}},
	}
	for _, imported := range p.pkg.Types.Imports() {
		unit.Imports = append(unit.Imports, imported.Path())
	}
	return compiler.Job{Name: fmt.Sprintf("%q", p.src.Name), Units: []compiler.Unit{unit}, AllowUnsafe: true}
}

// placed returns the source with a line directive in front that names the file
// by its absolute path, as the go command does.
func (p *Program) placed() []byte {
	if strings.ContainsAny(p.src.File, "\n\r") {
		return p.src.Text
	}
	text, marked := bytes.CutPrefix(p.src.Text, mark)
	out := []byte("//line " + p.src.File + ":1:1\n")
	if marked {
		out = slices.Concat(mark, out) // a mark must come first
	}
	return append(out, text...)
}
