package engine

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

func TestAutoSwitches(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One before it was compiled = %q, want 1 interpreted", got)
	}
	<-s.link("1").begun
	if got, want := stateOfService(t, e, "a.One"), (worker.EngineState{Engine: worker.Interpreted, Status: worker.Live, Compiling: true}); !sameState(got, want) {
		t.Errorf("state while it is compiled = %+v, want %+v", got, want)
	}
	s.link("1").release <- nil
	compiledNow(t, e, "a.One")
	if got := say(t, e, "a.One"); got != "1 compiled" {
		t.Errorf("a.One after it was compiled = %q, want 1 compiled", got)
	}
	if got, want := stateOfService(t, e, "a.One"), (worker.EngineState{Engine: worker.Compiled, Status: worker.Live}); !sameState(got, want) {
		t.Errorf("state after it was compiled = %+v, want %+v", got, want)
	}
	waitFor(t, "the interpreted worker goes on", func() bool { return s.count(&s.closed, "1 interpreted") == 1 })
	if n := strings.Count(log.String(), "msg=compiled services=2 took="); n != 1 {
		t.Errorf("%d lines of the log say that the services are compiled, want 1\n%s", n, log)
	}
	var metrics bytes.Buffer
	if err := e.Metrics().Write(&metrics); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`mortise_engine_calls_total{engine="interpreted",outcome="ok"} 1`, `mortise_engine_calls_total{engine="compiled",outcome="ok"} 1`,
		`mortise_compiles_total{what="services",outcome="ok"} 1`, `mortise_worker_lifes_running{engine="compiled"} 1`,
	} {
		if !strings.Contains(metrics.String(), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func sameState(a, b worker.EngineState) bool {
	return a.Engine == b.Engine && a.Status == b.Status && a.Compiling == b.Compiling && len(a.WhyNot) == len(b.WhyNot)
}

// TestAutoUnderLoad calls all the time while versions follow each other and are
// compiled at odd moments. No call fails, and no caller ever sees an older
// version, or one version interpreted after it was compiled.
func TestAutoUnderLoad(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	const versions = 30
	apply(t, e, project(t, "0", nil))
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var calls atomic.Int64
	for n := range 8 {
		callers.Go(func() {
			last := -1
			for ctx.Err() == nil {
				r, err := e.Invoke(t.Context(), invoke.Call{Service: s.services[n%2]})
				if err != nil {
					t.Errorf("call %d: %v", calls.Load(), err)
					return
				}
				calls.Add(1)
				var version int
				var engine string
				if _, err := fmt.Sscanf(strings.Trim(string(r.Body), `"`), "%d %s", &version, &engine); err != nil {
					t.Errorf("answer %s: %v", r.Body, err)
					return
				}
				at := 2 * version
				if engine == worker.Compiled {
					at++
				}
				if at < last {
					t.Errorf("a call was answered by version %d, %s, after another one by %d/2", version, engine, last)
					return
				}
				last = at
			}
		})
	}
	for v := range versions {
		want := calls.Load() + 50
		waitFor(t, "no calls", func() bool { return calls.Load() >= want || t.Failed() })
		words := fmt.Sprint(v + 1)
		if v%3 == 2 {
			words += " refuse=b.Two"
		}
		if v%2 == 0 {
			s.link(fmt.Sprint(v)).release <- nil
			if v%4 == 0 {
				compiledNow(t, e, "a.One")
			}
		}
		if v%3 == 2 {
			s.link(fmt.Sprint(v + 1)).release <- nil // b.Two waits for it
		}
		apply(t, e, project(t, words, nil))
	}
	cancel()
	callers.Wait()
	t.Logf("%d calls", calls.Load())
}

func TestAutoNestedCallsStay(t *testing.T) {
	s := newStudio()
	inside, goOn := make(chan struct{}), make(chan struct{})
	s.funcs = map[string]func(*service.Context, string) ([]byte, error){
		"a.One": func(ctx *service.Context, say string) ([]byte, error) {
			close(inside)
			<-goOn
			r := ctx.Call("b.Two", nil)
			var two string
			err := r.Into(&two)
			return fmt.Appendf(nil, "%q", say+" calls "+two), err
		},
	}
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	answer := make(chan string, 1)
	go func() { answer <- say(t, e, "a.One") }()
	<-inside
	s.link("1").release <- nil
	compiledNow(t, e, "b.Two")
	if got := say(t, e, "b.Two"); got != "1 compiled" {
		t.Errorf("b.Two = %q, want 1 compiled", got)
	}
	if n := s.count(&s.closed, "1 interpreted"); n != 0 {
		t.Error("the interpreted worker was closed under a call")
	}
	close(goOn)
	if got, want := <-answer, "1 interpreted calls 1 interpreted"; got != want {
		t.Errorf("a call that began interpreted = %q, want %q", got, want)
	}
	waitFor(t, "the interpreted worker goes on", func() bool { return s.count(&s.closed, "1 interpreted") == 1 })
}

func TestAutoWaits(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
	if got := stateOfService(t, e, "b.Two"); got.Status != worker.Compiling || got.Engine != "" || len(got.WhyNot) != 1 || got.WhyNot[0].Code != "gate.test" {
		t.Errorf("state of b.Two = %+v, want compiling and why", got)
	}
	if why := e.notComplete(); !strings.Contains(why, "compiled: 1") {
		t.Errorf("/readyz says %q, want that one service is being compiled", why)
	}
	if !strings.Contains(log.String(), "msg=compiling services=b.Two") {
		t.Errorf("the log does not say that b.Two waits\n%s", log)
	}
	_, err := e.Invoke(t.Context(), invoke.Call{Service: "b.Two", Timeout: 20 * time.Millisecond})
	if f := fault.As(err); f.Code != "engine.compiling" || f.Kind != fault.Unavailable {
		t.Errorf("b.Two with a short time = %v (%s), want engine.compiling", err, f.Code)
	}
	answer := make(chan string, 1)
	go func() { answer <- say(t, e, "b.Two") }()
	s.link("1").release <- nil
	if got := <-answer; got != "1 compiled" {
		t.Errorf("b.Two = %q, want 1 compiled", got)
	}
	if why := e.notComplete(); why != "" {
		t.Errorf("/readyz says %q, want nothing", why)
	}
	if got := stateOfService(t, e, "b.Two"); got.Status != worker.Live || got.Engine != worker.Compiled || len(got.WhyNot) != 1 {
		t.Errorf("state of b.Two = %+v, want live, compiled, and why it had to be", got)
	}
}

func TestAutoNestedCallWaits(t *testing.T) {
	s := newStudio()
	s.funcs = map[string]func(*service.Context, string) ([]byte, error){
		"a.One": func(ctx *service.Context, say string) ([]byte, error) {
			var two string
			err := ctx.Call("b.Two", nil).Into(&two)
			return fmt.Appendf(nil, "%q", say+" calls "+two), err
		},
	}
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	answer := make(chan string, 1)
	go func() { answer <- say(t, e, "a.One") }()
	<-s.link("1").begun
	waitFor(t, "b.Two is not called", func() bool { return wantedOf(e) == 1 })
	// The next version replaces this one while the call waits in it.
	apply(t, e, project(t, "2", nil))
	select {
	case <-s.link("1").canceled:
		t.Fatal("the compile was stopped although a call waits for it")
	default:
	}
	s.link("1").release <- nil
	if got, want := <-answer, "1 interpreted calls 1 compiled"; got != want {
		t.Errorf("a.One = %q, want %q", got, want)
	}
}

// wantedOf returns how many calls wait in the current version.
func wantedOf(e *Engine) int {
	x := e.current.Load().execution()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.wanted
}

func TestAutoCompileFails(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	s.link("1").release <- fault.List{fault.New(fault.Invalid, "go.compile", "undefined: x").WithAt(fault.Position{File: "services/a/a.go", Line: 3, Column: 4})}
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	waitFor(t, "nothing is logged", func() bool { return strings.Contains(log.String(), "not compiled") })
	for _, want := range []string{"level=ERROR", "undefined: x", "mistake of Mortise's", "report it", "at=services/a/a.go:3:4", "interpreted=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q\n%s", want, log)
		}
	}
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
	if got := stateOfService(t, e, "a.One"); got.Status != worker.Live || got.Compiling || len(got.WhyNot) != 1 || got.WhyNot[0].Code != "engine.compile" {
		t.Errorf("state of a.One = %+v, want live and why it is not compiled", got)
	}
	_, err := e.Invoke(t.Context(), invoke.Call{Service: "b.Two"})
	if f := fault.As(err); f.Code != "engine.compile" || f.At.Line != 3 {
		t.Errorf("b.Two = %v (%s at %s), want engine.compile at line 3", err, f.Code, f.At)
	}
	if got := stateOfService(t, e, "b.Two"); got.Status != worker.NotLive || len(got.WhyNot) != 2 {
		t.Errorf("state of b.Two = %+v, want not live and two reasons", got)
	}
	if n := s.link("1").calls.Load(); n != 1 {
		t.Errorf("%d attempts, want 1: the same source would fail again", n)
	}
}

