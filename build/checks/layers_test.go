package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// layers says which of our own packages each package may import. A pattern that
// ends in /... is a whole tree. A package that is not here is an error, so that
// whoever adds one thinks about its place.
var layers = map[string][]string{
	"":                            {"app/cli"},
	"runtime/fault":               {},
	"runtime/cid":                 {},
	"runtime/shape":               {"runtime/fault"},
	"runtime/spec":                {"runtime/fault"},
	"runtime/durable":             {},
	"runtime/secret":              {"runtime/fault", "runtime/spec", "runtime/durable"},
	"runtime/config":              {"runtime/fault", "runtime/spec"},
	"runtime/observe":             {"runtime/cid", "runtime/fault"},
	"runtime/service":             {"runtime/fault"},
	"runtime/child":               {},
	"runtime/wait":                {},
	"runtime/worker":              {"runtime/child", "runtime/wait", "runtime/service", "runtime/fault", "runtime/cid", "runtime/shape"},
	"runtime/linked":              {"runtime/service", "runtime/worker", "runtime/fault", "runtime/shape"},
	"runtime/security":            {"runtime/fault", "runtime/secret", "runtime/spec", "runtime/service"},
	"runtime/conn":                {"runtime/wait", "runtime/fault", "runtime/spec", "runtime/observe", "runtime/cid", "runtime/security", "runtime/service"},
	"runtime/channel":             {"runtime/fault", "runtime/spec", "runtime/security", "runtime/observe", "runtime/cid", "runtime/service", "runtime/shape"},
	"runtime/channel/channeltest": {"runtime/..."},
	"runtime/conn/conntest":       {"runtime/..."},
	"runtime/bus":                 {"runtime/durable", "runtime/wait", "runtime/fault", "runtime/cid"},
	"runtime/store":               {"runtime/fault"},
	"runtime/invoke":              {"runtime/wait", "runtime/worker", "runtime/conn", "runtime/fault", "runtime/cid", "runtime/observe", "runtime/service", "runtime/shape"},
	"runtime/schedule":            {"runtime/bus", "runtime/store", "runtime/fault", "runtime/cid", "runtime/spec"},
	"runtime/connectors":          {"runtime/conn/...", "runtime/channel/...", "runtime/spec", "runtime/security", "runtime/fault", "runtime/cid", "runtime/service", "runtime/shape"},
	"runtime/engine": {
		"runtime/wait", "runtime/fault", "runtime/cid", "runtime/shape", "runtime/spec", "runtime/secret", "runtime/config", "runtime/observe", "runtime/service", "runtime/worker",
		"runtime/security", "runtime/conn", "runtime/channel", "runtime/bus", "runtime/store", "runtime/invoke", "runtime/schedule",
	},
	"runtime/control": {
		"runtime/engine", "runtime/invoke", "runtime/observe", "runtime/config", "runtime/fault", "runtime/cid", "runtime/shape", "runtime/service", "runtime/conn",
		"runtime/schedule", "runtime/store", "runtime/bus", "runtime/spec", "runtime/durable",
	},
	"runtime/serve":                 {"runtime/..."},
	"interp":                        {"interp/...", "runtime/service", "runtime/worker", "runtime/fault", "runtime/shape", "runtime/cid"},
	"interp/box":                    {},
	"interp/check":                  {"interp/check/...", "runtime/fault", "runtime/shape", "runtime/worker", "runtime/service"},
	"interp/lsp":                    {"interp/check", "runtime/config", "runtime/spec", "runtime/shape", "runtime/fault"},
	"interp/gate":                   {"interp/check", "interp/box", "interp/symbols", "interp/gate/...", "runtime/fault", "runtime/shape", "runtime/worker", "runtime/service"},
	"interp/gate/internal/gatefuzz": {"interp/gate/...", "interp/check/...", "interp/machine", "interp/box", "interp/symbols", "runtime/fault"},
	"interp/symbols":                {"interp/symbols/...", "runtime/service", "runtime/fault"},
	"projects":                      {"runtime/config", "runtime/spec", "runtime/fault", "runtime/service", "runtime/durable"},
	"projects/watch":                {"runtime/fault"},
	"projects/history":              {"runtime/durable", "runtime/fault"},
	"build/compiler":                {"interp/check", "runtime/child", "runtime/durable", "runtime/config", "runtime/engine", "runtime/linked", "runtime/worker", "runtime/service", "runtime/shape", "runtime/cid", "runtime/fault"},
	"build/server":                  {"build/compiler", "interp/check", "projects", "runtime/linked", "runtime/fault"},
	"build/server/native": {
		"projects", "projects/watch", "runtime/serve", "runtime/engine", "runtime/control", "runtime/observe", "runtime/secret", "runtime/linked", "runtime/fault",
		"runtime/connectors/all",
	},
	"build/bundle":  {"runtime/durable"},
	"build/dev":     {},
	"build/package": {},
	"build/checks":  {},
	"app/web":       {"runtime/fault"},
	"app/desktop":   {"app/web", "runtime/durable", "runtime/fault"},
	"app/e2e":       {"runtime/child", "runtime/wait"},
	"app":           {"app/...", "interp/...", "projects/...", "build/...", "runtime/..."},
}

