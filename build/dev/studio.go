package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// studio builds the Studio with all that it needs and opens it: in a window where
// there can be one, otherwise in a browser.
func studio(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("studio", flag.ContinueOnError)
	web := flags.Bool("web", false, "show it in a browser")
	watch := flags.Bool("watch", false, "in a browser, with a page that follows the files of frontend/")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	window := !*web && !*watch
	if window && !hasScreen() {
		fmt.Println("there is no screen here: the Studio opens in a browser")
		window = false
	}
	if window && !ensure(ctx, "GTK and WebKit", hasWindow, windowPackages) {
		fmt.Println("the Studio opens in a browser")
		window = false
	}
	if !ensure(ctx, "Node.js", func(context.Context) bool { return has("npm") }, nodePackages) {
		return errors.New("the Studio's page needs Node.js with npm to be built")
	}
	bin, err := buildStudio(ctx, window, *watch)
	if err != nil {
		return err
	}
	dir, err := projectFor(ctx, bin, flags.Arg(0))
	if err != nil {
		return err
	}
	run := []string{"studio", dir}
	if !window {
		run = append(run, "--web")
	}
	if *watch {
		return watched(ctx, bin, run)
	}
	return gentle(command(ctx, nil, bin, run...)).Run()
}

// buildStudio builds the page and a binary for it, in a hurry.
func buildStudio(ctx context.Context, window, watch bool) (string, error) {
	if !watch {
		if err := bundle(ctx); err != nil {
			return "", err
		}
	}
	if err := pack(ctx, []string{"-fast"}); err != nil {
		return "", err
	}
	if window {
		return compile(ctx, "mortise-studio", []string{"CGO_ENABLED=" + cgo()}, "-tags", windowTags())
	}
	return compile(ctx, "mortise", []string{"CGO_ENABLED=0"})
}

// cgo says whether a window needs a C compiler.
func cgo() string {
	if runtime.GOOS == "windows" {
		return "0"
	}
	return "1"
}

// projectFor returns the project to open: the one that is named, or the tutorial
// in the user's folder, which is made the first time.
func projectFor(ctx context.Context, bin, dir string) (string, error) {
	if dir != "" {
		return filepath.Abs(dir)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(home, "mortise", "tutorial")
	if _, err := os.Stat(filepath.Join(dir, "mortise.yaml")); !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	return dir, command(ctx, nil, bin, "new", dir, "--template", "tutorial").Run()
}

// watched runs the Studio with a page that is bundled again at each change.
func watched(ctx context.Context, bin string, run []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	bundler := filepath.Join("bin", "bundle")
	if err := command(ctx, nil, "go", "build", "-o", bundler, "./build/bundle").Run(); err != nil {
		return err
	}
	page := filepath.Join("bin", "page")
	if err := os.MkdirAll(page, 0o750); err != nil {
		return err
	}
	bundling := gentle(command(ctx, nil, bundler, "-watch"))
	if err := bundling.Start(); err != nil {
		return err
	}
	err := gentle(command(ctx, nil, bin, append(run, "--page", page)...)).Run()
	cancel()
	_ = bundling.Wait() // it was told to end
	return err
}

// gentle lets a program end by itself when it is told to.
func gentle(cmd *exec.Cmd) *exec.Cmd {
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 30 * time.Second
	}
	return cmd
}
