package gate

import "testing"

func TestLanguage(t *testing.T) {
	const loop = "package a\n\nvar N int\n"
	for name, tt := range map[string]struct {
		goMod, file string
		refused     bool
	}{
		"today":          {"go 1.26", loop, false},
		"the oldest":     {"go 1.22", loop, false},
		"before":         {"go 1.21", loop, true},
		"one file":       {"go 1.26", "//go:build go1.21\n\n" + loop, true},
		"one newer file": {"go 1.26", "//go:build go1.25\n\n" + loop, false},
	} {
		res := admit(t, New(), map[string]string{"go.mod": "module app\n\n" + tt.goMod + "\n", "services/a/a.go": tt.file})
		refused := len(res.Refusals) == 1 && res.Refusals[0].Code == "gate.language" && res.Refusals[0].At.File == "services/a/a.go"
		if refused != tt.refused || len(res.Refusals) > 1 {
			t.Errorf("%s: Admit refused %v, want because of the language: %v", name, res.Refusals, tt.refused)
		}
	}
}
