package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden files inside of the scripts")

// patience bounds every wait of a script. What is waited for mostly takes
// milliseconds; the bound is for a machine that has much else to do.
const patience = 20 * time.Second

// TestScript runs the walks of testdata/script, each in a folder of its own, with
// the real binary in real processes.
//
// Beside the commands of testscript there are
//
//	serve DIR [args]               start mortise serve on a free port and wait until it says how the project is;
//	                               sets URL, HOST, CONTROL, TOKEN and PID, writes DIR.out and DIR.log; passes the
//	                               variables that PASS names on
//	halt DIR TERM|INT|KILL [code]  end it, and see that its workers end too
//	killworkers DIR                kill -9 the workers of a server
//	http [-wait] METHOD URL [-H header] [-d body] [status=N] [body=REGEXP] [header=REGEXP]
//	                               send a request; sets CID; -wait repeats it until the answer is as wanted
//	until REGEXP command [args]    repeat a command until its output matches
//	waitlog DIR REGEXP             wait for lines of DIR.log
//	edit FILE OLD NEW              replace a text that stands in the file once, as editors save
//	hammer METHOD URL [...]        send requests all the time, until: hammer stop
//	readme FILE HEADING            follow a section of a page word by word
//	setfrom NAME FILE              set a variable to the text of a file
//	code N command [args]          run a command that must end with an exit code
//	[!] holds TEXT PATH...         whether a file in these paths holds a text
//
// and the conditions [way:NAME], how services run, and [compiler]. The first line
// of a script may name the ways in which it runs: those that name
// none run as they do by default.
func TestScript(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the scripts end processes with signals")
	}
	bin := buildBinary(t)
	runScripts(t, bin, "auto")
	runElsewhere(t, bin)
}

// commands are those that scripts have beside the commands of testscript.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"serve": cmdServe, "halt": cmdHalt, "killworkers": cmdKillWorkers, "http": cmdHTTP, "until": cmdUntil,
		"waitlog": cmdWaitLog, "edit": cmdEdit, "hammer": cmdHammer, "holds": cmdHolds, "readme": cmdReadme, "setfrom": cmdSetFrom,
		"code": cmdCode,
	}
}

// buildBinary builds mortise as users have it and returns the folder it is in.
func buildBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "mortise")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build mortise: %v\n%s", err, out)
	}
	return dir
}

// world is what the commands of one script share.
type world struct {
	servers map[string]*server
	hammer  *hammer
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func setup(e *testscript.Env, bin string) error {
	w := &world{servers: map[string]*server{}}
	e.Values[worldKey{}] = w
	home := filepath.Join(e.WorkDir, ".home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	readme, err := filepath.Abs(filepath.Join("..", "..", "README.md"))
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"README": readme, "XDG_CACHE_HOME": filepath.Join(cache, "mortise-test"), // the compiler is unpacked once for all
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "AppData": home, "BIN": bin,
		"PATH": bin + string(os.PathListSeparator) + e.Getenv("PATH"), "NO_COLOR": "1", "TZ": "UTC",
		"CID": "", "URL": "", "HOST": "", "CONTROL": "", "TOKEN": "", "PID": "",
	} {
		e.Setenv(name, value)
	}
	e.Defer(func() {
		if w.hammer != nil {
			w.hammer.end()
		}
		for _, s := range w.servers {
			_ = s.cmd.Process.Kill() // it may have ended already
			<-s.done
		}
	})
	return nil
}

// server is a running mortise serve.
type server struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: serve DIR [args]")
	}
	dir, files := args[0], ts.MkAbs(strings.ReplaceAll(args[0], "/", "-"))
	run := append([]string{"serve", dir}, args[1:]...)
	if !strings.Contains(strings.Join(args, " "), "--listen") {
		run = append(run, "--listen", "127.0.0.1:0")
	}
	stdout, err := os.Create(files + ".out")
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(files + ".log")
	ts.Check(err)
	defer stderr.Close()
	s := &server{exec.Command(program(ts, dir), run...), make(chan struct{})}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = ts.MkAbs("."), stdout, stderr
	for name := range strings.FieldsSeq(ts.Getenv("PASS") + " HOME XDG_CONFIG_HOME XDG_CACHE_HOME MORTISE_ENGINE AppData PATH TZ NO_COLOR SYSTEMROOT TMPDIR") {
		s.cmd.Env = append(s.cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(s.cmd.Start())
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait() // its state is asked for where it matters
	}()
	worldOf(ts).servers[dir] = s

	var host struct {
		PID                     int
		Address, Control, Token string
	}
	wait(ts, func() error {
		select {
		case <-s.done:
			ts.Fatalf("mortise %s ended: %v\n%s", strings.Join(run, " "), s.cmd.ProcessState, ts.ReadFile(files+".log"))
		default:
		}
		data, err := os.ReadFile(filepath.Join(ts.MkAbs(dir), ".mortise", "run.json"))
		if err == nil {
			err = json.Unmarshal(data, &host)
		}
		if err == nil && host.PID != s.cmd.Process.Pid {
			err = fmt.Errorf("run.json is of process %d", host.PID)
		}
		if err == nil && !strings.Contains(strings.Join(args, " "), "json") && ts.ReadFile(files+".out") == "" {
			err = errors.New("it does not say yet whether the project is live")
		}
		return err
	})
	ts.Setenv("URL", host.Address)
	ts.Setenv("HOST", strings.TrimPrefix(host.Address, "http://"))
	ts.Setenv("CONTROL", host.Control)
	ts.Setenv("TOKEN", host.Token)
	ts.Setenv("PID", strconv.Itoa(host.PID))
}

