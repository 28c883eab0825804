package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

func TestSession(t *testing.T) {
	s := newStudio(t, testOptions(t))
	p := connect(t, s)
	p.event("hello", func(raw json.RawMessage) bool { return strings.Contains(string(raw), `"version":"test"`) })
	if _, err := try[File](p, "files.read", FileName{Name: "a"}); code(err) != "studio.closed" {
		t.Errorf("files.read without a project = %v, want studio.closed", err)
	}
	dir := newProject(t, s, "tutorial-finished").Dir
	p.live()
	for _, name := range []string{"hello", "files", "live", "objects", "tutorial"} {
		p.event(name, func(raw json.RawMessage) bool { return !strings.Contains(string(raw), ":null") })
	}
	p.event("files", func(raw json.RawMessage) bool { return strings.Contains(string(raw), `"services/users/users.go"`) })
	p.event("live", func(raw json.RawMessage) bool { return strings.Contains(string(raw), `"users.GetDetails"`) })

	late := connect(t, s)
	late.live()
	late.event("hello", func(raw json.RawMessage) bool { return strings.Contains(string(raw), filepath.Base(dir)) })

	for _, bad := range []struct {
		method string
		params any
		want   string
	}{
		{"files.reed", nil, "studio.method"},
		{"files.read", map[string]any{"nam": "x"}, "api.input"},
		{"files.read", []int{1}, "api.input"},
		{"files.read", FileName{Name: "none.txt"}, "project.file"},
	} {
		if _, err := try[File](p, bad.method, bad.params); code(err) != bad.want {
			t.Errorf("%s(%v) = %v, want %s", bad.method, bad.params, err, bad.want)
		}
	}
	for _, frame := range []string{"", "{", `{"t":"odd"}`, `{"t":"channel","c":"none","d":""}`} {
		if err := p.c.Receive([]byte(frame)); err == nil {
			t.Errorf("Receive(%q) = nil, want an error", frame)
		}
	}
	if err := p.c.Receive(make([]byte, maxFrame+1)); fault.KindOf(err) != fault.Limited {
		t.Errorf("Receive of a frame that is too large = %v, want limited", err)
	}
}

// TestCalls tries what goes on around a call with methods of its own.
func TestCalls(t *testing.T) {
	s := newStudio(t, testOptions(t))
	begun, gate := make(chan string, 100), make(chan struct{})
	s.methods = append(s.methods,
		on("test.block", func(_ *Studio, ctx context.Context, _ None) (None, error) {
			begun <- "block"
			<-ctx.Done()
			return None{}, ctx.Err()
		}),
		on("test.panic", func(*Studio, context.Context, None) (None, error) { panic("a secret of the stack") }),
		on("layout.write", func(*Studio, context.Context, None) (None, error) { return None{}, nil }),
		on("drafts.slow", func(_ *Studio, ctx context.Context, in Name) (Name, error) {
			if in.Name == "first" {
				<-gate
			}
			begun <- in.Name
			return in, nil
		}),
	)
	p := connect(t, s)

	id := p.begin("test.block", None{})
	<-begun
	p.send(map[string]any{"t": "cancel", "id": id})
	if f := p.end(id); f.Error == nil || f.Error.Faults[0].Kind != fault.Canceled {
		t.Errorf("a cancelled call answers %+v, want canceled", f)
	}

	f := p.end(p.begin("test.panic", None{}))
	if f.Error == nil || f.Error.Faults[0].Kind != fault.Internal || strings.Contains(f.Error.Faults[0].What, "secret") || !strings.Contains(f.Error.Faults[0].Hint, "log") {
		t.Errorf("a call that panics answers %+v, want an internal fault that names the log", f)
	}

	first, second := p.begin("drafts.slow", Name{"first"}), p.begin("drafts.slow", Name{"second"})
	other := p.begin("studio.hello", None{})
	p.end(other) // it does not wait for the lane
	close(gate)
	p.end(first)
	p.end(second)
	if a, b := <-begun, <-begun; a != "first" || b != "second" {
		t.Errorf("calls of one lane ran as %s, %s, want in order", a, b)
	}

	ids := make([]int64, 2*maxCalls)
	for i := range ids {
		ids[i] = p.begin("test.block", None{})
	}
	for range maxCalls {
		<-begun
	}
	select {
	case <-begun:
		t.Errorf("more than %d calls run at a time", maxCalls)
	default:
	}
	for _, id := range ids {
		p.send(map[string]any{"t": "cancel", "id": id})
	}
	for _, id := range ids {
		p.end(id)
	}
	p.begin("test.block", None{})
	p.c.Close()
	if _, open := <-p.c.Done(); open {
		t.Error("Done is not closed after Close")
	}
}

