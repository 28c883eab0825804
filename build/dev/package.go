package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The packages that make an installer for Windows, and that work in a window as a
// person does.
var (
	installerPackages = []string{"nsis"}
	handPackages      = []string{"xvfb", "xdotool", "imagemagick"}
)

// packages makes what an analyst installs, in bin/packages: a .deb and an archive
// for this Linux, and an installer for Windows. Then it installs the .deb and tries
// what is in it.
func packages(ctx context.Context, _ []string) error {
	if runtime.GOOS != "linux" {
		return errors.New("packages are made on Linux: the one of Linux needs its libraries, and the one of Windows is made there too")
	}
	if !ensure(ctx, "Node.js", func(context.Context) bool { return has("npm") }, nodePackages) {
		return errors.New("the Studio's page needs Node.js with npm to be built")
	}
	if err := bundle(ctx); err != nil {
		return err
	}
	p, err := newPackaging(ctx)
	if err != nil {
		return err
	}
	var all error
	if ensure(ctx, "GTK and WebKit", hasWindow, windowPackages) && ensure(ctx, "dpkg-deb", func(context.Context) bool { return has("dpkg-deb") }, []string{"dpkg"}) {
		all = p.linux(ctx)
	} else {
		all = errors.New("the packages of Linux were not made")
	}
	if ensure(ctx, "NSIS", func(context.Context) bool { return has("makensis") }, installerPackages) {
		all = errors.Join(all, p.windows(ctx))
	} else {
		all = errors.Join(all, errors.New("the installer of Windows was not made"))
	}
	if err := p.make(ctx); err != nil {
		return errors.Join(all, err)
	}
	return errors.Join(all, p.try(ctx))
}

// packaging is one run of packages.
type packaging struct {
	root string   // the checkout
	out  string   // the folder of the packages
	work string   // the folder of what is between
	args []string // of build/package/make
	made bool     // there is something for it to make
	deb  bool     // a .deb among it

	version string // of the checkout when it was built; others may commit while this works
}

func newPackaging(ctx context.Context) (*packaging, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	p := &packaging{root: root, out: filepath.Join(root, "bin", "packages"), work: filepath.Join(root, "bin", "package")}
	date := time.Now().UTC().Format(time.RFC3339) // of a copy without git
	if out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%cI").Output(); err == nil {
		date = strings.TrimSpace(string(out))
	}
	p.args = []string{"-root", root, "-out", p.out, "-work", filepath.Join(p.work, "stage"), "-date", date}
	p.version = version(ctx)
	return p, os.MkdirAll(p.work, 0o750)
}

// linux builds the mortise of this system, with a window.
func (p *packaging) linux(ctx context.Context) error {
	if err := pack(ctx, nil); err != nil {
		return err
	}
	p.version = version(ctx)
	bin, err := compile(ctx, filepath.Join("package", "mortise"), []string{"CGO_ENABLED=1"}, "-tags", windowTags())
	if err != nil {
		return err
	}
	p.args, p.made, p.deb = append(p.args, "-linux", filepath.Join(p.root, bin)), true, true
	return nil
}

// windows builds the mortise of Windows, whose compiler is another one: it lies in
// place of ours for this one build.
func (p *packaging) windows(ctx context.Context) error {
	packs := filepath.Join(p.work, "pack-windows")
	if err := pack(ctx, []string{"-os", "windows", "-arch", "amd64", "-out", packs}); err != nil {
		return err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for _, name := range []string{"go.pack", "sdk.pack"} {
		overlay.Replace[filepath.Join(p.root, "build", "compiler", "pack", name)] = filepath.Join(packs, name)
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := filepath.Join(p.work, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	system := []string{"CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64"}
	bin, err := compile(ctx, filepath.Join("package", "mortise.exe"), system, "-tags", "desktop,production", "-overlay", file)
	if err != nil {
		return err
	}
	launcher := filepath.Join(p.work, "launcher.exe")
	build := command(ctx, system, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -H windowsgui", "-o", launcher, "./build/package/launcher")
	if err := build.Run(); err != nil {
		return fmt.Errorf("build of %s: %w", launcher, err)
	}
	p.args, p.made = append(p.args, "-windows", filepath.Join(p.root, bin), "-launcher", launcher), true
	return nil
}

// make makes the packages out of the binaries, in place of those of the last time.
func (p *packaging) make(ctx context.Context) error {
	if !p.made {
		return nil
	}
	if err := os.RemoveAll(p.out); err != nil {
		return err
	}
	maker := filepath.Join("build", "package", "make")
	if err := command(ctx, nil, "go", "test", "-C", maker, "./...").Run(); err != nil {
		return fmt.Errorf("test of %s: %w", maker, err)
	}
	fmt.Println("in bin/packages:")
	return command(ctx, nil, "go", slices.Concat([]string{"run", "-C", maker, ".", "-version", p.version}, p.args)...).Run()
}

// try says what it cannot try, installs the .deb and tries what is in it, as a
// stranger would.
func (p *packaging) try(ctx context.Context) error {
	fmt.Println("not tried: what is for Windows, on a Windows")
	if !p.deb {
		return nil
	}
	debs, err := filepath.Glob(filepath.Join(p.out, "*.deb"))
	if err != nil {
		return err
	}
	if len(debs) != 1 {
		return fmt.Errorf("there are %d packages for Debian in %s; want 1", len(debs), p.out)
	}
	screened := func(context.Context) bool { return has("Xvfb") && has("xdotool") && has("import") }
	if !ensure(ctx, "a screen and a keyboard for tests", screened, handPackages) {
		fmt.Println("not tried: the window")
	}
	env := []string{"MORTISE_PACKAGE=" + debs[0], "MORTISE_PACKAGE_VERSION=" + p.version}
	return command(ctx, env, "go", "test", "-count=1", "-v", "-timeout", "10m", "./build/package/blackbox").Run()
}
