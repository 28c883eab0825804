package projects_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mortise/projects"
	"mortise/runtime/fault"
)

func TestRequests(t *testing.T) {
	p, err := projects.Create(t.Context(), projects.New{Dir: filepath.Join(t.TempDir(), "demo")})
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	defer func() { _ = p.Close() }()
	for _, r := range []projects.Request{
		{Name: "Mike", Service: "users.Get", Input: "name=Mike"},
		{Name: "An order", Service: "orders.New", Input: "{\n  \"item\": \"apple\"\n}", About: "What the shop sends."},
		{Name: "Mike", Service: "users.Get", Input: "name=Mike\nage=5"},
		{Name: "none", Service: "a.B", Input: ""},
		{Name: "odd", Service: "a.B", Input: "x='a: b # c'\ny=\"\t\"\n"},
	} {
		if _, err := p.WriteRequest(t.Context(), r); err != nil {
			t.Fatalf("WriteRequest(%+v): %v", r, err)
		}
	}
	got, faults := p.Requests(t.Context())
	if len(faults) > 0 || len(got) != 4 {
		t.Fatalf("Requests() = %+v, %v; want 4", got, faults)
	}
	if r := got[0]; r.Name != "An order" || r.Input != "{\n  \"item\": \"apple\"\n}" || r.About == "" || r.File != "requests/an-order.yaml" {
		t.Errorf("the first request is %+v", r)
	}
	if r := got[1]; r.Name != "Mike" || r.Input != "name=Mike\nage=5" || r.File != "requests/mike.yaml" {
		t.Errorf("the second request is %+v", r)
	}
	if r := got[3]; r.Input != "x='a: b # c'\ny=\"\t\"\n" {
		t.Errorf("the input came back as %q", r.Input)
	}
	for name, want := range map[string]string{"a/b": "request.name", "": "request.name"} {
		if _, err := p.WriteRequest(t.Context(), projects.Request{Name: name, Service: "a.B"}); fault.As(err) == nil || fault.As(err).Code != want {
			t.Errorf("WriteRequest(%q) = %v, want %s", name, err, want)
		}
	}
	broken := filepath.Join(p.Root(), "requests", "broken.yaml")
	if err := os.WriteFile(broken, []byte("servce: a.B\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, faults = p.Requests(t.Context())
	if len(got) != 4 || len(faults) != 2 || !strings.Contains(faults.Error(), "requests/broken.yaml:1:1") {
		t.Errorf("with a broken one Requests() = %d requests, %v; want 4 and its problems", len(got), faults)
	}
}
