//go:build !unix

package worker

import "io"

// directWriter leaves every write to the goroutine: a write to a pipe waits on
// this system.
func directWriter(io.Writer) func([]byte) int { return func([]byte) int { return 0 } }
