package e2e_test

import (
	"testing"

	"mortise/app/e2e"
)

// TestCommands reaches things by the palette, searches and replaces, and changes
// settings and the layout, which are there again after the Studio was killed.
func TestCommands(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Run("palette", func(t *testing.T) { palette(s.Page) })
	s.Run("search and replace", func(t *testing.T) { searchAndReplace(s) })
	s.Run("settings and layout", func(t *testing.T) { settingsAndLayout(t, s) })
}

func palette(p *e2e.Page) {
	p.Wait("explorer-item-users.GetDetails")
	p.Press("Mod+P")
	p.Fill("palette-input", "getdet")
	p.WaitText("palette-item-users.GetDetails", "users.GetDetails")
	p.Press("Enter")
	p.Wait("tab-services/users/users.go")
	p.WaitText("invoke-service", "users.GetDetails")

	p.Click("titlebar-search")
	p.Fill("palette-input", "hello.go")
	p.Click("palette-item-hello.go")
	p.Wait("tab-" + helloSource)
	p.Press("Mod+G")
	p.Type("17:6\n")
	p.WaitText("status-place", "Ln 17, Col 6")

	// Every key that is shown beside a command is one that works.
	p.Press("F1")
	p.Fill("palette-input", ">invoke")
	p.WaitText("palette-item-Service: Invoke", "Ctrl")
	p.Picture("palette")
	p.Press("Enter")
	p.Gone("palette")
	p.WaitText("response-body", "Howdy partner!")
	p.Press("Mod+P")
	p.Fill("palette-input", "nothing like this")
	p.WaitText("palette", "Nothing matches")
	p.Press("Escape")
	p.Gone("palette")
}

func searchAndReplace(s *e2e.Studio) {
	p := s.Page
	p.Press("Mod+Shift+F")
	p.WaitFor("the search has the focus", `return document.activeElement?.dataset.testid === "search-query"`)
	p.Type("Howdy")
	p.WaitText("search-results", "hello.go")
	p.ClickNamed("button", "Show replace")
	p.Fill("search-replace", "Good day")
	p.Picture("search")
	p.Click("search-replace-all")
	p.WaitText("question", "1 match in 1 file")
	p.Click("question-replace")
	p.WaitText("notes", "1 match was replaced")
	s.WaitFiles("services/demo", `"Good day "`)
	p.WaitText("editor", "Good day")
	p.Click("invoke-run")
	p.WaitText("response-body", "Good day partner!")
	p.Press("Mod+Shift+E")
	p.Wait("explorer")
}

// sizes is what the sizes and the state of the screen are, in the page.
const sizes = `const width = (css) => Math.round(document.querySelector(css)?.getBoundingClientRect().width ?? 0);
return JSON.stringify({ side: width(".side"), right: width(".right"), bottom: width(".bottom"), tab: document.querySelector(".editor-tab-name[aria-selected=true]")?.dataset.testid,
tabs: [...document.querySelectorAll(".editor-tab-name")].map((t) => t.dataset.testid) })`

func settingsAndLayout(t *testing.T, s *e2e.Studio) {
	p := s.Page
	p.Press("Mod+,")
	p.Wait("settings")
	p.Choose("setting-theme", "Dark")
	dark := `return document.documentElement.dataset.theme === "dark"`
	p.WaitFor("it is dark", dark)
	p.Fill("setting-editor_font_size", "18")
	p.Press("Tab")
	p.Picture("settings")
	p.Click("tab-" + helloSource)
	large := `return getComputedStyle(document.querySelector(".editors-panel .cm-line")).fontSize === "18px"`
	p.WaitFor("the text is larger", large)

	p.Drag(`[role=separator][aria-label="Width of the side bar"]`, 60, 0)
	p.Drag(`[role=separator][aria-label="Width of the invoke panel"]`, -40, 0)
	p.Press("Mod+J")
	p.WaitFor("the panel is hidden", `return !document.querySelector(".bottom")`)
	var before, after string
	p.Eval(sizes, &before)
	s.WaitFiles(".mortise", `"bottom":{"shown":false`)
	s.Page.Allow("ERR_CONNECTION") // while there is no Studio
	s.Page.Allow("WebSocket")
	s.Restart()
	p.Wait("editor")
	p.WaitFor("it is dark", dark)
	p.WaitFor("the text is larger", large)
	p.Wait("explorer-item-demo.Hello")
	if p.Eval(sizes, &after); after != before {
		t.Errorf("after a restart the screen is %s; want %s", after, before)
	}
	p.Picture("restarted")
	p.Press("Mod+J")
	p.Wait("log")
}
