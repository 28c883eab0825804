package interp

import (
	"strings"
	"testing"
	"testing/fstest"

	"mortise/interp/check"
)

// TestState says of package variables whether services can tell if they share
// them.
func TestState(t *testing.T) {
	for _, c := range []struct {
		code string // of the package that has the variable
		user string // of a package that imports it
		want bool
	}{
		{"var N = 3", "var M = lib.N + 1", false},
		{"var Names = []string{\"a\"}", "func F() int { n := 0; for range lib.Names { n++ }; return n + len(lib.Names[0]) }", false},
		{"var Prices = map[string]int{\"a\": 1}", "func F(s string) int { return lib.Prices[s] }", false},
		{"var Err = errors.New(\"x\")", "func F() error { return lib.Err }", false},
		{"var re = regexp.MustCompile(\"x\"); func F(s string) bool { return re.MatchString(s) }", "", false},
		{"type T struct{ A int }; var Zero T", "func F() lib.T { return lib.Zero }", false},
		{"const C = 1; type T struct{ A int }; func (t T) M() int { return t.A }; var V = T{1}", "func F() int { return lib.V.M() }", false},

		{"var n int; func Next() int { n++; return n }", "", true},
		{"var N int", "func F() { lib.N = 3 }", true},
		{"var N int", "func F() *int { return &lib.N }", true},
		{"var M = map[string]int{}", "func F() { lib.M[\"a\"] = 1 }", true},
		{"var M = map[string]int{}", "func F() map[string]int { return lib.M }", true},
		{"var M = map[string]int{}", "func F() { delete(lib.M, \"a\") }", true},
		{"var L = []int{1}", "func F() { lib.L[0] = 2 }", true},
		{"var L = []int{1}", "func F() []int { return lib.L[:1] }", true},
		{"var L = []int{1}", "func F() { x := lib.L; x[0] = 3 }", true},
		{"type T struct{ A int }; func (t *T) M() { t.A++ }; var V T", "func F() { lib.V.M() }", true},
		{"var P = &struct{ A int }{1}", "", true},
		{"var At = time.Now()", "", true},
		{"func f() int { return 1 }; var N = f()", "", true},
		{"var mu sync.Mutex; func F() { mu.Lock() }", "", true},
		{"var next = func() int { return 1 }", "", true},
		{"type T struct{ L []int }; var V T", "", true},
	} {
		imports := ""
		for _, p := range []string{"errors", "regexp", "time", "sync"} {
			if strings.Contains(c.code, p+".") {
				imports += "import \"" + p + "\"\n"
			}
		}
		user := "package user\n\n"
		if strings.Contains(c.user, "lib.") {
			user += "import \"app/lib\"\n\n"
		}
		project := check.New().Check(t.Context(), fstest.MapFS{
			"go.mod":       {Data: []byte("module app\n\ngo 1.26\n")},
			"lib/lib.go":   {Data: []byte("package lib\n\n" + imports + "\n" + c.code + "\n")},
			"user/user.go": {Data: []byte(user + c.user + "\n")},
		})
		if len(project.Faults) > 0 {
			t.Errorf("%s; %s: %v", c.code, c.user, project.Faults)
			continue
		}
		if got := statefulPackages(project.Packages, factsOf)["app/lib"]; got != c.want {
			t.Errorf("%s; %s: state is %v, want %v", c.code, c.user, got, c.want)
		}
	}
}
