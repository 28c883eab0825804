package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mortise/build/server"
	"mortise/projects"
	"mortise/runtime/fault"
)

// project makes a project from a template, with more files.
func project(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "demo")
	p, err := projects.Create(tb.Context(), projects.New{Dir: dir, Template: "tutorial"})
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.Close(); err != nil {
		tb.Fatal(err)
	}
	for name, text := range files {
		write(tb, dir, name, text)
	}
	return dir
}

func write(tb testing.TB, dir, name, text string) {
	tb.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file+"~", []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		tb.Fatal(err)
	}
}

const typed = `package kinds

import (
	"example.com/units"
	"mortise/runtime/service"
)

type tree struct {
	Name string ` + "`json:\"name\" default:\"root\"`" + `
	Kids []*tree ` + "`json:\"kids,omitempty\"`" + `
	N    int     ` + "`json:\"n,omitempty\" min:\"1\" max:\"9\"`" + `
}

// Depth returns how deep a tree is.
func Depth(ctx *service.Context, in tree) (int, error) { return units.Double(in.depth()), nil }

func (t *tree) depth() int {
	deepest := 0
	for _, k := range t.Kids {
		deepest = max(deepest, k.depth())
	}
	return deepest + 1
}
`

// TestServer builds a server and walks: what it answers, that it refuses changed
// services and takes other changes.
func TestServer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a server")
	}
	dir := project(t, map[string]string{
		"services/kinds/kinds.go":           typed,
		"channels/depth.yaml":               "type: rest\npath: /depth\nservice: kinds.Depth\n",
		"vendor/modules.txt":                "# example.com/units v1.2.3\n## explicit; go 1.20\nexample.com/units\n",
		"vendor/example.com/units/units.go": "package units\n\n// Double doubles.\nfunc Double(n int) int { return 2 * n }\n",
	})
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "go.mod", string(mod)+"\nrequire example.com/units v1.2.3\n")
	program := filepath.Join(t.TempDir(), "server")
	err = server.Build(t.Context(), server.Options{Dir: dir, Source: filepath.Join("..", ".."), Output: program, Env: os.Environ(), Version: "1.2.3"})
	if err != nil {
		t.Fatalf("Build() = %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "serve", dir, "--listen", "127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(log); s.Scan(); {
			lines <- s.Text()
		}
	}()
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "demo is live at http://") {
		cancel()
		for line := range lines {
			t.Log(line)
		}
		t.Fatalf("the server says %q, %v", first, err)
	}
	url := strings.TrimSuffix(strings.Fields(first)[4], ",")
	post := func(path, body string) (int, string) {
		t.Helper()
		resp, err := http.Post(url+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	for _, c := range []struct {
		body, want string
		status     int
	}{
		{`{"kids":[{"name":"a","kids":[{"name":"b"}]}]}`, "6", 200},
		{`{}`, "2", 200},
		{`{"n":10}`, `"n"`, 400},
		{`{"kids":[{"nam":"a"}]}`, `did you mean`, 400},
	} {
		if status, got := post("/depth", c.body); status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("POST /depth %s = %d %s, want %d %s", c.body, status, got, c.status, c.want)
		}
	}

	write(t, dir, "services/kinds/kinds.go", strings.Replace(typed, "+ 1", "+ 2", 1))
	await(t, lines, "services/kinds/kinds.go", "was changed since this server was built")
	if status, got := post("/depth", `{}`); status != 200 || got != "2" {
		t.Errorf("after a change that was refused: %d %s", status, got)
	}
	write(t, dir, "services/kinds/kinds.go", typed)
	write(t, dir, "channels/depth.yaml", "type: rest\npath: /deep\nservice: kinds.Depth\n")
	await(t, lines, "deployed", "1 changed") // the services, which were put back, may be deployed by themselves
	if status, got := post("/deep", `{}`); status != 200 || got != "2" {
		t.Errorf("after a channel was changed: %d %s", status, got)
	}
	cancel()
	for range lines {
	}
	if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the server ends with %v", err)
	}
}

// await waits for a line that holds all the texts.
func await(tb testing.TB, lines <-chan string, texts ...string) {
	tb.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				tb.Fatalf("the log ended without %q", texts)
			}
			found := true
			for _, text := range texts {
				found = found && strings.Contains(line, text)
			}
			if found {
				return
			}
		case <-late:
			tb.Fatalf("no line with %q", texts)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := project(t, map[string]string{"services/internal/a/a.go": strings.Replace(typed, "example.com/units", "app/units", 1)})
	_, err := server.Files(t.Context(), os.DirFS(dir), "")
	list, _ := errors.AsType[fault.List](err)
	if len(list) == 0 {
		t.Fatalf("Files() of a project with faults = %v", err)
	}
	write(t, dir, "services/internal/a/a.go", "package a\n\nimport \"mortise/runtime/service\"\n\n// Run runs.\nfunc Run(ctx *service.Context) error { return nil }\n")
	_, err = server.Files(t.Context(), os.DirFS(dir), "")
	list, _ = errors.AsType[fault.List](err)
	if len(list) != 1 || list[0].Code != "server.internal" || list[0].At.File != "services/internal/a/a.go" {
		t.Errorf("Files() of an internal service = %v, want server.internal", err)
	}
}

func TestBuildErrors(t *testing.T) {
	dir := project(t, nil)
	for _, c := range []struct {
		name string
		o    server.Options
		code string
	}{
		{"no source", server.Options{Dir: dir, Source: t.TempDir(), Output: "x"}, "server.source"},
		{"no go", server.Options{Dir: dir, Source: "../..", Output: "x", Go: "go-that-is-not-there"}, "server.go"},
	} {
		if err := server.Build(t.Context(), c.o); fault.As(err).Code != c.code {
			t.Errorf("%s: Build() = %v, want code %s", c.name, err, c.code)
		}
	}
}
