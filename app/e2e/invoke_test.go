package e2e_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// failing is a service that fails at line 8 and one whose input has limits.
const failing = `package demo

import "mortise/runtime/service"

// Fail reads what is not there.
func Fail(ctx *service.Context) (string, error) {
	var list []string
	return list[len(ctx.CID())], nil
}

// LimitedIn has two limits.
type LimitedIn struct {
	Age  int    ` + "`json:\"age\" min:\"18\"`" + `
	Kind string ` + "`json:\"kind\" enum:\"new,old\"`" + `
}

// Limited takes what is within its limits.
func Limited(ctx *service.Context, in LimitedIn) (LimitedIn, error) {
	ctx.Log().Info("within the limits", "kind", in.Kind)
	return in, nil
}
`

// helloChannel is open to all.
const helloChannel = "name: Hello\ntype: rest\npath: /hello\nservice: demo.Hello\n"

// TestInvokePanel does what a person does with the invoke panel in a day.
func TestInvokePanel(t *testing.T) {
	s := suite.Open(t, e2e.Options{
		Template: "tutorial-finished",
		Files:    map[string]string{"services/demo/failing.go": failing, "channels/hello.yaml": helloChannel},
	})
	s.Run("three views of the same", func(t *testing.T) { invokeViews(s.Page) })
	s.Run("what the answer says", func(t *testing.T) { invokeAnswer(s.Page) })
	s.Run("history by keys", func(t *testing.T) { invokeHistory(s.Page) })
	s.Run("through a channel", func(t *testing.T) { invokeChannel(s.Page) })
	s.Run("errors with their places", func(t *testing.T) { invokeErrors(s.Page) })
	s.Run("saved requests", func(t *testing.T) { savedRequests(s) })
	s.Run("copy as", func(t *testing.T) { copyAs(t, s) })
}

// choose selects a service in the explorer and waits for the invoke panel.
func choose(p *e2e.Page, service string) {
	p.Click("explorer-item-" + service)
	p.WaitText("invoke-service", service)
}

// show shows the input in another view.
func show(p *e2e.Page, view, field string) {
	p.Click("invoke-view-" + view)
	p.Wait(field)
}

func invokeViews(p *e2e.Page) {
	choose(p, "demo.Hello")
	p.WaitText("invoke-text", "name=Mike") // its example, as the hint of an empty field
	p.Fill("invoke-text", "name=Mike Smith")
	p.WaitText("invoke-problems", `name="Mike Smith"`)
	p.Fill("invoke-text", `name="Mike Smith"`)
	show(p, "json", "invoke-json")
	p.WaitText("invoke-json", `"name": "Mike Smith"`)
	show(p, "form", "invoke-form")
	p.WaitFor("the form shows it", `return document.querySelector("[data-testid=invoke-field-name] input").value === "Mike Smith"`)
	p.Fill("invoke-field-name", "Anna")
	p.Press("Mod+Enter")
	p.WaitText("response-body", "Howdy Anna!")
	show(p, "json", "invoke-json")
	p.WaitText("invoke-json", `"name": "Anna"`)
	show(p, "pairs", "invoke-text")
	p.WaitText("invoke-text", "name=Anna")
	p.Fill("invoke-text", "name=Mike")
	p.Press("Mod+Enter")
	p.WaitText("response-body", "Howdy Mike!")
}

func invokeAnswer(p *e2e.Page) {
	choose(p, "users.GetDetails")
	p.Fill("invoke-text", "name=Mike")
	p.Click("invoke-run")
	p.WaitText("response-body", "123456")
	p.WaitText("response-status", "OK")
	p.Click("response-view-pretty")
	p.WaitText("response-pretty", `"account_balance": "357.9"`)
	p.Click("response-view-raw")
	p.WaitText("response-raw", `{"user_type":"RGV","account_no":"123456"`)
	p.Click("response-tab-log")
	p.WaitText("response-log", "returning user details")
	p.Click("response-tab-calls")
	p.WaitText("response-calls", "CRM")
	p.WaitText("response-calls", "Billing")
	p.Wait("response-cid")
	p.Wait("response-took")
	p.Wait("response-size")
	p.Picture("calls")
}

func invokeHistory(p *e2e.Page) {
	choose(p, "demo.Hello")
	for _, name := range []string{"one", "two", "three"} {
		p.Fill("invoke-text", "name="+name)
		p.Press("Mod+Enter")
		p.WaitText("response-body", "Howdy "+name+"!")
	}
	p.Fill("invoke-text", "name=draft")
	p.Press("Up")
	p.WaitText("invoke-text", "name=three")
	p.Press("Up")
	p.WaitText("invoke-text", "name=two")
	p.Press("Down")
	p.WaitText("invoke-text", "name=three")
	p.Press("Down")
	p.WaitText("invoke-text", "name=draft")

	p.Press("Mod+K")
	p.Wait("invoke-history")
	p.Fill("invoke-history-input", "two")
	p.WaitFor("one is found", `const rows = document.querySelectorAll("[data-testid=invoke-history-row]"); return rows.length === 1 && rows[0].innerText.includes("name=two")`)
	p.Picture("history-overlay")
	p.Press("Enter")
	p.Gone("invoke-history")
	p.WaitText("response-body", "Howdy two!")
	p.WaitText("invoke-text", "name=two")

	p.Focus("invoke-text")
	p.Press("Mod+K")
	p.Fill("invoke-history-input", "three")
	p.WaitFor("one is found", `return document.querySelectorAll("[data-testid=invoke-history-row]").length === 1`)
	p.Press("Tab")
	p.Gone("invoke-history")
	p.WaitText("invoke-text", "name=three")

	// The panel below knows them all, and opens one again.
	p.Click("panel-history")
	p.Fill("history-search", "name=one")
	p.WaitFor("one is found", `const rows = document.querySelectorAll("[data-testid=history-row]"); return rows.length === 1 && rows[0].innerText.includes("name=one")`)
	p.DoubleClick("history-row")
	p.WaitText("response-body", "Howdy one!")
	p.Picture("history")
	p.Click("panel-log")
}

