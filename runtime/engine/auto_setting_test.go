package engine

import (
	"slices"
	"strings"
	"testing"

	"mortise/runtime/config"
	"mortise/runtime/worker"
)

func TestEngineSettings(t *testing.T) {
	for name, tt := range map[string]struct {
		source, yaml string
		one, two     string // "interpreted", "compiled", "interpreted, then compiled"
		want         string // in the error
	}{
		"auto":                 {"1", "", "either", "either", ""},
		"refused":              {"1 refuse=b.Two", "", "either", "compiled", ""},
		"interpreted":          {"1", "engine: interpreted", "interpreted", "interpreted", ""},
		"interpreted, refused": {"1 refuse=b.Two", "engine: interpreted", "", "", "not live yet: b.Two"},
		"compiled":             {"1", "engine: compiled", "compiled", "compiled", ""},
		"one package":          {"1", "engine: interpreted\nengines: {services/b: compiled}", "interpreted", "compiled", ""},
		"back to auto":         {"1", "engine: interpreted\nengines: {services/b: auto}", "interpreted", "either", ""},
		"shared":               {"1 share=a.One+b.Two", "engines: {services/b: compiled}", "compiled", "compiled", ""},
		"shared, refused":      {"1 share=a.One+b.Two refuse=a.One,b.Two", "engines: {services/b: interpreted}", "", "", "not live yet: a.One"},
		"shared, contradicting": {
			"1 share=a.One+b.Two", "engines: {services/a: interpreted, services/b: compiled}", "", "",
			`mortise.yaml:1:36: the packages "services/a" and "services/b" share package variables`,
		},
		"no such package":        {"1", "engines: {services/c: compiled}", "", "", `mortise.yaml:1:11: there is no package with services in "services/c"`},
		"cannot be compiled":     {"1 nocompile", "", "interpreted", "interpreted", ""},
		"must be compiled":       {"1 nocompile", "engines: {services/b: compiled}", "", "", "version.go:3: cgo cannot be compiled"},
		"unsafe, not allowed":    {"1 unsafe", "engine: compiled", "", "", "version.go:4: unsafe is not allowed"},
		"unsafe, allowed":        {"1 unsafe refuse=b.Two", "unsafe: true", "either", "compiled", ""},
		"unsafe, interpreted":    {"1 unsafe refuse=b.Two", "unsafe: true\nengine: interpreted", "", "", "not live yet: b.Two"},
		"runs in no way":         {"1 nocompile refuse=b.Two", "", "", "", "version.go:3: cgo cannot be compiled"},
		"written with a slash":   {"1", `engines: {services/b/: compiled}`, "either", "compiled", ""},
		"written with backslash": {"1", `engines: {services\b: compiled}`, "either", "compiled", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudio()
			a := NewAuto(AutoOptions{Interpreted: interpretedStudio{s}, Compiled: compiledStudio{s}})
			main, faults := config.ParseMain(config.MainFile, []byte(tt.yaml))
			if len(faults) > 0 {
				t.Fatalf("ParseMain(%s): %v", tt.yaml, faults)
			}
			source := config.NewFiles([]config.File{config.NewFile("version.go", []byte(tt.source))})
			p, _, err := a.BuildFor(t.Context(), source, main.Engines)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("BuildFor = %v, want %s", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("BuildFor: %v", err)
			}
			names := map[mode]string{eitherWay: "either", interpretedOnly: "interpreted", compiledOnly: "compiled"}
			modes := p.(*autoProgram).modes
			if one, two := names[modes["a.One"]], names[modes["b.Two"]]; one != tt.one || two != tt.two {
				t.Errorf("a.One runs %s, b.Two %s; want %s, %s", one, two, tt.one, tt.two)
			}
			again, _, err := a.BuildFor(t.Context(), source, main.Engines)
			if again != p || err != nil {
				t.Errorf("BuildFor of the same again = another program, %v", err)
			}
		})
	}
}

// TestEngineSettingIsADeploy changes nothing but the setting.
func TestEngineSettingIsADeploy(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	s.link("1").ready.Store(true)
	p := project(t, "1", nil)
	apply(t, e, p)
	changed := *p
	changed.Engines = config.Engines{Packages: []config.PackageEngine{{Folder: "services/b", Engine: config.EngineInterpreted}}}
	r := apply(t, e, &changed)
	var got []string
	for _, c := range r.Objects {
		got = append(got, c.Name+" "+string(c.What))
	}
	if want := []string{"a.One same", "b.Two changed"}; !slices.Equal(got, want) {
		t.Errorf("the report says %q, want %q", got, want)
	}
	if one, two := say(t, e, "a.One"), say(t, e, "b.Two"); one != "1 compiled" || two != "1 interpreted" {
		t.Errorf("a.One = %q, b.Two = %q; want 1 compiled, 1 interpreted", one, two)
	}
	s.executor("1", worker.Interpreted).die()
	waitFor(t, "no new interpreted worker", func() bool { return s.count(&s.started, "1 interpreted") == 2 })
	if two := say(t, e, "b.Two"); two != "1 interpreted" {
		t.Errorf("b.Two = %q, want 1 interpreted", two)
	}
}
