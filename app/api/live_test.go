package api

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// liveEvent waits for an event live that is as wanted.
func (p *testPage) liveEvent(what string, wanted func(Live) bool) {
	p.t.Helper()
	p.event("live", func(data json.RawMessage) bool {
		var l Live
		if err := json.Unmarshal(data, &l); err != nil {
			p.t.Errorf("the event live is %s: %v", data, err)
			return true
		}
		return wanted(l)
	})
}

func serviceIn(l Live, name string) control.Service {
	for _, s := range l.State.Services {
		if s.Name == name {
			return s
		}
	}
	return control.Service{}
}

func TestLiveFollowsADeploy(t *testing.T) {
	s, p := finished(t)
	page := connect(t, s)
	page.liveEvent("live", func(l Live) bool { return l.Status == liveLive && l.State.Address != "" })
	page.forget()
	name := "services/demo/hello.go"
	good := onDisk(t, p, name)
	put(t, s, name, strings.Replace(good, "in.Name", "in.Nam", 1))
	page.liveEvent("failed", func(l Live) bool {
		return l.Status == liveFailed && l.State.Ready && len(l.Problems) > 0 && l.Problems[0].Fault.At.File == name && l.Problems[0].Fault.Hint != "" && !l.Since.IsZero()
	})
	page.forget()
	put(t, s, name, good)
	page.liveEvent("live again", func(l Live) bool { return l.Status == liveLive && !hasError(l) })
	page.forget()
	// An editor of another program.
	if err := os.WriteFile(filepath.Join(p.Dir, filepath.FromSlash(name)), []byte(strings.Replace(good, "in.Name", "in.Name2", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	page.liveEvent("failed by somebody else's change", func(l Live) bool { return l.Status == liveFailed })
	page.forget()
	put(t, s, "mortise.yaml", "name: [")
	page.liveEvent("failed to load", func(l Live) bool {
		return slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Fault.At.File == "mortise.yaml" })
	})
}

func hasError(l Live) bool {
	return slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Severity == severityError })
}

func TestLiveSeesServicesBecomeCompiled(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	page := connect(t, s)
	page.liveEvent("a service that answers", func(l Live) bool { return serviceIn(l, "demo.Hello").Status == worker.Live })
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	h, err := o.running()
	if err != nil {
		t.Fatal(err)
	}
	detail, err := h.Service(t.Context(), "demo.Hello")
	if err != nil {
		t.Fatal(err)
	}
	if !detail.Compiling && detail.Engine != worker.Compiled {
		t.Skipf("this build has no compiler: %v", detail.WhyNot)
	}
	page.liveEvent("a compiled service", func(l Live) bool {
		x := serviceIn(l, "demo.Hello")
		return x.Engine == worker.Compiled && !x.Compiling && x.Status == worker.Live
	})
}

func TestLiveSeesAWorkerDie(t *testing.T) {
	s, _ := finished(t)
	put(t, s, "services/odd/odd.go", "package odd\n\nimport (\n\t\"os\"\n\n\t\"mortise/runtime/service\"\n)\n\nfunc Die(ctx *service.Context) error {\n\tos.Exit(3)\n\treturn nil\n}\n")
	v, err := s.Invoke(t.Context(), Invocation{Service: "odd.Die"})
	if err != nil || v.OK || len(v.Faults) == 0 {
		t.Fatalf("Invoke of a service that ends its process = %+v, %v; want a fault", v, err)
	}
	page := connect(t, s)
	page.liveEvent("ready again, and the error counted", func(l Live) bool {
		x := serviceIn(l, "odd.Die")
		return l.State.Ready && x.Errors == 1 && x.LastError != "" && l.Status == liveLive
	})
	if v, err := s.Invoke(t.Context(), Invocation{Service: "demo.Hello"}); err != nil || !v.OK {
		t.Errorf("the next call = %+v, %v; want it to be answered", v, err)
	}
}

func TestLiveCounts(t *testing.T) {
	s, _ := finished(t)
	page := connect(t, s)
	page.liveEvent("live", func(l Live) bool { return l.Status == liveLive })
	if _, err := s.CallChannel(t.Context(), ChannelCall{Channel: "Get user details"}); err != nil {
		t.Fatal(err)
	}
	page.liveEvent("counts", func(l Live) bool {
		calls := serviceIn(l, "users.GetDetails").Calls
		for _, c := range l.State.Channels {
			if c.Name == "Get user details" && c.Calls == 1 && calls >= 1 {
				return slices.ContainsFunc(l.State.Connections, func(c control.Connection) bool { return c.Name == "CRM" && c.Calls >= 1 && c.State == "ok" })
			}
		}
		return false
	})
}

