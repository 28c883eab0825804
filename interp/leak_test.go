package interp_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"mortise/runtime/worker"
)

// usage is what a process holds.
type usage struct {
	heap       uint64
	goroutines int
	files      int
	children   int
}

func measure(t *testing.T) usage {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("no /proc: %v", err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Skipf("no /proc: %v", err)
	}
	children := 0
	for _, task := range tasks {
		b, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		children += len(strings.Fields(string(b)))
	}
	return usage{m.HeapAlloc, runtime.NumGoroutine(), len(files), children}
}

// maxGrowth is what the heap may grow by; the versions that a build keeps are of
// other sizes than those before.
const maxGrowth = 2 << 20

// TestLeak builds, starts and ends many versions of a project.
func TestLeak(t *testing.T) {
	rounds := 1000
	if testing.Short() || raceEnabled {
		rounds = 50
	}
	b := newBuilder(t, worker.Limits{})
	version := func(i int) string {
		return strings.ReplaceAll(several, `"Dear "`, fmt.Sprintf(`"Dear %d "`, i))
	}
	round := func(i int) {
		p, _, err := b.Build(t.Context(), project(version(i)))
		if err != nil {
			t.Fatalf("Build %d: %v", i, report(err))
		}
		if i%10 != 0 { // builds are many more than starts
			return
		}
		x, err := p.Start(t.Context())
		if err != nil {
			t.Fatalf("Start %d: %v", i, report(err))
		}
		want(t, x, "orders.Total", `{"user":"Ann","items":[]}`, fmt.Sprintf(`{"user":"Dear %d Ann","total":0,"items":[]}`, i))
		end(t, x)
		if pr, ok := x.(*worker.Process); ok {
			<-pr.Exited()
		}
	}
	for i := range 50 {
		round(i)
	}
	before := measure(t)
	for i := range rounds {
		round(50 + i)
	}
	var after usage
	for range 100 { // a spare may be on its way, and ended workers are watched for a moment
		after = measure(t)
		if after.goroutines <= before.goroutines && after.files <= before.files && after.children <= before.children && after.heap < before.heap+maxGrowth {
			break
		}
		wait, stop := time.NewTimer(50*time.Millisecond), t.Context().Done()
		select {
		case <-wait.C:
		case <-stop:
		}
	}
	t.Logf("before %+v, after %d builds %+v", before, rounds, after)
	if after.goroutines > before.goroutines+2 || after.files > before.files+2 || after.children > before.children+1 {
		t.Errorf("before %+v, after %d builds %+v: goroutines, files or processes are left", before, rounds, after)
	}
	if grown := int64(after.heap) - int64(before.heap); grown > maxGrowth {
		t.Errorf("the heap grew by %d KiB in %d builds", grown>>10, rounds)
	}
}
