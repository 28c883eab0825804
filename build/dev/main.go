// Command dev is the one command of people who work on Mortise:
//
//	go run ./build/dev test
//
// It uses the standard library only, so that it starts at once on a machine that
// has nothing but Go.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// verb is one thing that the command does.
type verb struct {
	name, help string
	run        func(ctx context.Context, args []string) error
}

func verbs() []verb {
	return []verb{
		{"studio", "build the Studio and open it with the tutorial, or a project of yours; -web for a browser, -watch while you work on the page", studio},
		{"test", "install what the tests need and run them all; arguments go to go test", test},
		{"build", "build the headless binary bin/mortise, with the compiler and the Studio's page in it", build},
		{"pack", "make the compiler's packs; -fast in a hurry, -os and -arch for another system, -out for another folder", pack},
		{"package", "make what an analyst installs, in bin/packages: a .deb and an archive for Linux, an installer for Windows; and try the .deb", packages},
		{"lint", "check the style with golangci-lint and gofumpt, and the frontend with tsc, biome and knip; -fix mends what it can", lint},
		{"bench", "measure, and print the ratios that the product promises", bench},
		{"gatefuzz", "look for programs that the gate admits and the interpreter answers wrongly; -time 10m, -seed N", gatefuzz},
		{"generate", "make the generated files anew: type data, symbol tables and the projects' copy of the SDK", generate},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if err := toRoot(); err != nil {
		return err
	}
	if len(args) > 0 {
		for _, v := range verbs() {
			if v.name == args[0] {
				return v.run(ctx, args[1:])
			}
		}
	}
	fmt.Println("usage: go run ./build/dev <verb> [arguments]")
	for _, v := range verbs() {
		fmt.Printf("  %-9s %s\n", v.name, v.help)
	}
	if len(args) > 0 && args[0] != "help" {
		return fmt.Errorf("there is no verb %q", args[0])
	}
	return nil
}

// toRoot goes to the folder of go.mod.
func toRoot() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for {
		if data, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(data), "module mortise\n") {
			return os.Chdir(dir)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return fmt.Errorf("run it inside the checkout of mortise")
		}
		dir = up
	}
}

// command returns a command that shows its output and ends with ctx.
func command(ctx context.Context, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// gatefuzz runs programs that are put together by chance on the interpreter and
// on Go. It fails where one that the gate admits differs.
func gatefuzz(ctx context.Context, args []string) error {
	return command(ctx, nil, "go", append([]string{"run", "./interp/gate/internal/gatefuzz/cmd"}, args...)...).Run()
}

func generate(ctx context.Context, _ []string) error {
	if err := command(ctx, nil, "go", "generate", "./...").Run(); err != nil {
		return err
	}
	// The copy of the SDK that projects carry is a golden file.
	return command(ctx, nil, "go", "test", "./projects", "-run", "TestSDK", "-update").Run()
}

// pack makes the packs of the compiler, which package build/compiler embeds: from
// the installed Go, where they are not fresh.
func pack(ctx context.Context, args []string) error {
	run := append([]string{"run", "./build/compiler/internal/makepack"}, args...)
	return command(ctx, nil, "go", run...).Run()
}

// build makes the headless binary, with the version that git knows.
func build(ctx context.Context, args []string) error {
	if err := bundle(ctx); err != nil {
		return err
	}
	if err := pack(ctx, nil); err != nil {
		return err
	}
	out, err := compile(ctx, "mortise", []string{"CGO_ENABLED=0"}, args...)
	if err != nil {
		return err
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %.1f MB\n", out, float64(info.Size())/1e6)
	return nil
}

// compile makes a binary in bin and returns its name.
func compile(ctx context.Context, name string, env []string, args ...string) (string, error) {
	out := filepath.Join("bin", name)
	if runtime.GOOS == "windows" {
		out += ".exe"
	}
	flags := []string{
		"build", "-trimpath", "-buildvcs=false", "-o", out,
		"-ldflags", "-s -w -X main.version=" + version(ctx),
	}
	if err := command(ctx, env, "go", append(append(flags, args...), ".")...).Run(); err != nil {
		return "", fmt.Errorf("build of %s: %w", out, err)
	}
	return out, nil
}

// version is what git says of the checkout; "dev" outside of one.
func version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "dev"
	}
	return strings.TrimSpace(string(out))
}
