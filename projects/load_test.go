package projects_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// open makes an empty project.
func open(t testing.TB, environment string) *projects.Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mortise.yaml"), []byte("name: demo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := projects.OpenIn(dir, environment)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func load(t testing.TB, p *projects.Project) *config.Project {
	t.Helper()
	loaded, faults := p.Load(t.Context())
	if len(faults) > 0 {
		t.Fatalf("Load found\n%v", faults)
	}
	return loaded
}

func TestLoad(t *testing.T) {
	p := open(t, "")
	for name, text := range map[string]string{
		"go.mod": "module demo\n", "services/users/users.go": "package users\n", "services/users/users_test.go": "package users\n",
		"connections/crm.yaml": "type: rest\naddress: x\n", "jobs/often.yaml": "service: users.Get\n",
		"channels/.#crm.yaml": "}", "channels/crm.yaml~": "}", "channels/4913": "}", "channels/README.md": "}",
		".hidden/x.go": "}", "vendor/x/x.go": "}", "services/vendor/x.go": "}", "node_modules/x/x.go": "}", ".mortise/x.go": "}", "testdata/x.go": "}", "_old/x.go": "}",
		"docs/notes.yaml": "}",
	} {
		write(t, p, name, text)
	}
	first := load(t, p)
	var files []string
	for _, f := range first.Source.List() {
		files = append(files, f.Name)
	}
	if want := []string{"go.mod", "services/users/users.go", "vendor/x/x.go"}; !slices.Equal(files, want) {
		t.Errorf("Source holds %q, want %q", files, want)
	}
	if len(first.Documents) != 2 || first.Name != "demo" || first.Timeout != config.DefaultTimeout {
		t.Errorf("Load = %+v", first)
	}
	again := load(t, p)
	if again.SourceHash != first.SourceHash || again.Documents[0] != first.Documents[0] {
		t.Error("Load of an unchanged project gave other documents")
	}
	write(t, p, "connections/crm.yaml", "type: rest\naddress: y\n") // of the same size, within the clock's grain
	if changed := config.Diff(again, load(t, p)); changed[0].What != config.Changed || changed[1].What != config.Same {
		t.Errorf("Diff after a change = %v", changed)
	}
	if err := p.Remove("connections/crm.yaml"); err != nil {
		t.Fatal(err)
	}
	write(t, p, "services/users/users.go", "package users // more\n")
	last := load(t, p)
	if len(last.Documents) != 1 || last.SourceHash == first.SourceHash {
		t.Errorf("Load after a removal = %+v", last)
	}
	if data, err := fs.ReadFile(first.Source, "services/users/users.go"); string(data) != "package users\n" || err != nil {
		t.Errorf("the first snapshot holds %q, %v; it must not change", data, err)
	}
}

