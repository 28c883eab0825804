package config_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// rest is the config of a type of connection.
type rest struct {
	Address string
	Timeout time.Duration
	Tags    []string
}

func (c *rest) Fields(f *spec.Fields) {
	f.Text("address", &c.Address).Need().Help("Where it is.")
	f.Duration("timeout", &c.Timeout).Or("10s").Help("How long it may take.")
	f.Texts("tags", &c.Tags).Help("Words.")
}

func (c *rest) Check(p *spec.Problems) {
	if c.Timeout > time.Minute {
		p.Add("timeout", "rest.timeout", "%q is more than a minute", p.Path("timeout"))
	}
}

func parse(t *testing.T, file, text string) *config.Document {
	t.Helper()
	d, faults := config.ParseDocument(config.Connection, file, []byte(text))
	if len(faults) > 0 {
		t.Fatalf("ParseDocument(%q) found\n%v", text, faults)
	}
	return d
}

// report writes faults with their places and hints.
func report(faults fault.List) string {
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.At.String()+": "+f.Error()+" ["+f.Hint+"]")
	}
	return strings.Join(lines, "\n")
}

func TestDocument(t *testing.T) {
	d := parse(t, "connections/crm.yaml", "# the CRM\nname: The CRM\ntype: rest\nenabled: false\ndescription: ours\naddress: http://a\ntimeout: 5s\n")
	if d.Name != "The CRM" || d.Type != "rest" || d.Enabled || d.Description != "ours" || d.At.Line != 2 {
		t.Errorf("ParseDocument = %+v", d)
	}
	var c rest
	if faults := d.Decode(&c); len(faults) > 0 || c.Address != "http://a" || c.Timeout != 5*time.Second {
		t.Errorf("Decode = %+v, %v", c, faults)
	}
	if at := d.Place("timeout"); at.Line != 7 || at.Column != 10 {
		t.Errorf("Place(timeout) = %v, want 7:10", at)
	}
	d = parse(t, "connections/sub/crm.yaml", "type: rest\n")
	if d.Name != "crm" || !d.Enabled {
		t.Errorf("ParseDocument without a name = %q, enabled %v, want crm, true", d.Name, d.Enabled)
	}
	c = rest{}
	want := `connections/sub/crm.yaml:1:1: "address" is missing [it is a text]`
	if got := report(d.Decode(&c)); got != want {
		t.Errorf("Decode found\n%s\nwant\n%s", got, want)
	}
}

