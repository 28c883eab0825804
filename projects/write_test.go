package projects_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

type ctxType = context.Context

// rest is the config of an object to save.
type rest struct {
	Address string
	Pass    spec.Secret
}

func (c *rest) Fields(f *spec.Fields) {
	f.Text("address", &c.Address).Need().Help("Where it is.")
	f.Secret("password", &c.Pass).Help("What it asks for.")
}

func TestWriteObject(t *testing.T) {
	p := open(t, "")
	o := projects.Object{Kind: config.Connection, Type: "rest", Name: "The CRM", Config: &rest{Address: "http://a", Pass: spec.Secret{Name: "crm/password"}}}
	file, err := p.WriteObject(o)
	if err != nil || file != "connections/the-crm.yaml" {
		t.Fatalf("WriteObject = %q, %v", file, err)
	}
	read := func() string {
		data, err := os.ReadFile(filepath.Join(p.Root(), file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got, want := read(), "name: The CRM\ntype: rest\naddress: http://a\npassword: {secret: crm/password}\n"; got != want {
		t.Errorf("WriteObject wrote\n%swant\n%s", got, want)
	}
	if _, err := p.WriteObject(o); fault.KindOf(err) != fault.Conflict {
		t.Errorf("WriteObject of a new object over another = %v, want Conflict", err)
	}
	write(t, p, file, "# ours\ntype: rest # of course\n\nname: The CRM\naddress: http://a\n")
	o.File, o.Config, o.Description = file, &rest{Address: "http://b"}, "new"
	if _, err := p.WriteObject(o); err != nil {
		t.Fatal(err)
	}
	if got, want := read(), "# ours\ntype: rest # of course\ndescription: new\n\nname: The CRM\naddress: http://b\n"; got != want {
		t.Errorf("WriteObject wrote\n%swant\n%s", got, want)
	}
	if doc, ok := load(t, p).Find(config.Connection, "The CRM"); !ok || doc.Description != "new" {
		t.Errorf("Load after WriteObject = %+v, %v", doc, ok)
	}
}

func TestWriteFileStaysInside(t *testing.T) {
	p := open(t, "")
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(p.Root(), "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "../x", "/etc/x", "a/../../x", "link/x", "link/deep/x", "a//b"} {
		if err := p.WriteFile(name, []byte("x")); fault.KindOf(err) != fault.Invalid {
			t.Errorf("WriteFile(%q) = %v, want Invalid", name, err)
		}
	}
	if entries, err := os.ReadDir(outside); len(entries) > 0 || err != nil {
		t.Errorf("outside stands %v, %v", entries, err)
	}
	if err := p.WriteFile("services/new/deep/x.go", []byte("package deep\n")); err != nil {
		t.Error(err)
	}
	if err := p.Remove("services/none.go"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Remove of nothing = %v, want NotFound", err)
	}
}
