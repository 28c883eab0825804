package interp_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/worker"
)

// halves is a project of which some packages run interpreted: kinds does not,
// because of an import; uses does not, because it imports kinds; shares does not,
// because it shares a variable with kinds; free and alone do.
const halves = `
-- services/kinds/kinds.go --
package kinds

import (
	"reflect"

	"app/services/count"
	"mortise/runtime/service"
)

func Kind(ctx *service.Context) (string, error) { return Name(1), nil }

func Name(v any) string { count.N++; return reflect.TypeOf(v).Name() }
-- services/uses/uses.go --
package uses

import (
	"app/services/kinds"
	"mortise/runtime/service"
)

func Use(ctx *service.Context) (string, error) { return kinds.Name(""), nil }
-- services/shares/shares.go --
package shares

import (
	"app/services/count"
	"mortise/runtime/service"
)

func Count(ctx *service.Context) (int, error) { return count.N, nil }
-- services/count/count.go --
package count

var N int
-- services/free/free.go --
package free

import (
	"app/services/plain"
	"mortise/runtime/service"
)

func Free(ctx *service.Context) (int, error) { return plain.Limit + 1, nil }
-- services/plain/plain.go --
package plain

var Limit = 41
-- services/alone/alone.go --
package alone

import "mortise/runtime/service"

var n int

func Alone(ctx *service.Context) (int, error) { n++; return n, nil }
`

func TestBuildPart(t *testing.T) {
	b := newBuilder(t, worker.Limits{})
	part, _, err := b.BuildPart(t.Context(), project(halves))
	if err != nil {
		t.Fatalf("BuildPart: %v", report(err))
	}
	var all, runs []string
	for _, s := range part.All.Services() {
		all = append(all, s.Name)
	}
	for _, s := range part.Program.Services() {
		runs = append(runs, s.Name)
	}
	if want := []string{"alone.Alone", "free.Free", "kinds.Kind", "shares.Count", "uses.Use"}; !slices.Equal(all, want) || !slices.Equal(slices.Sorted(maps.Keys(part.Versions)), want) {
		t.Errorf("BuildPart knows %q with the versions of %q, want %q", all, slices.Sorted(maps.Keys(part.Versions)), want)
	}
	if want := []string{"alone.Alone", "free.Free"}; !slices.Equal(runs, want) {
		t.Errorf("BuildPart runs %q, want %q", runs, want)
	}
	for name, want := range map[string]string{
		"kinds.Kind":   `services/kinds/kinds.go:4:2: not live yet: the package "reflect"`,
		"uses.Use":     `services/kinds/kinds.go:4:2: not live yet: the package "reflect"`,
		"shares.Count": `services/shares/shares.go: the package "services/shares" shares package variables with "services/kinds", which waits`,
	} {
		if got := part.Refused[name].Error(); !strings.Contains(got, want) {
			t.Errorf("%s is refused with\n%s\nwant %s", name, got, want)
		}
	}
	if len(part.Shared) != 1 || !slices.Equal(slices.Sorted(slices.Values(part.Shared[0])), []string{"kinds.Kind", "shares.Count", "uses.Use"}) {
		t.Errorf("Shared = %q, want kinds.Kind, shares.Count and uses.Use", part.Shared)
	}

	x := start(t, part.Program)
	want(t, x, "free.Free", "", "42")
	want(t, x, "alone.Alone", "", "1")
	if _, err := call(t, x, "kinds.Kind", "", nil); err == nil || !strings.Contains(err.Error(), `no service "kinds.Kind"`) {
		t.Errorf("kinds.Kind, which does not run, = %v", err)
	}

	// The same source gives the very same, and Build refuses it as a whole.
	again, _, err := b.BuildPart(t.Context(), project(halves))
	if err != nil || again.All != part.All || again.Program != part.Program {
		t.Errorf("BuildPart of the same source gave another part, %v", err)
	}
	if _, _, err := b.Build(t.Context(), project(halves)); err == nil || strings.Contains(err.Error(), "shares package variables") {
		t.Errorf("Build = %v, want what the gate refuses alone", err)
	}

	// An edit of one package leaves the versions of the others.
	edited, _, err := b.BuildPart(t.Context(), project(strings.Replace(halves, "var Limit = 41", "var Limit = 1", 1)))
	if err != nil {
		t.Fatalf("BuildPart: %v", report(err))
	}
	for name, v := range part.Versions {
		if same := edited.Versions[name] == v; same != (name != "free.Free") {
			t.Errorf("after an edit of what free imports, the version of %s is the same: %v", name, same)
		}
	}
	if nothing, _, err := b.BuildPart(t.Context(), project("-- services/a/a.go --\npackage a\n\nfunc F() int { return \"\" }\n")); err == nil || nothing.All == nil || nothing.Program != nil {
		t.Errorf("BuildPart of source with a mistake = %+v, %v", nothing, err)
	}
}
