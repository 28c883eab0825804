package compiler

import (
	"errors"
	"fmt"
	"go/ast"
	"io"
	"io/fs"
	"strings"

	"mortise/interp/check"
	"mortise/runtime/fault"
)

// refusals are the reasons why checked source is not compiled.
func refusals(pkgs []*check.Package, unsafe bool) fault.List {
	var faults fault.List
	for _, p := range pkgs {
		if at, taken := takenPath(p.Path); taken {
			faults.Add(fault.Position{File: "go.mod"}, "compile.path", "package %q has a name that %s", p.Path, at).
				WithHint("give the module in go.mod another name, such as `module app`")
			continue
		}
		for _, f := range p.Files {
			refuseFile(p, f, unsafe, &faults)
		}
	}
	return faults
}

// takenPath reports whether an import path is one that a worker's program needs
// for itself, and why.
func takenPath(path string) (why string, taken bool) {
	switch {
	case path == "main":
		return "programs have for themselves", true
	case strings.HasPrefix(path, "mortise/"):
		return "begins as those of Mortise do", true
	}
	return "", false
}

// refuseFile looks for what the compiler cannot do, or must not.
func refuseFile(p *check.Package, f check.File, unsafe bool, faults *fault.List) {
	whose := "services"
	if p.Vendored {
		whose = fmt.Sprintf("package %q", p.Path)
	}
	for _, spec := range f.AST.Imports {
		refuseImport(whose, importPath(spec), unsafe, p.Position(spec.Path.Pos()), faults)
	}
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil && fn.Name.Name != "_" {
			faults.Add(p.Position(fn.Name.Pos()), "compile.body", "function %q has no body, as if it were written in assembly, which is not compiled", fn.Name.Name).
				WithHint("write its body in Go")
		}
	}
	refuseEmbeds(f.AST, p.Position, faults)
}

// maxModules bounds vendor/modules.txt.
const maxModules = 4 << 20

// oldLanguage is the language of modules that name none (see `go help go.mod`).
const oldLanguage = "1.16"

// vendored knows the language versions of vendored packages.
type vendored struct {
	language string            // of those that the file does not name
	packages map[string]string // by import path
}

// of returns the language version of a vendored package.
func (v *vendored) of(p *check.Package) string {
	if !p.Vendored {
		return ""
	}
	if lang, ok := v.packages[p.Path]; ok {
		return lang
	}
	return v.language
}

// vendorVersions reads vendor/modules.txt, as `go mod vendor` writes it. Where
// there is none, somebody copied the packages by hand, and they are taken as what
// the project itself is written in.
func vendorVersions(src fs.FS) (*vendored, error) {
	const name = "vendor/modules.txt"
	v := &vendored{packages: map[string]string{}}
	f, err := src.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(f, maxModules+1))
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Internal, "source.unreadable", err, "read %q", name)
	case len(text) > maxModules:
		return nil, fault.New(fault.Invalid, "source.size", "%q is larger than %d MB", name, maxModules>>20).
			WithAt(fault.Position{File: name})
	}
	v.parse(string(text))
	return v, nil
}

// parse reads lines such as these:
//
//	# github.com/google/uuid v1.6.0
//	## explicit; go 1.19
//	github.com/google/uuid
func (v *vendored) parse(text string) {
	lang := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			for part := range strings.SplitSeq(strings.TrimPrefix(line, "## "), ";") {
				if version, ok := strings.CutPrefix(strings.TrimSpace(part), "go "); ok {
					lang = version
				}
			}
		case strings.HasPrefix(line, "# "):
			lang = oldLanguage
		case line != "":
			v.packages[line] = lang
		}
	}
}