func cmdHalt(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	if neg || len(args) < 2 || signals[args[1]] == 0 {
		ts.Fatalf("usage: halt DIR TERM|INT|KILL [code]")
	}
	s := worldOf(ts).servers[args[0]]
	if s == nil {
		ts.Fatalf("%q is not served", args[0])
	}
	workers := descendants(s.cmd.Process.Pid)
	ts.Check(s.cmd.Process.Signal(signals[args[1]]))
	select {
	case <-s.done:
	case <-time.After(patience):
		ts.Fatalf("process %d goes on %s after SIG%s", s.cmd.Process.Pid, patience, args[1])
	}
	delete(worldOf(ts).servers, args[0])
	want := 0
	if len(args) > 2 {
		code, err := strconv.Atoi(args[2])
		ts.Check(err)
		want = code
	}
	if code := s.cmd.ProcessState.ExitCode(); args[1] != "KILL" && code != want {
		ts.Fatalf("exit code %d after SIG%s, want %d", code, args[1], want)
	}
	wait(ts, func() error {
		for _, p := range workers {
			if p.alive() {
				return fmt.Errorf("worker %s outlives its host", p.pid)
			}
		}
		return nil
	})
}

func cmdKillWorkers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || worldOf(ts).servers[args[0]] == nil {
		ts.Fatalf("usage: killworkers DIR")
	}
	workers := descendants(worldOf(ts).servers[args[0]].cmd.Process.Pid)
	if len(workers) == 0 {
		ts.Fatalf("%q has no workers", args[0])
	}
	for _, w := range workers {
		pid, err := strconv.Atoi(w.pid)
		ts.Check(err)
		p, err := os.FindProcess(pid)
		ts.Check(err)
		if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			ts.Check(err)
		}
	}
}

// process is one process, told apart from later ones with its id by the time it
// started.
type process struct{ pid, started string }

// descendants returns the processes that a process started, and those that they
// started: none where there is no /proc.
func descendants(pid int) []process {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := map[string][]process{}
	for _, name := range stats {
		if fields := procStat(name); fields != nil {
			parent := fields[1]
			children[parent] = append(children[parent], process{filepath.Base(filepath.Dir(name)), fields[19]})
		}
	}
	found := children[strconv.Itoa(pid)]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

// procStat returns the fields of a process behind its name: state, parent and so
// on; see proc_pid_stat(5).
func procStat(name string) []string {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 20 {
		return nil
	}
	return fields
}

func (p process) alive() bool {
	fields := procStat(filepath.Join("/proc", p.pid, "stat"))
	return fields != nil && fields[19] == p.started && fields[0] != "Z"
}

// wait repeats what may not be so yet.
func wait(ts *testscript.TestScript, try func() error) {
	end := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("after %s: %v", patience, err)
		}
		time.Sleep(10 * time.Millisecond) // another process decides when, and there is nothing to wait on
	}
}

func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP command [args]")
	}
	want := pattern(ts, args[0])
	wait(ts, func() error {
		cmd := exec.Command(args[1], args[2:]...)
		if filepath.Base(args[1]) == args[1] {
			if own := filepath.Join(ts.Getenv("BIN"), args[1]); exists(own) {
				cmd = exec.Command(own, args[2:]...)
			}
		}
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "XDG_CONFIG_HOME="+ts.Getenv("XDG_CONFIG_HOME"), "TZ=UTC")
		out, err := cmd.CombinedOutput()
		if !want.Match(out) {
			return fmt.Errorf("%s: %w, nothing in the output matches %q\n%s", strings.Join(args[1:], " "), err, want, out)
		}
		_, err = ts.Stdout().Write(out)
		return err
	})
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func pattern(ts *testscript.TestScript, expr string) *regexp.Regexp {
	re, err := regexp.Compile("(?m)" + expr)
	ts.Check(err)
	return re
}

func cmdWaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitlog DIR REGEXP")
	}
	want := pattern(ts, args[1])
	wait(ts, func() error {
		if log := ts.ReadFile(args[0] + ".log"); !want.MatchString(log) {
			lines := strings.SplitAfter(log, "\n")
			return fmt.Errorf("nothing in the log matches %q; its end is\n%s", want, strings.Join(lines[max(0, len(lines)-40):], ""))
		}
		return nil
	})
}

func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	plain := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	if n := strings.Count(text, plain.Replace(args[1])); n != 1 {
		ts.Fatalf("%q stands %d times in %s, want once\n%s", args[1], n, args[0], text)
	}
	name := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(name+"~", []byte(strings.Replace(text, plain.Replace(args[1]), plain.Replace(args[2]), 1)), 0o600))
	ts.Check(os.Rename(name+"~", name))
}

