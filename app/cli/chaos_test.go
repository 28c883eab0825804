package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mortise/projects"
)

const chaosSource = `// Package sink passes things on.
package sink

import "mortise/runtime/service"

// Item is one of them.
type Item struct {
	ID int ` + "`json:\"id\"`" + `
}

// Echo answers.
func Echo(ctx *service.Context, in Item) (Item, error) { return in, nil }

// Accept stores an item, to be passed on later.
func Accept(ctx *service.Context, in Item) (Item, error) {
	_, err := ctx.Go("sink.Pass", in)
	return in, err
}

// Pass passes one on.
func Pass(ctx *service.Context, in Item) error { return ctx.REST("Sink").Post(in).Err() }
`

// chaos is a project that is served by a process of its own.
type chaos struct {
	t       *testing.T
	dir     string
	address string
	log     *os.File
	cmd     *exec.Cmd
}

func newChaos(t *testing.T, sink string) *chaos {
	t.Helper()
	if testing.Short() {
		t.Skip("kills processes for some seconds; run it without -short")
	}
	c := &chaos{t: t, dir: filepath.Join(t.TempDir(), "chaos")}
	p, err := projects.Create(t.Context(), projects.New{Dir: c.dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"services/sink/sink.go": chaosSource,
		"connections/sink.yaml": "name: Sink\ntype: rest\naddress: " + sink + "\n",
		"channels/echo.yaml":    "type: rest\npath: /echo\nservice: sink.Echo\n",
		"channels/accept.yaml":  "type: rest\npath: /accept\nservice: sink.Accept\n",
	} {
		file := filepath.Join(c.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = l.Addr().String()
	l.Close()
	if c.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.kill()
		c.log.Close()
		if t.Failed() {
			data, _ := os.ReadFile(c.log.Name())
			t.Logf("the log:\n%s", data[max(0, len(data)-8000):])
		}
	})
	return c
}

// serve starts the host and waits until it is ready.
func (c *chaos) serve() {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	c.cmd = exec.Command(self, "serve", c.dir, "--listen", c.address, "--level", "warn")
	c.cmd.Args[0] = "mortise"
	c.cmd.Env = append(os.Environ(), "HOME="+c.t.TempDir(), "GORACE=atexit_sleep_ms=0")
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	until(c.t, 30*time.Second, "the host is ready", func() bool {
		status, _ := c.post("/echo", 1)
		return status == http.StatusOK
	})
}

func (c *chaos) kill() {
	if c.cmd != nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		c.cmd = nil
	}
}

// workers returns the ids of the host's children.
func (c *chaos) workers() []int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", c.cmd.Process.Pid))
	var pids []int
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		for field := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

var chaosClient = &http.Client{Timeout: 10 * time.Second}

// post sends an item and returns the status, 0 where there was no answer.
func (c *chaos) post(path string, id int) (int, string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+c.address+path, strings.NewReader(fmt.Sprintf(`{"id":%d}`, id)))
	if err != nil {
		return 0, err.Error()
	}
	res, err := chaosClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(bytes.TrimSpace(body))
}

func until(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after %v", what, limit)
		}
	}
}

// TestKilledWorkers kills workers at random under load: callers get an answer,
// the right one or a clear 503, and afterwards all is well.
func TestKilledWorkers(t *testing.T) {
	t.Parallel()
	c := newChaos(t, "http://127.0.0.1:9")
	c.serve()
	if len(c.workers()) == 0 {
		t.Skip("the system does not tell a process's children")
	}
	var good, bad atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for n := range 8 {
		load.Go(func() {
			for id := n; ; id += 8 {
				select {
				case <-stop:
					return
				default:
				}
				switch status, body := c.post("/echo", id); {
				case status == http.StatusOK && body == fmt.Sprintf(`{"id":%d}`, id):
					good.Add(1)
				case status == http.StatusServiceUnavailable && strings.Contains(body, `"code":"worker.`):
					bad.Add(1)
				default:
					t.Errorf("item %d is answered with %d %s, want itself or a clear 503", id, status, body)
				}
			}
		})
	}
	for range 15 {
		if pids := c.workers(); len(pids) > 0 {
			_ = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL)
		}
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
	}
	close(stop)
	load.Wait()
	until(t, 10*time.Second, "all is well again", func() bool {
		status, _ := c.post("/echo", 1)
		return status == http.StatusOK
	})
	t.Logf("%d answers, %d of them 503", good.Load()+bad.Load(), bad.Load())
}

// TestKilledHost kills the host at random while it accepts items that are to be
// passed on later: each that was accepted arrives, and nothing is left running.
func TestKilledHost(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	arrived := map[int]bool{}
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var item struct{ ID int }
		if json.NewDecoder(r.Body).Decode(&item) == nil {
			mu.Lock()
			arrived[item.ID] = true
			mu.Unlock()
		}
	}))
	defer sink.Close()
	c := newChaos(t, sink.URL)
	var accepted []int
	id := 0
	for range 4 {
		c.serve()
		workers := c.workers()
		deadline := time.Now().Add(time.Duration(300+rand.IntN(500)) * time.Millisecond)
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(time.Until(deadline))
			_ = c.cmd.Process.Kill()
		}()
		for {
			id++
			status, _ := c.post("/accept", id)
			if status == http.StatusOK {
				accepted = append(accepted, id)
			} else if time.Now().After(deadline) {
				break
			}
		}
		<-killed
		_ = c.cmd.Wait()
		c.cmd = nil
		for _, pid := range workers {
			until(t, 10*time.Second, fmt.Sprintf("worker %d has ended with its host", pid), func() bool { return ended(pid) })
		}
	}
	c.serve()
	until(t, 60*time.Second, "every accepted item has arrived", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range accepted {
			if !arrived[id] {
				return false
			}
		}
		return true
	})
	if len(accepted) == 0 {
		t.Error("no item was accepted")
	}
	t.Logf("%d items accepted, all of them arrived", len(accepted))
}

// ended reports whether a process is gone, or waits only to be asked how it
// ended.
func ended(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(data), ") ")
	return strings.HasPrefix(state, "Z")
}
