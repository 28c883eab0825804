package spec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// server is a config with one field of every kind.
type server struct {
	Host    string
	Port    int
	Ratio   float64
	Active  bool
	Timeout time.Duration
	Since   time.Time
	Body    int64
	Auth    string
	User    string
	Pass    spec.Secret
	Tags    []string
	Headers map[string]string
	Extra   json.RawMessage
	Guard   spec.Ref
	TLS     tls
}

type tls struct {
	CA     string
	Verify bool
}

func (c *tls) Fields(f *spec.Fields) {
	f.Text("ca", &c.CA).Help("File with the authorities.")
	f.Bool("verify", &c.Verify).Or(true).Help("Whether certificates are checked.")
}

func (c *tls) Check(p *spec.Problems) {
	if c.CA != "" && !c.Verify {
		p.Add("ca", "tls.ca", "%q has no use where nothing is verified", p.Path("ca"))
	}
}

func (c *server) Fields(f *spec.Fields) {
	f.Text("host", &c.Host).Need().Match(`[a-z.${}]+`).Help("Name of the server.")
	f.Int("port", &c.Port).Or(5432).Range(1, 65535).Help("TCP port of the server.")
	f.Float("ratio", &c.Ratio).Range(0, 1).Help("How many of a whole.")
	f.Bool("active", &c.Active).Help("Whether it is.")
	f.Duration("timeout", &c.Timeout).Or("10s").Range("100ms", "1h").Help("How long a request may take.")
	f.Time("since", &c.Since).Help("From when on.")
	f.Size("body_limit", &c.Body).Or("10MiB").Range(0, "1GiB").Help("The most that is read.")
	f.Choice("auth", &c.Auth, spec.Choice{Value: "none"}, spec.Choice{Value: "basic", Title: "Basic Auth"}).Or("none").Help("How it knows us.")
	f.Text("user", &c.User).Need().When("auth", "basic").Help("Name of the role.")
	f.Secret("password", &c.Pass).Need().When("auth", "basic").Help("Password of the role.")
	f.Texts("tags", &c.Tags).Range(0, 3).Help("Words to find it by.")
	f.Map("headers", &c.Headers).Help("Sent with each request.")
	f.JSON("extra", &c.Extra).Help("Anything.")
	f.Ref("security", &c.Guard, "security").Help("Who may.")
	f.Group("tls", &c.TLS).Help("The encryption.")
}

// decode parses and decodes a document.
func decode(t *testing.T, text string, d spec.Described) fault.List {
	t.Helper()
	n, faults := spec.Parse([]byte(text), "connections/crm.yaml")
	if len(faults) > 0 {
		return faults
	}
	return spec.Decode(n, "connections/crm.yaml", d)
}

func TestDecode(t *testing.T) {
	text := `
host: db.example
port: 1_234
ratio: 0.5
active: true
timeout: 1m30s
since: 2026-11-30T08:00:00Z
body_limit: 64KiB
auth: basic
user: 1234
password: {secret: crm/password}
tags: [a, b]
headers: &h
  X-One: 1
  X-Two: two
extra:
  z: [1, 2.50, null, yes, "no"]
  a: *h
security: Key
tls: {verify: false}
`
	var c server
	if faults := decode(t, text, &c); len(faults) > 0 {
		t.Fatalf("Decode found %v, want nothing", faults)
	}
	at := func(line, column int) fault.Position {
		return fault.Position{File: "connections/crm.yaml", Line: line, Column: column}
	}
	want := server{
		Host: "db.example", Port: 1234, Ratio: 0.5, Active: true, Timeout: 90 * time.Second,
		Since: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), Body: 64 << 10, Auth: "basic", User: "1234",
		Pass: spec.Secret{Name: "crm/password", At: at(11, 11)}, Tags: []string{"a", "b"},
		Headers: map[string]string{"X-One": "1", "X-Two": "two"},
		Extra:   json.RawMessage(`{"z":[1,2.50,null,"yes","no"],"a":{"X-One":1,"X-Two":"two"}}`),
		Guard:   spec.Ref{Name: "Key", At: at(19, 11)},
	}
	opt := cmp.Comparer(func(a, b spec.Secret) bool { return a == b })
	if diff := cmp.Diff(want, c, opt); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
	out, err := spec.Encode(&c)
	if err != nil {
		t.Fatal(err)
	}
	var again server
	if faults := decode(t, string(out), &again); len(faults) > 0 {
		t.Fatalf("Decode of what Encode wrote found %v in\n%s", faults, out)
	}
	again.Pass, again.Guard = want.Pass, want.Guard // the places moved
	if diff := cmp.Diff(want, again, opt); diff != "" {
		t.Errorf("Encode and Decode (-want +got):\n%s\n%s", diff, out)
	}
}

