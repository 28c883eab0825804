package blackbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	s := newStranger(t)
	out := s.must("version")
	if want := os.Getenv("MORTISE_PACKAGE_VERSION"); !strings.Contains(out, want) {
		t.Errorf("mortise version prints %q; want %q in it", out, want)
	}
}

// TestArchive unpacks the archive that was made beside the package, as the README
// says, for a user who is no administrator.
func TestArchive(t *testing.T) {
	s := newStranger(t)
	archives, err := filepath.Glob(filepath.Join(filepath.Dir(os.Getenv("MORTISE_PACKAGE")), "*.tar.gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("beside the package there are the archives %q, %v; want one", archives, err)
	}
	local := filepath.Join(s.home, ".local")
	if err := os.Mkdir(local, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-xzf", archives[0], "-C", local, "--strip-components=1").CombinedOutput(); err != nil {
		t.Fatalf("tar -xzf %s: %v\n%s", archives[0], err, out)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(local, "bin", "mortise"), "version")
	cmd.Dir, cmd.Env = s.home, s.env
	out, err := cmd.CombinedOutput()
	if want := os.Getenv("MORTISE_PACKAGE_VERSION"); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("mortise version of the archive: %v, it prints %q; want %q in it", err, out, want)
	}
	if _, err := os.Stat(filepath.Join(local, "share", "applications", "mortise.desktop")); err != nil {
		t.Error(err)
	}
}

// TestFiles looks for what a desktop shows of a program.
func TestFiles(t *testing.T) {
	needsPackage(t)
	share := filepath.Join(filepath.Dir(filepath.Dir(program)), "share")
	for _, name := range []string{
		"applications/mortise.desktop", "metainfo/mortise.metainfo.xml", "icons/hicolor/48x48/apps/mortise.png", "icons/hicolor/256x256/apps/mortise.png",
		"doc/mortise/copyright",
	} {
		if info, err := os.Stat(filepath.Join(share, filepath.FromSlash(name))); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// address is what mortise studio --web prints.
var address = regexp.MustCompile(`(?m)^the Studio is at (\S+)$`)

// TestStudio makes a project, opens it in the Studio, and finds the page, and all
// services live and compiled.
func TestStudio(t *testing.T) {
	s := newStranger(t)
	s.must("new", "demo", "--template", "tutorial-finished")
	out := s.start("studio", "--web", "--no-browser", "demo")
	var base *url.URL
	s.until("the Studio has an address", func() string {
		found := out.find(address)
		if found == "" {
			return "it says " + out.String()
		}
		var err error
		if base, err = url.Parse(found); err != nil {
			return err.Error()
		}
		return ""
	})
	page := get(t, base, "/")
	script := regexp.MustCompile(`src="([^"]+\.js)"`).FindStringSubmatch(page)
	if script == nil {
		t.Fatalf("the page has no script:\n%s", page)
	}
	if text := get(t, base, script[1]); len(text) < 100_000 {
		t.Errorf("%s has %d bytes; that is no Studio", script[1], len(text))
	}
	s.compiled()
	if got, want := s.must("invoke", "users.GetDetails", "name=Mike", "--project", "demo"), `"account_no":"123456"`; !strings.Contains(got, want) {
		t.Errorf("mortise invoke users.GetDetails name=Mike prints %q; want %q in it", got, want)
	}

	// What is edited is live and compiled again.
	file := filepath.Join(s.home, "demo", "services", "demo", "hello.go")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), "Howdy", "Good day")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until("the edit is live", func() string {
		got, err := s.run("invoke", "demo.Hello", "name=Mike", "--project", "demo")
		if err != nil || !strings.Contains(got, "Good day Mike!") {
			return fmt.Sprintf("mortise invoke demo.Hello name=Mike: %v, %s", err, got)
		}
		return ""
	})
	s.compiled()
}

// compiled waits until every service of the project is live and compiled.
func (s *stranger) compiled() {
	s.t.Helper()
	s.until("all services are compiled", func() string {
		out, err := s.run("services", "--json", "--project", "demo")
		if err != nil {
			return err.Error() + "\n" + out
		}
		var services []struct{ Name, Status, Engine string }
		if err := json.Unmarshal([]byte(out), &services); err != nil {
			return err.Error() + "\n" + out
		}
		for _, service := range services {
			if service.Status != "live" || service.Engine != "compiled" {
				return out
			}
		}
		if len(services) < 4 {
			return "there are too few: " + out
		}
		return ""
	})
}

// get returns what is at a path of the Studio.
func get(t *testing.T, base *url.URL, path string) string {
	t.Helper()
	ref, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	target := base.ResolveReference(ref).String()
	answer, err := http.Get(target)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v\n%s", path, answer.Status, err, body)
	}
	return string(body)
}