func TestLoadFaults(t *testing.T) {
	p := open(t, "prod")
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte("type: rest\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, p, "connections/bad.yaml", "type: rest\ntype: rest\n")
	write(t, p, "connections/old.yml", "type: rest\n")
	write(t, p, "channels/large.yaml", "#"+strings.Repeat("x", 2<<20))
	write(t, p, "environments/prd.yaml", "config: {}\n")
	write(t, p, "mortise.yaml", "name: demo\ntimeuot: 5s\n")
	for link, target := range map[string]string{
		"connections/out.yaml": outside, "services": filepath.Dir(outside), "jobs/none.yaml": "gone.yaml",
	} {
		file := filepath.Join(p.Root(), link)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
	}
	loaded, faults := p.Load(t.Context())
	for _, want := range []string{
		`the project has no environment "prod"`, `connections/bad.yaml:2:1: "type" stands here twice`,
		`connections/old.yml: "connections/old.yml" is not read`, `channels/large.yaml: "channels/large.yaml" has`,
		`connections/out.yaml: "connections/out.yaml" is a link to`, `jobs/none.yaml: "jobs/none.yaml" is a link to`,
		`mortise.yaml:2:1: unknown key "timeuot"`, `services: "services" is a link`,
	} {
		if !strings.Contains(faults.Error(), want) {
			t.Errorf("Load found\n%v\nwant %s", faults, want)
		}
	}
	for _, f := range faults {
		if f.Hint == "" && f.Code != "project.large" {
			t.Errorf("%q has no hint", f)
		}
	}
	if loaded == nil || !loaded.Broken(config.Connection, "bad") || loaded.Broken(config.Connection, "good") {
		t.Error("Load does not say which objects it could not read")
	}
}

// TestLinkedProject opens a project through a link to its folder.
func TestLinkedProject(t *testing.T) {
	p := open(t, "")
	write(t, p, "jobs/a.yaml", "{}\n")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(p.Root(), link); err != nil {
		t.Fatal(err)
	}
	linked, err := projects.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	defer linked.Close()
	if got := load(t, linked); len(got.Documents) != 1 {
		t.Errorf("Load through a link gave %d objects, want 1", len(got.Documents))
	}
}

// TestManyChanges changes names in folders again and again, within the clock's
// grain and with old times, and compares with what a fresh look finds.
func TestManyChanges(t *testing.T) {
	p := open(t, "")
	old := time.Now().Add(-time.Hour)
	for i := range 60 {
		name := fmt.Sprintf("jobs/sub%d/j%d.yaml", i%3, i%7)
		file := filepath.Join(p.Root(), name)
		if _, err := os.Stat(file); err == nil && i%2 == 0 {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, p, name, fmt.Sprintf("name: n%d\n", i))
		}
		if i%4 == 0 {
			if err := os.Chtimes(filepath.Join(p.Root(), "jobs"), old, old); err != nil {
				t.Fatal(err)
			}
		}
		got := load(t, p).Names(config.Job)
		fresh, err := projects.Open(p.Root())
		if err != nil {
			t.Fatal(err)
		}
		if want := load(t, fresh).Names(config.Job); !slices.Equal(got, want) {
			t.Fatalf("after change %d Load found %q, want %q", i, got, want)
		}
		_ = fresh.Close()
	}
}

func TestOpen(t *testing.T) {
	p := open(t, "")
	below := filepath.Join(p.Root(), "services")
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		filepath.Join(p.Root(), "none"): "mortise new", below: "the project that it belongs to", t.TempDir(): "mortise new",
	} {
		_, err := projects.Open(dir)
		if fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.As(err).Hint, want) {
			t.Errorf("Open(%q) = %v with the hint %q, want NotFound and %q", dir, err, fault.As(err).Hint, want)
		}
	}
}