func TestAutoCompileTriesAgain(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	s.link("1").release <- fault.New(fault.Unavailable, "compiler.disk", "no space left")
	apply(t, e, project(t, "1", nil))
	waitFor(t, "nothing is logged", func() bool { return strings.Contains(log.String(), "again_in=1s") })
	s.link("1").release <- nil
	compiledNow(t, e, "a.One")
	if strings.Contains(log.String(), "mistake of Mortise's") {
		t.Errorf("a full disk is taken for our mistake\n%s", log)
	}
}

func TestAutoStartFails(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	s.link("2").release <- nil
	if _, err := e.Apply(t.Context(), project(t, "2 start=interpreted+compiled", nil)); err == nil || !strings.Contains(err.Error(), "panics when it starts") {
		t.Errorf("Apply of what cannot be started = %v, want why", err)
	}
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
	s.link("3").release <- nil
	_, err := e.Apply(t.Context(), project(t, "3 start=compiled refuse=b.Two", nil))
	if f := fault.As(err); f.Code != "engine.start" || f.At.Line != 9 {
		t.Errorf("Apply of what starts only interpreted = %v (%s at %s), want engine.start at line 9", err, f.Code, f.At)
	}
	for _, name := range s.services {
		if got := say(t, e, name); got != "1 interpreted" {
			t.Errorf("%s = %q, want 1 interpreted", name, got)
		}
	}
}

