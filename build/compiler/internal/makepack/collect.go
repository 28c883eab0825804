package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"mortise/build/compiler/internal/packfile"
)

// revision is of this command: packs of another one are not fresh.
const revision = "2"

// compileFlags leave out what only a debugger reads. Traces keep their files and
// lines, which the linker's tables hold.
func (m *maker) compileFlags() []string {
	if m.os == "darwin" { // where every program is position independent
		return []string{"-dwarf=false", "-shared"}
	}
	return []string{"-dwarf=false"}
}

// linkFlags follow what go build does on that system.
func (m *maker) linkFlags() []string {
	mode := "-buildmode=exe"
	if m.os == "darwin" || m.os == "windows" {
		mode = "-buildmode=pie"
	}
	return []string{"-s", "-w", mode}
}

// goCommand returns a go command that knows nothing of the developer's own
// settings.
func (m *maker) goCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOOS="+m.os, "GOARCH="+m.arch, "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=", "GOARM64=", "GOFIPS140=off", "GOTOOLCHAIN=local", "GOWORK=off")
	cmd.Stderr = os.Stderr
	return cmd
}

func (m *maker) askGo(ctx context.Context) error {
	out, err := m.goCommand(ctx, "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	words := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(words) != 2 {
		return fmt.Errorf("go env said %q", out)
	}
	m.version, m.goroot = strings.TrimSpace(words[0]), strings.TrimSpace(words[1])
	return nil
}

func (m *maker) goKey(context.Context) (string, error) {
	return strings.Join(append([]string{revision, m.version, m.os, m.arch}, append(m.compileFlags(), m.linkFlags()...)...), " "), nil
}

// goFiles collects compiler, linker, standard library and licence.
func (m *maker) goFiles(ctx context.Context, c *content) error {
	c.manifest.CompileFlags, c.manifest.LinkFlags = m.compileFlags(), m.linkFlags()
	var err error
	if c.manifest.Settings, err = settings(filepath.Join(m.goroot, "src", "internal", "godebugs", "table.go")); err != nil {
		return err
	}
	if err := m.license(c, "LICENSE", m.goroot); err != nil {
		return err
	}
	tools, err := m.tools(ctx)
	if err != nil {
		return err
	}
	for _, t := range []string{"compile", "link"} {
		if m.os == "windows" {
			t += ".exe"
		}
		c.add(t, filepath.Join(tools, t), true)
	}
	list, err := m.list(ctx, true, "std")
	if err != nil {
		return err
	}
	return c.packages(list, true)
}

// tools returns the folder with compiler and linker: those of the installed Go,
// or smaller ones that are built from its source.
func (m *maker) tools(ctx context.Context) (string, error) {
	installed := filepath.Join(m.goroot, "pkg", "tool", m.os+"_"+m.arch)
	if m.fast && m.os == runtime.GOOS && m.arch == runtime.GOARCH {
		if _, err := os.Stat(installed); err == nil {
			return installed, nil
		}
	}
	dir := filepath.Join(m.temp, "tools")
	if err := os.Mkdir(dir, 0o750); err != nil {
		return "", err
	}
	build := m.goCommand(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", dir+string(filepath.Separator), "cmd/compile", "cmd/link")
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build compiler and linker: %w", err)
	}
	return dir, nil
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Export, Dir string
	Standard                bool
	GoFiles, SFiles, HFiles []string
	Imports                 []string
	ImportMap               map[string]string
	Module                  *struct {
		Path, Version, Dir string
		Main               bool
	}
}

func (m *maker) list(ctx context.Context, export bool, patterns ...string) ([]listed, error) {
	args := []string{"list", "-deps", "-trimpath", "-gcflags=all=" + strings.Join(m.compileFlags()[:1], " "), "-json=ImportPath,Export,Dir,Standard,GoFiles,SFiles,HFiles,Imports,ImportMap,Module"}
	if export {
		args = append(args, "-export")
	}
	out, err := m.goCommand(ctx, append(args, patterns...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return all, nil
}

// packages adds the compiled packages of a list that are, or are not, of the
// standard library.
func (c *content) packages(list []listed, standard bool) error {
	for _, p := range list {
		if p.Standard != standard || p.ImportPath == "unsafe" || len(p.GoFiles) == 0 {
			continue
		}
		if p.Export == "" {
			return fmt.Errorf("go list has no compiled form of %s", p.ImportPath)
		}
		var imports []string
		for _, i := range p.Imports {
			if to, ok := p.ImportMap[i]; ok {
				i = to
			}
			if i != "unsafe" && i != "C" {
				imports = append(imports, i)
			}
		}
		name := "pkg/" + p.ImportPath + ".a"
		c.add(name, p.Export, false)
		c.manifest.Packages = append(c.manifest.Packages, packfile.Package{Path: p.ImportPath, File: name, Imports: imports})
	}
	return nil
}

// roots returns those of our root packages that exist.
func (m *maker) roots(ctx context.Context) ([]string, error) {
	out, err := m.goCommand(ctx, append([]string{"list", "-e", "-f", "{{if .GoFiles}}{{.ImportPath}}{{end}}"}, roots...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// sdkKey is of the sources, which the go command need not compile for that.
func (m *maker) sdkKey(ctx context.Context) (string, error) {
	found, err := m.roots(ctx)
	if err != nil {
		return "", err
	}
	list, err := m.list(ctx, false, found...)
	if err != nil {
		return "", err
	}
	base, _ := m.goKey(ctx)
	h := sha256.New()
	fmt.Fprintf(h, "%s %q\n", base, found)
	for _, p := range list {
		if p.Standard {
			continue
		}
		for _, f := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s/%s %x\n", p.ImportPath, f, sha256.Sum256(data))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sdkFiles collects our packages, those of others that they need, and the
// licences of both.
func (m *maker) sdkFiles(ctx context.Context, c *content) error {
	found, err := m.roots(ctx)
	if err != nil {
		return err
	}
	list, err := m.list(ctx, true, found...)
	if err != nil {
		return err
	}
	modules := map[string]string{}
	for _, p := range list {
		if p.Module != nil {
			modules[p.Module.Path] = p.Module.Dir
		}
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if err := m.license(c, "licenses/"+path+"/LICENSE", modules[path]); err != nil {
			return err
		}
	}
	return c.packages(list, false)
}

// license adds the licence in a folder.
func (m *maker) license(c *content, name, dir string) error {
	for _, n := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"} {
		path := filepath.Join(dir, n)
		if _, err := os.Stat(path); err == nil {
			c.add(name, path, false)
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%s has no file LICENSE, which must be passed on", dir)
}
