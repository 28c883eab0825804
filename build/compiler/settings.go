package compiler

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"runtime"
	"slices"
	"strings"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/fault"
)

// debugDefault is what go build writes into a program as the default of GODEBUG:
// the settings that its language version asks for and those in its source. See
// https://go.dev/doc/godebug.
func (p *planner) debugDefault(main *planned) string {
	set := map[string]string{}
	for _, f := range main.Files {
		if bytes.Contains(f.Source, []byte("//go:debug")) {
			p.debugLines(f, set)
		}
	}
	_, minor, _ := release(main.lang)
	if v, ok := set["default"]; ok {
		delete(set, "default")
		if _, n, ok := release(v); ok {
			minor = n
		}
	}
	for _, s := range p.known.settings {
		if _, ok := set[s.Name]; !ok && minor < s.Changed {
			set[s.Name] = s.Old
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return strings.Join(out, ",")
}

// debugLines reads the lines //go:debug name=value above a package clause.
func (p *planner) debugLines(f File, set map[string]string) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.Name, f.Source, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return // the compiler says it better
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if text, ok := strings.CutPrefix(c.Text, "//go:debug "); ok && c.Pos() < file.Package {
				p.debugLine(text, fault.Position{File: f.Name, Line: fset.PositionFor(c.Pos(), false).Line, Column: 1}, set)
			}
		}
	}
}

func (p *planner) debugLine(text string, at fault.Position, set map[string]string) {
	name, value, ok := strings.Cut(strings.TrimSpace(text), "=")
	isSetting := func(s packfile.Setting) bool { return s.Name == name }
	switch {
	case !ok || strings.ContainsAny(name+value, " ,\t\"'`"):
		p.faults.Add(at, "go.debug", "a line that begins with go:debug must be name=value").WithHint("//go:debug panicnil=1")
	case name != "default" && !slices.ContainsFunc(p.known.settings, isSetting):
		var names []string
		for _, s := range p.known.settings {
			names = append(names, s.Name)
		}
		p.faults.Add(at, "go.debug", "there is no GODEBUG setting %q", name).WithHint("%s", fault.DidYouMean(name, names))
	default:
		set[name] = value
	}
}

// Marks round the text that debug.ReadBuildInfo looks for; see modload.ModInfoData
// in the source of the go command.
const (
	infoStart = "3077af0c9274080241e1c107e6d618e6"
	infoEnd   = "f932433186182072008242104116d8f2"
)

// buildInfo is the line of the linker's configuration that says what a program is
// made from.
func buildInfo(main *planned, flags []string) string {
	start, _ := hex.DecodeString(infoStart) // constants
	end, _ := hex.DecodeString(infoEnd)
	var b strings.Builder
	b.Write(start)
	fmt.Fprintf(&b, "path\t%s\n", main.Path)
	for _, f := range flags {
		if strings.HasPrefix(f, "-buildmode=") {
			fmt.Fprintf(&b, "build\t%s\n", f)
		}
	}
	fmt.Fprintf(&b, "build\t-compiler=gc\nbuild\t-trimpath=true\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=%s\nbuild\tGOOS=%s\n", runtime.GOARCH, runtime.GOOS)
	b.Write(end)
	return fmt.Sprintf("modinfo %q\n", b.String())
}