// TestAutoInterpreterFails has source that the compiler alone can start.
func TestAutoInterpreterFails(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	s.link("2").release <- nil
	apply(t, e, project(t, "2 start=interpreted", nil))
	for _, name := range s.services {
		if got := say(t, e, name); got != "2 compiled" {
			t.Errorf("%s = %q, want 2 compiled", name, got)
		}
	}
	if !strings.Contains(log.String(), "not live before it is compiled") {
		t.Errorf("the log does not say what happened\n%s", log)
	}
}

// TestAutoFirstStartFails has no version before that could go on.
func TestAutoFirstStartFails(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	s.link("1").release <- nil
	apply(t, e, project(t, "1 start=compiled refuse=b.Two", nil))
	waitFor(t, "b.Two goes on waiting", func() bool { return stateOfService(t, e, "b.Two").Status == worker.NotLive })
	_, err := e.Invoke(t.Context(), invoke.Call{Service: "b.Two"})
	if f := fault.As(err); f.Code != "engine.start" || f.At.Line != 9 {
		t.Errorf("b.Two = %v (%s at %s), want engine.start at line 9", err, f.Code, f.At)
	}
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
}

// TestAutoHoldsTheDeploy lets the version before answer until what cannot be
// interpreted is compiled.
func TestAutoHoldsTheDeploy(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	applied := make(chan error, 1)
	go func() {
		_, err := e.Apply(t.Context(), project(t, "2 refuse=b.Two", nil))
		applied <- err
	}()
	<-s.link("2").begun
	for _, name := range s.services {
		if got := say(t, e, name); got != "1 interpreted" {
			t.Errorf("%s while it is compiled = %q, want 1 interpreted", name, got)
		}
	}
	s.link("2").release <- nil
	if err := <-applied; err != nil {
		t.Errorf("Apply: %v", err)
	}
	for _, name := range s.services {
		if got := say(t, e, name); got != "2 compiled" {
			t.Errorf("%s = %q, want 2 compiled", name, got)
		}
	}
}

