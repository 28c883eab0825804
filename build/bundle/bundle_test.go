package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	esbuild "github.com/evanw/esbuild/pkg/api"
)

// frontend makes a small frontend with these files beside those that each has.
func frontend(t *testing.T, files map[string]string) *bundler {
	t.Helper()
	dir := t.TempDir()
	b := &bundler{root: filepath.Join(dir, "frontend"), bin: filepath.Join(dir, "bin")}
	write(t, b, map[string]string{
		"package.json":  "{}",
		"index.html":    `<!doctype html><head><link rel="stylesheet" href="main.css"><script type="module" src="main.js"></script></head>`,
		"dist/.gitkeep": "",
	})
	write(t, b, files)
	return b
}

func write(t *testing.T, b *bundler, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(b.root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// list returns the files of a folder; the hashes in their names are left out.
func list(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			rel = filepath.ToSlash(rel)
			if i := strings.LastIndexByte(rel, '-'); i > 0 {
				rel = rel[:i] + filepath.Ext(rel)
			}
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestBuild(t *testing.T) {
	b := frontend(t, map[string]string{
		"src/main.tsx":                      `import "./main.css"; import { two } from "two"; import("./lazy"); document.title = String(two);`,
		"src/lazy.ts":                       `export const lazy = "lazy";`,
		"src/main.css":                      `@font-face { font-family: x; src: url("./font.woff2"); }`,
		"src/font.woff2":                    "wOF2",
		"node_modules/two/package.json":     `{"name":"two","main":"index.js","license":"MIT"}`,
		"node_modules/two/index.js":         `export const two = 2;`,
		"node_modules/two/LICENSE":          "Do what you want.",
		"node_modules/three/LICENSE":        "not in the page",
		"node_modules/.package-lock.json":   `{"packages":{"node_modules/two":{"version":"1.0.0"}}}`,
		"package-lock.json":                 `{"packages":{"":{},"node_modules/two":{"version":"1.0.0"},"node_modules/other":{"version":"1.0.0","optional":true}}}`,
		"dist/chunks/of-another-build-1.js": "",
	})
	if err := b.run(t.Context(), false, false); err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(b.root, "dist")
	want := []string{".gitkeep", "assets/font.woff2", "chunks/lazy.js", "index.html", "licenses.txt", "main.css", "main.js"}
	if got := list(t, dist); !slices.Equal(got, want) {
		t.Errorf("the page is %v; want %v", got, want)
	}
	if got := list(t, filepath.Join(b.bin, "maps")); !slices.Contains(got, "main.js.map") {
		t.Errorf("the source maps are %v; want main.js.map among them", got)
	}
	licenses, err := os.ReadFile(filepath.Join(dist, "licenses.txt"))
	if err != nil || !bytes.Contains(licenses, []byte("two\n\nDo what you want.")) || bytes.Contains(licenses, []byte("not in the page")) {
		t.Errorf("the licences are %q, %v; want that of two alone", licenses, err)
	}

	// What does not compile leaves the page as it was.
	write(t, b, map[string]string{"src/main.tsx": `import "./none";`})
	if err := b.build(); err == nil {
		t.Error("a page with an import of nothing was built")
	}
	if got := list(t, dist); !slices.Equal(got, want) {
		t.Errorf("after a build that failed the page is %v; want %v", got, want)
	}
}

func TestDevelopment(t *testing.T) {
	b := frontend(t, map[string]string{"src/main.tsx": `document.title = "a";`})
	b.watch = true
	page := filepath.Join(b.bin, "page")
	if err := os.MkdirAll(page, 0o750); err != nil {
		t.Fatal(err)
	}
	o := b.page(page, false)
	if o.MinifySyntax || o.Define["process.env.NODE_ENV"] != `"development"` {
		t.Errorf("a page for development is built with %+v", o)
	}
	files, _, err := b.output(esbuild.BuildResult{Metafile: "{}"}, page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(files["index.html"], []byte("/reload.js")) || len(files["reload.js"]) == 0 {
		t.Errorf("a page for development is %s; want it to load reload.js", files["index.html"])
	}
}

func TestFresh(t *testing.T) {
	const lock = `{"packages":{"":{"name":"x"},"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"2.0.0","optional":true}}}`
	for _, c := range []struct {
		what, installed string
		want            bool
	}{
		{"nothing", "", false},
		{"all", `{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"2.0.0"}}}`, true},
		{"all but what is for another system", `{"packages":{"node_modules/a":{"version":"1.0.0"}}}`, true},
		{"another version", `{"packages":{"node_modules/a":{"version":"1.0.1"}}}`, false},
		{"another version of what is optional", `{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"1.0.0"}}}`, false},
		{"a package too few", `{"packages":{"node_modules/b":{"version":"2.0.0"}}}`, false},
		{"a package too many", `{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/c":{"version":"1.0.0"}}}`, false},
	} {
		b := frontend(t, map[string]string{"package-lock.json": lock})
		if c.installed != "" {
			write(t, b, map[string]string{"node_modules/.package-lock.json": c.installed})
		}
		if got, err := b.fresh(); err != nil || got != c.want {
			t.Errorf("with %s installed, fresh = %v, %v; want %v", c.what, got, err, c.want)
		}
	}
}

func TestUnitTests(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	const test = `import { strictEqual } from "node:assert"; import { test } from "node:test"; import { one } from "./one";
test("one", () => strictEqual(one, 1));`
	for one, fails := range map[string]bool{"1": false, "2": true} {
		b := frontend(t, map[string]string{"src/base/one.test.ts": test, "src/base/one.ts": "export const one: number = " + one + ";"})
		if err := b.test(t.Context()); (err != nil) != fails {
			t.Errorf("with one = %s, the unit tests end with %v; want an error: %v", one, err, fails)
		}
	}
	if err := frontend(t, map[string]string{"src/base/one.ts": ""}).test(t.Context()); err != nil {
		t.Errorf("a frontend without unit tests: %v", err)
	}
}

func TestPackageOf(t *testing.T) {
	for input, want := range map[string]string{
		"src/main.tsx":                                "",
		"node_modules/react/index.js":                 "node_modules/react",
		"node_modules/@codemirror/view/dist/index.js": "node_modules/@codemirror/view",
		"node_modules/a/node_modules/b/x/y.js":        "node_modules/a/node_modules/b",
	} {
		if got, ok := packageOf(input); got != want || ok != (want != "") {
			t.Errorf("packageOf(%q) = %q, %v; want %q", input, got, ok, want)
		}
	}
}
