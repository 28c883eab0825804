package bus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const childDir = "MORTISE_TEST_BUS_CHILD"

// TestMain is also the main of the child that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child publishes and handles until it is killed, and says on its output what
// was acknowledged and what was handled.
func child(dir string) {
	ctx := context.Background()
	b, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	var mu sync.Mutex // guards the output
	say := func(what, id string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(what, id)
	}
	_, err = b.Consume(ctx, Calls, ConsumeOptions{Parallel: 8, Attempts: 1000}, func(_ context.Context, d Delivery) error {
		say("handled", d.ID)
		return nil
	})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for p := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), p, i)
				if _, _, err := b.Publish(ctx, Calls, Message{ID: id, Topic: "t", Body: make([]byte, 256)}); err != nil {
					say("error", err.Error())
					continue
				}
				say("stored", id)
			}
		}()
	}
	select {}
}

// TestKill kills a process that publishes and handles, at random moments, and
// checks that everything acknowledged is handled.
func TestKill(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	dir, stored, handled := t.TempDir(), map[string]bool{}, map[string]int{}
	for range rounds {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		if line, err := lines.ReadString('\n'); line != "ready\n" {
			t.Fatalf("the child says %q, %v", line, err)
		}
		time.AfterFunc(time.Duration(50+rand.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		rest, err := io.ReadAll(lines)
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		for line := range strings.Lines(string(rest)) {
			switch what, id, whole := strings.Cut(strings.TrimSuffix(line, "\n"), " "); {
			case !whole || !strings.HasSuffix(line, "\n"): // cut off by the kill
			case what == "stored":
				stored[id] = true
			case what == "handled":
				handled[id]++
			default:
				t.Errorf("the child says %q", line)
			}
		}
	}
	b := open4test(t, dir)
	depth, err := b.Depth(t.Context(), Calls)
	if err != nil {
		t.Fatal(err)
	}
	rest := make(chan string, depth)
	drain := func() {
		t.Helper()
		c := consume(t, b, Calls, ConsumeOptions{Parallel: 64, Attempts: 1000}, func(_ context.Context, d Delivery) error {
			rest <- d.ID
			return nil
		})
		for quiet := false; !quiet; {
			select {
			case id := <-rest:
				handled[id]++
			case <-time.After(ackWait + 2*time.Second):
				quiet = true
			}
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	drain()
	left, err := b.Depth(t.Context(), Calls)
	if err != nil {
		t.Fatal(err)
	}
	if left > 0 { // what a kill left stuck comes back with the next consumer
		t.Logf("%d messages were stuck", left)
		drain()
		if left, err = b.Depth(t.Context(), Calls); err != nil || left > 0 {
			t.Errorf("the queue holds %d messages in the end, %v, want none", left, err)
		}
	}
	lost, twice := 0, 0
	for id := range stored {
		if handled[id] == 0 {
			t.Logf("lost: %s", id)
			lost++
		}
	}
	for _, n := range handled {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d kills, %d messages acknowledged, %d left at the end, %d lost, %d handled more than once", rounds, len(stored), depth, lost, twice)
	if lost > 0 || len(stored) == 0 {
		t.Errorf("%d of %d acknowledged messages are lost, want none", lost, len(stored))
	}
	if most := rounds * 8 * 4; twice > most {
		t.Errorf("%d messages were handled more than once, want a few a kill", twice)
	}
}