func TestLiveWithoutARuntime(t *testing.T) {
	s := newStudio(t, testOptions(t))
	if l := s.liveState(t.Context()); l.Status != liveStopped || l.Down != nil {
		t.Errorf("without a project Live = %+v; want stopped", l)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	options := testOptions(t)
	options.Listen = l.Addr().String()
	s = newStudio(t, options)
	newProject(t, s, "tutorial")
	page := connect(t, s)
	page.liveEvent("why nothing runs", func(l Live) bool { return l.Status == liveStopped && l.Down != nil && l.Down.What != "" })
	if _, err := s.Invoke(t.Context(), Invocation{Service: "demo.Hello"}); fault.KindOf(err) == fault.Internal || err == nil {
		t.Errorf("Invoke without a runtime = %v; want why there is none", err)
	}
	if x := s.objectsState(t.Context()); len(x.Objects) == 0 {
		t.Error("without a runtime there are no objects; want those of the files")
	}
}

func TestReadLog(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	v, err := s.Invoke(ctx, Invocation{Service: "users.GetDetails", Text: "name=Mike"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.ReadLog(ctx, LogQuery{})
	if err != nil || !slices.ContainsFunc(all.Lines, func(l LogLine) bool { return l.Msg == "deployed" }) {
		t.Errorf("ReadLog = %d lines, %v; want that of the deploy among them", len(all.Lines), err)
	}
	own, err := s.ReadLog(ctx, LogQuery{CID: v.CID})
	if err != nil || len(own.Lines) != len(v.Lines) {
		t.Errorf("ReadLog of the call = %d lines, %v; want the %d of the call", len(own.Lines), err, len(v.Lines))
	}
	if last, err := s.ReadLog(ctx, LogQuery{Lines: 3}); err != nil || len(last.Lines) != 3 {
		t.Errorf("ReadLog of 3 lines = %d, %v", len(last.Lines), err)
	}
}

func TestJobs(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	name := "Get user details every 10 seconds"
	id, err := s.RunJob(ctx, Name{name})
	if err != nil || id.ID == "" {
		t.Fatalf("RunJob = %+v, %v", id, err)
	}
	page := connect(t, s)
	page.liveEvent("the run", func(l Live) bool {
		return slices.ContainsFunc(l.State.Jobs, func(j control.Job) bool { return j.Last != nil && j.Last.Outcome == "ok" })
	})
	runs, err := s.Runs(ctx, RunQuery{Job: name})
	if err != nil || !slices.ContainsFunc(runs.Runs, func(r control.Run) bool { return r.ID == id.ID && r.Trigger == "manual" && r.CID != "" }) {
		t.Errorf("Runs = %+v, %v; want the run %s", runs, err, id.ID)
	}
	if _, err := s.RunJob(ctx, Name{"none"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("RunJob of none = %v; want NotFound", err)
	}
	if list, err := s.OneTime(ctx, None{}); err != nil || len(list.Jobs) != 0 {
		t.Errorf("OneTime = %+v, %v; want none", list, err)
	}
	if _, err := s.CancelOneTime(ctx, RunID{"none"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("CancelOneTime of none = %v; want NotFound", err)
	}
	if list, err := s.DeadLetters(ctx, None{}); err != nil || len(list.Letters) != 0 {
		t.Errorf("DeadLetters = %+v, %v; want none", list, err)
	}
}

func TestPingOfPages(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	r, err := s.Ping(ctx, Name{"CRM"})
	if err != nil || !r.OK || len(r.Stages) < 2 || r.Stages[len(r.Stages)-1].Name != "status" {
		t.Errorf("Ping = %+v, %v; want its stages", r, err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	put(t, s, "connections/down.yaml", "type: rest\naddress: http://"+address+"\n")
	if r, err = s.Ping(ctx, Name{"down"}); err != nil || r.OK || r.Error == nil || r.Error.Hint == "" || len(r.Stages) != 1 || r.Stages[0].Name != "connect" {
		t.Errorf("Ping of a port where nobody listens = %+v, %v; want the stage connect and a hint", r, err)
	}
	if _, err = s.Ping(ctx, Name{"CRMM"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Ping of none = %v; want NotFound", err)
	}
	put(t, s, "connections/new.yaml", "type: rest\naddress: https://${self}\n")
	if _, err = s.Ping(ctx, Name{"new"}); fault.KindOf(err) != fault.Unavailable || fault.As(err).Hint == "" {
		t.Errorf("Ping of one that is wrong = %v; want Unavailable and a hint", err)
	}
}

func BenchmarkLive(b *testing.B) {
	s, _ := finished(b)
	for b.Loop() {
		if l := s.liveState(context.Background()); l.Status == liveStopped {
			b.Fatal("stopped")
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	s, _ := finished(b)
	for b.Loop() {
		if v, err := s.Invoke(context.Background(), Invocation{Service: "demo.Hello", Text: "name=Mike"}); err != nil || !v.OK {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkTutorial(b *testing.B) {
	s := newStudio(b, testOptions(b))
	newProject(b, s, "tutorial")
	for b.Loop() {
		if l := s.tutorialState(context.Background()); len(l.Steps) == 0 {
			b.Fatal("no steps")
		}
	}
}
