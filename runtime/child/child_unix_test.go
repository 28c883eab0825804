//go:build unix

package child_test

import (
	"bufio"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mortise/runtime/child"
)

// TestKill ends a child and what the child started: the pipe that both hold ends.
func TestKill(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 1000 & echo begun; wait")
	cmd.SysProcAttr = child.Apart()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	leash, err := child.Hold(cmd.Process, 1<<30)
	if err != nil {
		t.Fatalf("Hold() = %v", err)
	}
	defer leash.Close()
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || line != "begun\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	leash.Kill()
	var rest strings.Builder
	if n, err := lines.WriteTo(&rest); n != 0 || err != nil {
		t.Errorf("behind its end the child says %q, %v", rest.String(), err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("Wait() of a killed child = nil")
	}
	if code, signal := child.Ending(cmd.ProcessState); code != -1 || signal != syscall.SIGKILL {
		t.Errorf("Ending() = %d, %v, want -1, killed", code, signal)
	}
	if child.Peak(cmd.ProcessState) <= 0 {
		t.Errorf("Peak() = %d, want what it held", child.Peak(cmd.ProcessState))
	}
}

func TestWatch(t *testing.T) {
	over := make(chan struct{})
	pid := syscall.Getpid()
	if child.Resident(pid) > 0 && !child.Watch(pid, 1, time.Millisecond, over) {
		t.Error("Watch() of a process that holds more than a byte = false")
	}
	close(over)
	if child.Watch(pid, 1<<50, time.Hour, over) {
		t.Error("Watch() of what is over = true")
	}
	if got := child.Resident(0); got != 0 {
		t.Errorf("Resident(0) = %d, want 0 for what is no process", got)
	}
}
