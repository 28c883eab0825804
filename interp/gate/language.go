package gate

import (
	"go/version"

	"mortise/runtime/fault"
)

// oldest is the oldest version of the language that the gate knows: before it the
// rounds of a loop share their variables (https://go.dev/blog/loopvar-preview).
const oldest = "go1.22"

// language refuses what is written in an older version of the language, as go.mod
// or a line "//go:build go1.21" in a file says.
func language(u *Unit) (faults fault.List) {
	for _, f := range u.Files {
		v := u.Info.FileVersions[f]
		if v == "" {
			v = u.Types.GoVersion()
		}
		if version.IsValid(v) && version.Compare(v, oldest) < 0 {
			p := u.Fset.PositionFor(f.Package, false)
			faults.Add(fault.Position{File: p.Filename, Line: p.Line, Column: p.Column}, "gate.language",
				"not live yet: this file is written in %s, whose loops differ from those of later versions", version.Lang(v)).
				WithHint("write `go 1.26` in go.mod where nothing depends on that")
		}
	}
	return faults
}
