package worker

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// lookEvery is the time between two looks of a worker at its own memory.
const lookEvery = 50 * time.Millisecond

// WatchMemory ends the process when it holds more than its limit, which the
// collector keeps as long as it can. The host would kill it a little later; a
// worker that ends itself leaves the stacks behind from which the host sees
// which service it was. It returns when done is closed.
func WatchMemory(done <-chan struct{}) {
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		limit := debug.SetMemoryLimit(-1) // the host may tell it later
		if limit == math.MaxInt64 {
			continue
		}
		metrics.Read(held)
		if held[0].Value.Uint64()-held[1].Value.Uint64() > uint64(limit)+uint64(limit)/8 {
			writeStacks()
			panic(outOfMemory)
		}
	}
}

// maxStacks bounds the text of all stacks.
const maxStacks = 1 << 20

// writeStacks writes the stacks of all goroutines in the form of a crash. Those
// that the panic itself writes leave out the goroutines that are running, which
// are the ones that matter.
func writeStacks() {
	buf := make([]byte, maxStacks)
	n := runtime.Stack(buf, true)
	_, _ = fmt.Fprintf(os.Stderr, "fatal error: %s\n\n%s\n\n", outOfMemory, buf[:n])
}