func cmdSetFrom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setfrom NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

func cmdHolds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] holds TEXT PATH...")
	}
	var found []string
	for _, root := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(name)
			if bytes.Contains(data, []byte(args[0])) {
				found = append(found, name)
			}
			return err
		}))
	}
	switch {
	case neg && len(found) > 0:
		ts.Fatalf("%q stands in %s", args[0], strings.Join(found, ", "))
	case !neg && len(found) == 0:
		ts.Fatalf("%q stands nowhere in %s", args[0], strings.Join(args[1:], ", "))
	}
}

// request is an HTTP request of a script and what its answer must be.
type request struct {
	method, url, body string
	header            http.Header
	status            int
	want, wantHeader  *regexp.Regexp
}

func parseRequest(ts *testscript.TestScript, args []string) request {
	if len(args) < 2 {
		ts.Fatalf("usage: http [-wait] METHOD URL [-H header] [-d body] [status=N] [body=REGEXP] [header=REGEXP]")
	}
	r := request{method: args[0], url: args[1], header: http.Header{}}
	for i := 2; i < len(args); i++ {
		key, value, _ := strings.Cut(args[i], "=")
		switch key {
		case "-H", "-d":
			if i++; i == len(args) {
				ts.Fatalf("%s what?", key)
			}
			if key == "-d" {
				r.body = args[i]
				break
			}
			name, text, _ := strings.Cut(args[i], ":")
			r.header.Add(name, strings.TrimSpace(text))
		case "status":
			code, err := strconv.Atoi(value)
			ts.Check(err)
			r.status = code
		case "body":
			r.want = pattern(ts, value)
		case "header":
			r.wantHeader = pattern(ts, value)
		default:
			ts.Fatalf("what is %q?", args[i])
		}
	}
	return r
}

// answer is what came back.
type answer struct {
	head, body string
	cid        string
}

// do sends the request, on a connection of its own, and compares the answer.
func (r request) do(client *http.Client) (answer, error) {
	req, err := http.NewRequest(r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header = r.header.Clone()
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%s\n", resp.Status)
	for name, values := range resp.Header {
		fmt.Fprintf(&head, "%s: %s\n", name, strings.Join(values, ", "))
	}
	a := answer{head.String(), string(body), resp.Header.Get("X-Correlation-Id")}
	switch {
	case r.status != 0 && resp.StatusCode != r.status:
		err = fmt.Errorf("status %d, want %d", resp.StatusCode, r.status)
	case r.want != nil && !r.want.Match(body):
		err = fmt.Errorf("the body does not match %q", r.want)
	case r.wantHeader != nil && !r.wantHeader.MatchString(a.head):
		err = fmt.Errorf("the header does not match %q", r.wantHeader)
	}
	if err != nil {
		return a, fmt.Errorf("%s %s: %w\n%s\n%s", r.method, r.url, err, a.head, a.body)
	}
	return a, nil
}

func newClient() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
}

func cmdHTTP(ts *testscript.TestScript, neg bool, args []string) {
	repeat := len(args) > 0 && args[0] == "-wait"
	if repeat {
		args = args[1:]
	}
	if neg {
		ts.Fatalf("name the status instead")
	}
	r, client := parseRequest(ts, args), newClient()
	a, err := r.do(client)
	if repeat {
		wait(ts, func() error {
			a, err = r.do(client)
			return err
		})
	}
	ts.Check(err)
	ts.Setenv("CID", a.cid)
	_, _ = io.WriteString(ts.Stdout(), a.body)
	_, _ = io.WriteString(ts.Stderr(), a.head)
}

// hammer sends requests until it is told to end.
type hammer struct {
	stop   chan struct{}
	wg     sync.WaitGroup
	mu     sync.Mutex // guards what follows
	sent   int
	failed []error
}

func cmdHammer(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 1 && args[0] == "stop" && w.hammer != nil {
		h := w.hammer
		w.hammer = nil
		h.end()
		if len(h.failed) > 0 || h.sent == 0 {
			ts.Fatalf("%d of %d requests failed: %v", len(h.failed), h.sent, errors.Join(h.failed[:min(len(h.failed), 3)]...))
		}
		ts.Logf("%d requests, none failed", h.sent)
		return
	}
	if neg || w.hammer != nil {
		ts.Fatalf("usage: hammer METHOD URL [as http], hammer stop")
	}
	r, h := parseRequest(ts, args), &hammer{stop: make(chan struct{})}
	w.hammer = h
	for range 2 {
		h.wg.Go(func() { h.run(r) })
	}
}

func (h *hammer) run(r request) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	pace := time.NewTicker(2 * time.Millisecond) // the log has to be read too
	defer pace.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-pace.C:
		}
		_, err := r.do(client)
		h.mu.Lock()
		h.sent++
		if err != nil {
			h.failed = append(h.failed, err)
		}
		h.mu.Unlock()
	}
}

func (h *hammer) end() {
	close(h.stop)
	h.wg.Wait()
}
