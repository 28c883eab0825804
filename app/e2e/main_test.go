package e2e_test

import (
	"context"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mortise/app/cli"
	"mortise/app/e2e"
)

// suite is what the tests of this package share.
var suite e2e.Suite

// TestMain makes the test binary the mortise binary as well, for the Studios and
// their workers. The variable MORTISE_E2E_BINARY names another one, and
// MORTISE_E2E_WINDOW one that opens windows, which are tested then.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		mortise()
	}
	suite.Binary = os.Getenv("MORTISE_E2E_BINARY")
	suite.Window = os.Getenv("MORTISE_E2E_WINDOW")
	if suite.Binary == "" {
		self, err := os.Executable()
		if err != nil {
			panic(err)
		}
		suite.Binary = self
	}
	if d, err := filepath.Abs(filepath.Join("..", "..", "frontend", "dist")); err == nil {
		suite.Dist = d
	}
	// The page is served by another process; that this one has read it tells go
	// test when its results are old.
	_ = fs.WalkDir(os.DirFS(suite.Dist), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_, err = os.ReadFile(filepath.Join(suite.Dist, name))
		}
		return err
	})
	os.Exit(suite.Main(m))
}

// mortise is the binary's main.
func mortise() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = ""
	}
	os.Exit(cli.Run(context.Background(), cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Lookup: os.LookupEnv,
		Dir: dir, ConfigDir: os.Getenv("XDG_CONFIG_HOME"), CacheDir: cache, Home: os.Getenv("HOME"), Executable: self, Signals: signals,
		Page: os.DirFS(os.Getenv("MORTISE_E2E_PAGE")),
	}))
}
