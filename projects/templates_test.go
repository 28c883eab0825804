package projects

import "testing"

// Of a template and its base no file stands in both.
func TestTemplates(t *testing.T) {
	all, err := Templates()
	if err != nil || len(all) < 2 {
		t.Fatalf("Templates() = %d templates, %v", len(all), err)
	}
	for _, tpl := range all {
		if tpl.Title == "" || tpl.Summary == "" {
			t.Errorf("template %q has no title or summary", tpl.Name)
		}
		files, err := filesOf("demo", tpl)
		if err != nil {
			t.Errorf("filesOf(%s) = %v", tpl.Name, err)
		}
		seen := map[string]bool{}
		for _, f := range files {
			if seen[f.name] {
				t.Errorf("template %q has the file %q twice", tpl.Name, f.name)
			}
			seen[f.name] = true
		}
	}
}
