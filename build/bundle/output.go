package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	esbuild "github.com/evanw/esbuild/pkg/api"

	"mortise/runtime/durable"
)

// reload loads the page anew when its files changed; for development.
const reload = `new EventSource("/reload").addEventListener("change", () => location.reload());
`

// output returns the files of the page by their names, and its source maps.
func (b *bundler) output(result esbuild.BuildResult, out string) (files, sources map[string][]byte, err error) {
	files, sources = map[string][]byte{}, map[string][]byte{}
	for _, f := range result.OutputFiles {
		name, err := filepath.Rel(out, f.Path)
		if err != nil {
			return nil, nil, err
		}
		name = filepath.ToSlash(name)
		if path.Ext(name) == ".map" && !b.watch {
			sources[name] = f.Contents
		} else {
			files[name] = f.Contents
		}
	}
	html, err := os.ReadFile(filepath.Join(b.root, "index.html"))
	if err != nil {
		return nil, nil, err
	}
	if b.watch {
		html = bytes.Replace(html, []byte("</head>"), []byte("<script src=\"/reload.js\" defer></script>\n</head>"), 1)
		files["reload.js"] = []byte(reload)
	}
	files["index.html"] = html
	if b.icon != "" {
		if files["icon.png"], err = os.ReadFile(b.icon); err != nil {
			return nil, nil, err
		}
	}
	files["licenses.txt"], err = b.licenses(result.Metafile)
	return files, sources, err
}

// licenses returns the licences of all packages that the page has a part of.
func (b *bundler) licenses(text string) ([]byte, error) {
	m, err := readMeta(text)
	if err != nil {
		return nil, err
	}
	packages := map[string]bool{}
	for input := range m.Inputs {
		if name, ok := packageOf(input); ok {
			packages[name] = true
		}
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		text, err := licenseOf(filepath.Join(b.root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&all, "%s\n\n%s\n\n\n", strings.TrimPrefix(name, "node_modules/"), bytes.TrimSpace(text))
	}
	return all.Bytes(), nil
}

// packageOf returns the folder of the package that an input belongs to.
func packageOf(input string) (string, bool) {
	const modules = "node_modules/"
	i := strings.LastIndex(input, modules)
	if i < 0 {
		return "", false
	}
	words := strings.SplitN(input[i+len(modules):], "/", 3)
	n := 1
	if strings.HasPrefix(words[0], "@") {
		n = 2
	}
	if len(words) < n {
		return "", false
	}
	return input[:i] + modules + path.Join(words[:n]...), true
}

// licenseOf returns the text of a package's licence.
func licenseOf(dir string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if strings.HasPrefix(name, "license") || strings.HasPrefix(name, "licence") {
			return os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	// Some name it in package.json alone.
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	return licenseLine(data), err
}

func licenseLine(data []byte) []byte {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte(`"license"`)) {
			return bytes.TrimSuffix(line, []byte(","))
		}
	}
	return nil
}

// replace makes a folder hold these files, and those whose names begin with a
// dot, and no others. Files go before the index that refers to them, and what the
// former index refers to goes last.
func replace(dir string, files map[string][]byte) error {
	names := slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		return cmp.Or(cmp.Compare(isIndex(a), isIndex(b)), strings.Compare(a, b))
	})
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, files[name]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		if err := durable.WriteFile(file, files[name], 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
	}
	return removeOthers(dir, files)
}

func isIndex(name string) int {
	if path.Ext(name) == ".html" {
		return 1
	}
	return 0
}

func removeOthers(dir string, files map[string][]byte) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if _, ok := files[filepath.ToSlash(rel)]; ok {
			return nil
		}
		return os.Remove(name)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// report says how large the page is.
func report(w io.Writer, files map[string][]byte, took time.Duration) error {
	var all, packed int
	for _, name := range slices.Sorted(maps.Keys(files)) {
		zipped, err := gzipped(files[name])
		if err != nil {
			return err
		}
		all, packed = all+len(files[name]), packed+zipped
		if ext := path.Ext(name); ext == ".js" || ext == ".css" {
			fmt.Fprintf(w, "  %-32s %7.1f KB %7.1f KB gzipped\n", name, float64(len(files[name]))/1e3, float64(zipped)/1e3)
		}
	}
	fmt.Fprintf(w, "the page: %d files, %.1f KB, %.1f KB gzipped, after %s\n", len(files), float64(all)/1e3, float64(packed)/1e3, took.Round(time.Millisecond))
	return nil
}

func gzipped(data []byte) (int, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		return 0, err
	}
	err := z.Close()
	return out.Len(), err
}
