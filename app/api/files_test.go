package api

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mortise/projects/history"
	"mortise/runtime/control"
	"mortise/runtime/fault"
)

const greeter = "services/demo/hello.go"

// TestWrite saves a service and calls what it became.
func TestWrite(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	p := connect(t, s)
	p.live()
	f := ask[File](p, "files.read", FileName{greeter})
	saved := ask[FileSaved](p, "files.write", FileEdit{
		Name: greeter, Base: f.Hash, Text: strings.Replace(f.Text, "Howdy ", "Good   day ", 1) + "\n\n\nvar   extra    = 1\n",
	})
	if saved.Conflict != nil || !strings.HasSuffix(saved.Text, "\n\nvar extra = 1\n") || saved.Hash != history.Hash([]byte(saved.Text)) {
		t.Fatalf("files.write = %+v, want formatted text", saved)
	}
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := o.running()
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Invoke(t.Context(), control.Invocation{Service: "demo.Hello", Arguments: []string{"name=Mike"}})
	if err != nil || !strings.Contains(string(got.Output), "Good   day Mike") {
		t.Errorf("Invoke after a save = %s, %v", got.Output, err)
	}
	// What does not parse is saved as it is, and the version before answers.
	broken := ask[FileSaved](p, "files.write", FileEdit{Name: greeter, Base: saved.Hash, Text: "package demo\n\nfunc   Hello(\n"})
	if broken.Text != "" || broken.Conflict != nil {
		t.Errorf("files.write of what does not parse = %+v, want it as it is", broken)
	}
	p.event("live", func(raw json.RawMessage) bool {
		return strings.Contains(string(raw), `"status":"failed"`) && strings.Contains(string(raw), greeter)
	})
	versions := ask[Versions](p, "history.list", FileName{greeter}).Versions
	if len(versions) != 3 || versions[2].Why != whyOverwritten || versions[0].Why != whySaved {
		t.Errorf("history.list = %+v, want what was there and both saves", versions)
	}
	back := ask[File](p, "history.restore", VersionID{versions[2].ID})
	if back.Text != f.Text {
		t.Errorf("history.restore = %q, want the first text", back.Text)
	}
	p.forget()
	p.live()
}

// TestSaveAndClose closes the page at once behind its save.
func TestSaveAndClose(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := newProject(t, s, "tutorial").Dir
	p := connect(t, s)
	for i := range 10 {
		p.begin("files.write", FileEdit{Name: fmt.Sprintf("%d.md", i), Text: "saved"})
	}
	p.c.Close()
	for i := range 10 {
		if text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.md", i))); err != nil || string(text) != "saved" {
			t.Errorf("file %d after a save and the end of its page = %q, %v", i, text, err)
		}
	}
}

