package api

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/control"
	"mortise/runtime/spec"
)

// The steps of the tutorial as a person does them through the Studio.
var doSteps = map[string]func(t *testing.T, s *Studio){
	"hello": func(t *testing.T, s *Studio) { t.Helper(); run(t, s, "demo.Hello", "name=Mike") },
	"crm": func(t *testing.T, s *Studio) {
		t.Helper()
		make1(t, s, ObjectEdit{Kind: "connection", Type: "rest", Name: "CRM", Config: json.RawMessage(`{"address":"${self}","path":"/tutorial/api/get-user"}`)})
	},
	"billing": func(t *testing.T, s *Studio) {
		t.Helper()
		make1(t, s, ObjectEdit{Kind: "connection", Type: "rest", Name: "Billing", Config: json.RawMessage(`{"address":"${self}","path":"/tutorial/api/balance/get"}`)})
	},
	"service": func(t *testing.T, s *Studio) {
		t.Helper()
		made, err := s.CreateService(t.Context(), ServiceName{"users.GetDetails"})
		if err != nil {
			t.Fatalf("CreateService = %v", err)
		}
		steps, err := s.CheckTutorial(t.Context(), None{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(steps.Steps, func(x TutorialStep) bool { return x.ID == "service" })
		if steps.Steps[i].Done || !strings.Contains(steps.Steps[i].Why, `"CRM"`) {
			t.Errorf("with a new service that asks nobody the step is %+v; want why it is not done", steps.Steps[i])
		}
		put(t, s, made.File, steps.Steps[i].Copy)
	},
	"key": func(t *testing.T, s *Studio) {
		t.Helper()
		make1(t, s, ObjectEdit{Kind: "security", Type: "api-key", Name: "Tutorial API key", Config: json.RawMessage(`{"header":"X-API-Key","key":{"secret":"tutorial/api-key"}}`)})
	},
	"secret": func(t *testing.T, s *Studio) {
		t.Helper()
		if _, err := s.WriteSecret(t.Context(), SecretEdit{"tutorial/api-key", "abc"}); err != nil {
			t.Fatal(err)
		}
	},
	"channel": func(t *testing.T, s *Studio) {
		t.Helper()
		make1(t, s, ObjectEdit{Kind: "channel", Type: "rest", Name: "Get user details", Config: json.RawMessage(
			`{"path":"/tutorial/api/get-user-details","service":"users.GetDetails","security":"Tutorial API key"}`)})
	},
	"call": func(t *testing.T, s *Studio) {
		t.Helper()
		settle(t, s)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.liveState(t.Context()).State.Address+"/tutorial/api/get-user-details?name=Mike", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", "abc")
		resp, err := (&http.Client{}).Do(req)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("curl = %v, %v", resp, err)
		}
		_ = resp.Body.Close()
	},
	"job": func(t *testing.T, s *Studio) {
		t.Helper()
		make1(t, s, ObjectEdit{Kind: "job", Name: "Get user details every 10 seconds", Config: json.RawMessage(`{"service":"users.GetDetails","every":"10s","input":{"name":"Mike"}}`)})
	},
}

func run(t *testing.T, s *Studio, service, text string) {
	t.Helper()
	if v, err := s.Invoke(t.Context(), Invocation{Service: service, Text: text}); err != nil || !v.OK {
		t.Fatalf("Invoke(%s, %s) = %+v, %v", service, text, v.Faults, err)
	}
}

func make1(t *testing.T, s *Studio, e ObjectEdit) {
	t.Helper()
	if saved, err := s.WriteObject(t.Context(), e); err != nil || saved.Object == nil {
		t.Fatalf("WriteObject(%+v) = %+v, %v", e, saved.Fields, err)
	}
}

// done returns the ids of the steps that are done, and which is next.
func done(t *testing.T, s *Studio) (ids []string, next string) {
	t.Helper()
	list, err := s.CheckTutorial(t.Context(), None{})
	if err != nil {
		t.Fatalf("CheckTutorial = %v", err)
	}
	for _, x := range list.Steps {
		if x.Done {
			ids = append(ids, x.ID)
		}
		if x.Title == "" || x.Text == "" || x.Action == "" || x.Done && x.Why != "" {
			t.Errorf("the step %+v is not whole", x)
		}
	}
	return ids, list.Next
}

func TestTutorialInOrder(t *testing.T) {
	s := newStudio(t, testOptions(t))
	p := newProject(t, s, "tutorial")
	var want []string
	for _, x := range tutorialSteps() {
		if _, next := done(t, s); next != x.ID {
			t.Fatalf("after %v the next step is %q, want %q", want, next, x.ID)
		}
		doSteps[x.ID](t, s)
		want = append(want, x.ID)
		if got, _ := done(t, s); !slices.Equal(got, want) {
			t.Fatalf("after %q these steps are done: %v; want %v", x.ID, got, want)
		}
	}
	if _, next := done(t, s); next != "" {
		t.Errorf("in the end the next step is %q, want none", next)
	}
	if got, want := served(t, s), servedByTemplate(t); got != want {
		t.Errorf("what was built serves\n%s\nwant what tutorial-finished serves\n%s", got, want)
	}
	if _, err := s.OpenProject(t.Context(), Folder{p.Dir}); err != nil {
		t.Fatal(err)
	}
	if got, _ := done(t, s); len(got) != len(want) {
		t.Errorf("after opening it again these steps are done: %v; want all", got)
	}
}

func TestTutorialOutOfOrder(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	for _, id := range []string{"service", "secret", "key", "channel", "job", "billing", "crm", "call", "hello"} {
		doSteps[id](t, s)
		// The value of a key shows once something names it.
		if got, _ := done(t, s); !slices.Contains(got, id) && id != "secret" {
			t.Errorf("after %q these steps are done: %v", id, got)
		}
	}
	if got, next := done(t, s); len(got) != len(tutorialSteps()) || next != "" {
		t.Errorf("in the end these steps are done: %v, and %q is next", got, next)
	}
}

func TestTutorialSaysWhy(t *testing.T) {
	s := newStudio(t, testOptions(t))
	newProject(t, s, "tutorial")
	for _, tt := range []struct{ step, file, text, why string }{
		{"crm", "connections/crm.yaml", "type: rest\naddress: ${self}\n", `The connection is called "crm"; the service asks for "CRM".`},
		{"crm", "connections/crm.yaml", "name: CRM\ntype: rest\naddress: ${self}\npath: /x\n", `The connection "CRM" leads to ${self}/x; the stand-in is at ${self}/tutorial/api/get-user.`},
		{"crm", "connections/crm.yaml", "name: CRM\ntype: rest\nenabled: false\naddress: ${self}\n", `The connection "CRM" is disabled.`},
		{"service", "services/users/users.go", "package users\n\nfunc x() { y }\n", `services/users/users.go:3:12: undefined: y`},
		{"channel", "channels/x.yaml", "type: rest\npath: /x\nservice: users.GetDetails\n", `Anybody may call the channel "x": choose the API key as its security.`},
		{"secret", "security/k.yaml", "type: api-key\nkey: {secret: a/b}\n", `The secret "a/b" has no value yet.`},
		{"job", "jobs/j.yaml", "service: users.GetDetails\ncron: '@daily'\n", `The job "j" does not run every few seconds: set "every" to 10s.`},
	} {
		put(t, s, tt.file, tt.text)
		list, err := s.CheckTutorial(t.Context(), None{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list.Steps {
			if x.ID == tt.step && (x.Done || x.Why != tt.why) {
				t.Errorf("with %s as %q the step %q is done %v, why %q; want %q", tt.file, tt.text, tt.step, x.Done, x.Why, tt.why)
			}
		}
	}
	if _, err := s.HideTutorial(t.Context(), Hide{true}); err != nil {
		t.Fatal(err)
	}
	if list := s.tutorialState(t.Context()); len(list.Steps) != 0 {
		t.Errorf("a hidden checklist has %d steps, want none", len(list.Steps))
	}
	newProject(t, s, "tutorial-finished")
	if list := s.tutorialState(t.Context()); len(list.Steps) != 0 {
		t.Errorf("a project of another template has %d steps, want none", len(list.Steps))
	}
}

// served is what a project serves, in a form that can be compared.
func served(t *testing.T, s *Studio) string {
	t.Helper()
	settle(t, s)
	live := s.liveState(t.Context())
	if live.Status != liveLive {
		t.Fatalf("the project is %s: %+v", live.Status, live.Problems)
	}
	var b strings.Builder
	for _, x := range live.State.Services {
		b.WriteString(x.Name + "\n")
	}
	for _, x := range live.State.Channels {
		b.WriteString(strings.Join([]string{x.Name, x.Path, x.Service, x.Security, x.Header}, " ") + "\n")
	}
	slices.SortFunc(live.State.Connections, func(a, b control.Connection) int { return strings.Compare(a.Name, b.Name) })
	for _, x := range live.State.Connections {
		b.WriteString(x.Name + " " + x.Type + "\n")
	}
	for _, x := range live.State.Jobs {
		b.WriteString(x.Name + " " + x.Service + " " + x.When + "\n")
	}
	return b.String()
}

func servedByTemplate(t *testing.T) string {
	t.Helper()
	s, _ := finished(t)
	return served(t, s)
}

// TestTutorialFilesAreThoseOfTheTemplate holds that the forms write what the
// finished template has.
func TestTutorialFilesAreThoseOfTheTemplate(t *testing.T) {
	s := newStudio(t, testOptions(t))
	p := newProject(t, s, "tutorial")
	for _, x := range tutorialSteps() {
		if x.ID != "hello" && x.ID != "call" {
			doSteps[x.ID](t, s)
		}
	}
	for _, kind := range config.Kinds() {
		files, err := filepath.Glob(filepath.Join(p.Dir, config.Folder(kind), "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of %s: %v", kind, err)
		}
		for _, file := range files {
			name, err := filepath.Rel(p.Dir, file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := projects.TemplateFile("tutorial-finished", filepath.ToSlash(name))
			if err != nil {
				continue // a job has its name as its file's
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a, b := parsed(t, kind, got), parsed(t, kind, want)
			if !sameJSON(a, b) {
				t.Errorf("%s is\n%s\nwant\n%s", name, a, b)
			}
		}
	}
}

// parsed is all that a file of an object says, defaults included.
func parsed(t *testing.T, kind string, text []byte) json.RawMessage {
	t.Helper()
	d, faults := config.ParseDocument(kind, "x.yaml", text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c, ok := newConfig(kind, d.Type)
	if !ok {
		t.Fatalf("no type %q of %s", d.Type, kind)
	}
	if faults := d.Decode(c); len(faults) > 0 {
		t.Fatal(faults)
	}
	return spec.Redacted(c)
}
