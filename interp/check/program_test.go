package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestProgram(t *testing.T) {
	for _, tt := range []struct{ name, src, want, hint string }{
		{"good", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n", "", ""},
		{"constraints are not asked", "//go:build ignore\n\npackage main\n\nfunc main() {}\n", "", ""},
		{"unsafe", "package main\n\nimport \"unsafe\"\n\nfunc main() { println(unsafe.Sizeof(1)) }\n", "", ""},
		{"all at once", "package main\n\nfunc main() {\n\tx := 1\n\ty()\n}\n", "x/a.go:4:2: declared and not used: x\nx/a.go:5:2: undefined: y", ""},
		{"no main", "package main\n\nfunc Main() {}\n", "x/a.go:1:9: the program has no function main", "write `func main() { … }`"},
		{"main is a variable", "package main\n\nvar main = 1\n", "x/a.go:3:5: cannot declare main - must be func", ""},
		{"other package", "package a\n\nfunc main() {}\n", "x/a.go:1:9: package \"a\" is no program", "write `package main` and a function main"},
		{"service", "package a\n\nimport \"mortise/runtime/service\"\n\nfunc F(ctx *service.Context) error { return nil }\n", "x/a.go:3:8: import \"mortise/runtime/service\": a service is invoked, not run", "mortise invoke a.Name"},
		{"embed", "package main\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar s string\n\nfunc main() { println(s) }\n", "x/a.go:5:1: files cannot be embedded into a program that is a single file", "os.ReadFile"},
		{"embed in passing", "package main\n\n//go:embedded is no directive\nfunc main() {}\n", "", ""},
		{"cgo", "package main\n\nimport \"C\"\n\nfunc main() {}\n", "x/a.go:3:8: import \"C\": programs that use C cannot be run", "Go alone"},
		{"dependency", "package main\n\nimport \"example.com/a\"\n\nfunc main() { a.F() }\n", "x/a.go:3:8: no package \"example.com/a\"", "a single file can import the standard library alone"},
		{"internal", "package main\n\nimport \"internal/abi\"\n\nfunc main() { abi.F() }\n", "x/a.go:3:8: no package \"internal/abi\"", ""},
		{"mistyped", "package main\n\nimport \"strngs\"\n\nfunc main() { strngs.F() }\n", "x/a.go:3:8: no package \"strngs\"", "did you mean \"strings\"?"},
		{"empty", "", "x/a.go:1:1: expected a name, found the end of the file", "`package main`"},
		{"no package line", "func main() {}\n", "x/a.go:1:1: expected 'package', found 'func'", "`package main`"},
		{"blank package", "package _\n\nfunc main() {}\n", "x/a.go:1:9: \"_\" is not a name for a package", "`package main`"},
		{"too large", "package main\n//" + strings.Repeat("x", maxFile), "x/a.go: \"x/a.go\" is larger than 2 MB", ""},
		{"too deep", "package main\n\nvar x = " + strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000) + "\n\nfunc main() {}\n", "x/a.go:3:1008: the code is nested too deeply here", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := New().Program(t.Context(), "x/a.go", []byte(tt.src))
			got := fmt.Sprint(p.Faults.Err())
			if p.Faults == nil {
				got = ""
			}
			if got != tt.want {
				t.Errorf("Program: faults\n%s\nwant\n%s", got, tt.want)
			}
			if tt.hint != "" && (len(p.Faults) == 0 || !strings.Contains(p.Faults[0].Hint, tt.hint)) {
				t.Errorf("Program: the first fault has not the hint %q: %+v", tt.hint, p.Faults)
			}
			if want := []string{ProgramPath}; tt.want == "" && (len(p.Packages) != 1 || p.Packages[0].Broken || !slices.Equal(want, []string{p.Packages[0].Path})) {
				t.Errorf("Program: %d packages, want one that is whole", len(p.Packages))
			}
		})
	}
}