func TestConflict(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := newProject(t, s, "tutorial").Dir
	p := connect(t, s)
	lines := func(changed map[int]string) string {
		var b strings.Builder
		for i := range 9 {
			if l, ok := changed[i]; ok {
				b.WriteString(l + "\n")
				continue
			}
			fmt.Fprintf(&b, "line %d\n", i)
		}
		return b.String()
	}
	name := "notes.md"
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := ask[FileSaved](p, "files.write", FileEdit{Name: name, Text: lines(nil)})
	put(lines(map[int]string{1: "theirs"}))
	got := ask[FileSaved](p, "files.write", FileEdit{Name: name, Base: first.Hash, Text: lines(map[int]string{7: "mine"})})
	if c := got.Conflict; c == nil || !c.Clean || c.Merged != lines(map[int]string{1: "theirs", 7: "mine"}) || c.Hash == "" {
		t.Fatalf("files.write over another change = %+v, want a clean merge", got.Conflict)
	}
	got = ask[FileSaved](p, "files.write", FileEdit{Name: name, Base: first.Hash, Text: lines(map[int]string{1: "mine"})})
	if c := got.Conflict; c == nil || c.Clean || c.Merged != "" || !strings.Contains(c.Text, "theirs") {
		t.Fatalf("files.write over the same line = %+v, want a conflict", got.Conflict)
	}
	got = ask[FileSaved](p, "files.write", FileEdit{Name: name, Base: first.Hash, Text: lines(map[int]string{1: "mine"}), Force: true})
	if got.Conflict != nil {
		t.Errorf("files.write with force = %+v", got.Conflict)
	}
	versions := ask[Versions](p, "history.list", FileName{name}).Versions
	if !slices.ContainsFunc(versions, func(v Version) bool { return v.Why == whyOverwritten }) {
		t.Errorf("history.list = %+v, want the text that was overwritten", versions)
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	if got := ask[FileSaved](p, "files.write", FileEdit{Name: name, Base: got.Hash, Text: "x"}); got.Conflict == nil || !got.Conflict.Gone {
		t.Errorf("files.write of a file that is gone = %+v, want Gone", got.Conflict)
	}
	put("somebody's")
	if got := ask[FileSaved](p, "files.write", FileEdit{Name: name, Text: "new"}); got.Conflict == nil || got.Conflict.Text != "somebody's" {
		t.Errorf("files.write of a new file that exists = %+v, want a conflict", got.Conflict)
	}
	if got := ask[FileSaved](p, "files.write", FileEdit{Name: name, Text: "somebody's"}); got.Conflict != nil {
		t.Errorf("files.write of the very text = %+v, want no conflict", got.Conflict)
	}
}

// TestChanged holds which pages learn of which changes.
func TestChanged(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := newProject(t, s, "tutorial").Dir
	p, q := connect(t, s), connect(t, s)
	p.live()
	ask[FileSaved](p, "files.write", FileEdit{Name: "a.md", Text: "ours"})
	q.event("changed", func(raw json.RawMessage) bool { return strings.Contains(string(raw), "a.md") })
	if err := os.WriteFile(filepath.Join(dir, "b.md"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.event("changed", func(raw json.RawMessage) bool {
		if strings.Contains(string(raw), "a.md") {
			t.Errorf("changed = %s: it names what this page saved itself", raw)
		}
		return strings.Contains(string(raw), "b.md")
	})
	p.event("files", func(raw json.RawMessage) bool { return strings.Contains(string(raw), `"b.md"`) })
	// One save is one deploy.
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := o.deploys.asked
	f := ask[File](p, "files.read", FileName{greeter})
	ask[FileSaved](p, "files.write", FileEdit{Name: greeter, Base: f.Hash, Text: f.Text + "// more\n"})
	if err := os.WriteFile(filepath.Join(dir, "c.md"), []byte("behind it"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.event("changed", func(raw json.RawMessage) bool { return strings.Contains(string(raw), "c.md") })
	o.deploys.mu.Lock()
	after := o.deploys.asked
	o.deploys.mu.Unlock()
	if after != before+2 {
		t.Errorf("a save and a change by another are %d deploys, want 2", after-before)
	}
}

func TestMove(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	p := connect(t, s)
	ask[FileSaved](p, "files.write", FileEdit{Name: "docs/a.md", Text: "a"})
	ask[FileSaved](p, "files.write", FileEdit{Name: "docs/b.md", Text: "b"})
	ask[None](p, "drafts.write", Draft{Name: "docs/a.md", Text: "typed"})
	ask[None](p, "files.rename", FileRename{From: "docs", To: "notes/old"})
	if f := ask[File](p, "files.read", FileName{"notes/old/a.md"}); f.Text != "a" || f.Draft == nil || f.Draft.Text != "typed" {
		t.Errorf("files.read after a rename = %+v, want text and draft", f)
	}
	ask[None](p, "files.folder", FileName{"empty/one"})
	for _, tt := range []struct{ from, to, want string }{
		{"notes", "empty", "project.exists"},
		{"notes", "notes/x/y", "file.inside"},
		{"none", "some", "project.file"},
		{"mortise.yaml", "x.yaml", "file.main"},
		{"notes", ".mortise/x", "file.private"},
		{"notes", "../x", "file.name"},
	} {
		if _, err := try[None](p, "files.rename", FileRename{tt.from, tt.to}); code(err) != tt.want {
			t.Errorf("files.rename(%q, %q) = %v, want %s", tt.from, tt.to, err, tt.want)
		}
	}
	ask[None](p, "files.delete", FileName{"notes"})
	gone := ask[Versions](p, "history.list", FileName{""}).Versions
	var names []string
	for _, v := range gone {
		names = append(names, v.Name)
	}
	if slices.Sort(names); !slices.Equal(names, []string{"notes/old/a.md", "notes/old/b.md"}) {
		t.Errorf("the deleted files are %v", names)
	}
	all := ask[Versions](p, "history.list", FileName{"notes/old/a.md"}).Versions
	if !slices.ContainsFunc(all, func(v Version) bool { return v.Why == whyUnsaved }) {
		t.Errorf("the versions of a deleted file with a draft are %+v, want the unsaved text among them", all)
	}
	for _, v := range gone {
		ask[File](p, "history.restore", VersionID{v.ID})
	}
	if f := ask[File](p, "files.read", FileName{"notes/old/b.md"}); f.Text != "b" {
		t.Errorf("files.read after restore = %+v", f)
	}
	if left := ask[Versions](p, "history.list", FileName{""}).Versions; len(left) != 0 {
		t.Errorf("deleted files after restore = %v, want none", left)
	}
}

func TestNames(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := newProject(t, s, "tutorial").Dir
	p := connect(t, s)
	outside := filepath.Join(t.TempDir(), "outside.txt")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for link, target := range map[string]string{"link.txt": outside, "folder": filepath.Dir(outside)} {
			if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{
		"", ".", "..", "../x", "/etc/passwd", "a/../../x", "a//b", `a\b`, "a\x00b", "a\nb", ".git/config", ".mortise/run.json", "sub/.GIT/config",
		".mortise/secrets.age", "link.txt", "folder/outside.txt", strings.Repeat("a/", 600) + "a", "C:/x",
	} {
		if f, err := try[File](p, "files.read", FileName{name}); err == nil {
			t.Errorf("files.read(%q) = %+v, want an error", name, f)
		}
	}
	for _, name := range []string{"../x", ".mortise/x", ".git/hooks/x", ".sdk/go.mod", "folder/x", "services"} {
		got, err := try[FileSaved](p, "files.write", FileEdit{Name: name, Text: "x"})
		if err == nil && got.Conflict == nil {
			t.Errorf("files.write(%q) = %+v, want an error", name, got)
		}
		if name == "services" {
			continue
		}
		if _, err := try[None](p, "files.delete", FileName{name}); err == nil {
			t.Errorf("files.delete(%q) worked", name)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "secret" {
		t.Errorf("the file outside is %q, %v", text, err)
	}
	if f := ask[File](p, "files.read", FileName{".sdk/go.mod"}); !f.ReadOnly {
		t.Error("a file of the SDK is not read only")
	}
	put := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("image.png", []byte("\x89PNG\x00\xff"))
	put("large.txt", make([]byte, history.MaxText+1))
	for name, want := range map[string]string{"image.png": "file.binary", "large.txt": "file.large", "services": "file.folder"} {
		if _, err := try[File](p, "files.read", FileName{name}); code(err) != want {
			t.Errorf("files.read(%q) = %v, want %s", name, err, want)
		}
	}
	if _, err := s.WriteFile(t.Context(), FileEdit{Name: "x.txt", Text: strings.Repeat("x", history.MaxText+1)}); fault.KindOf(err) != fault.Limited {
		t.Errorf("WriteFile of a text that is too large = %v, want limited", err)
	}
}

func TestReplace(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial-finished")
	p := connect(t, s)
	found := ask[Found](p, "files.find", Find{Query: "crm", Word: true, Include: "*.go, *.yaml"})
	if len(found.Matches) < 3 || found.Files < 2 {
		t.Fatalf("files.find = %+v", found)
	}
	only := ask[Found](p, "files.find", Find{Query: "CRM", Case: true, Include: "connections"})
	if only.Files != 1 || only.Matches[0].Name != "connections/crm.yaml" {
		t.Errorf("files.find in a folder = %+v", only)
	}
	done := ask[Found](p, "files.replace", Find{Query: "CRM", Case: true, Replace: "Customers", Names: []string{"connections/crm.yaml", "services/users/users.go"}})
	if done.Files != 2 {
		t.Errorf("files.replace = %+v, want two files", done)
	}
	p.live()
	if f := ask[File](p, "files.read", FileName{"services/users/users.go"}); !strings.Contains(f.Text, `ctx.REST("Customers")`) {
		t.Errorf("the file after files.replace = %q", f.Text)
	}
	if v := ask[Versions](p, "history.list", FileName{"services/users/users.go"}).Versions; len(v) != 2 || v[0].Why != whyReplaced {
		t.Errorf("history.list after files.replace = %+v", v)
	}
	if got := ask[Found](p, "files.find", Find{Query: "customers"}); len(got.Matches) == 0 {
		t.Error("files.find does not find what was replaced")
	}
}

// TestCreateServices makes ten services in a row and calls each.
func TestCreateServices(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	p := connect(t, s)
	p.live()
	var made []ServiceCreated
	for _, name := range []string{
		"orders.Create", "orders", "Orders", "orders", "create invoice", "Customer", "reports.daily", "cmp", "tax rates", "HTTPProxy",
	} {
		got := ask[ServiceCreated](p, "services.create", ServiceName{name})
		made = append(made, got)
		f := ask[File](p, "files.read", FileName{got.File})
		if line := strings.Split(f.Text, "\n")[got.Line-1]; !strings.HasPrefix(line, "func "+strings.SplitN(got.Name, ".", 2)[1]+"(") {
			t.Errorf("line %d of %s is %q, want the function", got.Line, got.File, line)
		}
	}
	if made[0].Name != "orders.Create" || made[0].File != "services/orders/create.go" || made[1].Name != "orders.Get" || made[2].Name != "orders.List" {
		t.Errorf("the first three are %+v", made[:3])
	}
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := o.running()
	if err != nil {
		t.Fatal(err)
	}
	report, err := h.Report(t.Context())
	if err != nil || len(report.Faults) > 0 {
		t.Fatalf("Report = %v, %v", report.Faults, err)
	}
	for _, m := range made {
		got, err := h.Invoke(t.Context(), control.Invocation{Service: m.Name, Arguments: []string{"name=Mike"}})
		if err != nil || string(got.Output) != `{"greeting":"Hello Mike!"}` {
			t.Errorf("Invoke(%q) = %s, %v", m.Name, got.Output, err)
		}
	}
	for name, want := range map[string]string{"orders.Create": "service.exists", "a b!": "service.name"} {
		if _, err := try[ServiceCreated](p, "services.create", ServiceName{name}); code(err) != want {
			t.Errorf("services.create(%q) = %v, want %s", name, err, want)
		}
	}
}

func TestFolders(t *testing.T) {
	o := testOptions(t)
	s := newStudio(t, o)
	p := connect(t, s)
	first := ask[Suggestion](p, "project.suggest", Suggestion{Template: "tutorial"})
	if first.Name != "tutorial" || first.Dir != filepath.Join(o.Home, "mortise", "tutorial") {
		t.Errorf("project.suggest = %+v", first)
	}
	ask[Project](p, "project.create", NewProject{Dir: first.Dir, Template: "tutorial", Name: first.Name})
	if again := ask[Suggestion](p, "project.suggest", Suggestion{Template: "tutorial"}); again.Dir != first.Dir+"-2" {
		t.Errorf("project.suggest where the folder is taken = %+v", again)
	}
	list := ask[FolderList](p, "folders.list", Folder{filepath.Join(o.Home, "mortise")})
	if len(list.Folders) != 1 || !list.Folders[0].Project || list.Parent != o.Home {
		t.Errorf("folders.list = %+v", list)
	}
	for _, bad := range []string{"relative", filepath.Join(o.Home, "none")} {
		if _, err := try[FolderList](p, "folders.list", Folder{bad}); err == nil {
			t.Errorf("folders.list(%q) worked", bad)
		}
	}
	if _, err := try[Project](p, "project.open", Folder{o.Home}); code(err) != "project.unknown" {
		t.Errorf("project.open of a folder that is none = %v", err)
	}
	if hello := ask[Hello](p, "studio.hello", None{}); hello.Project == nil || hello.Project.Dir != first.Dir {
		t.Errorf("after a failed open the project is %+v, want the one before", hello.Project)
	}
	if _, err := try[Project](p, "project.environment", Environment{"prod"}); code(err) != "environment.unknown" {
		t.Errorf("project.environment = %v, want environment.unknown", err)
	}
	if _, err := try[Folder](p, "folders.pick", FolderPick{}); code(err) != "studio.dialog" {
		t.Errorf("folders.pick without a dialog = %v", err)
	}
}

// BenchmarkCall measures a call that does next to nothing, from frame to frame.
func BenchmarkCall(b *testing.B) {
	s := newStudio(b, testOptions(b))
	p := connect(b, s)
	for b.Loop() {
		p.end(p.begin("settings.read", None{}))
	}
}

// BenchmarkSave measures from the frame that saves a service until it is live.
func BenchmarkSave(b *testing.B) {
	s := newStudio(b, testOptions(b))
	newProject(b, s, "tutorial")
	p := connect(b, s)
	p.live()
	f := ask[File](p, "files.read", FileName{greeter})
	o, err := s.open()
	if err != nil {
		b.Fatal(err)
	}
	base := f.Hash
	for i := 0; b.Loop(); i++ {
		saved := ask[FileSaved](p, "files.write", FileEdit{Name: greeter, Base: base, Text: fmt.Sprintf("%s\n// %d\n", f.Text, i)})
		base = saved.Hash
		if err := o.settled(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