// TestChannel opens a channel that answers every text.
func TestChannel(t *testing.T) {
	o := testOptions(t)
	closed := make(chan struct{})
	o.Channels = map[string]Channel{"echo": func(_ context.Context, _ *Studio, send func(string) error) (func(string), func()) {
		return func(text string) { _ = send("echo " + text) }, func() { close(closed) } // a page that is gone needs no answer
	}}
	p := connect(t, newStudio(t, o))
	for i := range 3 {
		p.send(map[string]any{"t": "channel", "c": "echo", "d": fmt.Sprint(i)})
	}
	p.wait("the echo", func() bool {
		var texts []string
		for _, f := range p.got {
			if f.Type == "channel" {
				texts = append(texts, string(f.Data))
			}
		}
		return slices.Equal(texts, []string{`"echo 0"`, `"echo 1"`, `"echo 2"`})
	})
	p.c.Close()
	<-closed
}

// TestSlowPage holds that a page that takes nothing costs little and gets the
// newest state when it does.
func TestSlowPage(t *testing.T) {
	s := newStudio(t, testOptions(t))
	hold, first := make(chan struct{}), make(chan struct{}, 1)
	got := make(chan testFrame, 1000)
	c := s.Connect(t.Context(), func(frame []byte) error {
		signal(first)
		<-hold
		var f testFrame
		err := json.Unmarshal(frame, &f)
		got <- f
		return err
	})
	defer c.Close()
	<-first
	fast := connect(t, s)
	for i := range 20 {
		ask[SettingsView](fast, "settings.write", SettingsEdit{json.RawMessage(fmt.Sprintf(`{"font_size":%d}`, 11+i%10))})
		c.out.fileChanged([]string{fmt.Sprint("f", i%3)}, false)
	}
	ask[SettingsView](fast, "settings.write", SettingsEdit{json.RawMessage(`{"font_size":23}`)})
	fast.event("hello", func(raw json.RawMessage) bool { return strings.Contains(string(raw), `"font_size":23`) })
	close(hold)
	hellos, changed := 0, ""
	for changed == "" || hellos == 0 {
		f := <-got
		switch {
		case f.Event == "changed":
			changed = string(f.Data)
		case f.Event == "hello" && strings.Contains(string(f.Data), `"font_size":23`):
			hellos += 100
		case f.Event == "hello":
			hellos++
		}
	}
	if hellos%100 > 1 {
		t.Errorf("the slow page got %d old states, want one at most", hellos%100)
	}
	if changed != `{"names":["f0","f1","f2"]}` {
		t.Errorf("changed = %s, want each file once", changed)
	}
}

func TestSendFails(t *testing.T) {
	s := newStudio(t, testOptions(t))
	c := s.Connect(t.Context(), func([]byte) error { return errors.New("the page is gone") })
	<-c.Done()
	c.Close()
	if err := c.Receive([]byte(`{"t":"call","id":1,"m":"studio.hello"}`)); err != nil {
		t.Errorf("Receive after the end = %v, want nothing", err)
	}
}

func TestLog(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	p := connect(t, s)
	p.send(map[string]any{"t": "watch", "events": []string{"log"}})
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	o.log.Logger().Info("hello from the log", "answer", 42, "name", `a "quoted" one`)
	p.event("log", func(raw json.RawMessage) bool {
		var b LogBatch
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Errorf("log = %s: %v", raw, err)
		}
		return slices.ContainsFunc(b.Lines, func(l LogLine) bool {
			return l.Msg == "hello from the log" && l.Level == "INFO" && string(l.Attrs) == `{"answer":42,"name":"a \"quoted\" one"}`
		})
	})
	p.send(map[string]any{"t": "watch"})
	// Another project has another log, which is followed from then on.
	p.send(map[string]any{"t": "watch", "events": []string{"log"}})
	newProject(t, s, "tutorial")
	if o, err = s.open(); err != nil {
		t.Fatal(err)
	}
	o.log.Logger().Info("hello from the second")
	p.event("log", func(raw json.RawMessage) bool { return strings.Contains(string(raw), "hello from the second") })
}

