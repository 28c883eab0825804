package config_test

import (
	"strings"
	"testing"

	"mortise/runtime/config"
)

func TestEngines(t *testing.T) {
	for name, tt := range map[string]struct {
		yaml string
		want map[string]string // the engine of folders
		errs []string
	}{
		"nothing said": {"name: a\n", map[string]string{"services/a": "auto", "": "auto"}, nil},
		"for all":      {"engine: compiled\n", map[string]string{"services/a": "compiled"}, nil},
		"for one": {
			yaml: "engines:\n  services/a: interpreted\n  ./services/b/: compiled\n",
			want: map[string]string{"services/a": "interpreted", "services/b": "compiled", "services/c": "auto"},
		},
		"unsafe":               {"unsafe: true\n", map[string]string{"services/a": "auto"}, nil},
		"unsafe, no yes or no": {"unsafe: sometimes\n", nil, []string{`mortise.yaml:1:9: "unsafe" is true or false`}},
		"unknown":              {"engine: compild\n", nil, []string{`mortise.yaml:1:9: "engine" is "auto", "interpreted" or "compiled", not "compild"`, `did you mean "compiled"?`}},
		"unknown of one": {"engines: {services/a: fast, services/b: Compiled}\n", nil, []string{
			`mortise.yaml:1:23: the engine of "services/a" is "fast", which is none`, `there is "auto", "interpreted", "compiled"`,
			`mortise.yaml:1:41: the engine of "services/b" is "Compiled", which is none`, `did you mean "compiled"?`,
		}},
		"twice":       {"engines: {services/a: auto, services/a/: auto}\n", nil, []string{`mortise.yaml:1:29: the engine of "services/a" is given twice`, "the other one is at mortise.yaml:1:11"}},
		"not a map":   {"engines: compiled\n", nil, []string{`mortise.yaml:1:10: "engines" is an object`}},
		"not a text":  {"engines: {services/a: [auto]}\n", nil, []string{`mortise.yaml:1:10: "engines" is an object`}},
		"unknown key": {"engin: auto\n", nil, []string{`did you mean "engine"?`}},
	} {
		m, faults := config.ParseMain("mortise.yaml", []byte(tt.yaml))
		var got strings.Builder
		for _, f := range faults {
			got.WriteString(f.At.String() + ": " + f.Error() + " " + f.Hint + "\n")
		}
		for _, want := range tt.errs {
			if !strings.Contains(got.String(), want) {
				t.Errorf("%s: ParseMain reports\n%swant %s", name, got.String(), want)
			}
		}
		if len(tt.errs) == 0 && len(faults) > 0 {
			t.Errorf("%s: ParseMain reports\n%s", name, got.String())
			continue
		}
		for folder, want := range tt.want {
			if got := m.Engines.Of(folder); got != want {
				t.Errorf("%s: the engine of %q is %q, want %q", name, folder, got, want)
			}
		}
	}
}

// TestEnginesEqual compares what two projects want, which decides whether their
// services are made anew.
func TestEnginesEqual(t *testing.T) {
	read := func(yaml string) config.Engines {
		m, faults := config.ParseMain("mortise.yaml", []byte(yaml))
		if len(faults) > 0 {
			t.Fatalf("ParseMain(%q): %v", yaml, faults)
		}
		return m.Engines
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"name: a\n", "engine: auto\n", true},
		{"name: a\n", "unsafe: false\n", true},
		{"name: a\n", "unsafe: true\n", false},
		{"unsafe: true\n", "name: a\nunsafe: true\n", true},
		{"engine: compiled\n", "engine: interpreted\n", false},
		{"engines: {services/a: auto}\n", "engines: {services/a: compiled}\n", false},
	} {
		if got := read(tt.a).Equal(read(tt.b)); got != tt.want {
			t.Errorf("the engines of %q equal those of %q: %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}
