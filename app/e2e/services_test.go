package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// TestServices makes services, breaks one, mends it, and renames, deletes and
// restores its file.
func TestServices(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Run("ten in a row", func(t *testing.T) { tenServices(s.Page) })
	s.Run("names", func(t *testing.T) { serviceNames(s.Page) })
	s.Run("a broken edit", func(t *testing.T) { brokenEdit(t, s) })
	s.Run("rename", func(t *testing.T) { renameService(s) })
	s.Run("delete and restore", func(t *testing.T) { deleteService(s) })
}

// newService makes a service by its keys.
func newService(p *e2e.Page, name string) {
	p.Press("Mod+Alt+N")
	p.Fill("prompt-text", name)
	p.Press("Enter")
	p.Gone("prompt")
}

// invoke invokes what is chosen with keys alone and waits for the answer.
func invoke(p *e2e.Page, text, answer string) {
	p.Fill("invoke-text", text)
	p.Press("Mod+Enter")
	p.WaitText("response-body", answer)
}

// tenServices invokes each as soon as it is made, as the person would.
func tenServices(p *e2e.Page) {
	p.Wait("explorer-item-demo.Hello")
	for i := range 10 {
		name := fmt.Sprintf("shop%d.Check", i)
		newService(p, name)
		p.WaitText("invoke-service", name)
		p.Wait(fmt.Sprintf("tab-services/shop%d/check.go", i))
		invoke(p, fmt.Sprintf("name=Mike%d", i), fmt.Sprintf("Hello Mike%d!", i))
	}
	p.Wait("explorer-item-shop0.Check")
	p.Wait("explorer-item-shop9.Check")
	p.WaitText("status-live", "Live")
	p.Picture("ten-services")
}

// serviceNames types what can be a name and what cannot.
func serviceNames(p *e2e.Page) {
	p.Hover("explorer-section-services")
	p.Click("explorer-new-service")
	p.Fill("prompt-text", "shop0.Check")
	p.Press("Enter")
	p.WaitText("prompt", "is there already")
	p.Fill("prompt-text", "1.x")
	p.Click("prompt-ok")
	p.WaitText("prompt", "package")
	p.Picture("bad-name")
	p.Fill("prompt-text", "create order")
	p.Press("Enter")
	p.WaitText("invoke-service", "order.Create")
	invoke(p, "name=Mike", "Hello Mike!")
}

const orderFile = "services/order/create.go"

// brokenEdit saves what does not compile, sees where and what answers meanwhile,
// and mends it.
func brokenEdit(t *testing.T, s *e2e.Studio) {
	p := s.Page
	p.Focus("editor")
	p.Press("Mod+Home")
	p.Press("Mod+G")
	p.Type(place(t, s, "name := cmp.Or") + "\n")
	p.Gone("palette")
	p.Type("missing(1)\n")
	p.Press("Mod+S")
	p.WaitText("banner-stale", "last good version")
	p.WaitText("status-live", "Older version is live")
	p.WaitText("status-problems", "1")
	p.WaitText("editor", "undefined: missing")
	p.Picture("broken")
	p.Press("Mod+Shift+M")
	p.WaitText("problem", "missing")
	p.Press("Mod+Home")
	p.Click("problem")
	p.WaitText("status-place", "Ln "+place(t, s, "missing(1)"))

	invoke(p, "name=Anna", "Hello Anna!")
	p.Wait("response-stale")
	p.Click("problem")
	p.Press("Mod+Shift+K")
	p.Press("Mod+S")
	p.Gone("banner-stale")
	p.WaitText("status-live", "Live")
	p.Wait("problems-empty")
	invoke(p, "name=Anna", "Hello Anna!")
	p.Gone("response-stale")
	p.Click("panel-log")
}

// place returns the number of the line that holds a text.
func place(t *testing.T, s *e2e.Studio, text string) string {
	t.Helper()
	before, _, found := strings.Cut(s.Read(orderFile), text)
	if !found {
		t.Fatalf("%s does not hold %q:\n%s", orderFile, text, s.Read(orderFile))
	}
	return fmt.Sprint(1 + strings.Count(before, "\n"))
}

func renameService(s *e2e.Studio) {
	p := s.Page
	p.Menu("explorer-item-order.Create")
	p.ClickNamed("menuitem", "Rename")
	p.Fill("prompt-text", "services/order/made.go")
	p.Press("Enter")
	p.Wait("tab-services/order/made.go")
	p.Gone("tab-" + orderFile)
	s.WaitFiles("services/order", "func Create")
	invoke(p, "name=Lisa", "Hello Lisa!")
}

func deleteService(s *e2e.Studio) {
	p := s.Page
	p.Menu("explorer-item-order.Create")
	p.ClickNamed("menuitem", "Delete")
	p.Click("question-delete")
	p.Gone("tab-services/order/made.go")
	p.Gone("explorer-item-order.Create")
	command(p, "File", "Deleted files of the project")
	p.Click("deleted-services/order/made.go")
	p.Click("history-restore")
	p.Click("explorer-item-order.Create")
	p.WaitText("invoke-service", "order.Create")
	invoke(p, "name=Eva", "Hello Eva!")
}