// owners says which packages alone may import a library, and why.
var owners = []struct{ library, owner, reason string }{
	{"github.com/traefik/yaegi", "interp", "a server with linked services must not carry an interpreter"},
	{"github.com/nats-io", "runtime/bus", "what keeps messages can be replaced in one place"},
	{"modernc.org/sqlite", "runtime/store", "only the store speaks SQL to our own database"},
	{"github.com/alecthomas/kong", "app/cli", "only the command line knows of arguments"},
	{"github.com/fsnotify/fsnotify", "projects/watch", "changes of files enter at one place"},
	{"filippo.io/age", "runtime/secret", "secrets are encrypted in one place"},
	{"github.com/wailsapp/wails/v2", "app/desktop", "the window can be made by something else in one place"},
	{"github.com/evanw/esbuild", "build/bundle", "the page is made in one place, and no product carries a bundler"},
	{"github.com/coder/websocket", "app/web", "browsers reach the Studio in one place, which checks who they are"},
	{"gopkg.in/natefinch/lumberjack.v2", "runtime/observe", "the log is written in one place"},
}

type pkg struct {
	ImportPath, Dir, Doc           string
	Imports, Deps                  []string
	GoFiles, TestGoFiles, CgoFiles []string
	TestImports, XTestImports      []string
	IgnoredGoFiles, XTestGoFiles   []string
}

// packages lists our packages, once.
var packages = sync.OnceValues(func() ([]pkg, error) { return list() })

// list lists our packages with these flags of go list.
func list(flags ...string) ([]pkg, error) {
	args := []string{"list", "-json=ImportPath,Dir,Doc,Imports,Deps,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,TestImports,XTestImports"}
	cmd := exec.Command("go", append(append(args, flags...), "./...")...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New(stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

var root = filepath.Join("..", "..")

func ours(t *testing.T) []pkg {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatalf("go list ./...: %v", err)
	}
	return all
}

// inside is the path of one of our packages within the module, and whether it is
// one.
func inside(path string) (string, bool) {
	if path == "mortise" {
		return "", true
	}
	return strings.CutPrefix(path, "mortise/")
}

func matches(pattern, path string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return pattern == path
}

// rule returns the layer of a package: its own, or that of the nearest folder
// above it.
func rule(path string) (string, []string, bool) {
	for at := path; ; {
		if allowed, ok := layers[at]; ok && (at != "" || path == "") {
			return at, allowed, true
		}
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			return "", nil, false
		}
		at = at[:i]
	}
}

func TestLayers(t *testing.T) {
	for _, p := range ours(t) {
		path, _ := inside(p.ImportPath)
		layer, allowed, ok := rule(path)
		if !ok {
			t.Errorf("package %q has no place in the architecture: give it one in build/checks/layers_test.go and on the page that describes the house", path)
			continue
		}
		for _, imported := range p.Imports {
			to, isOurs := inside(imported)
			if !isOurs || matches(layer+"/...", to) && layer != "runtime/connectors" && layer != "" {
				continue
			}
			if layer == "runtime/connectors" && path == "runtime/connectors/all" && strings.HasPrefix(to, "runtime/connectors/") {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, to) }) {
				t.Errorf("package %q imports %q; it may import of ours only %s", path, to, strings.Join(allowed, ", "))
			}
		}
	}
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	window, err := list("-tags=desktop,production,webkit2_41")
	if err != nil {
		t.Fatalf("go list ./... of a build with a window: %v", err)
	}
	for _, p := range append(window, ours(t)...) {
		path, _ := inside(p.ImportPath)
		for _, o := range owners {
			if matches(o.owner+"/...", path) {
				continue
			}
			for _, imported := range p.Imports {
				if matches(o.library+"/...", imported) {
					t.Errorf("package %q imports %s; only %s may: %s", path, imported, o.owner, o.reason)
				}
			}
		}
	}
}

// TestLight keeps what a worker's program is linked from small, so that it
// compiles and starts fast.
func TestLight(t *testing.T) {
	for _, p := range ours(t) {
		path, _ := inside(p.ImportPath)
		if !slices.Contains([]string{"runtime/service", "runtime/worker", "runtime/linked", "runtime/child", "runtime/wait", "runtime/fault", "runtime/shape"}, path) {
			continue
		}
		for _, heavy := range []string{"net/http", "database/sql", "crypto/tls", "github.com/nats-io/nats.go", "github.com/traefik/yaegi/interp"} {
			if slices.Contains(p.Deps, heavy) {
				t.Errorf("package %q pulls in %s: a compiled worker links it and would start slowly", path, heavy)
			}
		}
	}
}

// TestHeadless keeps what only a window or a bundler needs out of the binary that
// servers run.
func TestHeadless(t *testing.T) {
	for _, p := range ours(t) {
		if path, _ := inside(p.ImportPath); path != "" {
			continue
		}
		for _, dep := range p.Deps {
			for _, heavy := range []string{"github.com/wailsapp/", "github.com/evanw/esbuild/", "mortise/app/e2e"} {
				if strings.HasPrefix(dep, heavy) {
					t.Errorf("a mortise without a window carries %s", dep)
				}
			}
		}
	}
}

// TestNative keeps what only people who write services need out of a server that
// has them linked in.
func TestNative(t *testing.T) {
	for _, p := range ours(t) {
		if path, _ := inside(p.ImportPath); path != "build/server/native" {
			continue
		}
		for _, heavy := range []string{"github.com/traefik/yaegi/interp", "mortise/interp/check", "mortise/build/compiler"} {
			if slices.Contains(p.Deps, heavy) {
				t.Errorf("a natively built server carries %s", heavy)
			}
		}
	}
}
