package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mortise/app/e2e"
)

// axe is where npm puts the checker of accessibility
// (https://github.com/dequelabs/axe-core).
var axe = filepath.Join("..", "..", "frontend", "node_modules", "axe-core", "axe.min.js")

// findings runs the rules of WCAG 2.2 AA, or those named, on a part of the page, and
// returns what is serious or critical.
const findings = `const [part, rules] = arguments;
const runOnly = rules.length ? { type: "rule", values: rules } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
return axe.run(part ? document.querySelector(part) : document, { runOnly, resultTypes: ["violations"] }).then((r) => r.violations
  .filter((v) => v.impact === "serious" || v.impact === "critical")
  .flatMap((v) => v.nodes.slice(0, 5).map((n) => v.id + ": " + n.html.slice(0, 200) + ": " + (n.any[0] ?? n.all[0] ?? n.none[0])?.message)))`

// TestAccessible shows every screen, light and dark, and asks axe about each.
func TestAccessible(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Skip("there is no axe-core: go run ./build/bundle -install")
	}
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished", Files: map[string]string{"services/demo/failing.go": failing}})
	p := s.Page
	p.Wait("explorer-item-demo.Hello")
	p.System("light", true)
	p.Eval(string(source), nil)
	for _, screen := range screens() {
		screen.show(s)
		for _, theme := range []struct {
			name  string
			rules []string // of the second theme only what colours can break
		}{{"light", []string{}}, {"dark", []string{"color-contrast"}}} {
			p.System(theme.name, true)
			p.WaitFor("it is "+theme.name, `return document.documentElement.dataset.theme === arguments[0] &&
				!document.getAnimations().some((a) => a instanceof CSSTransition)`, theme.name)
			var found []string
			if p.Eval(findings, &found, screen.part, theme.rules); len(found) > 0 {
				t.Errorf("axe finds in %s, %s:\n%s", screen.name, theme.name, strings.Join(found, "\n"))
			}
			p.Picture(screen.name + "-" + theme.name)
		}
		p.System("light", true)
		if screen.leave != nil {
			screen.leave(s)
		}
	}
}

// screen is one of the things that the Studio shows.
type screen struct {
	name  string
	part  string // what of the page is another than in the screens before; "" is all of it
	show  func(s *e2e.Studio)
	leave func(s *e2e.Studio) // nil where the next screen can be shown at once
}

func screens() []screen {
	escape := func(s *e2e.Studio) { s.Page.Press("Escape"); s.Page.Gone("palette"); s.Page.Gone("prompt") }
	return []screen{
		{name: "service", show: func(s *e2e.Studio) {
			choose(s.Page, "users.GetDetails")
			invoke(s.Page, "name=Mike", "123456")
		}},
		{name: "calls", part: ".response", show: func(s *e2e.Studio) { s.Page.Click("response-tab-calls"); s.Page.Wait("response-calls") }},
		{name: "form-and-error", part: ".right", show: func(s *e2e.Studio) {
			choose(s.Page, "demo.Limited")
			s.Page.Fill("invoke-text", "age=7\nkind=blue")
			s.Page.Press("Mod+Enter")
			s.Page.WaitText("response-error", "age")
			show(s.Page, "form", "invoke-form")
		}},
		{name: "history", part: ".bottom", show: func(s *e2e.Studio) { s.Page.Click("panel-history"); s.Page.Wait("history-row") }},
		{name: "connection", part: ".editors", show: func(s *e2e.Studio) {
			s.Page.Click("explorer-item-CRM")
			s.Page.Click("object-ping")
			s.Page.WaitText("ping-result", "It answered")
		}},
		{name: "connections", part: ".editors", show: func(s *e2e.Studio) { s.Page.Click("activity-connection"); s.Page.Wait("objects-connection") }},
		{name: "jobs", part: ".editors", show: func(s *e2e.Studio) { s.Page.Click("activity-job"); s.Page.Click("jobs-runs"); s.Page.Wait("runs") }},
		{name: "secrets", part: ".editors", show: func(s *e2e.Studio) { command(s.Page, "View", "Secrets"); s.Page.Wait("secrets") }},
		{name: "settings", part: ".editors", show: func(s *e2e.Studio) { s.Page.Press("Mod+,"); s.Page.Wait("settings") }},
		{name: "search", part: ".side", show: func(s *e2e.Studio) {
			s.Page.Click("activity-search")
			s.Page.Fill("search-query", "return")
			s.Page.Wait("search-results")
		}},
		{name: "palette", part: "[role=dialog]", show: func(s *e2e.Studio) { s.Page.Press("Mod+Shift+P"); s.Page.Wait("palette") }, leave: escape},
		{name: "prompt", part: "[role=dialog]", show: func(s *e2e.Studio) { s.Page.Press("Mod+Alt+N"); s.Page.Wait("prompt") }, leave: escape},
		{name: "new-object", part: "[role=dialog]", show: func(s *e2e.Studio) { command(s.Page, "Object", "New object…"); s.Page.Wait("new-object") }, leave: escape},
		{name: "broken", show: func(s *e2e.Studio) {
			s.Page.Click("activity-explorer")
			s.Write(helloSource, strings.Replace(s.Read(helloSource), "name := in.Name", "name := missing", 1))
			s.Page.Press("Mod+P")
			s.Page.Fill("palette-input", "hello.go")
			s.Page.Press("Enter")
			s.Page.Wait("banner-stale")
			s.Page.Click("panel-problems")
			s.Page.Wait("problem")
		}},
		{name: "local-history", part: ".editors", show: func(s *e2e.Studio) {
			s.Page.Focus("editor")
			s.Page.Press("Mod+End")
			s.Page.Type("\n// a second thought")
			s.Page.Press("Mod+S")
			s.WaitFiles("services/demo", "a second thought")
			command(s.Page, "File", "Local history of this file")
			s.Page.Wait("local-history-diff")
		}},
		{name: "welcome", show: func(s *e2e.Studio) { command(s.Page, "Project", "Close project"); s.Page.Wait("welcome") }},
		{name: "new-project", part: "[role=dialog]", show: func(s *e2e.Studio) { s.Page.Click("welcome-project-new"); s.Page.Wait("new-project") }, leave: escape},
	}
}

