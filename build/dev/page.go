package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The packages of Debian and its like that bring what Go does not.
var (
	nodePackages   = []string{"nodejs", "npm"}
	windowPackages = []string{"pkg-config", "gcc", "libc6-dev", "libgtk-3-dev", "libwebkit2gtk-4.1-dev"}
	driverPackages = []string{"webkit2gtk-driver", "xvfb", "imagemagick"}
	chromePackages = []string{"chromium", "chromium-driver"}
)

// windowTags are the build tags of a mortise with a window.
func windowTags() string {
	if runtime.GOOS == "linux" {
		return "desktop,production,webkit2_41"
	}
	return "desktop,production"
}

// has reports whether a program is on the PATH.
func has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// ensure installs packages where they are missing and it may; otherwise it says
// what to do. It reports whether they are there.
func ensure(ctx context.Context, what string, there func(context.Context) bool, packages []string) bool {
	if there(ctx) {
		return true
	}
	line := "apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
	var sudo []string
	switch {
	case runtime.GOOS != "linux" || !has("apt-get"):
		fmt.Printf("%s: not found; install %s\n", what, strings.Join(packages, ", "))
		return false
	case os.Geteuid() == 0:
	case exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil:
		sudo = []string{"sudo", "-n"}
	default:
		fmt.Printf("%s: not found; to have it, run: sudo %s\n", what, line)
		return false
	}
	fmt.Printf("%s: not found; installing it: %s\n", what, line)
	for _, words := range [][]string{{"apt-get", "update", "-q"}, strings.Fields(line)} {
		words = append(append([]string{}, sudo...), words...)
		cmd := command(ctx, []string{"DEBIAN_FRONTEND=noninteractive"}, words[0], words[1:]...)
		cmd.Stdout = nil // it says a lot
		if err := cmd.Run(); err != nil {
			fmt.Printf("%s: %s: %v\n", what, strings.Join(words, " "), err)
			return false
		}
	}
	return there(ctx)
}

// bundle makes the Studio's page where npm is installed, and says so where the
// build has none. arguments go to build/bundle.
func bundle(ctx context.Context, args ...string) error {
	if !has("npm") {
		fmt.Println("npm is not installed: the Studio's page is not bundled; install Node.js 20 or later to have it")
		return nil
	}
	return command(ctx, nil, "go", append([]string{"run", "./build/bundle"}, args...)...).Run()
}

// hasWindow reports whether a mortise with a window can be built here.
func hasWindow(ctx context.Context) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	return has("gcc") && exec.CommandContext(ctx, "pkg-config", "--exists", "gtk+-3.0", "webkit2gtk-4.1").Run() == nil
}

// hasScreen reports whether there is a screen to open a window on.
func hasScreen() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// checkFrontend checks the types, the style and what is not used.
func checkFrontend(ctx context.Context) error {
	if !has("npm") {
		fmt.Println("npm is not installed: the frontend is not checked")
		return nil
	}
	if err := bundle(ctx, "-install"); err != nil {
		return err
	}
	var all error
	tools := filepath.Join("node_modules", ".bin")
	for _, tool := range [][]string{
		{filepath.Join(tools, "tsc"), "--noEmit"},
		{filepath.Join(tools, "biome"), "ci", "."},
		// It is no package of the frontend: npm ci refuses a lock file without the
		// parsers that its own dependencies have for every other system.
		{"npx", "--yes", "knip@6.44.2"},
	} {
		cmd := command(ctx, nil, tool[0], tool[1:]...)
		cmd.Dir = "frontend"
		if err := cmd.Run(); err != nil {
			all = errors.Join(all, fmt.Errorf("%s in frontend: %w", tool[0], err))
		}
	}
	return all
}
