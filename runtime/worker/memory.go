package worker

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"mortise/runtime/child"
)

// ceiling is the memory beyond which a worker is ended. It leaves room above the
// limit, just below which the collector works hardest.
func ceiling(memory int64) int64 { return memory + memory/4 + 64<<20 }

// reserved is the address space for data that Go sets aside without using it:
// 105 MiB in an idle worker of Go 1.26.
const reserved = 128 << 20

// limitMemory makes the system refuse more memory to this process, where it can.
// Go then ends with a message and the stacks, whether one allocation was too
// large or many were too many.
func limitMemory(memory int64) error { return child.LimitMemory(ceiling(memory) + reserved) }

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
