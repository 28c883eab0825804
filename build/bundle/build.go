package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	esbuild "github.com/evanw/esbuild/pkg/api"
)

// errFound is told where esbuild has shown what is wrong.
var errFound = errors.New("the frontend does not compile")

// options are what every build has in common.
func (b *bundler) options(production bool) esbuild.BuildOptions {
	root, err := filepath.Abs(b.root)
	if err != nil {
		root = b.root
	}
	mode := "development"
	if production {
		mode = "production"
	}
	loaders := map[string]esbuild.Loader{".css": esbuild.LoaderCSS}
	for _, ext := range []string{".woff2", ".svg", ".png"} {
		loaders[ext] = esbuild.LoaderFile
	}
	return esbuild.BuildOptions{
		AbsWorkingDir: root,
		Bundle:        true, Format: esbuild.FormatESModule,
		Target: esbuild.ES2022, JSX: esbuild.JSXAutomatic, JSXDev: !production,
		MinifySyntax: production, MinifyWhitespace: production, MinifyIdentifiers: production,
		Define:        map[string]string{"process.env.NODE_ENV": `"` + mode + `"`},
		Loader:        loaders,
		LegalComments: esbuild.LegalCommentsNone, // licenses.txt has them all
		LogLevel:      esbuild.LogLevelWarning,
		Metafile:      true,
	}
}

// page are the options of the page itself, which goes to the folder out.
func (b *bundler) page(out string, production bool) esbuild.BuildOptions {
	o := b.options(production)
	o.EntryPoints = []string{"src/main.tsx"}
	o.Outdir = out
	o.Splitting = true
	o.EntryNames, o.ChunkNames, o.AssetNames = "[name]", "chunks/[name]-[hash]", "assets/[name]-[hash]"
	o.Platform = esbuild.PlatformBrowser
	o.Sourcemap = esbuild.SourceMapExternal
	if !production {
		o.Sourcemap = esbuild.SourceMapLinked
	}
	return o
}

// build makes frontend/dist.
func (b *bundler) build() error {
	start := time.Now()
	out, err := filepath.Abs(filepath.Join(b.root, "dist"))
	if err != nil {
		return err
	}
	result := esbuild.Build(b.page(out, true))
	if len(result.Errors) > 0 {
		return errFound
	}
	files, maps, err := b.output(result, out)
	if err != nil {
		return err
	}
	if err := replace(out, files); err != nil {
		return err
	}
	if err := replace(filepath.Join(b.bin, "maps"), maps); err != nil {
		return err
	}
	return report(os.Stdout, files, time.Since(start))
}

// follow makes a page for development whenever a source changes, until ctx ends.
func (b *bundler) follow(ctx context.Context) error {
	out, err := filepath.Abs(filepath.Join(b.bin, "page"))
	if err != nil {
		return err
	}
	o := b.page(out, false)
	o.LogLevel = esbuild.LogLevelInfo
	o.Plugins = []esbuild.Plugin{{Name: "write", Setup: func(build esbuild.PluginBuild) {
		build.OnEnd(func(result *esbuild.BuildResult) (esbuild.OnEndResult, error) {
			if len(result.Errors) > 0 { // the page before stays
				return esbuild.OnEndResult{}, nil
			}
			files, _, err := b.output(*result, out)
			if err == nil {
				err = replace(out, files)
			}
			return esbuild.OnEndResult{}, err
		})
	}}}
	building, problem := esbuild.Context(o)
	if problem != nil {
		return errFound
	}
	defer building.Dispose()
	if err := building.Watch(esbuild.WatchOptions{}); err != nil {
		return fmt.Errorf("watch %s: %w", b.root, err)
	}
	<-ctx.Done()
	return nil
}

// test bundles each unit test, src/**/*.test.ts, for node and runs them.
func (b *bundler) test(ctx context.Context) error {
	var tests []string
	src := filepath.Join(b.root, "src")
	err := filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(name, ".test.ts") || strings.HasSuffix(name, ".test.tsx")) {
			rel, err := filepath.Rel(b.root, name)
			tests = append(tests, filepath.ToSlash(rel))
			return err
		}
		return err
	})
	if err != nil || len(tests) == 0 {
		return err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return errNoNode
	}
	out, err := os.MkdirTemp("", "mortise-tests-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	o := b.options(false)
	o.EntryPoints, o.Outdir, o.Outbase = tests, out, "src"
	o.Platform, o.Write, o.Sourcemap = esbuild.PlatformNode, true, esbuild.SourceMapInline
	o.OutExtension = map[string]string{".js": ".mjs"}
	o.Loader[".css"] = esbuild.LoaderEmpty
	// What is CommonJS asks for node's own modules by require.
	o.Banner = map[string]string{"js": "import { createRequire as mortiseRequire } from 'node:module'; const require = mortiseRequire(import.meta.url);"}
	if result := esbuild.Build(o); len(result.Errors) > 0 {
		return errFound
	}
	cmd := exec.CommandContext(ctx, node, "--enable-source-maps", "--test", out)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("unit tests of the frontend: %w", err)
	}
	return nil
}

// meta is what we read of esbuild's report on a build.
type meta struct {
	Inputs map[string]struct{} `json:"inputs"`
}

func readMeta(text string) (meta, error) {
	var m meta
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return meta{}, fmt.Errorf("read what esbuild says of its inputs: %w", err)
	}
	return m, nil
}
