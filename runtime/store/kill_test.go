package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const childFile = "MORTISE_TEST_STORE_CHILD"

// TestMain is also the main of the child that TestKill kills.
func TestMain(m *testing.M) {
	if file := os.Getenv(childFile); file != "" {
		child(file)
	}
	os.Exit(m.Run())
}

// child writes runs until it is killed and says which are stored.
func child(file string) {
	ctx := context.Background()
	s, err := Open(ctx, Options{File: file})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		id := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if err := s.SaveRun(ctx, aRun(id, "job")); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("stored", id)
		if i%100 == 99 {
			if _, err := s.PruneRuns(ctx, "nobody", 10); err != nil {
				fmt.Println("error", err)
			}
		}
	}
}

// TestKill kills a process that writes, at random moments: the file stays whole
// and holds everything that was stored.
func TestKill(t *testing.T) {
	file, stored := filepath.Join(t.TempDir(), "store.db"), []string{}
	for range 8 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childFile+"="+file)
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
		time.AfterFunc(time.Duration(20+rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		rest, err := io.ReadAll(lines)
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		for line := range strings.Lines(string(rest)) {
			if id, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "stored "); ok && strings.HasSuffix(line, "\n") {
				stored = append(stored, id)
			} else if strings.HasPrefix(line, "error") {
				t.Errorf("the child says %q", line)
			}
		}
	}
	s := open4test(t, file)
	if found, _ := filepath.Glob(file + ".damaged-*"); len(found) > 0 {
		t.Errorf("the store was damaged: %v", found)
	}
	lost := 0
	for _, id := range stored {
		if _, found, err := s.Run(t.Context(), id); !found || err != nil {
			lost++
		}
	}
	t.Logf("8 kills, %d runs stored, %d lost", len(stored), lost)
	if lost > 0 || len(stored) == 0 {
		t.Errorf("%d of %d stored runs are lost, want none", lost, len(stored))
	}
}
