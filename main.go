// Mortise is an integration studio with a local runtime. This is its binary: see
// mortise --help.
package main

import (
	"context"
	"embed"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-isatty"

	"mortise/app/cli"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version string

// page is the Studio's page, where the frontend was bundled.
//
//go:embed all:frontend/dist
var page embed.FS

//go:embed build/package/appicon.png
var icon []byte

func main() {
	signals := make(chan os.Signal, 2)
	if !cli.Plain(os.Args[1:]) {
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	}
	dir, _ := os.Getwd() // without one, relative names are relative to nothing
	config, err := os.UserConfigDir()
	if err != nil {
		config = filepath.Join(dir, ".config")
	}
	cache, _ := os.UserCacheDir()            // without one, among the temporary files
	home, _ := os.UserHomeDir()              // without one, nothing is suggested
	self, _ := os.Executable()               // without it, workers do not start and say so
	dist, _ := fs.Sub(page, "frontend/dist") // the name is valid
	os.Exit(cli.Run(context.Background(), cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Lookup: os.LookupEnv,
		Dir: dir, ConfigDir: config, CacheDir: cache, Home: home, Executable: self, Signals: signals, Version: version,
		Page: dist, Icon: icon,
		Terminal: isatty.IsTerminal(os.Stdout.Fd()) && isatty.IsTerminal(os.Stderr.Fd()) && os.Getenv("NO_COLOR") == "",
	}))
}