func TestAutoNextSaveStopsCompile(t *testing.T) {
	s := newStudio()
	e, log := openAuto(t, s)
	for v := range 5 {
		version := fmt.Sprint(v)
		apply(t, e, project(t, version, nil))
		<-s.link(version).begun
		if got := say(t, e, "a.One"); got != version+" interpreted" {
			t.Errorf("a.One = %q, want %s interpreted", got, version)
		}
	}
	s.link("4").release <- nil
	compiledNow(t, e, "a.One")
	for v := range 4 {
		select {
		case <-s.link(fmt.Sprint(v)).canceled:
		case <-time.After(10 * time.Second):
			t.Errorf("the compile of version %d goes on", v)
		}
	}
	if strings.Contains(log.String(), "not compiled") {
		t.Errorf("a compile that was stopped is logged as a failure\n%s", log)
	}
	// A project that is wrong stops nothing.
	apply(t, e, project(t, "5", nil))
	<-s.link("5").begun
	if _, err := e.Apply(t.Context(), project(t, "broken", nil)); err == nil {
		t.Error("Apply of broken source = nil")
	}
	s.link("5").release <- nil
	compiledNow(t, e, "a.One")
}

func TestAutoDeaths(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1", nil))
	s.executor("1", worker.Interpreted).die()
	waitFor(t, "no new interpreted worker", func() bool { return s.count(&s.started, "1 interpreted") == 2 })
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
	s.link("1").release <- nil
	compiledNow(t, e, "a.One")
	for range 3 {
		dead := s.executor("1", worker.Compiled)
		dead.die()
		waitFor(t, "no new compiled worker", func() bool { return s.executor("1", worker.Compiled) != dead })
		if got := say(t, e, "a.One"); got != "1 compiled" {
			t.Errorf("a.One = %q, want 1 compiled", got)
		}
	}
	if n := s.count(&s.started, "1 interpreted"); n != 2 {
		t.Errorf("%d interpreted workers were started, want 2: it never goes back", n)
	}
}

// TestAutoNotReady asks while a worker that died cannot be started again.
func TestAutoNotReady(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	s.link("1").ready.Store(true)
	apply(t, e, project(t, "1", nil))
	if !e.Ready() {
		t.Errorf("Ready = false: %s", e.notReady())
	}
	s.broken.Store(true)
	s.executor("1", worker.Compiled).die()
	waitFor(t, "Ready is true", func() bool { return !e.Ready() })
	s.broken.Store(false)
	waitFor(t, "Ready is false", e.Ready)
}

func TestAutoStartsCompiledFromCache(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	s.link("1").ready.Store(true)
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	for _, name := range s.services {
		if got := say(t, e, name); got != "1 compiled" {
			t.Errorf("%s = %q, want 1 compiled", name, got)
		}
	}
	if n := s.count(&s.started, "1 interpreted"); n != 0 {
		t.Errorf("%d interpreted workers were started, want none", n)
	}
	if n := s.link("1").calls.Load(); n != 0 {
		t.Errorf("%d compiles, want none", n)
	}
}

