package cli_test

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mortise/app/cli"
)

// TestMain makes the test binary the mortise binary as well: for workers, which
// hosts inside of tests start, and for the scripts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		mortise()
	}
	testscript.Main(m, map[string]func(){"mortise": mortise})
}

// mortise is the binary's main.
func mortise() {
	signals := make(chan os.Signal, 2)
	if !cli.Plain(os.Args[1:]) {
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(os.Getenv("HOME"), ".config")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = ""
	}
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	os.Exit(cli.Run(context.Background(), cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Lookup: os.LookupEnv,
		Dir: dir, ConfigDir: config, CacheDir: cache, Executable: self, Signals: signals,
	}))
}