func TestCreate(t *testing.T) {
	ctx := t.Context()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		n    projects.New
		want string
	}{
		{"not empty", projects.New{Dir: full}, "is not empty"},
		{"unknown template", projects.New{Dir: filepath.Join(full, "a"), Template: "tutorail"}, "there is no template"},
		{"bad name", projects.New{Dir: filepath.Join(full, "ä")}, "the name"},
	}
	for _, tt := range tests {
		if _, err := projects.Create(ctx, tt.n); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Create, %s = %v, want %q", tt.name, err, tt.want)
		}
	}
	if entries, err := os.ReadDir(full); len(entries) != 1 || err != nil {
		t.Errorf("Create that failed left %v, %v", entries, err)
	}

	dir := filepath.Join(full, "My shop")
	secrets := map[string]string{}
	p, err := projects.Create(ctx, projects.New{Dir: dir, Template: "tutorial-finished", SetSecret: func(_ ctxType, name, value string) error {
		secrets[name] = value
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if loaded := load(t, p); loaded.Name != "My shop" || len(loaded.Documents) < 5 {
		t.Errorf("Load of the tutorial = %q with %d objects", loaded.Name, len(loaded.Documents))
	}
	if secrets["tutorial/api-key"] != "abc" {
		t.Errorf("Create stored the secrets %v, want that of the tutorial", secrets)
	}
	for name, want := range map[string]string{"go.mod": "module my-shop\n", ".gitignore": "/.mortise/\n"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s holds %q, %v, want %q", name, data, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "template.yaml")); err == nil {
		t.Error("Create copied template.yaml, which holds secrets")
	}
	if _, err := projects.Create(ctx, projects.New{Dir: dir}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("Create over a project = %v, want Conflict", err)
	}
}

func TestModuleName(t *testing.T) {
	for name, want := range map[string]string{
		"demo": "demo", "My shop 2": "my-shop-2", "log": "log-project", "mortise": "mortise-project", "...": "project", "a.b": "a-b",
	} {
		if got := projects.ModuleName(name); got != want {
			t.Errorf("ModuleName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestLoadWhileWriting loads while others save: every load sees whole files.
func TestLoadWhileWriting(t *testing.T) {
	p := open(t, "")
	texts := []string{"type: rest\naddress: x\n", "type: rest\naddress: a-longer-one\ntimeout: 5s\n"}
	if err := p.WriteFile("connections/crm.yaml", []byte(texts[0])); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := p.WriteFile("connections/crm.yaml", []byte(texts[i%2])); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 200 {
		if loaded := load(t, p); len(loaded.Documents) != 1 {
			t.Errorf("Load saw %d objects, want 1", len(loaded.Documents))
		}
	}
	close(stop)
	writer.Wait()
}

// TestReload proves that what is named is all that is looked at, and that it comes
// to the same as Load.
func TestReload(t *testing.T) {
	p := open(t, "")
	write(t, p, "connections/a.yaml", "type: rest\n")
	write(t, p, "services/x/y/z.go", "package y\n")
	write(t, p, "jobs/j.yaml", "service: [\n")
	steps := []struct {
		name  string
		do    func() error
		names []string
	}{
		{"first", func() error { return nil }, nil},
		{"a change", func() error { return p.WriteFile("connections/a.yaml", []byte("type: soap\n")) }, []string{"connections/a.yaml"}},
		{"a new folder", func() error { return p.WriteFile("services/n/n.go", []byte("package n\n")) }, []string{"services/n"}},
		{"a folder gone", func() error { return os.RemoveAll(filepath.Join(p.Root(), "services/x")) }, []string{"services/x"}},
		{"a file gone", func() error { return p.Remove("connections/a.yaml") }, []string{"connections/a.yaml"}},
		{"a fault gone", func() error { return p.Remove("jobs/j.yaml") }, []string{"jobs/j.yaml", "../x", ".mortise/x", ""}},
		{"a link", func() error { return os.Symlink("gone", filepath.Join(p.Root(), "jobs/l.yaml")) }, []string{"jobs/l.yaml"}},
		{"another file", func() error { return p.WriteFile("jobs/m.yaml", []byte("{}\n")) }, []string{"jobs/m.yaml"}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatal(err)
		}
		got, faults := p.Reload(t.Context(), s.names)
		fresh, err := projects.Open(p.Root())
		if err != nil {
			t.Fatal(err)
		}
		want, wantFaults := fresh.Load(t.Context())
		_ = fresh.Close()
		if got.SourceHash != want.SourceHash || faults.Error() != wantFaults.Error() || len(got.Documents) != len(want.Documents) {
			t.Errorf("Reload after %s gave %d objects and the faults\n%v\nwant %d and\n%v",
				s.name, len(got.Documents), faults, len(want.Documents), wantFaults)
		}
	}
}

// BenchmarkLoad loads 500 Go files and 500 objects of which one has changed,
// without and with knowing which.
func BenchmarkLoad(b *testing.B) {
	p := open(b, "")
	for i := range 500 {
		write(b, p, fmt.Sprintf("services/s%03d/s.go", i), strings.Repeat("// a line of some length that says little\n", 100)+"package s\n")
		write(b, p, fmt.Sprintf("channels/c%03d.yaml", i), fmt.Sprintf("type: rest\npath: /c/%d\nservice: s%03d.Get\nmethods: [GET]\n", i, i))
	}
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(p.Root(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		b.Fatal(err)
	}
	load(b, p)
	const name = "channels/c250.yaml"
	i := 0
	for kind, again := range map[string]func() (*config.Project, fault.List){
		"Load":   func() (*config.Project, fault.List) { return p.Load(b.Context()) },
		"Reload": func() (*config.Project, fault.List) { return p.Reload(b.Context(), []string{name}) },
	} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				i++
				write(b, p, name, fmt.Sprintf("type: rest\npath: /changed/%d\n", i))
				b.StartTimer()
				if _, faults := again(); len(faults) > 0 {
					b.Fatal(faults)
				}
			}
		})
	}
}

func TestRelevant(t *testing.T) {
	for name, want := range map[string]bool{
		"services/users/users.go": true, "vendor/x/x.go": true, "vendor/modules.txt": true,
		"services/vendor/x.go": false, "vendor/x/vendor/y/y.go": false, "vendor/x/testdata/x.go": false, "vendor/.x/x.go": false, ".mortise/run.json": false,
	} {
		if got := projects.Relevant(name); got != want {
			t.Errorf("Relevant(%q) = %t, want %t", name, got, want)
		}
	}
}
