//go:build !windows

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// The launcher is for Windows alone; elsewhere it is compiled for its tests.

func hide(*exec.Cmd) {}

func complain(text string) { fmt.Fprintln(os.Stderr, text) }

func changePath(func(string) string) error { return errors.New("the PATH is changed on Windows only") }
