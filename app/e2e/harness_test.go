package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"mortise/app/web"
)

// practice is a page with one of each thing that tests do.
const practice = `<!doctype html><title>practice</title><link rel="icon" href="data:,">
<input data-testid="field" value="before"> <div data-testid="around"><textarea></textarea></div>
<button data-testid="button" disabled>0</button> <p data-testid="out"></p> <p data-testid="hidden" hidden>hidden</p>
<script src="main.js"></script><script>document.title = "inline scripts run"</script>`

const practiceScript = `
const at = (id) => document.querySelector("[data-testid=" + id + "]"), out = (text) => { at("out").textContent += text + " "; };
setTimeout(() => { at("button").disabled = false; }, 300);
setTimeout(() => { at("hidden").hidden = false; }, 300);
at("button").addEventListener("click", (e) => out("click" + e.detail));
at("button").addEventListener("auxclick", (e) => out("button" + e.button));
at("button").addEventListener("contextmenu", (e) => { e.preventDefault(); out("menu"); });
at("button").addEventListener("mouseenter", () => out("over"));
document.addEventListener("keydown", (e) => { if (e.ctrlKey && e.shiftKey && e.key.toLowerCase() === "p") { e.preventDefault(); out("palette"); } });
document.addEventListener("keydown", (e) => { if (e.key === "F2") out("rename"); });
`

// TestSteps takes each step that a test can take, on a page under the Studio's
// rules: its inline script does not run.
func TestSteps(t *testing.T) {
	server, err := web.Start(t.Context(), web.Options{Page: fstest.MapFS{
		"index.html": {Data: []byte(practice)}, "main.js": {Data: []byte(practiceScript)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p := suite.Tab(t, server.URL())
	p.Allow("Content Security Policy")
	var title string
	if p.Eval("return document.title", &title); title != "practice" {
		t.Errorf("the title is %q; want %q: no inline script may run", title, "practice")
	}

	p.WaitFor("the button can be clicked", "return !document.querySelector('button').disabled")
	p.Click("button")
	p.WaitText("out", "click1")
	p.DoubleClick("button")
	p.WaitText("out", "click2")
	p.Menu("button")
	p.WaitText("out", "menu")
	p.MiddleClick("button")
	p.WaitText("out", "button1")
	p.Wait("hidden")

	p.Fill("field", "name=Mike")
	if got := p.Text("field"); got != "name=Mike" {
		t.Errorf("after Fill the field holds %q; want %q", got, "name=Mike")
	}
	p.Press("Mod+Shift+P")
	p.WaitText("out", "palette")
	p.Press("F2")
	p.WaitText("out", "rename")
	if got := p.Focused(); got != "field" {
		t.Errorf("Focused = %q; want field", got)
	}
	p.Fill("around", "two\nlines ä")
	p.Fill("around", "three\nlines ö")
	var text string
	if p.Eval("return document.querySelector('textarea').value", &text); text != "three\nlines ö" {
		t.Errorf("the text area holds %q; want %q", text, "three\nlines ö")
	}
	p.Fill("field", "")
	if got := p.Text("field"); got != "" {
		t.Errorf("after Fill with nothing the field holds %q", got)
	}

	p.System("dark", true)
	p.WaitFor("it is dark", "return matchMedia('(prefers-color-scheme: dark)').matches && matchMedia('(prefers-reduced-motion: reduce)').matches")
	p.System("light", false)
	p.WaitFor("it is light", "return matchMedia('(prefers-color-scheme: light)').matches")
	p.Resize(1920, 1080)
	p.WaitFor("it is wide", "return innerWidth === 1920")
	p.Eval("document.querySelector('[data-testid=hidden]').remove()", nil)
	p.Gone("hidden")
	p.Picture("practice")
	if info, err := os.Stat(filepath.Join(t.ArtifactDir(), "practice.png")); err != nil || info.Size() == 0 {
		t.Errorf("the picture: %v", err)
	}
	p.Reload()
	p.WaitText("field", "before")
}
