package rest

import (
	"net/url"
	"strings"
	"testing"

	"mortise/runtime/fault"
)

// Whatever is put into a path stays in its place.
func FuzzTemplate(f *testing.F) {
	f.Add("/users/{id}", "7")
	f.Add("/users/{id}/x", "../../admin")
	f.Add("/a b/{id}.json", "é?#%2F")
	f.Add("/{x}{y}", ".")
	f.Add("}{", "")
	f.Fuzz(func(t *testing.T, path, value string) {
		tmpl, e := parseTemplate(path)
		if e != nil {
			if e.Kind != fault.Invalid || e.What == "" {
				t.Fatalf("parseTemplate(%q) = %v, want an invalid one with words", path, e)
			}
			return
		}
		values := map[string]string{}
		for _, name := range tmpl.names {
			values[name] = value
		}
		filled, err := tmpl.fill("x", values)
		if err != nil {
			return
		}
		if got, want := strings.Count(filled, "/"), strings.Count(strings.Join(tmpl.texts, ""), "/"); got != want {
			t.Fatalf("fill(%q, %q) = %q with %d slashes, want %d", path, value, filled, got, want)
		}
		u, err := url.Parse("http://host" + filled)
		if err != nil {
			t.Fatalf("fill(%q, %q) = %q, which is no URL: %v", path, value, filled, err)
		}
		if u.Host != "host" || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("fill(%q, %q) = %q, which leads to host %q, query %q, fragment %q", path, value, filled, u.Host, u.RawQuery, u.Fragment)
		}
	})
}
