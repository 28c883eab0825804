package linked

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"mortise/runtime/worker"
)

// Work is the whole life of a compiled worker's process: it answers the host's
// calls until that goes away. It takes standard input and output for that; what
// services print goes to the log. Goroutines of services may still run when it
// returns, so the program must end then.
func Work(ctx context.Context, services []Service) error {
	// Who ended the process may be seen only from the goroutine that started the
	// one that did.
	debug.SetTraceback("all")
	in, out, err := worker.Stdio()
	if err != nil {
		return fmt.Errorf("take standard input and output: %w", err)
	}
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { worker.WatchMemory(done) })
	defer watch.Wait()
	defer close(done)
	return worker.Serve(ctx, in, out, worker.ServeOptions{Services: funcs(services)})
}