// TestAutoKeepsWhatDidNotChange edits one package: services of the other one stay
// on the compiled worker of the version before, also over several versions.
func TestAutoKeepsWhatDidNotChange(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	s.link("1").ready.Store(true)
	apply(t, e, project(t, "1 same=b.Two refuse=b.Two", nil))
	for _, version := range []string{"2", "3"} {
		apply(t, e, project(t, version+" same=b.Two refuse=b.Two", nil))
		if got := say(t, e, "a.One"); got != version+" interpreted" {
			t.Errorf("a.One = %q, want %s interpreted", got, version)
		}
		if got := say(t, e, "b.Two"); got != "1 compiled" {
			t.Errorf("b.Two, which did not change, = %q, want 1 compiled", got)
		}
	}
	e.old.Wait()
	if n := s.count(&s.closed, "1 compiled"); n != 0 {
		t.Error("the compiled worker was closed while it is in use")
	}
	s.link("3").release <- nil
	waitFor(t, "b.Two stays on the old worker", func() bool { return say(t, e, "b.Two") == "3 compiled" })
	waitFor(t, "the old worker goes on", func() bool { return s.count(&s.closed, "1 compiled") == 1 })

	// Where both share package variables, they stay together.
	apply(t, e, project(t, "4 same=b.Two share=a.One+b.Two", nil))
	if got := say(t, e, "b.Two"); got != "4 interpreted" {
		t.Errorf("b.Two, which shares variables with a.One, = %q, want 4 interpreted", got)
	}
}

func TestAutoClose(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s)
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	<-s.link("1").begun
	waiting := make(chan error, 1)
	go func() {
		_, err := e.Invoke(t.Context(), invoke.Call{Service: "b.Two"})
		waiting <- err
	}()
	waitFor(t, "b.Two is not called", func() bool { return wantedOf(e) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-waiting; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a call that waited = %v, want unavailable", err)
	}
	<-s.link("1").canceled
}

func TestAutoOnDemand(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s, func(o *AutoOptions) { o.OnDemand = true })
	apply(t, e, project(t, "1 refuse=b.Two", nil))
	if got := say(t, e, "a.One"); got != "1 interpreted" {
		t.Errorf("a.One = %q, want 1 interpreted", got)
	}
	if n := s.link("1").calls.Load(); n != 0 {
		t.Errorf("%d compiles before anybody waits for one, want none", n)
	}
	s.link("1").release <- nil
	if got := say(t, e, "b.Two"); got != "1 compiled" {
		t.Errorf("b.Two = %q, want 1 compiled", got)
	}
}

func TestAutoWithoutCompiler(t *testing.T) {
	s := newStudio()
	e, _ := openAuto(t, s, func(o *AutoOptions) { o.Compiled = nil })
	apply(t, e, project(t, "1", nil))
	if got := stateOfService(t, e, "a.One"); got.Engine != worker.Interpreted || got.Status != worker.Live || got.Compiling || len(got.WhyNot) != 1 || got.WhyNot[0].Code != "compiler.absent" {
		t.Errorf("state = %+v, want live, interpreted, and that there is no compiler", got)
	}
	r, err := e.Apply(t.Context(), project(t, "2 refuse=b.Two", nil))
	if err == nil || fault.As(err).Code != "gate.test" || len(r.Warnings) != 1 || r.Warnings[0].Code != "compiler.absent" {
		t.Errorf("Apply of what cannot be interpreted = %v, %v; want why, and that there is no compiler", err, r.Warnings)
	}
}

func BenchmarkAutoCall(b *testing.B) {
	s := newStudio()
	e, _ := openAuto(b, s)
	s.link("1").ready.Store(true)
	apply(b, e, project(b, "1 plain", nil))
	x := e.current.Load().execution()
	bare := x.current.Load().to["a.One"].crew.value.Executor()
	for _, to := range []struct {
		name string
		worker.Executor
	}{{"bare", bare}, {"auto", x}} {
		b.Run(to.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := to.Call(b.Context(), worker.Call{Service: "a.One"}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