// TestRestart closes a Studio with unsaved text and opens another one.
func TestRestart(t *testing.T) {
	o := testOptions(t)
	first := newStudio(t, o)
	dir := newProject(t, first, "tutorial").Dir
	p := connect(t, first)
	ask[None](p, "drafts.write", Draft{Name: "services/demo/hello.go", Text: "package demo // typed", Base: "abc"})
	ask[None](p, "layout.write", Layout{json.RawMessage(`{"left":240}`)})
	ask[SettingsView](p, "settings.write", SettingsEdit{json.RawMessage(`{"theme":"dark","keys":{"palette.open":"Mod+P"}}`)})
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-p.c.Done()

	second := newStudio(t, o)
	q := connect(t, second)
	hello := ask[Hello](q, "studio.hello", None{})
	if len(hello.Recent) != 1 || hello.Recent[0].Dir != dir || hello.Project != nil || !strings.Contains(string(hello.Settings), `"theme":"dark"`) {
		t.Errorf("hello after a restart = %+v", hello)
	}
	got := ask[Project](q, "project.open", Folder{dir})
	if len(got.Drafts) != 1 || got.Drafts[0].Text != "package demo // typed" || string(got.Layout) != `{"left":240}` || !got.Tutorial {
		t.Errorf("the project after a restart = %+v, want the unsaved text and the layout", got)
	}
	if f := ask[File](q, "files.read", FileName{"services/demo/hello.go"}); f.Draft == nil || f.Draft.Base != "abc" {
		t.Errorf("files.read after a restart = %+v, want the draft", f)
	}
	ask[None](q, "project.close", None{})
	if hello := ask[Hello](q, "studio.hello", None{}); hello.Project != nil || len(hello.Recent) != 1 || !hello.Recent[0].Closed {
		t.Errorf("hello after project.close = %+v, want no project and the recent one closed", hello)
	}
	ask[None](q, "project.forget", Folder{dir})
	if hello := ask[Hello](q, "studio.hello", None{}); len(hello.Recent) != 0 {
		t.Errorf("recent after forget = %v", hello.Recent)
	}
}

func TestDamagedFiles(t *testing.T) {
	o := testOptions(t)
	for _, name := range []string{settingsFile, recentFile} {
		if err := writeKept(filepath.Join(o.Machine.ConfigDir, "mortise", name), []byte("\x00{{")); err != nil {
			t.Fatal(err)
		}
	}
	s := newStudio(t, o)
	p := connect(t, s)
	if got := ask[SettingsView](p, "settings.read", None{}); !strings.Contains(string(got.Values), `"format_on_save":true`) {
		t.Errorf("settings.read with a damaged file = %s, want the defaults", got.Values)
	}
	if _, err := os.Stat(filepath.Join(o.Machine.ConfigDir, "mortise", settingsFile+".damaged")); err != nil {
		t.Errorf("the damaged file was not put aside: %v", err)
	}
	for _, bad := range []string{`{"theme":"pink"}`, `{"font_size":1000}`, `{"unknown":1}`, `[]`, `{`} {
		if _, err := s.WriteSettings(t.Context(), SettingsEdit{json.RawMessage(bad)}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("settings.write(%s) = %v, want invalid", bad, err)
		}
	}
	dir := newProject(t, s, "").Dir
	if err := writeKept(filepath.Join(dir, ".mortise", "studio.json"), []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := try[Project](p, "project.open", Folder{dir}); err != nil {
		t.Errorf("project.open with a damaged studio.json = %v", err)
	}
}

// TestBrokenProject opens a project whose main file is wrong.
func TestBrokenProject(t *testing.T) {
	s := newStudio(t, testOptions(t))
	dir := newProject(t, s, "tutorial").Dir
	p := connect(t, s)
	p.live()
	ask[None](p, "project.close", None{})
	if err := os.WriteFile(filepath.Join(dir, "mortise.yaml"), []byte("name: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.forget()
	got := ask[Project](p, "project.open", Folder{dir})
	if got.Name != "demo" {
		t.Errorf("a broken project is called %q, want the name of its folder", got.Name)
	}
	p.event("live", func(raw json.RawMessage) bool {
		return strings.Contains(string(raw), `"status":"failed"`) && strings.Contains(string(raw), "mortise.yaml")
	})
	text := ask[File](p, "files.read", FileName{"mortise.yaml"})
	p.forget()
	ask[FileSaved](p, "files.write", FileEdit{Name: "mortise.yaml", Text: "name: demo\n", Base: text.Hash})
	p.live()
}

func TestElsewhere(t *testing.T) {
	o := testOptions(t)
	first := newStudio(t, o)
	dir := newProject(t, first, "tutorial").Dir
	connect(t, first).live()
	second := newStudio(t, testOptions(t))
	p := connect(t, second)
	ask[Project](p, "project.open", Folder{dir})
	p.event("live", func(raw json.RawMessage) bool {
		return strings.Contains(string(raw), "studio.served") && strings.Contains(string(raw), `"hint":"stop it there`)
	})
	if f := ask[File](p, "files.read", FileName{"mortise.yaml"}); f.Hash != history.Hash([]byte(f.Text)) {
		t.Errorf("files.read where another runs the project = %+v", f)
	}
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.live() // it takes over by itself
}