func TestDefaults(t *testing.T) {
	var c server
	if faults := decode(t, "host: a\nport:\n", &c); len(faults) > 0 {
		t.Fatalf("Decode found %v, want nothing", faults)
	}
	if c.Port != 5432 || c.Timeout != 10*time.Second || c.Body != 10<<20 || c.Auth != "none" || !c.TLS.Verify {
		t.Errorf("Decode gave the defaults %+v", c)
	}
	out, err := spec.Encode(&c)
	if want := "host: a\n"; string(out) != want || err != nil {
		t.Errorf("Encode of defaults = %q, %v, want %q", out, err, want)
	}
}

func TestDecodeFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"all at once", "host: A\nport: abc\ntimout: 5s\nauth: basik\n", `
connections/crm.yaml:1:7: "host" does not have the form [a-z.${}]+: "A"
connections/crm.yaml:2:7: "port" is a whole number from 1 to 65535, not "abc"
connections/crm.yaml:3:1: unknown key "timout" [did you mean "timeout"?]
connections/crm.yaml:4:7: "auth" is "none" or "basic", not "basik" [did you mean "basic"?]`},
		{"range", "host: a\nport: 70000\ntimeout: 2h\nbody_limit: 2GiB\nratio: 1.5\ntags: [a, b, c, d]", `
connections/crm.yaml:2:7: "port" is a whole number from 1 to 65535, not 70000
connections/crm.yaml:3:10: "timeout" is a time span such as "10s" from 100ms to 1h, not 2h
connections/crm.yaml:4:13: "body_limit" is a size such as "10MB" from 0B to 1GiB, not 2GiB
connections/crm.yaml:5:8: "ratio" is a number from 0 to 1, not 1.5
connections/crm.yaml:6:7: "tags" is a list of texts with a number of entries from 0 to 3, not 4`},
		{"missing", "port: 1", `
connections/crm.yaml:1:1: "host" is missing [it is a text]`},
		{"empty", "host: ''\n", `
connections/crm.yaml:1:1: "host" is empty [it is a text]`},
		{"conditional", "host: a\nauth: basic\n", `
connections/crm.yaml:1:1: "user" is missing [it is a text]
connections/crm.yaml:1:1: "password" is missing [it is a reference to a secret]`},
		{"does not apply", "host: a\nuser: me\n", `
connections/crm.yaml:2:1: "user" has no meaning here: it applies only where "auth" is "basic" [leave it out]`},
		{"kinds", "host: [a]\nport: '5'\nactive: maybe\ntimeout: 10\nsince: soon\nextra: .nan\nheaders: x\nsecurity: {a: 1}\ntls: 5\nratio: .inf", `
connections/crm.yaml:1:7: "host" is a text, not a list
connections/crm.yaml:2:7: "port" is a whole number from 1 to 65535, not the text "5" [leave the quotes out]
connections/crm.yaml:3:9: "active" is true or false, not "maybe"
connections/crm.yaml:4:10: "timeout" is a time span such as "10s" from 100ms to 1h, not "10" [write a number and a unit: "500ms", "10s", "5m", "2h", "1d"]
connections/crm.yaml:5:8: "since" is a moment such as "2026-11-30T08:00:00Z", not "soon"
connections/crm.yaml:6:8: "extra" is a value that JSON can hold, not ".nan"
connections/crm.yaml:7:10: "headers" is an object of names and texts, not "x"
connections/crm.yaml:8:11: "security" is the name of a security, not an object
connections/crm.yaml:9:6: "tls" is an object of keys and values, not "5"
connections/crm.yaml:10:8: "ratio" is a number from 0 to 1, not ".inf"`},
		{"plain secret", "host: a\nauth: basic\nuser: b\npassword: hunter2", `
connections/crm.yaml:4:11: "password" is a secret, and its value does not belong into a file [store it with "mortise secret set crm/password" and write {secret: crm/password} here]`},
		{"bad secret name", "host: a\nauth: basic\nuser: b\npassword: {secret: ../x}", `
connections/crm.yaml:4:11: "password" names a secret as {secret: NAME}, with letters, digits and . _ - / in the name [store it with "mortise secret set crm/password" and write {secret: crm/password} here]`},
		{"check of a group", "host: a\ntls:\n  ca: x\n  verify: false\n", `
connections/crm.yaml:3:7: "tls.ca" has no use where nothing is verified`},
		{"unknown in a group", "host: a\ntls:\n  verfy: false\n", `
connections/crm.yaml:3:3: unknown key "tls.verfy" [did you mean "verify"?]`},
		{"octal", "host: a\nport: 0755", `
connections/crm.yaml:2:7: "port" is a whole number from 1 to 65535, not "0755"`},
		{"not an object", "- a\n", `
connections/crm.yaml:1:1: the document is an object of keys and values, not a list`},
		{"duplicates", "host: a\nhost: b\nextra: {x: 1, x: 2}", `
connections/crm.yaml:2:1: "host" stands here twice [the first one is in line 1; keep one of them]
connections/crm.yaml:3:15: "x" stands here twice [the first one is in line 3; keep one of them]`},
		{"merge", "host: &a {}\nextra:\n  <<: *a\n", `
connections/crm.yaml:3:3: "<<" merges another object, which is not supported [write the keys out]`},
		{"tags and keys", "host: !!binary aGk=\n[a]: b\nextra: !own x\n", `
connections/crm.yaml:1:7: the tag "!!binary" means nothing here [leave it out]
connections/crm.yaml:2:1: a key is a text, not a list
connections/crm.yaml:3:8: the tag "!own" means nothing here [leave it out]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c server
			var got strings.Builder
			for _, f := range decode(t, tt.text, &c) {
				fmt.Fprintf(&got, "\n%s: %s", f.At, f)
				if f.Hint != "" {
					fmt.Fprintf(&got, " [%s]", f.Hint)
				}
				if f.Code == "" || f.Kind != fault.Invalid {
					t.Errorf("fault %q has the code %q and the kind %v", f, f.Code, f.Kind)
				}
			}
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("Decode of\n%s\nfound (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParse(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i)
	}
	tests := []struct{ name, text, code, what string }{
		{"alias bomb", bomb, "yaml.large", "holds too much"},
		{"own alias", "a: &a [*a]\n", "yaml", ""},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "yaml", ""},
		{"large", strings.Repeat("#", spec.MaxDocument+1), "yaml.large", "may have 1MiB"},
		{"syntax", "a: 1\n b: 2\n", "yaml.syntax", ""},
		{"tab", "a:\n\tb: 1\n", "yaml.syntax", ""},
		{"two documents", "a: 1\n---\nb: 2\n", "yaml.syntax", ""},
		{"not UTF-8", "a: \xff\xfe\n", "yaml.encoding", ""},
		{"unknown anchor", "a: *b\n", "yaml.syntax", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := spec.Parse([]byte(tt.text), "x.yaml")
			if len(faults) == 0 || !strings.HasPrefix(faults[0].Code, tt.code) || !strings.Contains(faults[0].What, tt.what) {
				t.Fatalf("Parse found %v, want a fault %q that says %q", faults, tt.code, tt.what)
			}
			t.Logf("%s", faults[0].Report())
		})
	}
	for _, text := range []string{"", "# nothing\n", "---\n", "{}", "null\n", "\ufeffa: 1\n", "a: 1\r\nb: 2\r\n"} {
		if n, faults := spec.Parse([]byte(text), "x.yaml"); len(faults) > 0 || n == nil {
			t.Errorf("Parse(%q) = %v, %v, want an object", text, n, faults)
		}
	}
}

func TestSecretNeverShows(t *testing.T) {
	c := server{Host: "a", Pass: spec.NewSecret("crm/password", "hunter2")}
	c.Pass.Resolve("hunter2", "v1")
	hidden := struct{ s spec.Secret }{c.Pass}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "secret", c.Pass, "pointer", &c.Pass)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "secret", c.Pass, "pointer", &c.Pass)
	data, err := json.Marshal(map[string]any{"c": c, "p": &c.Pass})
	texts := []string{log.String(), string(data), string(spec.Redacted(&c))}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p", "%T"} {
		texts = append(texts, fmt.Sprintf(verb, c), fmt.Sprintf(verb, c.Pass), fmt.Sprintf(verb, &c.Pass), fmt.Sprintf(verb, hidden))
	}
	for _, s := range texts {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
			t.Errorf("the secret shows in %q", s)
		}
	}
	if err != nil || c.Pass.Value() != "hunter2" || c.Pass.Version() != "v1" {
		t.Errorf("Value() = %q, Version() = %q, %v", c.Pass.Value(), c.Pass.Version(), err)
	}
}

func TestExpand(t *testing.T) {
	var c server
	text := "host: ${env:HOST}\ntags: ['a${self}b', '$${self}']\nheaders: {A: '${env:NONE}', B: '${slef}', C: '${x'}\n"
	n, faults := spec.Parse([]byte(text), "x.yaml")
	if faults = append(faults, spec.Decode(n, "x.yaml", &c)...); len(faults) > 0 {
		t.Fatalf("Decode found %v", faults)
	}
	env := func(name string) (string, bool) { return "UPPER", name == "HOST" }
	faults = spec.Expand(n, "x.yaml", &c, spec.Lookup("http://h:1", env))
	if diff := cmp.Diff([]string{"ahttp://h:1b", "${self}"}, c.Tags); diff != "" {
		t.Errorf("Expand (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		`x.yaml:1:7: "host" does not have the form`, `x.yaml:3:10: "headers": the environment has no variable "NONE"`,
		`unknown placeholder "${slef}"`, `has no end`,
	} {
		if !strings.Contains(faults.Error(), want) {
			t.Errorf("Expand found\n%v\nwant %q", faults, want)
		}
	}
}

func TestRefsAndSecrets(t *testing.T) {
	var c server
	if faults := decode(t, "host: a\nauth: basic\nuser: u\npassword: {secret: a/b}\nsecurity: Key\n", &c); len(faults) > 0 {
		t.Fatal(faults)
	}
	refs, secrets := spec.Refs(&c), spec.Secrets(&c)
	if len(refs) != 1 || refs[0].Kind != "security" || refs[0].Key != "security" || refs[0].Ref.Name != "Key" {
		t.Errorf("Refs = %+v, want the security Key", refs)
	}
	if len(secrets) != 1 || secrets[0] != &c.Pass {
		t.Errorf("Secrets = %v, want the password", secrets)
	}
}

func TestDescribe(t *testing.T) {
	if problems := spec.Lint(&server{}); len(problems) > 0 {
		t.Errorf("Lint = %q, want nothing", problems)
	}
	infos := spec.Describe(&server{})
	if got := infos[4]; got.Key != "timeout" || string(got.Default) != `"10s"` || got.Min != "100ms" || got.Max != "1h" {
		t.Errorf("Describe of the timeout = %+v", got)
	}
	if got := infos[14].Fields; len(got) != 2 || got[1].Key != "verify" {
		t.Errorf("Describe of the group = %+v", got)
	}
	if _, err := json.Marshal(spec.Schema(&server{})); err != nil {
		t.Error(err)
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "1m30s": 90 * time.Second, "2d": 48 * time.Hour,
		"1d12h": 36 * time.Hour, "0": 0, "5m": 5 * time.Minute, "2h": 2 * time.Hour,
	} {
		got, err := spec.ParseDuration(text)
		if got != want || err != nil {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
		if back := spec.FormatDuration(got); back != text && text != "0" {
			t.Errorf("FormatDuration(%v) = %q, want %q", got, back, text)
		}
	}
	for text, want := range map[string]int64{"10MB": 1e7, "64KiB": 64 << 10, "1.5 GB": 15e8, "100": 100, "1 mib": 1 << 20} {
		if got, err := spec.ParseSize(text); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "x", "-1", "1XB", "9999999999999TB", "1e5", "NaN", "MB"} {
		if got, err := spec.ParseSize(bad); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", bad, got)
		}
	}
	for _, bad := range []string{"", "5", "-1d", "1d-5h", "d", "99999999d", "1.5d"} {
		if got, err := spec.ParseDuration(bad); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", bad, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, ok := range []string{"a", "CRM", "Order in", "a.b-c_d 1"} {
		if err := spec.CheckName(ok); err != nil {
			t.Errorf("CheckName(%q) = %v, want nil", ok, err)
		}
	}
	for _, bad := range []string{"", " a", "a/b", "ä", "..", "-a", "a\n", strings.Repeat("a", 101)} {
		if err := spec.CheckName(bad); err == nil {
			t.Errorf("CheckName(%q) = nil, want an error", bad)
		}
	}
	for _, bad := range []string{"", "/a", "a//b", "../a", "a b", "a/.."} {
		if err := spec.CheckSecretName(bad); err == nil {
			t.Errorf("CheckSecretName(%q) = nil, want an error", bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "host: a", "a: &a [*a]", "host: !!int x\nport: 0x1F\n<<: {}", "extra: {a: [1, .5, 1e400, 0o17, ~]}",
		"headers: {a: b}\ntls:\n  ca: x\n", "password: {secret: a/b}", "? [a]\n: b", "timeout: 1d\nsince: 2026-01-01", "a: |\n x\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, faults := spec.Parse(data, "x.yaml")
		if len(faults) > 0 {
			return
		}
		if _, err := spec.ToJSON(n); err != nil && errors.Is(err, errors.ErrUnsupported) {
			t.Fatal(err)
		}
		var c server
		if faults := spec.Decode(n, "x.yaml", &c); len(faults) > 0 {
			for _, e := range faults {
				if e.At.Line == 0 || e.What == "" {
					t.Fatalf("Decode of %q found %+v without a place", data, e)
				}
			}
			return
		}
		out, err := spec.Encode(&c)
		if err != nil {
			t.Fatal(err)
		}
		var again server
		if faults := decode(t, string(out), &again); len(faults) > 0 {
			t.Fatalf("Decode of\n%s\nfound %v", out, faults)
		}
		if back, err := spec.Encode(&again); err != nil || string(back) != string(out) {
			t.Fatalf("Encode of %q gave\n%s\nthen\n%s", data, out, back)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte("host: db.example\nport: 1234\nauth: basic\nuser: me\npassword: {secret: a/b}\ntags: [a, b]\ntls: {verify: false}\n")
	b.ReportAllocs()
	for b.Loop() {
		n, _ := spec.Parse(text, "x.yaml")
		var c server
		spec.Decode(n, "x.yaml", &c)
	}
}