func invokeChannel(p *e2e.Page) {
	choose(p, "users.GetDetails")
	p.Choose("invoke-through", "Channel Get user details")
	p.Wait("invoke-channel")
	p.Fill("invoke-query", "name=Mike")
	p.Click("invoke-run")
	p.WaitText("response-status", "200")
	p.WaitText("response-body", "123456")
	p.Click("response-tab-headers")
	p.WaitText("response-headers", "X-Correlation-Id")
	p.Click("invoke-no-key")
	p.Click("invoke-run")
	p.WaitText("response-status", "401")
	p.Picture("channel-without-key")
	p.Click("invoke-no-key")
	p.Click("invoke-run")
	p.WaitText("response-status", "200")
	p.Choose("invoke-through", "The service itself")
	p.Wait("invoke-text")
}

func invokeErrors(p *e2e.Page) {
	choose(p, "demo.Fail")
	p.Press("Mod+Enter")
	p.WaitText("response-error", "index out of range")
	p.Picture("error")
	p.WaitText("response-error-place", "failing.go:8")
	p.Click("response-error-place")
	p.Wait("tab-services/demo/failing.go")
	p.WaitText("status-place", "Ln 8")

	choose(p, "demo.Limited")
	p.Fill("invoke-text", "age=7\nkind=blue")
	p.WaitText("invoke-problems", "age")
	p.WaitText("invoke-problems", "kind")
	p.Click("invoke-run")
	p.WaitText("response-error", "age")
	p.WaitText("response-error", "kind")
	show(p, "form", "invoke-form")
	p.WaitText("invoke-field-age", "18")
	p.Picture("form-problems")
	p.Fill("invoke-field-age", "30")
	p.ClickNamed("button", "blue")
	p.ClickNamed("option", "old")
	p.Click("invoke-run")
	p.WaitText("response-body", "30")
	p.WaitText("response-body", "old")
	show(p, "pairs", "invoke-text")
}

func savedRequests(s *e2e.Studio) {
	p := s.Page
	choose(p, "demo.Hello")
	p.Fill("invoke-text", "name=Saved")
	p.Click("invoke-more")
	p.Click("invoke-save")
	p.Fill("prompt-text", "greet")
	p.Press("Enter")
	s.WaitFiles("requests", "Saved")
	p.Fill("invoke-text", "name=Other")
	p.Click("invoke-more")
	p.Click("invoke-requests")
	p.WaitText("invoke-requests-row", "greet")
	p.Press("Enter")
	p.WaitText("invoke-text", "name=Saved")
	p.Press("Mod+Enter")
	p.WaitText("response-body", "Howdy Saved!")
}

// copyAs copies an invocation as curl, directly and through a channel, and runs it.
func copyAs(t *testing.T, s *e2e.Studio) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl: apt-get install -y --no-install-recommends curl")
	}
	p := s.Page
	choose(p, "demo.Hello")
	p.Fill("invoke-text", "name=\"Mike's friend\"")
	p.Click("invoke-more")
	p.Click("invoke-copy-curl")
	p.WaitText("notes", "Copied")
	if got, want := runCurl(t, p.Clipboard()), `{"greeting":"Howdy Mike's friend!"}`; got != want {
		t.Errorf("curl of demo.Hello answered %s; want %s", got, want)
	}

	choose(p, "users.GetDetails")
	p.Choose("invoke-through", "Channel Get user details")
	p.Fill("invoke-query", "name=Mike")
	p.Click("invoke-more")
	p.Click("invoke-copy-curl")
	p.WaitText("notes", "YOUR-KEY")
	command := p.Clipboard()
	if !strings.Contains(command, "/tutorial/api/get-user-details") {
		t.Fatalf("copy as curl through the channel: %s; want its path", command)
	}
	command = strings.ReplaceAll(command, "YOUR-KEY", "abc")
	var out struct {
		AccountNo string `json:"account_no"`
	}
	if err := json.Unmarshal([]byte(runCurl(t, command)), &out); err != nil || out.AccountNo != "123456" {
		t.Errorf("curl through the channel answered %+v, %v; want the account 123456", out, err)
	}
}

// runCurl runs a copied command as a person does in a shell.
func runCurl(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	return strings.TrimSpace(string(out))
}
