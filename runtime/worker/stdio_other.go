//go:build !unix

package worker

import (
	"fmt"
	"io"
	"os"
)

// Stdio takes standard input and output for the protocol, away from everything
// else in the program: what it prints goes to standard error, which the host
// writes to the log, and its standard input is empty.
func Stdio() (in io.Reader, out io.Writer, err error) {
	read, write := os.Stdin, os.Stdout
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, fmt.Errorf("open an empty input: %w", err)
	}
	os.Stdin, os.Stdout = null, os.Stderr
	return read, write, nil
}
