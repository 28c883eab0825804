package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs one command in a folder of its own.
func run(t *testing.T, dir, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), Env{
		Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Dir: dir,
		ConfigDir: filepath.Join(dir, "config"), CacheDir: filepath.Join(dir, "cache"), Lookup: func(string) (string, bool) { return "", false },
	})
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{nil, OK, "Usage: mortise", ""},
		{[]string{"--help"}, OK, "Usage: mortise", ""},
		{[]string{"serve", "--help"}, OK, "--listen", ""},
		{[]string{"version"}, OK, "mortise dev\n", ""},
		{[]string{"servee"}, Usage, "", `did you mean "serve"?`},
		{[]string{"serve", "--lisen", "x"}, Usage, "", "hint: mortise serve --help"},
		{[]string{"serve", "--engine", "nonsense"}, Usage, "", `"nonsense" is no way to run services: it must be one of auto, interpreted, compiled`},
		{[]string{"invoke", "a.B", "--engine=nonsense"}, Usage, "", `must be one of auto, interpreted, compiled`},
		{[]string{"run", "not-there.go"}, Refused, "", "hint: name a Go file"},
		{[]string{"run", "."}, Refused, "", "hint: name the file"},
		{[]string{"invoke"}, Usage, "", "<service>"},
		{[]string{"serve", "nowhere"}, Failed, "", "nowhere"},
		{[]string{"check", "nowhere"}, Failed, "", "nowhere"},
		{[]string{"logs", "--project", "nowhere"}, Unreachable, "", "is not running"},
		{[]string{"run-job", "x"}, Unreachable, "", "hint: start it with mortise serve"},
		{[]string{"state", "--server", "http://127.0.0.1:1"}, Usage, "", "unexpected argument"},
		{[]string{"apply", "--server", "http://127.0.0.1:1"}, Failed, "", "no token"},
		{[]string{"invoke", "a.B", `{"name":`}, Failed, "", "as JSON"},
		{[]string{"invoke", "a.B", "@nothing.json"}, Failed, "", "nothing.json"},
		{[]string{"new", "x", "--template", "tutorail"}, Failed, "", `did you mean "tutorial"?`},
	} {
		code, out, errs := run(t, dir, "", tt.args...)
		if code != tt.code || !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) {
			t.Errorf("mortise %s: code %d\nstdout: %s\nstderr: %s\nwant %d, %q, %q", strings.Join(tt.args, " "), code, out, errs, tt.code, tt.stdout, tt.stderr)
		}
	}
}

func TestInput(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.json"), []byte("{\"a\": 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args  []string
		json  string
		pairs string
		fails bool
	}{
		{nil, "", "", false},
		{[]string{"name=Mike"}, "", "name=Mike", false},
		{[]string{"a=1", "b:=2"}, "", "a=1 b:=2", false},
		{[]string{`{"a":"x=y"}`}, `{"a":"x=y"}`, "", false},
		{[]string{"[1, 2]"}, "[1, 2]", "", false},
		{[]string{`"a=b"`}, `"a=b"`, "", false},
		{[]string{"-"}, `{"from":"stdin"}`, "", false},
		{[]string{"@in.json"}, `{"a": 1}`, "", false},
		{[]string{"@in=.json"}, "", "", true},
		{[]string{"Mike"}, "", "", true},
		{[]string{"{"}, "", "", true},
	} {
		env := Env{Stdin: strings.NewReader(` {"from":"stdin"} `), Dir: dir}
		raw, got, err := env.input(tt.args)
		if (err != nil) != tt.fails || string(raw) != tt.json || strings.Join(got, " ") != tt.pairs {
			t.Errorf("input(%q) = %s, %q, %v, want %s, %q", tt.args, raw, got, err, tt.json, tt.pairs)
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	if code, out, errs := run(t, dir, "", "new", "demo", "--template", "tutorial-finished"); code != OK || !strings.Contains(out, "mortise serve demo") {
		t.Fatalf("new: %d\n%s%s", code, out, errs)
	}
	steps := []struct {
		stdin string
		args  string
		code  int
		out   string
	}{
		{"", "secret list --project demo", OK, "tutorial/api-key\n"},
		{"pass word\n", "secret set crm/password --project demo", OK, ""},
		{"", "secret set crm/other --project demo", Failed, "is empty"},
		{"x", "secret set UP/../x --project demo", Failed, "secret"},
		{"", "secret list --project demo", OK, "crm/password\ntutorial/api-key\n"},
		{"", "secret list --json --project demo", OK, `"crm/password",`},
		{"", "secret delete crm/pasword --project demo", Failed, `did you mean "crm/password"?`},
		{"", "secret delete crm/password --project demo", OK, ""},
		{"", "secret list --project demo", OK, "tutorial/api-key\n"},
		{"", "new demo", Failed, "demo"},
	}
	for _, s := range steps {
		code, out, errs := run(t, dir, s.stdin, strings.Fields(s.args)...)
		if code != s.code || !strings.Contains(out+errs, s.out) {
			t.Errorf("mortise %s: code %d, %q, want %d, %q", s.args, code, out+errs, s.code, s.out)
		}
		if strings.Contains(out+errs, "pass word") {
			t.Errorf("mortise %s shows the secret: %s", s.args, out+errs)
		}
	}
	err := filepath.WalkDir(filepath.Join(dir, "demo"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".sdk") {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("pass word")) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSameAddress(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"http://localhost:17010", "http://127.0.0.1:17010", true},
		{"http://127.0.0.1:17010/", "http://127.0.0.1:17010", true},
		{"http://127.0.0.1:17011", "http://127.0.0.1:17010", false},
		{"https://127.0.0.1:17010", "http://127.0.0.1:17010", false},
		{"", "", false},
	} {
		if got := same(tt.a, tt.b); got != tt.want {
			t.Errorf("same(%q, %q) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
