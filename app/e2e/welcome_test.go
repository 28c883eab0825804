package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// command runs an action of a group by its title in the palette.
func command(p *e2e.Page, group, title string) {
	p.Press("Mod+Shift+P")
	p.Fill("palette-input", ">"+title)
	p.Click("palette-item-" + group + ": " + title)
}

// TestFirstMinute begins with nothing: the tutorial is opened by one key, its first
// step is done and noticed, and the project is among the recent ones.
func TestFirstMinute(t *testing.T) {
	s := suite.Open(t, e2e.Options{})
	s.Page.Wait("welcome")
	s.Page.Picture("welcome")
	s.Page.WaitFor("the tutorial to have the focus", `return document.activeElement.dataset.testid === "welcome-tutorial-open"`)
	s.Page.Press("Enter")
	s.Page.WaitText("tutorial-progress", "0 of 9")
	s.Page.Click("tutorial-action")
	s.Page.WaitText("invoke-service", "demo.Hello")
	s.Page.Fill("invoke-text", "name=Mike")
	s.Page.Click("invoke-run")
	s.Page.WaitText("response-body", "Mike")
	s.Page.WaitAttribute("tutorial-step-hello", "data-done", "true")
	s.Page.WaitText("tutorial-progress", "1 of 9")
	s.Page.Picture("tutorial")

	s.Page.Click("tutorial-hide")
	s.Page.Gone("tutorial")
	s.Page.Click("activity-tutorial")
	s.Page.Wait("tutorial")

	command(s.Page, "Project", "Close project")
	s.Page.Click("recent-tutorial")
	s.Page.WaitText("tutorial-progress", "1 of 9")
}

// TestNewProject makes a project in the folder that is suggested, and opens one by
// its folder.
func TestNewProject(t *testing.T) {
	s := suite.Open(t, e2e.Options{})
	s.Page.Click("welcome-project-new")
	s.Page.Fill("new-project-name", "orders")
	s.Page.WaitFor("the folder to follow the name", `return document.querySelector("[data-testid=new-project-folder]").value.endsWith("orders")`)
	s.Page.Click("new-project-create")
	s.Page.WaitText("project-menu", "orders")
	dir := filepath.Join(s.Home, "mortise", "orders")
	if _, err := os.Stat(filepath.Join(dir, "mortise.yaml")); err != nil {
		t.Error(err)
	}
	command(s.Page, "Project", "Close project")
	s.Page.Click("welcome-project-open")
	s.Page.Click("folder-mortise")
	s.Page.Wait("folder-orders")
	s.Page.Press("Enter")
	s.Page.WaitText("project-menu", "orders")

	// A folder that is gone is said where the person stands.
	command(s.Page, "Project", "Close project")
	s.Page.Wait("welcome")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s.Page.Click("recent-orders")
	s.Page.WaitText("welcome-failed", "orders")
}

const helloSource = "services/demo/hello.go"

// TestLocalHistory restores an earlier state of a file, and a file that was
// deleted.
func TestLocalHistory(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	first := s.Read(helloSource)
	s.Page.Click("explorer-item-demo.Hello")
	s.Page.WaitText("editor", "package demo")
	s.Page.Focus("editor")
	s.Page.Press("Mod+End")
	s.Page.Type("\n// a second thought")
	s.Page.Press("Mod+S")
	s.WaitFiles("services/demo", "a second thought")

	command(s.Page, "File", "Local history of this file")
	s.Page.Wait("local-history")
	s.Page.Focus("history-version")
	s.Page.Press("End")
	s.Page.WaitText("local-history-diff", "a second thought")
	s.Page.Picture("local-history")
	s.Page.Click("history-restore")
	s.Page.WaitText("notes", "is as it was")
	if text := s.Read(helloSource); text != first {
		t.Errorf("the restored file is\n%s\nwant\n%s", text, first)
	}
	s.Page.Click("tab-" + helloSource)
	s.Page.WaitFor("the tab to follow", `return !document.querySelector("[data-testid=editor]").innerText.includes("second thought")`)

	command(s.Page, "File", "Delete file…")
	s.Page.Click("question-delete")
	s.Page.Gone("tab-" + helloSource)
	command(s.Page, "File", "Deleted files of the project")
	s.Page.Click("deleted-" + helloSource)
	s.Page.Click("history-restore")
	s.Page.Wait("tab-" + helloSource)
	if text := s.Read(helloSource); text != first {
		t.Errorf("the file that was deleted and restored is\n%s\nwant\n%s", text, first)
	}
}

// TestTwoChanges types while another program writes the same file: what does not
// meet is put together, what does is asked about, and nothing is overwritten.
func TestTwoChanges(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Click("explorer-item-demo.Hello")
	s.Page.WaitText("editor", "package demo")
	s.Page.Focus("editor")
	s.Page.Press("Mod+End")
	s.Page.Type("\n// typed here")
	s.WaitFiles(".mortise", "typed here")
	s.Write(helloSource, "// written there\n\n"+s.Read(helloSource))
	s.Page.WaitText("notes", "both changes are in it")
	if text := s.Read(helloSource); strings.Contains(text, "typed here") {
		t.Errorf("the file holds what was not saved:\n%s", text)
	}
	s.Page.Focus("editor")
	s.Page.Press("Mod+S")
	s.WaitFiles("services/demo", "typed here")
	if text := s.Read(helloSource); !strings.Contains(text, "written there") {
		t.Errorf("the file lost what was written there:\n%s", text)
	}

	s.Page.Press("Mod+Home")
	s.Page.Type("// mine ")
	s.Write(helloSource, strings.Replace(s.Read(helloSource), "written there", "theirs", 1))
	s.Page.Wait("banner-outside")
	s.Page.Press("Mod+S")
	s.Page.WaitText("conflict-diff", "theirs")
	s.Page.Picture("conflict")
	if text := s.Read(helloSource); strings.Contains(text, "mine") {
		t.Errorf("the file was overwritten before the person chose:\n%s", text)
	}
	s.Page.Click("conflict-save")
	s.WaitFiles("services/demo", "// mine // written there")
	s.Page.Gone("banner-outside")
}
