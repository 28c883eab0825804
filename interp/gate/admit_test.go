package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mortise/interp/check"
	"mortise/runtime/fault"
)

// admit judges a project of some files.
func admit(t testing.TB, g *Gate, files map[string]string) *Result {
	t.Helper()
	src := fstest.MapFS{"go.mod": {Data: []byte("module app\n\ngo 1.26\n")}}
	for name, text := range files {
		src[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p := check.New().Check(context.Background(), src)
	if len(p.Faults) > 0 {
		t.Fatalf("check: %v", p.Faults)
	}
	res, err := g.Admit(context.Background(), p)
	if err != nil {
		t.Fatalf("Admit: %v", err)
	}
	return res
}

const sample = `// Package users answers questions about the people we serve.
package users

import (
	"cmp"

	"mortise/runtime/service"
	"app/helpers"
)

// GetDetailsIn is what callers send.
type GetDetailsIn struct {
	Name string ` + "`json:\"name,omitempty\"`" + ` // whom to look up
}

// GetDetailsOut is what they get.
type GetDetailsOut struct {
	UserType       string ` + "`json:\"user_type\"`" + `
	AccountNo      string ` + "`json:\"account_no\"`" + `
	AccountBalance string ` + "`json:\"account_balance\"`" + `
}

// GetDetails returns user details by the person's name.
func GetDetails(ctx *service.Context, in GetDetailsIn) (GetDetailsOut, error) {
	name := cmp.Or(in.Name, "partner")

	var user struct{ UserType, AccountNumber string }
	if err := ctx.REST("CRM").Get(service.JSON{"UserName": name}).Into(&user); err != nil {
		return GetDetailsOut{}, err
	}
	var balance struct {
		Amount string ` + "`json:\"ACC_BALANCE\"`" + `
	}
	if err := ctx.REST("Billing").Post(nil, service.Query{"USER": name}).Into(&balance); err != nil {
		return GetDetailsOut{}, err
	}
	if helpers.Blank(balance.Amount) {
		return GetDetailsOut{}, service.Errorf(service.NotFound, "no balance of %q", name)
	}
	ctx.Log().Info("returning user details", "name", name)
	answers := ctx.FanOut(service.Invocation{Service: "users.Other", Input: in}, service.Invocation{Service: "users.Other"})
	for _, a := range answers {
		if err := a.Err(); err != nil {
			return GetDetailsOut{}, err
		}
	}
	return GetDetailsOut{
		UserType:       user.UserType,
		AccountNo:      user.AccountNumber,
		AccountBalance: balance.Amount,
	}, nil
}
`

// TestAdmitSample proves that the architecture's sample, with a helper package
// and more of the SDK, passes.
func TestAdmitSample(t *testing.T) {
	res := admit(t, New(), map[string]string{
		"services/users/users.go": sample,
		"helpers/helpers.go":      "// Package helpers helps.\npackage helpers\n\nimport \"strings\"\n\n// Blank reports whether there is nothing.\nfunc Blank(s string) bool { return strings.TrimSpace(s) == \"\" }\n",
	})
	if len(res.Refusals) > 0 || len(res.Packages) != 2 {
		t.Fatalf("Admit returned %d packages and the refusals\n%v\nwant 2 and none", len(res.Packages), res.Refusals)
	}
	p := res.Lookup("app/services/users")
	if want := []string{"mortise/interp/note", "mortise/runtime/fault", "mortise/runtime/service"}; !slices.Equal(p.Imports, want) {
		t.Errorf("Imports is %q, want %q", p.Imports, want)
	}
	if want := []string{"app/helpers"}; !slices.Equal(p.Project, want) {
		t.Errorf("Project is %q, want %q", p.Project, want)
	}
	first := p.Notes[0]
	if want := (Note{first.N, "users.GetDetails", fault.Position{File: "services/users/users.go", Line: 24, Column: 6}}); first != want {
		t.Errorf("the first note is %+v, want %+v", first, want)
	}
}

// TestRefusals shows what people read.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct{ name, code, want string }{
		{"channel", "func f(c chan int) any { return c }\n\ntype T chan int\n\nfunc g(t T) any { return t }", "services/a/a.go:8:26: gate.interface.own"},
		{"goto", "func f() {\nagain:\n\tgoto again\n}", "services/a/a.go:6:2: gate.goto"},
		{"formatter", "import \"fmt\"\n\ntype E struct{}\n\nfunc (E) Format(s fmt.State, v rune) {}\n\nfunc f() any { return E{} }", "services/a/a.go:10:23: gate.interface.own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := admit(t, New(), map[string]string{"services/a/a.go": "package a\n\n\n" + tt.code + "\n"})
			var got []string
			for _, r := range res.Refusals {
				got = append(got, r.At.String()+": "+r.Code)
				if !strings.HasPrefix(r.What, "not live yet: ") || r.Hint == "" {
					t.Errorf("the refusal reads %q with the hint %q, want one that begins with \"not live yet: \" and a hint", r.What, r.Hint)
				}
			}
			if len(got) == 0 || !slices.Contains(got, tt.want) {
				t.Errorf("Admit refused %q, want %q among them", got, tt.want)
			}
		})
	}
}

// TestDependants proves that a package falls with one that it imports.
func TestDependants(t *testing.T) {
	res := admit(t, New(), map[string]string{
		"services/a/a.go": "package a\n\nimport \"app/b\"\n\nvar X = b.F()\n",
		"services/c/c.go": "package c\n\nvar X = 1\n",
		"b/b.go":          "package b\n\n// F is.\nfunc F() int {\nagain:\n\tgoto again\n}\n",
	})
	if len(res.Packages) != 1 || res.Packages[0].Name != "c" {
		t.Errorf("Admit returned %d packages, want c alone", len(res.Packages))
	}
	if want := []string{"app/b", "app/services/a"}; !slices.Equal(res.Refused, want) {
		t.Errorf("Refused is %q, want %q", res.Refused, want)
	}
}

func TestAuthorFile(t *testing.T) {
	for in, want := range map[string]string{
		"@/services/a/a.go/m":               "services/a/a.go",
		"/src/app/services/a/@/a.go/m":      "a.go",
		`C:\x\src\@\services\a\a.go\m`:      "services/a/a.go",
		"src/app/services/a/mortise_gen.go": "",
	} {
		got, ok := AuthorFile(in)
		if got != want || ok != (want != "") {
			t.Errorf("AuthorFile(%q) = %q, %t; want %q", in, got, ok, want)
		}
	}
}

// BenchmarkAdmit judges one changed package of 500.
func BenchmarkAdmit(b *testing.B) {
	files := map[string]string{"helpers/helpers.go": "package helpers\n\nfunc Blank(s string) bool { return s == \"\" }\n"}
	for i := range 500 {
		name := fmt.Sprintf("s%d", i)
		files["services/"+name+"/s.go"] = strings.Replace(sample, "package users", "package "+name, 1)
	}
	src := fstest.MapFS{"go.mod": {Data: []byte("module app\n\ngo 1.26\n")}}
	for name, text := range files {
		src[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p := check.New().Check(b.Context(), src)
	g := New()
	if _, err := g.Admit(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		g.mu.Lock()
		delete(g.seen, "app/services/s7")
		g.mu.Unlock()
		if _, err := g.Admit(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
