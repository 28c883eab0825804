package security_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/spec"
)

func TestTypes(t *testing.T) {
	var names []string
	for _, typ := range security.Types() {
		names = append(names, typ.Name)
		if found, ok := security.Lookup(typ.Name); !ok || found.Title != typ.Title {
			t.Errorf("Lookup(%q) = %q, %v; want %q", typ.Name, found.Title, ok, typ.Title)
		}
		if !strings.HasSuffix(typ.Summary, ".") {
			t.Errorf("the summary of %q is %q; want a sentence with a full stop", typ.Name, typ.Summary)
		}
	}
	if got := fmt.Sprint(names); got != "[api-key basic-auth]" {
		t.Errorf("Types() = %s, want [api-key basic-auth]", got)
	}
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, typ, text, want string }{
		{"whole key", "api-key", "key: {secret: a/b}", ""},
		{"no key", "api-key", "header: X-Key", "key"},
		{"plain key", "api-key", "key: abc", "key"},
		{"header with a space", "api-key", "{header: X Key, key: {secret: a/b}}", "header"},
		{"whole basic", "basic-auth", "{username: me, password: {secret: a/b}}", ""},
		{"colon", "basic-auth", "{username: 'a:b', password: {secret: a/b}}", "username"},
		{"quote in realm", "basic-auth", `{username: a, password: {secret: a/b}, realm: 'a"b'}`, "realm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ, _ := security.Lookup(tt.typ)
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(tt.text), &doc); err != nil {
				t.Fatal(err)
			}
			faults := spec.Decode(doc.Content[0], "x.yaml", typ.New())
			if got := faults.Error(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("Decode(%s) = %q, want something about %q", tt.text, got, tt.want)
			}
		})
	}
}

func build(t testing.TB, c security.Config) security.Definition {
	t.Helper()
	d, err := c.Build("def")
	if err != nil {
		t.Fatalf("Build = %v, want none", err)
	}
	return d
}

func definitions(t testing.TB) map[string]security.Definition {
	return map[string]security.Definition{
		"api-key":    build(t, &security.APIKey{Header: "x-api-key", Key: spec.NewSecret("k", "s3cret-abc")}),
		"basic-auth": build(t, &security.BasicAuth{Username: "mike", Password: spec.NewSecret("p", "s3cret-abc"), Realm: "API"}),
	}
}

// Sign and Check of one definition are each other's other side.
func TestSignThenCheck(t *testing.T) {
	for kind, d := range definitions(t) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if err := d.Sign(r); err != nil {
			t.Fatalf("%s: Sign = %v", kind, err)
		}
		caller, err := d.Check(r)
		want := service.Caller{Name: "def", Kind: kind}
		if kind == "basic-auth" {
			want.User = "mike"
		}
		if err != nil || caller != want {
			t.Errorf("%s: Check = %+v, %v; want %+v", kind, caller, err, want)
		}
		if d.Kind() != kind {
			t.Errorf("Kind() = %q, want %q", d.Kind(), kind)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	basic := func(user, password string) http.Header {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header
	}
	tests := []struct {
		name, kind string
		header     http.Header
		code       string
	}{
		{"nothing", "api-key", nil, "security.missing"},
		{"empty", "api-key", http.Header{"X-Api-Key": {""}}, "security.missing"},
		{"wrong", "api-key", http.Header{"X-Api-Key": {"s3cret-abd"}}, "security.wrong"},
		{"prefix", "api-key", http.Header{"X-Api-Key": {"s3cret-ab"}}, "security.wrong"},
		{"longer", "api-key", http.Header{"X-Api-Key": {"s3cret-abcd"}}, "security.wrong"},
		{"twice", "api-key", http.Header{"X-Api-Key": {"s3cret-abc", "s3cret-abc"}}, "security.wrong"},
		{"huge", "api-key", http.Header{"X-Api-Key": {strings.Repeat("x", 1<<20)}}, "security.wrong"},
		{"nothing", "basic-auth", nil, "security.missing"},
		{"bearer", "basic-auth", http.Header{"Authorization": {"Bearer s3cret-abc"}}, "security.wrong"},
		{"not base64", "basic-auth", http.Header{"Authorization": {"Basic %%%"}}, "security.wrong"},
		{"wrong password", "basic-auth", basic("mike", "nope"), "security.wrong"},
		{"wrong user", "basic-auth", basic("mary", "s3cret-abc"), "security.wrong"},
		{"colon moved", "basic-auth", basic("mike:s3cret-abc", ""), "security.wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+"/"+tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header = tt.header
			_, err := definitions(t)[tt.kind].Check(r)
			e := fault.As(err)
			if e == nil || e.Kind != fault.Unauthenticated || e.Code != tt.code {
				t.Fatalf("Check = %v, want an error of kind unauthenticated with code %q", err, tt.code)
			}
			if text := e.Report(); strings.Contains(text, "s3cret") || strings.Contains(text, "nope") {
				t.Errorf("the error repeats the credential: %s", text)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	d := definitions(t)
	if got, want := d["basic-auth"].Challenge(), `Basic realm="API", charset="UTF-8"`; got != want {
		t.Errorf("Challenge() = %q, want %q", got, want)
	}
	if got := d["api-key"].Challenge(); got != "" {
		t.Errorf("Challenge() = %q, want none", got)
	}
}

func TestEmptySecretIsRefused(t *testing.T) {
	for _, c := range []security.Config{&security.APIKey{Key: spec.NewSecret("k", "")}, &security.BasicAuth{Username: "a", Password: spec.NewSecret("k", "")}} {
		if _, err := c.Build("def"); fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.As(err).Hint, "mortise secret set k") {
			t.Errorf("%T.Build with an empty secret = %v, want an invalid one with a hint", c, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for kind, d := range definitions(t) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if out := fmt.Sprintf(verb, d); strings.Contains(out, "s3cret") {
				t.Errorf("%s printed with %s shows the secret: %s", kind, verb, out)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for kind, d := range definitions(b) {
		b.Run(kind, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if err := d.Sign(r); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Check(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
