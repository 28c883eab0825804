package e2e_test

import (
	"strings"
	"testing"

	"mortise/app/e2e"
)

// TestKilled types without saving, kills the Studio, and finds the text again.
func TestKilled(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Click("explorer-item-demo.Hello")
	s.Page.WaitText("editor", "package demo")
	s.Page.Focus("editor")
	s.Page.Press("Mod+End")
	s.Page.Type("\n// typed and not saved")
	s.WaitFiles(".mortise", "typed and not saved")
	if text := s.Read("services/demo/hello.go"); strings.Contains(text, "not saved") {
		t.Errorf("the file holds what was not saved:\n%s", text)
	}
	s.Page.Allow("ERR_CONNECTION") // while there is no Studio
	s.Page.Allow("WebSocket")
	s.Restart()
	s.Page.WaitText("editor", "typed and not saved")

	// What is saved is on disk, and live.
	s.Page.Focus("editor")
	s.Page.Press("Mod+S")
	s.WaitFiles("services/demo", "typed and not saved")
}

// TestChangedByAnother changes a file as another program would: the tab that shows
// it follows, and so does the service.
func TestChangedByAnother(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Click("explorer-item-demo.Hello")
	s.Page.WaitText("editor", "Howdy")
	s.Write("services/demo/hello.go", strings.Replace(s.Read("services/demo/hello.go"), "Howdy", "Good day", 1))
	s.Page.WaitText("editor", "Good day")
	s.Page.Fill("invoke-text", "name=Mike")
	s.Page.Click("invoke-run")
	s.Page.WaitText("response-body", "Good day Mike!")
}
