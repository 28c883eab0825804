package worker

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// lineOf finds a comment in services_test.go.
func lineOf(tb testing.TB, mark string) int {
	tb.Helper()
	text, err := os.ReadFile("services_test.go")
	if err != nil {
		tb.Fatal(err)
	}
	i := bytes.Index(text, []byte(mark))
	if i < 0 {
		tb.Fatalf("no %q in services_test.go", mark)
	}
	return 1 + bytes.Count(text[:i], []byte("\n"))
}

func TestDeaths(t *testing.T) {
	for _, c := range []struct{ service, in, what, mark string }{
		{"worker.Recurse", "", "endless recursion", "line of the recursion"},
		{"worker.Goroutine", "", "panic: lost in a goroutine", "line of the goroutine"},
		{"worker.Exit", "", "os.Exit was called (code 3)", ""},
		{"worker.Maps", "", "concurrent map writes", "line of the map"},
		{"worker.Terabyte", "1024", "out of memory", "line of the terabyte"},
		{"worker.Terabyte", "2", "out of memory", "line of the terabyte"},
		{"worker.Leak", "", "out of memory", "line of the leak"},
	} {
		t.Run(c.service, func(t *testing.T) {
			if raceEnabled && c.what == outOfMemory {
				t.Skip("the race detector needs all the memory that there is")
			}
			p, log := start(t, func(o *Options) { o.Limits.Memory = 128 << 20 })
			// Another service is in the hands of the host when it happens.
			inHost := make(chan struct{})
			sibling := make(chan error, 1)
			go func() {
				_, err := invoke(p, "worker.Twice", "x", &host{do: func(ctx context.Context, op *service.Operation) (*service.Reply, error) {
					close(inHost)
					<-ctx.Done()
					return nil, ctx.Err()
				}})
				sibling <- err
			}()
			select {
			case <-inHost:
			case err := <-sibling:
				t.Fatalf("the other service returned before anything happened: %v", err)
			}
			_, err := invoke(p, c.service, c.in, &host{})
			e, l := fault.As(err), LostIn(err)
			t.Logf("%s", e.Report())
			if e.Code != "service.crashed" || e.Kind != fault.Internal || l == nil || !l.Own || l.What != c.what {
				t.Errorf("%s returns %v (%+v), want service.crashed because of %s", c.service, err, l, c.what)
			}
			if c.mark != "" {
				// The loop of the leak is met in any of its lines.
				if want := lineOf(t, c.mark); e.At.Line < want || e.At.Line > want+map[bool]int{false: 1, true: 5}[c.service == "worker.Leak"] || !strings.HasSuffix(e.At.File, "services_test.go") {
					t.Errorf("%s names %v, want line %d of services_test.go", c.service, e.At, want)
				}
			}
			err = <-sibling
			if l = LostIn(err); fault.KindOf(err) != fault.Unavailable || l == nil || l.Own || l.Begun {
				t.Errorf("the other service returns %v (%+v), want Unavailable that may be tried again", err, l)
			}
			<-p.Done()
			<-p.Exited()
			if !strings.Contains(log.String(), "worker died") {
				t.Errorf("the log says nothing of it:\n%s", log)
			}
		})
	}
}

func TestBegun(t *testing.T) {
	for _, c := range []struct {
		method string
		want   bool
	}{{"GET", false}, {"PUT", false}, {"POST", true}, {"PATCH", true}} {
		p, _ := start(t, nil)
		_, err := invoke(p, "worker.Begin", c.method+" exit", &host{})
		if l := LostIn(err); l == nil || l.Begun != c.want {
			t.Errorf("a call that died after %s returns %v (%+v), want begun %t", c.method, err, l, c.want)
		}
	}
}

func TestNotes(t *testing.T) {
	opts, _ := options(t, "loads")
	opts.Notes = true
	p, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Load(t.Context(), []byte("x"), Hooks{Blame: func(d Death) Verdict {
		return Verdict{Culprit: d.Inflight[0], What: "seen", At: fault.Position{Line: int(d.Notes[5])}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = invoke(p, "bundle.Note", "die", &host{})
	if e := fault.As(err); e.Code != "service.crashed" || e.At.Line != 77 {
		t.Errorf("a call that noted 77 and died returns %v at %v, want service.crashed at line 77", err, e.At)
	}
	_ = p.Close(t.Context())
}

func TestParseTrace(t *testing.T) {
	for _, c := range []struct{ name, text, message, culprit, at string }{
		{
			"recursion", "runtime: goroutine stack exceeds 67108864-byte limit\nruntime: sp=0xc0 stack=[0x1, 0x2]\nfatal error: stack overflow\n\n" +
				"runtime stack:\nruntime.throw({0x1?, 0x2?})\n\truntime/panic.go:1023 +0x5e fp=0x7 sp=0x7 pc=0x4\n\n" +
				"goroutine 6 gp=0xc0 m=3 [running]:\napp/services/users.walk(0x1)\n\tservices/users/users.go:12 +0x1d\n...additional frames elided...\n" +
				"app/services/users.GetDetails.func1(...)\n\tservices/users/users.go:30 +0x3\nmortise/runtime/worker.(*running).run(0xc0)\n\tmortise/runtime/worker/running.go:3 +0x1\n" +
				"created by mortise/runtime/worker.(*program).handleCall in goroutine 1\n\tmortise/runtime/worker/serve.go:9 +0x1\n\n",
			"stack overflow", "users.GetDetails", "services/users/users.go:12",
		},
		{
			"goroutine", "panic: boom\n\ngoroutine 7 [running]:\nmain.helper(0x1)\n\tmain.go:3 +0x1\ncreated by app/services/a.Run in goroutine 6\n\tservices/a/a.go:8 +0x2\n",
			"panic: boom", "a.Run", "main.go:3",
		},
		{"generic", "panic: x [recovered]\n\tpanic: y\n\ngoroutine 7 [running]:\npanic({0x1, 0x2})\n\truntime/panic.go:3 +0x1\napp/a.Map[...](0x1)\n\ta/a.go:8 +0x2\n", "panic: x", "a.Map", "a/a.go:8"},
		{"nothing", "hello\nworld\n", "", "", ""},
		{"cut off", "panic: boom\n\ngoroutine 7 [running]:\nmain.helper(0x1)", "panic: boom", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ParseTrace(c.text)
			culprit, at := got.Find([]string{"users.GetDetails", "a.Run", "a.Map"})
			if got.Message != c.message || culprit != c.culprit || at.String() != c.at {
				t.Errorf("ParseTrace() = %q, %q at %q; want %q, %q at %q", got.Message, culprit, at, c.message, c.culprit, c.at)
			}
		})
	}
}