func TestDocumentFaults(t *testing.T) {
	tests := []struct{ name, kind, file, text, want string }{
		{"no type", config.Channel, "channels/a.yaml", "path: /x\n", `channels/a.yaml:1:1: "type" is missing [it is a text]`},
		{"a job has none", config.Job, "jobs/a.yaml", "type: x\n", `jobs/a.yaml:1:1: unknown key "type" [there is "name", "enabled"`},
		{
			"bad name", config.Channel, "channels/a.yaml", "type: rest\nname: a/b\n",
			`channels/a.yaml:2:7: the name "a/b" consists of letters, digits, spaces and . _ -, and a letter or digit is at both ends []`,
		},
		{
			"bad file name", config.Channel, "channels/ä.yaml", "type: rest\n",
			`channels/ä.yaml:1:1: the name "ä" consists of letters, digits, spaces and . _ -, and a letter or digit is at both ends [rename the file, or write "name: …" into it]`,
		},
		{
			"mistyped common key", config.Connection, "connections/a.yaml", "type: rest\nenabld: true\naddress: x\ntimeout: 2m\n",
			`connections/a.yaml:2:1: unknown key "enabld" [did you mean "enabled"?]`,
		},
		{
			"check", config.Connection, "connections/a.yaml", "type: rest\naddress: x\ntimeout: 2m\n",
			`connections/a.yaml:3:10: "timeout" is more than a minute []`,
		},
		{
			"not enabled or disabled", config.Connection, "connections/a.yaml", "type: [a]\nenabled: maybe\naddress: x\n",
			"connections/a.yaml:1:7: \"type\" is a text, not a list []\nconnections/a.yaml:2:10: \"enabled\" is true or false, not \"maybe\" []",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, faults := config.ParseDocument(tt.kind, tt.file, []byte(tt.text))
			if d != nil {
				faults = append(faults, d.Decode(&rest{Address: "set"})...)
			}
			if got := report(faults[:min(len(faults), 2)]); !strings.HasPrefix(got, tt.want) {
				t.Errorf("ParseDocument and Decode found\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestHash(t *testing.T) {
	base := parse(t, "connections/crm.yaml", "type: rest\naddress: http://a\ntags: [a, b]\n").Hash
	same := []string{
		"# comment\ntags:\n  - 'a'\n  - \"b\"\naddress: http://a # here\ntype: rest\n",
		"type: rest\nname: crm\nenabled: true\ndescription: x\naddress: http://a\ntags: [a, b]\n",
	}
	for _, text := range same {
		if got := parse(t, "connections/crm.yaml", text).Hash; got != base {
			t.Errorf("the hash of\n%sdiffers, want the same", text)
		}
	}
	other := []string{
		"type: rest\naddress: http://b\ntags: [a, b]\n", "type: rest\naddress: http://a\ntags: [b, a]\n",
		"type: rest\naddress: http://a\n", "type: rest\naddress: http://a\ntags: [a, b]\nenabled: false\n",
		"type: rest\naddress: http://a\ntags: [a, b]\nname: x\n", "type: soap\naddress: http://a\ntags: [a, b]\n",
	}
	for _, text := range other {
		if got := parse(t, "connections/crm.yaml", text).Hash; got == base {
			t.Errorf("the hash of\n%sis the same, want another", text)
		}
	}
}

// assemble makes a project of texts by file name.
func assemble(t *testing.T, overlay string, files map[string]string) (*config.Project, fault.List) {
	t.Helper()
	main, faults := config.ParseMain("mortise.yaml", []byte(files["mortise.yaml"]))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	parts := config.Parts{Name: "demo", Main: main, Source: config.NewFiles(nil)}
	if overlay != "" {
		if parts.Overlay, faults = config.ParseOverlay("environments/prod.yaml", []byte(overlay)); len(faults) > 0 {
			return nil, faults
		}
	}
	for file, text := range files {
		if file != "mortise.yaml" {
			parts.Documents = append(parts.Documents, parse(t, file, text))
		}
	}
	return config.Assemble(parts)
}

func TestOverlay(t *testing.T) {
	files := map[string]string{
		"mortise.yaml":          "timeout: 5s\nconfig:\n  region: eu\n  mail: {from: a, to: b}\n  host: ${env:HOST}\n",
		"connections/crm.yaml":  "name: CRM\ntype: rest\naddress: http://a\ntimeout: 5s\n",
		"connections/bill.yaml": "type: rest\naddress: http://a\n",
	}
	overlay := "config:\n  mail: {to: c}\nobjects:\n  connections/CRM:\n    address: 5\n    timeout: soon\n  connections/bill: {enabled: false}\n"
	p, faults := assemble(t, overlay, files)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	crm, ok := p.Find(config.Connection, "CRM")
	if !ok || p.Timeout != 5*time.Second || p.Name != "demo" || p.Environment != "prod" {
		t.Fatalf("Assemble = %+v", p)
	}
	var c rest
	if got, want := report(crm.Decode(&c)), `environments/prod.yaml:6:14: "timeout" is a time span`; !strings.HasPrefix(got, want) {
		t.Errorf("Decode found\n%s\nwant %s", got, want)
	}
	if at := crm.Place("address"); at.File != "environments/prod.yaml" || at.Line != 5 {
		t.Errorf("Place(address) = %v, want that in the environment", at)
	}
	if at := crm.At; at.File != "connections/crm.yaml" || at.Line != 1 {
		t.Errorf("At = %v, want that in the project", at)
	}
	if bill, _ := p.Find(config.Connection, "bill"); bill.Enabled {
		t.Error("the environment disables bill, and it is enabled")
	}
	for path, want := range map[string]string{"region": `"eu"`, "mail.to": `"c"`, "mail": `{"from":"a","to":"c"}`, "none": ""} {
		if got, _ := p.Settings.Lookup(path); string(got) != want {
			t.Errorf("Lookup(%q) = %s, want %s", path, got, want)
		}
	}
	filled, faults := p.Settings.Expand(spec.Lookup("", func(string) (string, bool) { return "h", true }))
	if got, _ := filled.Lookup("host"); string(got) != `"h"` || len(faults) > 0 {
		t.Errorf("Expand gave the host %s, %v, want h", got, faults)
	}
	_, faults = p.Settings.Expand(spec.Lookup("", func(string) (string, bool) { return "", false }))
	if got, want := report(faults), `mortise.yaml:5:9: a setting: the environment has no variable "HOST" [set it where the server starts]`; got != want {
		t.Errorf("Expand found %s, want %s", got, want)
	}
}

func TestOverlayFaults(t *testing.T) {
	files := map[string]string{"connections/crm.yaml": "name: CRM\ntype: rest\naddress: http://a\n"}
	for overlay, want := range map[string]string{
		"objects:\n  connections/CMR: {address: x}\n": `environments/prod.yaml:2:3: the environment "prod" changes the connection "CMR", which the project does not have [did you mean "CRM"?]`,
		"objects:\n  conections/CRM: {address: x}\n":  `environments/prod.yaml:2:3: "conections/CRM" names no object of a project [write the folder and the name: "connections/CRM"]`,
		"objects:\n  connections/CRM: {name: x}\n":    `environments/prod.yaml:2:21: an environment cannot change the name of "CRM"`,
		"objects: [a]\n": `environments/prod.yaml:1:10: "objects" is an object of names and changes`,
		"config: [a]\n":  `environments/prod.yaml:1:9: "config" is an object of settings`,
		"confg: {}\n":    `environments/prod.yaml:1:1: unknown key "confg" [did you mean "config"?]`,
		"objects:\n  connections/CRM: {enabled: q}\n": `environments/prod.yaml:2:30: "enabled" is true or false, not "q" []`,
	} {
		_, faults := assemble(t, overlay, files)
		got := report(faults)
		if want = strings.ReplaceAll(want, `the name of "CRM"`, `the name of "connections/CRM"`); !strings.HasPrefix(got, want) {
			t.Errorf("the environment\n%sfound\n%s\nwant\n%s", overlay, got, want)
		}
	}
}

func TestDuplicate(t *testing.T) {
	_, faults := assemble(t, "", map[string]string{
		"connections/a.yaml": "name: CRM\ntype: rest\n", "connections/b.yaml": "type: rest\nname: CRM\n",
	})
	want := `connections/b.yaml:2:7: the connection "CRM" is described twice [the other one is in connections/a.yaml:1:7; rename one of them]`
	if got := report(faults); got != want {
		t.Errorf("Assemble found\n%s\nwant\n%s", got, want)
	}
}

func TestDiff(t *testing.T) {
	file := func(address string) string { return "type: rest\naddress: " + address + "\n" }
	old, _ := assemble(t, "", map[string]string{
		"connections/a.yaml": file("1"), "connections/b.yaml": file("1"), "connections/c.yaml": file("1"),
	})
	next, _ := assemble(t, "", map[string]string{
		"connections/b.yaml": file("1"), "connections/c.yaml": file("2"), "connections/d.yaml": file("1"),
	})
	want := []config.Change{
		{Kind: "connection", Name: "a", What: config.Removed},
		{Kind: "connection", Name: "b", What: config.Same},
		{Kind: "connection", Name: "c", What: config.Changed},
		{Kind: "connection", Name: "d", What: config.Added},
	}
	got := config.Diff(old, next)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
	r := config.Report{Objects: got}
	if s := r.String(); s != "1 added, 1 changed, 1 removed, 1 same" {
		t.Errorf("Report.String() = %q", s)
	}
	if got := config.Diff(nil, old); len(got) != 3 || got[0].What != config.Added {
		t.Errorf("Diff with nothing = %v, want three added", got)
	}
}

func TestDescriptions(t *testing.T) {
	if problems := spec.Lint(&config.Main{}); len(problems) > 0 {
		t.Errorf("Lint of mortise.yaml = %q, want nothing", problems)
	}
	_, faults := config.ParseMain("mortise.yaml", []byte("name: a/b\nworkers: {memory: 1KB}\nconfig: [1]\ntimeout: 0s\n"))
	for _, want := range []string{
		`mortise.yaml:2:19: "workers.memory" is a size`, `mortise.yaml:4:10: "timeout" is a time span`,
		`mortise.yaml:1:7: the name "a/b"`, `mortise.yaml:3:9: "config" is an object of settings`,
	} {
		if !strings.Contains(faults.Error(), want) {
			t.Errorf("ParseMain found\n%v\nwant %s", faults, want)
		}
	}
}

func TestFiles(t *testing.T) {
	files := config.NewFiles([]config.File{
		config.NewFile("go.mod", []byte("module demo\n")),
		config.NewFile("services/users/users.go", []byte("package users\n")),
		config.NewFile("services/users/more.go", []byte("package users\n")),
		config.NewFile("services/a.go", nil),
	})
	if err := fstest.TestFS(files, "go.mod", "services/users/users.go", "services/users/more.go", "services/a.go"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(config.NewFiles(nil)); err != nil {
		t.Error(err)
	}
	if config.NewFiles(nil).Hash() == files.Hash() {
		t.Error("the hash of nothing is that of something")
	}
}
