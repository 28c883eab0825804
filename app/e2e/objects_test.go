package e2e_test

import (
	"os/exec"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// TestObjects makes, changes, asks, renames, deletes and restores objects, all of
// it without writing code.
func TestObjects(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Wait("explorer-item-CRM")
	s.Run("a connection by its form", func(t *testing.T) { createConnection(s) })
	s.Run("rename", func(t *testing.T) { renameConnection(t, s) })
	s.Run("delete and restore", func(t *testing.T) { deleteConnection(s.Page) })
	s.Run("an API key", func(t *testing.T) { createKey(t, s) })
	s.Run("run a job", func(t *testing.T) { runJob(s.Page) })
	s.Run("paste curl", func(t *testing.T) { pasteCurl(s) })
}

// newObject begins an object by the plus of its kind.
func newObject(p *e2e.Page, kind, typ, name string) {
	p.Click("explorer-new-" + kind)
	create(p, typ, name)
}

// create answers the question for a new object.
func create(p *e2e.Page, typ, name string) {
	p.Fill("new-object-name", name)
	if typ != "" {
		p.Click("new-object-type-" + typ)
	}
	p.Click("new-object-create")
	p.Gone("new-object")
	p.Wait("object")
}

func createConnection(s *e2e.Studio) {
	p := s.Page
	newObject(p, "connection", "", "Shop")
	p.Picture("new-connection")
	p.Press("Mod+S")
	p.WaitText("object", "This is needed")
	p.Fill("field-address", "nowhere")
	p.Press("Tab")
	p.WaitText("object", "http")
	p.Picture("inline-problem")
	p.Fill("field-address", "http://127.0.0.1:1")
	p.Click("object-save")
	s.WaitFiles("connections", "127.0.0.1:1")
	p.Click("object-ping")
	p.WaitText("ping-stage-connect", "refused")
	p.Picture("ping-failed")
	p.Fill("field-address", "${self}")
	p.Fill("field-path", "/tutorial/api/get-user")
	p.Click("object-ping")
	p.WaitText("ping-result", "It answered")
	p.Picture("ping-answered")
	p.Wait("explorer-item-Shop")
	p.Click("object-view-yaml")
	p.WaitText("editor", "${self}")
	p.Click("object-view-form")
}

func renameConnection(t *testing.T, s *e2e.Studio) {
	p := s.Page
	p.Click("explorer-item-CRM")
	p.Wait("object")
	p.WaitText("field-path", "/tutorial/api/get-user")
	p.Click("object-more")
	p.Click("object-rename")
	p.WaitText("prompt", "services/users/users.go")
	p.Fill("prompt-text", "Customers")
	p.Press("Enter")
	p.WaitText("notes", "followed")
	if text := s.Read("services/users/users.go"); !strings.Contains(text, `REST("Customers")`) {
		t.Errorf("the service does not follow:\n%s", text)
	}
	p.Wait("explorer-item-Customers")
	p.Gone("explorer-item-CRM")
	choose(p, "users.GetDetails")
	invoke(p, "name=Mike", "123456")
}

func deleteConnection(p *e2e.Page) {
	p.Click("explorer-item-Shop")
	p.Wait("object")
	p.Click("object-more")
	p.Click("object-delete")
	p.Click("question-delete")
	p.Gone("explorer-item-Shop")
	p.ClickNamed("button", "Restore")
	p.Wait("explorer-item-Shop")
}

// createKey makes a security definition with a generated key, gives it to the
// channel, and calls that with the key.
func createKey(t *testing.T, s *e2e.Studio) {
	p := s.Page
	newObject(p, "security", "api-key", "Partners")
	p.Click("field-key-generate")
	p.WaitText("field-key-state", "set")
	p.Picture("generated")
	p.Press("Escape")
	p.Click("object-save")
	s.WaitFiles("security", "Partners")
	p.Wait("explorer-item-Partners")

	p.Click("explorer-item-Get user details")
	p.Wait("field-security")
	p.Fill("field-security", "Partners")
	p.Press("Enter")
	p.Press("Mod+S")
	s.WaitFiles("channels", "security: Partners")
	p.Click("object-call")
	p.Wait("invoke-channel")
	p.Fill("invoke-query", "name=Mike")
	p.Click("invoke-run")
	p.WaitText("response-status", "200")
	if _, err := exec.LookPath("curl"); err == nil {
		if got := runCurl(t, "curl -s -o /dev/null -w '%{http_code}' -H 'X-API-Key: abc' http://"+p.Text("status-address")+"/tutorial/api/get-user-details"); got != "401" {
			t.Errorf("curl with the key of before answered %s; want 401", got)
		}
	}
}

func runJob(p *e2e.Page) {
	p.Click("explorer-item-Get user details every 10 seconds")
	p.Wait("object-run")
	p.Click("object-run")
	p.WaitText("notes", "runs")
	p.Click("object-view-runs")
	p.WaitText("runs", "by hand")
	p.Picture("runs")
}

func pasteCurl(s *e2e.Studio) {
	p := s.Page
	p.Click("activity-connection")
	p.Click("objects-paste")
	p.Fill("paste-text", "curl -H 'X-Token: secret1' https://shop.example.com/api/v1/orders")
	p.Click("paste-read")
	p.Wait("paste-review")
	p.Picture("paste")
	p.Fill("paste-name-0", "Orders")
	p.Click("paste-save")
	p.Gone("paste-review")
	p.Wait("explorer-item-Orders")
	s.WaitFiles("connections", "shop.example.com")
}
