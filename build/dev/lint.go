package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// lint runs golangci-lint, whose version and settings stand in build/lint. The
// first run builds it from its module, which takes a few minutes. Then it checks
// the frontend.
func lint(ctx context.Context, args []string) error {
	tool, err := linter(ctx)
	if err != nil {
		return err
	}
	for i, a := range args {
		if a == "-fix" {
			args[i] = "--fix"
		}
	}
	run := append([]string{"run", "--config", filepath.Join("build", "lint", "golangci.yml")}, args...)
	if err = command(ctx, nil, tool, run...).Run(); err != nil {
		err = fmt.Errorf("golangci-lint: %w", err)
	}
	if hasWindow(ctx) {
		window := append(run, "--build-tags", windowTags(), "./app/desktop/...")
		if werr := command(ctx, nil, tool, window...).Run(); werr != nil {
			err = errors.Join(err, fmt.Errorf("golangci-lint of the window: %w", werr))
		}
	}
	return errors.Join(err, checkFrontend(ctx))
}

// linter returns the path of golangci-lint, built where it is not there yet for
// this version and this Go.
func linter(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join("build", "lint", "go.mod"))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "mortise-dev", fmt.Sprintf("lint-%s-%08x", runtime.Version(), sum(mod)))
	tool := filepath.Join(dir, "golangci-lint")
	if _, err := os.Stat(tool); err == nil {
		return tool, nil
	}
	fmt.Println("building golangci-lint, once")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	cmd := command(ctx, []string{"CGO_ENABLED=0"}, "go", "build", "-o", tool, "github.com/golangci/golangci-lint/v2/cmd/golangci-lint")
	cmd.Dir = filepath.Join("build", "lint")
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build golangci-lint: %w", err)
	}
	return tool, nil
}

// sum is FNV-1a, to tell versions apart.
func sum(data []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}