// focus is what has the focus, by its name, and whether that is seen.
const focus = `const drawn = () => new Promise(requestAnimationFrame);
const faded = () => Promise.allSettled(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished));
return drawn().then(drawn).then(faded).then(() => {
const e = document.activeElement; if (!e || e === document.body) return { name: "" };
const box = e.getBoundingClientRect();
const ring = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"; };
const near = [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean);
const other = e.isContentEditable || getComputedStyle(e, "::after").backgroundColor !== "rgba(0, 0, 0, 0)"; // a caret, or the line of a splitter
return { name: e.dataset.testid ?? e.getAttribute("aria-label") ?? e.innerText.slice(0, 40), role: e.role ?? e.tagName.toLowerCase(),
  seen: box.width > 0 && box.height > 0 && (other || near.some(ring)) }
})`

// TestKeyboard walks through the window by Tab, and does a day's work without a
// mouse.
func TestKeyboard(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	p := s.Page
	p.Wait("explorer-item-demo.Hello")
	p.System("light", true) // what fades in is there at once
	s.Run("by Tab", func(t *testing.T) { tabWalk(t, p) })
	s.Run("a day's work", func(t *testing.T) { keysOnly(p) })
}

// tabWalk presses Tab until it is around, and looks at each stop.
func tabWalk(t *testing.T, p *e2e.Page) {
	wanted := map[string]bool{
		"project-menu": false, "titlebar-search": false, "theme-toggle": false, "activity-search": false, "activity-settings": false,
		"invoke-service": false, "invoke-run": false, "invoke-text": false, "panel-log": false, "log-filter": false, "status-live": false, "status-address": false,
	}
	var walked []string
	for range 80 {
		p.Press("Tab")
		var at struct {
			Name, Role string
			Seen       bool
		}
		if p.Eval(focus, &at); at.Name == "" {
			if len(walked) > 0 {
				break
			}
			continue
		}
		walked = append(walked, fmt.Sprintf("%s (%s)", at.Name, at.Role))
		if !at.Seen {
			t.Errorf("the focus is on %s (%s) and cannot be seen", at.Name, at.Role)
		}
		if id := p.Focused(); id != "" {
			if _, ok := wanted[id]; ok {
				wanted[id] = true
			}
		}
	}
	for id, reached := range wanted {
		if !reached {
			t.Errorf("Tab does not reach %s; it went to %s", id, strings.Join(walked, ", "))
		}
	}
}

// keysOnly opens a service, changes it, saves and invokes it with keys alone.
func keysOnly(p *e2e.Page) {
	p.Press("Mod+Shift+E")
	p.WaitFor("the explorer has the focus", `return document.activeElement?.closest(".tree") !== null`)
	p.Press("Home")
	for p.Focused() != "explorer-item-demo.Hello" {
		p.Press("Down")
	}
	p.Press("Enter")
	p.Wait("tab-" + helloSource)
	p.Press("Mod+1")
	p.WaitFor("the editor has the focus", `return document.activeElement?.closest(".editors-panel .cm-editor") !== null`)
	p.Press("Mod+End")
	p.Type("\n// by keys")
	p.Press("Mod+Enter")
	p.WaitText("response-body", "Howdy partner!")
	p.WaitAttribute("tab-"+helloSource, "aria-label", "hello.go")

	// The menu of a line has its key, too.
	p.Press("Mod+Shift+E")
	p.WaitFor("the explorer has the focus", `return document.activeElement?.closest(".tree") !== null`)
	p.Press("Shift+F10")
	p.WaitFor("the menu has the focus", `return document.activeElement?.getAttribute("role") === "menuitem"`)
	p.Press("Escape")
	p.WaitFor("the explorer has the focus again", `return document.activeElement?.closest(".tree") !== null`)
	p.Press("Mod+Shift+M")
	p.Wait("problems-empty")
	p.Press("Mod+W")
	p.Gone("tab-" + helloSource)
}
