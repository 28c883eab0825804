package check_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mortise/interp/check"
	"mortise/runtime/shape"
)

// TestJSONFields holds the names that we read from a struct's source against
// those that encoding/json writes.
func TestJSONFields(t *testing.T) {
	src, err := os.ReadFile("samples_test.go")
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]any{
		"plain":   plain{c: 1, F: "x"},
		"sample1": sample1{}, "sample2": sample2{Exported: &Exported{}}, "sample3": sample3{text: ""},
		"sample4": sample4{}, "sample5": sample5{}, "sample6": sample6{Text: "x"}, "Loop": Loop{Loop: &Loop{}},
	}
	var b strings.Builder
	b.WriteString(strings.Replace(string(src), "import \"time\"", "import (\n\t\"time\"\n\n\t\"mortise/runtime/service\"\n)", 1))
	for name := range samples {
		b.WriteString("\nfunc Get" + name + "(ctx *service.Context, in " + name + ") error { return nil }\n")
	}
	p := check.New().Check(t.Context(), project(map[string]string{"services/samples/samples.go": b.String()}))
	if err := p.Faults.Err(); err != nil {
		t.Fatalf("Check() = faults\n%v", err)
	}
	if len(p.Services) != len(samples) {
		t.Fatalf("Check() found %d services, want %d", len(p.Services), len(samples))
	}
	for _, s := range p.Services {
		name := strings.TrimPrefix(s.Func, "Get")
		out, err := json.Marshal(samples[name])
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(out, &object); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(maps.Keys(object))
		var got []string
		for _, f := range s.In.Fields {
			got = append(got, f.Name)
		}
		slices.Sort(got)
		if s.In.Kind != shape.Object || !slices.Equal(got, want) {
			t.Errorf("fields of %s = %s %q, encoding/json writes %q", name, s.In.Kind, got, want)
		}
	}
}
