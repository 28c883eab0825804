package e2e_test

import (
	"os/exec"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// TestInvoke selects the finished tutorial's service and invokes it.
func TestInvoke(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Click("explorer-item-users.GetDetails")
	s.Page.Fill("invoke-text", "name=Mike")
	s.Page.Click("invoke-run")
	s.Page.WaitText("response-body", "123456")
	s.Page.Picture("invoked")
}

// lesson waits until a step of the tutorial is the next one and open, and takes
// what its button offers.
func lesson(p *e2e.Page, id string) {
	p.WaitFor("the step "+id+" is open", `return document.querySelector(arguments[0]) !== null`,
		e2e.Named("tutorial-step-"+id)+" "+e2e.Named("tutorial-action"))
	p.Click("tutorial-action")
}

// learned waits until a step is seen to be done.
func learned(p *e2e.Page, id string) {
	p.WaitAttribute("tutorial-step-"+id, "data-done", "true")
}

// fields fills the form of an object, field by field, and saves it.
func fields(p *e2e.Page, values ...string) {
	p.Wait("object")
	for i := 0; i < len(values); i += 2 {
		p.Fill("field-"+values[i], values[i+1])
		p.Press("Tab")
	}
	p.Press("Mod+S")
}

// TestTutorial goes through the tutorial by mouse and keyboard alone, from the
// first screen to the finished service, which answers to the key over its channel.
func TestTutorial(t *testing.T) {
	s := suite.Open(t, e2e.Options{})
	p := s.Page
	p.Click("welcome-tutorial-open")
	p.WaitText("tutorial-progress", "0 of 9")
	p.Wait("explorer-item-demo.Hello")

	lesson(p, "hello")
	p.WaitText("invoke-service", "demo.Hello")
	invoke(p, "name=Mike", "Howdy Mike!")
	learned(p, "hello")

	lesson(p, "crm")
	create(p, "", "CRM")
	fields(p, "address", "${self}", "path", "/tutorial/api/get-user")
	learned(p, "crm")

	lesson(p, "billing")
	create(p, "", "Billing")
	fields(p, "address", "${self}", "path", "/tutorial/api/balance/get")
	learned(p, "billing")

	p.WaitFor("the source is offered", `return document.querySelector(arguments[0]) !== null`,
		e2e.Named("tutorial-step-service")+" "+e2e.Named("tutorial-copy"))
	p.Click("tutorial-copy")
	lesson(p, "service")
	p.Fill("prompt-text", "users.GetDetails")
	p.Press("Enter")
	p.Wait("tab-services/users/getdetails.go")
	p.WaitText("editor", "func GetDetails")
	p.Focus("editor")
	p.Press("Mod+A")
	p.Press("Mod+V")
	p.WaitText("editor", "AccountBalance")
	p.Picture("pasted")
	p.Press("Mod+S")
	learned(p, "service")

	lesson(p, "key")
	create(p, "api-key", "Tutorial API key")
	fields(p, "header", "X-API-Key", "key", "tutorial/api-key")
	learned(p, "key")

	lesson(p, "secret")
	p.Fill("secret-value", "abc")
	p.Press("Enter")
	learned(p, "secret")

	lesson(p, "channel")
	create(p, "", "Get user details")
	fields(p, "path", "/tutorial/api/get-user-details", "service", "users.GetDetails", "security", "Tutorial API key")
	learned(p, "channel")
	p.Picture("channel")

	lesson(p, "call")
	p.WaitText("invoke-service", "users.GetDetails")
	invoke(p, "name=Mike", "123456")
	learned(p, "call")

	lesson(p, "job")
	create(p, "", "Get user details every 10 seconds")
	fields(p, "service", "users.GetDetails", "every", "10s")
	learned(p, "job")
	p.WaitText("tutorial-progress", "9 of 9")
	p.Wait("tutorial-well-done")
	p.Picture("finished")

	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl: apt-get install -y --no-install-recommends curl")
	}
	address := "http://" + p.Text("status-address") + "/tutorial/api/get-user-details?name=Mike"
	if got := runCurl(t, "curl -s -H 'X-API-Key: abc' '"+address+"'"); !strings.Contains(got, `"account_no":"123456"`) {
		t.Errorf("curl with the key answered %s; want the account 123456", got)
	}
	if got := runCurl(t, "curl -s -o /dev/null -w '%{http_code}' '"+address+"'"); got != "401" {
		t.Errorf("curl without the key answered %s; want 401", got)
	}
}
